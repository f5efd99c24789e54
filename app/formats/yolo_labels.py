"""One line of YOLO's labels as a mark: a box or an outline, in pixels again. It must not open files."""

from collections.abc import Sequence
from math import isfinite
from typing import Any

from app.formats.errors import BadDocument
from app.formats.items import Class, ReadMark
from app.geometry import shape_of

DIGITS = 6  # of a pixel: what twelve digits of a part of a picture can tell
_NUMBER = frozenset("0123456789.eE+-")


def mark_of(words: Sequence[str], classes: Sequence[Class], width: int, height: int) -> ReadMark:
    """What the line of these WORDS says of a picture of WIDTH and HEIGHT: four numbers are a box.

    One number more than pairs make is a score. Raises ValueError, BadDocument or BadGeometry.
    """
    if not all(_NUMBER.issuperset(word) for word in words):
        raise ValueError("a line is a class and numbers")
    number, *values = [float(word) for word in words]
    if not all(map(isfinite, values)) or not number.is_integer() or len(values) < 4:
        raise ValueError("a line is the number of a class and four numbers or more")
    if not 0 <= number < len(classes):
        raise BadDocument("class_unknown", f"data.yaml has no class {number:.0f}")
    score = values.pop() if len(values) % 2 else None
    dimensions = _box(values, width, height) if len(values) == 4 else _polygon(values, width, height)
    shape_of(dimensions)
    return ReadMark(dimensions, {"label": classes[int(number)].id}, {}, score)


def _box(values: list[float], width: int, height: int) -> dict[str, Any]:
    x, y, across, down = values
    left, top = (x - across / 2) * width, (y - down / 2) * height
    sides = left, top, across * width, down * height
    return {"type": "box", **dict(zip(("x", "y", "width", "height"), map(_rounded, sides), strict=True))}


def _polygon(values: list[float], width: int, height: int) -> dict[str, Any]:
    pairs = zip(values[0::2], values[1::2], strict=True)
    return {"type": "polygon", "points": [[_rounded(x * width), _rounded(y * height)] for x, y in pairs]}


def _rounded(value: float) -> float:
    return round(value, DIGITS) + 0.0  # and no -0.0
