"""Lists as they were: the query of a list, on the records as the feed tells them up to a number."""

from functools import lru_cache
from typing import Any

from sqlalchemy import and_, bindparam, func, literal_column, or_, select, type_coerce
from sqlmodel import col

from app.attributes import Kind
from app.declare import Resource
from app.errors import BadQuery, Gone
from app.operations.changes import Event
from app.operations.conditions import Columns, Term, beyond, condition, order_by
from app.operations.history import THINNED, number_at
from app.operations.reading import may, page_from, shape_of
from app.operations.statements import Shape, page_values
from app.query import Page, Query
from app.storage.functions import json_member
from app.storage.statement import Statement
from app.work import Sight, Work

_PARENTS = ("project_id", "dataset_id", "entry_id")  # that an event bears beside its record
_CASTS = {Kind.NUMBER: "double precision", Kind.INTEGER: "bigint"}


def index_at(work: Work, card: Resource, query: Query, fields: tuple[str, ...], time: str) -> Page:
    """The page of CARD that QUERY asks for as it was at TIME, under today's permissions.

    Raises Gone where a version has been thinned out that may belong to it: of a record that the actor may
    read, beneath the parents that are asked for. Raises BadQuery for filters of the card's own.
    """
    may(work, "read")
    for one in query.filters:
        if one.name in card.own_filters:
            detail = f"{one.name} is no filter of a list as of a time"
            raise BadQuery(detail, f"filter[{one.name}]", code="parameter_conflict")
    shape, values = shape_of(work, card, query, fields)
    values |= {
        "then_organization_id": work.actor.organization_id,
        "then_number": number_at(work, time),
    }
    if work.rows(_thinned_of(card, shape.sight, shape.terms), values | {"size": 1}):
        raise Gone("what it was then has been thinned out in part: ask for a later time", code="thinned")
    rows = work.rows(_page_of(shape), values | page_values(query))
    total = work.rows(_count_of(shape), values)[0][0] if query.count else None
    return page_from(query, rows, total)


@lru_cache(256)
def _page_of(shape: Shape) -> Statement:
    def build() -> Any:
        card = shape.card
        columns, conditions = _then(shape)
        rows = select(*(columns[field] for field in shape.fields)).where(*conditions)
        rows = rows.order_by(*order_by(card, shape.orders, columns, is_reversed=shape.is_backward))
        rows = rows.limit(bindparam("size"))
        if shape.nulls is None:
            return rows.offset(bindparam("skip"))
        return rows.where(beyond(card, shape.orders, shape.nulls, columns, is_before=shape.is_backward))

    return Statement(build)


@lru_cache(256)
def _count_of(shape: Shape) -> Statement:
    def build() -> Any:
        columns, conditions = _then(shape)
        return select(func.count(columns["id"])).where(*conditions)

    return Statement(build)


def _then(shape: Shape) -> tuple[Columns, list[Any]]:
    """The columns of the card's records as they were, and which rows of these are asked for."""
    card = shape.card
    last = _last(card.type, *_known_terms(card, shape.terms))
    values = [_member(card, field).label(field) for field in card.fields]
    told = select(*values).join(last, _is_last(last))
    then = told.where(col(Event.kind) != "delete", col(Event.record) != THINNED).subquery("then_rows")
    columns = {field: then.c[field] for field in card.fields}
    terms = [condition(card, n, term, columns) for n, term in enumerate(shape.terms)]
    return columns, [*terms, *_seen(card, shape.sight, columns)]


def _seen(card: Resource, sight: Sight, columns: Columns) -> list[Any]:
    """The conditions that the actor may read a record today, and that nothing above it was in the trash."""
    readable = select(card.columns["id"]).where(card.access.read(sight))
    alive = [
        or_(columns[key].is_(None), columns[key].not_in(_deleted(type)))
        for key, type in card.ancestors.items()
        if key in columns
    ]
    return [columns["id"].in_(readable), *alive]


def _last(type: str, *conditions: Any) -> Any:
    """The last event, up to the number, of every record of TYPE that meets CONDITIONS."""
    return (
        select(col(Event.record_id), func.max(col(Event.position)).label("position"))
        .where(
            col(Event.organization_id) == bindparam("then_organization_id"),
            col(Event.resource) == type,
            col(Event.sequence) <= bindparam("then_number"),
            *conditions,
        )
        .group_by(col(Event.record_id))
        .subquery(f"last_{type}")
    )


def _is_last(last: Any) -> Any:
    return and_(col(Event.record_id) == last.c.record_id, col(Event.position) == last.c.position)


def _deleted(type: str) -> Any:
    """The records of TYPE that were in the trash."""
    last = _last(type)
    return select(col(Event.record_id)).join(last, _is_last(last)).where(col(Event.kind) == "delete")


def _known(card: Resource) -> Columns:
    """What an event itself tells of its record, thinned out or not. None of it ever changes."""
    columns = {"id": col(Event.record_id)}
    return columns | {key: col(getattr(Event, key)) for key in _PARENTS if key in card.every_attribute}


def _known_terms(card: Resource, terms: tuple[Term, ...]) -> list[Any]:
    """The conditions, of TERMS, that an event itself can answer."""
    columns = _known(card)
    return [
        condition(card, n, term, columns)
        for n, term in enumerate(terms)
        if (attribute := card.attribute(term.name)) is not None and attribute.field in columns
    ]


def _member(card: Resource, field: str) -> Any:
    attribute = card.every_attribute[field]
    if attribute.is_secret:
        return literal_column("NULL")
    cast = _CASTS.get(attribute.kind, "text")
    value = json_member(col(Event.record), literal_column(f"'{attribute.name}'"), literal_column(f"'{cast}'"))
    return type_coerce(value, card.columns[field].type)


@lru_cache(256)
def _thinned_of(card: Resource, sight: Sight, terms: tuple[Term, ...]) -> Statement:
    """A row where a record as it was has been thinned out, of those that the list may hold."""

    def build() -> Any:
        last = _last(card.type, *_known_terms(card, terms))
        is_thinned = and_(col(Event.record) == THINNED, col(Event.kind) != "delete")
        found = select(col(Event.id)).join(last, _is_last(last))
        return found.where(is_thinned, *_seen(card, sight, _known(card))).limit(bindparam("size"))

    return Statement(build)
