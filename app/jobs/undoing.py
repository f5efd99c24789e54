"""undo_labels: a change of labels is taken back, by the events that name its job.

What was changed since is told, and stays as it is.
"""

from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, select
from sqlmodel import col

from app.declare import RESOURCES
from app.errors import Gone, NotFound
from app.jobs.kinds import ItemError, Kind, Step, Study, Watch, arguments_of
from app.jobs.relabelling import SCANNED
from app.operations import changes
from app.operations.changes import Event
from app.operations.history import values_of, version_of
from app.operations.rows import one
from app.resources import label_changes
from app.resources.jobs import Job
from app.storage.statement import Statement
from app.work import Work


class Told(NamedTuple):
    """Events of the change that is taken back: record, version, kind and type; and the last one's place."""

    events: list[tuple[str, int, str, str]]
    after: str | None


def _look_back(work: Work, job: Job) -> Told:
    undone = work.rows(_JOB, {"id": arguments_of(job)["undone_job_id"]})
    if not undone:
        return Told([], None)
    started, finished = undone[0]
    at, _, id = job.cursor.partition(" ")
    values = {
        "organization_id": job.organization_id,
        "since": at or started,
        "until": finished,
        "after": id,
        "size": SCANNED,
    }
    rows = work.rows(_EVENTS, values)
    said = msgspec.json.encode({"job_id": arguments_of(job)["undone_job_id"]}).decode()
    events = [
        (record, version, kind, type) for record, version, kind, type, details, *_ in rows if details == said
    ]
    last = f"{rows[-1][5]} {rows[-1][6]}" if len(rows) == SCANNED else None
    return Told(events, last)


def _take_back(work: Work, job: Job, cursor: str, found: Told | None = None) -> Step:
    assert found is not None
    errors: list[ItemError] = []
    for record, version, kind, type in found.events:
        try:
            if not _restored(work, record, version, kind, type):
                errors.append(ItemError(record, "changed_since", "it was changed since: it stays as it is"))
        except (Gone, NotFound) as error:  # what it was then is no longer known
            errors.append(ItemError(record, error.code, error.detail))
    return Step(found.after, len(found.events), tuple(errors))


def _restored(work: Work, id: str, version: int, kind: str, type: str) -> bool:
    """Whether the record was as the change had left it, and is now as it was before."""
    card = RESOURCES[type]
    row = one(work, card, id, is_held=True)
    if row is None or row.version != version:
        return False
    if kind == "delete":
        changes.restore(work, card, row)
        return True
    before = card.of(values_of(card, version_of(work, card, id, version - 1)))
    names = ("status",) if type == "entries" else ("annotation", "metadata_")
    changes.change(work, card, row, {name: getattr(before, name) for name in names})
    return True


def _events() -> Any:
    """The organization's events of a time, in order, behind the one AFTER of its first moment."""
    names = ("record_id", "record_version", "kind", "resource", "details", "at", "id")
    at, id = col(Event.at), col(Event.id)
    return (
        select(*(getattr(Event, name) for name in names))
        .where(
            col(Event.organization_id) == bindparam("organization_id"),
            at >= bindparam("since"),
            at <= bindparam("until"),
            (at > bindparam("since")) | (id > bindparam("after")),
        )
        .order_by(at, id)
        .limit(bindparam("size"))
    )


_EVENTS = Statement(_events)
_JOB = Statement(
    lambda: select(col(Job.started_at), col(Job.finished_at)).where(col(Job.id) == bindparam("id"))
)


def _think(seen: Told, watch: Watch) -> Told:
    return seen


UNDOING = Kind(label_changes.UNDO, _take_back, study=Study(_look_back, _think))
