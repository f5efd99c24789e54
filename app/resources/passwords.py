"""Passwords, which people may sign in to the dashboard with: their Argon2id hashes are kept."""

import secrets
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update
from sqlmodel import Field, SQLModel, col

from app.errors import Fault, Forbidden, Gone, Invalid
from app.operations import changes
from app.resources.accounts import Account
from app.resources.api_keys import API_KEYS, ApiKey, KeyKind, hash_of
from app.resources.organizations import Organization
from app.resources.sign_in_links import SignInLink, end_links
from app.storage.rows import INTEGER, STRICT, TEXT
from app.storage.statement import Statement
from app.work import Actor, Sight, Work

SHORTEST, LONGEST = 10, 256  # characters
MOST_FAILURES = 10  # before an account's password is not looked at for a while
PAUSE = timedelta(minutes=15)  # as long as that, and after it the failures before are forgotten
WAIT = "Too many wrong passwords: wait a quarter of an hour, or ask an owner for a link."
MOST_ACCOUNTS = 8  # of one email, whose passwords are tried


class Password(SQLModel, table=True):
    """The password of an account, and how often another was tried since it was last right."""

    __tablename__ = "passwords"
    __table_args__ = STRICT

    account_id: str = Field(primary_key=True, sa_type=TEXT, foreign_key="accounts.id", ondelete="CASCADE")
    hash: str = Field(sa_type=TEXT)
    changed_at: str = Field(sa_type=TEXT)
    failures: int = Field(sa_type=INTEGER, default=0)
    failed_at: str | None = Field(sa_type=TEXT, default=None)


class Holder(NamedTuple):
    """An enabled account and what is kept of its password."""

    actor: Actor
    organization: str  # its name
    hash: str
    failures: int
    failed_at: str | None


def begin_try(work: Work, email: str, is_meant: Callable[[Holder], bool]) -> list[Holder]:
    """The accounts that EMAIL may mean, each in an organization of its own, of which a password may be tried.

    That counts as a failure until `end_try` says otherwise. Raises Forbidden where so many were wrong of late
    that none is looked at for a while.
    """
    rows = work.rows(_HOLDERS, {"email": email})
    meant = [one for one in (Holder(_actor(*row[:4]), *row[4:]) for row in rows) if is_meant(one)]
    recent = {one.actor.account_id: one.failures if _is_recent(one, work.now) else 0 for one in meant}
    tried = [one for one in meant if recent[one.actor.account_id] < MOST_FAILURES]
    if meant and not tried:
        raise Forbidden(WAIT, code="sign_in_paused")
    for one in tried:
        id = one.actor.account_id
        work.run(_COUNT, {"k_account_id": id, "failures": recent[id] + 1, "failed_at": work.now})
    return tried


def end_try(work: Work, right: Iterable[Holder]) -> None:
    """The password was that of RIGHT: what was wrong before is forgotten."""
    for one in right:
        work.run(_COUNT, {"k_account_id": one.actor.account_id, "failures": 0, "failed_at": None})


def _is_recent(holder: Holder, now: str) -> bool:
    """Whether another password was tried of late."""
    if holder.failed_at is None:
        return False
    return datetime.fromisoformat(now) - datetime.fromisoformat(holder.failed_at) < PAUSE


def _actor(account_id: str, organization_id: str, email: str, role: str) -> Actor:
    sight = Sight.ADMINISTRATOR if role in ("owner", "admin") else Sight.MEMBER
    return Actor(account_id, organization_id, email, role, sight=sight)


def is_right(hash: str, password: str) -> bool:
    """Whether PASSWORD is that of HASH. It takes some 30 ms and 64 MiB: hold no transaction meanwhile."""
    try:
        return len(password) <= LONGEST and _hasher().verify(hash, password)
    except import_module("argon2.exceptions").VerificationError:
        return False


@cache
def a_hash() -> str:
    """A hash that no password has, so that an unknown email takes as long as a known one."""
    return str(_hasher().hash(secrets.token_hex(16)))


