"""Streams: what a job yields, piece by piece, out of one snapshot, while an async reader takes it.

Each runs on a thread and a connection of its own, so that none takes those of ordinary requests, and
nothing is left of it once it has ended. Few pieces wait for their reader, whatever there is to read.
"""

import asyncio
import threading
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, Generic, TypeVar

from app.errors import Overloaded, Unavailable
from app.work import Actor, Work

P = TypeVar("P")
StreamJob = Callable[[Work], Generator[P, None, None]]
# A snapshot for an actor, open within; a statement in it is broken off where the function says True.
Snapshot = Callable[[Actor, Callable[[], bool]], AbstractContextManager[Work]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLimits:
    """From where on a stream is refused or ended. Times are seconds."""

    most: int = 4  # streams at once, in a process
    ahead: int = 4  # pieces that wait for their reader
    stall: float = 30  # without a piece taken
    # Meanwhile SQLite's WAL only grows, and PostgreSQL keeps every row that is changed or removed.
    longest: float = 300


class _Over(Exception):
    """The stream ends before its job does: nobody reads it any more, or its time is up."""


@dataclass(frozen=True, slots=True)
class _End:
    is_whole: bool = False
    error: BaseException | None = None


class Stream(Generic[P]):
    """The pieces of a job, for one reader, in one loop. Iterating raises what the job raises, Unavailable."""

    def __init__(self, limits: StreamLimits) -> None:
        self.is_whole = False  # once it has ended: whether the job came to its end in time
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._given: asyncio.Queue[P | _End] = asyncio.Queue()  # never more than `ahead`, and the end
        self._first: P | _End | None = None
        self._room = threading.Semaphore(limits.ahead)
        self._due = monotonic() + limits.longest
        self._is_closed = False

    def __aiter__(self) -> "Stream[P]":
        return self

    async def __anext__(self) -> P:
        found = self._first if self._first is not None else await self._given.get()
        self._first = None
        if not isinstance(found, _End):
            self._room.release()
            return found
        self._first = found  # for who asks again
        self.is_whole = found.is_whole
        if found.error is not None:
            raise found.error
        raise StopAsyncIteration

    async def begun(self) -> None:
        """Wait for the first piece. Raises what the job raises before it."""
        self._first = await self._given.get()
        if isinstance(self._first, _End) and self._first.error is not None:
            raise self._first.error

    def close(self) -> None:
        """Nobody reads on: the job is ended, wherever it is, and its snapshot given up. Needs no loop."""
        self._is_closed = True
        self._room.release()

    async def leave(self) -> None:
        """Close it, and return once its place and its snapshot are free."""
        self.close()
        while not isinstance(self._first, _End):
            self._first = await self._given.get()

    # What the thread of the job calls

    def is_over(self) -> bool:
        return self._is_closed or monotonic() >= self._due

    def hand(self, piece: P) -> None:
        """Give PIECE to the reader, once there is room. Raises _Over, Unavailable."""
        left = max(0.0, self._due - monotonic())
        has_room = self._room.acquire(timeout=min(self._limits.stall, left))
        if self.is_over():
            raise _Over
        if not has_room:
            detail = "nothing was taken for too long: go on behind the last line that came"
            raise Unavailable(detail, code="stream_stalled")
        self._post(piece)

    def end(self, end: _End) -> None:
        self._post(end)

    def _post(self, piece: P | _End) -> None:
        with suppress(RuntimeError):  # the loop was closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._given.put_nowait, piece)


class Streams:
    """The running streams of a database; SNAPSHOT opens what each reads."""

    def __init__(self, snapshot: Snapshot, limits: StreamLimits) -> None:
        self._snapshot = snapshot
        self._limits = limits
        self._lock = threading.Lock()
        self._running: dict[Stream[Any], threading.Thread] = {}
        self._is_closed = False

    async def open(self, actor: Actor, job: StreamJob[P]) -> Stream[P]:
        """The stream of JOB, its first piece read. Raises what JOB raises before that, and Overloaded."""
        stream: Stream[P] = Stream(self._limits)
        thread = threading.Thread(
            target=self._run, args=(stream, actor, job), name="postil-stream", daemon=True
        )
        with self._lock:
            if self._is_closed or len(self._running) >= self._limits.most:
                detail = f"{self._limits.most} streams run, which is the most: ask again when one has ended"
                raise Overloaded(detail, code="streams_exhausted")
            self._running[stream] = thread
        thread.start()
        try:
            await stream.begun()
        except BaseException:
            stream.close()
            raise
        return stream

    def close(self) -> None:
        """End every stream, and return once they have."""
        with self._lock:
            self._is_closed = True
            running = dict(self._running)
        for stream, thread in running.items():
            stream.close()
            thread.join()

    def _run(self, stream: Stream[P], actor: Actor, job: StreamJob[P]) -> None:
        end = _End()
        try:
            with self._snapshot(actor, stream.is_over) as work, closing(job(work)) as pieces:
                for piece in pieces:
                    stream.hand(piece)
            end = _End(is_whole=True)
        except _Over:
            pass
        except BaseException as error:
            # A statement that was broken off says that the database could not go on.
            is_broken_off = isinstance(error, Unavailable) and stream.is_over()
            end = _End() if is_broken_off else _End(error=error)
        with self._lock:
            del self._running[stream]  # before its end is told: who asks next finds the place free
        stream.end(end)
