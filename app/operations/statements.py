"""From a query to a statement: one for each shape, compiled once and kept while it is asked for."""

from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BinaryExpression, ColumnClause, bindparam, delete, func, insert, null, select, update
from sqlalchemy.sql.operators import eq, in_op, not_in_op
from sqlalchemy.sql.visitors import replacement_traverse

from app.declare import RESOURCES, Resource
from app.operations.conditions import Order, Term, beyond, condition, cursor_values, many, order_by
from app.operations.living import DOOMED, has_living_ancestors, is_living
from app.operations.merging import merged, split_term
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
    """The total order that QUERY asks for.

    The id breaks ties, in the direction of what is before it, so that one index serves both ways.
    """
    is_down = bool(query.sort) and query.sort[-1].startswith("-")
    orders: list[Order] = []
    for name in (*query.sort, "-id" if is_down else "id"):
        order = Order(name.removeprefix("-"), name.startswith("-"))
        orders.append(order)
        if order.field == "id":
            break
    return tuple(orders)


@lru_cache(2048)
def page_of(shape: Shape) -> Statement:
    """The rows of one page. Parameters: those of the terms, `size`, and `skip` or the cursor's."""

    def build() -> Any:
        rows = _in_order(shape).limit(bindparam("size"))
        return rows.offset(bindparam("skip")) if shape.nulls is None else rows

    return Statement(build)


@lru_cache(1024)
def deep_page_of(shape: Shape) -> Statement:
    """The same for a page that skips many rows: of those only what an index holds is read."""

    def build() -> Any:
        card = shape.card
        keys = shape._replace(fields=("id", *(order.field for order in shape.orders if order.field != "id")))
        found = _in_order(keys).limit(bindparam("size")).offset(bindparam("skip")).subquery("found")
        rows = select(*(card.columns[field] for field in shape.fields))
        rows = rows.join(found, found.c.id == card.columns["id"])
        return rows.order_by(*order_by(card, shape.orders, card.columns))

    return Statement(build)


@lru_cache(512)
def all_of(shape: Shape) -> Statement:
    """The rows of all pages. Parameters: those of the terms, and the cursor's."""
    return Statement(lambda: _in_order(shape))


@lru_cache(512)
def held_matches_of(shape: Shape, *, has_end: bool) -> Statement:
    """The ids and versions of the next `size` rows by id, behind `after` and not beyond `end`, held.

    Who waited for a row sees it as it then is: one that no longer matches is left out.
    """

    def build() -> Any:
        card, id = shape.card, shape.card.columns["id"]
        rows = select(id, card.columns["version"]).where(*_conditions(shape), id > bindparam("after"))
        rows = rows.where(id <= bindparam("end")) if has_end else rows
        rows = rows.order_by(id).limit(bindparam("size"))
        return rows.with_for_update(of=card.table, key_share=True)

    return Statement(build)


def _in_order(shape: Shape) -> Any:
    """The rows in the order of SHAPE, behind its cursor."""
    card = shape.card
    at = None
    if {order.field for order in shape.orders} <= set(shape.fields):
        at = split_term(card, shape.terms, shape.orders)
    if at is None:
        rows = select(*(card.columns[field] for field in shape.fields)).where(*_conditions(shape))
        return rows.order_by(*order_by(card, shape.orders, card.columns, is_reversed=shape.is_backward))

    def conditions(is_value: Any) -> list[Any]:
        return [*_conditions(shape, without=at), is_value]

    orders = [Order(field, is_down is not shape.is_backward) for field, is_down in shape.orders]
    return merged(card, shape.fields, shape.terms[at], at, orders, conditions)


@lru_cache(1024)
def count_of(shape: Shape) -> Statement:
    """How many rows match, of all pages."""
    shape = shape._replace(nulls=None)  # of all pages
    return Statement(lambda: select(func.count()).select_from(shape.card.model).where(*_conditions(shape)))


