"""Label sets: whose labels a dataset's entries may bear, with words about them. Layers name theirs."""

from typing import Annotated

from sqlalchemy import ColumnElement, bindparam, or_, select
from sqlmodel import col

from app.access import Role, in_my_projects, is_public, scope
from app.attributes import FIXED, HIDDEN, READ_ONLY, Id, JsonObject, at_most
from app.declare import RESOURCES, Access, Resource, ToOne, Values
from app.errors import Conflict
from app.operations import records
from app.operations.records import parent
from app.resources.dataset_rows import Dataset
from app.resources.datasets import DATASETS
from app.resources.layer_rows import Layer
from app.resources.layer_statuses import GROUND_TRUTH
from app.storage.rows import STRICT, VENDOR, Row, living_unique, parent_key, text
from app.storage.statement import Statement
from app.work import Work, as_service

MOST_AT_ONCE = 10_000  # layers that go with a label set


class LabelSet(Row, table=True):
    __tablename__ = "label_sets"
    __table_args__ = (living_unique("dataset_id", "name"), STRICT)

    organization_id: Annotated[Id, HIDDEN] = text()
    project_id: Annotated[Id, READ_ONLY] = text("The project of its dataset.")
    dataset_id: Annotated[Id, FIXED] = parent_key("datasets.id", "Whose label set it is.")
    name: Annotated[str, FIXED, at_most(128)] = text("What the layers say that are of it: `label_set`.")
    description: str = text("Whose labels they are.", default="")
    vendor: JsonObject = text(VENDOR, default="{}")


def _place(work: Work, values: Values) -> None:
    dataset = parent(work, DATASETS, values, "dataset_id")
    values |= {"organization_id": dataset.organization_id, "project_id": dataset.project_id}
    if values.get("name") == GROUND_TRUTH:
        detail = "every dataset has that of the ground truth: it needs no words"
        raise Conflict(detail, "/data/attributes/name", code="value_taken")


def _check_delete(work: Work, label_set: LabelSet, is_forced: bool) -> None:
    """Its layers go along, where that is forced."""
    asked = {"dataset_id": label_set.dataset_id, "name": label_set.name, "size": MOST_AT_ONCE + 1}
    ids = [id for (id,) in work.rows(_LAYERS, asked)]
    if ids and not is_forced:
        raise Conflict("entries have layers of it: ?force=true deletes those too", code="force_required")
    if len(ids) > MOST_AT_ONCE:
        raise Conflict(f"over {MOST_AT_ONCE} layers are of it: delete some first", code="too_many_layers")
    for id in ids:
        records.delete(as_service(work), RESOURCES["layers"], id)


_owned = scope(LabelSet.organization_id, lambda: in_my_projects(LabelSet.project_id, Role.OWNER))


def _readable_rows() -> ColumnElement[bool]:
    public = select(col(Dataset.id)).where(is_public(Dataset.visibility))
    return or_(in_my_projects(LabelSet.project_id), col(LabelSet.dataset_id).in_(public))


LABEL_SETS = Resource(
    LabelSet,
    type="label_sets",
    about="Whose labels the entries of a dataset may bear, beside those that people make by its workflow "
    "(ground-truth): a model's, an older tool's. It says in words what `label_set` of layers names.",
    access=Access(
        read=scope(LabelSet.organization_id, _readable_rows), create=_owned, update=_owned, delete=_owned
    ),
    inherited={"dataset_id": ("organization_id", "project_id")},
    ancestors={"project_id": "projects", "dataset_id": "datasets"},
    example={"name": "predictions", "description": "What the model of May says."},
    links=(ToOne("dataset", DATASETS.type, "dataset_id"),),
    before_create=_place,
    before_delete=_check_delete,
)

_LAYERS = Statement(
    lambda: (
        select(col(Layer.id))
        .where(
            col(Layer.dataset_id) == bindparam("dataset_id"),
            col(Layer.label_set) == bindparam("name"),
            col(Layer.deleted_at).is_(None),
        )
        .order_by(col(Layer.id))
        .limit(bindparam("size"))
    )
)
