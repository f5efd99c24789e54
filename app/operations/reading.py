"""Read collections and single records, as tuples of columns: one statement each."""

from typing import Any

from app.declare import Resource
from app.errors import Forbidden, NotFound
from app.operations.conditions import term_of, values_of
from app.operations.statements import Shape, count_of, orders_of, page_of, page_values, record_of
from app.query import Page, Query
from app.work import Work


def index(work: Work, card: Resource, query: Query, fields: tuple[str, ...]) -> Page:
    """The page of CARD that QUERY asks for, FIELDS of the rows that the actor may read."""
    may(work, "read")
    shape, values = shape_of(work, card, query, fields)
    rows = work.rows(page_of(shape), values | page_values(query))
    total = work.rows(count_of(shape), values)[0][0] if query.count else None
    return page_from(query, rows, total)


def shape_of(
    work: Work, card: Resource, query: Query, fields: tuple[str, ...]
) -> tuple[Shape, dict[str, Any]]:
    """The shape of QUERY, and the values of its filters."""
    terms = tuple(term_of(one) for one in query.filters)
    values: dict[str, Any] = {}
    for n, (one, term) in enumerate(zip(query.filters, terms, strict=True)):
        values |= values_of(n, one, term)
    cursor = query.cursor
    shape = Shape(
        card,
        fields,
        work.actor.sight,
        terms,
        orders_of(query),
        is_backward=cursor is not None and cursor.is_before,
        nulls=tuple(key is None for key in cursor.keys) if cursor else None,
    )
    return shape, values


def page_from(query: Query, rows: list[tuple[Any, ...]], total: int | None) -> Page:
    """The page that ROWS are, of which one more than its size was asked for."""
    has_more = len(rows) > query.size
    rows = rows[: query.size]
    if query.cursor is None:
        return Page(rows, has_more, query.number > 1, total)
    if query.cursor.is_before:
        return Page(rows[::-1], True, has_more, total)
    return Page(rows, has_more, True, total)


def show(work: Work, card: Resource, id: str, fields: tuple[str, ...]) -> tuple[Any, ...]:
    """FIELDS of the record. Raises NotFound where the actor may not read it."""
    may(work, "read")
    rows = work.rows(record_of(card, fields, work.actor.sight), {"id": id})
    if not rows:
        raise not_found(card)
    return rows[0]


def not_found(card: Resource) -> NotFound:
    # It says nothing of the id: a foreign record is answered as one that never was.
    return NotFound(f"there is no such record of {card.type}, or you may not see it")


def may(work: Work, key_scope: str) -> None:
    """Raise Forbidden where the actor's key lacks KEY_SCOPE."""
    if key_scope not in work.actor.scopes:
        raise Forbidden(f"the key lacks the scope {key_scope}: use one that has it", code="scope_missing")
