"""What a record's links lead to: related records, and relationships as identifiers."""

from dataclasses import replace
from typing import Any

import msgspec

from app.declare import RESOURCES, Link, Resource, ToOne
from app.errors import BadQuery, Forbidden, NotFound
from app.operations import reading, records
from app.query import Page, Query
from app.web.jsonapi import cursors, documents
from app.web.jsonapi.documents import VERSION, Asked, Included
from app.web.jsonapi.mounts import Place
from app.web.jsonapi.mounts import query_of as text_of
from app.web.jsonapi.parse import Params, parse
from app.web.jsonapi.writer import identifier
from app.work import Work

_INCLUDE = frozenset({"include", "include[]", "included", "included[]"})


def related(work: Work, card: Resource, id: str, link: Link, asked: Asked) -> bytes:
    """The document of what LINK of the record ID leads to; that of a to-many was found to be readable."""
    target = RESOURCES[link.type]
    if not isinstance(link, ToOne):
        return documents.collection(work, target, documents.below(asked, link, id))
    found = reading.show(work, card, id, (link.key,))[0]
    try:
        return documents.single(work, target, found, asked).text if found else documents.empty(asked)
    except NotFound:  # it is there, and out of the actor's sight
        return documents.empty(asked)


def query_of(card: Resource, link: Link, params: Params, me: str, *, by_cursor: bool = False) -> Query:
    """The query of a relationship's identifiers: what is included goes from the record that has the link."""
    own = [(name, value) for name, value in params if name in _INCLUDE or name.startswith("fields")]
    others = [pair for pair in params if pair not in own]
    asked = parse(card, own, allowed=frozenset({"included", "fields"}))
    for path in asked.included:
        if path.partition(".")[0] != link.name:
            detail = f"only {link.name} and what lies behind it can be included here"
            raise BadQuery(detail, "include", code="include_unknown")
    families = frozenset({"page", "filter", "sort", "count"}) if not isinstance(link, ToOne) else frozenset()
    query = parse(RESOURCES[link.type], others, me=me, allowed=families, by_cursor=by_cursor)
    return replace(query, included=asked.included, fields=asked.fields)


def linkage(work: Work, card: Resource, id: str, link: Link, asked: Asked) -> bytes:
    """The document of the relationship LINK of the record ID; that of a to-many was found to be readable."""
    page = None
    if isinstance(link, ToOne):
        found = reading.show(work, card, id, (link.key,))[0]
        ids = [found] if found else []
        data = linked(asked.place, link, found)
    else:
        below = documents.below(asked, link, id)
        fields = cursors.fields_of(asked.query.sort)
        page = reading.index(work, RESOURCES[link.type], below.query, ("id", *fields[:-1]))
        ids = [row[0] for row in page.rows]
        data = f"[{','.join(identifier(asked.place, link, one) for one in ids)}]"
    members = [VERSION, _links(asked, card, id, link, page), f'"data":{data}']
    if asked.query.included:
        included = Included(work, asked)
        included.include(link, "id", ids, included.tree[link.name])
        members += included.pieces(set(), card)
    if page and page.total is not None:
        members.append(documents.meta_of(asked, page.total))
    return documents.document(members)


def confirm(work: Work, card: Resource, id: str, link: Link, given: Any) -> None:
    """Raise Forbidden where the relationship LINK is another than GIVEN.

    It is an update that changes nothing: only who may update the record gets so far.
    """
    reading.may(work, card.key_scope)
    row = records.find(work, card, id, card.access.update, "update")
    if not isinstance(link, ToOne):
        raise Forbidden(f"{link.name} is not changed as a whole", code="relationship_read_only")
    if getattr(row, link.key) != given:
        raise Forbidden(f"{link.name} cannot be changed", "/data", code="relationship_read_only")


def to_one(asked: Asked, card: Resource, id: str, link: Link, found: str | None) -> bytes:
    """The document of the to-one LINK of the record ID, which leads to FOUND."""
    data = f'"data":{linked(asked.place, link, found)}'
    return documents.document([VERSION, _links(asked, card, id, link, None), data])


def linked(place: Place, link: Link, found: str | None) -> str:
    """The identifier of FOUND, which the to-one LINK leads to, as JSON."""
    return identifier(place, link, found) if found else "null"


def _links(asked: Asked, card: Resource, id: str, link: Link, page: Page | None) -> str:
    links: dict[str, str | None] = {"related": f"{asked.place.base}{card.path}/{id}/{link.name}"}
    if page is None:
        links["self"] = asked.address + text_of(asked.params)
    else:
        fields = ("id", *cursors.fields_of(asked.query.sort)[:-1])
        links |= documents.links_of(asked, fields, page)
    return f'"links":{msgspec.json.encode(links).decode()}'
