"""Records as the service itself reads them, by a key and past every scope: for what an actor has been let do.

Who calls has asked before whether the actor may: a request does by `records` and `reading`.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, select

from app.declare import Resource
from app.operations.conditions import many, many_values, padded
from app.storage.statement import Statement
from app.work import Work


def one(work: Work, card: Resource, id: str, *, is_held: bool = False) -> Any:
    """The record, in the trash or out of it; None where there is none. IS_HELD: others wait to change it."""
    found = work.rows(_one(card, is_held), {"id": id})
    return card.of(found[0]) if found else None


def living(
    work: Work, card: Resource, field: str, values: Sequence[str], *, is_held: bool = False
) -> list[Any]:
    """The records whose FIELD is one of VALUES, by id: none that is itself in the trash."""
    if not values:
        return []
    count = padded(len(values))
    found = work.rows(_living(card, field, count, is_held), many_values("k", list(values), count))
    return [card.of(row) for row in found]


@lru_cache(64)
def _one(card: Resource, is_held: bool) -> Statement:
    def build() -> Any:
        rows = select(*card.columns.values()).where(card.columns["id"] == bindparam("id"))
        return rows.with_for_update(of=card.table, key_share=True) if is_held else rows

    return Statement(build)


@lru_cache(128)
def _living(card: Resource, field: str, count: int, is_held: bool) -> Statement:
    def build() -> Any:
        column = card.columns[field]
        rows = select(*card.columns.values()).where(
            column.in_(many("k", count, column)), card.columns["deleted_at"].is_(None)
        )
        rows = rows.order_by(card.columns["id"])
        return rows.with_for_update(of=card.table, key_share=True) if is_held else rows

    return Statement(build)
