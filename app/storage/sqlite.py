"""SQLite, in one process: reader threads, and one writer thread that commits many units at once.

The only connection that writes and checkpoints is the writer's, so nobody meets "database is
locked" and the WAL-reset bug of old SQLite versions cannot happen.
"""

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from pysqlite3 import dbapi2 as pysqlite3

from app.errors import Unavailable
from app.storage.database import Job, Lane, T, Unit, settle
from app.storage.functions import sqlite_json_contains
from app.storage.streams import P, Stream, StreamJob, StreamLimits, Streams
from app.storage.transaction import SQLITE, Numbers, Transaction
from app.work import Actor, Sources, Steady, Work

READERS = 4
LARGEST_GROUP = 64  # units that share one commit
OLDEST = (3, 51, 3)  # the first SQLite with the WAL-reset fix (sqlite.org/wal.html#walresetbug)
PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL: one flush a commit, and nothing acknowledged is lost
    "foreign_keys": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "busy_timeout": 5000,
    "journal_size_limit": 64 << 20,
    "cache_size": -16384,  # KiB: four times as much saves imports and merges no processor time
    "temp_store": 2,
}
# Of a connection that reads. The system keeps the file in memory as well, so its own cache may be small.
READING = PRAGMAS | {"cache_size": -8192, "wal_autocheckpoint": 0, "query_only": 1}
STREAM_CACHE = -2048  # KiB: a stream reads each page of the file once
STEPS = 100_000  # of SQLite's machine, some milliseconds: a stream's statement then asks whether to go on
# BUSY LOCKED NOMEM INTERRUPT IOERR FULL CANTOPEN (sqlite.org/rescode.html)
PASSING = frozenset({5, 6, 7, 9, 10, 13, 14})


class Locked(Exception):
    """Another process serves this database."""


def connect(path: Path, *, query_only: bool = False) -> Any:
    """A connection with every pragma set, and seen to be set. Transactions are begun by hand."""
    connection = pysqlite3.connect(
        str(path), isolation_level=None, check_same_thread=False, cached_statements=512
    )
    connection.create_function("json_contains", 2, sqlite_json_contains, deterministic=True)
    for name, value in (READING if query_only else PRAGMAS).items():
        connection.execute(f"PRAGMA {name}={value}").fetchall()
        found = connection.execute(f"PRAGMA {name}").fetchone()[0]
        if found != value:
            raise RuntimeError(f"SQLite took {name}={found} where {value} was asked for")
    return connection


def lock(path: Path) -> IO[str]:
    """The lock of the database at PATH, held until it is closed. Raises Locked."""
    held = open(path.with_name(path.name + ".lock"), "a")  # noqa: SIM115 - it is held, not read
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        held.close()
        raise Locked(
            f"{path} is in use by another Postil process. SQLite serves one: stop the other, "
            "or use PostgreSQL (--database postgresql://...) to run several."
        ) from None
    return held


def copy(path: Path, to: Path) -> None:
    """Copy the database at PATH, as it stands at one moment, to the new file TO, while it may be served.

    TO need not outlive a power cut.
    """
    with closing(connect(path, query_only=True)) as source, closing(pysqlite3.connect(str(to))) as target:
        target.execute("PRAGMA synchronous=0")  # it is read once, and thrown away
        source.backup(target)  # in one step: others write on, and only the WAL grows until it is done


