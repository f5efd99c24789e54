"""The queue: which entry somebody is to do next. Two who ask at once never get the same one."""

from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import and_, bindparam, func, literal_column, or_, select
from sqlmodel import col

from app.access import ACTOR, NOW, Role, as_worker, names_actor
from app.declare import RESOURCES, Values
from app.errors import Conflict, Forbidden
from app.operations import records
from app.operations.conditions import Term, condition, many, many_values, padded, term_of, values_of
from app.operations.living import is_living
from app.operations.reading import may
from app.query import Filter
from app.resources import entry_moves, entry_work
from app.resources.dataset_rows import Assignment, Dataset
from app.resources.datasets import DATASETS
from app.resources.entry_moves import Terms
from app.resources.entry_rows import Entry, owned_rows, seated_rows
from app.storage.statement import Statement
from app.work import Work
from workflow.dataset import workflow_of
from workflow.entry import SERVED
from workflow.graph import Kind
from workflow.quality import rules_of


def next_entry(work: Work, type: str, id: str, filters: tuple[Filter, ...], body: Values) -> Entry | None:
    """The entry to do next, taken; None where there is none. Raises NotFound.

    The caller's own comes first (the one under way, then what was rejected or assigned to them), then by
    priority and age what is free, or was left for longer than its lease, at a step that their role works.
    """
    may(work, "write")
    terms = tuple(term_of(one) for one in filters)
    values: dict[str, Any] = {}
    for n, (one, term) in enumerate(zip(filters, terms, strict=True)):
        values |= values_of(n, one, term)
    me = {"account_id": work.actor.account_id}
    if type == DATASETS.type:
        own = (_own_of(terms), {**values, "dataset_id": id, "size": 1})
        parent, (mine, place) = records.find_with(work, DATASETS, id, own, (_PLACE_AT, {"id": id, **me}))
        datasets = [parent]
    else:
        member = (entry_moves.MEMBER, {"project_id": id, **me})
        _, (place,) = records.find_with(work, RESOURCES[type], id, member)
        datasets = _datasets_of(work, id)
        mine = [row for dataset in datasets for row in _own(work, _own_of(terms), values, dataset)]
    mine += [
        row
        for dataset in datasets
        if has_seats(dataset)
        for row in _own(work, _seated_of(terms), values, dataset)
    ]
    entries = [entry for entry in map(RESOURCES["entries"].of, mine) if _may_go_on(entry, datasets, place)]
    if entries:
        return entry_work.renew(work, min(entries, key=_own_order), {})
    return _taken(work, terms, values, datasets, place)


def _taken(
    work: Work,
    terms: tuple[Term, ...],
    values: dict[str, Any],
    datasets: list[Dataset],
    place: list[tuple[Any, ...]],
) -> Entry | None:
    if not place and not work.actor.is_administrator:
        raise Forbidden("you have no place in the project: its entries are for its members")
    if place and place[0][2] is not None and not work.actor.is_administrator:
        raise Conflict("you are paused: nothing is given to you", code="member_paused")
    while heads := list(_all_heads(work, terms, values, datasets, place)):
        *_, entry, dataset = min(heads)  # by priority and age: no two have one id
        work.connection.hold(entry.id)
        # What is not to be had goes on by that: there is one less each time.
        if (taken := entry_work.take(work, entry, _terms_at(work, dataset, entry, place))) is not None:
            return taken
    return None


def _all_heads(
    work: Work,
    terms: tuple[Term, ...],
    values: dict[str, Any],
    datasets: list[Dataset],
    place: list[tuple[Any, ...]],
) -> Iterator[tuple[float, str, Entry, Dataset]]:
    for dataset in datasets:
        if dataset.assignment != Assignment.MANUAL:
            for entry in _heads(work, terms, values, dataset, _steps_for(work, dataset, place)):
                yield entry.priority, entry.id, entry, dataset


def _terms_at(work: Work, dataset: Dataset, entry: Entry, place: list[tuple[Any, ...]]) -> Terms:
    if entry.workflow_version != dataset.workflow_version:
        return entry_moves.terms_of(work, entry)
    caller, role = entry_moves.place_in(place, work.actor.account_id)
    workflow = workflow_of(dataset.workflow_configuration)
    return Terms(workflow, dataset.lease, frozenset(), caller, role, is_paused=False)


