"""Job errors: what a job could not do, and why."""

from typing import Annotated

from sqlalchemy import ColumnElement, Index, select
from sqlmodel import col

from app.access import scope
from app.attributes import HIDDEN, READ_ONLY, Id, Time
from app.declare import Access, Resource, ToOne
from app.resources.jobs import JOBS, Job, my_rows, nobody
from app.storage.rows import STRICT, Keyed, parent_key, text


class JobError(Keyed, table=True):
    """That a job could not do an ITEM. It is part of what the job tells, and has no history of its own."""

    __tablename__ = "job_errors"
    __table_args__ = (Index(None, "job_id", "id"), STRICT)

    organization_id: Annotated[Id, HIDDEN] = text()
    job_id: Annotated[Id, READ_ONLY] = parent_key("jobs.id", "Whose error it is.")
    item: Annotated[str, READ_ONLY] = text("What it could not do: an id, a name or a line.", default="")
    code: Annotated[str, READ_ONLY] = text("Why, as a stable code.")
    detail: Annotated[str, READ_ONLY] = text("Why, in words.", default="")
    at: Annotated[Time, READ_ONLY] = text("When.")


def _rows_of_my_jobs() -> ColumnElement[bool]:
    return col(JobError.job_id).in_(select(col(Job.id)).where(my_rows()))


JOB_ERRORS = Resource(
    JobError,
    type="job_errors",
    about="What a job could not do, and why.",
    access=Access(
        read=scope(JobError.organization_id, _rows_of_my_jobs),
        create=nobody,
        update=nobody,
        delete=nobody,
    ),
    is_noted=False,  # they come with how far a job is
    example={},
    links=(ToOne("job", JOBS.type, "job_id"),),
    verbs=frozenset({"index", "show"}),
)
