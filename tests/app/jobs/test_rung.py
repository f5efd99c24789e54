"""Workers on PostgreSQL are rung; who is killed or frozen loses the job, and every effect is there once."""

from collections.abc import Iterator
from queue import SimpleQueue

import psycopg
import pytest
from procrastinate import sql as procrastinate_sql

from app.jobs.bell import Bell
from app.jobs.worker import Worker
from app.resources.jobs import enqueue
from app.storage import ring_tables, rings
from app.work import SYSTEM, Work
from tests.app.jobs.crew import KINDS, THINKING, WALKING, Yard, frozen
from tests.conftest import new_postgresql_database


@pytest.fixture(scope="module")
def own_url(postgresql: str) -> Iterator[str]:
    """A database where nobody else works jobs."""
    with new_postgresql_database(postgresql) as url:
        yield url


@pytest.fixture
def yard(own_url: str) -> Iterator[Yard]:
    yard = Yard(own_url)
    try:
        yield yard
    finally:
        yard.ask("UPDATE jobs SET state = 'cancelled', finished_at = created_at WHERE finished_at IS NULL")
        yard.ask("DELETE FROM procrastinate.procrastinate_jobs")
        yard.close()


def worker_of(yard: Yard) -> Worker:
    """A worker in this process, to be called by hand."""
    return Worker(yard.database, KINDS, lease=60.0, sweep=0.1, threads=1)


# ---- who dies, and who is frozen


def test_a_killed_workers_job_goes_on_with_another_and_each_effect_is_there_once(yard: Yard) -> None:
    workers = {one.pid: one for one in (yard.begin(), yard.begin())}
    job = yard.job(total=30, pause=0.02)
    first = yard.wait(lambda: [pid for _, pid in yard.effects(job)[4:]])[0]

    workers[first].kill()
    ended = yard.ended(job)

    effects = yard.effects(job)
    assert (ended["state"], ended["done"], ended["attempt"]) == ("succeeded", 30, 2)
    assert [number for number, _ in effects] == list(range(30))
    assert {pid for _, pid in effects} == set(workers)


def test_a_frozen_workers_chunk_is_undone_when_it_wakes(yard: Yard) -> None:
    slow = yard.begin()
    job = yard.job(total=3, pause=0.3)
    yard.wait(lambda: yard.effects(job))

    with frozen(slow):  # longer than the session may idle in a transaction that holds the row
        quick = yard.begin()
        yard.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE state = 'idle in transaction' AND datname = current_database()"
        )
        ended = yard.ended(job)
    after = yard.job(total=1)
    yard.ended(after)

    effects = yard.effects(job)
    assert (ended["state"], ended["attempt"]) == ("succeeded", 2)
    assert [number for number, _ in effects] == [0, 1, 2]
    assert effects[-1] == (2, quick.pid)


def test_a_thought_that_is_frozen_beyond_the_lease_loses_its_job_and_changes_nothing(yard: Yard) -> None:
    slow = yard.begin(lease=0.5)
    job = yard.job(THINKING, seconds=0.6)
    yard.wait(lambda: yard.row(job)["attempt"])

    with frozen(slow):
        quick = yard.begin(lease=0.5)
        ended = yard.ended(job)
        quick.kill()
        quick.wait()
    after = yard.job(total=1)
    yard.ended(after)

    assert (ended["state"], ended["attempt"]) == ("succeeded", 2)
    assert yard.effects(job) == [(0, quick.pid)]
    assert yard.row(job) == ended
    assert yard.effects(after) == [(0, slow.pid)]


def test_who_is_busy_leaves_rings_to_others(yard: Yard) -> None:
    busy = yard.begin(sweep=60.0)
    long = yard.job(THINKING, seconds=20)
    yard.wait(lambda: yard.row(long)["attempt"])
    other = yard.begin(sweep=60.0)

    short = [yard.job(total=1) for _ in range(5)]
    ended = [yard.ended(one) for one in short]

    assert {one["state"] for one in ended} == {"succeeded"}
    assert {pid for one in short for _, pid in yard.effects(one)} == {other.pid}
    assert (yard.row(long)["state"], busy.poll()) == ("running", None)


# ---- rings


class Ear:
    """Hears which jobs are rung, and works none."""

    def __init__(self, url: str) -> None:
        self.heard: SimpleQueue[str] = SimpleQueue()
        self._bell = Bell(url, KINDS, 1, self.heard.put, poll=0.5)

    def __enter__(self) -> "SimpleQueue[str]":
        self._bell.start()
        return self.heard

    def __exit__(self, *error: object) -> None:
        self._bell.stop()


