"""SQLite alone: the one writer, its commits, its lock, and what a fault of the disk leaves."""

import asyncio
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pysqlite3 import dbapi2 as pysqlite3

from app.errors import Unavailable
from app.resources.accounts import ACCOUNTS
from app.storage import sqlite
from app.storage.database import Database
from app.storage.opening import migrate, open_database
from app.storage.sqlite import LARGEST_GROUP, PRAGMAS, READING, Locked, SqliteDatabase
from app.storage.transaction import ParentGone
from app.work import SYSTEM, Work
from tests.app.storage.working import (
    add,
    add_organization,
    count,
    name_of,
    read,
    write,
)


def test_every_connection_has_its_pragmas(sqlite_database: SqliteDatabase) -> None:
    def pragmas(work: Work) -> dict[str, Any]:
        driver: Any = work.connection
        return {name: driver.driver.execute(f"PRAGMA {name}").fetchone()[0] for name in READING}

    assert write(sqlite_database, pragmas) == {"wal_autocheckpoint": 1000, "query_only": 0, **PRAGMAS}
    assert read(sqlite_database, pragmas) == READING
    assert PRAGMAS["journal_mode"] == "wal"
    assert PRAGMAS["synchronous"] == 2
    assert PRAGMAS["foreign_keys"] == 1
    assert READING["query_only"] == 1
    assert sqlite_database.check()["pragmas"] == {name: READING[name] for name in PRAGMAS}


def test_a_pragma_that_does_not_take_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PRAGMAS, "cache_size", 0.5)

    with pytest.raises(RuntimeError, match="cache_size"):
        sqlite.connect(tmp_path / "x.db")


def test_an_sqlite_with_the_wal_reset_bug_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "OLDEST", (99, 0, 0))

    with pytest.raises(RuntimeError, match="can corrupt"):
        open_database(f"sqlite:///{tmp_path / 'x.db'}")


