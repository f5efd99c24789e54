"""One unit of work: who acts, when, by what chance, and the transaction they act in.

Time, chance, ids, tokens and the way out are handed in (`Sources`), so that a test can tell them.
"""

import os
import random
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

from app.fetching import Fetcher


class Sight(StrEnum):
    """How far an actor sees: each sees by SQL of its own."""

    SYSTEM = "system"  # everything
    ADMINISTRATOR = "administrator"  # one organization: its owners and admins
    MEMBER = "member"  # what their projects show them


@dataclass(frozen=True)
class Actor:
    """Who acts, with which key. `scopes` are the key's: read, write, admin."""

    account_id: str
    organization_id: str
    email: str
    organization_role: str  # owner, admin, member
    scopes: frozenset[str] = frozenset({"read", "write", "admin"})
    sight: Sight = Sight.MEMBER
    key_id: str | None = None

    @property
    def values(self) -> dict[str, Any]:
        """What the conditions of `app.access` are bound to."""
        return {"actor_account_id": self.account_id, "actor_organization_id": self.organization_id}

    @property
    def is_administrator(self) -> bool:
        return self.sight is not Sight.MEMBER


SYSTEM = Actor("", "", "system", "owner", sight=Sight.SYSTEM)


class Connection(Protocol):
    """An open transaction. VALUES are the statement's parameters by name."""

    @property
    def has_one_writer(self) -> bool:
        """Whether no other transaction writes meanwhile: then one row may hold what all of them move."""

    def draw(self, organization_id: str) -> int | None:
        """The next number of the organization's feed; None where events are numbered once committed."""

    def rows(self, statement: Any, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """What STATEMENT finds. Raises Duplicate where it breaks a unique rule."""

    def run(self, statement: Any, values: Mapping[str, Any]) -> int:
        """How many rows STATEMENT changed. Raises Duplicate where it breaks a unique rule."""


class Ids:
    """Makes UUIDs of version 7 (RFC 9562) that never go back within a process."""

    def __init__(self) -> None:
        self._last = 0

    def __call__(self) -> str:
        # Ticks of 1/4096 ms: 48 bits of milliseconds and 12 of a finer clock, so that ids sort as made.
        self._last = ticks = max((time.time_ns() << 12) // 1_000_000, self._last + 1)
        tail = 1 << 63 | int.from_bytes(os.urandom(8)) >> 2
        text = f"{ticks >> 12:012x}7{ticks & 0xFFF:03x}{tail:016x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def token() -> str:
    """24 characters that nobody guesses."""
    return secrets.token_urlsafe(18)


def clock() -> str:
    """The time in the form that is kept and sent: 2026-01-31T12:00:00.000000Z."""
    return datetime.now(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


class Steady:
    """Time that never goes back: where the clock does, it stands still until that has caught up."""

    def __init__(self) -> None:
        self._last = ""
        self._lock = threading.Lock()

    def __call__(self, told: str) -> str:
        """The time, where the clock says TOLD."""
        with self._lock:
            self._last = max(self._last, told)
            return self._last


@dataclass(frozen=True)
class Sources:
    """Where time, chance, new ids, tokens and what is out there come from."""

    clock: Callable[[], str] = clock
    chance: Callable[[], float] = random.SystemRandom().random  # 0 to 1
    ids: Callable[[], str] = field(default_factory=Ids)
    token: Callable[[], str] = token
    fetcher: Fetcher = field(default_factory=Fetcher)  # to public places alone


@dataclass(frozen=True, slots=True)
class Work:
    connection: Connection
    actor: Actor
    now: str
    sources: Sources

    def rows(self, statement: Any, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """What STATEMENT finds, its scope bound to the actor."""
        return self.connection.rows(statement, {**self.actor.values, "now": self.now, **values})

    def run(self, statement: Any, values: Mapping[str, Any]) -> int:
        return self.connection.run(statement, {**self.actor.values, "now": self.now, **values})
