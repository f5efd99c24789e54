"""Writes resource objects, by a function compiled for each shape of an answer.

A property test holds what it writes equal to the schema's dump, over every card.
"""

from collections.abc import Mapping
from functools import lru_cache
from json.encoder import encode_basestring
from typing import NamedTuple

from app.declare import Link, Resource, ToOne
from app.template import Template, Write, literal, member, object_of
from app.web.jsonapi import cursors
from app.web.jsonapi.mounts import Place

Linkage = Mapping[str, str]  # record id -> the JSON text of its linkage


class Shape(NamedTuple):
    """What is to be written of a record."""

    card: Resource
    place: Place
    fields: frozenset[str] | None = None  # None: all
    linked: tuple[str, ...] = ()  # the to-many links whose linkage is known, and handed to the writer
    is_full: bool = False  # whether every relationship stands there, with its links
    cursor_sort: tuple[str, ...] | None = None  # the order of the list, where each record bears its cursor
    extra: tuple[str, ...] = ()  # fields that the caller needs beside

    def wants(self, name: str) -> bool:
        return self.fields is None or name in self.fields


class Writer(NamedTuple):
    fields: tuple[str, ...]  # what is to be selected, and handed in this order
    write: Write  # rows, and a Linkage for each of the linked names -> the texts


@lru_cache(4096)
def writer_of(shape: Shape) -> Writer:
    """The writer of SHAPE."""
    template = Template(shape.card)
    for field in shape.extra:
        template.variable(field)
    body = _item(shape, template)
    write = template.compiled(body, *(f"linkage_{n}" for n in range(len(shape.linked))))
    return Writer(template.fields, write)


def identifier(place: Place, link: Link, id: str) -> str:
    """The resource identifier object of the record ID behind LINK."""
    return f'{_identifier_start(place, link)}{id}"}}'


def _item(shape: Shape, template: Template) -> str:
    card = shape.card
    members = [
        member("type", literal(encode_basestring(shape.place.prefix + card.type))),
        member("id", _quoted("{id}")),
    ]
    attributes = [template.attribute(one) for one in card.attributes.values() if shape.wants(one.name)]
    if attributes:
        members.append(member("attributes", object_of(attributes)))
    relationships = [text for link in card.links if (text := _relationship(shape, template, link))]
    if relationships:
        members.append(member("relationships", object_of(relationships)))
    members.append(member("links", object_of([member("self", _address(shape))])))
    if shape.cursor_sort is not None:
        members.append(member("meta", _cursor(template, shape.cursor_sort)))
    return object_of(members)


def _relationship(shape: Shape, template: Template, link: Link) -> str | None:
    """The relationship LINK, or None where nothing of it was asked for."""
    if not shape.wants(link.name):
        return None
    members = []
    if shape.is_full or shape.fields is not None:
        own, other = _address(shape, f"/relationships/{link.name}"), _address(shape, f"/{link.name}")
        members.append(member("links", object_of([member("self", own), member("related", other)])))
    if isinstance(link, ToOne):
        members.append(member("data", _to_one(shape, template, link)))
    elif link.name in shape.linked:
        members.append(member("data", f'{{linkage_{shape.linked.index(link.name)}.get(id, "[]")}}'))
    return member(link.name, object_of(members)) if members else None


def _to_one(shape: Shape, template: Template, link: ToOne) -> str:
    name = template.variable(link.key)
    start, end = template.constant(_identifier_start(shape.place, link)), template.constant('"}')
    value = f"{start}+{name}+{end}"
    if shape.card.every_attribute[link.key].is_nullable:
        value = f'"null" if {name} is None else {value}'
    return "{" + value + "}"


def _identifier_start(place: Place, link: Link) -> str:
    return f'{{"type":{encode_basestring(place.prefix + link.type)},"id":"'


def _address(shape: Shape, tail: str = "") -> str:
    return _quoted(literal(f"{shape.place.base}{shape.card.path}/") + "{id}" + literal(tail))


def _quoted(template: str) -> str:
    return f'"{template}"'


def _cursor(template: Template, sort: tuple[str, ...]) -> str:
    write, said = template.constant(cursors.write), template.constant(",".join(sort))
    keys = "".join(f"{template.variable(field)}," for field in cursors.fields_of(sort))
    return object_of(
        [member("page", object_of([member("cursor", _quoted(f"{{{write}({said}, ({keys}))}}"))]))]
    )
