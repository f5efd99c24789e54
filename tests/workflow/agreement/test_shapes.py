"""How much two shapes have in common: laws, and areas found in other ways."""

from collections.abc import Callable
from math import cos, radians, sin
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflow.agreement.figures import (
    BOXES,
    NUMBERS,
    SHAPES,
    comb,
    exact_areas,
    mask_of,
    stars,
    thrown_iou,
)
from workflow.agreement import outlines, runs, shapes
from workflow.agreement.allowance import Allowance
from workflow.agreement.errors import BadShape, TooMuch
from workflow.agreement.outlines import Outline
from workflow.agreement.shapes import Box, Mask, Outlined, Polygon, RotatedBox, iou, outline_of

SQUARE = Box(0, 0, 10, 10)
FEW = settings(max_examples=40, deadline=None)
Areas = Callable[[Outline, Outline, Allowance], tuple[float, float]]


def polygon_of(shape: Outlined) -> Polygon:
    return Polygon(tuple(outline_of(shape)))


def moved(shape: Outlined, across: float, down: float) -> Polygon:
    return Polygon(tuple((x + across, y + down) for x, y in outline_of(shape)))


def turned(shape: Outlined, angle: float) -> Polygon:
    turn = radians(angle)
    points = ((x * cos(turn) - y * sin(turn), x * sin(turn) + y * cos(turn)) for x, y in outline_of(shape))
    return Polygon(tuple(points))


# ---- by hand


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (Box(5, 0, 10, 10), 50 / 150),
        (Box(2, 2, 5, 4), 20 / 100),
        (Box(10, 0, 10, 10), 0),  # side by side
        (Box(20, 0, 1, 1), 0),
        (RotatedBox(5, 5, 10, 10, 90), 1),
        (RotatedBox(5, 5, 200**0.5, 200**0.5, 45), 100 / 200),
        (Polygon(((0, 0), (10, 0), (0, 10))), 50 / 100),
        (Polygon(((0, 0), (10, 10), (10, 0), (0, 10))), 50 / 100),  # crosses itself: two triangles
    ],
)
def test_an_overlap_is_that_of_the_areas(other: Outlined, expected: float) -> None:
    assert iou(SQUARE, other) == pytest.approx(expected, abs=1e-12)


def test_an_angle_turns_clockwise_as_y_grows_downwards() -> None:
    hand = RotatedBox(0, 0, 20, 2, 30)  # of a clock: from nine to three, turned by an hour

    right_end = max(outline_of(hand))

    assert right_end[1] > 0


@pytest.mark.parametrize("teeth", [1, 2, 5, 20])
def test_a_comb_across_a_comb_has_a_quarter_of_the_square_in_common(teeth: int) -> None:
    upright, level = comb(teeth, True), comb(teeth, False)
    size = 2 * teeth * teeth + 2 * teeth  # half of the square, and the back of the comb

    common, either = outlines.areas(upright.points, level.points, Allowance())

    assert common == pytest.approx(teeth * teeth)
    assert either == pytest.approx(2 * size - teeth * teeth)


# ---- laws


@FEW
@given(SHAPES, SHAPES)
def test_an_overlap_is_a_share_and_the_same_from_both_sides(a: Outlined, b: Outlined) -> None:
    common = iou(a, b)

    assert 0 <= common <= 1
    assert common == pytest.approx(iou(b, a), abs=1e-12)


@FEW
@given(SHAPES)
def test_a_shape_overlaps_itself_entirely_wherever_its_outline_begins(shape: Outlined) -> None:
    points = tuple(outline_of(shape))

    assert iou(shape, shape) == 1
    assert iou(shape, Polygon(points[2:] + points[:2])) == pytest.approx(1, abs=1e-12)
    assert iou(shape, Polygon(points[::-1])) == pytest.approx(1, abs=1e-12)


