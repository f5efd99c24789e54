"""Tallies: a dataset's figures, moved in the transaction of every change and never counted anew. No HTTP.

A figure is the sum of the values of its rows. SQLite has one writer and keeps one row a figure. On PostgreSQL
every transaction adds rows of its own, so that nobody waits for anybody; now and then one of them folds what
is there into one row. Both are exact at every commit.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import BigInteger, bindparam, cast, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, SQLModel, col

from app.declare import Change
from app.resources import ages
from app.storage.functions import next_position, try_lock
from app.storage.rows import INTEGER, STRICT, TEXT
from app.storage.statement import Statement
from app.work import Work
from workflow.entry import EntryState, Status
from workflow.graph import MAKING, Kind, Outcome, Step

Moves = Mapping[tuple[str, str], int]  # name and key of a figure -> by how much it moves

# What there is.
ENTRIES = "entries"  # by step:status, or step:status:version from the second version of a workflow on
ARRIVED = "arrived:"  # and the step: its entries, by when they came to it, in microseconds since 1970
HELD = "held"  # by account
HELD_OVER = "held_over"  # by account: those of them that are at their end
LEFT = "left:"  # and the step: by hour since 1970 and where to, as "hour:step"; a new version is no way
CAME = "came"  # by "day:step": entries that came to be there, less those that went, by no way of the workflow
# What happened.
SUBMITTED, APPROVED, REJECTED = "submitted", "approved", "rejected"  # by the account whose work it is
REVIEWED = "reviewed"  # by the account that gave the verdict
COMPLETED = "completed"  # by the account whose work it is
ANNOTATIONS = "annotations"  # made, by account
WORKED = "worked"  # microseconds, by account
SUBMITTED_ON, COMPLETED_ON = "submitted_on", "completed_on"  # by day
REJECTIONS, SKIPS = "rejections", "skips"  # by reason
SKIPPED = "skipped"  # by account

LONGEST_REASON = 200  # characters that tell reasons apart
_FOLD_AT = "00"  # the end of a random id: one move in 256 folds


class Tally(SQLModel, table=True):
    """A part of the figure NAME of a dataset, for KEY."""

    __tablename__ = "tallies"
    __table_args__ = STRICT | {"sqlite_with_rowid": False}

    dataset_id: str = Field(primary_key=True, sa_type=TEXT)
    name: str = Field(primary_key=True, sa_type=TEXT)
    key: str = Field(primary_key=True, sa_type=TEXT)
    part: int = Field(
        primary_key=True, sa_type=INTEGER
    )  # 0: what is folded; others: each a move (PostgreSQL)
    value: int = Field(sa_type=INTEGER)


def move(work: Work, dataset_id: str, moves: Moves) -> None:
    """Move the dataset's figures: at once, or where they are made together, with the others."""
    if work.moves is not None:
        its = work.moves.setdefault(dataset_id, {})
        for figure, value in moves.items():
            its[figure] = its.get(figure, 0) + value
    elif _write(work, dataset_id, moves, is_folded=False) and work.sources.ids().endswith(_FOLD_AT):
        fold(work, dataset_id)


@contextmanager
def together(work: Work) -> Iterator[Work]:
    """The work by which what moves figures is done: in the end each of them is moved once."""
    if work.moves is not None:
        yield work
        return
    adding = work._replace(moves={})
    yield adding
    for dataset_id, moves in (adding.moves or {}).items():
        move(work, dataset_id, moves)


def entries_changed(work: Work, changes: Sequence[Change]) -> None:
    """Entries came, went or changed. What is in the trash counts nowhere, whatever happens to it there."""
    moves: dict[str, defaultdict[tuple[str, str], int]] = {}
    for change in changes:
        before, after = (None if one is None or one.deleted_at else one for one in change)
        if (counted := after or before) is None:
            continue
        its = moves.setdefault(counted.dataset_id, defaultdict(int))
        has_arrived = before is None or after is None or before.step_since != after.step_since
        for entry, by in ((before, -1), (after, 1)):
            if entry is not None:
                _count(its, entry, by, has_arrived)
        if before is not None and after is not None and _has_left(before, after):
            its[LEFT + before.wf_step, f"{hour_of(work.now)}:{after.wf_step}"] += 1
            continue
        for entry, by in ((before, -1), (after, 1)):
            if entry is not None:
                its[CAME, f"{work.now[:10]}:{entry.wf_step}"] += by
    for dataset_id, its in moves.items():
        move(work, dataset_id, its)


