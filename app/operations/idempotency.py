"""One effect: a request repeated with its key is answered as the first time, and changes nothing again.

The key's row is written in the transaction of the effect. A refusal undoes its transaction, so its answer
is kept by one of its own, after it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from sqlalchemy import bindparam, insert, select
from sqlmodel import Field, SQLModel, col

from app.attributes import Id, Time
from app.errors import Conflict, Fault, Invalid
from app.operations.conditions import many, many_values
from app.storage.functions import try_lock
from app.storage.rows import INTEGER, STRICT, TEXT
from app.storage.statement import Statement
from app.storage.transaction import Duplicate
from app.work import Work

KEPT_STATUSES = frozenset({409, 412, 422})  # of refusals; every success is kept
NEVER_KEPT = frozenset({"idempotency_in_progress", "idempotency_key_reused"})  # they speak of the key itself
LONGEST_KEY = 255  # characters
_CHUNK = 128  # keys a statement


class IdempotencyKey(SQLModel, table=True):
    """A key that an account has used, what for, and how it was answered."""

    __tablename__ = "idempotency_keys"
    __table_args__ = STRICT

    account_id: Annotated[str, Id] = Field(primary_key=True, sa_type=TEXT)
    key: str = Field(primary_key=True, sa_type=TEXT)
    fingerprint: str = Field(sa_type=TEXT)  # SHA-256 of all that the request asks
    status: int = Field(sa_type=INTEGER)
    headers: str = Field(sa_type=TEXT)  # JSON
    body: str | None = Field(sa_type=TEXT)
    at: Annotated[str, Time] = Field(sa_type=TEXT, index=True)


@dataclass(frozen=True)
class Key:
    """A key as a client sends it, and the fingerprint of what it sends with it."""

    text: str
    fingerprint: str


@dataclass(frozen=True)
class Answer:
    """What is sent back: an HTTP status, a body, further headers."""

    status: int
    body: bytes | None = None
    headers: Mapping[str, str] | None = None


_FIND = Statement(
    lambda: select(
        col(IdempotencyKey.fingerprint),
        col(IdempotencyKey.status),
        col(IdempotencyKey.headers),
        col(IdempotencyKey.body),
    ).where(
        col(IdempotencyKey.account_id) == bindparam("account_id"), col(IdempotencyKey.key) == bindparam("key")
    )
)
_LOCK = Statement(lambda: select(try_lock(bindparam("name"))))
_KEEP = Statement(
    lambda: insert(IdempotencyKey).values(
        {name: bindparam(f"v_{name}") for name in IdempotencyKey.model_fields}
    )
)
_USED = Statement(
    lambda: select(col(IdempotencyKey.key)).where(
        col(IdempotencyKey.account_id) == bindparam("account_id"),
        col(IdempotencyKey.key).in_(many("key", _CHUNK, col(IdempotencyKey.key))),
    )
)


def once(work: Work, key: Key | None, run: Callable[[], Answer]) -> Answer:
    """What RUN answers, or what it did when KEY was first used. Raises Invalid, Conflict."""
    if key is None:
        return run()
    if known := _known(work, key):
        return known
    answer = run()
    _keep(work, key, answer)
    return answer


def claim(work: Work, keys: Sequence[Key]) -> None:
    """Raise Conflict where one of KEYS was used before: its call cannot be made together with the others."""
    names = [key.text for key in keys]
    for start in range(0, len(names), _CHUNK):
        values = many_values("key", names[start : start + _CHUNK], _CHUNK)
        if work.rows(_USED, values | {"account_id": work.actor.account_id}):
            raise Conflict("one of the keys was used before", code="idempotency_key_used")


def keep_many(work: Work, keys: Sequence[Key], answers: Sequence[Answer]) -> None:
    """Keep ANSWERS, each for its key. Raises Conflict where another request has come first."""
    rows = [_row(work, key, answer) for key, answer in zip(keys, answers, strict=True)]
    with _first():
        work.connection.run_many(_KEEP, rows)


def keep_refusal(work: Work, key: Key, answer: Answer) -> None:
    """Keep ANSWER, a refusal whose transaction is undone. Where another came first, that one stays."""
    if not _known(work, key):
        _keep(work, key, answer)


def _known(work: Work, key: Key) -> Answer | None:
    if not work.rows(_LOCK, {"name": f"{work.actor.account_id}:{key.text}"})[0][0]:
        raise Conflict("the first request with this key is still running", code="idempotency_in_progress")
    found = work.rows(_FIND, {"account_id": work.actor.account_id, "key": key.text})
    if not found:
        return None
    fingerprint, status, headers, body = found[0]
    if fingerprint != key.fingerprint:
        detail = "the key was used for another request: make a new one for each"
        raise Invalid(Fault("idempotency_key_reused", detail))
    decoded: dict[str, str] = msgspec.json.decode(headers)
    replayed = {**decoded, "Idempotency-Replayed": "true"}
    return Answer(status, None if body is None else body.encode(), replayed)


def _keep(work: Work, key: Key, answer: Answer) -> None:
    with _first():
        work.run(_KEEP, _row(work, key, answer))


def _row(work: Work, key: Key, answer: Answer) -> dict[str, Any]:
    return {
        "v_account_id": work.actor.account_id,
        "v_key": key.text,
        "v_fingerprint": key.fingerprint,
        "v_status": answer.status,
        "v_headers": msgspec.json.encode(answer.headers or {}).decode(),
        "v_body": None if answer.body is None else answer.body.decode(),
        "v_at": work.now,
    }


@contextmanager
def _first() -> Iterator[None]:
    """A key's row is written once: who comes second is told to ask again."""
    try:
        yield
    except Duplicate as error:
        raise Conflict(
            "the first request with this key is still running", code="idempotency_in_progress"
        ) from error
