"""Runs jobs in threads of its own, beside whoever serves. The job's row is the truth.

A worker claims a job by a lease and an attempt number (`app.jobs.claims`). Each chunk keeps its effect, its
cursor and a longer lease in one transaction. A worker that dies leaves its job where its last chunk ended;
whoever comes by once the lease is over goes on there. On SQLite its threads look for jobs; on PostgreSQL they
are rung.
"""

import threading
import time
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from importlib import import_module
from typing import Any
from uuid import uuid4

import structlog

from app.errors import OutcomeUnknown, Overloaded, Problem, Unavailable
from app.jobs import chores, claims
from app.jobs.claims import Fenced, Queue, actor_of
from app.jobs.heartbeats import Heartbeat
from app.jobs.kinds import Chunk, ItemError, Kind, Study, Watch
from app.resources.jobs import Job
from app.storage.database import Database, T
from app.work import SYSTEM, Sources, Work

LEASE = 15.0  # seconds
IDLE = 0.25  # seconds between two looks for a job, where nobody rings
THREADS = 2  # so that a long job lets short ones pass
CHORES = 60.0  # seconds between two looks for chores
SWEEP = 5.0  # seconds between two looks for what is not rung
MOST_TRIES = 5  # claims without a chunk that was kept: such a job kills its workers
PATIENCE = 10.0  # seconds that a stop waits for a thought, which may not ask whether to go on

_log = structlog.get_logger("postil.jobs")
_PASSING = (Unavailable, Overloaded, OutcomeUnknown)  # of the database: the job waits


class Stopped(Exception):
    """The worker was stopped before a thought came to its end."""