def _count(its: defaultdict[tuple[str, str], int], entry: Any, by: int, has_arrived: bool) -> None:
    if has_arrived:
        its[ARRIVED + entry.wf_step, str(ages.microseconds_of(entry.step_since))] += by
    its[ENTRIES, _key_of(entry)] += by
    if entry.assigned_to_id:
        its[HELD, entry.assigned_to_id] += by
        if not entry.worked_by:
            its[HELD_OVER, entry.assigned_to_id] += by


def _key_of(entry: Any) -> str:
    version = f":{entry.workflow_version}" if entry.workflow_version > 1 else ""
    return f"{entry.wf_step}:{entry.status}{version}"


def _has_left(before: Any, after: Any) -> bool:
    is_elsewhere: bool = before.wf_step != after.wf_step
    return is_elsewhere and before.workflow_version == after.workflow_version


def hour_of(time: str) -> int:
    """The hour since 1970 that TIME lies in."""
    return ages.microseconds_of(time) // 3_600_000_000


def submitted(
    work: Work, entry: Any, step: Step | None, state: EntryState, outcome: Outcome | None, reason: str | None
) -> None:
    """ENTRY was submitted at STEP, and comes to STATE by OUTCOME; at review at times for a reason."""
    if step is None or outcome is None:  # a confirmation: it was counted when it was done
        return
    me = work.actor.account_id
    moves: dict[tuple[str, str], int] = {}
    if step.kind in MAKING and step.kind is not Kind.OPEN:
        moves |= {(SUBMITTED, me): 1, (SUBMITTED_ON, work.now[:10]): 1}
    if step.kind is Kind.REVIEW:
        is_rejected = outcome is Outcome.REJECT
        moves[REVIEWED, me] = 1
        moves[REJECTED if is_rejected else APPROVED, entry.submitted_by_id or ""] = 1
        if is_rejected:
            moves[REJECTIONS, (reason or "")[:LONGEST_REASON]] = 1
    move(work, entry.dataset_id, moves | _completion(work, entry, state))


def decided(work: Work, entry: Any, state: EntryState) -> None:
    """ENTRY comes to STATE by a consensus."""
    move(work, entry.dataset_id, _completion(work, entry, state))


def skipped(work: Work, entry: Any, state: EntryState, reason: str | None) -> None:
    """ENTRY was passed over, and comes to STATE by it."""
    moves = {(SKIPPED, work.actor.account_id): 1, (SKIPS, (reason or "")[:LONGEST_REASON]): 1}
    move(work, entry.dataset_id, moves | _completion(work, entry, state))


def _completion(work: Work, entry: Any, state: EntryState) -> dict[tuple[str, str], int]:
    if state.status != Status.COMPLETED:
        return {}
    account = state.submitted_by.account if state.submitted_by else ""
    return {(COMPLETED, account): 1, (COMPLETED_ON, work.now[:10]): 1}


def annotations_made(work: Work, annotations: Sequence[Any]) -> None:
    made = Counter((one.dataset_id, one.created_by_id) for one in annotations)
    for (dataset_id, account_id), count in made.items():
        move(work, dataset_id, {(ANNOTATIONS, account_id): count})


def lease_ended(work: Work, dataset_id: str, account_id: str, taken_at: str, until: str) -> None:
    """ACCOUNT_ID had an entry of the dataset from TAKEN_AT UNTIL its lease ended or expired."""
    worked = ages.microseconds_of(until) - ages.microseconds_of(taken_at)
    move(work, dataset_id, {(WORKED, account_id): max(0, worked)})


