"""Accounts: the people (and programs) of an organization."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from sqlalchemy import bindparam, select
from sqlmodel import col

from app.access import administrators, everyone_of, is_actor, scope
from app.attributes import FIXED, Id, Like, Time, at_most, filter_by
from app.declare import Access, Change, Resource, ToMany, ToOne, Values
from app.errors import Conflict, Forbidden
from app.operations.records import parent
from app.resources.leaving import leave
from app.resources.organizations import ORGANIZATIONS
from app.resources.sign_in_links import SIGN_IN_LINK
from app.storage.rows import STRICT, Row, living_unique, parent_key, text
from app.storage.statement import Statement
from app.work import Work


class OrganizationRole(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"


class Account(Row, table=True):
    __tablename__ = "accounts"
    # Unique within the organization: one tenant learns nothing of another's people.
    __table_args__ = (
        living_unique("organization_id", "email"),
        living_unique("organization_id", "username"),
        STRICT,
    )

    organization_id: Annotated[Id, FIXED] = parent_key(
        "organizations.id", "Whose account it is; the caller's by default.", default=""
    )
    email: Annotated[str, at_most(254), Like(r"[^@\s]+@[^@\s]+", "an email address"), filter_by("match")] = (
        text("The address, which stands on what the person makes.")
    )
    name: Annotated[str, at_most(255)] = text("The person's name.", default="")
    username: Annotated[
        str | None, at_most(64), Like(r"[A-Za-z0-9][A-Za-z0-9_.-]*", "letters, digits, dots, dashes")
    ] = text("A short name, unique in the organization, that may stand in a URL.", default=None)
    organization_role: OrganizationRole = text(
        "owner and admin may all in the organization; a member what their projects allow.",
        default=OrganizationRole.MEMBER.value,
    )
    disabled_at: Time | None = text("Since when the account may do nothing; null: enabled.", default=None)


# Held, so that of two owners who go at once one waits, and finds the other gone.
_OTHER_OWNERS = Statement(
    lambda: (
        select(col(Account.id))
        .where(
            col(Account.organization_id) == bindparam("organization_id"),
            col(Account.organization_role) == OrganizationRole.OWNER.value,
            col(Account.disabled_at).is_(None),
            col(Account.deleted_at).is_(None),
            col(Account.id) != bindparam("id"),
        )
        .order_by(col(Account.id))
        .with_for_update(key_share=True)
    )
)


def _place(work: Work, values: Values) -> None:
    values.setdefault("organization_id", work.actor.organization_id)
    parent(work, ORGANIZATIONS, values, "organization_id")
    if values.get("organization_role", OrganizationRole.MEMBER) != OrganizationRole.MEMBER:
        _check_giver(work)


def _check_change(work: Work, account: Account, values: Values) -> None:
    changed = {field for field, value in values.items() if getattr(account, field) != value}
    if not work.actor.is_administrator and changed - {"name"}:
        raise Forbidden("of your own account you may change the name alone")
    if work.actor.organization_role == "admin" and account.organization_role == "owner" and changed:
        raise Forbidden("an owner's account is changed by owners alone")
    if "organization_role" in changed:
        _check_giver(work)
    loses_power = values.get("organization_role", "owner") != "owner" or values.get("disabled_at") is not None
    if account.organization_role == "owner" and loses_power:
        _check_not_last(work, account)


def _check_delete(work: Work, account: Account, is_forced: bool) -> None:
    _check_change(work, account, {"disabled_at": work.now})


def _check_restore(work: Work, account: Account) -> None:
    if account.organization_role == OrganizationRole.OWNER:  # it is given again
        _check_giver(work)


def _leave_work(work: Work, changes: Sequence[Change]) -> None:
    """What somebody held who was disabled or deleted is everybody's again."""
    for before, after in changes:
        if before is not None and (after is None or (after.disabled_at and not before.disabled_at)):
            leave(work, "assigned_to_id", before.id)


def _check_giver(work: Work) -> None:
    if work.actor.organization_role != OrganizationRole.OWNER:
        raise Forbidden(
            "organization_role is given by an owner",
            "/data/attributes/organization_role",
            code="role_not_allowed",
        )


def _check_not_last(work: Work, account: Account) -> None:
    if not work.rows(_OTHER_OWNERS, {"organization_id": account.organization_id, "id": account.id}):
        raise Conflict(
            "an organization keeps at least one enabled owner: make another first", code="last_owner"
        )


ACCOUNTS = Resource(
    Account,
    type="accounts",
    about="A person or a program of an organization.",
    access=Access(
        read=everyone_of(Account.organization_id),
        create=administrators(Account.organization_id),
        update=scope(Account.organization_id, lambda: is_actor(Account.id)),
        delete=administrators(Account.organization_id),
    ),
    example={
        "email": "ana@example.org",
        "name": "Ana Lind",
        "username": "ana",
        "organization_role": "member",
    },
    links=(
        ToOne("organization", ORGANIZATIONS.type, "organization_id"),
        ToMany("api_keys", "api_keys", "account_id"),
    ),
    summaries=(SIGN_IN_LINK,),
    key_scope="admin",
    before_create=_place,
    before_change=_check_change,
    before_delete=_check_delete,
    before_restore=_check_restore,
    after_changes=_leave_work,
)
