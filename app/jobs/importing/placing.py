"""Makes entries of items: what is new is added, what is there already is told. In one transaction.

As who asked for the import, under the rules that hold for requests.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from app.declare import RESOURCES, Values
from app.errors import Conflict, Problem
from app.jobs.importing.annotating import Options, annotate
from app.jobs.importing.items import Item
from app.jobs.kinds import ItemError
from app.json import text_of
from app.operations import changes, records
from app.operations.conditions import many, many_values, padded
from app.resources import files
from app.resources.items import key_of
from app.resources.layer_statuses import LayerStatus
from app.storage.statement import Statement
from app.work import Work
from workflow.entry import UNDONE, Status


class Known(NamedTuple):
    """An entry that is there already."""

    id: str
    external_id: str | None
    item_key: str | None
    content_hash: str | None
    status: str
    job_id: str | None


class Place(NamedTuple):
    """Where items come: a dataset, by a job, and how."""

    organization_id: str
    dataset_id: str
    job_id: str
    options: Options


class Placed(NamedTuple):
    """How many entries were made, or are waited for anew; and what could not be, and why."""

    made: int
    errors: list[ItemError]


def place_items(work: Work, place: Place, items: Sequence[Item]) -> Placed:
    """Make entries of ITEMS. A re-run of the same items adds nothing."""
    hold(work, place.dataset_id)
    known = _Index(_known(work, place.dataset_id, items))
    new: list[Item] = []
    errors: list[ItemError] = []
    entries: list[tuple[Item, str]] = []
    renewed = 0
    for item in items:
        found = known.find(item)
        if found is None:
            new.append(item)
            known.add(item)
        elif found.status in UNDONE and place.options.download and found.job_id != place.job_id:
            entry = records.find(work, RESOURCES["entries"], found.id)
            changes.change(work, RESOURCES["entries"], entry, _waiting(place), "wait")
            renewed += 1
        elif item.annotations is not None and found.id:
            entries.append((item, found.id))
        else:
            errors.append(ItemError(item.name, "duplicate", _told(found)))
    made, refused = _make(work, place, new)
    unmarked = annotate(work, place.dataset_id, place.options, [*made, *entries])
    return Placed(len(made) + renewed, [*errors, *refused, *unmarked])


def hold(work: Work, dataset_id: str) -> None:
    """Let no other import look at the dataset meanwhile: both would miss what the other brings."""
    work.rows(_HOLD, {"id": dataset_id})


def _told(found: Known) -> str:
    if not found.id:
        return "the import has the same item before this one"
    return f"the entry {found.id} is of the same item"


def _waiting(place: Place) -> Values:
    return {"status": Status.PENDING.value, "job_id": place.job_id}


class _Index:
    """Entries by what tells them apart."""

    def __init__(self, known: Iterable[Known]) -> None:
        self._by: dict[tuple[str, str], Known] = {}
        for one in known:
            for name in ("external_id", "item_key", "content_hash"):
                if (value := getattr(one, name)) is not None:
                    self._by[name, value] = one

    def find(self, item: Item) -> Known | None:
        return next((self._by[key] for key in _keys(item) if key in self._by), None)

    def add(self, item: Item) -> None:
        """Know ITEM, which is to become an entry."""
        for key in _keys(item):
            self._by[key] = Known("", item.external_id, None, None, "", None)


def _keys(item: Item) -> Iterable[tuple[str, str]]:
    if item.external_id is not None:
        yield "external_id", item.external_id
    if item.content is not None:
        yield "content_hash", item.content.hash
    elif item.external_id is None:
        yield "item_key", key_of(item.resource)


def _known(work: Work, dataset_id: str, items: Sequence[Item]) -> list[Known]:
    """The entries of the dataset that ITEMS may be of."""
    asked: dict[str, list[str]] = {}
    for item in items:
        for name, value in _keys(item):
            asked.setdefault(name, []).append(value)
    found: list[Known] = []
    for name, values in asked.items():
        statement = _by(name, padded(len(values)))
        bound = many_values("k", values, padded(len(values))) | {"dataset_id": dataset_id}
        found += (Known(*row) for row in work.rows(statement, bound))
    return found


@lru_cache(64)
def _by(name: str, count: int) -> Statement:
    def build() -> Any:
        columns = RESOURCES["entries"].columns
        return select(*(columns[field] for field in Known._fields)).where(
            columns["dataset_id"] == bindparam("dataset_id"),
            columns[name].in_(many("k", count, columns[name])),
            columns["deleted_at"].is_(None),
        )

    return Statement(build)


def _make(work: Work, place: Place, items: Sequence[Item]) -> tuple[list[tuple[Item, str]], list[ItemError]]:
    """The entries of ITEMS, by their ids; and what refused which of them."""
    if not items:
        return [], []
    for item in items:
        if item.content is not None:
            its = item.content
            files.add(work, place.organization_id, files.Content(its.hash, its.media_type, its.size))
    card = RESOURCES["entries"]
    many_values_of = [_values(place, item) for item in items]
    try:
        with work.connection.attempt():
            made = records.create_many(work, card, many_values_of)
            return [(item, one.row.id) for item, one in zip(items, made, strict=True)], []
    except Problem as error:
        if not isinstance(error, Conflict) and len(items) == 1:
            return [], [_refusal(items[0], error)]
    return _make_one_by_one(work, place, items)


def _make_one_by_one(
    work: Work, place: Place, items: Sequence[Item]
) -> tuple[list[tuple[Item, str]], list[ItemError]]:
    made: list[tuple[Item, str]] = []
    errors: list[ItemError] = []
    for item in items:
        try:
            with work.connection.attempt():
                created = records.create(work, RESOURCES["entries"], _values(place, item))
            made.append((item, created.row.id))
        except Problem as error:
            errors.append(_refusal(item, error))
    return made, errors


def _refusal(item: Item, error: Problem) -> ItemError:
    return ItemError(item.name, error.code, error.detail)


def _values(place: Place, item: Item) -> Values:
    options = place.options
    values: Values = {
        "dataset_id": place.dataset_id,
        "resource": item.resource,
        "external_id": item.external_id,
        "split": item.split,
        "metadata_": text_of(item.metadata),
        "priority": item.priority,
        "width": item.width,
        "height": item.height,
        "label_status": _label_status(options, item),
        "media": text_of(item.media) if item.media is not None else None,
        "vendor": text_of(item.vendor) if item.vendor else None,
    }
    if item.content is not None:
        values |= {"content_hash": item.content.hash, "media_type": item.content.media_type}
    elif options.download:
        values |= _waiting(place)
    if options.keeps_authorship and item.created_at is not None:
        values["created_at"] = item.created_at
    return values


def _label_status(options: Options, item: Item) -> str | None:
    if item.annotations is None or not options.is_ground_truth:
        return None
    return (item.label_status or LayerStatus.PRELABELED).value


def _hold() -> Any:
    card = RESOURCES["datasets"]
    held = select(card.columns["id"]).where(card.columns["id"] == bindparam("id"))
    return held.with_for_update(of=card.table, key_share=True)


_HOLD = Statement(_hold)