def fold(work: Work, dataset_id: str) -> None:
    """Put the parts of each figure together, and merge what is old in the histograms of arrival.

    Where another transaction is at it, it is left to that one. Only rows that are committed are seen, and
    they are taken out and put back in one transaction: no sum changes by it.
    """
    if not work.rows(_LOCK, {"name": f"tallies:{dataset_id}"})[0][0]:
        return
    values = {"dataset_id": dataset_id}
    _write(work, dataset_id, _summed(work.rows(_TAKE_MOVES, values)), is_folded=True)
    _merge(work, dataset_id)
    work.run(_FORGET_ZEROS, values)


def _merge(work: Work, dataset_id: str) -> None:
    found = work.rows(_ARRIVALS, {"dataset_id": dataset_id})
    now = ages.microseconds_of(work.now)
    merged = _summed(
        (name, str(ages.bucket_of(int(key), now, ages.KEPT)[0]), value) for name, key, value in found
    )
    if len(found) > 2 * len(merged):
        work.run(_FORGET_ARRIVALS, {"dataset_id": dataset_id})
        _write(work, dataset_id, merged, is_folded=True)


def _summed(rows: Iterable[tuple[Any, ...]]) -> Moves:
    sums: Counter[tuple[str, str]] = Counter()
    for name, key, value in rows:
        sums[name, key] += value
    return sums


def _write(work: Work, dataset_id: str, moves: Moves, *, is_folded: bool) -> int:
    """Add the MOVES that move anything; how many there were."""
    moved = sorted((name, key, value) for (name, key), value in moves.items() if value)
    if moved:
        rows = [
            {"dataset_id": dataset_id, "name": name, "key": key, "value": value} for name, key, value in moved
        ]
        work.connection.run_many_later(_ADD_FOLDED if is_folded else _ADD, rows)
    return len(moved)


def figures_where(*conditions: Any) -> Statement:
    """The figures of the dataset `dataset_id` that meet CONDITIONS: name, key and sum."""
    figure = (col(Tally.name), col(Tally.key))
    return Statement(
        lambda: (
            select(*figure, cast(func.sum(col(Tally.value)), BigInteger))
            .where(_IS_ITS, *conditions)
            .group_by(*figure)
        )
    )


def begin_with(prefix: str) -> Any:
    """The condition that a figure's name begins with PREFIX."""
    return (col(Tally.name) > prefix) & (col(Tally.name) < prefix + "~")


def _adding(part: Any) -> Statement:
    """A figure moved: by a PART of its own, or added to what is there."""

    def build() -> Any:
        row = (
            insert(Tally)
            .inline()
            .values(  # inline: no key of a row is given back
                {
                    "dataset_id": bindparam("dataset_id", type_=TEXT),
                    "name": bindparam("name", type_=TEXT),
                    "key": bindparam("key", type_=TEXT),
                    "part": part,
                    "value": bindparam("value", type_=INTEGER),
                }
            )
        )
        return row.on_conflict_do_update(
            index_elements=["dataset_id", "name", "key", "part"],
            set_={"value": col(Tally.value) + row.excluded.value},
        )

    return Statement(build)


_ADD = _adding(next_position(literal(0)))
_ADD_FOLDED = _adding(literal(0))
_LOCK = Statement(lambda: select(try_lock(bindparam("name"))))
_IS_ITS = col(Tally.dataset_id) == bindparam("dataset_id")
_IS_ARRIVAL = (col(Tally.part) == 0) & begin_with(ARRIVED)
_FIGURE = (col(Tally.name), col(Tally.key), col(Tally.value))
_TAKE_MOVES = Statement(lambda: delete(Tally).where(_IS_ITS, col(Tally.part) > 0).returning(*_FIGURE))
_ARRIVALS = Statement(lambda: select(*_FIGURE).where(_IS_ITS, _IS_ARRIVAL))
_FORGET_ARRIVALS = Statement(lambda: delete(Tally).where(_IS_ITS, _IS_ARRIVAL))
_FORGET_ZEROS = Statement(lambda: delete(Tally).where(_IS_ITS, col(Tally.part) == 0, col(Tally.value) == 0))
