"""Conditions and ranges of a file that never changes (RFC 9110, 13 and 14). It knows no file and no store.

One range is answered with that part; several with the whole file, as the RFC allows. Whoever asks for a
thousand small ones would else have us seek a thousand times, and no client of ours asks for more than one.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from app.web.errors import Unsatisfiable

_RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*", re.IGNORECASE)
LONGEST = 4096  # characters of a header that are read


class Part(NamedTuple):
    """The bytes from START to before END."""

    start: int
    end: int


def part_of(headers: Mapping[str, str], tag: str, size: int) -> Part | None:
    """The part that Range asks for, of SIZE bytes with the strong TAG; None: the whole. Raises Unsatisfiable.

    What cannot be read is passed over, as is a range of another version than If-Range names.
    """
    found = _RANGE.fullmatch(headers.get("range", "")[:LONGEST])
    if found is None or headers.get("if-range", tag) != tag:
        return None
    first, last = found.groups()
    if not first:
        return _last(int(last), size) if last else None
    start = int(first)
    if last and int(last) < start:
        return None  # no range at all: 9-3
    if start >= size:
        raise Unsatisfiable(size)
    return Part(start, min(int(last) + 1, size) if last else size)


def is_known(headers: Mapping[str, str], tag: str) -> bool:
    """Whether the client has what bears TAG: by If-None-Match, compared weakly."""
    given = headers.get("if-none-match", "")[:LONGEST]
    return any(one.strip().removeprefix("W/") in (tag, "*") for one in given.split(","))


def _last(count: int, size: int) -> Part | None:
    if not count or not size:
        raise Unsatisfiable(size)
    return Part(max(0, size - count), size)
