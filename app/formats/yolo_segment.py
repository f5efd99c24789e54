"""YOLO outlines: class and corners, as parts of the picture. docs/formats.md says what is lost."""

from collections.abc import Sequence
from typing import BinaryIO

from app.formats.export import Content, Items, Placed, Tell
from app.formats.items import Head, Problem, Problems
from app.formats.numbering import ordered
from app.formats.outlines import clipped_ring, one_ring
from app.formats.still import drawn
from app.formats.yolo import line_of, write_yolo
from app.formats.yolo_reading import read
from app.geometry import Box, Mask, Polygon, RotatedBox
from app.geometry.converting import polygons_of

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
            polygons = polygons_of(shape)
            ring = clipped_ring(one_ring(polygons), width, height) if polygons else []
            if len(ring) < 3:
                problems.add(placed.item.id, "outside", f"mark {mark.id} has nothing in the picture")
                continue
            relative = [part for x, y in ring for part in (x / width, y / height)]
            found.append(line_of(indexes[label], *relative))
        return found

    return write_yolo(head, items, out, content, tell, lines)
