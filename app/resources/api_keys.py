"""Api keys: what programs sign in with. A key is 256 random bits, of which only a hash is kept.

A session of the dashboard is such a key as well, which a browser holds: it is listed, expires and is revoked
alike.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from sqlalchemy import ColumnElement, bindparam, exists, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.access import is_actor, scope
from app.attributes import FIXED, HIDDEN, READ_ONLY, SECRET, Holds, Id, TextList, Time, at_most
from app.declare import Access, Resource, ToOne, Values
from app.errors import Fault, Forbidden, Invalid, Unauthenticated
from app.operations import changes
from app.operations.reading import not_found
from app.operations.records import find, parent
from app.operations.statements import Hold
from app.resources.accounts import ACCOUNTS, Account
from app.storage.rows import STRICT, Row, added, parent_key, text
from app.storage.statement import Statement
from app.work import Actor, Sight, Work

SCOPES = ("read", "write", "admin")
PREFIX = "postil_"
USED_EVERY = timedelta(minutes=1)  # last_used_at is not written more often
_SOME_SCOPES = {"items": {"type": "string", "enum": list(SCOPES)}, "minItems": 1}


class KeyKind(StrEnum):
    PROGRAM = "program"
    SESSION = "session"


class ApiKey(Row, table=True):
    __tablename__ = "api_keys"
    __table_args__ = STRICT

    organization_id: Annotated[Id, HIDDEN] = text()
    account_id: Annotated[Id, FIXED] = parent_key(
        "accounts.id", "Who signs in with it; the caller by default.", default="", index=True
    )
    name: Annotated[str, at_most(255)] = text("What it is for.", default="")
    scopes: Annotated[TextList, FIXED, Holds(_SOME_SCOPES)] = text(
        "What it may do: read (GET, but not select), write (the rest), admin (accounts and keys).",
        default='["read","write"]',
    )
    kind: Annotated[KeyKind, READ_ONLY] = text(
        "program: made to be kept by one; session: a browser's, made by signing in to the dashboard.",
        default=KeyKind.PROGRAM.value,
        **added("'program'"),
    )
    # The key that was shown to sign in: a session ends with it.
    opened_with_id: Annotated[Id | None, HIDDEN] = text(default=None)
    expires_at: Time | None = text("From when it is refused; null: never.", default=None)
    last_used_at: Annotated[Time | None, READ_ONLY] = text(
        "When it last was used, to the minute.", default=None
    )
    revoked_at: Annotated[Time | None, READ_ONLY] = text("When it was deleted.", default=None)
    secret_hash: Annotated[str, SECRET] = text(unique=True)  # SHA-256, hex


def _holder(is_it: ColumnElement[bool]) -> Any:
    return (
        select(
            col(ApiKey.id),
            col(ApiKey.scopes),
            col(ApiKey.last_used_at),
            col(Account.id),
            col(Account.organization_id),
            col(Account.email),
            col(Account.organization_role),
        )
        .join(Account, col(Account.id) == col(ApiKey.account_id))
        .where(
            is_it,
            col(ApiKey.revoked_at).is_(None),
            col(Account.disabled_at).is_(None),
            col(Account.deleted_at).is_(None),
            (col(ApiKey.expires_at).is_(None)) | (col(ApiKey.expires_at) > bindparam("now")),
            ~_opener_has_ended(),
        )
    )


def _opener_has_ended() -> ColumnElement[bool]:
    opener: Any = aliased(ApiKey)
    has_ended = or_(opener.revoked_at.is_not(None), opener.expires_at <= bindparam("now"))
    return exists(select(1).where(opener.id == ApiKey.opened_with_id, has_ended))


_HOLDER = Statement(lambda: _holder(col(ApiKey.secret_hash) == bindparam("hash")))
_HOLDER_OF_ID = Statement(lambda: _holder(col(ApiKey.id) == bindparam("id")))


def hash_of(secret: str) -> str:
    """What is kept of SECRET. A fast hash serves: nobody can guess 256 bits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def holder_of(work: Work, secret: str) -> tuple[Actor, bool] | None:
    """Who signs in with SECRET, and whether it was last used so lately that this need not be noted.

    None where it is unknown, revoked or expired.
    """
    found = work.rows(_HOLDER, {"hash": hash_of(secret), "now": work.now})
    if not found:
        return None
    last_used_at = found[0][2]
    was_lately = last_used_at is not None and _age(work.now, last_used_at) < USED_EVERY
    return _actor_of(found[0]), was_lately