@FEW
@given(SHAPES, SHAPES, NUMBERS, NUMBERS)
def test_an_overlap_is_the_same_wherever_both_are_moved(
    a: Outlined, b: Outlined, across: float, down: float
) -> None:
    there = iou(moved(a, across, down), moved(b, across, down))

    assert there == pytest.approx(iou(a, b), abs=1e-9)


@FEW
@given(SHAPES, SHAPES, st.floats(-360, 360))
def test_an_overlap_is_the_same_however_both_are_turned(a: Outlined, b: Outlined, angle: float) -> None:
    assert iou(turned(a, angle), turned(b, angle)) == pytest.approx(iou(a, b), abs=1e-9)


@FEW
@given(SHAPES, SHAPES)
def test_what_is_apart_has_nothing_in_common(a: Outlined, b: Outlined) -> None:
    far = moved(b, 200, 0)

    assert iou(a, far) == 0
    assert outlines.areas(outline_of(a), outline_of(far), Allowance())[0] == 0


def check_boxes(a: Box, b: Box) -> None:
    as_polygons = iou(polygon_of(a), polygon_of(b))

    assert iou(a, b) == pytest.approx(as_polygons, abs=1e-12)
    assert iou(a, polygon_of(b)) == pytest.approx(as_polygons, abs=1e-12)


@FEW
@given(BOXES, BOXES)
def test_boxes_have_the_overlap_of_their_polygons(a: Box, b: Box) -> None:
    check_boxes(a, b)


def test_checker_detects_boxes_that_are_apart_both_ways_and_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "max", lambda least, found: max(found, -found, least), raising=False)

    with pytest.raises(AssertionError):
        check_boxes(SQUARE, Box(11, 11, 10, 10))


def test_small_shapes_far_out_keep_their_overlap() -> None:
    star = Polygon(((0.25, 0.0), (1.0, 0.75), (0.5, 0.5), (0.0, 1.0)))
    other = Polygon(((0.0, 0.25), (0.75, 0.0), (1.0, 1.0)))

    there = iou(moved(star, 1e8, -1e8), moved(other, 1e8, -1e8))

    assert there == pytest.approx(iou(star, other), abs=1e-12)


# ---- areas found in other ways


def check_areas(a: Outlined, b: Outlined, areas: Areas = outlines.areas) -> None:
    found = areas(outline_of(a), outline_of(b), Allowance())

    assert found == pytest.approx(exact_areas(outline_of(a), outline_of(b)), rel=1e-9, abs=1e-9)


@FEW
@given(SHAPES, SHAPES)
def test_areas_are_those_of_exact_fractions(a: Outlined, b: Outlined) -> None:
    check_areas(a, b)


@FEW
@given(stars(), stars(), st.integers(0, 3))
def test_areas_are_exact_where_outlines_share_corners_and_edges(a: Polygon, b: Polygon, start: int) -> None:
    shared = Polygon((*a.points[start : start + 2], b.points[0]))  # a triangle on an edge of the star

    check_areas(a, shared)


def test_checker_detects_areas_that_miss_a_crossing(monkeypatch: pytest.MonkeyPatch) -> None:
    across = Polygon(((0.0, 10.0), (10.0, 0.0), (20.0, 10.0)))
    monkeypatch.setattr(outlines, "_cuts", lambda edges, top, bottom, allowance: [top, bottom])

    with pytest.raises(AssertionError):
        check_areas(Polygon(((0.0, 0.0), (10.0, 10.0), (20.0, 0.0))), across)


def test_checker_detects_areas_of_the_bounds_alone() -> None:
    def of_bounds(one: Outline, other: Outline, allowance: Allowance) -> tuple[float, float]:
        a, b = outlines.bounds_of(one), outlines.bounds_of(other)
        boxes = [Box(c.left, c.top, c.right - c.left, c.bottom - c.top) for c in (a, b)]
        return shapes._areas_of_boxes(boxes[0], boxes[1])

    check_areas(SQUARE, Box(5, 5, 10, 10), of_bounds)

    with pytest.raises(AssertionError):
        check_areas(SQUARE, RotatedBox(5, 5, 10, 10, 30), of_bounds)


