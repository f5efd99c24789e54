"""Examples: the cards' own, made whole with ids, links and what the service adds."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from app.attributes import Attribute, Kind
from app.declare import Action, Link, Offer, Resource, Summary, ToOne
from openapi.values import default_of

ADDRESS = "https://postil.example.org"
_TIME = "2026-01-31T12:00:00.000000Z"
_OF_KIND: dict[Kind, Any] = {
    Kind.TEXT: "text",
    Kind.NAME: "annotate",
    Kind.TIME: _TIME,
    Kind.NUMBER: 0.0,
    Kind.INTEGER: 0,
    Kind.OBJECT: {},
    Kind.TEXTS: [],
}

_OF_FORMAT = {"date-time": _TIME, "date": _TIME[:10], "uuid": str(uuid5(NAMESPACE_URL, "somebody"))}
_OF_TYPE = {"string": "text", "integer": 1, "number": 1.5, "boolean": True}

Document = dict[str, Any]


def id_of(type: str) -> str:
    """The id that the example of TYPE has in every example: a UUID of version 7, always the same."""
    tail = uuid5(NAMESPACE_URL, type).hex
    return f"0190a1b2-0000-7000-8{tail[:3]}-{tail[3:15]}"


def document(card: Resource, meta: Document | None = None) -> Document:
    """A record as it is answered alone."""
    shown = record(card, is_full=True)
    if card.meta:
        shown["meta"] = {name: of_schema(schema) for name, schema in card.meta.told.items()}
    whole = _around({"self": _address(card)}, shown)
    return whole | ({"meta": meta} if meta else {})


def page(card: Resource, at: str | None = None) -> Document:
    """A page of one record, asked for with count=true at the address AT."""
    address = ADDRESS + (at or card.path)
    links = {
        "self": f"{address}?count=true",
        "first": f"{address}?count=true&page%5Bnumber%5D=1",
        "last": f"{address}?count=true&page%5Bnumber%5D=1",
    }
    return _around(links, [record(card)]) | {"meta": {"count": 1, "total": 1}}


def linkage(card: Resource, link: Link) -> Document:
    """The relationship LINK of a record of CARD."""
    links = {
        "self": _address(card, f"/relationships/{link.name}"),
        "related": _address(card, f"/{link.name}"),
    }
    return _around(links, _identifiers(link))


def given_linkage(link: Link) -> Document:
    """What a client sends to a relationship."""
    return {"data": _identifiers(link)}


def creation(card: Resource) -> Document:
    """What a client sends to make a record."""
    data: Document = {"type": card.type, "attributes": dict(card.example)}
    parents = {
        name: {"data": _identifier(link)}
        for name, link in card.parents.items()
        if card.attributes[link.key].is_required
    }
    return {"data": data | ({"relationships": parents} if parents else {})}


def change(card: Resource) -> Document:
    """What a client sends to change a record."""
    changeable = {
        name: value
        for name, value in card.example.items()
        if not (card.attributes[name].is_fixed or card.attributes[name].is_read_only)
    }
    return {"data": {"type": card.type, "id": id_of(card.type), "attributes": changeable}}


def change_of_many(card: Resource) -> Document:
    """What a client sends to change all that filters find."""
    action = next(one for one in card.actions if one.is_for_many)
    meta = {"action": action.name} | ({"attributes": dict(action.example)} if action.example else {})
    return {"data": {"type": card.type}, "meta": meta}


def many_changed() -> Document:
    return {"jsonapi": {"version": "1.1"}, "meta": {"matched": 2, "changed": 2}}


def deed(deed: Action | Offer | Summary) -> Document:
    """What a client sends with an action, or with what is offered or told."""
    return {"data": {"attributes": dict(deed.example)}} if deed.example else {}


def summary(card: Resource, summary: Summary) -> Document:
    """The figures of a record."""
    address = {"self": _address(card, f"/{summary.name}")}
    attributes = {name: of_schema(schema) for name, schema in summary.told.items()}
    data = {"type": summary.type, "id": id_of(card.type), "attributes": attributes, "links": address}
    return _around(address, data)


def difference() -> Document:
    changes = [{"pointer": "/updated_by", "before": None, "after": "somebody"}]
    return {"jsonapi": {"version": "1.1"}, "meta": {"from": 1, "to": 2, "changes": changes}}


def stream(card: Resource) -> str:
    """One event of a stream."""
    data = json.dumps(record(card), separators=(",", ":"))
    return f"id: 1\nevent: entries.create\ndata: {data}\n\n"


def of_schema(schema: Mapping[str, Any]) -> Any:
    """Something that SCHEMA, one of a card's own, describes."""
    if schema.get("format") in _OF_FORMAT:
        return _OF_FORMAT[schema["format"]]
    kind = schema["type"][0] if isinstance(schema["type"], list) else schema["type"]
    if kind == "object":
        return {name: of_schema(one) for name, one in schema.get("properties", {}).items()}
    if kind == "array":
        return [of_schema(schema["items"])]
    return _OF_TYPE[kind]


def flat(card: Resource) -> Document:
    """A record as JSON-RPC gives it."""
    return {"id": id_of(card.type), **_attributes(card)}


def flat_creation(card: Resource) -> Document:
    """What a client sends to make a record by JSON-RPC."""
    required = [link.key for link in card.parents.values() if card.attributes[link.key].is_required]
    return {key: _linked(card, key) for key in required} | dict(card.example)


def flat_change(card: Resource) -> Document:
    return {"id": id_of(card.type), **change(card)["data"]["attributes"]}


def _around(links: Document, data: Any) -> Document:
    return {"jsonapi": {"version": "1.1"}, "links": links, "data": data}


def record(card: Resource, *, is_full: bool = False) -> Document:
    """A record of CARD; in a document of its own IS_FULL."""
    found: Document = {"type": card.type, "id": id_of(card.type), "attributes": _attributes(card)}
    links = {link.name: _relationship(card, link, is_full=is_full) for link in card.links}
    links = {name: shown for name, shown in links.items() if shown}
    return found | ({"relationships": links} if links else {}) | {"links": {"self": _address(card)}}


def _attributes(card: Resource) -> Document:
    given = card.example
    return {
        name: given[name] if name in given else _value(card, one) for name, one in card.attributes.items()
    }


def _value(card: Resource, attribute: Attribute) -> Any:
    if not attribute.is_required and attribute.default != "":
        return default_of(attribute)
    if attribute.choices:
        return attribute.choices[0]
    if attribute.kind is Kind.ID:
        return _linked(card, attribute.field)
    return f"{card.model.__name__.lower()}@example.org" if attribute.like else _OF_KIND[attribute.kind]


def _linked(card: Resource, key: str) -> str:
    """The id that stands in the column KEY."""
    found = next((link.type for link in card.to_ones if link.key == key), key.removesuffix("_id") + "s")
    return id_of(found)


def _relationship(card: Resource, link: Link, *, is_full: bool) -> Document:
    links = {
        "self": _address(card, f"/relationships/{link.name}"),
        "related": _address(card, f"/{link.name}"),
    }
    shown: Document = {"links": links} if is_full else {}
    if isinstance(link, ToOne):
        shown["data"] = None if card.every_attribute[link.key].is_nullable else _identifier(link)
    return shown


def _identifiers(link: Link) -> Any:
    return _identifier(link) if isinstance(link, ToOne) else [_identifier(link)]


def _identifier(link: Link) -> Document:
    return {"type": link.type, "id": id_of(link.type)}


def _address(card: Resource, tail: str = "") -> str:
    return f"{ADDRESS}{card.path}/{id_of(card.type)}{tail}"
