"""How a kind of step looks in a drawing, and how lines bend: SVG path data. It must not know any text."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from workflow.drawing.labels import NOT_DECLARED
from workflow.drawing.layout import Point, Route
from workflow.graph import ERROR, Kind

_TURN = 7.0  # the radius of a line's corner


class Look(NamedTuple):
    """Colours, dark on light: each text on its FILL has a contrast of 7 to 1 or more."""

    fill: str
    stroke: str


LOOKS: Mapping[str, Look] = {
    Kind.OPEN: Look("#e8f1fb", "#1f5fa8"),
    Kind.ANNOTATE: Look("#cfe3f8", "#1f5fa8"),
    Kind.REVIEW: Look("#e9dcf7", "#6b3fa0"),
    Kind.CONSENSUS: Look("#d0eeea", "#0c6b60"),
    Kind.AGENT: Look("#e4e7ea", "#4a5560"),
    Kind.GATE: Look("#fdeec2", "#8a6100"),
    Kind.DONE: Look("#d7efd7", "#2a6e2f"),
    ERROR: Look("#fbdcda", "#a6231c"),
    NOT_DECLARED: Look("#ffffff", "#a6231c"),
}


def outline(kind: str, at: Point, width: float, height: float) -> str:
    """The outline of a step of KIND in a box AT its upper left corner. It meets the middle of both sides."""
    x, y, right, bottom = *at, at.x + width, at.y + height
    half, cut = height / 2, height / 4
    corners: Mapping[str, Sequence[tuple[float, float]]] = {
        Kind.REVIEW: [(x, y), (right - cut, y), (right, y + cut), (right, bottom), (x, bottom)],
        Kind.AGENT: [
            *((x + cut, y), (right, y), (right, bottom - cut)),
            *((right - cut, bottom), (x, bottom), (x, y + cut)),
        ],
        Kind.GATE: [
            *((x, y + half), (x + half, y), (right - half, y)),
            *((right, y + half), (right - half, bottom), (x + half, bottom)),
        ],
        ERROR: [
            *((x + cut, y), (right - cut, y), (right, y + cut), (right, bottom - cut)),
            *((right - cut, bottom), (x + cut, bottom), (x, bottom - cut), (x, y + cut)),
        ],
    }
    if kind in corners:
        return (
            " L".join(f"{'' if n else 'M'}{px:g} {py:g}" for n, (px, py) in enumerate(corners[kind])) + " Z"
        )
    radius = {Kind.DONE: half, Kind.OPEN: cut}.get(Kind(kind), 4.0) if kind in set(Kind) else 0.0
    path = _rounded_box(x, y, right, bottom, radius)
    if kind == Kind.CONSENSUS:  # several work on it: double sides
        path += f" M{x + 7:g} {y:g} V{bottom:g} M{right - 7:g} {y:g} V{bottom:g}"
    return path


def line(route: Route) -> str:
    """The line of ROUTE, with round corners."""
    bend = _bend(route.leaving, route.slot)
    path = f"M{route.leaving.x:g} {route.leaving.y:g} {bend} H{route.slot_end.x:g}"
    if not route.corners:
        return f"{path} {_bend(route.slot_end, route.end)}"
    points = (route.slot_end, *route.corners, route.end)
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        enter, leave = _toward(corner, before), _toward(corner, after)
        path += f" L{enter.x:g} {enter.y:g} Q{corner.x:g} {corner.y:g} {leave.x:g} {leave.y:g}"
    return f"{path} H{route.end.x:g}"


def head(end: Point) -> str:
    """The head of an arrow from the left to END."""
    return f"M{end.x:g} {end.y:g} l-9 -5 v10 Z"


def _bend(start: Point, end: Point) -> str:
    """From START to END, level at both."""
    if start.y == end.y:
        return f"H{end.x:g}"
    middle = (start.x + end.x) / 2
    return f"C{middle:g} {start.y:g} {middle:g} {end.y:g} {end.x:g} {end.y:g}"


def _toward(corner: Point, other: Point) -> Point:
    """The point near CORNER, on the level or upright line from it to OTHER, where its round begins."""
    return Point(_near(corner.x, other.x), _near(corner.y, other.y))


def _near(value: float, other: float) -> float:
    """_TURN away from VALUE in the direction of OTHER, but no farther than half the way."""
    half = (other - value) / 2
    return value + max(-_TURN, min(_TURN, half))


def _rounded_box(x: float, y: float, right: float, bottom: float, r: float) -> str:
    return (
        f"M{x + r:g} {y:g} H{right - r:g} A{r:g} {r:g} 0 0 1 {right:g} {y + r:g}"
        f" V{bottom - r:g} A{r:g} {r:g} 0 0 1 {right - r:g} {bottom:g}"
        f" H{x + r:g} A{r:g} {r:g} 0 0 1 {x:g} {bottom - r:g} V{y + r:g} A{r:g} {r:g} 0 0 1 {x + r:g} {y:g} Z"
    )
