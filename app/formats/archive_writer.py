"""Writes zip archives as a stream: the same content gives the same bytes. It must not choose names.

A member is packed on disk before it goes out: what fails half-way leaves no trace in the archive.
"""

import shutil
import zlib
from collections.abc import Iterable
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import BinaryIO, Self

from app.formats.zip_records import DEFLATED, STORED, Entry, central_bytes, end_bytes, local_bytes

IN_MEMORY = 1 << 18  # bytes of a member; what is larger goes to a temporary file
LEVEL = 2
MOST_RATIO = 50  # what packs better is packed less: readers take a ratio above 100 for a bomb
CHUNK = 1 << 18


class Member:
    """A member in the making: its content goes to `write`. `ArchiveWriter` makes, adds and closes it."""

    def __init__(self, name: str, is_packed: bool = True) -> None:
        self.name = name
        self.size = self.crc = 0
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed by `close`
        self._packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS) if is_packed else None
        self._packed = self._looked_at = 0
        self._is_plain = False

    def write(self, content: bytes) -> None:
        self.size += len(content)
        self.crc = zlib.crc32(content, self.crc)
        for start in range(0, len(content), CHUNK) if self._packer else ():
            self._pack(content[start : start + CHUNK])
        if not self._packer:
            self._keep(content)

    def close(self) -> None:
        self._file.close()

    def entry(self, offset: int) -> Entry:
        """Ends the content; what is told of it in an archive in which it begins at OFFSET."""
        method = STORED
        if self._packer:
            self._keep(self._packer.flush())
            method = DEFLATED
        return Entry(self.name, method, self.crc, self._packed, self.size, offset)

    def send(self, out: BinaryIO) -> None:
        self._file.seek(0)
        shutil.copyfileobj(self._file, out, CHUNK)

    def _pack(self, content: bytes) -> None:
        assert self._packer
        self._keep(self._packer.compress(content))
        self._looked_at += len(content)
        if self._is_plain or self._looked_at < CHUNK or self.size < MOST_RATIO * (self._packed + 1):
            return
        # From here on without looking for repetitions, which leaves at least one bit of each byte.
        self._keep(self._packer.flush(zlib.Z_FULL_FLUSH))
        strategy = zlib.Z_HUFFMAN_ONLY
        self._packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, strategy)
        self._is_plain = True

    def _keep(self, packed: bytes) -> None:
        self._packed += len(packed)
        self._file.write(packed)


class ArchiveWriter:
    """An archive that goes to OUT, of which nothing is asked but `write`. Leaving the `with` ends it."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._offset = self._count = 0
        self._open: list[Member] = []
        self._directory = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed on leaving

    def put(self, name: str, content: Iterable[bytes], is_packed: bool = True) -> None:
        """Adds a member of this NAME and CONTENT; if CONTENT raises, the archive is as it was."""
        member = Member(name, is_packed)
        try:
            for chunk in content:
                member.write(chunk)
        except BaseException:
            member.close()
            raise
        self.add(member)

    def member(self, name: str) -> Member:
        """A member that is written while others go into the archive; `add` puts it there."""
        member = Member(name)
        self._open.append(member)
        return member

    def add(self, member: Member) -> None:
        """Adds what MEMBER holds, and closes it."""
        entry = member.entry(self._offset)
        head = local_bytes(entry)
        self._out.write(head)
        member.send(self._out)
        member.close()
        self._offset += len(head) + entry.packed
        self._count += 1
        self._directory.write(central_bytes(entry))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._end()
        self._directory.close()
        for member in self._open:
            member.close()

    def _end(self) -> None:
        size = self._directory.tell()
        self._directory.seek(0)
        shutil.copyfileobj(self._directory, self._out, CHUNK)
        self._out.write(end_bytes(self._count, size, self._offset))
