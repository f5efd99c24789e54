"""What people leave behind when they go: the entries that they hold fall back to everybody."""

from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlmodel import col

from app.access import ProjectMember
from app.declare import RESOURCES
from app.operations import changes
from app.resources import leases, seats
from app.resources.leases import Lease
from app.storage.statement import Statement
from app.work import Work


def leave(work: Work, field: str, id: str) -> None:
    """Take out of the hands of the account or member ID all that FIELD says they hold, and their seats.

    Also in the trash: it may come back.
    """
    card = RESOURCES["entries"]
    for row in work.rows(_held(field), {"id": id}):
        entry = card.of(row)
        nobody = {"assigned_to_id": None, "assigned_to_member_id": None}
        changes.change(work, card, entry, nobody | leases.end(work, entry, "take_away"), "assign")
    for *values, account_id in work.rows(_SEATED, {"id": id}):
        _vacate(work, card.of(values), account_id)


def _vacate(work: Work, entry: Any, account_id: str) -> None:
    seats.vacate(work, entry, seats.of(work, entry), account_id, "take_away")
    others = " ".join(one for one in entry.barred.split() if one != account_id)
    free = {"barred": others, "lease_expires_at": None}  # a seat of it is
    changes.change(work, RESOURCES["entries"], entry, free, "release")


@lru_cache(2)
def _held(field: str) -> Statement:
    def build() -> Any:
        card = RESOURCES["entries"]
        rows = select(*card.columns.values()).where(card.columns[field] == bindparam("id"))
        return rows.order_by(card.columns["id"]).with_for_update()

    return Statement(build)


def _seated() -> Any:
    """The entries at which an account, or who is a member, has a seat; and that account."""
    card = RESOURCES["entries"]
    accounts = select(col(ProjectMember.account_id)).where(col(ProjectMember.id) == bindparam("id"))
    is_theirs = or_(
        col(Lease.account_id) == bindparam("id"),
        (col(Lease.account_id).in_(accounts))
        & card.columns["project_id"].in_(
            select(col(ProjectMember.project_id)).where(col(ProjectMember.id) == bindparam("id"))
        ),
    )
    rows = select(*card.columns.values(), col(Lease.account_id)).join(
        Lease, col(Lease.entry_id) == card.columns["id"]
    )
    is_open = (col(Lease.seat).is_not(None), col(Lease.ended_at).is_(None))
    rows = rows.where(is_theirs, *is_open).order_by(card.columns["id"])
    return rows.with_for_update(of=card.table)


_SEATED = Statement(_seated)
