"""Reads some lines of a gathered import from a place on. It knows the store of files, and no database."""

from typing import NamedTuple

import msgspec

from app.contents import Blobs
from app.jobs.importing.items import Bad, Item

AT_ONCE = 500  # lines


class Lines(NamedTuple):
    """Some lines, and where the next ones begin, in bytes; None: there are none left."""

    items: tuple[Item | Bad, ...]
    next: int | None


_bad = msgspec.json.Decoder(Bad)
_item = msgspec.json.Decoder(Item)
_BAD = b'{"type":"bad"'


def read(blobs: Blobs, hash: str, start: int) -> Lines:
    """The next lines of the file HASH from the byte START on, at most AT_ONCE."""
    found: list[bytes] = []
    rest, at = b"", start
    for piece in blobs.read(hash, start):
        *whole, rest = (rest + piece).split(b"\n")
        found += whole[: AT_ONCE - len(found)]
        if len(found) == AT_ONCE:
            break
    at += sum(len(line) + 1 for line in found)
    return Lines(tuple(map(_decoded, found)), at if len(found) == AT_ONCE else None)


def _decoded(line: bytes) -> Item | Bad:
    return _bad.decode(line) if line.startswith(_BAD) else _item.decode(line)
