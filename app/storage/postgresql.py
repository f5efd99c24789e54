"""PostgreSQL, for many processes: threads that own a connection each, one transaction a unit."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from app.errors import Unavailable
from app.storage.database import Job, Lane, T, Unit, settle
from app.storage.pipelines import PipelinedTransaction
from app.storage.streams import P, Stream, StreamJob, StreamLimits, Streams
from app.work import Actor, Sources, Steady, Work, clock

IDLE = 0.25  # seconds after which events of other processes are looked for
TRIES = 5  # of a unit that lost a race (40001, 40P01)
PAUSE = 0.005  # seconds before the second try; twice as long before each further one
BEGIN_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
BEGIN_WRITE = "BEGIN"
SETTINGS = {  # of every session
    "statement_timeout": "5s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "10s",
    "timezone": "UTC",
}
STREAM_NAME = "postil-stream"  # by which pg_stat_activity tells who holds a snapshot
STREAM_STATEMENT = "60s"  # of a stream: its first may sort all that it finds
SAFE = {"fsync": "on", "full_page_writes": "on"}  # and synchronous_commit anything but off


def connect(url: str, **settings: str) -> psycopg.Connection[Any]:
    """A connection that begins no transaction by itself, with SETTINGS of its own beside those of all."""
    options = " ".join(f"-c {name}={value}" for name, value in (SETTINGS | settings).items())
    return psycopg.connect(url, autocommit=True, options=options, connect_timeout=3)


class Locked(Exception):
    """The database is being served while it should not be, or is about to be moved while it should be."""


SERVED = 7160432603  # the advisory lock that every process shares that serves the database
_IN_USE = "the database is in use by another Postil process: stop every one that uses it, and try again"
_BEING_MOVED = (
    "the database is being moved by `postil move`: wait until that is done, and serve where it is then"
)


@contextmanager
def hold(url: str) -> Iterator[None]:
    """Nobody serves the database at URL meanwhile. Raises Locked where somebody does."""
    with connect(url) as connection:
        _lock(connection, "pg_advisory_lock", _IN_USE)
        yield


def _connect_to_serve(url: str) -> psycopg.Connection[Any]:
    """A connection by whose life others see that the database is served. Raises Locked where it is held."""
    connection = connect(url)
    try:
        _lock(connection, "pg_advisory_lock_shared", _BEING_MOVED)
    except BaseException:
        connection.close()
        raise
    return connection


def _lock(connection: psycopg.Connection[Any], function: str, refusal: str) -> None:
    # It waits for as long as for any lock: the server notices a moment late that another process has gone.
    try:
        connection.execute(f"SELECT {function}(%s)", (SERVED,))
    except psycopg.errors.LockNotAvailable:
        raise Locked(refusal) from None


class PostgresDatabase:
    """Runs units of work on the database at URL, as many at once as CONNECTIONS."""

    def __init__(self, url: str, sources: Sources, connections: int, streams: StreamLimits) -> None:
        self._url = url
        self.sources = sources
        self._steady = Steady()
        with connect(url) as probe:
            refuse_unsafe(probe)
        self._sequencer = Sequencer(url)
        self._units = Lane("postil-postgresql", self._run_all, threads=connections)
        # A stream idles while its reader is slow, and it is the stream that knows for how long.
        self._stream_settings = {
            "application_name": STREAM_NAME,
            "statement_timeout": STREAM_STATEMENT,
            "idle_in_transaction_session_timeout": f"{round(streams.stall + 10)}s",
        }
        self._streams = Streams(self._snapshot, streams)

    @property
    def rung_at(self) -> str | None:
        return self._url

    async def read(self, actor: Actor, job: Job[T], *, is_point: bool = False) -> T:
        return await self._units.run(actor, job, is_read=True, is_point=is_point)

    async def write(self, actor: Actor, job: Job[T]) -> T:
        return await self._units.run(actor, job)

    async def stream(self, actor: Actor, job: StreamJob[P]) -> Stream[P]:
        return await self._streams.open(actor, job)

    def read_now(self, actor: Actor, job: Job[T]) -> T:
        return self._units.run_now(actor, job, is_read=True)

    def write_now(self, actor: Actor, job: Job[T]) -> T:
        return self._units.run_now(actor, job)

    def check(self) -> dict[str, Any]:
        with connect(self._url) as connection:
            version = connection.info.server_version
            shown = {name: _setting(connection, name) for name in (*SAFE, "synchronous_commit", *SETTINGS)}
            size = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        return {
            "database": f"PostgreSQL {version // 10000}",
            "bytes": size[0] if size else None,
            "settings": shown,
            "is_sound": True,
        }

    def close(self) -> None:
        self._streams.close()
        self._units.close()
        self._sequencer.close()

    @contextmanager
    def _snapshot(self, actor: Actor, is_over: Callable[[], bool]) -> Iterator[Work]:
        # IS_OVER is asked between pieces alone: a statement has a timeout.
        session = Session(self._url, **self._stream_settings)
        try:
            yield Work(self._begun(session.opened(), BEGIN_READ), actor, self.sources)
        except psycopg.OperationalError as error:
            raise Unavailable("the database cannot be reached, or takes too long: ask again") from error
        finally:
            session.close()

    def _run_all(self, lane: Lane) -> None:
        session = Session(self._url)
        while unit := lane.units.get():
            try:
                self._run(session, unit)
            except psycopg.OperationalError as error:
                unit.error = Unavailable("the database cannot be reached: ask again in a second")
                unit.error.__cause__ = error
            except BaseException as error:
                unit.error = error
            settle([unit])
        session.close()

    def _run(self, session: "Session", unit: Unit) -> None:
        """Run UNIT as one transaction, anew where it lost a race: jobs have no other effect."""
        attempt = 0
        while True:
            is_new = session.is_closed
            begin = "" if unit.is_point else BEGIN_READ if unit.is_read else BEGIN_WRITE
            transaction = self._begun(session.opened(), begin)
            try:
                unit.result = unit.job(Work(transaction, unit.actor, self.sources))
                transaction.commit()
                if not unit.is_read:
                    self._sequencer.wake()
                return
            except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected) as error:
                transaction.roll_back()
                attempt += 1
                if attempt == TRIES:
                    raise Unavailable("others changed the same records: ask again") from error
                time.sleep(PAUSE * 2 ** (attempt - 1))  # so that the one who won has gone on
            except psycopg.OperationalError:
                # The connection died while it was idle: the server was restarted, say. Nothing that could
                # have had an effect was sent, so a new one takes its place; after the first statement none.
                if is_new or transaction.is_begun or not session.is_closed:
                    transaction.roll_back()
                    raise
            except BaseException:
                transaction.roll_back()
                raise

    def _begun(self, connection: psycopg.Connection[Any], begin: str) -> PipelinedTransaction:
        told = None if self.sources.clock is clock else self.sources.clock()
        return PipelinedTransaction(connection, begin, self._steady, told)


class Session:
    """A thread's connection, made anew where it was lost."""

    def __init__(self, url: str, **settings: str) -> None:
        """SETTINGS are those of its connection beyond, or in place of, every session's."""
        self._url = url
        self._settings = settings
        self._connection: psycopg.Connection[Any] | None = None

    @property
    def is_closed(self) -> bool:
        return self._connection is None or self._connection.closed

    def opened(self) -> psycopg.Connection[Any]:
        """The connection. Raises OperationalError."""
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._url, **self._settings)
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


