"""Numbers of records, for clients that know records by number: given once, kept, never given again."""

from collections.abc import Sequence

from sqlalchemy import bindparam, func, insert, select
from sqlmodel import Field, SQLModel, col

from app.attributes import is_id
from app.declare import RESOURCES
from app.errors import NotFound
from app.operations.conditions import many, many_values, padded
from app.operations.records import find
from app.operations.statements import Hold
from app.storage.rows import INTEGER, STRICT, TEXT
from app.storage.statement import Statement
from app.work import Work, as_service

MOST = 1_000_000_000_000


class Number(SQLModel, table=True):
    """That RECORD_ID is known by NUMBER in its organization."""

    __tablename__ = "numbers"
    __table_args__ = STRICT

    organization_id: str = Field(primary_key=True, sa_type=TEXT)
    number: int = Field(primary_key=True, sa_type=INTEGER)
    record_id: str = Field(sa_type=TEXT, unique=True)


class Missing(Exception):
    """Some of the records have no number yet: `drawn` gives them one."""


def known(work: Work, ids: Sequence[str]) -> dict[str, int]:
    """The number of each of the records IDS. Raises Missing."""
    found = _found(work, ids)
    if len(found) < len(set(ids)):
        raise Missing
    return found


def drawn(work: Work, ids: Sequence[str]) -> dict[str, int]:
    """The number of each of the actor's records IDS, the next ones for those that have none: 1, 2, 3."""
    found = _found(work, ids)
    missing = [id for id in dict.fromkeys(ids) if id not in found]
    if not missing:
        return found
    # Of two who draw at once, one waits.
    organization = work.actor.organization_id
    find(as_service(work), RESOURCES["organizations"], organization, hold=Hold.CHANGED)
    found = _found(work, ids)
    last = work.rows(_LAST, {"organization_id": organization})[0][0]
    missing = [id for id in missing if id not in found]
    rows = [
        {"v_organization_id": organization, "v_number": number, "v_record_id": id}
        for number, id in enumerate(missing, last + 1)
    ]
    if rows:
        work.connection.run_many(_ADD, rows)
    return found | dict(zip(missing, range(last + 1, last + 1 + len(missing)), strict=True))


def id_of(work: Work, number: int | str) -> str:
    """The record that is NUMBER in the actor's organization, also where its id is given. Raises NotFound."""
    if isinstance(number, str) and is_id(number):
        return number.lower()
    text = str(number)
    if text.isascii() and text.isdigit() and 0 < int(text[:16]) < MOST:
        asked = {"organization_id": work.actor.organization_id, "number": int(text[:16])}
        if found := work.rows(_NAMED, asked):
            return str(found[0][0])
    raise NotFound("no record has the number, or you may not see it")


def _found(work: Work, ids: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(ids), _CHUNK):
        some = list(ids[start : start + _CHUNK])
        count = padded(len(some))
        found |= {id: number for id, number in work.rows(_numbered(count), many_values("k", some, count))}
    return found


_CHUNK = 128
_BY_COUNT: dict[int, Statement] = {}


def _numbered(count: int) -> Statement:
    if count not in _BY_COUNT:
        column = col(Number.record_id)
        _BY_COUNT[count] = Statement(
            lambda: select(column, col(Number.number)).where(column.in_(many("k", count, column)))
        )
    return _BY_COUNT[count]


_LAST = Statement(
    lambda: select(func.coalesce(func.max(col(Number.number)), 0)).where(
        col(Number.organization_id) == bindparam("organization_id")
    )
)
_NAMED = Statement(
    lambda: select(col(Number.record_id)).where(
        col(Number.organization_id) == bindparam("organization_id"), col(Number.number) == bindparam("number")
    )
)
_ADD = Statement(
    lambda: insert(Number).values({name: bindparam(f"v_{name}") for name in Number.model_fields})
)
