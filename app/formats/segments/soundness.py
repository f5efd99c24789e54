"""What is looked at before anything is made of a value from outside. It must not know what it means.

Whatever passes `check_sound` may be gone through by functions that call themselves, and written as JSON.
"""

import re
from collections.abc import Iterable
from math import isfinite
from typing import Any

import msgspec

from app.formats.errors import BadMember

Json = dict[str, Any]

MOST_DEPTH = 32  # levels: what is kept of it stands some levels further down, and JSON has 64
MOST_VALUES = 6_000_000
LONGEST_POINTER = 500  # characters that are told
_BROKEN = re.compile(r"[\x00\ud800-\udfff]")
_LEAST, _MOST = -(2**63), 2**63 - 1
_encode = msgspec.json.Encoder(order="sorted").encode


def same(one: object, other: object) -> bool:
    """Whether both are written as the same JSON, whatever the order of members: 1 is not 1.0."""
    return _encode(one) == _encode(other)


def pointer_to(at: str, name: object) -> str:
    """The pointer to the member NAME of what stands at AT."""
    return f"{at}/{str(name).replace('~', '~0').replace('/', '~1')}"


def check_sound(value: object) -> None:
    """Raises BadMember where VALUE is no JSON, or more or deeper than is read."""
    waiting: list[tuple[object, str, int]] = [(value, "", 0)]
    seen = 1
    while waiting:
        one, at, depth = waiting.pop()
        members = _members(one, at)
        if members is None:
            _check_leaf(one, at)
            continue
        seen += len(one)  # type: ignore[arg-type]  # it has members
        if seen > MOST_VALUES:
            raise BadMember("value_too_large", "", f"it has more than {MOST_VALUES} values")
        if depth == MOST_DEPTH:
            detail = f"it is nested deeper than {MOST_DEPTH} levels"
            raise BadMember("value_too_deep", at[:LONGEST_POINTER], detail)
        waiting += [(member, pointer_to(at, name), depth + 1) for name, member in members]


def _members(value: object, at: str) -> Iterable[tuple[object, object]] | None:
    """What of VALUE has to be looked at, with its name; None where it is no object or list."""
    if isinstance(value, dict):
        for name in value:
            if not isinstance(name, str) or _BROKEN.search(name):
                raise BadMember("value_invalid", at, "the name of a member is no text that can be written")
        return value.items()
    if not isinstance(value, list):
        return None
    return () if _are_plain_numbers(value) else enumerate(value)


def _are_plain_numbers(values: list[Any]) -> bool:
    """Whether VALUES are numbers alone, none of which needs a look: clouds have a million of them."""
    if not values or not set(map(type, values)) <= {int, float}:
        return False
    try:
        return all(map(isfinite, values)) and min(values) >= _LEAST and max(values) <= _MOST
    except OverflowError:  # a whole number beyond any float
        return False


def _check_leaf(value: object, at: str) -> None:
    kind = type(value)
    if value is None or kind is bool:
        return
    if kind is int and _LEAST <= value <= _MOST:  # type: ignore[operator]
        return
    if kind is float and isfinite(value):  # type: ignore[arg-type]
        return
    if isinstance(value, str) and ((value.isascii() and "\0" not in value) or not _BROKEN.search(value)):
        return
    at = at[:LONGEST_POINTER]
    raise BadMember("value_invalid", at, "it is no text, number of 64 bits, true, false or null")