def actor_with(work: Work, key_id: str) -> Actor | None:
    """Who signs in with the key of this id now; None where it is revoked or expired, or they are disabled."""
    found = work.rows(_HOLDER_OF_ID, {"id": key_id, "now": work.now})
    return _actor_of(found[0]) if found else None


def actor_now(work: Work, key_id: str) -> Actor:
    """Who asked for something by the key, as they stand now. Raises Unauthenticated."""
    actor = actor_with(work, key_id)
    if actor is None:
        raise Unauthenticated("the key that asked for it is revoked or expired, or its account is disabled")
    return actor


def _actor_of(row: tuple[Any, ...]) -> Actor:
    key_id, scopes, _, account_id, organization_id, email, role = row
    return Actor(
        account_id,
        organization_id,
        email,
        role,
        frozenset(msgspec.json.decode(scopes)),
        Sight.ADMINISTRATOR if role in ("owner", "admin") else Sight.MEMBER,
        key_id,
    )


def _age(now: str, time: str) -> timedelta:
    return datetime.fromisoformat(now) - datetime.fromisoformat(time)


_USE = Statement(
    lambda: (
        update(ApiKey)
        .where(col(ApiKey.id) == bindparam("k_id"))
        .values(last_used_at=bindparam("v_last_used_at"))
    )
)


def note_use(work: Work, key_id: str) -> None:
    """Note that the key was used now. It is no change of the record: nobody made it."""
    work.run(_USE, {"k_id": key_id, "v_last_used_at": work.now})


def new_secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def _place(work: Work, values: Values) -> dict[str, Any]:
    values.setdefault("account_id", work.actor.account_id)
    account: Account = parent(work, ACCOUNTS, values, "account_id")
    _check_owner(work, account)
    _check_scopes(work, values)
    secret = new_secret()
    values |= {"organization_id": account.organization_id, "secret_hash": hash_of(secret)}
    return {"secret": secret}


def _check_change(work: Work, key: ApiKey, *given: Any) -> None:
    _check_owner(work, find(work, ACCOUNTS, key.account_id, hold=Hold.KEPT))


def _check_owner(work: Work, account: Account) -> None:
    if work.actor.organization_role == "admin" and account.organization_role == "owner":
        raise Forbidden("an owner's keys are made, changed and revoked by owners alone")


def _check_scopes(work: Work, values: Values) -> None:
    scopes = msgspec.json.decode(values.get("scopes", '["read","write"]'))
    if not scopes or set(scopes) - set(SCOPES):
        pointer = "/data/attributes/scopes"
        raise Invalid(Fault("attribute_invalid", f"scopes are one or more of {', '.join(SCOPES)}", pointer))
    if missing := set(scopes) - work.actor.scopes:
        raise Forbidden(
            f"your key lacks {', '.join(sorted(missing))}: a key cannot make one that may more",
            "/data/attributes/scopes" if "scopes" in values else None,
            code="scope_not_allowed",
        )


def _revoke(work: Work, key: ApiKey) -> None:
    if key.revoked_at is not None:
        raise not_found(API_KEYS)
    changes.change(work, API_KEYS, key, {"revoked_at": work.now}, "delete")


_own = scope(ApiKey.organization_id, lambda: is_actor(ApiKey.account_id))

API_KEYS = Resource(
    ApiKey,
    type="api_keys",
    about="What a program signs in with. The secret is in `meta.secret` of the answer that makes it, and "
    "nowhere after. Deleting a key revokes it.",
    access=Access(read=_own, create=_own, update=_own, delete=_own),
    ancestors={"account_id": "accounts"},
    is_noted=False,  # last_used_at
    example={"name": "nightly import", "scopes": ["read", "write"]},
    links=(ToOne("account", ACCOUNTS.type, "account_id"),),
    key_scope="admin",
    before_create=_place,
    before_change=_check_change,
    before_delete=_check_change,
    delete=_revoke,
)
