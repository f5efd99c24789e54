"""Reads attributes that are plainly right, at a twentieth of the schema's cost; leaves all others to it.

It never refuses: it says that it does not know, and the schema, its oracle, reads and tells the faults (a
property test holds what both accept equal).
"""

from collections.abc import Callable, Mapping
from typing import Any

from app.attributes import Attribute, Kind, is_id
from app.declare import Resource, Values
from app.json import text_of

_UNKNOWN: Any = object()  # in place of a value: ask the schema


class QuickReader:
    """Reads attributes of CARD's records."""

    def __init__(self, card: Resource) -> None:
        # Parents come as relationships as well: whether one is missing is for others to say.
        parents = {link.key for link in card.parents.values()}
        settable = {name: one for name, one in card.attributes.items() if not one.is_read_only}
        self._reads = {name: (one.field, _read_of(one)) for name, one in settable.items()}
        self._required = frozenset(
            name for name, one in settable.items() if one.is_required and one.field not in parents
        )

    def read(self, attributes: Mapping[str, Any], *, is_partial: bool) -> Values | None:
        """The values of ATTRIBUTES by field; None where the schema is to be asked."""
        if not is_partial and not self._required <= attributes.keys():
            return None
        values: Values = {}
        for name, given in attributes.items():
            if name not in self._reads:
                return None
            field, read = self._reads[name]
            value = read(given)
            if value is _UNKNOWN:
                return None
            values[field] = value
        return values


Read = Callable[[Any], Any]  # what is given -> the value, or _UNKNOWN


def _read_of(attribute: Attribute) -> Read:
    read = _READS.get(attribute.kind, _nothing)(attribute)
    if not attribute.is_nullable:
        return read
    return lambda value: None if value is None else read(value)


def _nothing(attribute: Attribute) -> Read:
    return lambda value: _UNKNOWN


def _text(attribute: Attribute) -> Read:
    least, most = int(attribute.is_required), attribute.longest
    if attribute.like:
        return lambda value: _UNKNOWN
    return lambda value: value if type(value) is str and least <= len(value) <= most else _UNKNOWN


def _choice(attribute: Attribute) -> Read:
    choices = frozenset(attribute.choices)
    return lambda value: value if type(value) is str and value in choices else _UNKNOWN


_READS: Mapping[Kind, Callable[[Attribute], Read]] = {
    Kind.ID: lambda attribute: lambda value: value.lower() if is_id(value) else _UNKNOWN,
    Kind.INTEGER: lambda attribute: lambda value: value if type(value) is int else _UNKNOWN,
    Kind.OBJECT: lambda attribute: lambda value: text_of(value) if type(value) is dict else _UNKNOWN,
    Kind.TEXT: _text,
    Kind.CHOICE: _choice,
}
