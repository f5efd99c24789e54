"""`postil key create`, `list` and `revoke`, and `postil link`."""

import json

from rich.console import Console
from rich.table import Column, Table
from sqlalchemy import bindparam, select
from sqlmodel import col

import app.catalog  # noqa: F401
from app.commands.failures import Failed
from app.commands.opened import opened
from app.operations import records
from app.resources import sign_in_links
from app.resources.accounts import Account
from app.resources.api_keys import API_KEYS, ApiKey
from app.resources.organizations import Organization
from app.settings import Settings
from app.storage.statement import Statement
from app.work import SYSTEM, Work

_ACCOUNTS = Statement(
    lambda: (
        select(col(Account.id), col(Organization.name))
        .join(Organization, col(Organization.id) == col(Account.organization_id))
        .where(col(Account.email) == bindparam("email"))
    )
)
_KEYS = Statement(
    lambda: (
        select(
            col(ApiKey.id),
            col(ApiKey.name),
            col(Account.email),
            col(ApiKey.scopes),
            col(ApiKey.expires_at),
            col(ApiKey.revoked_at),
            col(ApiKey.last_used_at),
        )
        .join(Account, col(Account.id) == col(ApiKey.account_id))
        .order_by(col(ApiKey.id))
    )
)


def create(settings: Settings, email: str, name: str, scopes: list[str], organization: str | None) -> None:
    def job(work: Work) -> str:
        values = {
            "account_id": _account(work, email, organization),
            "name": name,
            "scopes": json.dumps(scopes),
        }
        return str((records.create(work, API_KEYS, values).meta or {})["secret"])

    with opened(settings) as database:
        print(database.write_now(SYSTEM, job))


def show(settings: Settings) -> None:
    with opened(settings) as database:
        rows = database.write_now(SYSTEM, lambda work: work.rows(_KEYS, {}))
    table = Table(
        Column("id", no_wrap=True, min_width=36),
        "name",
        "account",
        "scopes",
        "expires",
        "revoked",
        "last used",
    )
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    Console().print(table)


def revoke(settings: Settings, id: str) -> None:
    with opened(settings) as database:
        database.write_now(SYSTEM, lambda work: records.delete(work, API_KEYS, id.lower()))
    print("the key is refused from now on")


def link(settings: Settings, email: str, organization: str | None) -> None:
    def job(work: Work) -> str:
        return sign_in_links.new_link(work, _account(work, email, organization))

    with opened(settings) as database:
        secret = database.write_now(SYSTEM, job)
    where = settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"
    print(f"{where}{sign_in_links.path_of(secret)}")


def _account(work: Work, email: str, organization: str | None) -> str:
    found = [
        id
        for id, name in work.rows(_ACCOUNTS, {"email": email})
        if organization is None or name == organization
    ]
    if len(found) != 1:
        what = "no account has" if not found else "several organizations have an account with"
        raise Failed(f"{what} the email {email}" + (": add --organization NAME" if found else ""))
    return str(found[0])
