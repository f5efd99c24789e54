"""What a worker does to a job's row: claim it, hold it, keep what a chunk did, end it. It runs nothing.

Every write names the attempt that the job was claimed with, in the transaction of the effect itself. So a
worker that was frozen and wakes up late finds another number there, and changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import and_, bindparam, insert, literal, or_, select, update
from sqlmodel import col

from app.attributes import wire_time
from app.jobs.kinds import Chunk, ItemError, Step, Watch
from app.operations import changes
from app.resources.job_errors import JobError
from app.resources.jobs import JOBS, Job
from app.storage.functions import try_lock
from app.storage.rings import FORGET, RING, unrung, values_of
from app.storage.statement import Statement
from app.work import SYSTEM, Actor, Work
from workflow.job import JobState

RUNG = 500  # jobs that one sweep rings anew


class Fenced(Exception):
    """The job is no longer this worker's: it was cancelled, or its lease is over and another has it."""


class Queue:
    """The jobs of KINDS that may be begun: they wait, or their worker was lost."""

    def __init__(self, kinds: frozenset[str]) -> None:
        self._next = Statement(lambda: _due(kinds).with_for_update(skip_locked=True, key_share=True))
        self._one = Statement(
            lambda: (
                _due(kinds)
                .where(col(Job.id) == bindparam("k_id"))
                .with_for_update(skip_locked=True, key_share=True)
            )
        )
        self._unrung = Statement(lambda: _due(kinds).where(unrung("jobs.id")))

    def claim(self, work: Work, lease: float, id: str | None = None) -> Job | None:
        """The first of them, or the one of ID, taken for LEASE seconds; None where there is none.

        On PostgreSQL one that somebody is claiming is passed over.
        """
        found = work.rows(self._one if id else self._next, {"size": 1, "k_id": id} if id else {"size": 1})
        return _taken(work, JOBS.of(found[0]), lease) if found else None

    def sweep(self, work: Work) -> int:
        """Ring anew for what is not rung, and forget rings that nobody waits for; how many it rang.

        It finds jobs whose ring was lost, and those whose worker was: their lease is over.
        """
        if not work.rows(_LOCK, {"name": "rings"})[0][0]:
            return 0  # another process does it just now
        work.run(FORGET, {})
        due = [JOBS.of(row) for row in work.rows(self._unrung, {"size": RUNG})]
        work.connection.run_many_later(RING, [_ring_of(job) for job in due])
        return len(due)


def actor_of(job: Job) -> Actor:
    """Who a job acts as: whoever started it, with the service's sight."""
    return replace(SYSTEM, account_id=job.account_id or "", organization_id=job.organization_id)


def _taken(work: Work, job: Job, lease: float) -> Job:
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


def held(work: Work, claimed: Job) -> Job:
    """The job as it stands now, held, where it is still CLAIMED's. Raises Fenced."""
    return _found(work, claimed, _HELD)


def seen(work: Work, claimed: Job) -> Job:
    """The job as it stands now, where it is still CLAIMED's. Raises Fenced."""
    return _found(work, claimed, _SEEN)


def run_chunk(work: Work, claimed: Job, run: Chunk, lease: float, watch: Watch | None = None) -> bool:
    """Do a chunk of the job by RUN, after the thought that WATCH was of; whether there may be more."""
    # The row is held from here on: a cancel waits for the end of the chunk, or the chunk finds it cancelled.
    job = held(work, claimed)
    step = run(work, job, job.cursor)
    errors = (*watch.errors, *step.errors) if watch else step.errors
    _note_errors(work, job, errors)
    progress = _progress(job, step, watch) | {"tries": 0, "lease_until": _in(work, lease)}
    _keep(work, claimed, progress)
    if step.cursor is None:
        _end(work, _with(job, progress), JobState.SUCCEEDED, "finish")
    return step.cursor is not None


def _progress(job: Job, step: Step, watch: Watch | None) -> dict[str, Any]:
    told = (watch and watch.told) or (job.done + step.done, job.total)
    missed = watch.errors_count if watch else 0
    return {
        "cursor": job.cursor if step.cursor is None else step.cursor,
        "done": told[0],
        "total": step.total if step.total is not None else told[1] if told[1] is not None else job.total,
        "errors_count": job.errors_count + missed + len(step.errors),
        "result": job.result if step.result is None else msgspec.json.encode(step.result).decode(),
    }


