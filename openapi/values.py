"""What a value may be, as JSON Schema (draft 2020-12): of an attribute, of a filter, of an action's body."""

from collections.abc import Mapping
from typing import Any

import msgspec
from marshmallow import Schema as Body
from marshmallow import fields, validate

from app.attributes import Attribute, Kind
from app.declare import OwnFilter

Schema = dict[str, Any]

UUID: Schema = {"type": "string", "format": "uuid"}
TIME_AS_SENT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"
_OF_KIND: Mapping[Kind, Schema] = {
    Kind.ID: UUID,
    Kind.TEXT: {"type": "string"},
    Kind.CHOICE: {"type": "string"},
    Kind.NAME: {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
    Kind.TIME: {"type": "string", "format": "date-time"},
    Kind.NUMBER: {"type": "number", "format": "double"},
    Kind.INTEGER: {"type": "integer", "format": "int64"},
    Kind.OBJECT: {"type": "object"},
    Kind.TEXTS: {"type": "array", "items": {"type": "string"}},
}
NULL_WORD: Schema = {"const": "null"}


def ref(kind: str, name: str) -> Schema:
    """A reference to the component NAME of KIND (schemas, parameters, responses, ...)."""
    return {"$ref": f"#/components/{kind}/{name}"}


def or_null(schema: Schema) -> Schema:
    """SCHEMA, or null."""
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    widened = {**schema, "type": [schema["type"], "null"]}
    return widened | ({"enum": [*schema["enum"], None]} if "enum" in schema else {})


def closed(schema: Schema) -> Schema:
    """The object SCHEMA with no members beyond its own, but those that JSON:API has us ignore (@...)."""
    return schema | {"patternProperties": {"^@": True}, "additionalProperties": False}


def answered(attribute: Attribute) -> Schema:
    """What ATTRIBUTE is in an answer."""
    schema = _rules(attribute)
    if attribute.kind is Kind.TIME:
        schema["pattern"] = TIME_AS_SENT
    return _described(attribute, schema)


def accepted(attribute: Attribute, *, with_default: bool) -> Schema:
    """What ATTRIBUTE may be in a request."""
    schema = _rules(attribute)
    if attribute.kind is Kind.TEXT and attribute.is_required:
        schema["minLength"] = 1
    schema = _described(attribute, schema)
    if with_default and _has_default(attribute):
        schema["default"] = default_of(attribute)
    return schema


def default_of(attribute: Attribute) -> Any:
    """The value of ATTRIBUTE where a client gives none, as JSON."""
    if isinstance(attribute.default, str) and not attribute.kind.is_scalar:
        return msgspec.json.decode(attribute.default)
    return attribute.default


def _has_default(attribute: Attribute) -> bool:
    # An empty id or text is no value that a client sees: the service puts another in its place.
    return not attribute.is_required and attribute.default != ""


def _rules(attribute: Attribute) -> Schema:
    schema: Schema = {**_OF_KIND[attribute.kind]}
    if attribute.kind is Kind.TEXT:
        schema["maxLength"] = attribute.longest
    if attribute.like:
        schema["pattern"] = f"^(?:{attribute.like.pattern})$"
    if attribute.choices:
        schema["enum"] = list(attribute.choices)
    return {**schema, **(attribute.holds.schema if attribute.holds else {})}


def _described(attribute: Attribute, schema: Schema) -> Schema:
    if attribute.is_nullable:
        schema = or_null(schema)
    marks = {"readOnly": True} if attribute.is_read_only else {}
    about = attribute.about
    if attribute.is_fixed:
        about = f"{about} Fixed once the record is made."
    return schema | ({"description": about} if about else {}) | marks


# ---- filters


def filtered(attribute: Attribute, operator: str) -> Schema:
    """One value of the filter of ATTRIBUTE by OPERATOR."""
    if operator == "match":
        return {"type": "string", "minLength": 1, "maxLength": 256}
    schema = {**_OF_KIND[attribute.kind]}
    if attribute.choices:
        schema["enum"] = list(attribute.choices)
    may_be_null = operator in ("", "eq", "in") and attribute.kind is not Kind.TEXT
    return _or_words(schema, ("null",) if may_be_null else ())


def own_filtered(own: OwnFilter) -> Schema:
    """One value of a card's OWN filter."""
    if own.kind is Kind.CHOICE:
        return {"type": "string", "enum": list(own.choices)}
    return _or_words(_OF_KIND[own.kind], own.choices)


def _or_words(schema: Schema, words: tuple[str, ...]) -> Schema:
    """SCHEMA, or one of WORDS."""
    if not words:
        return {**schema}
    if "enum" in schema:
        return schema | {"enum": [*schema["enum"], *words]}
    return {"anyOf": [{**schema}, {"type": "string", "enum": list(words)}]}


# ---- the bodies of actions

_OF_FIELD: Mapping[type[fields.Field], Schema] = {
    fields.UUID: UUID,
    fields.String: {"type": "string"},
    fields.Boolean: {"type": "boolean"},
    fields.Integer: {"type": "integer"},
    fields.Float: {"type": "number"},
    fields.Dict: {"type": "object"},
}


def body_schema(body: type[Body]) -> Schema:
    """What the marshmallow schema BODY accepts."""
    declared = body().fields
    required = [name for name, field in declared.items() if field.required]
    schema = closed(
        {"type": "object", "properties": {name: _field_schema(one) for name, one in declared.items()}}
    )
    return schema | ({"required": required} if required else {})


def _field_schema(field: Any) -> Schema:
    if isinstance(field, fields.List):
        schema: Schema = {"type": "array", "items": _field_schema(field.inner)}
    elif isinstance(field, fields.Nested):
        schema = body_schema(type(field.schema))
    else:
        kind = next(kind for kind in type(field).__mro__ if kind in _OF_FIELD)
        schema = {**_OF_FIELD[kind]}
    for rule in field.validators:
        schema |= _bounds(rule, schema["type"])
    schema |= field.metadata.get("holds", {})
    schema = or_null(schema) if field.allow_none else schema
    about = field.metadata.get("description")
    return schema | ({"description": about} if about else {})


def _bounds(rule: Any, kind: str) -> Schema:
    """What RULE, a validator of a field of KIND, asks for, as far as a schema can say it."""
    if isinstance(rule, validate.OneOf):
        return {"enum": list(rule.choices)}
    if isinstance(rule, validate.Range):
        least = "minimum" if rule.min_inclusive else "exclusiveMinimum"
        most = "maximum" if rule.max_inclusive else "exclusiveMaximum"
        return _known({least: rule.min, most: rule.max})
    if isinstance(rule, validate.Length):
        of = "Items" if kind == "array" else "Length"
        return _known({f"min{of}": rule.min, f"max{of}": rule.max})
    return {}


def _known(schema: Schema) -> Schema:
    return {name: value for name, value in schema.items() if value is not None}