def hash_of_password(password: str) -> str:
    """What is kept of PASSWORD. Raises Invalid where it is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        detail = f"a password has {SHORTEST} to {LONGEST} characters"
        raise Invalid(Fault("attribute_invalid", detail, "/data/attributes/password"))
    return str(_hasher().hash(password))


@cache
def _hasher() -> Any:
    return import_module("argon2").PasswordHasher()  # late: most requests need none


# ---- links


def invited(work: Work, secret: str) -> tuple[Actor, str]:
    """Whom the link is for, and the name of their organization. Raises Gone where it is good no longer."""
    found = work.rows(_LINKED, {"hash": hash_of(secret), "now": work.now})
    if not found:
        raise Gone("the link was used, has expired, or was replaced by a newer one: ask for another")
    *values, organization = found[0]
    return _actor(*values), organization


def choose(work: Work, secret: str, hash: str) -> Actor:
    """Whom the link is for, whose password is that of HASH now; link and sessions end. Raises Gone."""
    actor, _ = invited(work, secret)
    end_links(work, actor.account_id)
    keep(work, actor.account_id, hash)
    return actor


def forget(work: Work, account_id: str) -> int:
    """How many passwords the account had: it has none any more, and no link to choose one."""
    end_links(work, account_id)
    return work.run(_FORGET, {"k_account_id": account_id})


def keep(work: Work, account_id: str, hash: str) -> None:
    """The account's password is that of HASH; whoever signed in by another is signed out."""
    work.run(_FORGET, {"k_account_id": account_id})
    work.run(_KEEP, {"v_account_id": account_id, "v_hash": hash, "v_changed_at": work.now})
    for row in work.rows(_SESSIONS, {"account_id": account_id}):
        changes.change(work, API_KEYS, API_KEYS.of(row), {"revoked_at": work.now}, "delete")


_WHO = (col(Account.id), col(Account.organization_id), col(Account.email), col(Account.organization_role))
_IS_ENABLED = (col(Account.disabled_at).is_(None), col(Account.deleted_at).is_(None))
_HOLDERS = Statement(
    lambda: (
        select(
            *_WHO, col(Organization.name), col(Password.hash), col(Password.failures), col(Password.failed_at)
        )
        .join(Password, col(Password.account_id) == col(Account.id))
        .join(Organization, col(Organization.id) == col(Account.organization_id))
        .where(col(Account.email) == bindparam("email"), *_IS_ENABLED)
        .order_by(col(Account.id))
        .limit(MOST_ACCOUNTS)
        .with_for_update(of=Password)  # tries at once are counted one after the other
    )
)
_LINKED = Statement(
    lambda: (
        select(*_WHO, col(Organization.name))
        .join(SignInLink, col(SignInLink.account_id) == col(Account.id))
        .join(Organization, col(Organization.id) == col(Account.organization_id))
        .where(
            col(SignInLink.hash) == bindparam("hash"),
            col(SignInLink.expires_at) > bindparam("now"),
            *_IS_ENABLED,
        )
    )
)
_COUNT = Statement(
    lambda: (
        update(Password)
        .where(col(Password.account_id) == bindparam("k_account_id"))
        .values(failures=bindparam("failures"), failed_at=bindparam("failed_at"))
    )
)
_FORGET = Statement(lambda: delete(Password).where(col(Password.account_id) == bindparam("k_account_id")))
_KEEP = Statement(
    lambda: insert(Password).values(
        account_id=bindparam("v_account_id"),
        hash=bindparam("v_hash"),
        changed_at=bindparam("v_changed_at"),
        failures=0,
    )
)
_SESSIONS = Statement(
    lambda: select(*API_KEYS.columns.values()).where(
        col(ApiKey.account_id) == bindparam("account_id"),
        col(ApiKey.kind) == KeyKind.SESSION.value,
        col(ApiKey.revoked_at).is_(None),
    )
)
