"""Layers: whose labels of an entry they are. People's is the ground truth; models have their own."""

from typing import Any

from sqlalchemy import ColumnElement, and_, case, literal, or_, select
from sqlmodel import col

from app.access import Role, in_my_projects, scope
from app.declare import RESOURCES, Access, Resource, ToMany, ToOne, Values
from app.errors import Conflict, Forbidden
from app.operations import changes
from app.operations.records import find, parent
from app.operations.statements import Hold
from app.resources.entries import ENTRIES
from app.resources.entry_rows import Entry, of_held_entries, of_readable_entries
from app.resources.layer_rows import Layer
from app.resources.layer_statuses import LayerStatus
from app.work import Work
from workflow.entry import COUNTED_AS_COMPLETED, Status


def _place(work: Work, values: Values) -> None:
    entry = parent(work, ENTRIES, values, "entry_id")
    values |= {
        "organization_id": entry.organization_id,
        "project_id": entry.project_id,
        "dataset_id": entry.dataset_id,
        "created_by_id": work.actor.account_id,
    }


def _check_change(work: Work, layer: Layer, values: Values) -> None:
    """The ground truth goes by the entry's workflow: one may confirm it, or say that it was prelabeled."""
    if layer.id != layer.entry_id or "status" not in values or values["status"] == layer.status:
        return
    entry = find(work, ENTRIES, layer.entry_id, hold=Hold.CHANGED)
    is_over = entry.status in COUNTED_AS_COMPLETED and values["status"] == LayerStatus.VERIFIED
    is_ahead = entry.status == Status.READY and values["status"] in (LayerStatus.PRELABELED, None)
    if not (is_over or is_ahead):
        raise Conflict(
            "the status of the ground truth follows the entry's workflow: submit it, skip it, send it back",
            "/data/attributes/status",
            code="status_follows_workflow",
        )
    changes.change(work, RESOURCES["entries"], entry, {"label_status": values["status"]}, "label")


def _check_delete(work: Work, layer: Layer, is_forced: bool) -> None:
    if layer.id == layer.entry_id:
        raise Forbidden("the ground truth goes with its entry: delete that", code="layer_of_entry")


def _status() -> ColumnElement[Any]:
    """That of the ground truth is its entry's; with a reviewer who has it in hand, in review."""
    is_in_review = and_(
        col(Entry.label_status) == literal(LayerStatus.LABELED.value),
        col(Entry.status) == literal(Status.IN_PROGRESS.value),
        col(Entry.lease_expires_at).is_not(None),
    )
    of_entry = (
        select(case((is_in_review, literal(LayerStatus.IN_REVIEW.value)), else_=col(Entry.label_status)))
        .where(col(Entry.id) == col(Layer.entry_id))
        .correlate(Layer)
        .scalar_subquery()
    )
    return case((col(Layer.id) == col(Layer.entry_id), of_entry), else_=col(Layer.status))


_owned = scope(Layer.organization_id, lambda: in_my_projects(Layer.project_id, Role.OWNER))
_workable = scope(
    Layer.organization_id,
    lambda: or_(in_my_projects(Layer.project_id, Role.OWNER), of_held_entries(Layer.entry_id)),
)
_readable = scope(
    Layer.organization_id,
    lambda: or_(in_my_projects(Layer.project_id, Role.OWNER), of_readable_entries(Layer.entry_id)),
)

LAYERS = Resource(
    Layer,
    type="layers",
    about="The labels of an entry that belong together: the ground truth, which people make by the entry's "
    "workflow and which has the entry's id; and beside it a model's predictions, or anybody's own.",
    access=Access(read=_readable, create=_workable, update=_workable, delete=_owned),
    inherited={
        "entry_id": ("organization_id", "project_id", "dataset_id"),
        "dataset_id": ("organization_id", "project_id"),
    },
    ancestors={"project_id": "projects", "dataset_id": "datasets", "entry_id": "entries"},
    example={"label_set": "predictions", "status": LayerStatus.PRELABELED.value, "score": 0.93},
    links=(
        ToOne("entry", ENTRIES.type, "entry_id"),
        ToMany("annotations", "annotations", "layer_id"),
    ),
    live={"status": _status()},
    passing=ENTRIES.passing,
    before_create=_place,
    before_change=_check_change,
    before_delete=_check_delete,
    is_made_in_runs=True,
)
