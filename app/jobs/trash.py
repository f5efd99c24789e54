"""empty_trash: what has lain in the trash for long enough goes for good, with all that is beneath it."""

from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Table, bindparam, delete, select, update
from sqlmodel import SQLModel

from app.declare import RESOURCES, Resource
from app.jobs.kinds import CHUNK, Kind, Step, arguments_of, before
from app.operations.conditions import many, many_values
from app.operations.living import DOOMED
from app.resources.jobs import Job
from app.storage.statement import Statement
from app.work import Work

_SIZES = (1, 16, 128, 512)  # of the lists of ids that statements are compiled for

# What is kept about a record without being a record, and goes with it: table -> table and column.
_ATTACHED = {
    "entries": (("leases", "entry_id"),),
    "datasets": (("tallies", "dataset_id"),),
    "releases": (("release_parts", "release_id"),),
    "accounts": (("idempotency_keys", "account_id"),),
}
# Records that belong to others by a column that is no foreign key: table -> table and column.
_BENEATH = {"layers": (("annotations", "layer_id"),)}


def emptying(days: int) -> Kind:
    """The chore that empties the trash of what has been there for DAYS."""

    def due(work: Work, organization_id: str) -> Mapping[str, Any] | None:
        values = {"organization_id": organization_id, "before": before(work, timedelta(days=days)), "size": 1}
        if any(work.rows(_dead_of(card.table), values) for card in _with_trash()):
            return {"before": values["before"]}
        return None

    return Kind("empty_trash", run, timedelta(hours=1), due)


def run(work: Work, job: Job, cursor: str) -> Step:
    """Remove up to CHUNK rows: what is beneath first, and its root last."""
    values = {"organization_id": job.organization_id, "before": arguments_of(job)["before"]}
    removed = 0
    for card in _with_trash():
        while removed < CHUNK:
            dead = [id for (id,) in work.rows(_dead_of(card.table), values | {"size": CHUNK - removed})]
            if not dead:
                break
            _doom(work, card.table, dead)
            removed += _remove(work, card.table, dead, CHUNK - removed)
    return Step(None if removed < CHUNK else str(job.done + removed), removed)


def _with_trash() -> list[Resource]:
    return [card for card in RESOURCES.values() if card.has_trash and "delete" in card.verbs]


def _doom(work: Work, table: Table, ids: list[str]) -> None:
    """Make sure that IDS cannot be restored: what is beneath them may be gone in part from now on."""
    count = _size(ids)
    work.run(_doom_of(table, count), many_values("k", ids, count))


def _remove(work: Work, table: Table, ids: list[str], room: int) -> int:
    """Remove up to ROOM rows, those beneath IDS before IDS; how many there were."""
    removed = 0
    for child, key in _children_of(table):
        while removed < room:
            count = _size(ids)
            values = many_values("k", ids, count) | {"size": room - removed}
            found = [id for (id,) in work.rows(_beneath(child, key, count), values)]
            if not found:
                break
            removed += _remove(work, child, found, room - removed)
    ids = ids[: room - removed]
    if ids:
        count = _size(ids)
        values = many_values("k", ids, count)
        for name, column in _ATTACHED.get(table.name, ()):
            work.run(_delete_of(SQLModel.metadata.tables[name], column, count), values)
        removed += work.run(_delete_of(table, "id", count), values)
    return removed


@lru_cache(64)
def _children_of(table: Table) -> tuple[tuple[Table, Column[Any]], ...]:
    """The tables whose rows belong to those of TABLE, and the columns that say so."""
    tables = SQLModel.metadata.tables
    keys = ((child, key) for child in tables.values() if "id" in child.c for key in child.foreign_keys)
    others = ((tables[name], tables[name].c[column]) for name, column in _BENEATH.get(table.name, ()))
    return (*((child, key.parent) for child, key in keys if key.column.table is table), *others)


def _size(ids: list[str]) -> int:
    return next(size for size in _SIZES if size >= len(ids))


@lru_cache(64)
def _dead_of(table: Table) -> Statement:
    """The ids of an organization's records that have been in the trash since `before`, held."""
    return Statement(
        lambda: (
            select(table.c.id)
            .where(
                table.c.organization_id == bindparam("organization_id"),
                table.c.deleted_at < bindparam("before"),
            )
            .order_by(table.c.deleted_at, table.c.id)
            .limit(bindparam("size"))
            .with_for_update(skip_locked=True)
        )
    )


@lru_cache(256)
def _doom_of(table: Table, count: int) -> Statement:
    return Statement(
        lambda: update(table).where(table.c.id.in_(many("k", count, table.c.id))).values(deleted_at=DOOMED)
    )


@lru_cache(256)
def _beneath(child: Table, key: Column[Any], count: int) -> Statement:
    return Statement(
        lambda: select(child.c.id).where(key.in_(many("k", count, key))).limit(bindparam("size"))
    )


@lru_cache(256)
def _delete_of(table: Table, key: str, count: int) -> Statement:
    return Statement(lambda: delete(table).where(table.c[key].in_(many("k", count, table.c[key]))))
