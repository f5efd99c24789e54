"""Label configurations: what may be marked, in versions; datasets refer to them."""

from typing import Annotated, Any

import msgspec
from sqlalchemy import ColumnElement, bindparam, or_, select
from sqlmodel import col

from app.access import Role, in_my_projects, scope
from app.attributes import FIXED, READ_ONLY, Holds, Id, JsonObject, TextList, at_most, filter_by
from app.declare import RESOURCES, Access, Action, Resource, Summary, ToMany, ToOne, Values
from app.errors import Conflict, Fault, Invalid
from app.operations.records import parent
from app.resources import label_changes, label_changes_told
from app.resources.organizations import ORGANIZATIONS
from app.resources.projects import PROJECTS
from app.resources.workflows import faults_of
from app.storage.rows import STRICT, Row, integer, parent_key, text
from app.storage.statement import Statement
from app.work import Work
from workflow.errors import BadConfiguration
from workflow.labels.numbering import numbered
from workflow.labels.reading import canonical, is_typed
from workflow.labels.schema import SCHEMA


class LabelConfiguration(Row, table=True):
    __tablename__ = "label_configurations"
    __table_args__ = STRICT

    organization_id: Annotated[Id, FIXED] = parent_key(
        "organizations.id", "Whose it is; the project's, where one is given.", default="", index=True
    )
    project_id: Annotated[Id | None, FIXED] = parent_key(
        "projects.id",
        "The project whose people may use it; null: everybody of the organization.",
        default=None,
        index=True,
    )
    name: Annotated[str, at_most(255), filter_by("match")] = text("What people call it.", default="")
    description: str | None = text("What it is for.", default=None)
    configuration: Annotated[JsonObject, Holds(SCHEMA)] = text("Its classes and classifications.")
    labels: Annotated[TextList, READ_ONLY] = text("The names of its classes that are shown.", default="[]")
    revision: Annotated[int, READ_ONLY] = integer(
        "How often the configuration was changed, and 1.", default=1
    )


def _place(work: Work, values: Values) -> None:
    if values.get("project_id"):
        organization_id = parent(work, PROJECTS, values, "project_id").organization_id
        if values.setdefault("organization_id", organization_id) != organization_id:
            detail = "the project is of another organization"
            raise Invalid(Fault("parent_conflict", detail, "/data/relationships/project"))
    parent(work, ORGANIZATIONS, values, "organization_id")
    values |= label_changes.kept(read(values["configuration"]))


def read(text: str, at: str = "/data/attributes/configuration") -> dict[str, Any]:
    """The configuration that TEXT is, as it is kept. Raises Invalid, pointing below AT."""
    try:
        given = canonical(msgspec.json.decode(text))
        if not is_typed(given):
            raise Invalid(Fault("labels_free", "a label configuration has classes: a list of them", at))
        return numbered({}, given)
    except BadConfiguration as error:
        raise Invalid(*faults_of(error, at)) from None


def _check_change(work: Work, row: LabelConfiguration, values: Values) -> None:
    """Set whole, it may ask no more of annotations than it did, nor leave any without a class."""
    if "configuration" not in values or values["configuration"] == row.configuration:
        return
    given = msgspec.json.decode(values["configuration"])
    body = {"change": "replace", "configuration": values["configuration"]}
    plan = label_changes.plan_of(row.configuration, body)
    is_bound = plan.touches is None or bool(plan.touches)
    if is_bound and work.rows(_LABELLED, {"id": row.id, "size": 1}):
        raise Conflict(
            "what is labelled already would not fit: change it at /apply, and see at /preview what that does",
            "/data/attributes/configuration",
            code="labels_in_use",
        )
    assert isinstance(given, dict)
    values |= label_changes.kept(plan.configuration, row)


def _check_delete(work: Work, configuration: LabelConfiguration, is_forced: bool) -> None:
    if work.rows(_USED, {"id": configuration.id, "size": 1}):
        raise Conflict("datasets refer to it: give them another first", code="label_configuration_in_use")


_owned = scope(
    LabelConfiguration.organization_id, lambda: in_my_projects(LabelConfiguration.project_id, Role.OWNER)
)


def _usable() -> ColumnElement[bool]:
    return or_(col(LabelConfiguration.project_id).is_(None), in_my_projects(LabelConfiguration.project_id))


LABEL_CONFIGURATIONS = Resource(
    LabelConfiguration,
    type="label_configurations",
    about="What may be marked: classes with their attributes, and questions about the whole item.",
    access=Access(
        read=scope(LabelConfiguration.organization_id, _usable), create=_owned, update=_owned, delete=_owned
    ),
    ancestors={"project_id": "projects"},
    example={
        "name": "Eyes",
        "configuration": {"classes": [{"name": "lesion", "color": "#d0021b", "geometries": ["box"]}]},
    },
    links=(
        ToOne("organization", ORGANIZATIONS.type, "organization_id"),
        ToOne("project", PROJECTS.type, "project_id"),
        ToMany("datasets", "datasets", "label_configuration_id"),
    ),
    summaries=(
        Summary(
            "preview",
            label_changes.preview,
            "What a change of its labels would touch. Nothing is changed.",
            label_changes_told.PREVIEWED,
            "POST",
            label_changes.LabelChangeBody,
            {"change": "rename", "class_id": "lesion", "name": "Lesion"},
            type="label_preview",
        ),
    ),
    actions=(
        Action(
            "apply",
            ("POST",),
            label_changes.apply,
            _owned,
            label_changes.LabelChangeBody,
            {"change": "merge", "class_ids": ["lesion", "scar"], "into": {"id": "lesion"}},
            "Change its labels: the configuration at once, and by a job what is labelled already.",
            gives="jobs",
        ),
        Action(
            "undo",
            ("POST",),
            label_changes.undo,
            _owned,
            label_changes.UndoBody,
            {"job_id": "0190a1b2-0000-7000-8000-000000000001"},
            "Take a change of its labels back, by a job. What was labelled anew since stays as it is.",
            gives="jobs",
        ),
    ),
    before_create=_place,
    before_change=_check_change,
    before_delete=_check_delete,
)


def _labelled() -> Any:
    annotations, datasets = RESOURCES["annotations"].columns, RESOURCES["datasets"].columns
    its = select(datasets["id"]).where(datasets["label_configuration_id"] == bindparam("id"))
    return (
        select(annotations["id"])
        .where(annotations["dataset_id"].in_(its), annotations["deleted_at"].is_(None))
        .limit(bindparam("size"))
    )


_LABELLED = Statement(_labelled)
_USED = Statement(
    lambda: (
        select(RESOURCES["datasets"].columns["id"])
        .where(
            RESOURCES["datasets"].columns["label_configuration_id"] == bindparam("id"),
            RESOURCES["datasets"].columns["deleted_at"].is_(None),
        )
        .limit(bindparam("size"))
    )
)
