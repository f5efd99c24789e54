"""A tar archive as a stream of plain members: written and read in constant memory.

What is read is somebody else's. So only plain members are known, no links, folders or extended headers; their
names are compared and never opened; every byte is accounted for.
"""

import tarfile
from collections.abc import Iterator
from typing import IO

from app.keeping.refusals import Damaged

BLOCK = 512
PIECE = 1 << 20
_PLAIN = (tarfile.REGTYPE, tarfile.AREGTYPE)


def header(name: str, size: int) -> bytes:
    """The header of a member of SIZE bytes, which only its owner may read."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(tarfile.GNU_FORMAT)


def padding(size: int) -> bytes:
    """What fills the last block of SIZE bytes."""
    return bytes(-size % BLOCK)


def end() -> bytes:
    """What stands behind the last member."""
    return bytes(2 * BLOCK)


class Reader:
    """The members of the archive FILE, in order: `open` the next, read its `pieces`, and so on."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._left = 0  # bytes of the member that is open
        self._padding = 0

    def open(self, name: str) -> int:
        """The size of the next member. Raises Damaged where it is not NAME."""
        found, size = self.next()
        if found != name:
            raise Damaged(f"it has no {name} where that should be")
        return size

    def next(self) -> tuple[str, int]:
        """The name and the size of the next member. Raises Damaged where there is none, or no plain one."""
        found = self._header()
        if found is None or found.type not in _PLAIN or found.size < 0:
            raise Damaged("a member is missing, or is no plain file")
        self._left, self._padding = found.size, -found.size % BLOCK
        return found.name, found.size

    def pieces(self) -> Iterator[bytes]:
        """The whole content of the member that is open. Raises Damaged where it ends too early."""
        while self._left:
            yield self._read(min(self._left, PIECE))
        padding, self._padding = self._padding, 0
        if padding and any(self._exactly(padding)):
            raise Damaged("there is something between its members")

    def end(self) -> None:
        """Raises Damaged where anything but the end of the archive follows."""
        if self._header() is not None or any(self._exactly(BLOCK)) or self._file.read(1):
            raise Damaged("it goes on behind its end")

    def _header(self) -> tarfile.TarInfo | None:
        block = self._exactly(BLOCK)
        if not any(block):
            return None
        try:
            return tarfile.TarInfo.frombuf(block, "ascii", "strict")
        except (tarfile.HeaderError, UnicodeDecodeError):
            raise Damaged("the head of a member cannot be read") from None

    def _read(self, size: int) -> bytes:
        self._left -= size
        return self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        content = self._file.read(size)
        if len(content) != size:
            raise Damaged("it ends too early")
        return content
