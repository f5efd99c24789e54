"""Reads manifests as streams: a JSON array of items, or a line for each. No records and no network."""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from app.errors import Malformed
from app.formats.errors import BadDocument
from app.formats.json_stream import JsonObject
from app.jobs.importing.items import LONGEST_LINE, Bad, Item, item_of_line
from app.resources.imports import LARGEST_MANIFEST

MOST_ITEMS = 100_000
MOST_BYTES = LARGEST_MANIFEST


def items_of(source: BinaryIO, defaults: Mapping[str, Any]) -> Iterator[Item | Bad]:
    """Each item of the manifest that SOURCE holds, in its order. Raises Malformed.

    One that is wrong is told by a Bad, and stops no other; a manifest that is no JSON, or has more than
    MOST_ITEMS, stops there.
    """
    for n, item in enumerate(_read(source, defaults)):
        if n == MOST_ITEMS:
            raise _bad(f"a manifest has at most {MOST_ITEMS} items: send the rest in another")
        yield item


def _read(source: BinaryIO, defaults: Mapping[str, Any]) -> Iterator[Item | Bad]:
    start = _first(source)
    if start == b"[":
        return _of_array(source, defaults)
    if start == b"{":
        return _of_lines(source, defaults)
    raise _bad("a manifest is a JSON array of items, or one item a line")


def _first(source: BinaryIO) -> bytes:
    """The first byte of SOURCE that is no space; SOURCE then stands at its beginning."""
    head = source.read(65536).lstrip()
    source.seek(0)
    return head[:1]


def _of_array(source: BinaryIO, defaults: Mapping[str, Any]) -> Iterator[Item | Bad]:
    try:
        for n, piece in enumerate(JsonObject(source, LONGEST_LINE).elements()):
            yield item_of_line(piece, f"item {n}", defaults)
    except BadDocument as error:
        raise _bad(f"the manifest is no JSON: {error.detail}") from None


def _of_lines(source: BinaryIO, defaults: Mapping[str, Any]) -> Iterator[Item | Bad]:
    for n in range(MOST_BYTES):
        line = source.readline(LONGEST_LINE + 1)
        if not line:
            return
        if len(line) > LONGEST_LINE:
            raise _bad(f"line {n + 1} has more than {LONGEST_LINE} bytes")
        if line.strip():
            yield item_of_line(line, f"line {n + 1}", defaults)


def _bad(detail: str) -> Malformed:
    return Malformed(detail, code="manifest_invalid")
