"""Geometries, and how much of them two have in common. It must not know who drew them or how they are kept.

Lengths are in whatever unit the coordinates have; y grows downwards. Shapes come out of
`dimensions.shape_of`, which has checked them: here nothing is checked again.
"""

from dataclasses import dataclass
from math import cos, radians, sin

from workflow.agreement import outlines, runs
from workflow.agreement.allowance import Allowance
from workflow.agreement.errors import BadShape
from workflow.agreement.outlines import Bounds, Outline, Point


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle, from its upper left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class RotatedBox:
    """A rectangle around its centre (X, Y), turned clockwise by ANGLE degrees."""

    x: float
    y: float
    width: float
    height: float
    angle: float


@dataclass(frozen=True, slots=True)
class Polygon:
    """What POINTS enclose, by the even-odd rule where the outline crosses itself."""

    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Mask:
    """Pixels, column by column: COUNTS of off and on in turn, off first, for HEIGHT times WIDTH."""

    height: int
    width: int
    counts: tuple[int, ...]


Outlined = Box | RotatedBox | Polygon
Shape = Outlined | Mask


def outline_of(shape: Outlined) -> Outline:
    """The corners of SHAPE in order."""
    if isinstance(shape, Polygon):
        return shape.points
    if isinstance(shape, Box):
        right, bottom = shape.x + shape.width, shape.y + shape.height
        return (shape.x, shape.y), (right, shape.y), (right, bottom), (shape.x, bottom)
    turn = radians(shape.angle % 360)
    across = shape.width / 2 * cos(turn), shape.width / 2 * sin(turn)
    down = -shape.height / 2 * sin(turn), shape.height / 2 * cos(turn)
    return tuple(
        (shape.x + i * across[0] + j * down[0], shape.y + i * across[1] + j * down[1])
        for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    )


def bounds_of(shape: Shape) -> Bounds:
    """The least upright rectangle around SHAPE; of a mask, its columns from the first to the last."""
    if not isinstance(shape, Mask):
        return outlines.bounds_of(outline_of(shape))
    on = runs.runs_of(shape.counts)
    if not on:
        return Bounds(0, 0, 0, 0)
    return Bounds(on[0][0] // shape.height, 0, (on[-1][1] - 1) // shape.height + 1, shape.height)


def are_comparable(a: Shape, b: Shape) -> bool:
    """Whether A and B have an IoU: masks with masks of the same size, all others with one another."""
    if isinstance(a, Mask) and isinstance(b, Mask):
        return (a.height, a.width) == (b.height, b.width)
    return not isinstance(a, Mask) and not isinstance(b, Mask)


def iou(a: Shape, b: Shape, allowance: Allowance | None = None) -> float:
    """The area of the intersection of A and B over that of their union, 0 to 1 (Jaccard 1901).

    Where neither has an area it is 1 if they are the same (no pixel in both masks, or the same set of
    corners) and otherwise 0. Exact for masks; for the rest, up to rounding. Raises BadShape, as for B, where
    the two are not comparable, and TooMuch where it takes more than ALLOWANCE (a full one, if none).
    """
    allowance = allowance or Allowance()
    if isinstance(a, Mask) and isinstance(b, Mask) and are_comparable(a, b):
        return _iou_of_masks(a, b, allowance)
    if isinstance(a, Mask) or isinstance(b, Mask):
        raise BadShape("/type", "a mask is compared with masks of its own size alone")
    if a == b:
        return 1.0
    common, either = _areas(a, b, allowance)
    if either > 0:
        return min(1.0, common / either)
    return float(set(outline_of(a)) == set(outline_of(b)))


def _areas(a: Outlined, b: Outlined, allowance: Allowance) -> tuple[float, float]:
    """The areas of intersection and union; of what is apart, none and more than none."""
    if isinstance(a, Box) and isinstance(b, Box):
        return _areas_of_boxes(a, b)
    one, other = outline_of(a), outline_of(b)
    if outlines.bounds_of(one).is_apart_from(outlines.bounds_of(other)):
        return 0.0, 1.0
    return outlines.areas(one, other, allowance)


def _areas_of_boxes(a: Box, b: Box) -> tuple[float, float]:
    # From the bounds, whose sides are those after rounding: so no part outgrows the whole.
    one, other = bounds_of(a), bounds_of(b)
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    common = max(0.0, width) * max(0.0, height)
    return common, one.area + other.area - common


def _iou_of_masks(a: Mask, b: Mask, allowance: Allowance) -> float:
    allowance.spend(1 + (len(a.counts) + len(b.counts)) // 8)  # a run is far less work than an edge
    ones, others = runs.runs_of(a.counts), runs.runs_of(b.counts)
    common = runs.common_pixels(ones, others)
    either = runs.pixels(ones) + runs.pixels(others) - common
    return common / either if either else 1.0
