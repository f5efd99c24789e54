"""Writes a shape as `dimensions`: the way back from `reading`. It must not check or change a shape."""

from collections.abc import Callable, Mapping
from typing import Any

from app.geometry.shapes import (
    Box,
    Cuboid,
    Keypoints,
    Mask,
    Moment,
    Point,
    Point3D,
    PointSet,
    Polygon,
    Polygon3D,
    Polyline,
    Polyline3D,
    RotatedBox,
    Shape,
    TextSpan,
)


def dimensions_of(shape: Shape) -> dict[str, Any]:
    """SHAPE as JSON values: `shape_of` makes an equal shape of them. Run lengths come as a list."""
    kind, write = _WRITERS[type(shape)]
    written = {"type": kind, **write(shape)}
    if shape.moment:
        written |= _moment(shape.moment)
    return written


def _moment(moment: Moment) -> dict[str, Any]:
    named = {"frame": moment.frame, "track": moment.track, "keyframe": moment.keyframe}
    return {name: value for name, value in named.items() if value is not None}


def _box(shape: Box) -> dict[str, Any]:
    return {"x": shape.x, "y": shape.y, "width": shape.width, "height": shape.height}


def _rotated_box(shape: RotatedBox) -> dict[str, Any]:
    return {
        "x": shape.x,
        "y": shape.y,
        "width": shape.width,
        "height": shape.height,
        "angle": shape.angle,
    }


def _polygon(shape: Polygon) -> dict[str, Any]:
    holes = {"holes": [_lists(ring) for ring in shape.holes]} if shape.holes else {}
    return {"points": _lists(shape.points), **holes}


def _points(shape: Polyline | Keypoints | Polyline3D | Polygon3D) -> dict[str, Any]:
    return {"points": _lists(shape.points)}


def _lists(points: tuple[tuple[float, ...], ...]) -> list[list[float]]:
    return [list(point) for point in points]


def _point(shape: Point) -> dict[str, Any]:
    return {"x": shape.x, "y": shape.y}


def _mask(shape: Mask) -> dict[str, Any]:
    return {"size": [shape.height, shape.width], "counts": list(shape.counts), **_instance(shape)}


def _point_set(shape: PointSet) -> dict[str, Any]:
    return {"size": shape.size, "counts": list(shape.counts), **_instance(shape)}


def _instance(shape: Mask | PointSet) -> dict[str, int]:
    return {} if shape.instance is None else {"instance": shape.instance}


def _cuboid(shape: Cuboid) -> dict[str, Any]:
    return {"center": list(shape.center), "size": list(shape.size), "rotation": list(shape.rotation)}


def _point_3d(shape: Point3D) -> dict[str, Any]:
    return {"point": list(shape.point)}


def _text_span(shape: TextSpan) -> dict[str, Any]:
    return {"start": shape.start, "end": shape.end}


_WRITERS: Mapping[type[Shape], tuple[str, Callable[[Any], dict[str, Any]]]] = {
    Box: ("box", _box),
    RotatedBox: ("rotated_box", _rotated_box),
    Polygon: ("polygon", _polygon),
    Polyline: ("polyline", _points),
    Point: ("point", _point),
    Keypoints: ("keypoints", _points),
    Mask: ("mask", _mask),
    Cuboid: ("cuboid", _cuboid),
    Point3D: ("point_3d", _point_3d),
    Polyline3D: ("polyline_3d", _points),
    Polygon3D: ("polygon_3d", _points),
    PointSet: ("point_set", _point_set),
    TextSpan: ("text_span", _text_span),
}
