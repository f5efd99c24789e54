"""copy_items: the items of a dataset come into another: those of one into its clone, of a library into an
attachment.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, func, select

from app.declare import RESOURCES, Values
from app.errors import Conflict
from app.jobs.kinds import ItemError, Kind, Step, arguments_of
from app.operations import changes, records
from app.operations.conditions import many, many_values, padded
from app.operations.rows import living
from app.resources import libraries
from app.resources.jobs import Job
from app.resources.layer_statuses import LayerStatus
from app.storage.statement import Statement
from app.work import Work
from workflow.entry import UNDONE

CHUNK = 200  # entries a transaction
MARKS = 2_000  # annotations that one transaction copies, but for an entry that has more
_ITEM = (
    *("resource", "external_id", "priority", "split", "metadata_", "width", "height", "content_hash"),
    *("media", "vendor"),
)
_MARK = ("dimensions", "annotation", "metadata_", "created_by_email", "created_by_id")


def run(work: Work, job: Job, cursor: str) -> Step:
    """Copy the next entries by id: those that the other dataset has not yet."""
    arguments = arguments_of(job)
    found = _next(work, arguments, cursor)
    rows = _fitting(work, found) if arguments["with_annotations"] else found
    made, errors = _copied(work, arguments, _missing(work, arguments, _settled(rows)))
    if arguments["with_annotations"] and made:
        _copy_annotations(work, made)
    if not arguments["is_attached"]:  # an attachment gets it once it is there
        errors += [ItemError(row.id, "not_ready", "its item is not there yet") for row in _unsettled(rows)]
    is_over = len(found) < CHUNK and len(rows) == len(found)
    after = rows[-1].id if rows else cursor
    result = {"dataset_id": arguments["target_id"]}
    return Step(None if is_over else after, len(rows), tuple(errors), result=result)


def _settled(rows: Sequence[Any]) -> list[Any]:
    return [row for row in rows if row.status not in UNDONE]


def _unsettled(rows: Sequence[Any]) -> list[Any]:
    return [row for row in rows if row.status in UNDONE]


def _fitting(work: Work, rows: list[Any]) -> list[Any]:
    """As many of ROWS as have annotations for one transaction; one at least."""
    if not rows:
        return rows
    count = padded(len(rows))
    counts = dict(work.rows(_counts(count), many_values("k", [row.id for row in rows], count)))
    total = 0
    for n, row in enumerate(rows):
        total += counts.get(row.id, 0)
        if total > MARKS and n:
            return rows[:n]
    return rows


def _next(work: Work, arguments: Any, after: str) -> list[Any]:
    card, ids = RESOURCES["entries"], arguments["ids"]
    if ids is None:
        values = {"dataset_id": arguments["source_id"], "after": after, "size": CHUNK}
        return [card.of(row) for row in work.rows(_BY_ID, values)]
    chosen = sorted(id for id in ids if id > after)[:CHUNK]
    return living(work, card, "id", chosen)


def _missing(work: Work, arguments: Any, rows: Sequence[Any]) -> list[Any]:
    """Those of ROWS that the attachment has no entry of; all of them in a copy."""
    if not arguments["is_attached"] or not rows:
        return list(rows)
    count = padded(len(rows))
    values = many_values("k", [row.id for row in rows], count) | {"dataset_id": arguments["target_id"]}
    there = {id for (id,) in work.rows(_twins(count), values)}
    return [row for row in rows if row.id not in there]


def _copied(work: Work, arguments: Any, rows: Sequence[Any]) -> tuple[dict[str, Any], list[ItemError]]:
    """The copies of ROWS, by the ids of what they are copies of; and which could not be, and why."""
    if not rows:
        return {}, []
    many_values_of = [_values(arguments, row) for row in rows]
    if not _is_dealt(work, arguments["target_id"]):
        try:
            with work.connection.attempt():
                made = records.create_many(work, RESOURCES["entries"], many_values_of)
            return {row.id: one.row for row, one in zip(rows, made, strict=True)}, []
        except Conflict:  # one of them: the others are copied all the same
            pass
    return _copied_one_by_one(work, arguments, rows)


def _copied_one_by_one(
    work: Work, arguments: Any, rows: Sequence[Any]
) -> tuple[dict[str, Any], list[ItemError]]:
    made: dict[str, Any] = {}
    errors: list[ItemError] = []
    for row in rows:
        try:
            with work.connection.attempt():
                made[row.id] = records.create(work, RESOURCES["entries"], _values(arguments, row)).row
        except Conflict as error:
            if _missing(work, arguments, [row]):  # else another job has just brought it
                errors.append(ItemError(row.id, error.code, error.detail))
    return made, errors


def _values(arguments: Any, row: Any) -> Values:
    values = {name: getattr(row, name) for name in _ITEM} | {
        "dataset_id": arguments["target_id"],
        "media_type": row.media_type,
    }
    if arguments["is_attached"]:
        values["library_entry_id"] = row.id
    if arguments["with_annotations"] and row.label_status is not None:
        values["label_status"] = LayerStatus.PRELABELED.value
    return values


def _is_dealt(work: Work, dataset_id: str) -> bool:
    """Whether who is dealt one entry counts for who is dealt the next: then they are made one by one."""
    return bool(work.rows(_DEALT, {"id": dataset_id})[0][0] in ("round_robin", "by_load"))


def _copy_annotations(work: Work, made: dict[str, Any]) -> None:
    rows = []
    for one in living(work, RESOURCES["annotations"], "layer_id", list(made)):
        entry = made[one.layer_id]
        place = {name: getattr(entry, name) for name in ("organization_id", "project_id", "dataset_id")}
        marked = {name: getattr(one, name) for name in _MARK}
        rows.append({**place, **marked, "entry_id": entry.id, "layer_id": entry.id})
    for start in range(0, len(rows), 1000):
        changes.add_many(work, RESOURCES["annotations"], rows[start : start + 1000])


@lru_cache(16)
def _counts(count: int) -> Statement:
    """How many annotations the ground truth of each entry has."""

    def build() -> Any:
        columns = RESOURCES["annotations"].columns
        layer_id = columns["layer_id"]
        is_one = layer_id.in_(many("k", count, layer_id)), columns["deleted_at"].is_(None)
        return select(layer_id, func.count()).where(*is_one).group_by(layer_id)

    return Statement(build)


@lru_cache(16)
def _twins(count: int) -> Statement:
    """Which library entries the attachment has, also in its trash: what was removed there does not return."""

    def build() -> Any:
        columns = RESOURCES["entries"].columns
        twin = columns["library_entry_id"]
        is_one = twin.in_(many("k", count, twin))
        return select(twin).where(columns["dataset_id"] == bindparam("dataset_id"), is_one)

    return Statement(build)


def _by_id() -> Any:
    columns = RESOURCES["entries"].columns
    return (
        select(*columns.values())
        .where(
            columns["dataset_id"] == bindparam("dataset_id"),
            columns["id"] > bindparam("after"),
            columns["deleted_at"].is_(None),
        )
        .order_by(columns["id"])
        .limit(bindparam("size"))
    )


_BY_ID = Statement(_by_id)
_DEALT = Statement(
    lambda: select(RESOURCES["datasets"].columns["assignment"]).where(
        RESOURCES["datasets"].columns["id"] == bindparam("id")
    )
)

COPYING = Kind(libraries.KIND, run)
