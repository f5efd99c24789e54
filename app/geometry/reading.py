"""Reads a shape from an annotation's `dimensions`, and refuses what is none. It must not measure or convert.

Members that it does not know are left alone: tools keep things of their own there.
"""

from collections.abc import Callable, Mapping
from math import hypot
from typing import Any, cast

from app.geometry import checks
from app.geometry.errors import BadGeometry
from app.geometry.shapes import (
    MOST_IN_CLOUD,
    MOST_POINTS,
    MOST_SIDE,
    XYZ,
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
    Ring,
    RotatedBox,
    Shape,
    TextSpan,
)

LAST_FRAME = 1_000_000_000
LAST_CODE_POINT = 1_000_000_000
MOST_OF_TRACK = 255  # characters
UNIT = 0.001  # how far a quaternion's length may be from 1: people write 0.707

Members = Mapping[str, Any]


def shape_of(dimensions: object) -> Shape:
    """The shape that DIMENSIONS describe, in time linear in them. Raises BadGeometry, naming the member."""
    if not isinstance(dimensions, Mapping):
        raise BadGeometry("", "dimensions are an object")
    kind = dimensions.get("type")
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise BadGeometry("/type", f"type is one of {', '.join(_READERS)}")
    return read(dimensions, _moment(dimensions))


def _moment(members: Members) -> Moment | None:
    if not ("frame" in members or "track" in members or "keyframe" in members):
        return None
    frame = checks.whole(members["frame"], "/frame", 0, LAST_FRAME) if "frame" in members else None
    track, keyframe = members.get("track"), members.get("keyframe")
    if "track" in members and not (isinstance(track, str) and 0 < len(track) <= MOST_OF_TRACK):
        raise BadGeometry("/track", f"track is a text of 1 to {MOST_OF_TRACK} characters")
    if "keyframe" in members and not isinstance(keyframe, bool):
        raise BadGeometry("/keyframe", "keyframe is true or false")
    return Moment(frame, track, keyframe)


def _box(members: Members, moment: Moment | None) -> Box:
    get, number, length = members.get, checks.number, checks.length  # most shapes are boxes
    place = number(get("x"), "/x"), number(get("y"), "/y")
    return Box(*place, length(get("width"), "/width"), length(get("height"), "/height"), moment)


def _rotated_box(members: Members, moment: Moment | None) -> RotatedBox:
    place, sides = _place(members), _sides(members)
    return RotatedBox(*place, *sides, checks.number(members.get("angle"), "/angle"), moment)


def _point(members: Members, moment: Moment | None) -> Point:
    return Point(*_place(members), moment)


def _place(members: Members) -> tuple[float, float]:
    return checks.number(members.get("x"), "/x"), checks.number(members.get("y"), "/y")


def _sides(members: Members) -> tuple[float, float]:
    return checks.length(members.get("width"), "/width"), checks.length(members.get("height"), "/height")


def _polygon(members: Members, moment: Moment | None) -> Polygon:
    points = checks.points(members.get("points"), "/points", 3, MOST_POINTS)
    return Polygon(points, _holes(members["holes"], len(points)) if "holes" in members else (), moment)


def _holes(given: object, points: int) -> tuple[Ring, ...]:
    """The holes of an outline with as many POINTS: together they have at most MOST_POINTS."""
    holes = []
    for index, ring in enumerate(checks.items(given, "/holes", 0, MOST_POINTS)):
        if points + 3 > MOST_POINTS:
            raise BadGeometry("/holes", f"a polygon has at most {MOST_POINTS} points, its holes included")
        holes.append(checks.points(ring, f"/holes/{index}", 3, MOST_POINTS - points))
        points += len(ring)
    return tuple(holes)


def _polyline(members: Members, moment: Moment | None) -> Polyline:
    return Polyline(checks.points(members.get("points"), "/points", 2, MOST_POINTS), moment)


def _keypoints(members: Members, moment: Moment | None) -> Keypoints:
    found = []
    for index, one in enumerate(checks.items(members.get("points"), "/points", 1, MOST_POINTS)):
        pointer = f"/points/{index}"
        x, y, seen = checks.items(one, pointer, 3, 3)
        place = checks.number(x, f"{pointer}/0"), checks.number(y, f"{pointer}/1")
        found.append((*place, checks.whole(seen, f"{pointer}/2", 0, 2)))
    return Keypoints(tuple(found), moment)


def _mask(members: Members, moment: Moment | None) -> Mask:
    sides = checks.items(members.get("size"), "/size", 2, 2)
    height, width = (checks.whole(side, f"/size/{index}", 1, MOST_SIDE) for index, side in enumerate(sides))
    lengths = checks.counts(members.get("counts"), height * width, "pixels in size", may_be_text=True)
    return Mask(height, width, lengths, checks.instance(members.get("instance")), moment)


def _point_set(members: Members, moment: Moment | None) -> PointSet:
    size = checks.whole(members.get("size"), "/size", 1, MOST_IN_CLOUD)
    lengths = checks.counts(members.get("counts"), size, "points in the cloud")
    return PointSet(size, lengths, checks.instance(members.get("instance")), moment)


def _cuboid(members: Members, moment: Moment | None) -> Cuboid:
    center = _xyz(members.get("center"), "/center")
    size = _xyz(members.get("size"), "/size")
    for index, side in enumerate(size):
        checks.length(side, f"/size/{index}")
    if "rotation" not in members:
        return Cuboid(center, size, moment=moment)
    x, y, z, w = checks.numbers(members["rotation"], "/rotation", 4)
    if abs(hypot(x, y, z, w) - 1) > UNIT:
        raise BadGeometry("/rotation", "rotation is a unit quaternion x, y, z, w: its length is 1")
    return Cuboid(center, size, (x, y, z, w), moment)


def _point_3d(members: Members, moment: Moment | None) -> Point3D:
    return Point3D(_xyz(members.get("point"), "/point"), moment)


def _polyline_3d(members: Members, moment: Moment | None) -> Polyline3D:
    return Polyline3D(_places(members, 2), moment)


def _polygon_3d(members: Members, moment: Moment | None) -> Polygon3D:
    return Polygon3D(_places(members, 3), moment)


def _places(members: Members, least: int) -> tuple[XYZ, ...]:
    listed = checks.items(members.get("points"), "/points", least, MOST_POINTS)
    return tuple([_xyz(one, f"/points/{index}") for index, one in enumerate(listed)])


def _xyz(given: object, pointer: str) -> XYZ:
    return cast(XYZ, checks.numbers(given, pointer, 3))


def _text_span(members: Members, moment: Moment | None) -> TextSpan:
    start = checks.whole(members.get("start"), "/start", 0, LAST_CODE_POINT - 1)
    return TextSpan(start, checks.whole(members.get("end"), "/end", start + 1, LAST_CODE_POINT), moment)


_READERS: Mapping[str, Callable[[Members, Moment | None], Shape]] = {
    "box": _box,
    "rotated_box": _rotated_box,
    "polygon": _polygon,
    "polyline": _polyline,
    "point": _point,
    "keypoints": _keypoints,
    "mask": _mask,
    "cuboid": _cuboid,
    "point_3d": _point_3d,
    "polyline_3d": _polyline_3d,
    "polygon_3d": _polygon_3d,
    "point_set": _point_set,
    "text_span": _text_span,
}
TYPES = frozenset(_READERS)
