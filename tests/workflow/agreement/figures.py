"""Shapes to draw at random, and areas found in other ways. It must not use what it is held against."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby, pairwise
from math import cos, pi, sin
from random import Random

from hypothesis import strategies as st

from workflow.agreement.shapes import Box, Mask, Polygon, RotatedBox

Outline = Sequence[tuple[float, float]]
Line = tuple[Fraction, Fraction, Fraction, Fraction, int]  # from x, y to x, y rightwards; +1 or -1

# Multiples of a sixteenth: moved by another one, none is rounded.
NUMBERS = st.integers(-320, 320).map(lambda number: number / 16)
LENGTHS = st.integers(16, 320).map(lambda number: number / 16)
ANGLES = st.integers(-720, 720).map(float)
BOXES = st.builds(Box, NUMBERS, NUMBERS, LENGTHS, LENGTHS)
ROTATED_BOXES = st.builds(RotatedBox, NUMBERS, NUMBERS, LENGTHS, LENGTHS, ANGLES)


@st.composite
def stars(draw: st.DrawFn) -> Polygon:
    """A polygon that is mostly concave and never crosses itself: each corner has a direction of its own."""
    corners = draw(st.integers(4, 9))
    x, y = draw(NUMBERS), draw(NUMBERS)
    reaches = draw(st.lists(LENGTHS, min_size=corners, max_size=corners))
    turns = draw(st.lists(st.integers(0, 8), min_size=corners, max_size=corners))
    points = []
    for index, (reach, turn) in enumerate(zip(reaches, turns, strict=True)):
        direction = 2 * pi * (index + turn / 10) / corners
        points.append((x + reach * cos(direction), y + reach * sin(direction)))
    return Polygon(tuple(points))


SHAPES = st.one_of(BOXES, ROTATED_BOXES, stars())


def mask_of(pixels: Sequence[bool], height: int) -> Mask:
    """The mask of PIXELS, which stand column by column."""
    counts = [] if not pixels or not pixels[0] else [0]
    counts += [len(list(run)) for _, run in groupby(pixels)]
    return Mask(height, len(pixels) // height, tuple(counts))


def comb(teeth: int, is_upright: bool) -> Polygon:
    """A comb of TEETH, each one wide and one apart from the next, that fill half of a square."""
    size = 2 * teeth
    points = [(0.0, -1.0), (0.0, 0.0)]
    for tooth in range(teeth):
        points += [(2.0 * tooth, float(size)), (2.0 * tooth + 1, float(size))]
        points += [(2.0 * tooth + 1, 0.0), (2.0 * tooth + 2, 0.0)]
    points.append((float(size), -1.0))
    return Polygon(tuple(points if is_upright else [(y, x) for x, y in points]))


def exact_areas(one: Outline, other: Outline) -> tuple[float, float]:
    """The areas of intersection and union of outlines that do not cross themselves, in exact fractions.

    An area is the sum of what lies under its upper edges less what lies under its lower ones; so a common
    area is that sum over pairs of edges, of what lies under both.
    """
    ones, others = list(_lines(one)), list(_lines(other))
    common = sum((a[4] * b[4] * _under_both(a, b) for a in ones for b in others), Fraction(0))
    size = abs(sum((a[4] * _under_both(a, a) for a in ones), Fraction(0)))
    other_size = abs(sum((b[4] * _under_both(b, b) for b in others), Fraction(0)))
    return float(abs(common)), float(size + other_size - abs(common))


def _lines(outline: Outline) -> Iterator[Line]:
    floor = 1000  # all is above it
    for (x, y), (next_x, next_y) in pairwise([*outline, outline[0]]):
        start, end = (Fraction(x), Fraction(y) + floor), (Fraction(next_x), Fraction(next_y) + floor)
        if start < end and x != next_x:
            yield (*start, *end, 1)
        elif x != next_x:
            yield (*end, *start, -1)


def _under_both(a: Line, b: Line) -> Fraction:
    left, right = max(a[0], b[0]), min(a[2], b[2])
    if left >= right:
        return Fraction(0)
    before, after = _y_at(a, left) - _y_at(b, left), _y_at(a, right) - _y_at(b, right)
    stops = [left, right]
    if before * after < 0:
        stops.insert(1, left + (right - left) * before / (before - after))
    heights = [min(_y_at(a, x), _y_at(b, x)) for x in stops]
    area = Fraction(0)
    for (start, end), (low, high) in zip(pairwise(stops), pairwise(heights), strict=True):
        area += (end - start) * (low + high) / 2
    return area


def _y_at(line: Line, x: Fraction) -> Fraction:
    return line[1] + (line[3] - line[1]) * (x - line[0]) / (line[2] - line[0])


def is_inside(outline: Outline, x: float, y: float) -> bool:
    """Whether a ray from (X, Y) to the right meets OUTLINE an odd number of times."""
    meetings = 0
    for (from_x, from_y), (to_x, to_y) in pairwise([*outline, outline[0]]):
        if (from_y > y) != (to_y > y):
            meetings += x < from_x + (to_x - from_x) * (y - from_y) / (to_y - from_y)
    return meetings % 2 == 1


def thrown_iou(one: Outline, other: Outline, reach: float, throws: int, seed: int) -> float:
    """What IoU so many points suggest that are thrown into the square from -REACH to REACH (Monte Carlo)."""
    dice = Random(seed)
    common = either = 0
    for _ in range(throws):
        x, y = dice.uniform(-reach, reach), dice.uniform(-reach, reach)
        hits = is_inside(one, x, y) + is_inside(other, x, y)
        common += hits == 2
        either += hits > 0
    return common / either
