"""The parts of a release: some hundred items each, as lines that are kept compressed, in the order of ids.

It knows the store of files, and no record.
"""

import sys
from collections.abc import Iterator, Sequence

import msgspec

from app.contents import Blobs
from app.formats.items import Item

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_LEVEL = 1
_decoder = msgspec.json.Decoder(Item)


def packed(lines: Sequence[bytes]) -> bytes:
    return bytes(zstd.compress(b"\n".join(lines) + b"\n", level=_LEVEL))


def unpacked(content: bytes) -> list[bytes]:
    return bytes(zstd.decompress(content)).splitlines()


def items_in(content: bytes) -> Iterator[Item]:
    """The items of a part."""
    yield from map(_decoder.decode, unpacked(content))


def item_of(blobs: Blobs, parts: Sequence[str], id: str) -> Item | None:
    """The item ID of the release whose PARTS have these hashes; None where it is in none of them.

    Some of the parts are read: of a thousand, ten.
    """
    first, last = 0, len(parts)
    while first < last:
        middle = (first + last) // 2
        items = list(items_in(blobs.get(parts[middle])))
        if items and id < items[0].id:
            last = middle
        elif items and id > items[-1].id:
            first = middle + 1
        else:
            return next((one for one in items if one.id == id), None)
    return None
