"""PostgreSQL alone: races, lost connections, and what a server must be."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

import psycopg
import pytest
from sqlalchemy import func, select

from app.errors import OutcomeUnknown, Unavailable
from app.storage import postgresql
from app.storage.opening import open_database
from app.storage.postgresql import TRIES
from app.storage.statement import Statement
from app.work import SYSTEM, Work
from tests.app.storage.working import (
    add_organization,
    count,
    name_of,
    read,
    rename,
    write,
)


def test_units_that_block_one_another_both_succeed(postgresql_url: str) -> None:
    with closing(open_database(postgresql_url, connections=2)) as database:
        one, two = (write(database, add_organization) for _ in range(2))
        meeting = threading.Barrier(2, timeout=5)
        tries: list[str] = []

        def job(name: str, ids: tuple[str, str]) -> Callable[[Work], None]:
            def run(work: Work) -> None:
                tries.append(name)
                rename(work, ids[0], name)
                if tries.count(name) == 1:
                    meeting.wait()
                rename(work, ids[1], name)

            return run

        async def both() -> None:
            await asyncio.gather(
                database.write(SYSTEM, job("a", (one, two))), database.write(SYSTEM, job("b", (two, one)))
            )

        asyncio.run(both())

        assert len(tries) >= 3  # one of them lost, and ran again
        assert read(database, lambda work: name_of(work, one)) == read(
            database, lambda work: name_of(work, two)
        )


@pytest.mark.parametrize("error", [psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected])
def test_a_unit_that_loses_a_race_runs_again_as_a_whole(error: type[Exception], postgresql_url: str) -> None:
    with closing(open_database(postgresql_url, connections=1)) as database:
        tries = []

        def job(work: Work) -> str:
            id = add_organization(work)
            tries.append(id)
            if len(tries) < TRIES:
                raise error("lost")
            return id

        assert write(database, job) == tries[-1]
        assert len(tries) == TRIES
        assert read(database, count) == 1


def test_a_unit_that_always_loses_is_told_to_ask_again(postgresql_url: str) -> None:
    with closing(open_database(postgresql_url, connections=1)) as database:
        tries = []

        def job(work: Work) -> None:
            tries.append(add_organization(work))
            raise psycopg.errors.SerializationFailure("lost")

        with pytest.raises(Unavailable):
            write(database, job)

        assert len(tries) == TRIES
        assert read(database, count) == 0


def kill_others(url: str) -> None:
    """End every other session of the database at URL, and wait until they are gone."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_connections_that_are_lost_while_idle_cost_no_unit_that_is_begun_afterwards(
    postgresql_url: str,
) -> None:
    with closing(open_database(postgresql_url, connections=4)) as database:
        meeting = threading.Barrier(4, timeout=5)

        async def many(run: Callable[..., Any], job: Callable[[Work], Any], times: int) -> list[Any]:
            return await asyncio.gather(*(run(SYSTEM, job) for _ in range(times)), return_exceptions=True)

        for made in range(0, 60, 20):
            asyncio.run(many(database.write, lambda work: meeting.wait(), 4))  # each has its connection now
            kill_others(postgresql_url)
            found = asyncio.run(many(database.read, count, 20))
            kill_others(postgresql_url)
            ids = asyncio.run(many(database.write, add_organization, 20))

            assert found == [made] * 20
            assert len({one for one in ids if isinstance(one, str)}) == 20
        assert read(database, count) == 60


def test_a_connection_that_is_lost_after_a_statement_is_told_and_made_again(postgresql_url: str) -> None:
    with closing(open_database(postgresql_url, connections=1)) as database:
        tries = []

        def job(work: Work) -> None:
            tries.append(add_organization(work))
            kill_others(postgresql_url)
            add_organization(work)

        with pytest.raises(Unavailable):
            write(database, job)

        assert len(tries) == 1
        assert write(database, add_organization)
        assert read(database, count) == 1


def test_a_server_that_is_away_is_told(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(open_database(postgresql_url, connections=1)) as database:
        assert read(database, count) == 0
        with monkeypatch.context() as away:
            away.setattr(postgresql, "connect", lambda url: psycopg.connect("host=/nowhere"))
            kill_others(postgresql_url)
            for _ in range(2):
                with pytest.raises(Unavailable):
                    write(database, add_organization)

        assert write(database, add_organization)


def test_a_connection_that_is_lost_at_the_commit_leaves_the_outcome_open(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_database(postgresql_url, connections=1)) as database:

        def job(work: Work) -> None:
            add_organization(work)
            kill_others(postgresql_url)

        with pytest.raises(OutcomeUnknown):
            write(database, job)

        assert read(database, count) == 0


def test_a_statement_that_takes_too_long_is_ended_and_told(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgresql.SETTINGS, "statement_timeout", "100ms")
    sleep = Statement(lambda: select(func.pg_sleep(3)))
    with closing(open_database(postgresql_url, connections=1)) as database:
        with pytest.raises(Unavailable):
            read(database, lambda work: work.rows(sleep, {}))

        assert read(database, count) == 0


def test_a_server_that_would_lose_what_is_acknowledged_is_refused(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgresql.SETTINGS, "synchronous_commit", "off")

    with pytest.raises(RuntimeError, match="synchronous_commit"):
        open_database(postgresql_url)
