"""Sorts any number of records by a number, in a few MB of memory and a file. It must not read them."""

import heapq
from collections.abc import Iterator
from struct import Struct
from tempfile import TemporaryFile

IN_MEMORY = 4 << 20  # bytes of records, after which they go to disk
_OVERHEAD = 200  # bytes that a record in memory costs besides its content
_CHUNK = 1 << 15
_HEAD = Struct("<qqI")

Record = tuple[int, int, bytes]  # its number, its place among all that were added, its content


class Sorter:
    """Records that are added in any order and come out by their number; equal ones as they were added."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 - it lives as long as the sorter
        self._runs: list[tuple[int, int]] = []
        self._held: list[Record] = []
        self._size = self._count = 0

    def add(self, number: int, content: bytes) -> None:
        self._held.append((number, self._count, content))
        self._count += 1
        self._size += len(content) + _OVERHEAD
        if self._size > IN_MEMORY:
            self._spill()

    def sorted(self) -> Iterator[tuple[int, bytes]]:
        """All records by their number; nothing may be added any more."""
        self._held.sort()
        runs = [self._read(start, end) for start, end in self._runs]
        for number, _, content in heapq.merge(*runs, self._held):
            yield number, content

    def close(self) -> None:
        self._file.close()
        self._held = []

    def _spill(self) -> None:
        self._held.sort()
        start = self._file.tell()
        for number, place, content in self._held:
            self._file.write(_HEAD.pack(number, place, len(content)) + content)
        self._runs.append((start, self._file.tell()))
        self._held, self._size = [], 0

    def _read(self, start: int, end: int) -> Iterator[Record]:
        """The records of the run from START to END, by chunks: many runs are read at the same time."""
        buffer = b""
        at = 0
        while start < end or at < len(buffer):
            need = _HEAD.size
            if at + need <= len(buffer):
                number, place, size = _HEAD.unpack_from(buffer, at)
                need += size
                if at + need <= len(buffer):
                    yield number, place, buffer[at + _HEAD.size : at + need]
                    at += need
                    continue
            self._file.seek(start)
            more = self._file.read(min(max(_CHUNK, need), end - start))
            buffer, at, start = buffer[at:] + more, 0, start + len(more)