def renew(work: Work, claimed: Job, lease: float, told: tuple[int, int | None] | None) -> None:
    """Hold the job for another LEASE seconds, and keep how far it was TOLD to be. Raises Fenced."""
    values: dict[str, Any] = {"lease_until": _in(work, lease)}
    if told is not None:
        values |= {"done": told[0]} | ({} if told[1] is None else {"total": told[1]})
    _keep(work, claimed, values)


def fail(work: Work, claimed: Job, error: ItemError, then: Callable[[Work, Job], None] | None = None) -> None:
    """End the job by ERROR, after THEN. Raises Fenced."""
    job = held(work, claimed)
    if then is not None:
        then(work, job)
    _note_errors(work, job, (error,))
    counted = {"errors_count": job.errors_count + 1}
    _keep(work, claimed, counted)
    _end(work, _with(job, counted), JobState.FAILED, "fail")


def give_back(work: Work, job: Job) -> None:
    """Leave the job to whoever comes by, and have them hear of it. Raises Fenced."""
    _keep(work, job, {"lease_until": work.now, "tries": 0})
    if work.connection.has_one_writer:
        return
    # While others sweep, the next sweep finds it.
    if work.rows(_LOCK, {"name": "rings"})[0][0] and work.rows(_UNRUNG, {"k_id": job.id}):
        work.connection.run_later(RING, _ring_of(job))


def _ring_of(job: Job) -> dict[str, Any]:
    return values_of(job.kind, job.id, is_begun=job.state == JobState.RUNNING)


def _end(work: Work, job: Job, state: JobState, kind: str) -> None:
    ended = {"state": state.value, "finished_at": work.now, "lease_until": None}
    changes.change(work, JOBS, job, ended, kind)


def _found(work: Work, claimed: Job, statement: Statement) -> Job:
    found = work.rows(statement, {"k_id": claimed.id, "k_attempt": claimed.attempt})
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
    rows = [
        {
            "id": work.sources.ids(),
            "organization_id": job.organization_id,
            "job_id": job.id,
            "item": error.item,
            "code": error.code,
            "detail": error.detail,
            "at": work.now,
        }
        for error in errors
    ]
    if rows:
        many = [{f"v_{name}": value for name, value in row.items()} for row in rows]
        work.connection.run_many(_ADD_ERROR, many)


def _in(work: Work, seconds: float) -> str:
    return wire_time(datetime.fromisoformat(work.now).astimezone(UTC) + timedelta(seconds=seconds))


def _due(kinds: frozenset[str]) -> Any:
    """The first jobs of KINDS that wait, or whose worker was lost."""
    is_lost = and_(col(Job.state) == JobState.RUNNING.value, col(Job.lease_until) <= bindparam("now"))
    rows = select(*JOBS.columns.values()).where(
        col(Job.finished_at).is_(None),
        or_(col(Job.state) == JobState.QUEUED.value, is_lost),
        col(Job.kind).in_([literal(kind) for kind in sorted(kinds)]),
    )
    return rows.order_by(col(Job.id)).limit(bindparam("size"))


def _is_claimed() -> Any:
    return and_(
        col(Job.id) == bindparam("k_id"),
        col(Job.attempt) == bindparam("k_attempt"),
        col(Job.state) == JobState.RUNNING.value,
    )


def _keep_of(fields: tuple[str, ...]) -> Statement:
    columns: dict[str, Any] = {field: bindparam(f"v_{field}") for field in fields}
    return Statement(lambda: update(Job).where(_is_claimed()).values(columns))


_LOCK = Statement(lambda: select(try_lock(bindparam("name"))))
_SEEN = Statement(lambda: select(*JOBS.columns.values()).where(_is_claimed()))
_HELD = Statement(lambda: select(*JOBS.columns.values()).where(_is_claimed()).with_for_update(key_share=True))
_UNRUNG = Statement(lambda: select(col(Job.id)).where(col(Job.id) == bindparam("k_id"), unrung("jobs.id")))
_KEEP: dict[tuple[str, ...], Statement] = {
    fields: _keep_of(fields)
    for fields in (
        ("attempt", "lease_until", "tries"),
        ("cursor", "done", "errors_count", "lease_until", "result", "total", "tries"),
        ("done", "lease_until"),
        ("done", "lease_until", "total"),
        ("errors_count",),
        ("lease_until",),
        ("lease_until", "tries"),
    )
}
_ADD_ERROR = Statement(
    lambda: insert(JobError).values({name: bindparam(f"v_{name}") for name in JobError.model_fields})
)
