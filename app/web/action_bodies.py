"""From the attributes that an action is sent to checked values, whatever wire they came by."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from marshmallow import Schema, ValidationError, fields, missing

from app.declare import Values
from app.errors import Fault, Invalid
from app.json import text_of


def read_body_of(body: type[Schema] | None, attributes: Mapping[str, Any], at: str) -> Values:
    """The values of ATTRIBUTES by BODY (None: they mean nothing). Raises Invalid, pointing below AT.

    Ids are text; objects within lists are JSON text, as attributes are kept.
    """
    if body is None or (not attributes and _is_optional(body)):
        return {}
    try:
        loaded: Values = _schema_of(body).load(_as_meant(_schema_of(body), attributes))
    except ValidationError as error:
        messages: Any = error.normalized_messages()  # type: ignore[no-untyped-call]
        raise Invalid(*_body_faults(messages, attributes, at)) from None
    return _as_kept(loaded)


def _as_meant(schema: Schema, given: Mapping[str, Any]) -> Values:
    """GIVEN with whole numbers as such (to JSON Schema 5.0 is one), and in lists none of what is ignored."""
    return {name: _meant(schema.fields.get(name), value) for name, value in given.items()}


def _meant(field: Any, value: Any) -> Any:
    if isinstance(field, fields.Integer) and isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(field, fields.List) and isinstance(field.inner, fields.Nested) and isinstance(value, list):
        return [_as_meant(field.inner.schema, _own(one)) if isinstance(one, dict) else one for one in value]
    return value


def _own(given: Mapping[str, Any]) -> Values:
    """GIVEN without the members that JSON:API has us ignore (@...)."""
    return {name: value for name, value in given.items() if not name.startswith("@")}


@lru_cache
def _schema_of(body: type[Schema]) -> Schema:
    """The schema of BODY, made once: it keeps nothing of what it loads."""
    return body()


@lru_cache
def _is_optional(body: type[Schema]) -> bool:
    """Whether nothing has to be sent, and what is not sent means nothing."""
    known = _schema_of(body).fields.values()
    return not any(one.required or one.load_default is not missing for one in known)


def _body_faults(messages: Any, attributes: Any, at: str) -> list[Fault]:
    """The faults of marshmallow's nested MESSAGES, each pointing at what is there."""
    faults: list[Fault] = []
    for name, found in messages.items():
        is_there = name in attributes if isinstance(attributes, dict) else isinstance(attributes, list)
        pointer = f"{at}/{escaped(str(name))}" if is_there else at
        if isinstance(found, dict):
            inner = attributes[name] if is_there else {}
            faults += _body_faults(found, inner, pointer)
            continue
        for detail in found:
            if not is_there:
                faults.append(Fault("attribute_missing", f"{name} is required", at))
            elif detail == "Unknown field.":
                faults.append(Fault("attribute_unknown", f"there is no attribute {name}", pointer))
            else:
                faults.append(Fault("attribute_invalid", f"{name}: {detail}", pointer))
    return faults


def _as_kept(value: Values) -> Values:
    """VALUE of an action's body with ids as text; objects one level down as JSON text."""
    return {name: _plain_value(one) for name, one in value.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, list):
        return [_within_list(item) for item in value]
    return _column_value(value)


def _within_list(item: Any) -> Any:
    if isinstance(item, dict):
        return {name: _column_value(one) for name, one in item.items()}
    return _column_value(item)


def _column_value(value: Any) -> Any:
    if isinstance(value, dict | list):
        return text_of(value)
    return value if isinstance(value, str | bool | int | float | None) else str(value)


def escaped(name: str) -> str:
    """NAME as a step of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
