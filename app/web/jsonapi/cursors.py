"""Cursors: a record's sort keys, its id last, as text that a client hands back unread.

A cursor is no secret and grants nothing: the list it continues is the actor's own.
"""

from base64 import urlsafe_b64decode
from binascii import b2a_base64
from typing import Any

import msgspec

from app.attributes import Attribute, Kind
from app.declare import Resource
from app.errors import BadQuery

_LONGEST = 16_384  # characters
_URLSAFE = bytes.maketrans(b"+/", b"-_")


def write(sort: str, keys: tuple[Any, ...]) -> str:
    """The cursor of a record with KEYS in the order SORT."""
    encoded = b2a_base64(msgspec.json.encode((sort, *keys)), newline=False)
    return encoded.translate(_URLSAFE).rstrip(b"=").decode()


def read(card: Resource, sort: tuple[str, ...], text: str, parameter: str) -> tuple[Any, ...]:
    """The keys that TEXT holds. Raises BadQuery where it is no cursor of this order."""
    invalid = BadQuery(
        "the cursor is none of this list's: take one from its links", parameter, code="cursor_invalid"
    )
    if len(text) > _LONGEST:
        raise invalid
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        said_sort, *keys = msgspec.json.decode(urlsafe_b64decode(padded), type=list)
    except (ValueError, RecursionError):
        raise invalid from None
    fields = fields_of(sort)
    is_ours = said_sort == ",".join(sort) and len(keys) == len(fields)
    if not is_ours or not all(
        _is_value(card.every_attribute[name], key) for name, key in zip(fields, keys, strict=True)
    ):
        raise invalid
    return tuple(keys)


def fields_of(sort: tuple[str, ...]) -> tuple[str, ...]:
    """The fields that a cursor of the order SORT holds."""
    names = [name.removeprefix("-") for name in sort]
    return tuple(names[: names.index("id") + 1] if "id" in names else [*names, "id"])


def _is_value(attribute: Attribute, key: Any) -> bool:
    if key is None:
        return attribute.is_nullable
    if attribute.kind is Kind.NUMBER and isinstance(key, float):
        return True
    if attribute.kind in (Kind.NUMBER, Kind.INTEGER):
        return isinstance(key, int) and not isinstance(key, bool) and -(2**63) <= key < 2**63
    return isinstance(key, str) and "\0" not in key
