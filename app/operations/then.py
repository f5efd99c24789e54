"""Lists as they were: the query of a list, on the records as the feed tells them up to a number."""

from functools import lru_cache
from typing import Any

from sqlalchemy import and_, bindparam, func, literal_column, or_, select, type_coerce
from sqlmodel import col

from app.attributes import Kind
from app.declare import Resource
from app.errors import BadQuery, Gone
from app.operations.changes import Event
from app.operations.conditions import Columns, beyond, condition, order_by
from app.operations.history import THINNED, number_at
from app.operations.reading import may, page_from, shape_of
from app.operations.statements import Shape, page_values
from app.query import Page, Query
from app.storage.functions import json_member
from app.storage.statement import Statement
from app.work import Work

_CASTS = {Kind.NUMBER: "double precision", Kind.INTEGER: "bigint"}


def index_at(work: Work, card: Resource, query: Query, fields: tuple[str, ...], time: str) -> Page:
    """The page of CARD that QUERY asks for as it was at TIME, under today's permissions.

    Raises Gone where a version that it needs has been thinned out, BadQuery for filters of the card's own.
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
        "type": card.type,
    }
    if work.rows(_thinned(), values)[0][0]:
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
    last = _last(card.type)
    values = [_member(card, field).label(field) for field in card.fields]
    of_last = and_(col(Event.record_id) == last.c.record_id, col(Event.position) == last.c.position)
    then = select(*values).join(last, of_last).where(col(Event.kind) != "delete").subquery("then_rows")
    columns = {field: then.c[field] for field in card.fields}
    terms = [condition(card, n, term, columns) for n, term in enumerate(shape.terms)]
    readable = select(card.columns["id"]).where(card.access.read(shape.sight))
    alive = [
        or_(columns[key].is_(None), columns[key].not_in(_deleted(type)))
        for key, type in card.ancestors.items()
    ]
    return columns, [*terms, columns["id"].in_(readable), *alive]


def _last(type: str) -> Any:
    """The last event, up to the number, of every record of TYPE."""
    return (
        select(col(Event.record_id), func.max(col(Event.position)).label("position"))
        .where(
            col(Event.organization_id) == bindparam("then_organization_id"),
            col(Event.resource) == type,
            col(Event.sequence) <= bindparam("then_number"),
        )
        .group_by(col(Event.record_id))
        .subquery(f"last_{type}")
    )


def _deleted(type: str) -> Any:
    """The records of TYPE that were in the trash."""
    last = _last(type)
    of_last = and_(col(Event.record_id) == last.c.record_id, col(Event.position) == last.c.position)
    return select(col(Event.record_id)).join(last, of_last).where(col(Event.kind) == "delete")


def _member(card: Resource, field: str) -> Any:
    attribute = card.every_attribute[field]
    if attribute.is_secret:
        return literal_column("NULL")
    cast = _CASTS.get(attribute.kind, "text")
    value = json_member(col(Event.record), literal_column(f"'{attribute.name}'"), literal_column(f"'{cast}'"))
    return type_coerce(value, card.columns[field].type)


@lru_cache(1)
def _thinned() -> Statement:
    """How many of the records as they were have been thinned out."""

    def build() -> Any:
        last = (
            select(col(Event.record_id), func.max(col(Event.position)).label("position"))
            .where(
                col(Event.organization_id) == bindparam("then_organization_id"),
                col(Event.resource) == bindparam("type"),
                col(Event.sequence) <= bindparam("then_number"),
            )
            .group_by(col(Event.record_id))
            .subquery("last")
        )
        of_last = and_(col(Event.record_id) == last.c.record_id, col(Event.position) == last.c.position)
        return select(func.count(col(Event.id))).join(last, of_last).where(col(Event.record) == THINNED)

    return Statement(build)
