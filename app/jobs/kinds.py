"""The words a kind of job is written in. No threads, and no kind in particular."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from app.attributes import wire_time
from app.resources.jobs import Job
from app.work import Work

CHUNK = 500  # rows that one transaction should change at most


@dataclass(frozen=True)
class ItemError:
    """What a job could not do. ITEM names it: an id, a name or a line."""

    item: str
    code: str
    detail: str = ""


@dataclass(frozen=True)
class Step:
    """What a chunk has done, and where the next one goes on; CURSOR None: there is nothing left to do."""

    cursor: str | None
    done: int = 0  # items, the failed ones too
    errors: tuple[ItemError, ...] = ()
    total: int | None = None  # of all items, once it is known
    result: Mapping[str, Any] | None = None


# A chunk does some of the job's work from a cursor on ("" at the start), in a transaction that also keeps
# where it ended. It may run again where its transaction failed, so it has no effect outside of it. It
# should take well under a second: on SQLite everybody who writes waits for it, on PostgreSQL who cancels.
Chunk = Callable[[Work, Job, str], Step]


@dataclass(frozen=True)
class Study:
    """What takes long and needs no database: LOOK reads it in a snapshot, THINK makes something of it.

    Meanwhile nobody waits for anything. The chunk is given what came of it, by the time it runs perhaps of
    what is no longer so: it looks again.
    """

    look: Callable[[Work, Job], Any]
    think: Callable[[Any], Any]


@dataclass(frozen=True)
class Kind:
    """A kind of job. With EVERY it is a chore, which the service does by itself.

    DUE tells the arguments of the job that an organization needs now, None where there is nothing to do.
    With a STUDY, RUN is also given what came of it, as `found`. FAILED is run where a job of it fails.
    """

    name: str
    run: Chunk
    every: timedelta | None = None  # a chore is not made more often
    due: Callable[[Work, str], Mapping[str, Any] | None] | None = None
    study: Study | None = None
    failed: Callable[[Work, Job], None] | None = None


def arguments_of(job: Job) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(job.arguments)
    return found


def before(work: Work, span: timedelta) -> str:
    """The time that lies SPAN before now."""
    return wire_time(datetime.fromisoformat(work.now).astimezone(UTC) - span)
