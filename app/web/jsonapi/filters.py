"""From one filter parameter to a Filter: its attribute and operator looked up, its values typed."""

import re
from contextlib import suppress
from typing import Any

import msgspec

from app.attributes import Attribute, Kind, read_number
from app.declare import OwnFilter, Resource
from app.errors import BadQuery, Invalid, Malformed
from app.json import parse as parse_json
from app.json import text_of
from app.query import MOST_VALUES, Filter

LONGEST_MATCH = 256  # characters
_MEMBER = re.compile(r"\[([^\[\]]*)\]")
_DEEPEST = 8  # members of filter[metadata][a][b]...


def filter_of(card: Resource, parameter: str, texts: list[str | None], me: str) -> Filter:
    """The filter that PARAMETER, such as filter[status__in], asks for. Raises BadQuery, naming it."""
    name, *path = _MEMBER.findall(parameter) or [parameter]
    if (own := card.own_filters.get(name)) and not path:
        return _own(own, parameter, _listed(texts, own.kind.splits_at_commas and own.takes_several), me)
    attribute_name, separator, operator = name.partition("__")
    operator = operator or separator  # which is none
    attribute = card.attribute(attribute_name)
    if attribute is None:
        raise BadQuery(f"{card.type} has no filter {attribute_name}", parameter, code="filter_unknown")
    if not attribute.kind.is_scalar:
        return _contains(attribute, parameter, operator, path, texts)
    operator = operator or ("in" if len(texts) > 1 else "eq")
    if operator not in attribute.operators or path:
        known = ", ".join(sorted(attribute.operators))
        detail = f"{attribute_name} has no such operator: it has {known}"
        raise BadQuery(detail, parameter, code="filter_operator_unknown")
    values = _listed(texts, attribute.kind.splits_at_commas and operator in ("eq", "in"))
    return Filter(attribute_name, operator, _values(attribute, operator, parameter, values))


def _listed(texts: list[str | None], splits: bool) -> list[str | None]:
    if not splits:
        return texts
    return [part for text in texts for part in ([text] if text is None else text.split(","))]


def _values(attribute: Attribute, operator: str, parameter: str, texts: list[str | None]) -> tuple[Any, ...]:
    _check_count(parameter, texts, MOST_VALUES if operator in ("eq", "in") else 1)
    if operator == "match":
        return (_pattern(parameter, texts[0]),)
    return tuple(_value(attribute, operator, parameter, text) for text in texts)


def _value(attribute: Attribute, operator: str, parameter: str, text: str | None) -> Any:
    is_null = text is None or (text == "null" and attribute.kind is not Kind.TEXT)
    if is_null and operator in ("eq", "in"):
        return None
    try:
        return attribute.read(text or "")
    except ValueError as error:
        raise BadQuery(f"{parameter}: {error}", parameter, code="filter_value_invalid") from None


def _pattern(parameter: str, text: str | None) -> str:
    if not text:
        raise BadQuery(f"{parameter}: a text is expected", parameter, code="filter_value_invalid")
    if len(text) > LONGEST_MATCH:
        detail = f"{parameter}: at most {LONGEST_MATCH} characters"
        raise BadQuery(detail, parameter, code="filter_value_too_long")
    return text


def _own(own: OwnFilter, parameter: str, texts: list[str | None], me: str) -> Filter:
    _check_count(parameter, texts, MOST_VALUES if own.takes_several else 1)
    try:
        return Filter(own.name, "in", tuple(own.read(text or "", me) for text in texts))
    except ValueError as error:
        raise BadQuery(f"{parameter}: {error}", parameter, code="filter_value_invalid") from None


def _check_count(parameter: str, texts: list[str | None], most: int) -> None:
    if len(texts) > most:
        detail = f"{parameter}: at most {most} {'values' if most > 1 else 'value'}"
        raise BadQuery(detail, parameter, code="filter_too_many_values")


def _contains(
    attribute: Attribute, parameter: str, operator: str, path: list[str], texts: list[str | None]
) -> Filter:
    """A filter of a JSON attribute: each value is the texts that it may match by."""
    if operator or (path and attribute.kind is Kind.TEXTS) or len(path) > _DEEPEST:
        detail = f"{attribute.name} is filtered by what it contains: filter[{attribute.name}]=..."
        raise BadQuery(detail, parameter, code="filter_operator_unknown")
    _check_count(parameter, texts, MOST_VALUES)
    values: tuple[tuple[str, ...], ...]
    if attribute.kind is Kind.TEXTS:
        values = tuple((text_of([text or ""]),) for text in texts)
    elif path:
        values = tuple(_at(path, text) for text in texts)
    else:
        values = tuple((_object(parameter, text or ""),) for text in texts)
    return Filter(attribute.name, "contains", values)


def _object(parameter: str, text: str) -> str:
    try:
        value = parse_json(text.encode())
    except (Malformed, Invalid) as error:
        code = error.code if isinstance(error, Invalid) else "filter_value_invalid"
        raise BadQuery(f"{parameter}: {error.detail}", parameter, code=code) from None
    if not isinstance(value, dict):
        detail = f'{parameter}: an object is expected, such as {{"city":"London"}}'
        raise BadQuery(detail, parameter, code="filter_value_invalid")
    return text_of(value)


def _at(path: list[str], text: str | None) -> tuple[str, ...]:
    """The objects that have TEXT at PATH: as a string, and as what else it may spell."""
    values: list[Any] = [text or ""]
    if text in ("true", "false", "null"):
        values.append(msgspec.json.decode(text))
    else:
        with suppress(ValueError):
            values.append(read_number(text or ""))
    return tuple(text_of(_nested(path, value)) for value in values)


def _nested(path: list[str], value: Any) -> Any:
    for name in reversed(path):
        value = {name: value}
    return value