def _may_go_on(entry: Entry, datasets: list[Dataset], place: list[tuple[Any, ...]]) -> bool:
    """Whether ENTRY, the caller's own, is under way, or neither its step nor they are paused."""
    if entry.lease_expires_at is not None or entry.barred:
        return True
    dataset = next(one for one in datasets if one.id == entry.dataset_id)
    is_held_up = entry.wf_step in msgspec.json.decode(dataset.paused_steps)
    return not is_held_up and not (place and place[0][2] is not None)


def _own_order(entry: Entry) -> Any:
    """Under way first, then the most urgent, then the oldest."""
    return (entry.lease_expires_at is None, entry.priority, entry.id)


def _heads(
    work: Work, terms: tuple[Term, ...], values: dict[str, Any], dataset: Dataset, steps: tuple[str, ...]
) -> list[Entry]:
    """The first entry of each of STEPS that is free, and the first of all that was left, to be worked."""
    if not steps:
        return []
    is_mixed = dataset.older_steps != "[]" and not work.actor.is_administrator
    bound = {**values, "dataset_id": dataset.id, "size": 1}
    count = padded(len(steps))
    left = (_left_of(terms, is_mixed, count), {**bound, **many_values("step", list(steps), count)})
    for references in _turns(work, dataset):
        free = _free_of(terms, is_mixed, references)
        found = work.rows_together(*((free, {**bound, "step": step}) for step in steps), left)
        if any(found):
            return [RESOURCES["entries"].of(row) for rows in found for row in rows]
    return []


class References(StrEnum):
    """Which entries are looked for: those whose right answer is known, the others, or both alike."""

    ONLY = "only"
    NONE = "none"
    ALIKE = "alike"


def _turns(work: Work, dataset: Dataset) -> tuple[References, ...]:
    """Which entries the caller is given, and which where there are none of these."""
    if dataset.quality_configuration == "{}":
        return (References.ALIKE,)
    rate = rules_of(msgspec.json.decode(dataset.quality_configuration)).reference_rate
    if rate is None:
        return (References.ALIKE,)
    turns = (References.ONLY, References.NONE)
    return turns if work.sources.chance() < rate else turns[::-1]


def _own(work: Work, statement: Statement, values: dict[str, Any], dataset: Dataset) -> Any:
    return work.rows(statement, {**values, "dataset_id": dataset.id, "size": 1})


def _steps_for(work: Work, dataset: Dataset, place: list[tuple[Any, ...]]) -> tuple[str, ...]:
    """The steps from which the caller may take entries now."""
    caller, role = entry_moves.place_in(place, work.actor.account_id)
    if work.actor.is_administrator:
        role = Role.OWNER.value
    configuration, paused = dataset.workflow_configuration, dataset.paused_steps
    return _steps_of(configuration, dataset.older_steps, paused, role or "", caller.account)


@lru_cache(1024)
def _steps_of(configuration: str, older: str, paused: str, role: str, account: str) -> tuple[str, ...]:
    """The steps of a workflow that who has ROLE works; those of its OLDER versions, and no PAUSED ones.

    Who works a step of an older version is asked of each entry. An owner works them all, but programs' own.
    """
    steps = workflow_of(configuration).graph.steps.values()
    is_owner = role == Role.OWNER
    names = [
        step.name
        for step in steps
        if step.is_worked
        and (step.is_worked_by(account, role or None) or (is_owner and step.kind is not Kind.AGENT))
    ]
    names += msgspec.json.decode(older)
    held_up = set(msgspec.json.decode(paused))
    return tuple(name for name in dict.fromkeys(names) if name not in held_up)


def has_seats(dataset: Dataset) -> bool:
    """Whether entries of the dataset may have several seats."""
    if dataset.older_steps != "[]":
        return True
    steps = workflow_of(dataset.workflow_configuration).graph.steps.values()
    return any(step.kind is Kind.CONSENSUS for step in steps)


def _asked(terms: tuple[Term, ...]) -> list[Any]:
    """The conditions of the entries of the dataset, which is living, that there is something to do at, and
    that TERMS ask for."""
    card = RESOURCES["entries"]
    is_its = col(Entry.dataset_id) == bindparam("dataset_id")
    is_asked = [condition(card, n, term, card.columns) for n, term in enumerate(terms)]
    is_served = or_(*(col(Entry.status) == status.value for status in sorted(SERVED)))
    return [is_its, col(Entry.deleted_at).is_(None), *is_asked, is_served]


