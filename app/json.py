"""The one reader of JSON: strict where parsers differ, and bounded before anything is built on it."""

import json
import re
from typing import Any

import msgspec

from app.errors import Fault, Invalid, Malformed

MOST_DEPTH = 64
MOST_NODES = 100_000  # values in one document
# Finds every key, and at times more (`"\":"`, `":"`): more costs a look, fewer would hide a doubled key.
_KEYS = re.compile(rb'"\s*:')
_KEYS_AND_SPACE = tuple(b'"' + space for space in (b" ", b"\n", b"\t", b"\r"))  # before a colon, maybe
_TO_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_LONG_NUMBER = b"0" * 19
_CONTAINERS = frozenset({dict, list})
_INTEGERS = range(-(2**63), 2**63)


def parse(body: bytes, most_nodes: int = MOST_NODES) -> Any:
    """The value that BODY spells. Raises Malformed or Invalid, saying what was wrong.

    Malformed: anything but UTF-8 JSON (RFC 8259), NaN and infinity, doubled keys, more than 64
    levels, more than MOST_NODES values. Invalid: U+0000, integers beyond 64 bits.
    """
    try:
        value = msgspec.json.decode(body)
    except RecursionError:
        raise _too_deep() from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        detail = "the body is empty: send a JSON document" if not body else f"the body is no JSON: {error}"
        raise Malformed(detail, "", code="json_invalid") from None
    # At most so many values can be there, each but the first behind one of these: no need to count.
    if body.count(b",") + body.count(b":") + body.count(b"[") >= most_nodes:
        _check_nodes(value, most_nodes)
    if b"\\u0000" in body or b"\\uD" in body or b"\\ud" in body:
        _check_text(value)
    if _LONG_NUMBER in body.translate(_TO_ZEROS):  # a tenth of what a search for digits takes
        _check_numbers(value)
    _check_shape(body, value)
    return value


def _values(value: Any) -> Any:
    """Every value within VALUE, and every key."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        yield one
        if isinstance(one, dict):
            waiting += one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def _check_nodes(value: Any, most: int) -> None:
    count = 1
    waiting = [value]
    while waiting:
        one = waiting.pop()
        inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        count += len(inner)
        if count > most:
            raise Malformed(f"the body holds more than {most} values", "", code="json_too_large")
        waiting += inner


def _check_text(value: Any) -> None:
    for one in _values(value):
        if isinstance(one, str) and ("\0" in one or any("\ud800" <= char <= "\udfff" for char in one)):
            raise Invalid(Fault("character_not_allowed", "U+0000 and lone surrogates are not allowed", ""))


def _check_numbers(value: Any) -> None:
    for one in _values(value):
        if isinstance(one, int) and one not in _INTEGERS:
            raise Invalid(Fault("number_out_of_range", "whole numbers have at most 64 bits", ""))


def _check_shape(body: bytes, value: Any) -> None:
    """Look for values that are nested too deep, and for doubled keys where the text seems to hold more."""
    keys, depth, level = 0, 0, [value]
    while level := [one for one in level if type(one) in _CONTAINERS]:
        depth += 1
        if depth > MOST_DEPTH:
            raise _too_deep()
        inner: list[Any] = []
        for one in level:
            if type(one) is dict:
                keys += len(one)
                inner += one.values()
            else:
                inner += one
        level = inner
    if _most_keys(body) != keys:
        json.loads(body, object_pairs_hook=_single)


def _most_keys(body: bytes) -> int:
    """How many keys BODY has at most: a count tells where no space stands before a colon, as usual."""
    if any(one in body for one in _KEYS_AND_SPACE):
        return len(_KEYS.findall(body))
    return body.count(b'":')


def _too_deep() -> Malformed:
    return Malformed(f"the body is nested deeper than {MOST_DEPTH} levels", "", code="json_too_deep")


def _single(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("an object has the same key twice", "", code="json_duplicate_key")
    return found


def text_of(value: Any) -> str:
    """VALUE as compact JSON text, the form in which it is kept and sent."""
    return msgspec.json.encode(value).decode()
