"""The labels of a dataset: any object and any names, or what a label configuration declares."""

from typing import Any

import msgspec
from sqlalchemy import bindparam, select
from sqlmodel import col

from app.declare import RESOURCES, Values
from app.errors import Conflict, Fault, Invalid
from app.operations import changes, records
from app.resources.label_changes import kept
from app.resources.label_configurations import LABEL_CONFIGURATIONS, LabelConfiguration, read
from app.resources.label_references import referred
from app.resources.workflows import is_same
from app.storage.statement import Statement
from app.work import Work
from workflow.labels.reading import is_typed

_AT = "/data/attributes/labeling_configuration"
_FIELDS = ("labeling_configuration", "labels")


def place(work: Work, project: Any, values: Values) -> None:
    """Fill in the labels of a new dataset of VALUES. Raises Invalid, RelatedNotFound."""
    given = values.get("labeling_configuration", "{}")
    has_own = is_typed(msgspec.json.decode(given))
    if not values.get("label_configuration_id"):
        if has_own:
            _declare(work, project.id, project.organization_id, values)
        elif given == "{}" and project.label_configuration_id and not values.get("labels"):
            values["label_configuration_id"] = project.label_configuration_id
    elif given != "{}":
        detail = "a dataset refers to a label configuration, or brings one: not both"
        raise Invalid(Fault("label_configuration_twice", detail, _AT))
    if id := values.get("label_configuration_id"):
        _take_over(values, referred(work, project.id, id))


def check_change(work: Work, dataset: Any, values: Values) -> None:
    """Make a change of DATASET's labels, which VALUES ask for, one of its label configuration."""
    for name in _FIELDS:  # whoever sends the whole record back changes nothing
        if name in values and is_same(values[name], getattr(dataset, name)):
            del values[name]
    id = values.get("label_configuration_id", dataset.label_configuration_id)
    if id is not None and "labels" in values and id == dataset.label_configuration_id:
        detail = "the labels are the names of the classes: change those, at its label_configuration"
        raise Conflict(detail, "/data/attributes/labels", code="labels_follow_classes")
    if id != dataset.label_configuration_id:
        _refer(work, dataset, values, id)
    elif "labeling_configuration" in values:
        _change_own(work, dataset, values)


def check_restore(work: Work, dataset: Any) -> None:
    """Raise Conflict where DATASET's label configuration went to the trash after it."""
    id = dataset.label_configuration_id
    if id is not None and not work.rows(_LIVING, {"id": id}):
        raise Conflict(
            f"its label configuration {id} is in the trash: restore that first", code="labels_in_trash"
        )


def _refer(work: Work, dataset: Any, values: Values, id: str | None) -> None:
    if id is None:
        values.setdefault("labeling_configuration", "{}")
        values.setdefault("labels", dataset.labels)
    else:
        _take_over(values, referred(work, dataset.project_id, id))


def _change_own(work: Work, dataset: Any, values: Values) -> None:
    given = values["labeling_configuration"]
    has_own = is_typed(msgspec.json.decode(given))
    if dataset.label_configuration_id is None:
        if has_own:
            _declare(work, dataset.project_id, dataset.organization_id, values)
        return
    if not has_own:
        raise Conflict(
            "the dataset has a label configuration: set label_configuration_id to null first",
            _AT,
            code="labels_declared",
        )
    id = dataset.label_configuration_id
    if work.rows(_OTHERS, {"id": id, "dataset_id": dataset.id, "size": 1}):
        raise Conflict(
            "other datasets have the same label configuration: change it at /label_configurations",
            _AT,
            code="label_configuration_shared",
        )
    after = records.update(work, LABEL_CONFIGURATIONS, id, {"configuration": given})
    _take_over(values, after)


def _declare(work: Work, project_id: str, organization_id: str, values: Values) -> None:
    """A label configuration of the dataset's own, out of what it brings."""
    made: LabelConfiguration = changes.add(
        work,
        LABEL_CONFIGURATIONS,
        {
            "organization_id": organization_id,
            "project_id": project_id,
            "name": values.get("name", ""),
            **kept(read(values["labeling_configuration"], _AT)),
        },
    )
    values["label_configuration_id"] = made.id
    _take_over(values, made)


def _take_over(values: Values, configuration: Any) -> None:
    # The columns tell what is shown at once; what is read later is asked of the configuration itself.
    values["labeling_configuration"] = configuration.configuration
    values["labels"] = configuration.labels


def _others() -> Any:
    columns = RESOURCES["datasets"].columns
    return (
        select(columns["id"])
        .where(
            columns["label_configuration_id"] == bindparam("id"),
            columns["id"] != bindparam("dataset_id"),
            columns["deleted_at"].is_(None),
        )
        .limit(bindparam("size"))
    )


_OTHERS = Statement(_others)
_LIVING = Statement(
    lambda: select(col(LabelConfiguration.id)).where(
        col(LabelConfiguration.id) == bindparam("id"), col(LabelConfiguration.deleted_at).is_(None)
    )
)
