"""Records as Segments' paths name them: a dataset by its owner and name, a sample by its id."""

from collections.abc import Sequence
from typing import Any

from app.attributes import is_id
from app.declare import RESOURCES, Resource
from app.errors import Conflict, NotFound
from app.operations.reading import every, index, show
from app.query import Filter, Query
from app.resources.owners import owner_named
from app.work import Work

_CHUNK = 1000  # ids of one filter


def only(name: str, *values: Any) -> Filter:
    """Records whose attribute NAME is one of VALUES; None matches those that have none."""
    return Filter(name, "in" if len(values) > 1 else "eq", values)


def all_of(work: Work, card: Resource, *filters: Filter, sort: tuple[str, ...] = ()) -> list[Any]:
    """Every record that the actor may read and that matches all FILTERS."""
    with every(work, card, Query(filters=filters, sort=sort), card.fields) as fetch:
        found = []
        while rows := fetch(_CHUNK):
            found += [card.of(row) for row in rows]
    return found


def all_with(work: Work, card: Resource, key: str, ids: Sequence[str], *filters: Filter) -> list[Any]:
    """Every such record whose KEY is one of IDS."""
    found: list[Any] = []
    for start in range(0, len(ids), _CHUNK):
        found += all_of(work, card, only(key, *ids[start : start + _CHUNK]), *filters)
    return found


def some_of(work: Work, card: Resource, query: Query) -> list[Any]:
    """The records of one page."""
    return [card.of(row) for row in index(work, card, query, card.fields).rows]


def one(work: Work, type: str, id: str) -> Any:
    """The record. Raises NotFound where the actor may not read it, and for what is no id."""
    card = RESOURCES[type]
    if not is_id(id):
        raise NotFound(f"{id[:64]} is the uuid of nothing")
    return card.of(show(work, card, id.lower(), card.fields))


def dataset_named(work: Work, owner: str, name: str) -> Any:
    """The dataset called NAME of the OWNER, or whose id is NAME. Raises NotFound; Conflict for many."""
    account_id = owner_named(work, owner).account_id
    card, of_owner = RESOURCES["datasets"], only("owner_id", account_id)
    found = some_of(work, card, Query(filters=(only("name", name), of_owner), size=2))
    if not found and is_id(name):
        found = some_of(work, card, Query(filters=(only("id", name.lower()), of_owner), size=1))
    if not found:
        raise NotFound(f"The dataset {owner[:64]}/{name[:64]} does not exist.")
    if len(found) > 1:
        raise Conflict(f"several datasets are called {owner}/{name}: say the id of one in place of its name")
    return found[0]
