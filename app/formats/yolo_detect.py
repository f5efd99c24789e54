"""YOLO boxes: class, centre, width and height, as parts of the picture. docs/formats.md says what is lost."""

from collections.abc import Sequence
from typing import BinaryIO

from app.formats.export import Content, Items, Placed, Tell
from app.formats.items import Head, Problem, Problems
from app.formats.numbering import ordered
from app.formats.still import drawn
from app.formats.yolo import line_of, write_yolo
from app.formats.yolo_reading import read
from app.geometry import Box, Mask, Polygon, RotatedBox, Shape, box_of, clipped

__all__ = ["read", "write"]

HELD = (Box, RotatedBox, Polygon, Mask)


def write(
    head: Head, items: Items, out: BinaryIO, *, content: Content | None, tell: Tell
) -> Sequence[Problem]:
    """Writes ITEMS to OUT as a zip archive."""
    indexes = {one.id: index for index, one in enumerate(ordered(head.classes))}

    def lines(placed: Placed, problems: Problems) -> list[str]:
        width, height = placed.size
        found = []
        for mark, label, shape in drawn(placed.item, HELD, indexes, problems):
            box = _within(shape, width, height)
            if box is None:
                problems.add(placed.item.id, "outside", f"mark {mark.id} has nothing in the picture")
                continue
            centre = (box.x + box.width / 2) / width, (box.y + box.height / 2) / height
            found.append(line_of(indexes[label], *centre, box.width / width, box.height / height))
        return found

    return write_yolo(head, items, out, content, tell, lines)


def _within(shape: Shape, width: int, height: int) -> Box | None:
    """The box around what of SHAPE lies in the picture; None where nothing does."""
    whole = box_of(shape)
    if whole is None:
        return None
    box = clipped(whole, width, height)
    was_cut = (box.width, box.height) != (whole.width, whole.height)
    return None if was_cut and not box.width * box.height else box
