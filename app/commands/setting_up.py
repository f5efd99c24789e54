"""`postil migrate`, `init` and `check`."""

import json
import sys

from rich import print as show
from sqlalchemy import bindparam, func, select
from sqlmodel import col

import app.catalog  # noqa: F401 - every table is to be known before a migration
from app.commands.failures import Failed
from app.commands.opened import opened
from app.operations import records
from app.resources.accounts import ACCOUNTS
from app.resources.api_keys import API_KEYS
from app.resources.organizations import ORGANIZATIONS, Organization
from app.settings import Settings
from app.storage import opening
from app.storage.statement import Statement
from app.work import SYSTEM, Work

_NAMED = Statement(lambda: select(func.count()).where(col(Organization.name) == bindparam("name")))


def migrate(settings: Settings) -> None:
    settings.data.mkdir(parents=True, exist_ok=True)
    opening.migrate(settings.database_url)
    print("the database is at this version", file=sys.stderr)


def init(settings: Settings, email: str, organization: str, *, as_json: bool) -> None:
    """Make an organization, its owner and a key with every scope."""
    settings.data.mkdir(parents=True, exist_ok=True)
    with opened(settings) as database:
        made = database.write_now(SYSTEM, lambda work: found_organization(work, email, organization))
    if as_json:
        print(json.dumps(made))
        return
    show(f"[bold]{organization}[/bold] is made, with {email} as its owner.")
    print(f"The key, shown this once: {made['api_key']}")
    print("Next: postil serve, then send it as  Authorization: Bearer <key>")


def found_organization(work: Work, email: str, name: str) -> dict[str, str]:
    """A new organization: its id, its owner's id, and the owner's key. Raises Failed where NAME is taken."""
    if work.rows(_NAMED, {"name": name})[0][0]:
        raise Failed(f"there is an organization {name} already: to sign in again, use `postil key create`")
    organization = records.create(work, ORGANIZATIONS, {"name": name}).row
    owner = {"organization_id": organization.id, "email": email, "organization_role": "owner"}
    account = records.create(work, ACCOUNTS, owner).row
    key = {"account_id": account.id, "name": "first key", "scopes": '["read","write","admin"]'}
    made = records.create(work, API_KEYS, key)
    return {
        "organization_id": organization.id,
        "account_id": account.id,
        "api_key": (made.meta or {})["secret"],
    }


def check(settings: Settings) -> None:
    database = opening.open_database(settings.database_url, connections=1)
    try:
        report = database.check()
    finally:
        database.close()
    print(json.dumps({"python": sys.version.split()[0], **report}, indent=2))
    if not report["is_sound"]:
        raise Failed("the database is damaged: restore a backup")
