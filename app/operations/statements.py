"""From a query to a statement: one for each shape, compiled once and kept while it is asked for."""

from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select, update

from app.declare import Resource
from app.operations.conditions import Order, Term, beyond, condition, cursor_values, many, order_by
from app.query import Query
from app.storage.statement import Statement
from app.work import Sight


class Shape(NamedTuple):
    """All of a list query but its values."""

    card: Resource
    fields: tuple[str, ...]  # the columns to select
    sight: Sight
    terms: tuple[Term, ...]
    orders: tuple[Order, ...]
    is_backward: bool = False
    nulls: tuple[bool, ...] | None = None  # of the cursor's keys; None: no cursor


def orders_of(query: Query) -> tuple[Order, ...]:
    """The total order that QUERY asks for: the id breaks ties, and nothing comes after it."""
    orders: list[Order] = []
    for name in (*query.sort, "id"):
        order = Order(name.removeprefix("-"), name.startswith("-"))
        orders.append(order)
        if order.field == "id":
            break
    return tuple(orders)


@lru_cache(2048)
def page_of(shape: Shape) -> Statement:
    """The rows of one page. Parameters: those of the terms, `size`, and `skip` or the cursor's."""

    def build() -> Any:
        card = shape.card
        rows = select(*(card.columns[field] for field in shape.fields)).where(*_conditions(shape))
        rows = rows.order_by(*order_by(card, shape.orders, is_reversed=shape.is_backward))
        rows = rows.limit(bindparam("size"))
        if shape.nulls is None:
            return rows.offset(bindparam("skip"))
        return rows.where(beyond(card, shape.orders, shape.nulls, shape.is_backward))

    return Statement(build)


@lru_cache(1024)
def count_of(shape: Shape) -> Statement:
    """How many rows match, of all pages."""
    return Statement(lambda: select(func.count()).select_from(shape.card.model).where(*_conditions(shape)))


def _conditions(shape: Shape) -> list[Any]:
    terms = [condition(shape.card, n, term) for n, term in enumerate(shape.terms)]
    return [*terms, shape.card.access.read(shape.sight)]


@lru_cache(512)
def record_of(card: Resource, fields: tuple[str, ...], sight: Sight) -> Statement:
    """FIELDS of the record `id`, where the actor may read it."""
    columns = [card.columns[field] for field in fields]
    return Statement(
        lambda: select(*columns).where(card.columns["id"] == bindparam("id"), card.access.read(sight))
    )


class Hold(Enum):
    """What others may do meanwhile to a record that a change has found (PostgreSQL's row locks)."""

    CHANGED = "FOR NO KEY UPDATE"  # wait: the record is to be changed
    KEPT = "FOR KEY SHARE"  # all but delete it: something is to belong to it


@lru_cache(512)
def held_of(card: Resource, scope: Any, sight: Sight, hold: Hold) -> Statement:
    """All of the record `id`, where the actor may read it, and last whether it lies in SCOPE."""

    def build() -> Any:
        columns = [*card.columns.values(), scope(sight).label("is_allowed")]
        rows = select(*columns).where(card.columns["id"] == bindparam("id"), card.access.read(sight))
        return rows.with_for_update(of=card.table, key_share=True, read=hold is Hold.KEPT)

    return Statement(build)


@lru_cache(256)
def allowed_of(card: Resource, scope: Any, sight: Sight) -> Statement:
    """A row where the record `id` lies in SCOPE."""
    return Statement(
        lambda: select(card.columns["id"]).where(card.columns["id"] == bindparam("id"), scope(sight))
    )


@lru_cache(1024)
def related_of(card: Resource, fields: tuple[str, ...], key: str, count: int, sight: Sight) -> Statement:
    """FIELDS of the readable records whose column KEY is one of COUNT parameters `k`, at most `size`."""

    def build() -> Any:
        column = card.columns[key]
        rows = select(*(card.columns[field] for field in fields))
        rows = rows.where(column.in_(many("k", count, column)), card.access.read(sight))
        return rows.order_by(column, card.columns["id"]).limit(bindparam("size"))

    return Statement(build)


@lru_cache(256)
def insert_of(card: Resource) -> Statement:
    """A new row. Parameters: `v_` and each written field."""
    columns: dict[Any, Any] = {card.columns[field]: bindparam(f"v_{field}") for field in card.written_fields}
    return Statement(lambda: insert(card.model).values(columns))


@lru_cache(1024)
def update_of(card: Resource, fields: tuple[str, ...]) -> Statement:
    """FIELDS of the record `id` set, where it still has the version `expected`."""

    def build() -> Any:
        columns: dict[Any, Any] = {card.columns[field]: bindparam(f"v_{field}") for field in fields}
        is_it = card.columns["id"] == bindparam("k_id")
        return (
            update(card.model).where(is_it, card.columns["version"] == bindparam("expected")).values(columns)
        )

    return Statement(build)


@lru_cache(256)
def delete_of(card: Resource) -> Statement:
    return Statement(lambda: delete(card.model).where(card.columns["id"] == bindparam("id")))


def page_values(query: Query) -> dict[str, Any]:
    """The parameters of a page beside its filters. One row more is asked for, to know of a next page."""
    values: dict[str, Any] = {"size": query.size + 1}
    if query.cursor is None:
        return values | {"skip": (query.number - 1) * query.size}
    return values | cursor_values(query.cursor)
