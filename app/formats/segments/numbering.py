"""Numbers of annotations and tracks, for those that Segments has not numbered. It must not know shapes."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import NamedTuple

from app.formats.segments.classes import number_in


class Wanted(NamedTuple):
    """The number that an annotation would have: None for any; IS_SHARED where another may have it too."""

    number: int | None = None
    is_shared: bool = False


def numbers_of(wanted: Sequence[Wanted], taken: Iterable[int] = ()) -> list[int]:
    """A number for each of WANTED: its own unless one before has it, else one that is nobody's."""
    seen = set(taken)
    own: list[int | None] = []
    for one in wanted:
        number = one.number if one.is_shared or one.number not in seen else None
        own.append(number)
        seen |= set() if number is None else {number}
    free = _free(seen)
    return [next(free) if number is None else number for number in own]


def _free(taken: set[int]) -> Iterator[int]:
    """Numbers from 1 that are not TAKEN: those above all, unless that is beyond any use."""
    above = max(taken, default=0) + 1
    return count(above) if 0 < above < 2**23 else (one for one in count(1) if one not in taken)


def tracks_of(tracks: Iterable[str | None]) -> tuple[dict[str, int], Iterator[int]]:
    """A number for each text of TRACKS, its own where it is one; and numbers for what has no track."""
    listed = dict.fromkeys(track for track in tracks if track is not None)
    wanted = {track: number_in(track) for track in listed}
    free = _free({number for number in wanted.values() if number is not None})
    return {track: next(free) if number is None else number for track, number in wanted.items()}, free
