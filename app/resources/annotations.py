"""Annotations: what was marked on an entry."""

from collections.abc import Sequence
from typing import Annotated, Any

from sqlalchemy import ColumnElement, Index, and_, or_, select
from sqlmodel import col

from app.access import Role, in_my_projects, is_actor, scope
from app.attributes import FIXED, HIDDEN, READ_ONLY, Id, JsonObject
from app.declare import Access, Change, Resource, ToMany, ToOne, Values
from app.errors import Conflict, Fault, Invalid
from app.operations.records import find, parent
from app.operations.statements import Hold
from app.resources import label_rules, tallies
from app.resources.entries import ENTRIES, touch
from app.resources.entry_rows import Entry, of_held_entries, of_public_datasets, seated_rows
from app.resources.layers import LAYERS
from app.storage.rows import STRICT, Row, added, parent_key, text
from app.work import Work
from workflow.entry import COUNTED_AS_COMPLETED


class Annotation(Row, table=True):
    __tablename__ = "annotations"
    __table_args__ = (
        Index(None, "entry_id", "id"),
        Index(None, "layer_id", "id"),
        Index(None, "dataset_id", "id"),
        STRICT,
    )

    organization_id: Annotated[Id, HIDDEN] = text()
    project_id: Annotated[Id, READ_ONLY] = text("The project of its entry.")
    dataset_id: Annotated[Id, READ_ONLY] = text("The dataset of its entry.")
    entry_id: Annotated[Id, FIXED] = parent_key("entries.id", "What it is on.")
    layer_id: Annotated[Id, FIXED] = text(
        "Which of its entry's layers it is in; the ground truth, unless said.", default="", **added("''")
    )
    dimensions: JsonObject = text("The geometry, with its `type`.")
    annotation: JsonObject = text("The value: a label, its attributes.")
    metadata_: JsonObject = text(
        "What else is to be known of it.", default="{}", sa_column_kwargs={"name": "metadata"}
    )
    created_by_email: Annotated[str, READ_ONLY] = text("The email of who made it, at that time.", default="")
    created_by_id: Annotated[Id, HIDDEN] = text(default="")


def _own_of_seats() -> ColumnElement[bool]:
    """The rows that the actor made on entries at which they have a seat: those of the others are unseen."""
    seats = select(col(Entry.id)).where(seated_rows(), in_my_projects(Entry.project_id))
    return and_(is_actor(Annotation.created_by_id), col(Annotation.entry_id).in_(seats))


def _place(work: Work, values: Values) -> None:
    entry = parent(work, ENTRIES, values, "entry_id", Hold.CHANGED)
    layer_id = values.get("layer_id") or entry.id
    _check_open(entry, layer_id)
    if layer_id != entry.id:
        _check_layer(work, entry, values)
    label_rules.check(work, entry.dataset_id, values)
    values |= {
        "layer_id": layer_id,
        "organization_id": entry.organization_id,
        "project_id": entry.project_id,
        "dataset_id": entry.dataset_id,
        "created_by_email": work.actor.email,
        "created_by_id": work.actor.account_id,
    }


def _check_layer(work: Work, entry: Entry, values: Values) -> None:
    layer = parent(work, LAYERS, values, "layer_id")
    if layer.entry_id != entry.id:
        detail = "the layer is of another entry: make one of this entry's, at /layers"
        raise Invalid(Fault("layer_of_other_entry", detail, "/data/relationships/layer"))


def _check_change(work: Work, annotation: Annotation, values: Values) -> None:
    _check_open(find(work, ENTRIES, annotation.entry_id), annotation.layer_id)
    if "dimensions" in values or "annotation" in values:
        label_rules.check(work, annotation.dataset_id, values, annotation)


def _check_removal(work: Work, annotation: Annotation, *given: Any) -> None:
    _check_open(find(work, ENTRIES, annotation.entry_id), annotation.layer_id)


def _check_restore(work: Work, annotation: Annotation) -> None:
    """What was in the trash while the labels changed was not changed with them."""
    _check_removal(work, annotation)
    label_rules.check(work, annotation.dataset_id, {}, annotation)


def _check_open(entry: Entry, layer_id: str) -> None:
    """What people made of an entry stays as it is once that is completed; a model's predictions may come."""
    if entry.status in COUNTED_AS_COMPLETED and layer_id == entry.id:
        raise Conflict("the annotations of a completed entry cannot change", code="entry_completed")


def _touch_entries(work: Work, changes: Sequence[Change]) -> None:
    for entry_id in dict.fromkeys((after or before).entry_id for before, after in changes):
        touch(work, entry_id)
    # Version 1: not out of the trash. What is beside the ground truth is nobody's work.
    made = [after for before, after in changes if before is None and after.version == 1 and _is_work(after)]
    tallies.annotations_made(work, made)


def _is_work(annotation: Annotation) -> bool:
    return annotation.layer_id == annotation.entry_id


_readable = scope(
    Annotation.organization_id,
    lambda: or_(
        in_my_projects(Annotation.project_id, Role.OWNER),
        of_held_entries(Annotation.entry_id),
        _own_of_seats(),
        of_public_datasets(Annotation.dataset_id),
    ),
)
_workable = scope(
    Annotation.organization_id,
    lambda: or_(
        in_my_projects(Annotation.project_id, Role.OWNER),
        of_held_entries(Annotation.entry_id),
        _own_of_seats(),
    ),
)

ANNOTATIONS = Resource(
    Annotation,
    type="annotations",
    about="What somebody marked on an entry: a geometry and a value.",
    access=Access(read=_readable, create=_workable, update=_workable, delete=_workable),
    inherited={
        "layer_id": ("organization_id", "project_id", "dataset_id", "entry_id"),
        "entry_id": ("organization_id", "project_id", "dataset_id"),
        "dataset_id": ("organization_id", "project_id"),
    },
    ancestors={
        "project_id": "projects",
        "dataset_id": "datasets",
        "entry_id": "entries",
        "layer_id": "layers",
    },
    example={
        "dimensions": {"type": "box", "x": 12, "y": 40, "width": 100, "height": 80},
        "annotation": {"label": "lesion"},
        "metadata": {"tool": "box"},
    },
    links=(
        ToOne("entry", ENTRIES.type, "entry_id"),
        ToOne("layer", LAYERS.type, "layer_id"),
        ToMany("note_feeds", "note_feeds", "annotation_id"),
    ),
    before_create=_place,
    before_change=_check_change,
    before_delete=_check_removal,
    before_restore=_check_restore,
    after_changes=_touch_entries,
    is_made_in_runs=True,
)