def _conditions(shape: Shape, *, without: int | None = None) -> list[Any]:
    """The conditions of a page's rows, WITHOUT one of the terms."""
    card = shape.card
    conditions = [
        condition(card, n, term, card.columns) for n, term in enumerate(shape.terms) if n != without
    ]
    conditions += _of_one_parent(card, shape.terms, [card.access.read(shape.sight), *is_living(card)])
    if shape.nulls is not None:
        conditions.append(beyond(card, shape.orders, shape.nulls, card.columns, is_before=shape.is_backward))
    return conditions


def _of_one_parent(card: Resource, terms: tuple[Term, ...], conditions: list[Any]) -> list[Any]:
    """CONDITIONS, where TERMS ask for the records of one parent: what all of these have of it is asked once.

    So nothing is read of a row that is skipped but what an index of the parent's records holds.
    """
    for n, term in enumerate(terms):
        fields = card.inherited.get(term.name, ())
        if not fields or term.operator not in ("eq", "in") or term.width != 1 or term.has_null:
            continue
        parent = RESOURCES[card.ancestors[term.name]]
        id = bindparam(f"f{n}_0", type_=parent.columns["id"].type)
        own = {
            card.table.c[field]: select(parent.columns[field])
            .where(parent.columns["id"] == id)
            .scalar_subquery()
            for field in fields
        } | {card.table.c[term.name]: id}

        conditions = [_fixed(one, own) for one in conditions]
    return conditions


def _fixed(condition: Any, own: dict[Any, Any]) -> Any:
    """CONDITION with the columns of OWN replaced by what they are in every row.

    What then is the same for every row is told to SQLite by a subquery of its own: else it would look again
    for each.
    """

    def swapped(element: Any, **options: Any) -> Any:
        return own.get(element) if isinstance(element, ColumnClause) else None

    def hoisted(element: Any, **options: Any) -> Any:
        is_lookup = isinstance(element, BinaryExpression) and element.operator in (eq, in_op, not_in_op)
        if is_lookup and element.left in own:  # on the right stand the actor and sets of theirs
            return select(replacement_traverse(element, {}, swapped)).scalar_subquery()
        return swapped(element)

    return replacement_traverse(condition, {}, hoisted)


@lru_cache(512)
def record_of(card: Resource, fields: tuple[str, ...], sight: Sight) -> Statement:
    """FIELDS of the record `id`, where the actor may read it."""
    columns = [card.columns[field] for field in fields]
    return Statement(
        lambda: select(*columns).where(
            card.columns["id"] == bindparam("id"), card.access.read(sight), *is_living(card, is_one=True)
        )
    )


class Hold(Enum):
    """What others may do meanwhile to a record that a change has found (PostgreSQL's row locks)."""

    CHANGED = "FOR NO KEY UPDATE"  # wait: the record is to be changed
    KEPT = "FOR KEY SHARE"  # all but delete it: something is to belong to it


@lru_cache(512)
def held_of(card: Resource, scope: Any, sight: Sight, hold: Hold, *, is_dead: bool = False) -> Statement:
    """All of the record `id`, where the actor may read it, and last whether it lies in SCOPE.

    IS_DEAD looks for it in the trash, and there alone. What is not to be changed is read without its live
    fields, which are null: counting them costs more than all else.
    """

    def build() -> Any:
        read = card.columns | (dict.fromkeys(card.live, null()) if hold is Hold.KEPT else {})
        columns = [*read.values(), scope(sight).label("is_allowed")]
        life = (
            [card.columns["deleted_at"] > DOOMED, *has_living_ancestors(card, is_one=True)]
            if is_dead
            else is_living(card, is_one=True)
        )
        rows = select(*columns).where(card.columns["id"] == bindparam("id"), card.access.read(sight), *life)
        return rows.with_for_update(of=card.table, key_share=True, read=hold is Hold.KEPT)

    return Statement(build)