@lru_cache(256)
def _own_of(terms: tuple[Term, ...]) -> Statement:
    """The caller's own first entry of a dataset: under way or, where none is, waiting for them.

    There may be thousands that wait: each of the two is the head of an index.
    """

    def build() -> Any:
        card = RESOURCES["entries"]
        is_own = (col(Entry.assigned_to_id) == ACTOR, col(Entry.worked_by).is_not(None))
        lease = col(Entry.lease_expires_at)
        own = select(col(Entry.id)).where(*_asked(terms), *is_own)
        own = own.order_by(col(Entry.priority), col(Entry.id)).limit(bindparam("size")).correlate(None)
        heads = [own.where(kind).scalar_subquery() for kind in (lease.is_not(None), lease.is_(None))]
        rows = select(*card.columns.values()).where(col(Entry.id) == func.coalesce(*heads), *is_own)
        return rows.with_for_update(of=card.table, skip_locked=True, key_share=True)

    return Statement(build)


@lru_cache(256)
def _seated_of(terms: tuple[Term, ...]) -> Statement:
    """The first entry of a dataset at whose consensus the caller has a seat."""

    def build() -> Any:
        card = RESOURCES["entries"]
        rows = select(*card.columns.values()).where(*_asked(terms), seated_rows())
        rows = rows.order_by(col(Entry.priority), col(Entry.id)).limit(bindparam("size"))
        return rows.with_for_update(of=card.table, key_share=True)

    return Statement(build)


@lru_cache(256)
def _free_of(terms: tuple[Term, ...], is_mixed: bool, references: References) -> Statement:
    """The first entry of a dataset's step that nobody has."""

    def build() -> Any:
        columns = (Entry.assigned_to_id, Entry.lease_expires_at)
        is_free = and_(*(col(column).is_(None) for column in columns), col(Entry.worked_by).is_not(None))
        asked = [is_free, col(Entry.wf_step) == bindparam("step")]
        if references is not References.ALIKE:
            asked.append(col(Entry.is_reference) == literal_column(str(int(references is References.ONLY))))
        return _first(terms, is_mixed, *asked)

    return Statement(build)


@lru_cache(256)
def _left_of(terms: tuple[Term, ...], is_mixed: bool, count: int) -> Statement:
    """The first entry of a dataset, at one of COUNT steps, that somebody has had beyond their lease."""

    def build() -> Any:
        is_left = and_(col(Entry.lease_expires_at) <= NOW, col(Entry.worked_by).is_not(None))
        steps = many("step", count, col(Entry.wf_step))
        return _first(terms, is_mixed, is_left, col(Entry.wf_step).in_(steps))

    return Statement(build)


def _first(terms: tuple[Term, ...], is_mixed: bool, *conditions: Any) -> Any:
    """The first entry, by its step's order, that the caller may work. IS_MIXED: a step's name alone does not
    tell whether they do, since versions of the workflow differ.
    """
    card = RESOURCES["entries"]
    # Nobody reviews what they submitted themselves, nor has two seats.
    conditions = (*_asked(terms), *conditions, ~names_actor(Entry.barred))
    if is_mixed:
        conditions = (*conditions, or_(owned_rows(), as_worker(Entry.project_id, Entry.worked_by)))
    rows = select(*card.columns.values()).where(*conditions)
    rows = rows.order_by(col(Entry.rank), col(Entry.id)).limit(bindparam("size"))
    # On PostgreSQL: who is being taken by another transaction is passed over.
    return rows.with_for_update(of=card.table, skip_locked=True, key_share=True)


def _datasets_of(work: Work, project_id: str) -> list[Dataset]:
    return [DATASETS.of(row) for row in work.rows(_DATASETS, {"project_id": project_id})]


def _project_of(dataset_id: Any) -> Any:
    id = DATASETS.columns["id"]
    return select(DATASETS.columns["project_id"]).where(id == dataset_id).scalar_subquery()


_PLACE_AT = Statement(lambda: entry_moves.member_by(_project_of(bindparam("id"))))
_DATASETS = Statement(
    lambda: (
        select(*DATASETS.columns.values())
        .where(
            DATASETS.columns["project_id"] == bindparam("project_id"),
            DATASETS.columns["status"] != "completed",
            *is_living(DATASETS),
        )
        .order_by(DATASETS.columns["id"])
    )
)