class Sequencer:
    """Numbers the committed events of every organization: 1, 2, 3, without a gap.

    It picks what has no number yet, never "what is greater than the last", so nothing that commits late
    is skipped. Changes of one record draw their position while they hold its row, and so are numbered in
    the order in which they happened. An advisory lock lets one process number at a time. By its connection
    a process also tells that it serves the database.
    """

    _LOCK = 7160432602
    _NUMBER = """
WITH fresh AS (
  SELECT position, organization_id, row_number() OVER (PARTITION BY organization_id ORDER BY position) AS n
  FROM events WHERE sequence IS NULL ORDER BY position LIMIT 5000
), last AS (
  SELECT organization_id, coalesce(
    (SELECT max(sequence) FROM events WHERE events.organization_id = known.organization_id), 0) AS n
  FROM (SELECT DISTINCT organization_id FROM fresh) AS known
)
UPDATE events SET sequence = last.n + fresh.n
FROM fresh JOIN last USING (organization_id)
WHERE events.position = fresh.position AND events.sequence IS NULL"""

    def __init__(self, url: str) -> None:
        """Raises Locked where the database at URL is being moved."""
        self._url = url
        self._wake = threading.Event()
        self._is_closed = False
        first = _connect_to_serve(url)
        self._thread = threading.Thread(target=self._run, args=(first,), name="postil-sequencer", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There may be new events."""
        self._wake.set()

    def close(self) -> None:
        self._is_closed = True
        self._wake.set()
        self._thread.join()

    def _run(self, first: psycopg.Connection[Any]) -> None:
        connection: psycopg.Connection[Any] | None = first
        while not self._is_closed:
            self._wake.wait(IDLE)
            self._wake.clear()
            try:
                if connection is None or connection.closed:
                    connection = _connect_to_serve(self._url)
                while self._number(connection):
                    pass
            except (psycopg.Error, Locked):  # the server is away, or restarts: what is unnumbered waits
                if connection is not None:
                    connection.close()
                connection = None
                time.sleep(IDLE)
        if connection is not None:
            connection.close()

    def _number(self, connection: psycopg.Connection[Any]) -> bool:
        """Whether some were numbered, and there may be more."""
        with connection.transaction():
            locked = connection.execute("SELECT pg_try_advisory_xact_lock(%s)", (self._LOCK,)).fetchone()
            if not locked or not locked[0]:
                return False
            return connection.execute(self._NUMBER).rowcount > 0


def refuse_unsafe(connection: psycopg.Connection[Any]) -> None:
    """Raise RuntimeError where the server would lose acknowledged writes, or store text badly."""
    for name, wanted in SAFE.items():
        if _setting(connection, name) != wanted:
            raise RuntimeError(f"PostgreSQL runs with {name}={_setting(connection, name)}: set it {wanted}")
    if _setting(connection, "synchronous_commit") == "off":
        raise RuntimeError("PostgreSQL runs with synchronous_commit=off: set it on")
    if _setting(connection, "server_encoding") != "UTF8":
        raise RuntimeError("the database's encoding is not UTF8: create it with ENCODING 'UTF8'")


def _setting(connection: psycopg.Connection[Any], name: str) -> Any:
    row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
    return row[0] if row else None
