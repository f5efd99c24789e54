"""How large a shape is and where it lies, in pixels. It must not change shapes, and needs no numpy.

It is asked a million times in an export: a box or a short outline takes a few microseconds.
"""

from itertools import accumulate
from typing import NamedTuple

from app.geometry.corners import corners_of
from app.geometry.shapes import Box, Keypoints, Mask, Point, Polygon, Polyline, Ring, RotatedBox, Shape


class Bounds(NamedTuple):
    """The least upright rectangle around something."""

    left: float
    top: float
    right: float
    bottom: float


def area_of(shape: Shape) -> float | None:
    """The area of SHAPE in square pixels; None for what has none: lines, points, what lies in space or text.

    Of a mask, its pixels. Of a polygon, what its outline encloses less what its holes do: exact where they
    do not cross each other or themselves.
    """
    if isinstance(shape, Box | RotatedBox):
        return shape.width * shape.height
    if isinstance(shape, Polygon):
        area = _enclosed(shape.points)
        return max(0.0, area - sum(map(_enclosed, shape.holes))) if shape.holes else area
    if isinstance(shape, Mask):
        return float(sum(shape.counts[1::2]))
    return None


def _enclosed(ring: Ring) -> float:
    """The area within RING by the shoelace formula, from its first point: so digits are kept far out."""
    (x_0, y_0), *rest = ring
    total = x_before = y_before = 0.0
    for x, y in rest:
        x, y = x - x_0, y - y_0
        total += x_before * y - x * y_before
        x_before, y_before = x, y
    return abs(total) / 2


def bounds_of(shape: Shape) -> Bounds | None:
    """The least upright rectangle around SHAPE, exact for masks; None where there is nothing in the picture.

    That is: a mask without a pixel, keypoints of which none is labelled, what lies in space or in a text.
    """
    if isinstance(shape, Box):
        return Bounds(shape.x, shape.y, shape.x + shape.width, shape.y + shape.height)
    if isinstance(shape, Polygon | Polyline):
        return _bounds(shape.points)
    if isinstance(shape, RotatedBox):
        return _bounds(corners_of(shape))
    if isinstance(shape, Mask):
        return _bounds_of_mask(shape)
    if isinstance(shape, Point):
        return Bounds(shape.x, shape.y, shape.x, shape.y)
    if isinstance(shape, Keypoints):
        labelled = tuple([(x, y) for x, y, seen in shape.points if seen])
        return _bounds(labelled) if labelled else None
    return None


def _bounds(points: Ring) -> Bounds:
    across, down = zip(*points, strict=True)
    return Bounds(min(across), min(down), max(across), max(down))


def _bounds_of_mask(mask: Mask) -> Bounds | None:
    """From the ends of its runs alone: one that reaches into another column is as high as the picture."""
    ends = list(accumulate(mask.counts))
    height = mask.height
    runs = [(start, end - 1) for start, end in zip(ends[0::2], ends[1::2], strict=False) if end > start]
    if not runs:
        return None
    left, right = runs[0][0] // height, runs[-1][1] // height
    if any(start // height != last // height for start, last in runs):
        return Bounds(left, 0, right + 1, height)
    top = min(start % height for start, _ in runs)
    return Bounds(left, top, right + 1, max(last % height for _, last in runs) + 1)
