"""Two workers are killed and frozen at random on PostgreSQL, and every chunk of a job has its effect once.

`make test` works some dozens; `make campaign-jobs` two thousand (POSTIL_CAMPAIGN_JOBS). It also tells how
long it takes from where a job is committed until it is begun, by rings and by looking for jobs.
"""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from app.jobs.worker import IDLE, Worker
from app.storage.database import Database
from tests.app.jobs.crew import KINDS, THINKING, Yard
from tests.conftest import new_postgresql_database

JOBS = int(os.environ.get("POSTIL_CAMPAIGN_JOBS", "30"))
CHUNKS = 3
PAUSE = 0.02  # seconds that a chunk takes
THOUGHT = 0.1  # seconds that every third job thinks: who is frozen then loses it
LEASE, SWEEP = 1.0, 0.2  # seconds
PATIENCE = 900  # seconds within which all is done
MEASURED = max(3, min(50, JOBS // 20))  # jobs whose beginning is timed


@pytest.fixture
def yard(postgresql: str) -> Iterator[Yard]:
    with new_postgresql_database(postgresql) as url:
        yard = Yard(url)
        try:
            yield yard
        finally:
            yard.close()


class Crew:
    """Two workers of YARD, to whom things happen."""

    def __init__(self, yard: Yard, chance: random.Random) -> None:
        self.faults = Counter[str]()
        self._yard = yard
        self._chance = chance
        self._workers = [self._begun(), self._begun()]
        self._frozen: dict[int, float] = {}  # worker -> until when, monotonic

    def suffer(self) -> None:
        """Kill or freeze one of them, perhaps, and wake who has been frozen long enough."""
        for n in [n for n, until in self._frozen.items() if time.monotonic() > until]:
            self._workers[n].send_signal(signal.SIGCONT)
            del self._frozen[n]
        n, fate = self._chance.randrange(2), self._chance.random()
        if fate < 0.015:
            self._workers[n].kill()
            self._workers[n].wait()
            self._frozen.pop(n, None)
            self._workers[n] = self._begun()
            self.faults["kills"] += 1
        elif fate < 0.15 and n not in self._frozen:
            self._workers[n].send_signal(signal.SIGSTOP)
            self._frozen[n] = time.monotonic() + self._chance.uniform(0.3, 2.5)
            self.faults["freezes"] += 1

    def _begun(self) -> subprocess.Popen[bytes]:
        return self._yard.begin(lease=LEASE, sweep=SWEEP, threads=2)


def test_every_effect_is_there_once_whatever_happens_to_the_workers(yard: Yard) -> None:
    jobs = [yard.job(total=CHUNKS, pause=PAUSE) if n % 3 else thought(yard) for n in range(JOBS)]
    expected = sum(CHUNKS if n % 3 else 1 for n in range(JOBS))
    crew, begun = Crew(yard, random.Random(1)), time.monotonic()

    while (left := _left(yard)) and time.monotonic() - begun < PATIENCE:
        time.sleep(0.15)
        crew.suffer()
    seconds = time.monotonic() - begun

    states = Counter(state for (state,) in yard.ask("SELECT state FROM jobs WHERE id = ANY(%s)", jobs))
    again = yard.ask("SELECT count(*) FROM jobs WHERE attempt > 1")[0][0]
    effects = Counter(yard.ask("SELECT job, chunk FROM effects"))
    twice = [effect for effect, count in effects.items() if count > 1]
    print(f"\n{JOBS} jobs in {seconds:.0f} s, {dict(crew.faults)}: {again} were begun again; {dict(states)}")
    print(f"effects {effects.total()}, twice {len(twice)}, missing {expected - len(effects)}")
    assert (left, twice, len(effects)) == (0, [], expected)
    assert states == {"succeeded": JOBS}


def thought(yard: Yard) -> str:
    return yard.job(THINKING, seconds=THOUGHT)


def _left(yard: Yard) -> int:
    return int(yard.ask("SELECT count(*) FROM jobs WHERE finished_at IS NULL")[0][0])


class Unrung:
    """DATABASE, where nobody hears rings: workers look for jobs."""

    rung_at = None

    def __init__(self, database: Database) -> None:
        self._database = database

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


@pytest.mark.parametrize("is_rung", [True, False])
def test_how_long_a_job_waits_until_it_is_begun(yard: Yard, is_rung: bool) -> None:
    database: Any = yard.database if is_rung else Unrung(yard.database)
    worker = Worker(database, KINDS, threads=2)
    worker.start()
    yard.ended(yard.job())  # it is awake

    jobs = []
    for _ in range(MEASURED):
        jobs.append(yard.job())
        yard.ended(jobs[-1])
        time.sleep(random.uniform(0, IDLE if JOBS > 1000 else 0.1))
    worker.stop()

    waits = sorted(
        float(wait)
        for (wait,) in yard.ask(
            "SELECT extract(epoch FROM started_at::timestamptz - created_at::timestamptz) * 1000"
            " FROM jobs WHERE id = ANY(%s)",
            jobs,
        )
    )
    how, median = "rung" if is_rung else "by looking", waits[len(waits) // 2]
    print(f"\n{how}: {len(waits)} jobs begun after {median:.1f} ms (median), {waits[-1]:.1f} ms at most")
    assert len(waits) == MEASURED