class Worker:
    """Works the jobs of KINDS that wait in DATABASE, from `start` to `stop`, in so many THREADS.

    LEASE, IDLE and SWEEP are in seconds. The job of a worker that is killed goes on after LEASE + SWEEP.
    """

    def __init__(
        self,
        database: Database,
        kinds: Mapping[str, Kind],
        *,
        lease: float = LEASE,
        idle: float = IDLE,
        sweep: float = SWEEP,
        threads: int = THREADS,
    ) -> None:
        self._database = database
        self._kinds = kinds
        self._lease = lease
        self._idle = idle
        self._queue = Queue(frozenset(kinds))
        self._chores_at = 0.0  # monotonic
        self._stopping = threading.Event()
        url = database.rung_at
        self._bell = None if url is None else _bells().Bell(url, kinds, threads, self._answer)
        self._pause = IDLE if url is None else sweep
        runs = [self._keep_house, *([self._look] * threads if url is None else [])]
        self._threads = [threading.Thread(target=run, name="postil-jobs", daemon=True) for run in runs]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()
        if self._bell is not None:
            self._bell.start()

    def stop(self) -> None:
        """Stop after the chunks on their way. What is unfinished waits for the next worker."""
        self._stopping.set()
        if self._bell is not None:
            self._bell.stop()
        ends = time.monotonic() + PATIENCE
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, ends - time.monotonic()))

    def _look(self) -> None:
        """Look for jobs until stopped: where nobody rings."""
        while not self._stopping.is_set():
            if not self._dared(self.run_next):
                self._stopping.wait(self._idle)

    def _answer(self, job_id: str) -> None:
        """Work the job that was rung. Where that fails, it is rung anew."""
        self._dared(partial(self.run_next, job_id))

    def _keep_house(self) -> None:
        """Make what chores are due, and ring for what nobody has heard of, until stopped."""
        while not self._stopping.is_set():
            self._dared(self._do_chores)
            if self._bell is not None:
                self._dared(self.sweep)
            self._stopping.wait(self._pause)

    def _dared(self, run: Callable[[], T]) -> T | None:
        """What RUN comes to; None where it fails, which is logged."""
        try:
            return run()
        except _PASSING as error:
            _log.warning("jobs wait for the database", detail=error.detail)
        except Exception:
            _log.exception("the worker failed, and goes on")
        return None

    def _do_chores(self) -> None:
        if time.monotonic() >= self._chores_at:
            self._chores_at = time.monotonic() + CHORES
            chores.make(self._database, self._kinds)

    def sweep(self) -> int:
        """Ring anew for jobs that nobody has heard of, or whose worker was lost; how many."""
        return self._database.write_now(SYSTEM, self._queue.sweep)

    def run_next(self, id: str | None = None) -> bool:
        """Work the next job that waits, or the one of ID, to its end or until stopped; whether any was."""
        job = self.claim(id)
        if job is None:
            return False
        try:
            if job.tries > MOST_TRIES:
                self._fail(job, ItemError("", "gave_up", f"{MOST_TRIES} workers began it and were gone"))
            else:
                self._work_on(job)
        except Fenced:
            _log.info("a job is no longer ours", job=job.id, kind=job.kind)
        return True

    def _work_on(self, job: Job) -> None:
        """Do chunks of JOB to its end; where the worker is stopped, give it back. Raises Fenced."""
        try:
            while self.step(job):
                if self._stopping.is_set():
                    raise Stopped
        except Stopped:
            self._write(job, partial(claims.give_back, job=job))

    def claim(self, id: str | None = None) -> Job | None:
        """The next job that nobody works, or the one of ID, taken; None where there is none."""
        return self._database.write_now(SYSTEM, partial(self._queue.claim, lease=self._lease, id=id))

    def step(self, job: Job) -> bool:
        """Do the next chunk of JOB, as it was claimed; whether there may be more. Raises Fenced, Stopped."""
        kind = self._kinds[job.kind]
        try:
            run, watch = (kind.run, None) if kind.study is None else self._studied(job, kind.run, kind.study)
            return self._write(
                job, partial(claims.run_chunk, claimed=job, run=run, lease=self._lease, watch=watch)
            )
        except (Fenced, Stopped, *_PASSING):
            raise
        except Problem as error:
            self._fail(job, ItemError("", error.code, error.detail))
        except Exception:
            crash = uuid4().hex
            _log.exception("a job crashed", job=job.id, kind=job.kind, crash=crash)
            self._fail(job, ItemError("", "crashed", f"it crashed: the log tells more, under {crash}"))
        return False

    def _studied(self, job: Job, run: Callable[..., Any], study: Study) -> tuple[Chunk, Watch]:
        """RUN, given what STUDY comes to, and the watch of that.

        It thinks in this thread, so that the database works for others meanwhile. Raises Fenced, Stopped.
        """
        heartbeat = Heartbeat(self._database, job, self._lease)
        watch = Watch(self._sources, lambda: not (heartbeat.is_lost or self._stopping.is_set()))
        found, error = None, None
        with heartbeat.beating(watch):
            try:
                found = study.think(self._seen(job, study), watch)
            except Exception as raised:  # perhaps since it was told to stop
                error = raised
        if heartbeat.is_lost:
            raise Fenced from error
        if watch.was_stopped:
            raise Stopped from error
        if error is not None:
            raise error
        return partial(run, found=found), watch

    def _seen(self, job: Job, study: Study) -> Any:
        """What STUDY sees of the job, as it stands now. Raises Fenced."""
        return self._database.read_now(actor_of(job), lambda work: study.look(work, claims.seen(work, job)))

    @cached_property
    def _sources(self) -> Sources:
        return self._database.read_now(SYSTEM, lambda work: work.sources)

    def _fail(self, job: Job, error: ItemError) -> None:
        self._write(job, partial(claims.fail, claimed=job, error=error, then=self._kinds[job.kind].failed))

    def _write(self, job: Job, run: Callable[[Work], T]) -> T:
        return self._database.write_now(actor_of(job), run)


def _bells() -> Any:
    """What hears of jobs on PostgreSQL: it and what it listens by are loaded there alone."""
    return import_module("app.jobs.bell")
