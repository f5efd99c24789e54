"""One-time links by which people choose the password that they sign in to the dashboard with.

Of a link the hash of its 256 random bits is kept. Who makes one hands it over: Postil sends no mail.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert
from sqlmodel import Field, SQLModel, col

from app.attributes import wire_time
from app.declare import Resource, Summary, Values
from app.errors import Forbidden
from app.operations import changes
from app.operations.reading import may
from app.operations.records import find
from app.storage.rows import STRICT, TEXT
from app.storage.statement import Statement
from app.work import Work

GOOD_FOR = timedelta(days=3)


class SignInLink(SQLModel, table=True):
    """That whoever shows the secret of HASH may choose the account's password, once, until it expires."""

    __tablename__ = "sign_in_links"
    __table_args__ = STRICT

    hash: str = Field(primary_key=True, sa_type=TEXT)
    account_id: str = Field(sa_type=TEXT, foreign_key="accounts.id", ondelete="CASCADE", index=True)
    expires_at: str = Field(sa_type=TEXT)


def link_for(work: Work, card: Resource, id: str, body: Values) -> dict[str, Any]:
    """A new link for the account; older ones of it end. Raises NotFound, Forbidden."""
    may(work, card.key_scope)
    account = find(work, card, id, card.access.delete, "make a link for")
    if work.actor.organization_role == "admin" and account.organization_role == "owner":
        raise Forbidden("a link for an owner is made by owners alone")
    expires_at = _expiry(work.now)
    changes.note(work, card, account, "sign_in_link")
    return {"path": path_of(new_link(work, account.id, expires_at)), "expires_at": expires_at}


def path_of(secret: str) -> str:
    """The path of the link with SECRET."""
    return f"/ui/welcome?token={secret}"


def new_link(work: Work, account_id: str, expires_at: str | None = None) -> str:
    """The secret of a new link for the account; older ones of it end."""
    secret = secrets.token_urlsafe(32)
    end_links(work, account_id)
    values = {"v_hash": hash_of(secret), "v_account_id": account_id}
    work.run(_ADD_LINK, values | {"v_expires_at": expires_at or _expiry(work.now)})
    return secret


def _expiry(now: str) -> str:
    return wire_time(datetime.fromisoformat(now) + GOOD_FOR)


def end_links(work: Work, account_id: str) -> None:
    """The links of the account are good no longer."""
    work.run(_END_LINKS, {"k_account_id": account_id})


def hash_of(secret: str) -> str:
    """What is kept of SECRET."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


_END_LINKS = Statement(
    lambda: delete(SignInLink).where(col(SignInLink.account_id) == bindparam("k_account_id"))
)
_ADD_LINK = Statement(
    lambda: insert(SignInLink).values({name: bindparam(f"v_{name}") for name in SignInLink.model_fields})
)

SIGN_IN_LINK = Summary(
    "sign_in_link",
    link_for,
    "Make a link by which the person chooses a password, once, within three days: an invitation, or a reset. "
    "`path` goes behind the address of the service; hand it over yourself. Older links of the account end.",
    {
        "path": {"type": "string"},
        "expires_at": {"type": "string", "format": "date-time"},
    },
    "POST",
    changes=True,
)
