"""Our own format, which loses nothing: a line of JSON for the head, then one for each item with its marks."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import BinaryIO

import msgspec

from app.formats.bundle import Frame, document_in, write_bundle
from app.formats.encoding import encoded
from app.formats.errors import BadDocument
from app.formats.export import Content, Items, Tell
from app.formats.items import Head, Item, Mark, PictureRef, Problem, Problems, Reading, ReadItem, ReadMark
from app.formats.json_stream import decoded
from app.formats.opened import opened_picture, picture_ref

DOCUMENT = "items.ndjson"
VERSION = 1
MOST_LINE = 64 << 20  # bytes
MOST_VALUES, MOST_LISTS = 6_000_000, 2_000_000  # of an item: outlines are lists of lists


class FirstLine(msgspec.Struct, frozen=True):
    """What the file is, and its head."""

    format: str
    version: int
    head: Head


class Line(msgspec.Struct, frozen=True):
    """An item; FILE is the member of the archive that holds its picture."""

    item: Item
    file: str | None = None


_first = msgspec.json.Decoder(FirstLine)
_line = msgspec.json.Decoder(Line)


def write(
    head: Head, items: Items, out: BinaryIO, *, content: Content | None, tell: Tell
) -> Sequence[Problem]:
    """Writes ITEMS to OUT: as lines, or with pictures as a zip archive. Nothing is checked or changed."""
    start = encoded(FirstLine("postil", VERSION, head)) + b"\n"
    return write_bundle(DOCUMENT, Frame(start), _told, items, out, content, tell)


def _told(item: Item, file: str | None) -> list[bytes]:
    return [encoded(Line(item, file)) + b"\n"]


def read(source: BinaryIO) -> Reading:
    """What SOURCE, lines or an archive, says. Raises FormatError."""
    archive, opened = document_in(source, DOCUMENT)
    problems = Problems()
    with opened() as content:
        head = _head_in(content)

    def items() -> Iterator[ReadItem]:
        with opened() as content:
            for line in _lines(content, problems):
                yield _read_item(line, partial(picture_ref, archive))

    return Reading(head.classes, items(), problems, partial(opened_picture, archive))


def read_whole(source: BinaryIO, problems: Problems) -> tuple[Head, Iterator[Item]]:
    """The head and the items of SOURCE as they were written, to the last member. Raises FormatError."""
    _, opened = document_in(source, DOCUMENT)
    with opened() as content:
        head = _head_in(content)

    def items() -> Iterator[Item]:
        with opened() as content:
            yield from (line.item for line in _lines(content, problems))

    return head, items()


def _head_in(content: BinaryIO) -> Head:
    line = content.readline(MOST_LINE)
    try:
        first: FirstLine = decoded(line, _first)
    except ValueError as error:
        raise BadDocument("postil_head", f"the first line is no head of this format: {error}") from None
    if (first.format, first.version) != ("postil", VERSION):
        raise BadDocument("postil_version", f"only version {VERSION} of the format is read")
    return first.head


def _lines(content: BinaryIO, problems: Problems) -> Iterator[Line]:
    """The lines after the first; one that is wrong is left out."""
    content.readline(MOST_LINE)
    number = 1
    while given := content.readline(MOST_LINE):
        number += 1
        if len(given) == MOST_LINE:
            raise BadDocument("postil_line", f"line {number} has more than {MOST_LINE} bytes")
        try:
            line: Line = decoded(given, _line, MOST_VALUES, MOST_LISTS)
        except ValueError as error:
            problems.add(f"line {number}", "item_invalid", str(error))
            continue
        yield line


def _read_item(line: Line, picture: Callable[[str], PictureRef | None]) -> ReadItem:
    item = line.item
    return ReadItem(
        name=item.name,
        external_id=item.external_id,
        split=item.split,
        width=item.width,
        height=item.height,
        metadata=item.metadata,
        marks=tuple(_read_mark(mark) for mark in item.marks),
        picture=picture(line.file) if line.file else None,
        resource=item.resource,
        priority=item.priority,
        layer_status=item.layer_status,
        score=item.score,
        created_at=item.created_at,
        media=item.media,
        vendor=item.vendor,
        layer_vendor=item.layer_vendor,
    )


def _read_mark(mark: Mark) -> ReadMark:
    return ReadMark(
        mark.dimensions, mark.annotation, mark.metadata, mark.score, mark.created_at, mark.created_by
    )
