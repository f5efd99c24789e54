"""From filters, orders and cursors to SQL conditions. Values are bound, never written.

A condition is built of a filter's shape alone (its name, operator and number of values), so
that requests of one shape share one compiled statement. Lists are padded to a power of two.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, false, or_, tuple_

from app.declare import Resource
from app.query import Cursor, Filter
from app.storage.functions import contains_text, json_contains

FEW = 8  # values that are not padded, so that each may be read from an index by itself


class Term(NamedTuple):
    """The shape of a filter. SIZES are how many texts each value of a `contains` may match by."""

    name: str
    operator: str
    width: int  # parameters
    has_null: bool = False
    sizes: tuple[int, ...] = ()


class Order(NamedTuple):
    field: str
    is_descending: bool


def term_of(filter: Filter) -> Term:
    known = _distinct(filter)
    if filter.operator == "contains":
        return Term(filter.name, filter.operator, len(known), sizes=tuple(len(value) for value in known))
    count = padded(len(known)) if filter.operator in ("eq", "in") else len(known)
    return Term(filter.name, filter.operator, count, has_null=None in filter.values)


def padded(count: int) -> int:
    """How many parameters a list of COUNT values is given: a long one the next power of two."""
    return count if count <= FEW else 1 << (count - 1).bit_length()


def _distinct(filter: Filter) -> list[Any]:
    """The values of FILTER but null, each once."""
    return list(dict.fromkeys(value for value in filter.values if value is not None))


def values_of(index: int, filter: Filter, term: Term) -> dict[str, Any]:
    """The parameters of the INDEX-th filter of a query."""
    known = _distinct(filter)
    if filter.operator == "contains":
        return {f"f{index}_{n}_{m}": text for n, texts in enumerate(known) for m, text in enumerate(texts)}
    return many_values(f"f{index}", known, term.width)


def many_values(name: str, known: list[Any], count: int) -> dict[str, Any]:
    """KNOWN as COUNT parameters, the last one repeated."""
    return {f"{name}_{n}": known[min(n, len(known) - 1)] for n in range(count)}


def many(name: str, count: int, column: Any) -> list[Any]:
    return [bindparam(f"{name}_{n}", type_=column.type) for n in range(count)]


Columns = Mapping[str, Any]  # field -> column: the table's own, or those of a record as it was


def condition(card: Resource, index: int, term: Term, columns: Columns) -> ColumnElement[bool]:
    """The condition of the INDEX-th filter of a query on CARD, whose values stand in COLUMNS."""
    if own := card.own_filters.get(term.name):
        return own.matches([bindparam(f"f{index}_{n}") for n in range(term.width)])
    attribute = card.attribute(term.name)
    assert attribute is not None, term.name  # the faces let no other name through
    column = columns[attribute.field]
    if term.operator == "contains":
        return and_(*(_contains(column, f"f{index}_{n}", size) for n, size in enumerate(term.sizes)))
    bound = many(f"f{index}", term.width, column)
    match term.operator:
        case "gt":
            return and_(*(column > value for value in bound))
        case "gte":
            return and_(*(column >= value for value in bound))
        case "lt":
            return and_(*(column < value for value in bound))
        case "lte":
            return and_(*(column <= value for value in bound))
        case "match":
            return and_(*(contains_text(column, value) for value in bound))
    return _is_one_of(column, bound, term.has_null)


def _is_one_of(column: Any, bound: list[Any], has_null: bool) -> ColumnElement[bool]:
    options: list[ColumnElement[bool]] = [column.is_(None)] if has_null else []
    if len(bound) == 1:
        options.append(column == bound[0])
    elif bound:
        options.append(column.in_(bound))
    return or_(*options) if options else false()


def _contains(column: Any, name: str, size: int) -> ColumnElement[bool]:
    return or_(*(json_contains(column, bindparam(f"{name}_{m}")) for m in range(size)))


def order_by(
    card: Resource, orders: Iterable[Order], columns: Columns, *, is_reversed: bool = False
) -> list[Any]:
    """The ORDER BY of ORDERS: nulls sort before everything, on both databases."""
    clauses = []
    for field, is_descending in orders:
        column = columns[field]
        is_down = is_descending is not is_reversed
        clause = column.desc() if is_down else column.asc()
        if card.every_attribute[field].is_nullable:
            clause = clause.nulls_last() if is_down else clause.nulls_first()
        clauses.append(clause)
    return clauses


def beyond(
    card: Resource, orders: tuple[Order, ...], nulls: tuple[bool, ...], columns: Columns, *, is_before: bool
) -> ColumnElement[bool]:
    """The rows behind a cursor (before it, where IS_BEFORE) in ORDERS. NULLS: which of its keys are null."""
    if (as_one := _beyond_as_one(card, orders, columns, is_before=is_before)) is not None:
        return as_one
    options = []
    equal: list[ColumnElement[bool]] = []
    for n, (order, is_null) in enumerate(zip(orders, nulls, strict=True)):
        column = columns[order.field]
        key = bindparam(f"c{n}", type_=column.type)
        is_nullable = card.every_attribute[order.field].is_nullable
        further = _further(column, key, is_null, is_nullable, is_up=order.is_descending is is_before)
        options.append(and_(*equal, further))
        equal.append(column.is_(None) if is_null else column == key)
    return or_(*options)


def _beyond_as_one(
    card: Resource, orders: tuple[Order, ...], columns: Columns, *, is_before: bool
) -> ColumnElement[bool] | None:
    """The rows behind a cursor by one comparison, which an index begins at; None where ORDERS allow none."""
    is_plain = not any(card.every_attribute[order.field].is_nullable for order in orders)
    if not is_plain or len({order.is_descending for order in orders}) > 1:
        return None
    row = tuple_(*(columns[order.field] for order in orders))
    keys = tuple_(*(bindparam(f"c{n}", type_=columns[order.field].type) for n, order in enumerate(orders)))
    return row > keys if orders[0].is_descending is is_before else row < keys


def _further(column: Any, key: Any, is_null: bool, is_nullable: bool, *, is_up: bool) -> ColumnElement[bool]:
    """The values that come after KEY, going up or down; null is below everything."""
    if is_up:
        return column.is_not(None) if is_null else column > key  # type: ignore[no-any-return]
    if is_null:
        return false()
    return or_(column < key, column.is_(None)) if is_nullable else column < key


def cursor_values(cursor: Cursor) -> dict[str, Any]:
    return {f"c{n}": key for n, key in enumerate(cursor.keys) if key is not None}
