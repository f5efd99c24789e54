"""Sessions of the dashboard: keys that browsers hold in cookies, opened by a password or by another key."""

from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import bindparam, select
from sqlmodel import col

from app.attributes import wire_time
from app.operations import changes, records
from app.resources.api_keys import API_KEYS, SCOPES, ApiKey, KeyKind
from app.storage.statement import Statement
from app.work import Work

GOOD_FOR = timedelta(days=14)
LONGEST_NAME = 200  # characters of what a browser calls itself


def open_session(work: Work, name: str, opened_with_id: str | None = None) -> str:
    """The secret of a new session of the actor, who signed in with that key, or by a password.

    It may what the key may, and ends with it. NAME tells the browser.
    """
    values = {
        "account_id": work.actor.account_id,
        "name": name[:LONGEST_NAME],
        "scopes": msgspec.json.encode([scope for scope in SCOPES if scope in work.actor.scopes]).decode(),
        "kind": KeyKind.SESSION.value,
        "opened_with_id": opened_with_id,
        "expires_at": wire_time(datetime.fromisoformat(work.now) + GOOD_FOR),
    }
    # Who signs in with a key that may do little gets a session all the same.
    opener = work._replace(actor=replace(work.actor, scopes=frozenset(SCOPES)))
    return str((records.create(opener, API_KEYS, values).meta or {})["secret"])


def close_session(work: Work, key_id: str) -> None:
    """The session of this id, the actor's own, ends."""
    for row in work.rows(_OPEN, {"id": key_id, "account_id": work.actor.account_id}):
        changes.change(work, API_KEYS, API_KEYS.of(row), {"revoked_at": work.now}, "delete")


_OPEN = Statement(
    lambda: select(*API_KEYS.columns.values()).where(
        col(ApiKey.id) == bindparam("id"),
        col(ApiKey.account_id) == bindparam("account_id"),
        col(ApiKey.kind) == KeyKind.SESSION.value,
        col(ApiKey.revoked_at).is_(None),
    )
)