class Held:
    """Units that wait behind one which holds the writer, so that they share its next commit."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._is_begun, self._may_end = threading.Event(), threading.Event()

    def run(self, jobs: list[Callable[[Work], Any]]) -> list[Any]:
        """The results of JOBS, or what they raised."""
        return asyncio.run(self._run(jobs))

    async def _run(self, jobs: list[Callable[[Work], Any]]) -> list[Any]:
        holding = asyncio.ensure_future(self._database.write(SYSTEM, self._hold))
        await asyncio.to_thread(self._is_begun.wait, 5)
        waiting = [asyncio.ensure_future(self._database.write(SYSTEM, job)) for job in jobs]
        await asyncio.sleep(0.05)
        self._may_end.set()
        await holding
        return await asyncio.gather(*waiting, return_exceptions=True)

    def _hold(self, work: Work) -> None:
        self._is_begun.set()
        self._may_end.wait(5)


def test_units_that_wait_share_a_commit(sqlite_database: SqliteDatabase) -> None:
    commits: list[str] = []
    driver = sqlite_database._writer
    driver.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)

    results = Held(sqlite_database).run([add_organization] * 200)

    assert len(set(results)) == 200
    assert len(commits) == 1 + -(-200 // LARGEST_GROUP)


def test_a_unit_that_fails_leaves_its_neighbours_in_the_same_commit_alone(
    sqlite_database: SqliteDatabase,
) -> None:
    def fails(work: Work) -> None:
        add_organization(work, "lost")
        raise ValueError("no")

    def breaks_a_rule(work: Work) -> None:
        add(work, ACCOUNTS, organization_id=str(uuid4()), email="a@b")

    results = Held(sqlite_database).run(
        [add_organization, fails, add_organization, breaks_a_rule, add_organization]
    )

    assert [type(one) for one in results] == [str, ValueError, str, ParentGone, str]
    assert read(sqlite_database, count) == 3


def test_200_writes_at_once_are_there_after_a_crash(tmp_path: Path) -> None:
    path, copy = tmp_path / "postil.db", tmp_path / "copy.db"
    migrate(f"sqlite:///{path}")
    with closing(open_database(f"sqlite:///{path}")) as database:

        async def all_at_once() -> list[str]:
            return await asyncio.gather(*(database.write(SYSTEM, add_organization) for _ in range(200)))

        ids = asyncio.run(all_at_once())
        for end in ("", "-wal"):  # what a crash leaves: no checkpoint, no close
            shutil.copy(f"{path}{end}", f"{copy}{end}")

    for file in (path, copy):
        with closing(open_database(f"sqlite:///{file}")) as reopened:
            assert read(reopened, count) == 200
            assert all(read(reopened, lambda work, id=id: name_of(work, id)) for id in ids[::20])  # type: ignore[misc]
            assert reopened.check()["is_sound"]


def test_a_full_disk_is_told_to_the_whole_group_and_the_next_write_works(
    sqlite_database: SqliteDatabase,
) -> None:
    before = write(sqlite_database, add_organization)
    driver = sqlite_database._writer
    pages = driver.execute("PRAGMA page_count").fetchone()[0]
    driver.execute(f"PRAGMA max_page_count={pages + 2}").fetchone()

    fills = Held(sqlite_database).run(
        [add_organization, lambda work: add_organization(work, "x" * 1_000_000), add_organization]
    )

    assert [type(one) for one in fills] == [Unavailable] * 3
    assert read(sqlite_database, count) == 1
    driver.execute(f"PRAGMA max_page_count={2**32 - 2}").fetchone()
    after = write(sqlite_database, add_organization)
    assert read(sqlite_database, lambda work: [name_of(work, id) for id in (before, after)]) == [
        "Lund",
        "Lund",
    ]


def interrupted(work: Work, job: Callable[[Work], Any]) -> Any:
    """JOB, each of whose statements is interrupted."""
    connection: Any = work.connection
    connection.driver.set_progress_handler(lambda: 1, 1)
    try:
        return job(work)
    finally:
        connection.driver.set_progress_handler(None, 0)


def test_an_interrupted_write_is_told_to_the_whole_group_and_the_next_write_works(
    sqlite_database: SqliteDatabase,
) -> None:
    results = Held(sqlite_database).run(
        [add_organization, lambda work: interrupted(work, add_organization), add_organization]
    )

    assert [type(one) for one in results] == [Unavailable] * 3
    assert read(sqlite_database, count) == 0
    assert write(sqlite_database, add_organization)
    assert read(sqlite_database, count) == 1


def test_an_interrupted_read_is_told_and_the_next_read_works(sqlite_database: SqliteDatabase) -> None:
    for _ in range(2 * sqlite.READERS):
        with pytest.raises(Unavailable):
            read(sqlite_database, lambda work: interrupted(work, count))

    assert read(sqlite_database, count) == 0


def test_a_statement_that_is_wrong_is_a_fault_of_ours(sqlite_database: SqliteDatabase) -> None:
    def job(work: Work) -> None:
        connection: Any = work.connection
        connection.driver.execute("SELECT x FROM nowhere")

    with pytest.raises(pysqlite3.OperationalError, match="nowhere"):
        write(sqlite_database, job)
    with pytest.raises(pysqlite3.OperationalError, match="nowhere"):
        read(sqlite_database, job)


def test_a_commit_that_fails_is_told_to_all_and_the_writer_lives_on(sqlite_database: SqliteDatabase) -> None:
    class Failing:
        """The writer's connection, whose next COMMIT and ROLLBACK fail."""

        def __init__(self, driver: Any) -> None:
            self._driver = driver
            self.failures = ["COMMIT", "ROLLBACK"]

        def execute(self, sql: str, *values: Any) -> Any:
            if sql in self.failures:
                self.failures.remove(sql)
                raise pysqlite3.OperationalError("disk I/O error")
            return self._driver.execute(sql, *values)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._driver, name)

    sqlite_database._writer = Failing(sqlite_database._writer)

    for _ in range(2):
        with pytest.raises(Unavailable):
            write(sqlite_database, add_organization)

    assert write(sqlite_database, add_organization)
    assert read(sqlite_database, count) == 1


def test_a_second_process_is_refused_by_the_lock_and_told_what_to_do(sqlite_database: SqliteDatabase) -> None:
    path = sqlite_database._path
    program = f"""
from app.storage.opening import migrate, open_database
for act in (open_database, migrate):
    try:
        act('sqlite:///{path}')
    except Exception as error:
        print(type(error).__name__, error)
"""
    other = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )

    for line in other.stdout.splitlines():
        assert line.startswith(f"Locked {path} is in use by another Postil process.")
        assert "stop the other, or use PostgreSQL" in line
    assert len(other.stdout.splitlines()) == 2


def test_the_lock_is_free_once_the_database_is_closed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'postil.db'}"
    migrate(url)
    with closing(open_database(url)), pytest.raises(Locked):
        open_database(url)

    with closing(open_database(url)) as again:
        assert read(again, count) == 0
