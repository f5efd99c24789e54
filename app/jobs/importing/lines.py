"""Reads some lines of a gathered import from a place on. It knows the store of files, and no database."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from app.contents import Blobs
from app.jobs.importing.items import Bad, Item

AT_ONCE = 500  # lines
MOST_BYTES = 1 << 20  # of them, but for one that is longer: a transaction writes what they hold


class Lines(NamedTuple):
    """Some lines, and where the next ones begin, in bytes; None: there are none left."""

    items: tuple[Item | Bad, ...]
    next: int | None


_bad = msgspec.json.Decoder(Bad)
_item = msgspec.json.Decoder(Item)
_BAD = b'{"type":"bad"'


def read(blobs: Blobs, hash: str, start: int) -> Lines:
    """The next lines of the file HASH from the byte START on, at most AT_ONCE and MOST_BYTES."""
    found: list[bytes] = []
    size = 0
    for line in _whole(blobs.read(hash, start)):
        if len(found) == AT_ONCE or (found and size + len(line) > MOST_BYTES):
            return Lines(tuple(map(_decoded, found)), start + size)
        found.append(line)
        size += len(line) + 1
    return Lines(tuple(map(_decoded, found)), None)


def _whole(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The lines that PIECES hold, each of which ends with a newline."""
    rest: list[bytes] = []
    for piece in pieces:
        *whole, last = piece.split(b"\n")
        if whole:
            yield b"".join((*rest, whole[0]))
            yield from whole[1:]
            rest = []
        rest.append(last)


def _decoded(line: bytes) -> Item | Bad:
    return _bad.decode(line) if line.startswith(_BAD) else _item.decode(line)
