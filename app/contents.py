"""What the service asks of the place where contents are kept, by their hash. It knows no such place."""

import hashlib
import io
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, NoReturn, Protocol

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Draft(io.BufferedIOBase):
    """Takes what is written, in order. `hash` and `size` tell of all that has been written so far.

    It cannot be sought in, so that zip archives too are written from their beginning to their end.
    """

    name = "draft"  # wrappers of files ask for one

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.size = 0  # bytes

    @property
    def path(self) -> Path:
        return Path(self._file.name)

    @property
    def hash(self) -> str:
        return self._hash.hexdigest()

    def writable(self) -> bool:
        return True

    def write(self, content: "ReadableBuffer") -> int:
        view = memoryview(content).cast("B")
        self._hash.update(view)
        self._file.write(view)
        self.size += len(view)
        return len(view)

    def finish(self) -> None:
        """Hand what has been written to the system."""
        self._file.close()


class Blobs(Protocol):
    """Contents by their SHA-256, in lower-case hex. All of it waits for a disk or a network.

    So none of it belongs into a transaction that writes: a content is put first, and the row that names it
    is written after. A hash that is none raises ValueError, a content that is not there NotFound, a place
    that fails Unavailable. The same content may be put by many at once.
    """

    def put(self, content: bytes) -> str:
        """Keep CONTENT: its hash, once it is durable."""

    def put_file(self, path: Path) -> str:
        """Keep what the file at PATH holds, of any size."""

    def writer(self) -> AbstractContextManager[Draft]:
        """A file to be written; what was written is durable after it, and nothing is kept where it raises."""

    def read(self, hash: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from START to before END, in pieces: none is held longer than it is asked for."""

    def get(self, hash: str) -> bytes:
        """The whole content, which is looked at: a damaged one raises NotFound."""

    def open(self, hash: str) -> BinaryIO:
        """The content as a file that can be sought in."""

    def size(self, hash: str) -> int | None:
        """How many bytes it has; None where it is not there."""

    def delete(self, hash: str, *, age: float = 0.0) -> bool:
        """Remove the content, and its thumbnail, where it is AGE seconds old at least. Whether it did.

        A sweep gives the age: what somebody has put again since it was listed is young.
        """

    def hashes(self, start: str = "") -> Iterator[tuple[str, int, float]]:
        """Every content that has been there for an hour: its hash, its size in bytes, its age in seconds.

        START: two characters of the hashes, of which alone they are told.
        """

    def thumbnail(self, hash: str) -> bytes | None:
        """The small picture that is kept beside the content; None where there is none."""

    def put_thumbnail(self, hash: str, content: bytes) -> None: ...

    def signed(self, hash: str, seconds: int, disposition: str, media_type: str) -> str | None:
        """A URL for so many SECONDS by which S3 itself hands out the content; None for a folder."""


class Nowhere:
    """Stands where no place was handed in: whoever keeps no file needs none."""

    def __getattr__(self, name: str) -> NoReturn:
        raise RuntimeError("no place for files was handed in")
