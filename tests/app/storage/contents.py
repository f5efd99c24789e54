"""What tests of contents share: a clock that they move, and how a content is read."""

from datetime import UTC, datetime, timedelta

from app.attributes import wire_time
from app.storage.blobs import Blobs

HOUR = 3600.0
NONE = "0" * 64


class Hours:
    """The time, told by the test: that of the machine, and so many hours more."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> str:
        return wire_time(datetime.now(UTC) + timedelta(hours=self.ahead))


def whole(blobs: Blobs, hash: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join(blobs.read(hash, start, end))
