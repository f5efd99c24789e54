"""PostgreSQL, for many processes: threads that own a connection each, one transaction a unit."""

import time
from typing import Any

import psycopg

from app.errors import OutcomeUnknown, Unavailable
from app.storage.database import Job, Lane, T, Unit, settle
from app.storage.transaction import POSTGRESQL, Transaction
from app.work import Actor, Sources, Work

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
SAFE = {"fsync": "on", "full_page_writes": "on"}  # and synchronous_commit anything but off


def connect(url: str) -> psycopg.Connection[Any]:
    """A connection that begins no transaction by itself."""
    options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
    return psycopg.connect(url, autocommit=True, options=options, connect_timeout=3)


class PostgresDatabase:
    """Runs units of work on the database at URL, as many at once as CONNECTIONS."""

    def __init__(self, url: str, sources: Sources, connections: int) -> None:
        self._url = url
        self._sources = sources
        with connect(url) as probe:
            refuse_unsafe(probe)
        self._units = Lane("postil-postgresql", self._run_all, threads=connections)

    async def read(self, actor: Actor, job: Job[T]) -> T:
        return await self._units.run(actor, job, is_read=True)

    async def write(self, actor: Actor, job: Job[T]) -> T:
        return await self._units.run(actor, job)

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
        self._units.close()

    def _run_all(self, lane: Lane) -> None:
        connection: psycopg.Connection[Any] | None = None
        while unit := lane.units.get():
            try:
                if connection is None or connection.closed:
                    connection = connect(self._url)
                self._run(connection, unit)
            except psycopg.OperationalError as error:
                unit.error = Unavailable("the database cannot be reached: ask again in a second")
                unit.error.__cause__ = error
            except BaseException as error:
                unit.error = error
            settle([unit])
        if connection is not None:
            connection.close()

    def _run(self, connection: psycopg.Connection[Any], unit: Unit) -> None:
        """Run UNIT as one transaction, anew where it lost a race: jobs have no other effect."""
        for attempt in range(TRIES):
            connection.execute(BEGIN_READ if unit.is_read else BEGIN_WRITE)
            try:
                work = Work(
                    Transaction(connection, POSTGRESQL), unit.actor, self._sources.clock(), self._sources
                )
                unit.result = unit.job(work)
                _commit(connection)
                return
            except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected) as error:
                _roll_back(connection)
                if attempt + 1 == TRIES:
                    raise Unavailable("others changed the same records: ask again") from error
                time.sleep(PAUSE * 2**attempt)  # so that the one who won has gone on
            except BaseException:
                _roll_back(connection)
                raise


def _commit(connection: psycopg.Connection[Any]) -> None:
    try:
        done = connection.execute("COMMIT").statusmessage
    except psycopg.OperationalError as error:
        if connection.closed:
            raise OutcomeUnknown(
                "the connection to the database was lost during the commit: read the record to see"
            ) from error
        raise
    if done != "COMMIT":  # after a statement that failed PostgreSQL keeps nothing, and says only this
        raise RuntimeError(f"COMMIT was answered by {done}: the job went on after a statement failed")


def _roll_back(connection: psycopg.Connection[Any]) -> None:
    if not connection.closed:
        connection.execute("ROLLBACK")


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
