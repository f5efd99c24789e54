"""Pages by number, as Segments' lists have them: there is none behind the last. It knows no record."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

from app.errors import NotFound

T = TypeVar("T")

SIZE = 1000  # records, both what is given unless said and the most
_LAST = 1_000_000_000


class Paging(NamedTuple):
    """Which page is asked for, from 1, and how many records it has."""

    number: int
    size: int

    def of(self, found: Sequence[T]) -> Sequence[T]:
        """The page of FOUND, which is all there is. Raises NotFound behind the last one."""
        start = (self.number - 1) * self.size
        return self.checked(found[start : start + self.size])

    def checked(self, page: Sequence[T]) -> Sequence[T]:
        """PAGE. Raises NotFound where there is nothing on it and it is not the first."""
        if not page and self.number > 1:
            raise no_page()
        return page


def paging(query: Mapping[str, str]) -> Paging:
    """What QUERY asks for by `page` and `per_page`. Raises NotFound for what is no page."""
    size = _whole(query.get("per_page"), SIZE)
    number = _whole(query.get("page"), 1)
    if number is None or size is None:
        raise no_page()
    return Paging(number, min(size, SIZE))


def _whole(text: str | None, usual: int) -> int | None:
    """The number above 0 that TEXT is; the USUAL one where nothing was said, None where it is none."""
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        return None
    return int(text) if 0 < int(text) <= _LAST else None


def no_page() -> NotFound:
    return NotFound("Invalid page.")
