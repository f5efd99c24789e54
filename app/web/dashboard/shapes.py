"""A picture with its annotations, as plain numbers that a template draws. What cannot be drawn is named.

Nothing of a shape reaches the page but what the rules of shapes have read, so hostile ones do no harm.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from math import isfinite
from re import compile as pattern
from typing import Any

from app.geometry import (
    BadGeometry,
    Box,
    Keypoints,
    Mask,
    Point,
    Polygon,
    Polyline,
    RotatedBox,
    bounds_of,
    shape_of,
)
from app.geometry.corners import rings_of
from app.web.dashboard.records import Record

MOST = 2000  # annotations that are drawn of a picture
MOST_COUNTS = 20_000  # run lengths of a mask that is drawn
NAMELESS = "no label"
PLACELESS = {"width": 640.0, "height": 480.0}  # of a picture whose size nobody knows
_COLOUR = pattern(r"#[0-9a-fA-F]{6}")
_HUES = 6  # the series of colours in tokens.css

Bones = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Drawn:
    """One annotation: PATH as SVG has it, DOTS as x and y, and what is written at (X, Y)."""

    id: str
    label: str
    title: str
    colour: str | None  # "#rrggbb", where its class has one
    hue: int  # else one of the series, from 1
    path: str
    is_filled: bool
    dots: tuple[tuple[float, float, bool], ...]  # x, y, whether it is to be seen
    x: float
    y: float
    mark: str = ""  # added, removed, changed


@dataclass(frozen=True)
class Picture:
    """A picture of WIDTH and HEIGHT with what is DRAWN on it, and what is LEFT: label and why it is not."""

    width: float
    height: float
    address: str | None
    name: str
    drawn: tuple[Drawn, ...]
    left: tuple[tuple[str, str], ...]
    left_off: int = 0

    @property
    def unit(self) -> float:
        """The height of its letters."""
        return max(self.width, self.height) / 42


@dataclass(frozen=True)
class Classes:
    """What a labeling configuration says of classes, by their ids."""

    by_id: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, configuration: Any) -> "Classes":
        listed = configuration.get("classes") if isinstance(configuration, Mapping) else None
        told = [one for one in listed or () if isinstance(one, Mapping)] if isinstance(listed, list) else []
        return cls({str(one.get("id", "")): one for one in told})

    def name(self, id: str) -> str:
        return str(self.by_id.get(id, {}).get("name") or id)

    def colour(self, id: str) -> str | None:
        """Its colour as `#rrggbb`; None where none is declared."""
        told = self.by_id.get(id, {}).get("color")
        return told[:7] if isinstance(told, str) and _COLOUR.match(told) else None

    def bones(self, id: str) -> Bones:
        told = self.by_id.get(id, {}).get("skeleton") or ()
        return [(one[0], one[1]) for one in told if isinstance(one, list) and len(one) == 2]


def label_of(annotation: Record) -> str:
    """The id of the class that an ANNOTATION names."""
    value = annotation.annotation if isinstance(annotation.annotation, Mapping) else {}
    found = next((value[name] for name in ("label", "class", "name") if value.get(name)), NAMELESS)
    return found if isinstance(found, str) else NAMELESS


def answers_of(annotation: Record) -> str:
    """What an ANNOTATION says besides its label, in a line: `colour red, parked yes`."""
    value = annotation.annotation if isinstance(annotation.annotation, Mapping) else {}
    told = {name: one for name, one in value.items() if name not in ("label", "class", "name")}
    attributes = told.pop("attributes", None)
    if isinstance(attributes, Mapping):
        told |= attributes
    return ", ".join(f"{name} {_word(one)}" for name, one in told.items())


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " and ".join(_word(one) for one in value)
    return "none" if value is None else str(value)


def picture_of(
    entry: Record,
    annotations: Iterable[Record],
    classes: Classes | None = None,
    marks: Mapping[str, str] | None = None,
) -> Picture:
    """ENTRY's picture with its ANNOTATIONS. MARKS say what became of some, by id."""
    classes, marks = classes or Classes(), marks or {}
    drawn: list[Drawn] = []
    left: list[tuple[str, str]] = []
    listed = list(annotations)
    for one in listed[:MOST]:
        made = _drawn(one, classes, marks.get(one.id, ""))
        if isinstance(made, Drawn):
            drawn.append(made)
        else:
            left.append((classes.name(label_of(one)), made))
    width, height = _size_of(entry, drawn)
    return Picture(
        width,
        height,
        _address_of(entry),
        entry.external_id or entry.resource,
        tuple(drawn),
        tuple(left),
        len(listed) - min(len(listed), MOST),
    )


