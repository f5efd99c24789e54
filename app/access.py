"""Who may touch which rows.

A rule is a scope: the SQL condition that picks the rows an actor may touch. It is written once
and serves lists and single records alike, so the two cannot disagree. What it is bound to (who
acts, in which organization) are parameters: one statement serves every actor of a sight.
"""

from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import (
    ColumnElement,
    UniqueConstraint,
    and_,
    bindparam,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlmodel import Field, SQLModel, col

from app.attributes import FIXED, HIDDEN, Id, Time, at_most, filter_by
from app.declare import Scope
from app.storage.functions import by_database
from app.storage.rows import INTEGER, STRICT, TEXT, Row, parent_key, text
from app.work import Sight


class Role(StrEnum):
    OWNER = "project_owner"
    REVIEWER = "reviewer"
    ANNOTATOR = "annotator"


class ProjectMember(Row, table=True):
    """An account's place in a project. It stands here because every scope rests on it."""

    __tablename__ = "project_members"
    __table_args__ = (UniqueConstraint("project_id", "account_id"), STRICT)

    organization_id: Annotated[Id, HIDDEN] = text()
    project_id: Annotated[Id, FIXED] = parent_key("projects.id", "The project.")
    account_id: Annotated[Id, FIXED] = parent_key("accounts.id", "Whose place it is.", index=True)
    name: Annotated[str, at_most(255)] = text("The person's name; the account's by default.", default="")
    email: Annotated[str, at_most(254), filter_by("match")] = text(
        "The person's email; the account's by default.", default=""
    )
    role: Role = text("What the member may do.")
    invited_by_id: Annotated[Id | None, FIXED] = text("The account that made the member.", default=None)
    disabled_at: Time | None = text("Since when the member may do nothing; null: enabled.", default=None)
    paused_at: Time | None = text(
        "Since when the member takes no more entries, and only ends what they hold; null: not paused.",
        default=None,
    )


class Crew(SQLModel, table=True):
    """That WORKER, a role or an account, is of the crew that works some steps of workflows.

    A crew's name tells who is in it: it is the same wherever the same people may work.
    """

    __tablename__ = "crews"
    __table_args__ = STRICT | {"sqlite_with_rowid": False}

    worker: str = Field(primary_key=True, sa_type=TEXT)
    crew: str = Field(primary_key=True, sa_type=TEXT)


ACTOR = bindparam("actor_account_id", type_=TEXT)
NOW = bindparam("now", type_=TEXT)
ORGANIZATION = bindparam("actor_organization_id", type_=TEXT)

# What a row is checked by: the organization's administrators may all, of their organization alone.


def everyone_of(organization_id: Any) -> Scope:
    """The rows of the actor's organization."""
    return lambda sight: true() if sight is Sight.SYSTEM else col(organization_id) == ORGANIZATION


def administrators(organization_id: Any) -> Scope:
    """The same, for its owners and admins alone."""
    return scope(organization_id, false)


def scope(organization_id: Any, of_members: Any) -> Scope:
    """All rows of the organization for its administrators; those of OF_MEMBERS() for everyone else."""

    def rows(sight: Sight) -> ColumnElement[bool]:
        if sight is Sight.SYSTEM:
            return true()
        mine = col(organization_id) == ORGANIZATION
        return mine if sight is Sight.ADMINISTRATOR else and_(mine, of_members())

    return rows


def my_places(*columns: Any) -> Any:
    """COLUMNS of the project members that the actor is, where enabled."""
    return select(*(col(column) for column in columns)).where(
        col(ProjectMember.account_id) == ACTOR, col(ProjectMember.disabled_at).is_(None)
    )


def in_my_projects(project_id: Any, *roles: Role) -> ColumnElement[bool]:
    """Whether PROJECT_ID is a project where the actor has one of ROLES; any, where none is named."""
    places = my_places(ProjectMember.project_id)
    if roles:
        places = places.where(col(ProjectMember.role).in_([literal(role.value) for role in roles]))
    return col(project_id).in_(places)


def as_worker(project_id: Any, crew: Any) -> ColumnElement[bool]:
    """Whether the actor is of the CREW (a column) in PROJECT_ID."""
    is_of_it = col(Crew.worker).in_([col(ProjectMember.role), col(ProjectMember.account_id)])
    mine = my_places(ProjectMember.project_id, Crew.crew).join(Crew, is_of_it)
    return tuple_(col(project_id), col(crew)).in_(mine)


def names(accounts: Any, account_id: Any) -> ColumnElement[bool]:
    """Whether ACCOUNTS, a text, names the ACCOUNT_ID."""
    on_sqlite = func.instr(accounts, account_id, type_=INTEGER)
    is_named: ColumnElement[bool] = by_database(on_sqlite, func.strpos(accounts, account_id)) > 0
    return is_named


def names_actor(accounts: Any) -> ColumnElement[bool]:
    return names(col(accounts), ACTOR)


PUBLIC = "public"


def is_public(visibility: Any) -> ColumnElement[bool]:
    """Whether all of the organization may read what is of that VISIBILITY, a column of datasets."""
    return col(visibility) == literal(PUBLIC)


def is_actor(*account_ids: Any) -> ColumnElement[bool]:
    return or_(*(col(account_id) == ACTOR for account_id in account_ids))
