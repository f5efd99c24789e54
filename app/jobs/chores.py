"""Chores: jobs that the service makes by itself, for each organization that needs them."""

from collections.abc import Mapping
from functools import partial

from sqlalchemy import bindparam, or_, select
from sqlmodel import col

from app.jobs.kinds import Kind, before
from app.resources.jobs import Job, enqueue
from app.resources.organizations import Organization
from app.storage.database import Database
from app.storage.functions import try_lock
from app.storage.statement import Statement
from app.work import SYSTEM, Work

_ORGANIZATIONS = Statement(lambda: select(col(Organization.id)).order_by(col(Organization.id)))
_LOCK = Statement(lambda: select(try_lock(bindparam("name"))))
_RECENT = Statement(
    lambda: (
        select(col(Job.id))
        .where(
            col(Job.organization_id) == bindparam("organization_id"),
            col(Job.kind) == bindparam("kind"),
            or_(col(Job.finished_at).is_(None), col(Job.created_at) > bindparam("since")),
        )
        .order_by(col(Job.id).desc())
        .limit(bindparam("size"))
    )
)


def make(database: Database, kinds: Mapping[str, Kind]) -> int:
    """Make the chores of KINDS that are due; how many there were. One transaction an organization."""
    found = database.write_now(SYSTEM, lambda work: work.rows(_ORGANIZATIONS, {}))
    return sum(database.write_now(SYSTEM, partial(_make, id=id, kinds=kinds)) for (id,) in found)


def _make(work: Work, id: str, kinds: Mapping[str, Kind]) -> int:
    """The same for the organization ID; nothing, where another process does it just now."""
    if not work.rows(_LOCK, {"name": f"chores:{id}"})[0][0]:
        return 0
    made = 0
    for kind in kinds.values():
        if kind.every is None or kind.due is None or _is_recent(work, id, kind):
            continue
        if (arguments := kind.due(work, id)) is not None:
            enqueue(work, kind.name, id, arguments)
            made += 1
    return made


def _is_recent(work: Work, id: str, kind: Kind) -> bool:
    """Whether such a job is under way, or was made less than EVERY ago."""
    assert kind.every is not None
    values = {"organization_id": id, "kind": kind.name, "since": before(work, kind.every), "size": 1}
    return bool(work.rows(_RECENT, values))
