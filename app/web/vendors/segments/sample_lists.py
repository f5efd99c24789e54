"""Lists of samples: which of a dataset's entries are asked for, and in which order. It must not tell them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from app.declare import RESOURCES
from app.errors import BadQuery
from app.operations.reading import every
from app.query import Filter, Query
from app.web.vendors.segments.finding import all_with, only, some_of
from app.web.vendors.segments.pages import Paging, paging
from app.web.vendors.segments.sample_objects import name_of_sample, status_of
from app.web.vendors.segments.statuses import STATUSES
from app.work import Work

# Ours count down where Segments' count up; what is not known orders nothing, as there.
_SORTS = {
    "name": "external_id",
    "created_at": "created_at",
    "priority": "-priority",
    "gt_label__updated_at": "updated_at",
}
_MOST = 20  # filters by metadata
_CHUNK = 2000
_LOOKED_AT = (  # what filters look at that no database compares
    *("id", "external_id", "resource", "metadata_"),
    *("status", "label_status", "assigned_to_id", "lease_expires_at"),
)


class Asked(NamedTuple):
    """What a list is asked for."""

    page: Paging
    sort: tuple[str, ...]
    name: str = ""
    statuses: frozenset[str] = frozenset()
    metadata: tuple[tuple[str, str], ...] = ()

    @property
    def is_filtered(self) -> bool:
        return bool(self.name or self.statuses or self.metadata)


def asked(query: Mapping[str, str]) -> Asked:
    """What QUERY asks for. Raises NotFound for no page, BadQuery."""
    sort = query.get("sort", "")
    field = _SORTS.get(sort.removeprefix("-"), _SORTS["name"])
    is_down = sort.startswith("-") is not field.startswith("-")
    statuses = frozenset(one for one in query.get("label_status", "").upper().split(",") if one)
    if unknown := statuses - STATUSES:
        raise BadQuery(f"label_status: {', '.join(sorted(unknown))[:64]} is none", "label_status")
    pairs = [one.partition(":") for one in query.get("filters", "").split(",") if one]
    if len(pairs) > _MOST or not all(colon for _, colon, _ in pairs):
        raise BadQuery(f"filters: at most {_MOST} of key:value, by comma", "filters")
    name = query.get("name__contains", "")
    return Asked(
        paging(query),
        (("-" if is_down else "") + field.removeprefix("-"),),
        name,
        statuses,
        tuple((key, value) for key, _, value in pairs),
    )


def entries_of(work: Work, dataset: Any, wanted: Asked) -> list[Any]:
    """The entries on the page that is WANTED. Raises NotFound behind the last page."""
    card = RESOURCES["entries"]
    of_dataset = only("dataset_id", dataset.id)
    if not wanted.is_filtered:
        query = Query((of_dataset,), wanted.sort, wanted.page.number, wanted.page.size)
        return list(wanted.page.checked(some_of(work, card, query)))
    ids = wanted.page.of(_matching(work, of_dataset, wanted))
    found = {one.id: one for one in all_with(work, card, "id", ids)}
    return [found[id] for id in ids if id in found]


def _matching(work: Work, of_dataset: Filter, wanted: Asked) -> Sequence[str]:
    """The ids of all that match, in order: names are contained, and statuses told, by no database."""
    card = RESOURCES["entries"]
    matches = _match(wanted)
    ids: list[str] = []
    with every(work, card, Query((of_dataset,), wanted.sort), _LOOKED_AT) as fetch:
        while rows := fetch(_CHUNK):
            looked = (_Looked(*row) for row in rows)
            ids += [one.id for one in looked if matches(one)]
    return ids


class _Looked(NamedTuple):
    id: str
    external_id: str | None
    resource: str
    metadata_: str
    status: str
    label_status: str | None
    assigned_to_id: str | None
    lease_expires_at: str | None


def _match(wanted: Asked) -> Callable[[_Looked], bool]:
    def matches(entry: _Looked) -> bool:
        if wanted.name and wanted.name not in name_of_sample(entry):
            return False
        if wanted.statuses and (status_of(entry) or "UNLABELED") not in wanted.statuses:
            return False
        return not wanted.metadata or _has(msgspec.json.decode(entry.metadata_), wanted.metadata)

    return matches


def _has(metadata: Any, pairs: Sequence[tuple[str, str]]) -> bool:
    return all(key in metadata and value in _texts(metadata[key]) for key, value in pairs)


def _texts(value: Any) -> tuple[str, ...]:
    """How VALUE may be written in a query."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list):
        return tuple(text for one in value for text in _texts(one))
    return (msgspec.json.encode(value).decode(), str(value))
