"""From a card to its marshmallow-jsonapi schema: it reads and checks every body, and is the oracle for
what is written (a property test holds the compiled writer equal to its dump).
"""

import threading
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from marshmallow import ValidationError, fields, validate
from marshmallow_jsonapi import Schema
from marshmallow_jsonapi.fields import Relationship

from app.attributes import Attribute, Kind, is_id, read_time
from app.declare import Resource, ToMany, ToOne, Values
from app.errors import Fault, Invalid
from app.json import text_of
from app.operations.records import Assertion
from app.web.action_bodies import escaped
from app.web.quick_reader import QuickReader


class _Id(fields.String):
    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> Any:
        if not is_id(value):
            raise ValidationError("a UUID is expected")
        return value.lower()


class _Time(fields.String):
    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> Any:
        try:
            return read_time(super()._deserialize(value, attr, data, **options))
        except ValueError as error:
            raise ValidationError(str(error)) from None


class _Number(fields.Float):
    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValidationError("a number is expected")
        number: Any = super()._deserialize(value, attr, data, **options)
        return number + 0.0  # no -0.0: SQLite does not keep its sign


class _Object(fields.Dict):
    """A JSON object, kept as compact text."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> Any:
        if not isinstance(value, dict):
            raise ValidationError("an object is expected")
        return text_of(value)

    def _serialize(self, value: Any, attr: Any, obj: Any, **options: Any) -> Any:
        return None if value is None else msgspec.json.decode(value)


class _Texts(fields.List):
    """A list of strings, kept as compact text."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> Any:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise ValidationError("a list of strings is expected")
        return text_of(value)

    def _serialize(self, value: Any, attr: Any, obj: Any, **options: Any) -> Any:
        return msgspec.json.decode(value)


_FIELDS: Mapping[Kind, Any] = {
    Kind.ID: _Id,
    Kind.TIME: _Time,
    Kind.NUMBER: _Number,
    Kind.INTEGER: fields.Integer,
    Kind.OBJECT: _Object,
    Kind.TEXT: fields.String,
    Kind.CHOICE: fields.String,
    Kind.NAME: fields.String,
}


@cache
def schema_of(card: Resource, prefix: str = "", base: str = "") -> type[Any]:
    """The schema class of CARD, with one field an attribute and one a relationship.

    PREFIX stands before every type, BASE before every link: a mount's.
    """
    meta = {"type_": prefix + card.type, "strict": True}
    declared: dict[str, Any] = {"Meta": type("Meta", (), meta), "id": _Id()}
    for name, attribute in card.attributes.items():
        declared[name] = _field(card, attribute)
    for link in card.links:
        place = f"{base}{card.path}/{{id}}"
        declared[link.name] = Relationship(
            type_=prefix + link.type,
            many=isinstance(link, ToMany),
            include_resource_linkage=isinstance(link, ToOne),
            attribute=f"_{link.name}",
            allow_none=True,
            dump_default=None,
            self_url=f"{place}/relationships/{link.name}",
            self_url_kwargs={"id": "<id>"},
            related_url=f"{place}/{link.name}",
            related_url_kwargs={"id": "<id>"},
        )
    return type(f"{card.model.__name__}Schema", (Schema,), declared)


def _field(card: Resource, attribute: Attribute) -> Any:
    rules: list[Any] = []
    if attribute.kind is Kind.CHOICE:
        rules.append(
            validate.OneOf(attribute.choices, error=f"one of {', '.join(attribute.choices)} is expected")
        )
    if attribute.kind is Kind.TEXT:
        rules.append(
            validate.Length(
                min=1 if attribute.is_required else None,
                max=attribute.longest,
                error=f"1 to {attribute.longest} characters are expected"
                if attribute.is_required
                else f"at most {attribute.longest} characters are expected",
            )
        )
    if attribute.like:
        rules.append(
            validate.Regexp(rf"(?:{attribute.like.pattern})\Z", error=f"{attribute.like.name} is expected")
        )
    is_parent = any(link.key == attribute.field for link in card.parents.values())
    options = {
        "attribute": attribute.field,
        "dump_only": attribute.is_read_only,
        "required": attribute.is_required and not attribute.is_read_only and not is_parent,
        "allow_none": attribute.is_nullable,
        "validate": rules,
    }
    if attribute.kind is Kind.TEXTS:
        return _Texts(fields.String(), **options)
    return _FIELDS[attribute.kind](**options)


_quick_reader_of = cache(QuickReader)
_KEPT = threading.local()  # a schema costs more to make than a body to read, and cannot be shared


def read_attributes(
    card: Resource, attributes: Mapping[str, Any], *, is_partial: bool, at: str = "/data/attributes"
) -> Values:
    """The values of ATTRIBUTES by field. Raises Invalid with every fault, pointing below AT."""
    if (plain := _quick_reader_of(card).read(attributes, is_partial=is_partial)) is not None:
        return plain
    kept = _KEPT.__dict__.setdefault("schemas", {})
    schema = kept.get(card)
    if schema is None:
        schema = kept[card] = schema_of(card)()
    # The schema would take the id and the relationships from among the attributes as well.
    known = {name: value for name, value in attributes.items() if name in card.attributes}
    faults = [_unknown(name, at) for name in attributes if name not in known]
    document = {"data": {"type": card.type, "attributes": known}}
    loaded: Values = {}
    try:
        loaded = schema.load(document, partial=is_partial)
    except ValidationError as error:
        messages: Any = error.normalized_messages()  # type: ignore[no-untyped-call]
        faults += [_fault(one, known, at) for one in messages["errors"]]
    if faults:
        raise Invalid(*faults)
    return loaded


def _fault(error: Mapping[str, Any], attributes: Mapping[str, Any], at: str) -> Fault:
    name = error["source"]["pointer"].rpartition("/")[2]
    detail = error["detail"]
    if name not in attributes:
        return Fault("attribute_missing", f"{name} is required", at)
    if detail == "Unknown field.":  # a read-only one: on create there is nothing yet that it may repeat
        return _unknown(name, at)
    if detail == "Field may not be null.":
        detail = "null is not allowed"
    return Fault("attribute_invalid", f"{name}: {detail}", f"{at}/{name}")


def _unknown(name: str, at: str) -> Fault:
    pointer = f"{at}/{escaped(name)}"
    return Fault("attribute_unknown", f"there is no attribute {name} to be set", pointer)


def asserted(
    card: Resource, attributes: Mapping[str, Any], at: str = "/data/attributes"
) -> tuple[list[Assertion], dict[str, Any]]:
    """What ATTRIBUTES say of fields that cannot be changed (for later: it may be true), and the rest."""
    assertions: list[Assertion] = []
    changeable = {}
    for name, value in attributes.items():
        attribute = card.attributes.get(name)
        if attribute and (attribute.is_read_only or attribute.is_fixed):
            assertions.append(Assertion(attribute.field, _kept(attribute, value), f"{at}/{name}"))
        else:
            changeable[name] = value
    return assertions, changeable


def _kept(attribute: Attribute, value: Any) -> Any:
    """VALUE in the form in which the attribute is kept; itself where it has none."""
    try:
        if value is not None and not attribute.kind.is_scalar:
            return text_of(value)
        return attribute.read(value) if isinstance(value, str) else value
    except ValueError:
        return value
