"""forget_jobs: jobs that came to an end long ago go, with what they could not do.

The last job of each kind that succeeded stays, whatever its age: it tells how far such work has come.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.jobs.kinds import CHUNK, Kind, Step, arguments_of, before
from app.resources.job_errors import JobError
from app.resources.jobs import Job
from app.storage.statement import Statement
from app.work import Work
from workflow.job import JobState


def forgetting(days: int) -> Kind:
    """The chore that forgets the jobs that ended more than DAYS ago."""

    def due(work: Work, organization_id: str) -> Mapping[str, Any] | None:
        values = {"organization_id": organization_id, "before": before(work, timedelta(days=days)), "size": 1}
        return {"before": values["before"]} if work.rows(_OLD, values) else None

    return Kind("forget_jobs", run, timedelta(days=1), due)


def run(work: Work, job: Job, cursor: str) -> Step:
    """Forget up to CHUNK rows: errors first, and the jobs once they have none."""
    values = {"organization_id": job.organization_id, "before": arguments_of(job)["before"]}
    forgotten = work.run(_FORGET_ERRORS, values | {"size": CHUNK})
    if forgotten < CHUNK:
        forgotten += work.run(_FORGET, values | {"size": CHUNK - forgotten})
    return Step(None if forgotten < CHUNK else str(job.done + forgotten), forgotten)


def _old() -> Any:
    other: Any = aliased(Job)
    newest = (
        select(func.max(other.id))
        .where(
            other.organization_id == bindparam("organization_id"),
            other.state == JobState.SUCCEEDED.value,
        )
        .group_by(other.kind)
    )
    return select(col(Job.id)).where(
        col(Job.organization_id) == bindparam("organization_id"),
        col(Job.finished_at) < bindparam("before"),
        col(Job.id).not_in(newest),
    )


def _errors() -> Any:
    return select(col(JobError.id)).where(col(JobError.job_id).in_(_old())).limit(bindparam("size"))


_OLD = Statement(lambda: _old().limit(bindparam("size")))
_FORGET_ERRORS = Statement(lambda: delete(JobError).where(col(JobError.id).in_(_errors())))
_FORGET = Statement(lambda: delete(Job).where(col(Job.id).in_(_old().limit(bindparam("size")))))
