"""How the entries of a dataset stand, counted: their status, and how far their labels are. No HTTP."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, case, func, literal, select
from sqlmodel import col

from app.resources.entry_rows import Entry
from app.resources.layer_statuses import LayerStatus
from app.storage.statement import Statement
from app.work import Work
from workflow.entry import Status


class Count(NamedTuple):
    """So many ENTRIES have this status and this one of their labels. IS_HELD: somebody has them."""

    status: str
    label_status: str | None
    is_held: bool
    entries: int


def label_status_of(entry: Any) -> str | None:
    """How far the labels of ENTRY are, as its layer tells it: in review while a reviewer has it in hand."""
    is_in_hand = entry.status == Status.IN_PROGRESS and entry.lease_expires_at is not None
    if entry.label_status == LayerStatus.LABELED and is_in_hand:
        return LayerStatus.IN_REVIEW
    status: str | None = entry.label_status
    return status


def counts_of(work: Work, dataset_id: str) -> Sequence[Count]:
    """The entries of the dataset, which the actor may read, counted by how they stand."""
    rows = work.rows(_COUNTS, {"dataset_id": dataset_id})
    return [Count(status, labels, bool(held), count) for status, labels, held, count in rows]


def _counting() -> Any:
    is_in_review = and_(
        col(Entry.label_status) == literal(LayerStatus.LABELED.value),
        col(Entry.status) == literal(Status.IN_PROGRESS.value),
        col(Entry.lease_expires_at).is_not(None),
    )
    label_status = case((is_in_review, literal(LayerStatus.IN_REVIEW.value)), else_=col(Entry.label_status))
    its = (
        select(
            col(Entry.status),
            label_status.label("label_status"),
            case((col(Entry.assigned_to_id).is_(None), 0), else_=1).label("is_held"),
        )
        .where(col(Entry.dataset_id) == bindparam("dataset_id"), col(Entry.deleted_at).is_(None))
        .subquery()
    )
    stands = (its.c.status, its.c.label_status, its.c.is_held)
    return select(*stands, func.count()).group_by(*stands)


_COUNTS = Statement(_counting)
