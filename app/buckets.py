"""What imports ask of the places outside of ours that the operator named. It knows no such place.

A user says a name and what lies below it, `photos/2024/`; never where that is.
"""

from collections.abc import Iterator
from typing import Protocol

from app.errors import Fault, Invalid

MOST_BYTES = 1 << 30  # of an object, where nothing else is said


class Buckets(Protocol):
    """Objects by names that begin with a bucket's: `photos/2024/cat.jpg`. All of it waits.

    A place that fails raises Unavailable; a name of no bucket Invalid, `bucket_unknown`.
    """

    @property
    def largest(self) -> int:
        """How many bytes an object may have that is imported."""

    def check(self, place: str, pointer: str | None = None) -> None:
        """Raise Invalid, with POINTER, where PLACE begins with no bucket's name, or climbs: `..`."""

    def names(self, place: str) -> Iterator[str]:
        """The names of all that lies below PLACE, folder by folder: no hidden ones, and nothing but files.

        They may hold anything that a name can hold, also what is no text.
        """

    def pieces(self, name: str) -> Iterator[bytes]:
        """What the object NAME holds, in pieces: none is held longer than it is asked for."""


class NoBuckets:
    """Where the operator named none."""

    largest = MOST_BYTES

    def check(self, place: str, pointer: str | None = None) -> None:
        raise unknown(pointer)

    def names(self, place: str) -> Iterator[str]:
        raise unknown()

    def pieces(self, name: str) -> Iterator[bytes]:
        raise unknown()


def unknown(pointer: str | None = None) -> Invalid:
    """It never tells which there are."""
    detail = "there is no bucket of that name: say NAME/PREFIX, with a name that your operator gave"
    return Invalid(Fault("bucket_unknown", detail, pointer))
