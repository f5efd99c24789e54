"""The words a kind of job is written in. No threads, and no kind in particular."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from app.attributes import wire_time
from app.resources.jobs import Job
from app.work import Sources, Work

CHUNK = 500  # rows that one transaction should change at most
LISTED = 10_000  # item errors that one thought keeps; further ones are counted


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


class Watch:
    """What a thought has of the world: SOURCES, whether to go on, and an ear for how far it is.

    GO_ON is asked for whether the job is still its worker's, and the worker is to go on.
    """

    def __init__(self, sources: Sources, go_on: Callable[[], bool] = lambda: True) -> None:
        self.sources = sources  # its fetcher is the one way out to other hosts
        self.told: tuple[int, int | None] | None = None
        self.errors: list[ItemError] = []
        self.errors_count = 0
        self.was_stopped = False  # whether it was told not to go on
        self._go_on = go_on

    def go_on(self) -> bool:
        """Whether to go on; False: return soon, with anything at all, for it is thrown away."""
        if not self._go_on():
            self.was_stopped = True
        return not self.was_stopped

    def tell(self, done: int, total: int | None = None) -> None:
        """Tell how many items the whole job is through with, and how many there are.

        It is seen within a second. What was told last stands: the step's own DONE is not added to it.
        """
        self.told = (done, total)

    def miss(self, error: ItemError) -> None:
        """Tell of an item that cannot be done. It is kept with the chunk: once, whoever dies before."""
        self.errors_count += 1
        if len(self.errors) < LISTED:
            self.errors.append(error)


@dataclass(frozen=True)
class Study:
    """What takes long: LOOK reads the database in a snapshot, THINK makes something of it without it.

    Meanwhile nobody waits for anything, and the job stays its worker's however long it takes. The chunk is
    given what came of it, by the time it runs perhaps of what is no longer so: it looks again. A thought may
    be thought twice; what it does outside is to be such that this does no harm.
    """

    look: Callable[[Work, Job], Any]
    think: Callable[[Any, Watch], Any]


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
