"""`postil job list`, `watch` and `cancel`; and `watch` for every command that waits for a job."""

import json
import time
from collections.abc import Mapping
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column, Table
from sqlalchemy import bindparam, select
from sqlmodel import col

import app.catalog  # noqa: F401 - every table is to be known
from app.commands.failures import Failed
from app.commands.opened import opened, readable
from app.errors import NotFound
from app.operations import records
from app.resources.job_errors import JobError
from app.resources.jobs import JOBS, Job
from app.settings import Settings
from app.storage.database import Readable
from app.storage.sqlite import Locked
from app.storage.statement import Statement
from app.work import SYSTEM, Work
from workflow.job import JobState

PAUSE = 0.5  # seconds between two looks
LISTED = 50  # jobs
TOLD = 5  # errors
UNKNOWN = "there is no job {}: `postil job list` shows them"

_JOB = Statement(lambda: select(*JOBS.columns.values()).where(col(Job.id) == bindparam("id")))
_ERRORS = Statement(
    lambda: (
        select(col(JobError.item), col(JobError.code), col(JobError.detail))
        .where(col(JobError.job_id) == bindparam("id"))
        .order_by(col(JobError.id))
        .limit(bindparam("size"))
    )
)
_NEWEST = Statement(
    lambda: select(*JOBS.columns.values()).order_by(col(Job.id).desc()).limit(bindparam("size"))
)
_OPEN = Statement(
    lambda: (
        select(*JOBS.columns.values())
        .where(col(Job.finished_at).is_(None))
        .order_by(col(Job.id).desc())
        .limit(bindparam("size"))
    )
)


def watch(
    database: Readable, job_id: str, *, console: Console | None = None, pause: float = PAUSE
) -> Mapping[str, Any]:
    """Show how far the job of DATABASE is until it ends, and tell its result, which is returned.

    PAUSE is in seconds. Raises Failed where there is no such job, or it came to no good end.
    """
    console = console or Console()
    with _bar(console) as bar:
        job = _followed(database, job_id, bar, pause)
    errors = database.read_now(SYSTEM, lambda work: work.rows(_ERRORS, {"id": job.id, "size": TOLD}))
    for error in errors:  # what they say is others': in JSON nothing of it steers the terminal
        console.print(json.dumps(error), markup=False, highlight=False)
    if job.errors_count > len(errors):
        console.print(f"... {job.errors_count} errors in all: GET /jobs/{job.id}/errors")
    result: dict[str, Any] = msgspec.json.decode(job.result)
    console.print(json.dumps(result), markup=False, highlight=False, soft_wrap=True)
    if job.state != JobState.SUCCEEDED:
        raise Failed(f"the job {job.id} ({job.kind}) {_ENDS[job.state]}")
    return result


_ENDS = {JobState.FAILED.value: "failed", JobState.CANCELLED.value: "was cancelled"}


def _followed(database: Readable, job_id: str, bar: Progress, pause: float) -> Job:
    """The job once it has ended, shown on BAR meanwhile."""
    job = _found(database, job_id)
    shown = bar.add_task(job.kind, total=job.total, completed=job.done, **_told(job, 0.0))
    begun, first = time.monotonic(), job.done
    while job.finished_at is None:
        time.sleep(pause)
        job = _found(database, job_id)
        rate = (job.done - first) / (time.monotonic() - begun)
        _show(bar, shown, job, rate)
    _show(bar, shown, job, (job.done - first) / max(time.monotonic() - begun, pause))
    return job


def _show(bar: Progress, shown: TaskID, job: Job, rate: float) -> None:
    bar.update(shown, total=job.total, completed=job.done, **_told(job, rate))


def _told(job: Job, rate: float) -> dict[str, Any]:
    total = "?" if job.total is None else f"{job.total:,}"
    return {
        "state": str(job.state),
        "counts": f"{job.done:,}/{total}",
        "errors": f"{job.errors_count:,}",
        "rate": f"{rate:,.0f}",
    }


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description} {task.fields[state]}"),
        BarColumn(),
        TextColumn("{task.fields[counts]}"),
        TextColumn("errors {task.fields[errors]}"),
        TextColumn("{task.fields[rate]}/s"),
        TimeElapsedColumn(),
        console=console,
    )


def _found(database: Readable, job_id: str) -> Job:
    found = database.read_now(SYSTEM, lambda work: work.rows(_JOB, {"id": job_id.lower()}))
    if not found:
        raise Failed(UNKNOWN.format(job_id))
    job: Job = JOBS.of(found[0])
    return job


# ---- the commands


def follow(settings: Settings, job_id: str) -> None:
    """`postil job watch`."""
    with readable(settings) as database:
        watch(database, job_id)


def show(settings: Settings, *, is_open: bool) -> None:
    """`postil job list`: the newest first; those that have not ended alone, where IS_OPEN."""
    statement = _OPEN if is_open else _NEWEST
    with readable(settings) as database:
        rows = database.read_now(SYSTEM, lambda work: work.rows(statement, {"size": LISTED}))
    table = Table(
        Column("id", no_wrap=True, min_width=36), "kind", "state", "done", "errors", "begun", "ended"
    )
    for job in map(JOBS.of, rows):
        told = _told(job, 0.0)
        table.add_row(
            job.id, job.kind, job.state, told["counts"], told["errors"], job.started_at, job.finished_at
        )
    Console().print(table)


def cancel(settings: Settings, job_id: str) -> None:
    """`postil job cancel`."""

    def end(work: Work) -> None:
        action = next(one for one in JOBS.actions if one.name == "cancel")
        records.act(work, JOBS, job_id.lower(), action, {})

    try:
        with opened(settings) as database:
            database.write_now(SYSTEM, end)
    except NotFound:
        raise Failed(UNKNOWN.format(job_id)) from None
    except Locked:
        way = f"the server has the database: cancel it there, by POST /jobs/{job_id}/cancel"
        raise Failed(way) from None
    print("the job is cancelled: what it has done so far stays")
