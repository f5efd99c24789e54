"""Finds the directory at the end of a zip archive. It must not read what is in it."""

import os
from dataclasses import dataclass
from typing import BinaryIO

from app.formats.errors import BadArchive
from app.formats.zip_records import (
    END,
    END64,
    END64_MARK,
    END_MARK,
    FULL16,
    FULL32,
    LOCATOR64,
    LOCATOR64_MARK,
)

_LONGEST = END.size + FULL16  # an end with the longest comment


@dataclass(frozen=True, slots=True)
class Directory:
    """Where the directory of an archive lies, how many bytes it has and how many records it claims."""

    offset: int
    size: int
    count: int


def directory_of(source: BinaryIO) -> Directory:
    """The directory of SOURCE. Raises BadArchive where the file is more, less or other than one archive."""
    length = source.seek(0, os.SEEK_END)
    start = max(0, length - _LONGEST)
    source.seek(start)
    tail = source.read(_LONGEST)
    at = tail.rfind(END_MARK)
    if at < 0 or len(tail) - at < END.size:
        raise BadArchive(
            "archive_invalid", "the file is no zip archive, or its end is missing; send it again"
        )
    _, disk, other, here, count, size, offset, comment = END.unpack_from(tail, at)
    end = start + at
    if FULL16 in (disk, count) or FULL32 in (size, offset):
        disk, other, here, count, size, offset, end = _large(source, end)
    is_one = disk == other == 0 and here == count
    if not is_one or offset + size != end or start + at + END.size + comment != length:
        raise BadArchive(
            "archive_invalid", "the file holds more, or less, than one zip archive; pack it again"
        )
    return Directory(offset, size, count)


def _large(source: BinaryIO, end: int) -> tuple[int, int, int, int, int, int, int]:
    """The figures of a ZIP64 end, which stands before the plain end at END, and where it begins."""
    place = end - LOCATOR64.size
    mark, _, found, _ = LOCATOR64.unpack(_read(source, place, LOCATOR64.size))
    if mark != LOCATOR64_MARK or found != place - END64.size:
        raise BadArchive("archive_invalid", "the archive's end is broken; pack it again")
    mark, _, _, _, disk, other, here, count, size, offset = END64.unpack(_read(source, found, END64.size))
    if mark != END64_MARK:
        raise BadArchive("archive_invalid", "the archive's end is broken; pack it again")
    return disk, other, here, count, size, offset, found


def _read(source: BinaryIO, place: int, size: int) -> bytes:
    if place < 0:
        raise BadArchive("archive_invalid", "the archive's end is broken; pack it again")
    source.seek(place)
    content = source.read(size)
    if len(content) != size:
        raise BadArchive("archive_invalid", "the archive is cut off; send it again")
    return content
