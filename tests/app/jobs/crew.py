"""Workers as processes, with kinds of jobs of their own, and what they leave behind.

    python -m tests.app.jobs.crew postgresql://.../database LEASE SWEEP THREADS

An effect is a row that tells the job, the chunk and the process that made it.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from sqlalchemy import text

import app.catalog  # noqa: F401 - every table is to be known
from app.commands.setting_up import found_organization
from app.jobs.kinds import Kind, Step, Study, Watch, arguments_of
from app.jobs.worker import Worker
from app.resources.jobs import Job, enqueue
from app.storage.database import Database
from app.storage.opening import open_database
from app.storage.statement import Statement
from app.work import SYSTEM, Work

ROOT = Path(__file__).parents[3]
PATIENCE = 30.0  # seconds
TABLE = "CREATE TABLE IF NOT EXISTS effects (id bigserial, job text, chunk int, process int)"
ADD = Statement(lambda: text("INSERT INTO effects (job, chunk, process) VALUES (:job, :chunk, :process)"))


def note(work: Work, job: Job, number: int) -> None:
    """Leave the effect of the job's chunk NUMBER."""
    work.run(ADD, {"job": job.id, "chunk": number, "process": os.getpid()})


def walk(work: Work, job: Job, cursor: str) -> Step:
    """A chunk of as many as the job's total; each takes its `pause`, in seconds."""
    number = int(cursor or 0)
    time.sleep(arguments_of(job).get("pause", 0))
    note(work, job, number)
    return Step(None if number + 1 == job.total else str(number + 1), 1)


def look(work: Work, job: Job) -> Any:
    return arguments_of(job)


def think(seen: Any, watch: Watch) -> int:
    """Think for `seconds`, and tell of it."""
    begun = time.monotonic()
    while watch.go_on() and (spent := time.monotonic() - begun) < seen["seconds"]:
        watch.tell(round(spent * 100), round(seen["seconds"] * 100))
        time.sleep(0.02)
    return os.getpid()


def conclude(work: Work, job: Job, cursor: str, found: int = 0) -> Step:
    note(work, job, 0)
    return Step(None, 1, result={"thought_by": found})


WALKING = Kind("test_walk", walk)
THINKING = Kind("test_think", conclude, study=Study(look, think))
KINDS = {kind.name: kind for kind in (WALKING, THINKING)}


class Yard:
    """A database on PostgreSQL with an organization, and workers on it as processes."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.database: Database = open_database(url, connections=2)
        name = uuid4().hex
        made = self.database.write_now(SYSTEM, lambda work: found_organization(work, "a@x.example", name))
        self.organization = made["organization_id"]
        self._workers: list[subprocess.Popen[bytes]] = []
        self.ask(TABLE)

    def job(self, kind: Kind = WALKING, total: int = 1, **arguments: Any) -> str:
        """A new job that waits; its id."""
        make = partial(
            enqueue,
            kind=kind.name,
            organization_id=self.organization,
            total=total,
            arguments=arguments,
        )
        return self.database.write_now(SYSTEM, lambda work: make(work).id)

    def begin(self, lease: float = 0.6, sweep: float = 0.1, threads: int = 1) -> subprocess.Popen[bytes]:
        """A worker process of its own."""
        command = [sys.executable, "-m", "tests.app.jobs.crew", self.url, *map(str, (lease, sweep, threads))]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._workers.append(process)
        return process

    def ask(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(sql, values)
            return cursor.fetchall() if cursor.description else []

    def effects(self, job: str) -> list[tuple[int, int]]:
        """Chunk and process of each effect of the job, in order."""
        rows = self.ask("SELECT chunk, process FROM effects WHERE job = %s ORDER BY id", job)
        return [(chunk, process) for chunk, process in rows]

    def row(self, job: str) -> dict[str, Any]:
        names = ("state", "attempt", "done", "total", "result", "errors_count")
        return dict(
            zip(names, self.ask(f"SELECT {','.join(names)} FROM jobs WHERE id = %s", job)[0], strict=True)
        )

    def rings(self) -> list[tuple[Any, ...]]:
        """Status and job of each ring."""
        return self.ask(
            "SELECT status::text, queueing_lock FROM procrastinate.procrastinate_jobs ORDER BY id"
        )

    def ended(self, job: str) -> dict[str, Any]:
        """The job's row, once it has ended."""
        self.wait(lambda: self.ask("SELECT 1 FROM jobs WHERE id = %s AND finished_at IS NOT NULL", job))
        return self.row(job)

    def wait(self, is_so: Callable[[], Any]) -> Any:
        ends = time.monotonic() + PATIENCE
        while not (found := is_so()):
            assert time.monotonic() < ends, f"it did not come to be: {self.ask('SELECT * FROM jobs')}"
            time.sleep(0.02)
        return found

    def close(self) -> None:
        for one in self._workers:
            one.kill()
            one.wait()
        self.database.close()


@contextmanager
def frozen(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """PROCESS stands still within."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def main(url: str, lease: str, sweep: str, threads: str) -> None:
    database = open_database(url, connections=int(threads) + 2)
    worker = Worker(database, KINDS, lease=float(lease), sweep=float(sweep), threads=int(threads))
    worker.start()
    signal.pause()


if __name__ == "__main__":
    main(*sys.argv[1:])
