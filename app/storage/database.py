"""Open the database, and run units of work in it. The one place that knows how work is run.

Below this everything is plain synchronous code: a job is a function of a `Work`, and one job
is one transaction.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

from app.errors import Overloaded
from app.storage.streams import P, Stream, StreamJob
from app.work import Actor, Sources, Work

T = TypeVar("T")
Job = Callable[[Work], T]

LONGEST_QUEUE = 1000  # units waiting; more are refused at once


class Readable(Protocol):
    """What can be read from, by whoever has no loop to wait in."""

    def read_now(self, actor: Actor, job: Job[T]) -> T:
        """JOB's result, from one snapshot. Raises what JOB raises, Overloaded, Unavailable."""


class Database(Protocol):
    """Where units of work run. Jobs must have no effect outside their transaction: they may run again."""

    @property
    def rung_at(self) -> str | None:
        """The URL where rings of jobs are heard; None: one process serves it, and looks for jobs itself."""

    @property
    def sources(self) -> Sources:
        """What every unit of work is handed."""

    async def read(self, actor: Actor, job: Job[T], *, is_point: bool = False) -> T:
        """JOB's result, from one snapshot. Raises what JOB raises, Overloaded, Unavailable.

        IS_POINT: it reads one record by its key, with one statement. Where that costs less than to hand it to
        another thread, it is done at once; where a transaction would cost more than it, without one.
        """

    async def write(self, actor: Actor, job: Job[T]) -> T:
        """JOB's result, once it is durable; nothing of it is kept where it raises."""

    async def stream(self, actor: Actor, job: StreamJob[P]) -> Stream[P]:
        """What JOB yields, from one snapshot, as it is read. Whoever is handed the stream closes it.

        Raises what JOB raises before its first piece, Overloaded, Unavailable.
        """

    def read_now(self, actor: Actor, job: Job[T]) -> T:
        """As `read`, for jobs and the command line, which have no loop to wait in."""

    def write_now(self, actor: Actor, job: Job[T]) -> T:
        """As `write`, for these."""

    def check(self) -> dict[str, Any]:
        """Versions, settings and integrity, as far as they can be asked."""

    def close(self) -> None: ...


class Unit:
    """A job on its way: what is to be run, for whom, and where the answer goes."""

    __slots__ = ("actor", "answer", "error", "is_point", "is_read", "job", "loop", "result")

    def __init__(
        self, actor: Actor, job: Job[Any], loop: Any, answer: Any, *, is_read: bool, is_point: bool = False
    ) -> None:
        self.actor = actor
        self.job = job
        self.is_read = is_read
        self.is_point = is_point
        self.loop = loop
        self.answer = answer
        self.result: Any = None
        self.error: BaseException | None = None

    def settle(self) -> None:
        if self.answer.cancelled():
            return
        if self.error is None:
            self.answer.set_result(self.result)
        else:
            self.answer.set_exception(self.error)


class Lane:
    """A queue of units and the threads that run what comes.

    A thread of our own, fed by a queue, costs 4.5 us a hop where a framework's costs 41.
    """

    def __init__(self, name: str, run: Callable[["Lane"], None], threads: int) -> None:
        self.units: SimpleQueue[Unit | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=run, args=(self,), name=name, daemon=True) for _ in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    async def run(self, actor: Actor, job: Job[T], *, is_read: bool = False, is_point: bool = False) -> T:
        if self.units.qsize() > LONGEST_QUEUE:
            raise Overloaded("more is asked than can be done now: ask again in a second")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self.units.put(Unit(actor, job, loop, answer, is_read=is_read, is_point=is_point))
        return await answer

    def run_now(self, actor: Actor, job: Job[T], *, is_read: bool = False) -> T:
        answer: Future[T] = Future()
        self.units.put(Unit(actor, job, None, answer, is_read=is_read))
        return answer.result()

    def close(self) -> None:
        for _ in self._threads:
            self.units.put(None)
        for thread in self._threads:
            thread.join()


def settle(units: list[Unit]) -> None:
    """Hand every unit's result to whoever waits, waking each loop once."""
    waking: dict[Any, list[Unit]] = {}
    for unit in units:
        waking.setdefault(unit.loop, []).append(unit)
    for loop, mine in waking.items():
        if loop is None:
            _settle_all(mine)
        else:
            with suppress(RuntimeError):  # the loop was closed: nobody waits any more
                loop.call_soon_threadsafe(_settle_all, mine)


def _settle_all(units: list[Unit]) -> None:
    for unit in units:
        unit.settle()
