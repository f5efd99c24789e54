"""Puts imported annotations into layers of entries. What people made is left alone, unless it is to go."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, select

from app.attributes import is_id
from app.declare import RESOURCES, Values
from app.jobs.importing.items import Item, Mark
from app.jobs.kinds import ItemError
from app.json import text_of
from app.operations import changes
from app.operations.conditions import many, many_values, padded
from app.operations.rows import living
from app.resources import label_rules
from app.resources.layer_statuses import GROUND_TRUTH, LayerStatus
from app.storage.statement import Statement
from app.work import Work
from workflow.entry import COUNTED_AS_COMPLETED, Status

_NAMED = 500  # authors that one statement asks for


class Options(NamedTuple):
    """How an import goes about it."""

    label_set: str = GROUND_TRUTH
    replaces: bool = False
    keeps_authorship: bool = False
    download: bool = False

    @property
    def is_ground_truth(self) -> bool:
        return self.label_set == GROUND_TRUTH


class _Layer(NamedTuple):
    """A layer that annotations go into. MARKS are those that it has."""

    id: str
    entry: Any
    marks: Sequence[Any]


def annotate(
    work: Work, dataset_id: str, options: Options, items: Sequence[tuple[Item, str]]
) -> list[ItemError]:
    """Give the entries of ITEMS, each with its entry's id, their annotations; what could not be, and why."""
    marked = {id: item for item, id in items if item.annotations is not None}
    if not marked:
        return []
    rules = label_rules.of_dataset(work, dataset_id)
    errors: list[ItemError] = []
    rows: list[Values] = []
    layers = _layers(work, options, marked)
    authors = _authors(work, marked.values()) if options.keeps_authorship else frozenset()
    for id, item in marked.items():
        layer = layers[id]
        if (refusal := _refusal(options, layer)) is not None:
            errors.append(ItemError(item.name, *refusal))
            continue
        _tell(work, options, layer, item)
        if item.layer_vendor:
            _tell_layer(work, layer, item)
        for mark in layer.marks:
            changes.remove(work, RESOURCES["annotations"], mark)
        for n, mark in enumerate(item.annotations or ()):
            faults = rules.faults(mark.dimensions, mark.annotation) if rules is not None else []
            if faults:
                where = f"{item.name}#/annotations/{n}{faults[0].pointer or ''}"
                errors.append(ItemError(where, faults[0].code, faults[0].detail))
            else:
                rows.append(_row(work, options, layer, mark, authors))
    if rows:
        changes.add_many(work, RESOURCES["annotations"], rows)
    return errors


def _tell(work: Work, options: Options, layer: _Layer, item: Item) -> None:
    """Let an entry of which nobody has said anything tell that it is prelabeled."""
    entry = layer.entry
    if options.is_ground_truth and entry.label_status is None and entry.status == Status.READY:
        status = item.label_status or LayerStatus.PRELABELED
        changes.change(work, RESOURCES["entries"], entry, {"label_status": str(status)}, "label")


def _tell_layer(work: Work, layer: _Layer, item: Item) -> None:
    """Let the layer have what other systems say of the marks that it is given."""
    (row,) = _held(work, "layers", "id", [layer.id])
    vendor = msgspec.json.decode(row.vendor) | item.layer_vendor
    values = {"vendor": text_of(vendor), "score": item.score if item.score is not None else row.score}
    changes.change(work, RESOURCES["layers"], row, values)


def _refusal(options: Options, layer: _Layer) -> tuple[str, str] | None:
    if layer.marks and not options.replaces:
        return "layer_not_empty", "the entry has annotations there already: import with replace to renew them"
    if options.is_ground_truth and layer.entry.status in COUNTED_AS_COMPLETED:
        return "entry_completed", "the entry is completed: reopen it first"
    return None


def _layers(work: Work, options: Options, marked: Mapping[str, Item]) -> dict[str, _Layer]:
    """The layer of each entry of MARKED; made where the entry has none of that label set."""
    entries = {one.id: one for one in _held(work, "entries", "id", list(marked))}
    ids = {id: id for id in entries}
    if not options.is_ground_truth:
        ids = {
            one.entry_id: one.id
            for one in _held(work, "layers", "entry_id", list(entries))
            if one.label_set == options.label_set
        }
        ids |= {id: _made(work, options, entry, marked[id]) for id, entry in entries.items() if id not in ids}
    marks: dict[str, list[Any]] = {}
    for one in _held(work, "annotations", "layer_id", list(ids.values())):
        marks.setdefault(one.layer_id, []).append(one)
    return {id: _Layer(ids[id], entry, marks.get(ids[id], ())) for id, entry in entries.items()}


def _held(work: Work, type: str, field: str, values: list[str]) -> list[Any]:
    return living(work, RESOURCES[type], field, values, is_held=True)


def _made(work: Work, options: Options, entry: Any, item: Item) -> str:
    values = {
        "organization_id": entry.organization_id,
        "project_id": entry.project_id,
        "dataset_id": entry.dataset_id,
        "entry_id": entry.id,
        "label_set": options.label_set,
        "status": (item.label_status or LayerStatus.PRELABELED).value,
        "score": item.score,
        "created_by_id": work.actor.account_id,
    }
    layer: Any = changes.add(work, RESOURCES["layers"], values)
    id: str = layer.id
    return id


def _authors(work: Work, items: Iterable[Item]) -> frozenset[str]:
    """The accounts of the organization that ITEMS name as authors: those of others are names like any."""
    named = {mark.created_by or "" for item in items for mark in item.annotations or ()}
    ids = sorted(name.lower() for name in named if is_id(name))
    values = {"organization_id": work.actor.organization_id}
    found: set[str] = set()
    for start in range(0, len(ids), _NAMED):
        some = ids[start : start + _NAMED]
        bound = values | many_values("k", some, padded(len(some)))
        found |= {id for (id,) in work.rows(_accounts(padded(len(some))), bound)}
    return frozenset(found)


@lru_cache(16)
def _accounts(count: int) -> Statement:
    def build() -> Any:
        columns = RESOURCES["accounts"].columns
        is_one = columns["id"].in_(many("k", count, columns["id"]))
        return select(columns["id"]).where(is_one, columns["organization_id"] == bindparam("organization_id"))

    return Statement(build)


def _row(work: Work, options: Options, layer: _Layer, mark: Mark, authors: frozenset[str]) -> Values:
    entry = layer.entry
    row: Values = {
        "organization_id": entry.organization_id,
        "project_id": entry.project_id,
        "dataset_id": entry.dataset_id,
        "entry_id": entry.id,
        "layer_id": layer.id,
        "dimensions": text_of(mark.dimensions),
        "annotation": text_of(mark.annotation),
        "metadata_": text_of(mark.metadata),
        "created_by_email": work.actor.email,
        "created_by_id": work.actor.account_id,
    }
    if options.keeps_authorship:
        row |= _authorship(mark, authors)
    return row


def _authorship(mark: Mark, authors: frozenset[str]) -> Values:
    """Who made MARK and when, as far as it says."""
    said: Values = {} if mark.created_at is None else {"created_at": mark.created_at}
    if mark.created_by is None:
        return said
    is_account = mark.created_by.lower() in authors
    return said | (
        {"created_by_id": mark.created_by.lower(), "created_by_email": ""}
        if is_account
        else {"created_by_id": "", "created_by_email": mark.created_by[:254]}
    )
