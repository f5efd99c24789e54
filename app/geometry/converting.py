"""From one shape to another: outlines, masks, other scales. It must not know formats or files.

What needs no numpy (`box_of`, `clipped`) stands in `boxes`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from app.geometry.corners import corners_of, rings_of
from app.geometry.errors import BadGeometry
from app.geometry.masks import array_of, check_pixels, mask_from, mask_of_turns
from app.geometry.outlines import polygons_in
from app.geometry.rasters import turns_within
from app.geometry.shapes import (
    MOST_SIDE,
    Box,
    Keypoints,
    Mask,
    Point,
    Polygon,
    Polyline,
    Ring,
    RotatedBox,
    Shape,
)


def polygons_of(shape: Shape) -> list[Polygon] | None:
    """The outlines of SHAPE: exact on the corners of pixels for a mask; None for what encloses nothing."""
    if isinstance(shape, Polygon):
        return [shape]
    if isinstance(shape, Box | RotatedBox):
        return [Polygon(corners_of(shape), moment=shape.moment)]
    return polygons_in(shape) if isinstance(shape, Mask) else None


def mask_of(shape: Shape, height: int, width: int) -> Mask | None:
    """The pixels of SHAPE in a picture of HEIGHT and WIDTH: those whose centre it covers.

    None for what has no area. A mask of that size comes back as it is. Raises BadGeometry for a mask of
    another size, for a picture beyond the limits, and for an outline that crosses too many columns.
    """
    if not (1 <= height <= MOST_SIDE and 1 <= width <= MOST_SIDE):
        raise BadGeometry("/size", f"a picture's sides are from 1 to {MOST_SIDE} pixels")
    if isinstance(shape, Mask):
        if (shape.height, shape.width) != (height, width):
            raise BadGeometry("/size", f"the mask is not of the picture's {height} by {width} pixels")
        return shape
    if not isinstance(shape, Box | RotatedBox | Polygon):
        return None
    return mask_of_turns(turns_within(rings_of(shape), height, width), height, width, moment=shape.moment)


def scaled(shape: Shape, x: float, y: float) -> Shape:
    """SHAPE in a picture that is X times as wide and Y times as high; what has no pixels stays as it is.

    A rotated box that leans becomes a polygon where X and Y differ. A mask's sides are rounded to whole
    pixels, each of which is what lay under its centre. Coordinates may come to lie beyond the limits of
    `shape_of`. Raises BadGeometry for a factor that is not above 0, and for a mask that would be too large.
    """
    if not (0 < x < float("inf") and 0 < y < float("inf")):
        raise BadGeometry("", "a factor of scale is a number above 0")
    scale = _SCALES.get(type(shape))
    return scale(shape, x, y) if scale else shape


def _scaled_box(box: Box, x: float, y: float) -> Box:
    return replace(box, x=box.x * x, y=box.y * y, width=box.width * x, height=box.height * y)


def _scaled_ring(ring: Ring, x: float, y: float) -> Ring:
    return tuple([(a * x, b * y) for a, b in ring])


def _scaled_turned(box: RotatedBox, x: float, y: float) -> RotatedBox | Polygon:
    if x != y and box.angle % 90:
        return Polygon(_scaled_ring(corners_of(box), x, y), moment=box.moment)
    wide, high = (y, x) if box.angle % 180 else (x, y)  # lying on its side, its width is upright
    return replace(box, x=box.x * x, y=box.y * y, width=box.width * wide, height=box.height * high)


def _scaled_polygon(polygon: Polygon, x: float, y: float) -> Polygon:
    holes = tuple([_scaled_ring(ring, x, y) for ring in polygon.holes])
    return replace(polygon, points=_scaled_ring(polygon.points, x, y), holes=holes)


def _scaled_polyline(line: Polyline, x: float, y: float) -> Polyline:
    return replace(line, points=_scaled_ring(line.points, x, y))


def _scaled_point(point: Point, x: float, y: float) -> Point:
    return replace(point, x=point.x * x, y=point.y * y)


def _scaled_keypoints(keypoints: Keypoints, x: float, y: float) -> Keypoints:
    return replace(keypoints, points=tuple([(a * x, b * y, seen) for a, b, seen in keypoints.points]))


def _scaled_mask(mask: Mask, x: float, y: float) -> Mask:
    height, width = (max(1, round(side)) for side in (mask.height * y, mask.width * x))
    check_pixels(height, width)
    rows, columns = _sources(mask.height, height), _sources(mask.width, width)
    return mask_from(array_of(mask)[rows][:, columns], mask.instance, mask.moment)


def _sources(before: int, after: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """For each of AFTER pixels, which of BEFORE lies under its centre."""
    return (2 * np.arange(after, dtype=np.int64) + 1) * before // (2 * after)


_SCALES: Mapping[type[Shape], Callable[[Any, float, float], Shape]] = {
    Box: _scaled_box,
    RotatedBox: _scaled_turned,
    Polygon: _scaled_polygon,
    Polyline: _scaled_polyline,
    Point: _scaled_point,
    Keypoints: _scaled_keypoints,
    Mask: _scaled_mask,
}
