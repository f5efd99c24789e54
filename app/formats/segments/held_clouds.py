"""The point sets of one cloud, as a label holds them: all of a size, with what has no annotation below them.

It must not know how annotations are written.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.formats.segments.clouds import MOST_POINTS, is_empty, laid_out
from app.formats.segments.placing import LeaveOut, Placed, objects_in
from app.formats.segments.soundness import Json
from app.geometry import BadGeometry, PointSet, shape_of


@dataclass(frozen=True, slots=True)
class Cloud:
    """MARKS of a cloud of SIZE points, None where nobody has said; UNLISTED are sets without a mark."""

    marks: Sequence[Placed]
    size: int | None = None
    unlisted: Sequence[PointSet] = field(default=())

    @property
    def is_known(self) -> bool:
        return self.size is not None

    @property
    def taken(self) -> list[int]:
        """The ids of what is not listed."""
        return [one.instance for one in self.unlisted if one.instance is not None]

    def ids(self, numbers: Sequence[int]) -> list[int]:
        """The id of each point, where MARKS have NUMBERS."""
        below = [(one.instance or 0, one.counts) for one in self.unlisted]
        above = zip(numbers, (mark.dimensions["counts"] for mark in self.marks), strict=True)
        return laid_out(self.size or 0, [*below, *above])


def cloud_of(marks: Sequence[Placed], kept: Json, leave_out: LeaveOut) -> Cloud:
    """The cloud that MARKS are of, and KEPT says; LEAVE_OUT hears of those that are of another."""
    sizes = [one.dimensions["size"] for one in marks if not is_empty(one.dimensions)]
    size: Any = sizes[0] if sizes else kept.get("size")
    if type(size) is not int or not 0 <= size <= MOST_POINTS:
        size = None
    held = []
    for one in marks:
        if is_empty(one.dimensions) or one.dimensions["size"] == size:
            held.append(one)
        else:
            detail = f"its cloud has {one.dimensions['size']} points and not {size or 0}"
            leave_out(one.index, "not_held", detail)
    return Cloud(held, size, _unlisted(kept, size))


def _unlisted(kept: Json, size: int | None) -> list[PointSet]:
    found = []
    for one in objects_in(kept, "unlisted"):
        try:
            shape = shape_of(one)
        except BadGeometry:
            continue
        if isinstance(shape, PointSet) and shape.size == size:
            found.append(shape)
    return found
