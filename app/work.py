"""One unit of work: who acts, when, by what chance, and the transaction they act in.

Time, chance, ids, tokens and the way out are handed in (`Sources`), so that a test can tell them.
"""

import os
import random
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property, lru_cache
from struct import unpack
from typing import Any, NamedTuple, Protocol, cast

from app.addresses import Addresses
from app.buckets import Buckets, NoBuckets
from app.contents import Blobs, Nowhere
from app.fetching import Fetcher
from app.links import Links
from app.pictures import Decoder
from app.upload_links import UploadLinks


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

    @cached_property
    def values(self) -> dict[str, Any]:
        """What the conditions of `app.access` are bound to."""
        return {"actor_account_id": self.account_id, "actor_organization_id": self.organization_id}

    @property
    def is_administrator(self) -> bool:
        return self.sight is not Sight.MEMBER


SYSTEM = Actor("", "", "system", "owner", sight=Sight.SYSTEM)


Fetch = Callable[[int], list[tuple[Any, ...]]]  # up to so many further rows; none at the end


class Connection(Protocol):
    """An open transaction. VALUES are the statement's parameters by name."""

    @property
    def now(self) -> str:
        """The time of the transaction, by the one clock of all."""

    @property
    def has_one_writer(self) -> bool:
        """Whether no other transaction writes meanwhile: then one row may hold what all of them move."""

    @property
    def failure(self) -> type[Exception]:
        """What fails all of it, and no single statement: a full disk, a lost race, a lost connection."""

    def draw(self, organization_id: str) -> int | None:
        """The next number of the organization's feed; None where events are numbered once committed."""

    def rows(self, statement: Any, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """What STATEMENT finds. Raises Duplicate where it breaks a unique rule."""

    def rows_of(self, statement: Any, values: Mapping[str, Any]) -> AbstractContextManager[Fetch]:
        """What STATEMENT finds, as it is asked for."""

    def sorts_here(self, statement: Any) -> bool:
        """Whether all that STATEMENT finds would be sorted in the memory of this process."""

    def rows_together(self, *asked: tuple[Any, Mapping[str, Any]]) -> list[list[tuple[Any, ...]]]:
        """What each of the statements ASKED finds, in one round trip."""

    def run(self, statement: Any, values: Mapping[str, Any]) -> int:
        """How many rows STATEMENT changed. Raises Duplicate where it breaks a unique rule."""

    def hold(self, id: str) -> None:
        """Nobody else changes the record any more before the transaction ends: its row was read so."""

    def holds(self, id: str) -> bool:
        """Whether the record is what was read of it, or what this transaction has made of it."""

    def run_later(self, statement: Any, values: Mapping[str, Any], *, is_of_one: bool = False) -> None:
        """Run STATEMENT, whose outcome nobody waits for, before the next: no round trip of its own.

        What it breaks fails that next statement. IS_OF_ONE: it changes one record, which is held.
        """

    def run_many_later(self, statement: Any, many: Sequence[Mapping[str, Any]]) -> None:
        """The same for each of MANY values."""

    def run_many(self, statement: Any, many: Sequence[Mapping[str, Any]]) -> None:
        """Run STATEMENT for each of MANY values. Raises Duplicate where one breaks a unique rule."""

    def attempt(self) -> AbstractContextManager[None]:
        """What is done within is undone where it raises, and the transaction can go on."""


class Ids:
    """Makes UUIDs of version 7 (RFC 9562) that never go back within a process."""

    def __init__(self) -> None:
        self._last = 0
        self._tails: list[str] = []  # drawn many at once: a call of the system each costs as much as all else

    def __call__(self) -> str:
        # Ticks of 1/4096 ms: 48 bits of milliseconds and 12 of a finer clock, so that ids sort as made.
        self._last = ticks = max((time.time_ns() << 12) // 1_000_000, self._last + 1)
        try:
            tail = self._tails.pop()
        except IndexError:
            drawn = (f"{1 << 63 | bits >> 2:x}" for bits in unpack("512Q", os.urandom(4096)))
            self._tails = [f"{bits[:4]}-{bits[4:]}" for bits in drawn]
            tail = self._tails.pop()
        time_text = f"{ticks:015x}"
        return f"{time_text[:8]}-{time_text[8:12]}-7{time_text[12:]}-{tail}"


def as_service(work: "Work") -> "Work":
    """WORK with the service's sight, in the name of who acts: for what they set off and may not see."""
    return work._replace(actor=replace(work.actor, sight=Sight.SYSTEM))


def token() -> str:
    """24 characters that nobody guesses."""
    return secrets.token_urlsafe(18)


def clock() -> str:
    """The time in the form that is kept and sent: 2026-01-31T12:00:00.000000Z."""
    second, microsecond = divmod(time.time_ns() // 1000, 1_000_000)
    return f"{_second(second)}.{microsecond:06d}Z"


@lru_cache(2)  # it is asked some times for each request
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


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
    """Where time, chance, new ids, tokens, files and what is out there come from."""

    clock: Callable[[], str] = clock
    chance: Callable[[], float] = random.SystemRandom().random  # 0 to 1
    ids: Callable[[], str] = field(default_factory=Ids)
    token: Callable[[], str] = token
    fetcher: Fetcher = field(default_factory=Fetcher)  # to public places alone
    blobs: Blobs = field(default_factory=lambda: cast(Blobs, Nowhere()))  # the contents of files
    decoder: Decoder = field(default_factory=Decoder)  # of pictures
    buckets: Buckets = field(default_factory=NoBuckets)  # places outside of ours that imports read
    link_key: bytes = field(default_factory=lambda: secrets.token_bytes(32))  # signs links to files

    backup_at: Callable[[], str | None] = lambda: None  # of when the last backup is

    @cached_property
    def links(self) -> Links:
        """Links to files that need no key."""
        return Links(self.link_key, self.clock)

    @cached_property
    def addresses(self) -> Addresses:
        """Addresses of files that need no key and do not end."""
        return Addresses(self.link_key)

    @cached_property
    def upload_links(self) -> UploadLinks:
        """Addresses that take a file without a key, once."""
        return UploadLinks(self.link_key, self.clock)


class Work(NamedTuple):
    """What a unit of work is done by. One is made for each, so it is a tuple: they are made fastest."""

    connection: Connection
    actor: Actor
    sources: Sources
    told: str | None = None  # the time, in place of the transaction's own
    found: dict[Any, Any] | None = None  # parents that stay what they are, in a run of like changes
    moves: dict[Any, Any] | None = None  # of figures, where they are added up and made at once

    @property
    def now(self) -> str:
        """The time of all that is done."""
        return self.told or self.connection.now

    def rows(self, statement: Any, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """What STATEMENT finds, its scope bound to the actor."""
        return self.connection.rows(statement, self.bound(values))

    def rows_together(self, *asked: tuple[Any, Mapping[str, Any]]) -> list[list[tuple[Any, ...]]]:
        """The same of each of the statements ASKED, in one round trip."""
        return self.connection.rows_together(*((one, self.bound(values)) for one, values in asked))

    def rows_of(self, statement: Any, values: Mapping[str, Any]) -> AbstractContextManager[Fetch]:
        """The same, as it is asked for."""
        return self.connection.rows_of(statement, self.bound(values))

    def run(self, statement: Any, values: Mapping[str, Any]) -> int:
        return self.connection.run(statement, self.bound(values))

    def run_later(self, statement: Any, values: Mapping[str, Any], *, is_of_one: bool = False) -> None:
        self.connection.run_later(statement, self.bound(values), is_of_one=is_of_one)

    def bound(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """VALUES, and who acts. The transaction adds its own time where a statement asks for it."""
        told = {} if self.told is None else {"now": self.told}
        return {**self.actor.values, **told, **values}
