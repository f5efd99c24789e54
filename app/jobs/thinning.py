"""thin_history: old versions of records go, where the operator asks for it. It is off by default.

A version goes once it was superseded more than so many days ago: how things stood at any time since then
can still be told, and the latest version of each record always stays, however old.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.jobs.kinds import CHUNK, Kind, Step, arguments_of, before
from app.operations.changes import Event
from app.operations.history import THINNED
from app.resources.jobs import Job
from app.storage.statement import Statement
from app.work import Work
from workflow.job import JobState


def thinning(days: int) -> Kind:
    """The chore that thins out what was superseded more than DAYS ago; 0: it is never due."""

    def due(work: Work, organization_id: str) -> Mapping[str, Any] | None:
        time = before(work, timedelta(days=days))
        after = _through(work, organization_id)
        values = {"organization_id": organization_id, "after": after, "size": 1}
        found = work.rows(_EVENTS, values) if days else []
        return {"before": time, "after": after} if found and found[0][-1] < time else None

    return Kind("thin_history", run, timedelta(days=1), due)


def run(work: Work, job: Job, cursor: str) -> Step:
    """Go through up to CHUNK events, and thin out what each of them superseded."""
    given = arguments_of(job)
    after = int(cursor or given["after"])
    values = {"organization_id": job.organization_id, "after": after, "size": CHUNK}
    found = work.rows(_EVENTS, values)
    thinned = 0
    for sequence, record_id, resource, position, at in found:
        if at >= given["before"]:
            break
        thinned += work.run(_THIN, {"k_record_id": record_id, "k_resource": resource, "k_position": position})
        after = sequence
    is_over = len(found) < CHUNK or after != found[-1][0]
    return Step(None if is_over else str(after), thinned, result={"through": after})


def _through(work: Work, organization_id: str) -> int:
    """The number of the last event that a finished job went through."""
    found = work.rows(_LAST, {"organization_id": organization_id, "size": 1})
    return int(msgspec.json.decode(found[0][0]).get("through", 0)) if found else 0


_EVENTS = Statement(
    lambda: (
        select(
            col(Event.sequence), col(Event.record_id), col(Event.resource), col(Event.position), col(Event.at)
        )
        .where(
            col(Event.organization_id) == bindparam("organization_id"),
            col(Event.sequence) > bindparam("after"),
        )
        .order_by(col(Event.sequence))
        .limit(bindparam("size"))
    )
)


def _thin() -> Any:
    earlier = aliased(Event)
    superseded = select(func.max(col(earlier.position))).where(
        col(earlier.record_id) == bindparam("k_record_id"),
        col(earlier.resource) == bindparam("k_resource"),
        col(earlier.position) < bindparam("k_position"),
    )
    return (
        update(Event)
        .where(
            col(Event.record_id) == bindparam("k_record_id"),
            col(Event.resource) == bindparam("k_resource"),
            col(Event.position) == superseded.scalar_subquery(),
            col(Event.record) != THINNED,
        )
        .values(record=THINNED)
    )


_THIN = Statement(_thin)
_LAST = Statement(
    lambda: (
        select(col(Job.result))
        .where(
            col(Job.organization_id) == bindparam("organization_id"),
            col(Job.kind) == "thin_history",
            col(Job.state) == JobState.SUCCEEDED.value,
        )
        .order_by(col(Job.id).desc())
        .limit(bindparam("size"))
    )
)
