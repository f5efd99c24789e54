"""Who a dataset belongs to, by names that may stand in a URL: `ana/cats`, `lund-eye-clinic/cats`."""

import re
from typing import NamedTuple

from sqlalchemy import bindparam, or_, select
from sqlmodel import col

from app.errors import NotFound
from app.resources.accounts import Account
from app.resources.organizations import Organization
from app.storage.statement import Statement
from app.work import Work

_NO_NAME = re.compile(r"[^a-z0-9]+")


class Owner(NamedTuple):
    """An account of the actor's organization, or (ACCOUNT_ID null) the organization itself."""

    account_id: str | None
    name: str
    email: str | None
    created_at: str


def owner_named(work: Work, name: str) -> Owner:
    """Who is called NAME: an account by its username or its email, or the organization. Raises NotFound."""
    asked = {"organization_id": work.actor.organization_id, "name": name}
    if found := work.rows(_NAMED, asked):
        return _owner(found[0])
    if (organization := organization_of(work)).name == name:
        return organization
    raise NotFound(f"nobody is called {name[:64]}")


def owners_of(work: Work) -> dict[str | None, Owner]:
    """All of the actor's organization, by account id, those in the trash too; None: the organization."""
    rows = work.rows(_ALL, {"organization_id": work.actor.organization_id})
    return {row[0]: _owner(row) for row in rows} | {None: organization_of(work)}


def organization_of(work: Work) -> Owner:
    """The actor's organization; its name as a URL has it."""
    name, created_at = work.rows(_ORGANIZATION, {"id": work.actor.organization_id})[0]
    slug = _NO_NAME.sub("-", name.lower()).strip("-")
    return Owner(None, slug or work.actor.organization_id, None, created_at)


def _owner(row: tuple[str, str | None, str, str]) -> Owner:
    account_id, username, email, created_at = row
    return Owner(account_id, username or email, email, created_at)


_COLUMNS = (col(Account.id), col(Account.username), col(Account.email), col(Account.created_at))
_ALL = Statement(
    lambda: select(*_COLUMNS).where(col(Account.organization_id) == bindparam("organization_id"))
)
_NAMED = Statement(
    lambda: (
        select(*_COLUMNS)
        .where(
            col(Account.organization_id) == bindparam("organization_id"),
            col(Account.deleted_at).is_(None),
            or_(
                col(Account.username) == bindparam("name"),
                (col(Account.username).is_(None)) & (col(Account.email) == bindparam("name")),
            ),
        )
        .limit(1)
    )
)
_ORGANIZATION = Statement(
    lambda: select(col(Organization.name), col(Organization.created_at)).where(
        col(Organization.id) == bindparam("id")
    )
)
