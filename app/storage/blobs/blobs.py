"""Contents by their hash: put, read, removed. The row that names one is written after it, never before.

All of it waits for a disk or a network: none of it belongs into a transaction that writes, since SQLite has
one writer (docs/decisions/0027).
"""

import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from os import unlink
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import obstore

from app.contents import Draft
from app.storage.blobs.failures import missing, told
from app.storage.blobs.keys import hash_in, hash_of, key_of
from app.storage.blobs.ranges import Ranged
from app.storage.blobs.shelves import Shelf

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

YOUNG = 3600.0  # seconds in which the row that names a content may still be on its way
AHEAD = 1 << 18  # bytes read at once by who seeks


class Blobs:
    """Contents on SHELF. CLOCK tells the time as the service writes it.

    A HASH that is none raises ValueError, a content that is not there NotFound, a store that fails
    Unavailable. The same content may be put by many at once.
    """

    def __init__(self, shelf: Shelf, clock: Callable[[], str]) -> None:
        self._shelf = shelf
        self._clock = clock

    def put(self, content: bytes) -> str:
        """Keep CONTENT: its hash, once it is durable."""
        key = key_of(hash := hash_of(content))
        with told():
            if not self._shelf.has(key, len(content)):
                self._shelf.keep(content, key)
        return hash

    def put_file(self, path: Path) -> str:
        """Keep what the file at PATH holds, of any size."""
        with self.writer() as draft, path.open("rb") as file:
            while piece := file.read(AHEAD):
                draft.write(piece)
        return draft.hash

    @contextmanager
    def writer(self) -> Iterator[Draft]:
        """A file to be written; what was written is durable after it, and nothing is kept where it raises."""
        with told():
            file = tempfile.NamedTemporaryFile(dir=self._shelf.drafts, delete=False)  # noqa: SIM115
        draft = _Draft(file)
        try:
            yield draft
            with told():
                draft.finish()
                key = key_of(draft.hash)
                if not self._shelf.has(key, draft.size):
                    self._shelf.keep_file(draft.path, key)
        finally:
            draft.finish()
            with suppress(FileNotFoundError):
                unlink(draft.path)

    def read(self, hash: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from START to before END, in pieces: none is held longer than it is asked for."""
        key = key_of(hash)
        stop = self._size(key) if end is None else end
        while start < stop:
            piece = self._part(key, start, min(start + self._shelf.piece, stop))
            yield piece
            start += len(piece)

    def get(self, hash: str) -> bytes:
        """The whole content, which is looked at: a damaged one raises NotFound."""
        with told():
            content = obstore.get(self._shelf.store, key_of(hash)).bytes().to_bytes()
        if hash_of(content) != hash:
            raise missing()
        return content

    def open(self, hash: str) -> BinaryIO:
        """The content as a file that can be sought in."""
        key = key_of(hash)
        raw = Ranged(lambda start, end: self._part(key, start, end), self._size(key))
        return cast(BinaryIO, io.BufferedReader(raw, AHEAD))

    def size(self, hash: str) -> int | None:
        """How many bytes it has; None where it is not there."""
        key = key_of(hash)
        with told():
            try:
                return obstore.head(self._shelf.store, key)["size"]
            except FileNotFoundError:
                return None

    def delete(self, hash: str, *, age: float = 0.0) -> bool:
        """Remove the content, and its thumbnail, where it is AGE seconds old at least. Whether it did.

        A sweep gives the age: what somebody has put again since it was listed is young.
        """
        with told():
            is_gone = self._shelf.remove(key_of(hash), age)
            if is_gone:
                self._shelf.remove(key_of(hash, _THUMBNAILS), 0.0)
        return is_gone

    def hashes(self, start: str = "") -> Iterator[tuple[str, int, float]]:
        """Every content that has been there for an hour: its hash, its size in bytes, its age in seconds.

        START: two characters of the hashes, of which alone they are told.
        """
        now = datetime.fromisoformat(self._clock())
        with told():
            for page in obstore.list(self._shelf.store, prefix=f"files/{start}"):
                for one in page:
                    age = (now - one["last_modified"]).total_seconds()
                    if age >= YOUNG and (hash := hash_in(one["path"])):
                        yield hash, one["size"], age

    def thumbnail(self, hash: str) -> bytes | None:
        """The small picture that is kept beside the content; None where there is none."""
        with told():
            try:
                return obstore.get(self._shelf.store, key_of(hash, _THUMBNAILS)).bytes().to_bytes()
            except FileNotFoundError:
                return None

    def put_thumbnail(self, hash: str, content: bytes) -> None:
        with told():
            self._shelf.keep(content, key_of(hash, _THUMBNAILS))

    def signed(self, hash: str, seconds: int, disposition: str, media_type: str) -> str | None:
        """A URL for so many SECONDS by which S3 itself hands out the content; None for a folder."""
        return self._shelf.signed(key_of(hash), seconds, disposition, media_type)

    def _size(self, key: str) -> int:
        with told():
            return obstore.head(self._shelf.store, key)["size"]

    def _part(self, key: str, start: int, end: int) -> bytes:
        with told():
            part = obstore.get_range(self._shelf.store, key, start=start, end=end).to_bytes()
        if len(part) != end - start:
            raise missing()  # it is shorter than it should be
        return part


class _Draft(Draft):
    """A draft that says of a full disk what the rest says."""

    def write(self, content: "ReadableBuffer") -> int:
        with told():
            return super().write(content)


_THUMBNAILS = "thumbnails"
