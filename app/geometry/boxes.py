"""Upright boxes: around a shape, and what of one lies in a picture. It needs no numpy."""

from dataclasses import replace

from app.geometry.measuring import bounds_of
from app.geometry.shapes import Box, Shape


def box_of(shape: Shape) -> Box | None:
    """The least upright box around SHAPE, at its moment; None where `bounds_of` knows none."""
    if isinstance(shape, Box):
        return shape
    bounds = bounds_of(shape)
    if bounds is None:
        return None
    left, top, right, bottom = bounds
    return Box(left, top, right - left, bottom - top, shape.moment)


def clipped(box: Box, width: float, height: float) -> Box:
    """What of BOX lies in a picture of WIDTH and HEIGHT; its area is 0 where that is nothing.

    A box that lies inside comes back as it is, to the last digit.
    """
    left, top = _within(box.x, width), _within(box.y, height)
    right, bottom = _within(box.x + box.width, width), _within(box.y + box.height, height)
    if (left, right) == (box.x, box.x + box.width) and (top, bottom) == (box.y, box.y + box.height):
        return box
    return replace(box, x=left, y=top, width=right - left, height=bottom - top)


def _within(place: float, most: float) -> float:
    return min(max(place, 0.0), most)