class SqliteDatabase:
    """Runs units of work on the file at PATH."""

    def __init__(self, path: Path, sources: Sources, streams: StreamLimits) -> None:
        if pysqlite3.sqlite_version_info < OLDEST:
            raise RuntimeError(f"SQLite {pysqlite3.sqlite_version} can corrupt a WAL: use 3.51.3 or newer")
        self._path = path
        self.sources = sources
        self._steady = Steady()
        self._lock = lock(path)
        self._writer = connect(path)
        self._numbers = Numbers(self._writer)
        self._writes = Lane("postil-writer", self._write_all, threads=1)
        self._point = connect(path, query_only=True)
        self._at_once = threading.Lock()  # of whose loop it is that reads by it
        self._reads = Lane("postil-reader", self._read_all, threads=READERS)
        self._streams = Streams(self._snapshot, streams)

    @property
    def rung_at(self) -> str | None:
        return None

    async def read(self, actor: Actor, job: Job[T], *, is_point: bool = False) -> T:
        if is_point and self._at_once.acquire(blocking=False):
            try:
                return self._read(self._point, actor, job)
            finally:
                self._at_once.release()
        return await self._reads.run(actor, job)

    async def write(self, actor: Actor, job: Job[T]) -> T:
        return await self._writes.run(actor, job)

    async def stream(self, actor: Actor, job: StreamJob[P]) -> Stream[P]:
        return await self._streams.open(actor, job)

    def read_now(self, actor: Actor, job: Job[T]) -> T:
        return self._reads.run_now(actor, job)

    def write_now(self, actor: Actor, job: Job[T]) -> T:
        return self._writes.run_now(actor, job)

    def check(self) -> dict[str, Any]:
        connection = connect(self._path, query_only=True)
        try:
            pragmas = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in PRAGMAS}
            integrity = connection.execute("PRAGMA integrity_check").fetchone()[0]
            orphans = len(connection.execute("PRAGMA foreign_key_check").fetchall())
        finally:
            connection.close()
        return {
            "database": f"SQLite {pysqlite3.sqlite_version}",
            "path": str(self._path),
            "bytes": os.path.getsize(self._path),
            "pragmas": pragmas,
            "integrity": integrity,
            "rows_without_parent": orphans,
            "is_sound": integrity == "ok" and orphans == 0,
        }

    def close(self) -> None:
        self._streams.close()
        self._reads.close()
        self._writes.close()
        self._writer.close()
        self._point.close()
        self._lock.close()

    def _work(self, connection: Any, actor: Actor) -> Work:
        numbers = self._numbers if connection is self._writer else None
        now = self._steady(self.sources.clock())
        return Work(Transaction(connection, SQLITE, now, numbers), actor, self.sources)

    @contextmanager
    def _snapshot(self, actor: Actor, is_over: Callable[[], bool]) -> Iterator[Work]:
        connection = connect(self._path, query_only=True)
        try:
            connection.execute(f"PRAGMA cache_size={STREAM_CACHE}")
            connection.set_progress_handler(is_over, STEPS)
            connection.execute("BEGIN")
            yield self._work(connection, actor)
        except pysqlite3.Error as error:
            raise _told(error) from error
        finally:
            connection.close()  # which ends the transaction

    def _read(self, connection: Any, actor: Actor, job: Job[T]) -> T:
        try:
            connection.execute("BEGIN")
            return job(self._work(connection, actor))
        except pysqlite3.Error as error:
            if (told := _told(error)) is error:
                raise
            raise told from error
        finally:
            _roll_back(connection)

    def _read_all(self, lane: Lane) -> None:
        connection = connect(self._path, query_only=True)
        while unit := lane.units.get():
            try:
                unit.result = self._read(connection, unit.actor, unit.job)
            except BaseException as error:
                unit.error = error
            settle([unit])
        connection.close()

    def _write_all(self, lane: Lane) -> None:
        while unit := lane.units.get():
            group, is_last = [unit], False
            while len(group) < LARGEST_GROUP and not lane.units.empty():
                if (unit := lane.units.get()) is None:
                    is_last = True
                    break
                group.append(unit)
            self._commit(group)
            settle(group)
            if is_last:
                return

    def _commit(self, group: list[Unit]) -> None:
        """Run every unit of GROUP in a savepoint of its own, and make them durable with one flush."""
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            for unit in group:
                self._attempt(unit)
            self._writer.execute("COMMIT")
            self._numbers.committed()
        except pysqlite3.Error as error:
            _roll_back(self._writer)
            self._numbers.forget()
            for unit in group:
                unit.error = Unavailable("the database could not keep the change: ask again")
                unit.error.__cause__ = error

    def _attempt(self, unit: Unit) -> None:
        mark = self._numbers.mark()
        self._writer.execute("SAVEPOINT unit")
        try:
            unit.result = unit.job(self._work(self._writer, unit.actor))
        except BaseException as error:
            # A full disk ends the whole transaction: then ROLLBACK TO raises, and so does the group.
            self._writer.execute("ROLLBACK TO unit")
            self._numbers.give_back(mark)
            unit.error = _told(error)
        self._writer.execute("RELEASE unit")


def _roll_back(connection: Any) -> None:
    # Where it fails, the next unit's BEGIN does as well, and says so: the thread lives on.
    with suppress(pysqlite3.Error):
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _told(error: BaseException) -> BaseException:
    """ERROR, or Unavailable where the disk or the moment is at fault, and not the statement."""
    if isinstance(error, pysqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF in PASSING:
        unavailable = Unavailable("the database cannot be used now: ask again")
        unavailable.__cause__ = error
        return unavailable
    return error
