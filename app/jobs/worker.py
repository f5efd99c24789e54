"""Runs jobs in threads of its own, beside whoever serves. The job's row is the truth.

A worker claims a job by a lease and an attempt number. Each chunk keeps its effect, its cursor and a
longer lease in one transaction, which names that attempt: a worker that was stopped and wakes up late
finds another number there, and changes nothing. A worker that dies leaves its job where its last chunk
ended; whoever comes by once the lease is over goes on there.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import msgspec
import structlog
from sqlalchemy import and_, bindparam, insert, literal, or_, select, update
from sqlmodel import col

from app.attributes import wire_time
from app.errors import OutcomeUnknown, Overloaded, Problem, Unavailable
from app.jobs import chores
from app.jobs.kinds import Chunk, ItemError, Kind, Step, Study
from app.operations import changes
from app.resources.job_errors import JobError
from app.resources.jobs import JOBS, Job
from app.storage.database import Database, T
from app.storage.statement import Statement
from app.work import SYSTEM, Actor, Work
from workflow.job import JobState

LEASE = 15.0  # seconds
IDLE = 1.0  # seconds between two looks for a job
THREADS = 2  # so that a long job lets short ones pass
CHORES = 60.0  # seconds between two looks for chores
MOST_TRIES = 5  # claims without a chunk that was kept: such a job kills its workers

_log = structlog.get_logger("postil.jobs")


class Fenced(Exception):
    """The job is no longer this worker's: it was cancelled, or its lease is over and another has it."""


class Worker:
    """Works the jobs of KINDS that wait in DATABASE, from `start` to `stop`."""

    def __init__(
        self,
        database: Database,
        kinds: Mapping[str, Kind],
        *,
        lease: float = LEASE,
        idle: float = IDLE,
        threads: int = THREADS,
    ) -> None:
        self._database = database
        self._kinds = kinds
        self._lease = lease
        self._idle = idle
        self._next = _next_of(frozenset(kinds))
        self._chores_at = 0.0  # monotonic
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(n == 0,), name="postil-jobs", daemon=True)
            for n in range(threads)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop after the chunks on their way. What is unfinished waits for the next worker."""
        self._stopping.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _run(self, does_chores: bool) -> None:
        while not self._stopping.is_set():
            try:
                if does_chores:
                    self._do_chores()
                if self.run_next():
                    continue
            except (Unavailable, Overloaded, OutcomeUnknown) as error:
                _log.warning("jobs wait for the database", detail=error.detail)
            except Exception:
                _log.exception("the worker failed, and goes on")
            self._stopping.wait(self._idle)

    def _do_chores(self) -> None:
        if time.monotonic() >= self._chores_at:
            self._chores_at = time.monotonic() + CHORES
            chores.make(self._database, self._kinds)

    def run_next(self) -> bool:
        """Work the next job that waits, to its end or until stopped; whether there was one."""
        job = self.claim()
        if job is None:
            return False
        try:
            if job.tries > MOST_TRIES:
                self._fail(job, ItemError("", "gave_up", f"{MOST_TRIES} workers began it and were gone"))
                return True
            while self.step(job):
                if self._stopping.is_set():
                    self._write(job, partial(_give_back, job=job))
                    break
        except Fenced:
            _log.info("a job is no longer ours", job=job.id, kind=job.kind)
        return True

    def claim(self) -> Job | None:
        """The next job that nobody works, taken; None where there is none."""
        return self._database.write_now(SYSTEM, partial(_claim, statement=self._next, lease=self._lease))

    def step(self, job: Job) -> bool:
        """Do the next chunk of JOB, as it was claimed; whether there may be more. Raises Fenced."""
        kind = self._kinds[job.kind]
        try:
            run = kind.run if kind.study is None else self._studied(job, kind.run, kind.study)
            return self._write(job, partial(_chunk, claimed=job, run=run, lease=self._lease))
        except (Fenced, Unavailable, Overloaded, OutcomeUnknown):
            raise
        except Problem as error:
            self._fail(job, ItemError("", error.code, error.detail))
        except Exception:
            crash = uuid4().hex
            _log.exception("a job crashed", job=job.id, kind=job.kind, crash=crash)
            self._fail(job, ItemError("", "crashed", f"it crashed: the log tells more, under {crash}"))
        return False

    def _studied(self, job: Job, run: Callable[..., Step], study: Study) -> Chunk:
        """RUN, given what STUDY comes to: in this thread, so that the database works for others meanwhile."""
        seen = self._database.read_now(actor_of(job), lambda work: study.look(work, job))
        return partial(run, found=study.think(seen))

    def _fail(self, job: Job, error: ItemError) -> None:
        self._write(job, partial(_failed, claimed=job, error=error, then=self._kinds[job.kind].failed))

    def _write(self, job: Job, run: Callable[[Work], T]) -> T:
        return self._database.write_now(actor_of(job), run)


def actor_of(job: Job) -> Actor:
    """Who a job acts as: whoever started it, with the service's sight."""
    return replace(SYSTEM, account_id=job.account_id or "", organization_id=job.organization_id)


