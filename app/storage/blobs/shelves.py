"""What a place for contents has to do: obstore reads and lists, and each keeps in its own way."""

from pathlib import Path
from typing import Protocol

from obstore.store import ObjectStore


class Shelf(Protocol):
    """A place for contents. What `keep` and `keep_file` have returned from survives a power cut."""

    @property
    def store(self) -> ObjectStore:
        """By which contents are read and listed."""

    @property
    def drafts(self) -> Path:
        """The folder of what is being written."""

    @property
    def piece(self) -> int:
        """How many bytes are read at once."""

    def has(self, key: str, size: int) -> bool:
        """Whether SIZE bytes are at KEY, and durable. If so they count as new from now on: see `hashes`."""

    def keep(self, content: bytes, key: str) -> None: ...

    def keep_file(self, draft: Path, key: str) -> None:
        """Keep what DRAFT holds, which is gone then."""

    def remove(self, key: str, age: float) -> bool:
        """Remove what is at KEY where it is AGE seconds old at least. Whether it did."""

    def signed(self, key: str, seconds: int, disposition: str, media_type: str) -> str | None:
        """A URL by which the place itself hands out what is at KEY; None where it cannot."""
