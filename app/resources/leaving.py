"""What people leave behind when they go: the entries that they hold fall back to everybody."""

from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, select

from app.declare import RESOURCES
from app.operations import changes
from app.operations.living import is_living
from app.resources import leases
from app.storage.statement import Statement
from app.work import Work


def leave(work: Work, field: str, id: str) -> None:
    """Take out of the hands of the account or member ID all that FIELD says they hold."""
    card = RESOURCES["entries"]
    for row in work.rows(_held(field), {"id": id}):
        entry = card.of(row)
        nobody = {"assigned_to_id": None, "assigned_to_member_id": None}
        changes.change(work, card, entry, nobody | leases.end(work, entry, "take_away"), "assign")


@lru_cache(2)
def _held(field: str) -> Statement:
    def build() -> Any:
        card = RESOURCES["entries"]
        rows = select(*card.columns.values()).where(card.columns[field] == bindparam("id"), *is_living(card))
        return rows.order_by(card.columns["id"]).with_for_update()

    return Statement(build)