def test_a_job_is_rung_once_it_is_committed_and_never_where_that_is_rolled_back(yard: Yard) -> None:
    def fails(work: Work) -> None:
        enqueue(work, WALKING.name, yard.organization)
        raise KeyError("changed my mind")

    with Ear(yard.url) as heard:
        with pytest.raises(KeyError):
            yard.database.write_now(SYSTEM, fails)
        lost = yard.rings()
        job = yard.job()
        first = heard.get(timeout=20)
        yard.wait(lambda: yard.rings() == [])

    assert (lost, first, heard.empty()) == ([], job, True)


def test_only_who_knows_a_kind_of_job_hears_of_it(yard: Yard) -> None:
    with Ear(yard.url) as heard:
        unknown = yard.database.write_now(
            SYSTEM, lambda work: enqueue(work, f"test_of_a_long_name_{'x' * 60}", yard.organization).id
        )
        job = yard.job()
        first = heard.get(timeout=20)
        yard.wait(lambda: len(yard.rings()) == 1)

    assert (first, yard.rings()) == (job, [("todo", unknown)])


def test_a_lost_ring_is_rung_anew_by_a_sweep_and_only_once(yard: Yard) -> None:
    worker, job = worker_of(yard), yard.job()
    yard.ask("DELETE FROM procrastinate.procrastinate_jobs")

    swept = [worker.sweep(), worker.sweep()]

    assert (swept, yard.rings()) == ([1, 0], [("todo", job)])


def test_a_job_that_lost_its_worker_goes_before_those_that_wait(yard: Yard) -> None:
    worker, lost = worker_of(yard), yard.job()
    assert worker.claim(lost)
    others = [yard.job() for _ in range(3)]
    yard.ask("UPDATE jobs SET lease_until = created_at WHERE id = %s", lost)
    yard.ask("DELETE FROM procrastinate.procrastinate_jobs WHERE queueing_lock = %s", lost)

    worker.sweep()
    with Ear(yard.url) as heard:
        order = [heard.get(timeout=20) for _ in range(4)]

    assert order == [lost, *others]


def test_a_job_whose_ring_was_lost_is_done(yard: Yard) -> None:
    job = yard.job()
    yard.ask("DELETE FROM procrastinate.procrastinate_jobs")

    yard.begin()

    assert yard.ended(job)["state"] == "succeeded"


def test_rings_that_nobody_waits_for_are_forgotten(yard: Yard) -> None:
    worker, waits, ended = worker_of(yard), yard.job(), yard.job()
    yard.ask("UPDATE jobs SET state = 'cancelled', finished_at = created_at WHERE id = %s", ended)
    yard.ask(
        "WITH dead AS (INSERT INTO procrastinate.procrastinate_workers(last_heartbeat)"
        " VALUES (now() - interval '1 minute') RETURNING id) INSERT INTO procrastinate.procrastinate_jobs"
        " (queue_name, task_name, status, worker_id) SELECT 'test_walk', 'ring', 'doing', id FROM dead"
    )

    worker.sweep()

    assert yard.rings() == [("todo", waits)]


def test_a_job_that_is_given_back_is_rung_again(yard: Yard) -> None:
    job, worker = yard.job(total=3), worker_of(yard)
    yard.ask("DELETE FROM procrastinate.procrastinate_jobs")

    worker.stop()
    worker.run_next(job)

    assert (yard.row(job)["done"], yard.rings()) == (1, [("todo", job)])


def test_the_bell_listens_anew_where_its_connection_was_lost(yard: Yard) -> None:
    with Ear(yard.url) as heard:
        first = yard.job()
        assert heard.get(timeout=20) == first
        yard.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE query LIKE '%%procrastinate%%' AND pid <> pg_backend_pid()"
            " AND datname = current_database()"
        )
        second = yard.job()

        assert heard.get(timeout=20) == second


# ---- procrastinate's tables


def test_procrastinates_tables_are_made_once_and_anew_for_another_release(yard: Yard) -> None:
    job = yard.job()
    ring_tables.migrate(yard.url)
    kept = yard.rings()
    yard.ask("COMMENT ON SCHEMA procrastinate IS 'postil 0000'")

    ring_tables.migrate(yard.url)
    made = yard.rings()
    worker_of(yard).sweep()

    assert (kept, made, yard.rings()) == ([("todo", job)], [], [("todo", job)])


def test_we_ring_as_procrastinate_itself_does() -> None:
    asked = procrastinate_sql.queries["defer_jobs"]

    assert "procrastinate_defer_jobs_v1" in asked
    assert "procrastinate_job_to_defer_v1" in asked


def test_a_ring_is_rung_whatever_the_sessions_search_path_is(yard: Yard) -> None:
    with psycopg.connect(yard.url, autocommit=True) as connection:
        connection.execute("SET search_path TO public")
        connection.execute(
            rings.RING.for_postgresql.sql, rings.RING.for_postgresql.bind(rings.values_of("test_walk", "one"))
        )

    assert yard.rings() == [("todo", "one")]
