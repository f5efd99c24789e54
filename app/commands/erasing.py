"""`postil erase`."""

from collections import Counter

from rich.console import Console
from rich.table import Column, Table
from sqlalchemy import bindparam, or_, select
from sqlmodel import col

import app.catalog  # noqa: F401 - every table is to be known
from app.commands.failures import Failed
from app.commands.opened import opened
from app.jobs.erasure import erase as erase_account
from app.resources.accounts import Account
from app.resources.organizations import Organization
from app.settings import Settings
from app.storage.opening import compact
from app.storage.statement import Statement
from app.work import SYSTEM, Work

PATIENCE = 2.0  # seconds after which no server believes a revoked key any more

_ACCOUNTS = Statement(
    lambda: (
        select(col(Account.id), col(Account.email), col(Organization.name))
        .join(Organization, col(Organization.id) == col(Account.organization_id))
        .where(or_(col(Account.email) == bindparam("account"), col(Account.id) == bindparam("account")))
        .order_by(col(Account.id))
    )
)


def erase(settings: Settings, account: str, organization: str | None) -> None:
    """Erase the person that ACCOUNT, an id or an email, names."""
    with opened(settings) as database:
        ids = database.write_now(SYSTEM, lambda work: _named(work, account, organization))
        counts: Counter[str] = Counter()
        for id in ids:
            counts += erase_account(database, id, patience=0.0 if settings.is_embedded else PATIENCE)
    compact(settings.database_url)
    _tell(ids, counts)


def _named(work: Work, account: str, organization: str | None) -> list[str]:
    """The ids of the accounts that have the email, or the one of that id, in one organization."""
    named = account.strip()
    found = [
        (id, name)
        for id, _, name in work.rows(_ACCOUNTS, {"account": named.lower() if "@" not in named else named})
        if organization in (None, name)
    ]
    if not found:
        raise Failed(f"no account has the id or the email {account}")
    if len({name for _, name in found}) > 1:
        raise Failed(f"several organizations have an account with {account}: add --organization NAME")
    return [id for id, _ in found]


def _tell(ids: list[str], counts: Counter[str]) -> None:
    table = Table("table", Column("rows overwritten or removed", justify="right"))
    for name, count in sorted(counts.items()):
        table.add_row(name, str(count))
    console = Console()
    console.print(table)
    for id in ids:
        console.print(f"The person is erased. What they made stays, as the work of the account {id}.")
    console.print("Not touched:")
    console.print("- releases: they name people by the ids of their accounts alone.")
    console.print("- backups, copies of the database, pictures and logs: Postil keeps no list of them.")
    console.print("docs/erasure.md says what to do about them.")
