"""The marks of an item painted into one picture of ids, later over earlier. It must not write files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.formats.export import Placed
from app.formats.items import Class, Mark, Problems
from app.formats.left_out import LeftOut
from app.formats.pictures import MOST_PIXELS
from app.formats.still import drawn
from app.geometry import BadGeometry, Box, Mask, Polygon, RotatedBox
from app.geometry.converting import mask_of
from app.geometry.masks import union
from app.geometry.pictures_of_ids import LAST_COLOUR, MOST_INSTANCES, Ids, ids_of

HELD = (Box, RotatedBox, Polygon, Mask)


@dataclass(frozen=True, slots=True)
class Painted:
    """A MASK of a class, whose instance is its id in the picture; MARKS are what it was made of."""

    label: str
    mask: Mask
    marks: tuple[Mark, ...]

    @property
    def id(self) -> int:
        assert self.mask.instance is not None
        return self.mask.instance


def masks_in(placed: Placed, classes: Mapping[str, Class], problems: Problems) -> list[Painted]:
    """The marks of PLACED as masks of its picture, without ids. Raises LeftOut where that is too large."""
    width, height = placed.size
    if width * height > MOST_PIXELS:
        raise LeftOut("picture_too_large", f"it has more than {MOST_PIXELS} pixels")
    found = []
    for mark, label, shape in drawn(placed.item, HELD, classes, problems):
        try:
            mask = mask_of(shape, height, width)
        except BadGeometry as bad:
            problems.add(placed.item.id, "geometry_broken", f"mark {mark.id}: {bad}")
            continue
        assert mask
        found.append(Painted(label, mask, (mark,)))
    return found


def joined(painted: Sequence[Painted], labels: set[str]) -> list[Painted]:
    """PAINTED, where all that is of one class of LABELS has become one mask, at the place of the first."""
    groups: dict[object, list[Painted]] = {}
    for number, one in enumerate(painted):
        groups.setdefault(one.label if one.label in labels else number, []).append(one)
    return [
        group[0]
        if len(group) == 1
        else Painted(
            group[0].label, union([one.mask for one in group]), tuple(m for one in group for m in one.marks)
        )
        for group in groups.values()
    ]


def numbered(painted: Sequence[Painted]) -> list[Painted]:
    """PAINTED with ids: the masks' own instances where they are free, else the least free number."""
    if len(painted) > MOST_INSTANCES:
        raise LeftOut("too_many_marks", f"a picture of ids holds at most {MOST_INSTANCES} marks")
    own = [one.mask.instance for one in painted]
    wanted = {number for number in own if number is not None and number <= LAST_COLOUR}
    free = (number for number in range(1, LAST_COLOUR) if number not in wanted)
    ids, taken = [], set()
    for number in own:
        use = number if number in wanted and number not in taken else None
        ids.append(next(free) if use is None else use)
        taken.add(ids[-1])
    return [replace(one, mask=replace(one.mask, instance=id)) for one, id in zip(painted, ids, strict=True)]


def ids_in(placed: Placed, painted: Sequence[Painted]) -> Ids:
    """The picture of ids of PAINTED, which have ids; empty where there are none."""
    width, height = placed.size
    if not painted:
        return np.zeros((height, width), dtype=np.uint32)
    return ids_of([one.mask for one in painted])


def tell_covered(placed: Placed, painted: Sequence[Painted], visible: set[int], problems: Problems) -> None:
    """Tells the marks of which nothing can be seen."""
    for one in painted:
        if one.id not in visible:
            detail = f"mark {one.marks[0].id} has no pixel, or others cover all of it"
            problems.add(placed.item.id, "mark_covered", detail)
