"""A picture with its annotations, as plain numbers that a template draws. What cannot be drawn is named.

Nothing of a shape reaches the page but what the rules of shapes have read, so hostile ones do no harm.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from app.geometry import BadGeometry, bounds_of, shape_of
from app.web.dashboard.classes import Classes, answers_of, label_of
from app.web.dashboard.outlines import DRAWN, rounded
from app.web.dashboard.records import Record

MOST = 2000  # annotations that are drawn of a picture
PLACELESS = {"width": 640.0, "height": 480.0}  # of a picture whose size nobody knows
_HUES = 6  # the series of colours in tokens.css


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
    draw = DRAWN.get(type(shape))
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
        rounded(bounds[0]),
        rounded(bounds[1]),
        mark,
    )