def _address_of(entry: Record) -> str | None:
    """Where the picture is: in the store, or on the web."""
    if entry.content_hash:
        return f"/ui/api/files/{entry.content_hash}"
    return entry.resource if entry.resource.startswith(("http://", "https://")) else None


def _size_of(entry: Record, drawn: Sequence[Drawn]) -> tuple[float, float]:
    if entry.width and entry.height:
        return float(entry.width), float(entry.height)
    return (
        max([PLACELESS["width"], *(one.x for one in drawn)]),
        max([PLACELESS["height"], *(one.y for one in drawn)]),
    )


def _drawn(annotation: Record, classes: Classes, mark: str) -> Drawn | str:
    """ANNOTATION as it is drawn, or why it is not."""
    label = label_of(annotation)
    dimensions = annotation.dimensions
    if not dimensions:
        return answers_of(annotation) or "said of the whole"
    try:
        shape = shape_of(dimensions)
    except BadGeometry as problem:
        return f"is no shape: {problem}"
    draw = _DRAWN.get(type(shape))
    bounds = bounds_of(shape)
    if draw is None or bounds is None or not all(map(isfinite, bounds)):
        return f"a {str(dimensions.get('type')).replace('_', ' ')} is not drawn"
    if (made := draw(shape, classes.bones(label))) is None:
        return "a mask of very many runs is not drawn"
    path, is_filled, dots = made
    title = ", ".join(filter(None, (classes.name(label), mark, answers_of(annotation))))
    return Drawn(
        annotation.id,
        classes.name(label),
        title,
        classes.colour(label),
        1 + sum(label.encode()) % _HUES,
        path,
        is_filled,
        dots,
        _round(bounds[0]),
        _round(bounds[1]),
        mark,
    )


# ---- each kind of shape: its path, whether that is filled, its dots

Made = tuple[str, bool, tuple[tuple[float, float, bool], ...]]


def _round(value: float) -> float:
    return round(float(value), 2)


def _line(points: Iterable[Sequence[float]], end: str = "") -> str:
    return "M" + "L".join(f"{_round(one[0])} {_round(one[1])}" for one in points) + end


def _outline(shape: Any, _: Bones) -> Made:
    """Boxes, upright or turned, and polygons with their holes."""
    return "".join(_line(ring, "Z") for ring in rings_of(shape)), True, ()


def _polyline(shape: Polyline, _: Bones) -> Made:
    return _line(shape.points), False, ()


def _point(shape: Point, _: Bones) -> Made:
    return "", False, ((_round(shape.x), _round(shape.y), True),)


def _keypoints(shape: Keypoints, bones: Bones) -> Made:
    joints = shape.points
    there = range(len(joints))
    pairs = [(a, b) for a, b in bones if a in there and b in there and joints[a][2] and joints[b][2]]
    path = "".join(_line((joints[a], joints[b])) for a, b in pairs)
    return path, False, tuple((_round(x), _round(y), v == 2) for x, y, v in joints if v)


def _mask(shape: Mask, _: Bones) -> Made | None:
    """The outline of its pixels."""
    if len(shape.counts) > MOST_COUNTS:
        return None
    polygons: list[Polygon] = import_module("app.geometry.converting").polygons_of(shape)  # it wants numpy
    rings = [ring for one in polygons for ring in (one.points, *one.holes)]
    return "".join(_line(ring, "Z") for ring in rings), True, ()


_DRAWN: Mapping[type, Callable[[Any, Bones], Made | None]] = {
    Box: _outline,
    RotatedBox: _outline,
    Polygon: _outline,
    Polyline: _polyline,
    Point: _point,
    Keypoints: _keypoints,
    Mask: _mask,
}
