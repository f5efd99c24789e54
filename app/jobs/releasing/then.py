"""The records of a dataset as they stood at a moment, some hundred at a time. It reads, and decides nothing.

A record that was last changed well before the moment is as its row says. Of what has changed about that time
or since, the event that told of it last is read: the feed's numbers say which changes the moment knows. So a
release can be written in pieces, by one worker after another, and shows one moment all the same.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, func, literal, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.attributes import wire_time
from app.declare import RESOURCES, Resource
from app.operations.changes import Event
from app.operations.conditions import many, many_values, padded
from app.operations.history import values_of
from app.storage.statement import Statement
from app.work import Work

AT_ONCE = 500  # entries
MOST_BYTES = 8 << 20  # of their annotations, more or less
_MARGIN = timedelta(seconds=60)  # longer than any transaction, and than an event waits for its number


class Moment(NamedTuple):
    """What a release shows: all up to TIME, that is, up to the event SEQUENCE of the organization's feed."""

    time: str
    sequence: int

    @property
    def sure(self) -> str:
        """What was last changed before this is no other than it was."""
        return wire_time(datetime.fromisoformat(self.time).replace(tzinfo=None) - _MARGIN)


class Shown(NamedTuple):
    """What a release needs of an annotation, and no more: a whole record costs it twice as long."""

    id: str
    layer_id: str
    updated_at: str
    deleted_at: str | None
    dimensions: str
    annotation: str
    metadata_: str
    created_at: str
    created_by_id: str


def entries_of(work: Work, dataset_id: str, after: str) -> tuple[list[Any], bool]:
    """The next entries by id as they are now, those in the trash too; and whether there are none behind them.

    They are fewer where what is to be known of them takes much room; one at least.
    """
    place = {"dataset_id": dataset_id, "after": after}
    weights = work.rows(_WEIGHTS, place | {"size": AT_ONCE})
    count, total = 0, 0
    for _, weight in weights:
        total += weight
        if total > MOST_BYTES and count:
            break
        count += 1
    rows = work.rows(_ENTRIES, place | {"until": weights[count - 1][0]}) if weights else []
    return [RESOURCES["entries"].of(row) for row in rows], count < AT_ONCE and count == len(weights)


def layers_of(work: Work, entry_ids: Sequence[str], label_set: str) -> list[Any]:
    """The layers of that label set of the entries, as they are now, those in the trash too."""
    card = RESOURCES["layers"]
    values = many_values("k", list(entry_ids), padded(len(entry_ids))) | {"label_set": label_set}
    return [card.of(row) for row in work.rows(_layers(padded(len(entry_ids))), values)]


def telling_layers_of(work: Work, entry_ids: Sequence[str]) -> list[Any]:
    """Of the layers of the ground truth of the entries those that say more than these do, as they are now."""
    card = RESOURCES["layers"]
    count = padded(len(entry_ids))
    return [card.of(row) for row in work.rows(_telling(count), many_values("k", list(entry_ids), count))]


def sizes_of(work: Work, layer_ids: Sequence[str]) -> dict[str, int]:
    """About how many bytes the annotations of each layer take."""
    count = padded(len(layer_ids))
    return {id: size for id, size in work.rows(_sizes(count), many_values("k", list(layer_ids), count))}


def annotations_of(work: Work, layer_ids: Sequence[str]) -> list[Shown]:
    """The annotations of the layers by id, as they are now, those in the trash too."""
    count = padded(len(layer_ids))
    return list(map(Shown._make, work.rows(_annotations(count), many_values("k", list(layer_ids), count))))


def at(work: Work, card: Resource, rows: Sequence[Any], moment: Moment) -> list[Any]:
    """ROWS of CARD as they stood at MOMENT; those that were not there then are left out."""
    sure = moment.sure
    unsure = [row.id for row in rows if (row.deleted_at or row.updated_at) > sure or row.updated_at > sure]
    told = _told(work, card, unsure, moment.sequence)
    found = []
    for row in rows:
        if row.updated_at > sure or (row.deleted_at or "") > sure:
            if (then := told.get(row.id)) is not None:
                found.append(then)
        elif row.deleted_at is None:
            found.append(row)
    return found