@pytest.mark.parametrize("seed", range(6))
def test_outlines_that_cross_themselves_have_the_areas_of_the_even_odd_rule(seed: int) -> None:
    dice = Random(seed)
    a, b = (tuple((dice.uniform(-9, 9), dice.uniform(-9, 9)) for _ in range(8)) for _ in range(2))

    suggested = thrown_iou(a, b, 9, 12_000, seed)

    assert iou(Polygon(a), Polygon(b)) == pytest.approx(suggested, abs=0.03)


# ---- without an area


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (Box(1, 2, 0, 0), Box(1, 2, 0, 0), 1),
        (Box(1, 2, 5, 0), Box(1, 2, 5, 0), 1),
        (Box(1, 2, 5, 0), Polygon(((6, 2), (1, 2), (6, 2))), 1),
        (Box(1, 2, 5, 0), Box(1, 2, 4, 0), 0),
        (Box(1, 2, 0, 0), SQUARE, 0),
        (Polygon(((0, 0), (5, 5), (10, 10))), SQUARE, 0),
        (Polygon(((0, 0), (5, 5), (9, 9))), Polygon(((5, 5), (9, 9), (0, 0))), 1),
    ],
)
def test_what_has_no_area_overlaps_only_its_like(a: Outlined, b: Outlined, expected: float) -> None:
    assert iou(a, b) == iou(b, a) == expected


# ---- masks

PIXELS = st.lists(st.booleans(), min_size=20, max_size=20)


def check_masks(ones: list[bool], others: list[bool]) -> None:
    common = sum(a and b for a, b in zip(ones, others, strict=True))
    either = sum(a or b for a, b in zip(ones, others, strict=True))

    found = iou(mask_of(ones, 4), mask_of(others, 4))

    assert found == (common / either if either else 1)


@FEW
@given(PIXELS, PIXELS)
def test_masks_overlap_by_pixels(ones: list[bool], others: list[bool]) -> None:
    check_masks(ones, others)


def test_checker_detects_masks_whose_runs_begin_with_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    runs_of = runs.runs_of
    monkeypatch.setattr(runs, "runs_of", lambda counts: runs_of([0, *counts]))

    with pytest.raises(AssertionError):
        check_masks([True] * 5 + [False] * 15, [True] * 10 + [False] * 10)


def test_a_run_without_a_pixel_joins_its_neighbours() -> None:
    assert iou(Mask(2, 3, (1, 2, 0, 1, 2)), Mask(2, 3, (1, 3, 2))) == 1


def test_the_bounds_of_a_mask_are_its_columns() -> None:
    assert shapes.bounds_of(Mask(2, 5, (3, 3, 4))) == (1, 0, 3, 2)
    assert shapes.bounds_of(Mask(2, 5, (10,))) == (0, 0, 0, 0)


@pytest.mark.parametrize("other", [Mask(3, 2, (6,)), SQUARE])
def test_a_mask_is_compared_with_masks_of_its_size_alone(other: shapes.Shape) -> None:
    with pytest.raises(BadShape):
        iou(Mask(2, 3, (6,)), other)


# ---- bounds of work


def test_outlines_that_cross_too_often_are_refused_and_not_guessed() -> None:
    with pytest.raises(TooMuch):
        iou(comb(100, True), comb(100, False), Allowance(20_000))


def test_two_outlines_of_most_points_are_within_the_allowance() -> None:
    directions = [radians(360 * index / 10_000) for index in range(10_000)]
    one, other = (
        Polygon(tuple((reach * cos(turn), reach * sin(turn)) for turn in directions)) for reach in (10, 9)
    )

    assert iou(one, other) == pytest.approx(0.81)
