"""Projects: a body of work, with its people and its datasets."""

from enum import StrEnum
from typing import Annotated

from sqlalchemy import Index
from sqlalchemy import text as sql_text

from app.access import Role, administrators, in_my_projects, scope
from app.attributes import FIXED, HIDDEN, READ_ONLY, Id, JsonObject, Like, at_most, filter_by
from app.declare import Access, Resource, Summary, ToMany, ToOne, Values
from app.operations.records import parent
from app.resources import statistics, statistics_told
from app.resources.label_references import referred
from app.resources.organizations import ORGANIZATIONS
from app.storage.rows import STRICT, VENDOR, Row, added, living_unique, parent_key, text
from app.work import Work


class ProjectKind(StrEnum):
    PROJECT = "project"
    LIBRARY = "library"


_LIBRARY = sql_text("kind = 'library' AND deleted_at IS NULL")


class Project(Row, table=True):
    __tablename__ = "projects"
    __table_args__ = (
        Index(
            "ix_projects_library",
            "organization_id",
            unique=True,
            sqlite_where=_LIBRARY,
            postgresql_where=_LIBRARY,
        ),
        living_unique("organization_id", "key"),
        STRICT,
    )

    organization_id: Annotated[Id, FIXED] = parent_key("organizations.id", "Whose project it is.", index=True)
    name: Annotated[str, at_most(255)] = text("What people call it.")
    description: str | None = text("What it is about.", default=None)
    key: Annotated[str | None, at_most(64), Like(r"[A-Za-z0-9_-]+", "letters, digits, dashes")] = text(
        "A short name, unique in the organization, that may stand in a URL.", default=None
    )
    category: Annotated[str | None, at_most(64)] = text("What it is about, such as medical.", default=None)
    kind: Annotated[ProjectKind, READ_ONLY] = text(
        "project; or library: the one of its organization whose datasets are attached to others.",
        default=ProjectKind.PROJECT.value,
        **added("'project'"),
    )
    label_configuration_id: Id | None = text(
        "What the labels of its new datasets are, unless they say otherwise.", default=None
    )
    vendor: JsonObject = text(VENDOR, default="{}", **added("'{}'"))
    created_by_email: Annotated[str, READ_ONLY, filter_by("match")] = text(
        "The email of who made it, at that time.", default=""
    )
    created_by_id: Annotated[Id, HIDDEN] = text(default="")


def _place(work: Work, values: Values) -> None:
    parent(work, ORGANIZATIONS, values, "organization_id")
    _check_labels(work, None, values)
    values |= {"created_by_email": work.actor.email, "created_by_id": work.actor.account_id}


def _check_change(work: Work, project: Project, values: Values) -> None:
    if values.get("label_configuration_id") != project.label_configuration_id:
        _check_labels(work, project.id, values)


def _check_labels(work: Work, project_id: str | None, values: Values) -> None:
    if values.get("label_configuration_id") is not None:
        referred(work, project_id, values["label_configuration_id"])


_owned = scope(Project.organization_id, lambda: in_my_projects(Project.id, Role.OWNER))

PROJECTS = Resource(
    Project,
    type="projects",
    about="A body of work: its datasets and its people.",
    access=Access(
        read=scope(Project.organization_id, lambda: in_my_projects(Project.id)),
        create=administrators(Project.organization_id),
        update=_owned,
        delete=_owned,
    ),
    example={"name": "Retina", "description": "Vessels and lesions of the fundus."},
    links=(
        ToOne("organization", ORGANIZATIONS.type, "organization_id"),
        ToMany("datasets", "datasets", "project_id"),
        ToMany("project_members", "project_members", "project_id"),
    ),
    summaries=(
        Summary("statistics", statistics.of_record, "What the work on it amounts to.", statistics_told.TOLD),
    ),
    before_create=_place,
    before_change=_check_change,
)
