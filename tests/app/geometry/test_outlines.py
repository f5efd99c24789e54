"""The outlines of a mask: filled again they are the mask, each is one patch with its holes."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings

from app.geometry import area_of
from app.geometry.converting import mask_of, polygons_of
from app.geometry.masks import array_of, mask_from
from app.geometry.shapes import Box, Mask, Moment, Point, Polygon, RotatedBox
from tests.app.geometry.figures import Pixels, arrays, picture


def polygons_in(array: Pixels) -> list[Polygon]:
    polygons = polygons_of(mask_from(array))
    assert polygons is not None
    return polygons


def filled(polygon: Polygon, like: Pixels) -> Pixels:
    mask = mask_of(polygon, *like.shape)
    assert mask is not None
    return array_of(mask)


def patches_of(array: Pixels) -> list[Pixels]:
    """The patches of pixels that touch by their sides, found by walking from pixel to pixel."""
    left = {(int(row), int(column)) for row, column in np.argwhere(array)}
    patches = []
    while left:
        waiting, patch = [left.pop()], np.zeros(array.shape, dtype=bool)
        while waiting:
            row, column = waiting.pop()
            patch[row, column] = True
            beside = {(row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)} & left
            left -= beside
            waiting += beside
        patches.append(patch)
    return patches


def in_order(parts: list[Pixels]) -> list[bytes]:
    return sorted(part.tobytes() for part in parts)


@settings(deadline=None, max_examples=300)
@given(arrays())
def test_each_outline_filled_is_one_patch_of_the_mask(array: Pixels) -> None:
    parts = [filled(polygon, array) for polygon in polygons_in(array)]

    assert in_order(parts) == in_order(patches_of(array))


@settings(deadline=None, max_examples=200)
@given(arrays())
def test_the_area_of_the_outlines_is_that_of_the_mask(array: Pixels) -> None:
    assert sum(area_of(polygon) or 0 for polygon in polygons_in(array)) == array.sum()


@settings(deadline=None, max_examples=200)
@given(arrays())
def test_rings_turn_at_every_point_and_go_clockwise_with_holes_the_other_way(array: Pixels) -> None:
    for polygon in polygons_in(array):
        for ring, is_hole in [(polygon.points, False), *[(hole, True) for hole in polygon.holes]]:
            steps = [(c - a, d - b) for (a, b), (c, d) in pairwise([*ring, ring[0]])]
            twice = sum(a * d - b * c for (a, b), (c, d) in pairwise([*ring, ring[0]]))

            assert all((a == 0) != (b == 0) for a, b in steps)
            assert all(a * c + b * d == 0 for (a, b), (c, d) in pairwise([*steps, steps[0]]))
            assert (twice < 0) == is_hole


def test_pixels_that_touch_by_a_corner_are_polygons_of_their_own() -> None:
    assert len(polygons_in(picture("#.", ".#"))) == 2
    assert len(polygons_in(picture(".#", "#."))) == 2


def test_holes_that_touch_by_a_corner_leave_their_patch_whole() -> None:
    [polygon] = polygons_in(picture("####", "#.##", "##.#", "####"))

    assert len(polygon.points) == 4
    assert area_of(polygon) == 14


def test_a_hole_below_another_belongs_to_the_patch_around_both() -> None:
    [polygon] = polygons_in(picture("####", "#.##", "####", "##.#", "####"))

    assert len(polygon.holes) == 2


def test_an_island_in_a_hole_is_a_polygon_of_its_own() -> None:
    outer, island = polygons_in(picture("#####", "#...#", "#.#.#", "#...#", "#####"))

    assert outer.points == ((0, 0), (5, 0), (5, 5), (0, 5))
    assert [set(hole) for hole in outer.holes] == [{(1, 1), (4, 1), (4, 4), (1, 4)}]
    assert island == Polygon(((2, 2), (3, 2), (3, 3), (2, 3)))


def test_a_large_mask_of_few_runs_is_not_laid_out() -> None:
    side = 1_000_000

    polygons = polygons_of(Mask(side, side, (side, side * side - 2 * side, side)))

    assert polygons == [Polygon(((1, 0), (side - 1, 0), (side - 1, side), (1, side)))]


def test_what_has_corners_is_their_polygon_and_the_moment_is_kept() -> None:
    assert polygons_of(Box(0, 0, 2, 1, Moment(1))) == [
        Polygon(((0, 0), (2, 0), (2, 1), (0, 1)), moment=Moment(1))
    ]
    assert polygons_of(RotatedBox(1, 0.5, 2, 1, 0)) == polygons_of(Box(0, 0, 2, 1))
    assert polygons_of(Mask(1, 1, (0, 1), None, Moment(2))) == [
        Polygon(((0, 0), (1, 0), (1, 1), (0, 1)), moment=Moment(2))
    ]


def test_what_encloses_nothing_has_no_polygons() -> None:
    assert polygons_of(Point(1, 2)) is None
    assert polygons_of(Mask(2, 2, (4,))) == []


@pytest.mark.parametrize("counts", [(0, 0, 1, 0, 0, 1, 2), (0, 0, 1, 1, 2), (1, 1, 2, 0, 0, 0)])
def test_runs_of_no_length_draw_no_outline(counts: tuple[int, ...]) -> None:
    assert polygons_of(Mask(2, 2, counts)) == polygons_of(Mask(2, 2, (1, 1, 2)))
