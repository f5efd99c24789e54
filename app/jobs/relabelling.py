"""change_labels: what is labelled already follows a change of its label configuration.

Some hundred annotations at a time, so that nobody who writes waits for long. Each that changes is a revision,
and its event names the job: by these the change can be taken back (`app.jobs.undoing`).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec
from sqlalchemy import bindparam, select

from app.declare import RESOURCES
from app.jobs.kinds import Kind, Step, Study, Watch, arguments_of
from app.operations import changes
from app.operations.rows import living
from app.resources import label_changes
from app.resources.jobs import Job
from app.storage.statement import Statement
from app.work import Work
from workflow.entry import Status
from workflow.labels.plans import REMOVED, Plan, altered

T = TypeVar("T")

SCANNED = 2_000  # annotations that are looked at between two transactions
CHUNK = 200  # annotations that one transaction changes


class At(NamedTuple):
    """How far a change is: the dataset, and the record in it; REOPENING: its finished entries come next."""

    dataset_id: str = ""
    after: str = ""
    reopening: bool = False


class Seen(NamedTuple):
    """The annotations that are to change, by id, and where to go on; NEXT None: there is nothing left."""

    ids: tuple[str, ...]
    next: At | None
    done: int
    plan: Plan


def _look(work: Work, job: Job) -> Seen:
    arguments = arguments_of(job)
    plan = label_changes.read_plan(arguments["plan"])
    at = At(*msgspec.json.decode(job.cursor)) if job.cursor else At()
    if plan.touches is not None and not plan.touches:
        return Seen((), None, 0, plan)
    if not at.dataset_id:
        return Seen((), _next_dataset(work, arguments, at), 0, plan)
    if at.reopening:
        return _finished(work, arguments, at, plan)
    return _labelled(work, arguments, at, plan)


def _labelled(work: Work, arguments: Any, at: At, plan: Plan) -> Seen:
    """The next annotations of the dataset that the plan changes."""
    values = {"dataset_id": at.dataset_id, "after": at.after, "size": SCANNED}
    ids: list[str] = []
    after, seen = at.after, 0
    with work.rows_of(_ANNOTATIONS, values) as fetch:
        while rows := fetch(CHUNK):  # and no more: where all of them change, these are enough
            for after, *marked in rows:
                seen += 1
                if _fate(plan, *marked) is not None:
                    ids.append(after)
                if len(ids) == CHUNK:
                    return Seen(tuple(ids), at._replace(after=after), seen, plan)
    if seen == SCANNED:
        return Seen(tuple(ids), at._replace(after=after), SCANNED, plan)
    if plan.reopens:
        return Seen(tuple(ids), At(at.dataset_id, "", True), seen, plan)
    return Seen(tuple(ids), _next_dataset(work, arguments, at), seen, plan)


def _fate(plan: Plan, dimensions: str, annotation: str, metadata: str) -> Any:
    decode = msgspec.json.decode
    return altered(plan, decode(dimensions), decode(annotation), decode(metadata))


def _finished(work: Work, arguments: Any, at: At, plan: Plan) -> Seen:
    """The next entries of the dataset that are completed."""
    found = work.rows(_ENTRIES, {"dataset_id": at.dataset_id, "after": at.after, "size": CHUNK})
    ids = tuple(id for (id,) in found)
    if len(ids) == CHUNK:
        return Seen(ids, at._replace(after=ids[-1]), 0, plan)
    return Seen(ids, _next_dataset(work, arguments, at), 0, plan)


def _next_dataset(work: Work, arguments: Any, at: At) -> At | None:
    values = {"id": arguments["label_configuration_id"], "after": at.dataset_id, "size": 1}
    found = work.rows(_DATASETS, values)
    return At(found[0][0]) if found else None


def _run(work: Work, job: Job, cursor: str, found: Seen | None = None) -> Step:
    assert found is not None
    at = At(*msgspec.json.decode(cursor)) if cursor else At()
    if at.reopening:
        _reopen(work, job, found.ids)
    else:
        _relabel(work, job, found)
    changed = msgspec.json.decode(job.result).get("changed", 0) + (0 if at.reopening else len(found.ids))
    after = None if found.next is None else msgspec.json.encode(list(found.next)).decode()
    return Step(after, found.done, result={"changed": changed})


def _relabel(work: Work, job: Job, found: Seen) -> None:
    """Change what is to change still: it is looked at again, held."""
    card = RESOURCES["annotations"]
    kept = []
    for row in living(work, card, "id", found.ids, is_held=True):
        fate = _fate(found.plan, row.dimensions, row.annotation, row.metadata_)
        if fate is REMOVED:
            changes.remove(work, card, row, {"job_id": job.id})
        elif fate is not None:
            annotation, metadata = (msgspec.json.encode(one).decode() for one in fate)
            kept.append((row, {"annotation": annotation, "metadata_": metadata}))
    changes.change_many(work, card, kept, {"job_id": job.id})


def _reopen(work: Work, job: Job, ids: Sequence[str]) -> None:
    """Finished entries are to be confirmed again: a submit does."""
    card = RESOURCES["entries"]
    for entry in living(work, card, "id", ids, is_held=True):
        if entry.status == Status.COMPLETED:
            waiting = {"status": Status.WAITING_CHANGED.value}
            changes.change(work, card, entry, waiting, "labels_changed", {"job_id": job.id})


# ---- what is asked of the database


def _annotations() -> Any:
    columns = RESOURCES["annotations"].columns
    shown = ("id", "dimensions", "annotation", "metadata_")
    return (
        select(*(columns[name] for name in shown))
        .where(
            columns["dataset_id"] == bindparam("dataset_id"),
            columns["id"] > bindparam("after"),
            columns["deleted_at"].is_(None),
        )
        .order_by(columns["id"])
        .limit(bindparam("size"))
    )


def _entries() -> Any:
    columns = RESOURCES["entries"].columns
    return (
        select(columns["id"])
        .where(
            columns["dataset_id"] == bindparam("dataset_id"),
            columns["id"] > bindparam("after"),
            columns["status"] == Status.COMPLETED.value,
            columns["deleted_at"].is_(None),
        )
        .order_by(columns["id"])
        .limit(bindparam("size"))
    )


def _datasets() -> Any:
    columns = RESOURCES["datasets"].columns
    return (
        select(columns["id"])
        .where(columns["label_configuration_id"] == bindparam("id"), columns["id"] > bindparam("after"))
        .order_by(columns["id"])
        .limit(bindparam("size"))
    )


_ANNOTATIONS = Statement(_annotations)
_ENTRIES = Statement(_entries)
_DATASETS = Statement(_datasets)


def _same(seen: T, watch: Watch) -> T:
    return seen


RELABELLING = Kind(label_changes.KIND, _run, study=Study(_look, _same))
