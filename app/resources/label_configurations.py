"""Label configurations: what may be marked, in versions; datasets refer to them."""

from typing import Annotated

from sqlalchemy import ColumnElement, bindparam, or_, select
from sqlmodel import col

from app.access import Role, in_my_projects, scope
from app.attributes import FIXED, READ_ONLY, Id, JsonObject, TextList, at_most, filter_by
from app.declare import RESOURCES, Access, Resource, ToMany, ToOne, Values
from app.errors import Conflict
from app.operations.records import parent
from app.resources.organizations import ORGANIZATIONS
from app.resources.projects import PROJECTS
from app.storage.rows import STRICT, Row, integer, parent_key, text
from app.storage.statement import Statement
from app.work import Work


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
    configuration: JsonObject = text("Its classes and classifications.")
    labels: Annotated[TextList, READ_ONLY] = text("The names of its classes that are shown.", default="[]")
    revision: Annotated[int, READ_ONLY] = integer(
        "How often the configuration was changed, and 1.", default=1
    )


def _place(work: Work, values: Values) -> None:
    if values.get("project_id"):
        values["organization_id"] = parent(work, PROJECTS, values, "project_id").organization_id
    parent(work, ORGANIZATIONS, values, "organization_id")


def _check_change(work: Work, configuration: LabelConfiguration, values: Values) -> None:
    pass


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
    before_create=_place,
    before_change=_check_change,
    before_delete=_check_delete,
)

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
