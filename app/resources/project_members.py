"""Project members: who works in a project, and as what."""

from typing import Any

from sqlalchemy import ColumnElement, select
from sqlmodel import col

from app.access import ProjectMember, Role, in_my_projects, scope
from app.attributes import Kind, read_id
from app.declare import Access, OwnFilter, Resource, ToOne, Values
from app.errors import Fault, Forbidden, Invalid, RelatedNotFound
from app.operations import changes
from app.operations.reading import not_found
from app.operations.records import parent
from app.resources.accounts import ACCOUNTS
from app.resources.leaving import leave
from app.resources.projects import PROJECTS, Project
from app.work import Work


def _place(work: Work, values: Values) -> None:
    project = parent(work, PROJECTS, values, "project_id")
    account = parent(work, ACCOUNTS, values, "account_id")
    if account.disabled_at is not None:
        raise Invalid(Fault("account_disabled", "the account is disabled", "/data/relationships/account"))
    if values.get("invited_by_id"):
        _check_inviter(work, values)
    _check_giver(work, values.get("role"))
    values["organization_id"] = project.organization_id
    values.setdefault("invited_by_id", work.actor.account_id or None)
    values.setdefault("name", account.name)
    values.setdefault("email", account.email)


def _check_inviter(work: Work, values: Values) -> None:
    try:
        parent(work, ACCOUNTS, values, "invited_by_id")
    except RelatedNotFound as error:
        raise RelatedNotFound(error.detail, "/data/attributes/invited_by_id") from None


def _check_change(work: Work, member: ProjectMember, values: Values) -> None:
    role = values.get("role", member.role)
    is_back = member.disabled_at is not None and values.get("disabled_at", member.disabled_at) is None
    if role != member.role or is_back:  # to enable a member again is to give the role again
        _check_giver(work, role)
    if values.get("disabled_at") is not None:
        leave(work, "assigned_to_member_id", member.id)


def _check_giver(work: Work, role: str | None) -> None:
    if role == Role.OWNER and not work.actor.is_administrator:
        raise Forbidden(
            "the role project_owner is given by an owner or admin of the organization",
            "/data/attributes/role",
            code="role_not_allowed",
        )


def _disable(work: Work, member: ProjectMember) -> None:
    if member.disabled_at is not None:
        raise not_found(PROJECT_MEMBERS)
    leave(work, "assigned_to_member_id", member.id)
    changes.change(work, PROJECT_MEMBERS, member, {"disabled_at": work.now}, "delete")


def _of_organizations(ids: list[Any]) -> ColumnElement[bool]:
    return col(ProjectMember.project_id).in_(
        select(col(Project.id)).where(col(Project.organization_id).in_(ids))
    )


def _is_enabled(values: list[Any]) -> ColumnElement[bool]:
    is_enabled = col(ProjectMember.disabled_at).is_(None)
    is_asked: ColumnElement[bool] = values[0] == "true"
    return is_asked == is_enabled


def _read_flag(text: str, me: str) -> str:
    if text not in ("true", "false"):
        raise ValueError("true or false is expected")
    return text


_owned = scope(ProjectMember.organization_id, lambda: in_my_projects(ProjectMember.project_id, Role.OWNER))

PROJECT_MEMBERS = Resource(
    ProjectMember,
    type="project_members",
    about="An account's place and role in a project. Deleting one disables it and un-assigns what it holds.",
    access=Access(
        read=scope(ProjectMember.organization_id, lambda: in_my_projects(ProjectMember.project_id)),
        create=_owned,
        update=_owned,
        delete=_owned,
    ),
    ancestors={"project_id": "projects", "account_id": "accounts"},
    example={"role": "annotator"},
    links=(
        ToOne("project", PROJECTS.type, "project_id"),
        ToOne("account", ACCOUNTS.type, "account_id"),
    ),
    filters=(
        OwnFilter(
            "organization_id__in",
            _of_organizations,
            lambda text, me: read_id(text),
            Kind.ID,
            "The organizations of the members' projects.",
            takes_several=True,
        ),
        OwnFilter(
            "enabled",
            _is_enabled,
            _read_flag,
            Kind.CHOICE,
            "Whether the member is enabled.",
            ("true", "false"),
        ),
    ),
    before_create=_place,
    before_change=_check_change,
    delete=_disable,
)