def _claim(work: Work, statement: Statement, lease: float) -> Job | None:
    found = work.rows(statement, {"size": 1})
    if not found:
        return None
    job: Job = JOBS.of(found[0])
    if job.state == JobState.QUEUED:
        begun = {"state": JobState.RUNNING.value, "started_at": work.now}
        job = changes.change(work._replace(actor=actor_of(job)), JOBS, job, begun, "start")
    taken = {
        "attempt": job.attempt + 1,
        "tries": job.tries + 1,
        "lease_until": _in(work, lease),
    }
    _keep(work, job, taken)
    return _with(job, taken)


def _chunk(work: Work, claimed: Job, run: Chunk, lease: float) -> bool:
    # The row is held from here on: a cancel waits for the end of the chunk, or the chunk finds it cancelled.
    job = _held(work, claimed)
    step = run(work, job, job.cursor)
    _note_errors(work, job, step.errors)
    progress = _progress(job, step) | {"tries": 0, "lease_until": _in(work, lease)}
    _keep(work, claimed, progress)
    if step.cursor is None:
        _end(work, _with(job, progress), JobState.SUCCEEDED, "finish")
    return step.cursor is not None


def _progress(job: Job, step: Step) -> dict[str, Any]:
    return {
        "cursor": job.cursor if step.cursor is None else step.cursor,
        "done": job.done + step.done,
        "total": job.total if step.total is None else step.total,
        "errors_count": job.errors_count + len(step.errors),
        "result": job.result if step.result is None else msgspec.json.encode(step.result).decode(),
    }


def _failed(
    work: Work, claimed: Job, error: ItemError, then: Callable[[Work, Job], None] | None = None
) -> None:
    job = _held(work, claimed)
    if then is not None:
        then(work, job)
    _note_errors(work, job, (error,))
    counted = {"errors_count": job.errors_count + 1}
    _keep(work, claimed, counted)
    _end(work, _with(job, counted), JobState.FAILED, "fail")


def _end(work: Work, job: Job, state: JobState, kind: str) -> None:
    ended = {"state": state.value, "finished_at": work.now, "lease_until": None}
    changes.change(work, JOBS, job, ended, kind)


def _give_back(work: Work, job: Job) -> None:
    _keep(work, job, {"lease_until": work.now, "tries": 0})


def _held(work: Work, claimed: Job) -> Job:
    """The job as it stands now, held, where it is still CLAIMED's. Raises Fenced."""
    found = work.rows(_CLAIMED, {"k_id": claimed.id, "k_attempt": claimed.attempt})
    if not found:
        raise Fenced
    job: Job = JOBS.of(found[0])
    return job


def _keep(work: Work, claimed: Job, values: Mapping[str, Any]) -> None:
    """Set VALUES of the job, without an event, where it is still CLAIMED's. Raises Fenced."""
    bound = {f"v_{field}": value for field, value in values.items()}
    statement = _KEEP[tuple(sorted(values))]
    if work.run(statement, bound | {"k_id": claimed.id, "k_attempt": claimed.attempt}) != 1:
        raise Fenced


def _with(job: Job, values: Mapping[str, Any]) -> Job:
    changed: Job = JOBS.altered(job, values)
    return changed


def _note_errors(work: Work, job: Job, errors: tuple[ItemError, ...]) -> None:
    for error in errors:
        row = {
            "id": work.sources.ids(),
            "organization_id": job.organization_id,
            "job_id": job.id,
            "item": error.item,
            "code": error.code,
            "detail": error.detail,
            "at": work.now,
        }
        work.run(_ADD_ERROR, {f"v_{name}": value for name, value in row.items()})


def _in(work: Work, seconds: float) -> str:
    return wire_time(datetime.fromisoformat(work.now).astimezone(UTC) + timedelta(seconds=seconds))


def _next_of(kinds: frozenset[str]) -> Statement:
    """The first job of KINDS that waits, or whose worker was lost; on PostgreSQL, that nobody is claiming."""

    def build() -> Any:
        is_lost = and_(col(Job.state) == JobState.RUNNING.value, col(Job.lease_until) <= bindparam("now"))
        rows = select(*JOBS.columns.values()).where(
            col(Job.finished_at).is_(None),
            or_(col(Job.state) == JobState.QUEUED.value, is_lost),
            col(Job.kind).in_([literal(kind) for kind in sorted(kinds)]),
        )
        rows = rows.order_by(col(Job.id)).limit(bindparam("size"))
        return rows.with_for_update(skip_locked=True, key_share=True)

    return Statement(build)


def _is_claimed() -> Any:
    return and_(
        col(Job.id) == bindparam("k_id"),
        col(Job.attempt) == bindparam("k_attempt"),
        col(Job.state) == JobState.RUNNING.value,
    )


def _keep_of(fields: tuple[str, ...]) -> Statement:
    columns: dict[str, Any] = {field: bindparam(f"v_{field}") for field in fields}
    return Statement(lambda: update(Job).where(_is_claimed()).values(columns))


_CLAIMED = Statement(
    lambda: select(*JOBS.columns.values()).where(_is_claimed()).with_for_update(key_share=True)
)
_KEEP: dict[tuple[str, ...], Statement] = {
    fields: _keep_of(fields)
    for fields in (
        ("attempt", "lease_until", "tries"),
        ("cursor", "done", "errors_count", "lease_until", "result", "total", "tries"),
        ("errors_count",),
        ("lease_until", "tries"),
    )
}
_ADD_ERROR = Statement(
    lambda: insert(JobError).values({name: bindparam(f"v_{name}") for name in JobError.model_fields})
)
