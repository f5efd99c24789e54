"""The content of one member of a zip archive, as a stream that checks itself. It must not trust a header."""

import io
import zlib
from typing import Any, BinaryIO

from app.formats.errors import BadArchive
from app.formats.zip_records import LOCAL, LOCAL_MARK, STORED, Entry

_CHUNK = 1 << 16


class Unpacking(io.RawIOBase):
    """ENTRY of the archive SOURCE, whose directory is at END: no member reaches beyond it.

    Reading raises BadArchive where the content is longer, shorter or other than ENTRY says. It holds 64 kB.
    """

    def __init__(self, source: BinaryIO, entry: Entry, end: int) -> None:
        self._source, self._entry = source, entry
        self._place = _content_of(source, entry)
        self._left = entry.packed
        if self._place + self._left > end:
            raise self._broken("it reaches beyond the archive")
        self._unpacker = None if entry.method == STORED else zlib.decompressobj(-zlib.MAX_WBITS)
        self._waiting = b""
        self._crc = self._given = 0
        self._is_done = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        content = b"" if self._is_done or not len(view) else self._next(min(len(view), _CHUNK))
        view[: len(content)] = content
        return len(content)

    def _next(self, most: int) -> bytes:
        try:
            content = self._unpacked(most)
        except zlib.error:
            raise self._broken("it cannot be unpacked") from None
        self._given += len(content)
        self._crc = zlib.crc32(content, self._crc)
        if self._given > self._entry.size:
            raise self._broken("it is longer than it says")
        if not content:
            self._end()
        return content

    def _unpacked(self, most: int) -> bytes:
        if self._unpacker is None:
            return self._packed(most)
        while not self._unpacker.eof:
            packed = self._waiting or self._packed(_CHUNK)
            content = self._unpacker.decompress(packed, most)
            self._waiting = self._unpacker.unconsumed_tail
            if content:
                return content
            if not packed:
                raise self._broken("it is cut off")
        return b""

    def _packed(self, most: int) -> bytes:
        self._source.seek(self._place)
        content = self._source.read(min(most, self._left))
        if self._left and not content:
            raise self._broken("it is cut off")
        self._place += len(content)
        self._left -= len(content)
        return content

    def _end(self) -> None:
        self._is_done = True
        if self._given != self._entry.size or self._crc != self._entry.crc:
            raise self._broken("its size or its checksum is another")

    def _broken(self, detail: str) -> BadArchive:
        return broken(self._entry.name, detail)


def broken(name: str, detail: str) -> BadArchive:
    """What is said of the member NAME, which is not what the directory says of it."""
    return BadArchive("archive_invalid", f"{name!r} is not as the archive says: {detail}; pack it again")


def _content_of(source: BinaryIO, entry: Entry) -> int:
    """Where the content of ENTRY begins, after a local header that says the same as ENTRY."""
    source.seek(entry.offset)
    head = source.read(LOCAL.size)
    if len(head) < LOCAL.size or head[:4] != LOCAL_MARK:
        raise BadArchive("archive_invalid", f"{entry.name!r} is not where the archive says; pack it again")
    _, _, flags, method, _, _, _, _, _, name_length, extra_length = LOCAL.unpack(head)
    name = source.read(name_length)
    is_same = name in (entry.name.encode(), entry.name.encode("cp437", "replace"))
    if not is_same or method != entry.method or flags & 1:
        raise BadArchive(
            "archive_invalid", f"{entry.name!r} is called otherwise where it lies; pack it again"
        )
    return entry.offset + LOCAL.size + len(name) + int(extra_length)
