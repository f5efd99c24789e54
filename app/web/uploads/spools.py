"""Files on disk while they arrive: each is counted, hashed, and gone in the end. It knows no request."""

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from app.pictures import LARGEST_BYTES, is_like_a_picture
from app.web.edge.refusals import payload_too_large

_HEAD = 16  # bytes by which a picture is known


class Spool:
    """Takes the bytes of one file, at most LIMIT of them, into a draft in FOLDER."""

    def __init__(self, folder: Path, limit: int) -> None:
        handle, name = tempfile.mkstemp(dir=folder)
        self._file = os.fdopen(handle, "wb", buffering=0)
        self._hash = hashlib.sha256()
        self._head = b""
        self._limit = limit
        self.path = Path(name)
        self.size = 0  # bytes

    @property
    def digest(self) -> str:
        """The SHA-256 of what has been written so far."""
        return self._hash.hexdigest()

    def write(self, piece: bytes | memoryview) -> None:
        """Raises Refused, 413, for more than the limit; that of a picture is known by its first bytes."""
        if len(self._head) < _HEAD:
            self._head += bytes(piece[: _HEAD - len(self._head)])
            if len(self._head) == _HEAD and is_like_a_picture(self._head):
                self._limit = min(self._limit, LARGEST_BYTES)
        self.size += len(piece)
        if self.size > self._limit:
            raise payload_too_large(self._limit)
        self._hash.update(piece)
        while piece:
            piece = piece[self._file.write(piece) :]

    def finish(self) -> None:
        """Nothing more is written."""
        self._file.close()

    def remove(self) -> None:
        """The draft is gone."""
        self._file.close()
        with suppress(FileNotFoundError):
            self.path.unlink()
