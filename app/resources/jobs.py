"""Jobs: slow work that goes on behind the scenes, what it has done so far and what went wrong.

The row is the truth: whoever works a job holds it by a lease and an attempt number (`app.jobs.claims`).
How far it is changes without a version or an event; that it was made, begun, ended or cancelled leaves both.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import msgspec
from sqlalchemy import ColumnElement, Index, false, or_
from sqlalchemy import text as sql_text

from app.access import Role, in_my_projects, is_actor, scope
from app.attributes import HIDDEN, READ_ONLY, SECRET, Id, JsonObject, Time
from app.declare import RESOURCES, Access, Action, Change, Resource, ToMany, ToOne, Values
from app.errors import Conflict
from app.operations import changes
from app.storage.rings import RING, values_of
from app.storage.rows import STRICT, Row, integer, text
from app.work import Sight, Work, as_service
from workflow import job as flow
from workflow.job import JobState

NEEDED = frozenset({"decide_consensus"})  # kinds that something waits for: nobody cancels these
# What is done where a job of a kind is cancelled, with its arguments: something was to come of it.
WHEN_CANCELLED: dict[str, Callable[[Work, Mapping[str, Any]], None]] = {}
_OPEN = sql_text("finished_at IS NULL")


class Job(Row, table=True):
    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_open", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index(None, "organization_id", "kind", "id"),
        Index(None, "project_id", "id"),
        STRICT,
    )

    organization_id: Annotated[Id, HIDDEN] = text()
    project_id: Annotated[Id | None, READ_ONLY] = text("The project it works in, if any.", default=None)
    dataset_id: Annotated[Id | None, READ_ONLY] = text("The dataset it works in, if any.", default=None)
    account_id: Annotated[Id | None, READ_ONLY] = text("Who started it; null: the service.", default=None)
    kind: Annotated[str, READ_ONLY] = text("What it does, such as empty_trash.")
    state: Annotated[JobState, READ_ONLY] = text("How it stands.", default=JobState.QUEUED.value)
    done: Annotated[int, READ_ONLY] = integer("How many items it is through with.", default=0)
    total: Annotated[int | None, READ_ONLY] = integer(
        "How many there are; null: not known yet.", default=None
    )
    errors_count: Annotated[int, READ_ONLY] = integer(
        "How many items it could not do: see its errors.", default=0
    )
    started_at: Annotated[Time | None, READ_ONLY] = text("When it was begun.", default=None)
    finished_at: Annotated[Time | None, READ_ONLY] = text(
        "When it came to an end, well or not.", default=None
    )
    result: Annotated[JsonObject, READ_ONLY] = text("What came of it, such as links.", default="{}")
    # What the worker needs. None of it is told, not even by the history: it is true for a moment.
    arguments: Annotated[JsonObject, SECRET] = text(default="{}")
    cursor: Annotated[str, SECRET] = text(default="")  # where the next chunk goes on
    attempt: Annotated[int, SECRET] = integer(default=0)  # one more with every claim: the fence
    tries: Annotated[int, SECRET] = integer(default=0)  # claims since a chunk was last kept
    lease_until: Annotated[Time | None, SECRET] = text(default=None)


def enqueue(
    work: Work,
    kind: str,
    organization_id: str,
    arguments: Mapping[str, Any] | None = None,
    *,
    project_id: str | None = None,
    dataset_id: str | None = None,
    total: int | None = None,
    is_services: bool = False,
) -> Job:
    """A new job of KIND, which is begun once the transaction of WORK is committed.

    IS_SERVICES: it is nobody's own, though somebody set it off: only the project's owners are told of it.
    """
    job: Job = changes.add(
        work,
        JOBS,
        {
            "organization_id": organization_id,
            "project_id": project_id,
            "dataset_id": dataset_id,
            "account_id": None if is_services else work.actor.account_id or None,
            "kind": kind,
            "total": total,
            "arguments": msgspec.json.encode(arguments or {}).decode(),
        },
    )
    return job


def cancel(work: Work, job: Job, body: Values) -> Job:
    """End the job. Once this is committed it changes nothing more: a chunk on its way ends before it."""
    state = flow.cancel(job.state)
    if state == job.state:
        return job
    if job.kind in NEEDED:
        raise Conflict("an entry waits for what the job comes to: it ends by itself", code="job_needed")
    values = {"state": state.value, "finished_at": work.now, "lease_until": None}
    cancelled: Job = changes.change(work, RESOURCES["jobs"], job, values, "cancel")
    if cancelled.kind in WHEN_CANCELLED:
        WHEN_CANCELLED[cancelled.kind](as_service(work), msgspec.json.decode(cancelled.arguments))
    return cancelled


def ring(work: Work, changes: Sequence[Change]) -> None:
    """Have workers hear of the jobs that are made, once that is committed.

    Where there is one writer there is one process, which looks by itself.
    """
    if not work.connection.has_one_writer:
        made = (change.after for change in changes if change.before is None)
        work.connection.run_many_later(RING, [values_of(job.kind, job.id) for job in made])


def my_rows() -> ColumnElement[bool]:
    """Those that the actor started, and those in projects of theirs."""
    return or_(is_actor(Job.account_id), in_my_projects(Job.project_id, Role.OWNER))


_mine = scope(Job.organization_id, my_rows)


def nobody(sight: Sight) -> ColumnElement[bool]:
    return false()


JOBS = Resource(
    Job,
    type="jobs",
    about="Slow work that goes on behind the scenes: how far it is, what came of it, what went wrong.",
    access=Access(read=_mine, create=nobody, update=nobody, delete=nobody),
    is_noted=False,  # how far it is
    example={},
    links=(
        ToOne("account", "accounts", "account_id"),
        ToMany("errors", "job_errors", "job_id", "What it could not do."),
    ),
    actions=(
        Action(
            "cancel",
            ("POST",),
            cancel,
            _mine,
            about="End the job. What it has done so far stays. Again, it changes nothing.",
        ),
    ),
    verbs=frozenset({"index", "show"}),
    after_changes=ring,
)
