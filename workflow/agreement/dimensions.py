"""Reads a shape from an annotation's `dimensions`, and refuses what is none. It must not compare shapes.

Members that it does not know are left alone: tools keep things of their own there.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workflow.agreement.errors import BadShape
from workflow.agreement.outlines import Point
from workflow.agreement.shapes import Box, Mask, Polygon, RotatedBox, Shape

MOST_POINTS = 10_000
MOST_COUNTS = 1_000_000
MOST_SIDE = 1_000_000  # pixels of a mask
FURTHEST = 1e9  # a coordinate's or a side's size: areas then keep far from what a float can hold


def shape_of(dimensions: object) -> Shape:
    """The shape that DIMENSIONS describe, in time linear in them. Raises BadShape, naming the member."""
    if not isinstance(dimensions, Mapping):
        raise BadShape("", "dimensions are an object")
    kind = dimensions.get("type")
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise BadShape("/type", f"type is one of {', '.join(_READERS)}")
    return read(dimensions)


def _box(members: Mapping[str, Any]) -> Box:
    return Box(_at("x", members), _at("y", members), _side("width", members), _side("height", members))


def _rotated_box(members: Mapping[str, Any]) -> RotatedBox:
    box = _box(members)
    return RotatedBox(box.x, box.y, box.width, box.height, _at("angle", members))


def _polygon(members: Mapping[str, Any]) -> Polygon:
    points = _list(members.get("points"), "/points", 3, MOST_POINTS)
    return Polygon(tuple(_point(point, f"/points/{index}") for index, point in enumerate(points)))


def _mask(members: Mapping[str, Any]) -> Mask:
    sides = _list(members.get("size"), "/size", 2, 2)
    height, width = (_whole(side, f"/size/{index}", 1, MOST_SIDE) for index, side in enumerate(sides))
    given = _list(members.get("counts"), "/counts", 1, MOST_COUNTS)
    counts = tuple(_whole(count, f"/counts/{index}", 0, height * width) for index, count in enumerate(given))
    if sum(counts) != height * width:
        raise BadShape("/counts", f"counts add up to {sum(counts)}, but size has {height * width} pixels")
    return Mask(height, width, counts)


def _point(given: object, pointer: str) -> Point:
    x, y = _list(given, pointer, 2, 2)
    return _number(x, f"{pointer}/0"), _number(y, f"{pointer}/1")


def _at(name: str, members: Mapping[str, Any]) -> float:
    return _number(members.get(name), f"/{name}")


def _side(name: str, members: Mapping[str, Any]) -> float:
    side = _at(name, members)
    if side < 0:
        raise BadShape(f"/{name}", f"{name} is not negative")
    return side


def _number(given: object, pointer: str) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not abs(given) <= FURTHEST:
        # Whether it is NaN is said by the last: nothing compares with it.
        raise BadShape(pointer, f"{_name(pointer)} is a number from {-FURTHEST:.0f} to {FURTHEST:.0f}")
    return float(given)


def _whole(given: object, pointer: str, least: int, most: int) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not least <= given <= most:
        raise BadShape(pointer, f"{_name(pointer)} is a whole number from {least} to {most}")
    return given


def _list(given: object, pointer: str, least: int, most: int) -> Sequence[Any]:
    if not isinstance(given, list | tuple) or not least <= len(given) <= most:
        length = f"{least}" if least == most else f"{least} to {most}"
        raise BadShape(pointer, f"{_name(pointer)} is a list of {length}")
    return given


def _name(pointer: str) -> str:
    return pointer[1:].replace("/", ", ")


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Shape]] = {
    "box": _box,
    "rotated_box": _rotated_box,
    "polygon": _polygon,
    "mask": _mask,
}
