"""Read collections and single records, as tuples of columns: one statement each."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import Any

from app.declare import Resource
from app.errors import Forbidden, NotFound
from app.operations.conditions import cursor_values, many_values, padded, term_of, values_of
from app.operations.statements import (
    Shape,
    all_of,
    count_of,
    deep_page_of,
    orders_of,
    page_of,
    page_values,
    record_of,
    related_of,
)
from app.query import Cursor, Page, Query
from app.work import Fetch, Work

DEEP = 5000  # rows to be skipped: from there on it costs less to find out first which ones are wanted

MOST_KEYS = 20_000  # that are sorted at once, for a stream


def index(work: Work, card: Resource, query: Query, fields: tuple[str, ...]) -> Page:
    """The page of CARD that QUERY asks for, FIELDS of the rows that the actor may read."""
    may(work, "read")
    shape, values = shape_of(work, card, query, fields)
    is_deep = (query.number - 1) * query.size >= DEEP
    page = deep_page_of(shape) if is_deep else page_of(shape)
    rows = work.rows(page, values | page_values(query))
    total = work.rows(count_of(shape), values)[0][0] if query.count else None
    return page_from(query, rows, total)


@contextmanager
def every(work: Work, card: Resource, query: Query, fields: tuple[str, ...]) -> Iterator[Fetch]:
    """The rows of all pages of QUERY, as they are asked for, in constant memory. The id is one of FIELDS.

    It is one statement, or two where the database would sort all of the rows in our memory: then the
    keys of some are sorted, and the rows fetched by them.
    """
    may(work, "read")
    shape, values = shape_of(work, card, query, fields)
    values |= cursor_values(query.cursor) if query.cursor else {}
    if not work.connection.sorts_here(all_of(shape)):
        with work.rows_of(all_of(shape), values) as fetch:
            yield fetch
        return
    ids, at = _ids_in_order(work, card, query), fields.index("id")

    def fetched(size: int) -> list[tuple[Any, ...]]:
        wanted = list(islice(ids, size))
        if not wanted:
            return []
        count = padded(len(wanted))
        statement = related_of(card, fields, "id", count, work.actor.sight)
        found = {
            row[at]: row for row in work.rows(statement, many_values("k", wanted, count) | {"size": count})
        }
        return [found[id] for id in wanted]

    yield fetched


def _ids_in_order(work: Work, card: Resource, query: Query) -> Iterator[str]:
    """The ids of all pages of QUERY."""
    query = replace(query, size=MOST_KEYS, count=False)
    keys = tuple(order.field for order in orders_of(query))
    while True:
        page = index(work, card, query, keys)
        yield from (row[-1] for row in page.rows)  # an order ends with the id
        if not page.has_next:
            return
        query = replace(query, cursor=Cursor(page.rows[-1]))


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
