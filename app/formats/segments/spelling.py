"""How a client wrote what we write otherwise: so that it gets back what it sent. It must not know meanings.

What is plain is what we would write of a thing. What differs in what was given is kept beside the thing:
`kept` are the members that have another value or are none of ours, `without` those that were not there.
Whatever is read back here was in the hands of others, and may be anything.
"""

from collections.abc import Collection
from typing import Any

from app.formats.segments.soundness import Json, same

VENDOR = "segments"  # our corner of `vendor` and of `metadata`


def difference(given: Json, plain: Json) -> Json:
    """What makes GIVEN of PLAIN, for `respelled`; {} where they are the same."""
    kept = {name: value for name, value in given.items() if name not in plain or not same(value, plain[name])}
    without = [name for name in plain if name not in given]
    return ({"kept": kept} if kept else {}) | ({"without": without} if without else {})


def respelled(plain: Json, told: Json, ours: Collection[str] = ()) -> Json:
    """PLAIN as `difference` told it; the members OURS stay as PLAIN has them, there or not."""
    kept, without = object_in(told, "kept"), told.get("without")
    left = without if isinstance(without, list) else []
    members = {name: value for name, value in plain.items() if name in ours or name not in left}
    return members | {name: value for name, value in kept.items() if name not in ours}


def names_in(told: Json) -> set[str]:
    """The members that TOLD, a difference, is about."""
    without = told.get("without")
    listed = without if isinstance(without, list) else []
    return {*object_in(told, "kept"), *(name for name in listed if isinstance(name, str))}


def object_in(value: object, name: str) -> Json:
    """The object that VALUE has under NAME; an empty one where there is none."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def kept_of(value: object) -> Json:
    """Our corner of VALUE's `vendor`."""
    return object_in(object_in(value, "vendor"), VENDOR)


def with_vendor(members: Json, before: object, told: Json) -> Json:
    """MEMBERS with TOLD as our corner of `vendor`, and the others' corners as BEFORE had them."""
    others = {name: value for name, value in object_in(before, "vendor").items() if name != VENDOR}
    vendor: dict[str, Any] = others | ({VENDOR: told} if told else {})
    return members | ({"vendor": vendor} if vendor else {})
