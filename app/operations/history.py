"""How things were: a record as of a time, and what changed between two of its versions."""

from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import bindparam, func, select
from sqlmodel import col

from app.attributes import Attribute, Kind
from app.declare import RESOURCES, Resource, Values
from app.errors import BadQuery, Gone, NotFound
from app.operations.changes import Event
from app.operations.reading import may, not_found
from app.operations.statements import readable_of
from app.storage.statement import Statement
from app.work import Sight, Work

_NUMBER = Statement(
    lambda: select(func.coalesce(func.max(col(Event.sequence)), 0)).where(
        col(Event.organization_id) == bindparam("organization_id"), col(Event.at) <= bindparam("time")
    )
)
_THEN = Statement(
    lambda: (
        select(col(Event.kind), col(Event.record))
        .where(
            col(Event.record_id) == bindparam("id"),
            # A ground truth has the id of its entry.
            col(Event.resource) == bindparam("resource"),
            col(Event.sequence) <= bindparam("number"),
        )
        .order_by(col(Event.position).desc())
        .limit(bindparam("size"))
    )
)
_VERSION = Statement(
    lambda: select(col(Event.record)).where(
        col(Event.record_id) == bindparam("id"),
        col(Event.resource) == bindparam("resource"),
        col(Event.record_version) == bindparam("version"),
    )
)
THINNED = "{}"  # what stands in place of a record that a policy has thinned out


def number_at(work: Work, time: str) -> int:
    """The number of the organization's last event at TIME (inclusive); 0 where there is none."""
    values = {"organization_id": work.actor.organization_id, "time": time}
    return int(work.rows(_NUMBER, values)[0][0])


def as_system(work: Work) -> Work:
    """WORK that sees everything: for what belongs to a record that the actor was found to see."""
    return work._replace(actor=replace(work.actor, sight=Sight.SYSTEM))


def check_readable(work: Work, card: Resource, id: str) -> None:
    """Raise NotFound where the actor may not read the record today, in the trash or out of it."""
    may(work, "read")
    if not work.rows(readable_of(card, work.actor.sight), {"id": id}):
        raise not_found(card)


def record_at(work: Work, card: Resource, id: str, time: str) -> Any:
    """The record as it stood at TIME, under today's permissions. Raises NotFound, Gone."""
    check_readable(work, card, id)
    number = number_at(work, time)
    record = _then(work, card, id, number)
    seen = {None}
    for key, type in card.ancestors.items():
        # Of two that share an id, an entry and its ground truth, the first has a history from the beginning.
        if (above := record[card.every_attribute[key].name]) not in seen:
            _then(work, RESOURCES[type], above, number)
            seen.add(above)
    return card.of(values_of(card, record))


def _then(work: Work, card: Resource, id: str, number: int) -> dict[str, Any]:
    found = work.rows(_THEN, {"id": id, "resource": card.type, "number": number, "size": 1})
    if not found or found[0][0] == "delete":
        raise NotFound(f"there was no such record of {card.type} then", code="not_there_then")
    return _decoded(found[0][1])


def _decoded(record: str) -> dict[str, Any]:
    if record == THINNED:
        raise Gone("what it was then has been thinned out: later versions are there", code="thinned")
    decoded: dict[str, Any] = msgspec.json.decode(record)
    return decoded


def values_of(card: Resource, record: Values) -> tuple[Any, ...]:
    """The columns of CARD that RECORD, a snapshot, holds; what it did not know by default."""
    return tuple(_value(card.every_attribute[field], record) for field in card.fields)


def _value(attribute: Attribute, record: Values) -> Any:
    value = record.get(attribute.name, attribute.default)
    if attribute.kind in (Kind.OBJECT, Kind.TEXTS) and not isinstance(value, str | None):
        return msgspec.json.encode(value).decode()
    return value


def version_of(work: Work, card: Resource, id: str, version: int) -> dict[str, Any]:
    """The record as its VERSION was, by attribute. Raises NotFound, Gone."""
    found = work.rows(_VERSION, {"id": id, "resource": card.type, "version": version})
    if not found:
        raise NotFound(f"there is no version {version} of the record", code="version_unknown")
    return _decoded(found[0][0])


def difference(work: Work, card: Resource, id: str, first: int, second: int) -> list[dict[str, Any]]:
    """What changed from version FIRST to SECOND: a JSON pointer into the attributes, before and after."""
    check_readable(work, card, id)
    before, after = (version_of(work, card, id, version) for version in (first, second))
    names = sorted(set(card.attributes) - {"updated_at"})
    changed: list[dict[str, Any]] = []
    for name in names:
        _compare(f"/{name}", before.get(name), after.get(name), changed)
    return changed


def _compare(pointer: str, before: Any, after: Any, changed: list[dict[str, Any]]) -> None:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            step = name.replace("~", "~0").replace("/", "~1")
            _compare(f"{pointer}/{step}", before.get(name), after.get(name), changed)
    elif before != after:
        changed.append({"pointer": pointer, "before": before, "after": after})


def read_version(text: str | None, parameter: str) -> int:
    """The version that TEXT names. Raises BadQuery."""
    if text and text.isascii() and text.isdecimal() and len(text) < 19:
        return int(text)
    raise BadQuery(f"{parameter} is a version: 1, 2, 3", parameter)
