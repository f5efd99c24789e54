"""A note feed's way from pending to resolved."""

from enum import StrEnum


class NoteStatus(StrEnum):
    PENDING = "pending"
    RESOLVED = "resolved"


def resolve(status: str) -> NoteStatus:
    """The status after a resolve, which may come any number of times."""
    return NoteStatus.RESOLVED
