"""Units of work: all or nothing, one moment, and nobody disturbs anybody."""

import asyncio
import threading
from typing import Any

import psycopg
import pytest
from pysqlite3 import dbapi2 as pysqlite3

from app.errors import Overloaded
from app.storage import database as databases
from app.storage.database import Database
from app.storage.transaction import Duplicate
from app.work import SYSTEM, Work
from tests.app.storage.working import (
    add_organization,
    count,
    name_of,
    read,
    rename,
    write,
)


def test_a_unit_that_raises_leaves_nothing_and_says_what_it_raised(kept: Database) -> None:
    before = read(kept, count)

    def job(work: Work) -> None:
        add_organization(work)
        raise LookupError("no")

    with pytest.raises(LookupError, match="no"):
        write(kept, job)

    assert read(kept, count) == before


def test_what_is_written_is_read_at_once(kept: Database) -> None:
    id = write(kept, lambda work: add_organization(work, "Å"))

    assert read(kept, lambda work: name_of(work, id)) == "Å"
    assert kept.write_now(SYSTEM, lambda work: name_of(work, id)) == "Å"


def test_a_unit_sees_what_it_has_written_itself(kept: Database) -> None:
    def job(work: Work) -> str | None:
        id = add_organization(work, "a")
        rename(work, id, "b")
        return name_of(work, id)

    assert write(kept, job) == "b"


def test_a_unit_that_only_reads_cannot_write(kept: Database) -> None:
    before = read(kept, count)

    with pytest.raises((pysqlite3.OperationalError, psycopg.errors.ReadOnlySqlTransaction)):
        read(kept, add_organization)

    assert read(kept, count) == before
    assert write(kept, add_organization)


def test_a_unit_that_goes_on_after_a_refusal_loses_nothing_in_silence(kept: Database) -> None:
    before = read(kept, count)

    def job(work: Work) -> str:
        id = add_organization(work)
        with pytest.raises(Duplicate):
            add_organization(work, id=id)
        return id

    try:
        write(kept, job)
    except RuntimeError:  # PostgreSQL keeps nothing then, and that is told
        assert read(kept, count) == before
    else:
        assert read(kept, count) == before + 1


def test_reads_see_one_moment(kept: Database) -> None:
    has_read, is_written = threading.Event(), threading.Event()

    def look(work: Work) -> tuple[int, int]:
        first = count(work)
        has_read.set()
        assert is_written.wait(5)
        return first, count(work)

    async def both() -> tuple[int, int]:
        looking = asyncio.ensure_future(kept.read(SYSTEM, look))
        await asyncio.to_thread(has_read.wait, 5)
        await kept.write(SYSTEM, add_organization)
        is_written.set()
        return await looking

    first, second = asyncio.run(both())

    assert first == second == read(kept, count) - 1


def test_many_at_once_are_all_kept_and_those_that_raise_disturb_nobody(kept: Database) -> None:
    before = read(kept, count)

    def job(n: int, work: Work) -> str:
        id = add_organization(work, f"{n}")
        if n % 5 == 0:
            add_organization(work, id=id)
        return id

    async def all_at_once() -> list[Any]:
        jobs = [kept.write(SYSTEM, lambda work, n=n: job(n, work)) for n in range(200)]  # type: ignore[misc]
        return await asyncio.gather(*jobs, return_exceptions=True)

    results = asyncio.run(all_at_once())

    refused = [n for n, result in enumerate(results) if isinstance(result, BaseException)]
    assert refused == list(range(0, 200, 5))
    assert all(isinstance(results[n], Duplicate) for n in refused)
    assert read(kept, count) == before + 160
    for n, id in enumerate(results):
        assert n % 5 == 0 or read(kept, lambda work, id=id: name_of(work, id)) == f"{n}"  # type: ignore[misc]


def test_more_than_the_queue_holds_is_refused_at_once(
    kept: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "LONGEST_QUEUE", 20)
    is_over = threading.Event()

    async def flood() -> list[Any]:
        # As many as there are threads on either database, so that none is free.
        held = [asyncio.ensure_future(kept.write(SYSTEM, lambda work: is_over.wait(10))) for _ in range(4)]
        await asyncio.sleep(0.2)
        jobs = [asyncio.ensure_future(kept.write(SYSTEM, count)) for _ in range(100)]
        await asyncio.sleep(0.2)
        refused = [job for job in jobs if job.done()]
        assert all(isinstance(job.exception(), Overloaded) for job in refused)
        is_over.set()
        done = await asyncio.gather(*held, *jobs, return_exceptions=True)
        assert len(refused) >= 100 - 25
        return done

    results = asyncio.run(flood())

    assert all(not isinstance(one, BaseException) or isinstance(one, Overloaded) for one in results)
    assert write(kept, add_organization)


def test_a_caller_that_gives_up_disturbs_nobody(kept: Database) -> None:
    is_over = threading.Event()

    async def give_up() -> int:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(kept.write(SYSTEM, lambda work: is_over.wait(5)), 0.05)
        is_over.set()
        return await kept.write(SYSTEM, count)

    assert asyncio.run(give_up()) > 0


def test_a_loop_that_is_gone_disturbs_nobody(kept: Database) -> None:
    is_over = threading.Event()
    loop = asyncio.new_event_loop()
    waiting: list[asyncio.Task[bool]] = []

    async def leave() -> None:
        waiting.append(loop.create_task(kept.write(SYSTEM, lambda work: is_over.wait(5))))
        await asyncio.sleep(0.05)

    loop.run_until_complete(leave())
    waiting[0].cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    is_over.set()

    assert write(kept, count) > 0