def _told(work: Work, card: Resource, ids: Sequence[str], sequence: int) -> Mapping[str, Any]:
    """The records of IDS as their last events up to SEQUENCE tell; without those that were deleted."""
    if not ids:
        return {}
    count = padded(len(ids))
    values = many_values("k", list(ids), count) | {"sequence": sequence, "resource": card.type}
    return {
        id: card.of(values_of(card, msgspec.json.decode(record)))
        for id, kind, record in work.rows(_last(count), values)
        if kind != "delete"
    }


def _entries() -> Any:
    columns = RESOURCES["entries"].columns
    return (
        select(*columns.values())
        .where(
            columns["dataset_id"] == bindparam("dataset_id"),
            columns["id"] > bindparam("after"),
            columns["id"] <= bindparam("until"),
        )
        .order_by(columns["id"])
    )


def _weights() -> Any:
    """The next entries, and about how many bytes what is to be known of each takes."""
    columns = RESOURCES["entries"].columns
    optional = (func.coalesce(func.length(columns[name]), 0) for name in ("media", "vendor"))
    return (
        select(columns["id"], sum(optional, start=func.length(columns["metadata_"])))
        .where(columns["dataset_id"] == bindparam("dataset_id"), columns["id"] > bindparam("after"))
        .order_by(columns["id"])
        .limit(bindparam("size"))
    )


_ENTRIES = Statement(_entries)
_WEIGHTS = Statement(_weights)


@lru_cache(16)
def _layers(count: int) -> Statement:
    def build() -> Any:
        columns = RESOURCES["layers"].columns
        is_of_them = columns["entry_id"].in_(many("k", count, columns["entry_id"]))
        return select(*columns.values()).where(is_of_them, columns["label_set"] == bindparam("label_set"))

    return Statement(build)


@lru_cache(16)
def _telling(count: int) -> Statement:
    def build() -> Any:
        columns = RESOURCES["layers"].columns
        # The ground truth's have the ids of their entries.
        is_of_them = columns["id"].in_(many("k", count, columns["id"]))
        tells = or_(columns["vendor"] != literal("{}"), columns["score"].is_not(None))
        return select(*columns.values()).where(is_of_them, tells)

    return Statement(build)


@lru_cache(16)
def _sizes(count: int) -> Statement:
    def build() -> Any:
        columns = RESOURCES["annotations"].columns
        # SQLite tells a value's bytes without reading it.
        texts = (columns["dimensions"], columns["annotation"], columns["metadata_"])
        size = func.sum(sum((func.octet_length(text) for text in texts), start=literal(200)))
        layer_id = columns["layer_id"]
        return select(layer_id, size).where(layer_id.in_(many("k", count, layer_id))).group_by(layer_id)

    return Statement(build)


@lru_cache(16)
def _annotations(count: int) -> Statement:
    def build() -> Any:
        columns = RESOURCES["annotations"].columns
        is_of_them = columns["layer_id"].in_(many("k", count, columns["layer_id"]))
        shown = [columns[name] for name in Shown._fields]
        return select(*shown).where(is_of_them).order_by(columns["layer_id"], columns["id"])

    return Statement(build)


@lru_cache(16)
def _last(count: int) -> Statement:
    def build() -> Any:
        other = aliased(Event)
        last = (
            select(func.max(col(other.position)))
            .where(
                col(other.record_id) == col(Event.record_id),
                col(other.resource) == bindparam("resource"),
                col(other.sequence) <= bindparam("sequence"),
            )
            .correlate(Event)
            .scalar_subquery()
        )
        return select(col(Event.record_id), col(Event.kind), col(Event.record)).where(
            col(Event.record_id).in_(many("k", count, col(Event.record_id))),
            # The ground truth of an entry has its id.
            col(Event.resource) == bindparam("resource"),
            col(Event.position) == last,
        )

    return Statement(build)
