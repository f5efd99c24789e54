"""Where something is, as Segments' annotations say it, and as `dimensions`. It must not know labels.

Numbers stay as they are given: 1 is not 1.0.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from math import atan2, cos, hypot, sin
from typing import Any

from app.formats.errors import BadMember
from app.formats.outlines import one_ring
from app.formats.segments.kinds import Kind
from app.formats.segments.soundness import Json
from app.geometry import BadGeometry, Mask, Polygon, RotatedBox, Shape, checks, shape_of
from app.geometry.corners import corners_of
from app.geometry.reading import UNIT
from app.geometry.shapes import MOST_POINTS

MEMBERS = frozenset({"type", "points", "position", "dimensions", "yaw", "rotation"})  # that say where
CUBOIDS = ("cuboid", "cuboid-sync")
_TURNS = ("qx", "qy", "qz", "qw")
_AXES = ("x", "y", "z")


def dimensions_in(given: Json, at: str, kind: Kind) -> Json:
    """Where the annotation GIVEN, which stands at AT, says that it is. Raises BadMember."""
    readers = _IN_PICTURES if kind is Kind.VECTOR else _IN_SPACE
    name = given.get("type")
    if not isinstance(name, str) or name not in readers:
        raise BadMember("label_invalid", f"{at}/type", f"type is one of {', '.join(readers)}")
    try:
        return readers[name](given, at)
    except BadGeometry as bad:
        raise BadMember("label_invalid", bad.pointer, bad.detail) from None


def _bbox(given: Json, at: str) -> Json:
    checks.points(given.get("points"), f"{at}/points", 2, 2)
    (x, y), (right, bottom) = given["points"]
    x, right = sorted((x, right))
    y, bottom = sorted((y, bottom))
    for side in (right - x, bottom - y):
        checks.length(side, f"{at}/points")
    return {"type": "box", "x": x, "y": y, "width": right - x, "height": bottom - y}


def _polygon(given: Json, at: str) -> Json:
    """A polygon; what has too few points for one is a line, or a point."""
    points = _places(given, at)
    return {"type": "polygon", "points": points} if len(points) > 2 else _line(points)


def _polyline(given: Json, at: str) -> Json:
    return _line(_places(given, at))


def _point(given: Json, at: str) -> Json:
    return _line(_places(given, at, 1))


def _places(given: Json, at: str, most: int = MOST_POINTS) -> list[Any]:
    checks.points(given.get("points"), f"{at}/points", 1, most)
    points: list[Any] = given["points"]
    return points


def _line(points: list[Any]) -> Json:
    if len(points) > 1:
        return {"type": "polyline", "points": points}
    return {"type": "point", "x": points[0][0], "y": points[0][1]}


def _polygon_3d(given: Json, at: str) -> Json:
    points = _places_3d(given, at)
    return {"type": "polygon_3d", "points": points} if len(points) > 2 else _line_3d(points)


def _polyline_3d(given: Json, at: str) -> Json:
    return _line_3d(_places_3d(given, at))


def _point_3d(given: Json, at: str) -> Json:
    return _line_3d(_places_3d(given, at, 1))


def _places_3d(given: Json, at: str, most: int = MOST_POINTS) -> list[Any]:
    points: list[Any] = list(checks.items(given.get("points"), f"{at}/points", 1, most))
    for place, one in enumerate(points):
        checks.numbers(one, f"{at}/points/{place}", 3)
    return points


def _line_3d(points: list[Any]) -> Json:
    if len(points) > 1:
        return {"type": "polyline_3d", "points": points}
    return {"type": "point_3d", "point": points[0]}


def _cuboid(given: Json, at: str) -> Json:
    center = _parts(given, "position", _AXES, at)
    size = _parts(given, "dimensions", _AXES, at)
    for axis, side in zip(_AXES, size, strict=True):
        checks.length(side, f"{at}/dimensions/{axis}")
    return {"type": "cuboid", "center": center, "size": size, "rotation": _rotation(given, at)}


def _rotation(given: Json, at: str) -> list[Any]:
    """The unit quaternion of GIVEN: its rotation, else its yaw, else none at all."""
    yaw = 0 if given.get("yaw") is None else checks.number(given["yaw"], f"{at}/yaw")
    if given.get("rotation") is not None:
        turned = _parts(given, "rotation", _TURNS, at)
        length = hypot(*turned)
        if length > UNIT:
            return turned if abs(length - 1) <= UNIT else [part / length for part in turned]
    return [0, 0, sin(yaw / 2), cos(yaw / 2)]


def _parts(given: Json, name: str, parts: tuple[str, ...], at: str) -> list[Any]:
    found = given.get(name)
    if not isinstance(found, dict):
        raise BadMember("label_invalid", f"{at}/{name}", f"{name} is an object of {', '.join(parts)}")
    for part in parts:
        checks.number(found.get(part), f"{at}/{name}/{part}")
    return [found[part] for part in parts]


_IN_PICTURES: Mapping[str, Callable[[Json, str], Json]] = {
    "bbox": _bbox,
    "polygon": _polygon,
    "polyline": _polyline,
    "point": _point,
}
_IN_SPACE: Mapping[str, Callable[[Json, str], Json]] = {
    **dict.fromkeys(CUBOIDS, _cuboid),
    "polygon": _polygon_3d,
    "polyline": _polyline_3d,
    "point": _point_3d,
}


def members_of(dimensions: Json) -> list[Json]:
    """The members of annotations that say where DIMENSIONS are: mostly of one, of a skeleton one a joint.

    None where nothing of it is left. DIMENSIONS are sound, and of pictures or space.
    """
    return _WRITERS[dimensions["type"]](dimensions)


def _box_out(it: Json) -> list[Json]:
    return _typed("bbox", [[it["x"], it["y"]], [it["x"] + it["width"], it["y"] + it["height"]]])


def _typed(name: str, points: list[Any]) -> list[Json]:
    return [{"type": name, "points": points}]


def _polygon_out(it: Json) -> list[Json]:
    return _ring_out(shape_of(it)) if it.get("holes") else _typed("polygon", it["points"])


def _turned_out(it: Json) -> list[Json]:
    turned = shape_of(it)
    assert isinstance(turned, RotatedBox)
    return _typed("polygon", [list(corner) for corner in corners_of(turned)])


def _mask_out(it: Json) -> list[Json]:
    return _ring_out(shape_of(it))


def _ring_out(shape: Shape) -> list[Json]:
    """SHAPE as one outline: a seam leads to its holes and its further parts."""
    polygons = [shape] if isinstance(shape, Polygon) else _outlines_of(shape)
    return _typed("polygon", [list(point) for point in one_ring(polygons)]) if polygons else []


def _outlines_of(shape: Shape) -> list[Polygon]:
    if not isinstance(shape, Mask) or not any(shape.counts[1::2]):
        return []
    # Loaded once a mask is to be an outline: it brings numpy, which every start would wait for.
    found: list[Polygon] = import_module("app.geometry.converting").polygons_of(shape)
    return found


def _joints_out(it: Json) -> list[Json]:
    return [one for x, y, seen in it["points"] if seen for one in _typed("point", [[x, y]])]


def _cuboid_out(it: Json) -> list[Json]:
    x, y, z, w = it.get("rotation", (0, 0, 0, 1))
    return [
        {
            "type": "cuboid",
            "position": dict(zip(_AXES, it["center"], strict=True)),
            "dimensions": dict(zip(_AXES, it["size"], strict=True)),
            "yaw": atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)),
            "rotation": dict(zip(_TURNS, (x, y, z, w), strict=True)),
        }
    ]


_WRITERS: Mapping[str, Callable[[Json], list[Json]]] = {
    "box": _box_out,
    "rotated_box": _turned_out,
    "polygon": _polygon_out,
    "polyline": lambda it: _typed("polyline", it["points"]),
    "point": lambda it: _typed("point", [[it["x"], it["y"]]]),
    "keypoints": _joints_out,
    "mask": _mask_out,
    "cuboid": _cuboid_out,
    "polygon_3d": lambda it: _typed("polygon", it["points"]),
    "polyline_3d": lambda it: _typed("polyline", it["points"]),
    "point_3d": lambda it: _typed("point", [it["point"]]),
}
