"""The queue: which entry somebody is to do next. Two who ask at once never get the same one."""

from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, func, or_, select
from sqlmodel import col

from app.access import ACTOR, NOW, Role
from app.declare import RESOURCES, Values
from app.operations import records
from app.operations.conditions import Term, condition, term_of, values_of
from app.operations.living import is_living
from app.operations.reading import may
from app.query import Filter
from app.resources import entry_work
from app.resources.datasets import DATASETS, Assignment, Dataset
from app.resources.entry_rows import Entry
from app.storage.statement import Statement
from app.work import Work
from workflow.entry import SERVED, Person


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
        member = (entry_work.MEMBER, {"project_id": id, **me})
        _, (place,) = records.find_with(work, RESOURCES[type], id, member)
        datasets = _datasets_of(work, id)
        mine = [row for dataset in datasets for row in _own(work, terms, values, dataset)]
    if mine:
        entries = map(RESOURCES["entries"].of, mine)
        return entry_work.renew(work, min(entries, key=_own_order), {})
    return _taken(work, terms, values, datasets, *entry_work.place_in(place, work.actor.account_id))


def _taken(
    work: Work,
    terms: tuple[Term, ...],
    values: dict[str, Any],
    datasets: list[Dataset],
    caller: Person,
    role: str | None,
) -> Entry | None:
    heads = [
        (entry.priority, entry.id, entry, dataset)
        for dataset in datasets
        if dataset.assignment != Assignment.MANUAL
        for worked_by in _roles(work, role)
        for entry in _heads(work, terms, values, dataset, worked_by)
    ]
    if not heads:
        return None
    *_, entry, dataset = min(heads)  # by priority and age: no two have one id
    work.connection.hold(entry.id)
    return entry_work.take(work, entry, caller, dataset.lease)


def _own_order(entry: Entry) -> Any:
    """Under way first, then the most urgent, then the oldest."""
    return (entry.lease_expires_at is None, entry.priority, entry.id)


def _heads(
    work: Work, terms: tuple[Term, ...], values: dict[str, Any], dataset: Dataset, role: str
) -> list[Entry]:
    """The first entry of the dataset that is free, and the first that was left, for ROLE to work."""
    bound = {**values, "dataset_id": dataset.id, "role": role, "size": 1}
    free, left = work.rows_together((_head_of("free", terms), bound), (_head_of("left", terms), bound))
    return [RESOURCES["entries"].of(row) for row in (*free, *left)]


def _own(work: Work, terms: tuple[Term, ...], values: dict[str, Any], dataset: Dataset) -> Any:
    return work.rows(_own_of(terms), {**values, "dataset_id": dataset.id, "size": 1})


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
def _head_of(kind: str, terms: tuple[Term, ...]) -> Statement:
    """The first entries of a dataset that are `free`, or `left` beyond their lease."""

    def build() -> Any:
        card = RESOURCES["entries"]
        rows = select(*card.columns.values()).where(*_asked(terms))
        # Nobody reviews what they submitted themselves.
        is_own = (col(Entry.submitted_by_id) == ACTOR) & (col(Entry.worked_by) == Role.REVIEWER.value)
        is_others = or_(col(Entry.submitted_by_id).is_(None), ~is_own)
        rows = rows.where(col(Entry.worked_by) == bindparam("role"), is_others)
        is_free = col(Entry.assigned_to_id).is_(None)
        rows = rows.where(is_free if kind == "free" else col(Entry.lease_expires_at) <= NOW)
        rows = rows.order_by(col(Entry.priority), col(Entry.id)).limit(bindparam("size"))
        # On PostgreSQL: who is being taken by another transaction is passed over.
        return rows.with_for_update(of=card.table, skip_locked=True, key_share=True)

    return Statement(build)


def _roles(work: Work, role: str | None) -> list[str]:
    """The roles by which the caller, who has ROLE in the project, works: an owner works by all."""
    if work.actor.is_administrator or role == Role.OWNER:
        return [Role.ANNOTATOR.value, Role.REVIEWER.value]
    return [role] if role else []


def _datasets_of(work: Work, project_id: str) -> list[Dataset]:
    return [DATASETS.of(row) for row in work.rows(_DATASETS, {"project_id": project_id})]


def _project_of(dataset_id: Any) -> Any:
    id = DATASETS.columns["id"]
    return select(DATASETS.columns["project_id"]).where(id == dataset_id).scalar_subquery()


_PLACE_AT = Statement(lambda: entry_work.member_by(_project_of(bindparam("id"))))
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
