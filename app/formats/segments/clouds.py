"""`point_annotations`, the id of each point of a cloud in its own order, as point sets, and back.

0 is no id. It must not know labels.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from app.formats.errors import BadMember
from app.formats.segments.kinds import LAST_INSTANCE
from app.formats.segments.soundness import Json
from app.geometry.shapes import MOST_COUNTS

MOST_POINTS = 5_000_000  # of a cloud that is laid out


def sets_in(given: Any, at: str) -> dict[int, Json]:
    """Id -> the point set that it has in GIVEN, a list that stands at AT. Raises BadMember."""
    if not isinstance(given, list) or len(given) > MOST_POINTS:
        detail = f"point_annotations is a list of at most {MOST_POINTS} whole numbers"
        raise BadMember("label_invalid", at, detail)
    if given and (set(map(type, given)) != {int} or min(given) < 0 or max(given) > LAST_INSTANCE):
        is_wrong = [type(one) is not int or not 0 <= one <= LAST_INSTANCE for one in given]
        place = is_wrong.index(True)
        raise BadMember("label_invalid", f"{at}/{place}", f"it is a whole number from 0 to {LAST_INSTANCE}")
    counts: dict[int, list[int]] = {}
    ends: dict[int, int] = {}
    start = 0
    for id, points in groupby(given):
        length = len(list(points))
        if id:
            counts.setdefault(id, []).extend((start - ends.get(id, 0), length))
            ends[id] = start + length
        start += length
    return {id: _set_of(id, listed, ends[id], len(given), at) for id, listed in counts.items()}


def _set_of(id: int, counts: list[int], end: int, size: int, at: str) -> Json:
    if end < size:
        counts.append(size - end)
    if len(counts) > MOST_COUNTS:
        raise BadMember("label_invalid", at, f"the id {id} comes and goes more than {MOST_COUNTS} times")
    return {"type": "point_set", "size": size, "counts": counts, "instance": id}


def nothing_of(size: int) -> Json:
    """The point set of a cloud of SIZE that holds no point."""
    return {"type": "point_set", "size": max(1, size), "counts": [max(1, size)]}


def is_empty(dimensions: Json) -> bool:
    """Whether nothing is on in DIMENSIONS, a point set or a mask."""
    counts = dimensions["counts"]
    return isinstance(counts, list) and not any(counts[1::2])


def laid_out(size: int, sets: Iterable[tuple[int, Sequence[int]]]) -> list[int]:
    """The id of each of SIZE points by SETS, of an id and its counts; the later stands over the earlier."""
    ids = [0] * size
    for id, counts in sets:
        start = 0
        for off, on in zip(counts[::2], counts[1::2], strict=False):
            start += off
            ids[start : start + on] = [id] * on
            start += on
    return ids
