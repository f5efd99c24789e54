"""A content as a file that can be sought in, read by ranges: a zip archive's list is at its end."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Ranged(io.RawIOBase):
    """SIZE bytes, of which READ(start, end) gives a part."""

    def __init__(self, read: Callable[[int, int], bytes], size: int) -> None:
        self._read = read
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("before the beginning")
        self._at = start + offset
        return self._at

    def readinto(self, into: "WriteableBuffer", /) -> int:
        view = memoryview(into).cast("B")
        end = min(self._at + len(view), self._size)
        if end <= self._at:
            return 0
        part = self._read(self._at, end)
        view[: len(part)] = part
        self._at += len(part)
        return len(part)
