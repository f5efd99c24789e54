"""The outlines of shapes as SVG has them: of each kind its path, whether that is filled, and its dots."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any

from app.geometry import Box, Keypoints, Mask, Point, Polygon, Polyline, RotatedBox
from app.geometry.corners import rings_of
from app.web.dashboard.classes import Bones

MOST_COUNTS = 20_000  # run lengths of a mask that is drawn

Made = tuple[str, bool, tuple[tuple[float, float, bool], ...]]


def rounded(value: float) -> float:
    """To a hundredth of a pixel."""
    return round(float(value), 2)


def _line(points: Iterable[Sequence[float]], end: str = "") -> str:
    return "M" + "L".join(f"{rounded(one[0])} {rounded(one[1])}" for one in points) + end


def _outline(shape: Any, _: Bones) -> Made:
    """Boxes, upright or turned, and polygons with their holes."""
    return "".join(_line(ring, "Z") for ring in rings_of(shape)), True, ()


def _polyline(shape: Polyline, _: Bones) -> Made:
    return _line(shape.points), False, ()


def _point(shape: Point, _: Bones) -> Made:
    return "", False, ((rounded(shape.x), rounded(shape.y), True),)


def _keypoints(shape: Keypoints, bones: Bones) -> Made:
    joints = shape.points
    there = range(len(joints))
    pairs = [(a, b) for a, b in bones if a in there and b in there and joints[a][2] and joints[b][2]]
    path = "".join(_line((joints[a], joints[b])) for a, b in pairs)
    return path, False, tuple((rounded(x), rounded(y), v == 2) for x, y, v in joints if v)


def _mask(shape: Mask, _: Bones) -> Made | None:
    """The outline of its pixels."""
    if len(shape.counts) > MOST_COUNTS:
        return None
    polygons: list[Polygon] = import_module("app.geometry.converting").polygons_of(shape)  # it wants numpy
    rings = [ring for one in polygons for ring in (one.points, *one.holes)]
    return "".join(_line(ring, "Z") for ring in rings), True, ()


# None: it is too much to be drawn.
DRAWN: Mapping[type, Callable[[Any, Bones], Made | None]] = {
    Box: _outline,
    RotatedBox: _outline,
    Polygon: _outline,
    Polyline: _polyline,
    Point: _point,
    Keypoints: _keypoints,
    Mask: _mask,
}
