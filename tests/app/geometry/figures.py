"""Shapes to draw at random, and pixels and areas found in other ways, without what they are held against."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

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
    Ring,
    RotatedBox,
)

Pixels = NDArray[np.bool_]

MOMENTS = st.none() | st.builds(
    Moment,
    st.integers(0, 10**9),
    st.none() | st.text(min_size=1, max_size=255),
    st.none() | st.booleans(),
)
NUMBERS = st.floats(-1e9, 1e9)
LENGTHS = st.floats(0, 1e9)
INSTANCES = st.none() | st.integers(1, 2**32 - 1)
XY = st.tuples(NUMBERS, NUMBERS)
XYZ = st.tuples(NUMBERS, NUMBERS, NUMBERS)
RINGS = st.lists(XY, min_size=3, max_size=6).map(tuple)
COUNTS = st.lists(st.integers(0, 50), min_size=1, max_size=9).filter(sum).map(tuple)
ROTATIONS = st.sampled_from([(0.0, 0.0, 0.0, 1.0), (0.707, 0.0, 0.0, 0.707), (-0.5, 0.5, -0.5, 0.5)])

MASKS = st.builds(
    lambda counts, *rest: (
        Mask(1, sum(counts), counts, *rest) if sum(counts) % 2 else Mask(2, sum(counts) // 2, counts, *rest)
    ),
    COUNTS,
    INSTANCES,
    MOMENTS,
)
SHAPES = st.one_of(
    st.builds(Box, NUMBERS, NUMBERS, LENGTHS, LENGTHS, MOMENTS),
    st.builds(RotatedBox, NUMBERS, NUMBERS, LENGTHS, LENGTHS, NUMBERS, MOMENTS),
    st.builds(Polygon, RINGS, st.lists(RINGS, max_size=2).map(tuple), MOMENTS),
    st.builds(Polyline, RINGS, MOMENTS),
    st.builds(Point, NUMBERS, NUMBERS, MOMENTS),
    st.builds(
        Keypoints,
        st.lists(st.tuples(NUMBERS, NUMBERS, st.integers(0, 2)), min_size=1, max_size=5).map(tuple),
        MOMENTS,
    ),
    MASKS,
    st.builds(Cuboid, XYZ, st.tuples(LENGTHS, LENGTHS, LENGTHS), ROTATIONS, MOMENTS),
    st.builds(Point3D, XYZ, MOMENTS),
    st.builds(Polyline3D, st.lists(XYZ, min_size=2, max_size=5).map(tuple), MOMENTS),
    st.builds(Polygon3D, st.lists(XYZ, min_size=3, max_size=5).map(tuple), MOMENTS),
    st.builds(lambda counts, *rest: PointSet(sum(counts), counts, *rest), COUNTS, INSTANCES, MOMENTS),
)


@st.composite
def arrays(draw: st.DrawFn, most: int = 9) -> Pixels:
    """Pixels of up to MOST by MOST: noise, more or less dense, or rectangles, which leave holes."""
    height, width = draw(st.integers(1, most)), draw(st.integers(1, most))
    if draw(st.booleans()):
        noise = np.random.default_rng(draw(st.integers(0, 2**32))).random((height, width))
        return noise < draw(st.sampled_from([0.0, 0.3, 0.5, 0.7, 0.9]))
    array = np.zeros((height, width), dtype=bool)
    for _ in range(draw(st.integers(0, 4))):
        top, left = draw(st.integers(0, height)), draw(st.integers(0, width))
        array[top : draw(st.integers(top, height)), left : draw(st.integers(left, width))] ^= True
    return array


def picture(*rows: str) -> Pixels:
    """The pixels that ROWS show, # for on."""
    return np.array([[sign == "#" for sign in row] for row in rows], dtype=bool)


def small_rings(step: float = 1.0, least: int = -3, most: int = 12) -> st.SearchStrategy[Ring]:
    """Outlines, mostly crossing themselves, on a grid of STEP from LEAST to MOST."""
    places = st.integers(round(least / step), round(most / step)).map(lambda number: number * step)
    return st.lists(st.tuples(places, places), min_size=3, max_size=7).map(tuple)


def covered(rings: Sequence[Ring], height: int, width: int) -> Pixels:
    """The pixels whose centre is inside RINGS, each looked at by itself, in exact fractions."""
    found = [[_is_inside(rings, column, row) for column in range(width)] for row in range(height)]
    return np.array(found, dtype=bool)


def _is_inside(rings: Sequence[Ring], column: int, row: int) -> bool:
    """Whether oddly many edges lie above the centre or upon it; an upright edge is its right end's."""
    x, y = Fraction(2 * column + 1, 2), Fraction(2 * row + 1, 2)
    above = 0
    for ring in rings:
        points = [(Fraction(a), Fraction(b)) for a, b in ring]
        for (a, b), (c, d) in pairwise([*points, points[0]]):
            if min(a, c) <= x < max(a, c):
                above += b + (x - a) * (d - b) / (c - a) <= y
    return above % 2 == 1


def triangulated(ring: Ring) -> Fraction:
    """The area within RING as triangles from the origin, in exact fractions."""
    points = [(Fraction(x), Fraction(y)) for x, y in ring]
    return abs(sum((a * d - b * c for (a, b), (c, d) in pairwise([*points, points[0]])), Fraction())) / 2


def staircase(heights: Sequence[int]) -> Ring:
    """The outline of columns side by side, each one wide and of one of HEIGHTS, hanging from y = 0."""
    points: list[tuple[float, float]] = [(0.0, 0.0), (float(len(heights)), 0.0)]
    for column in range(len(heights) - 1, -1, -1):
        points += [(column + 1.0, float(heights[column])), (float(column), float(heights[column]))]
    return tuple(points)


def bits_of(mask: Any) -> Pixels:
    """MASK laid out, run by run."""
    flat: list[bool] = []
    for index, count in enumerate(mask.counts):
        flat += [index % 2 == 1] * count
    return np.array(flat, dtype=bool).reshape(mask.width, mask.height).T