@lru_cache(64)
def all_held_of(card: Resource, scope: Any, sight: Sight, count: int) -> Statement:
    """What `held_of` gives of each of the records `id_0` to COUNT, to be changed, in the order of ids."""

    def build() -> Any:
        id = card.columns["id"]
        rows = select(*card.columns.values(), scope(sight).label("is_allowed"))
        rows = rows.where(id.in_(many("id", count, id)), card.access.read(sight), *is_living(card))
        return rows.order_by(id).with_for_update(of=card.table, key_share=True)

    return Statement(build)


@lru_cache(256)
def readable_of(card: Resource, sight: Sight) -> Statement:
    """A row where the actor may read the record `id`, in the trash or out of it."""
    return Statement(
        lambda: select(card.columns["id"]).where(
            card.columns["id"] == bindparam("id"), card.access.read(sight)
        )
    )


@lru_cache(256)
def allowed_of(card: Resource, scope: Any, sight: Sight) -> Statement:
    """A row where the record `id` lies in SCOPE."""
    return Statement(
        lambda: select(card.columns["id"]).where(card.columns["id"] == bindparam("id"), scope(sight))
    )


@lru_cache(64)
def all_allowed_of(card: Resource, scope: Any, sight: Sight, count: int) -> Statement:
    """A row for each of the records `id_0` to COUNT that lies in SCOPE."""
    id = card.columns["id"]
    return Statement(lambda: select(id).where(id.in_(many("id", count, id)), scope(sight)))


@lru_cache(1024)
def related_of(
    card: Resource, fields: tuple[str, ...], key: str, count: int, sight: Sight, *, has_living: bool = False
) -> Statement:
    """FIELDS of the readable records whose column KEY is one of COUNT parameters `k`, at most `size`.

    HAS_LIVING: those are the ids of parents that are not in the trash. What is above both is asked once then.
    """

    def build() -> Any:
        column = card.columns[key]
        above = {key, *card.inherited.get(key, ())}
        is_known = has_living and card.has_trash and card.ancestors.keys() <= above
        life = [card.columns["deleted_at"].is_(None)] if is_known else is_living(card)
        rows = select(*(card.columns[field] for field in fields))
        rows = rows.where(column.in_(many("k", count, column)), card.access.read(sight), *life)
        return rows.order_by(column, card.columns["id"]).limit(bindparam("size"))

    return Statement(build)


@lru_cache(256)
def insert_of(card: Resource) -> Statement:
    """A new row. Parameters: `v_` and each written field."""
    columns: Any = {field: bindparam(f"v_{field}") for field in card.written_fields}
    return Statement(lambda: insert(card.model).values(columns))


@lru_cache(256)
def any_of(card: Resource) -> Statement:
    """A row where there is a record `id`, whosever it is, in the trash or out of it."""
    return Statement(lambda: select(card.columns["id"]).where(card.columns["id"] == bindparam("id")))


@lru_cache(1024)
def update_of(card: Resource, fields: tuple[str, ...]) -> Statement:
    """FIELDS of the record `id` set, where it still has the version `expected`."""

    def build() -> Any:
        columns: dict[Any, Any] = {getattr(card.model, field): bindparam(f"v_{field}") for field in fields}
        is_it = card.columns["id"] == bindparam("k_id")
        return (
            update(card.model).where(is_it, card.columns["version"] == bindparam("expected")).values(columns)
        )

    return Statement(build)


@lru_cache(256)
def delete_of(card: Resource) -> Statement:
    """The row of the record `id` gone for good."""
    return Statement(lambda: delete(card.model).where(card.columns["id"] == bindparam("id")))


def page_values(query: Query) -> dict[str, Any]:
    """The parameters of a page beside its filters. One row more is asked for, to know of a next page."""
    values: dict[str, Any] = {"size": query.size + 1}
    if query.cursor is None:
        return values | {"skip": (query.number - 1) * query.size}
    return values | cursor_values(query.cursor)
