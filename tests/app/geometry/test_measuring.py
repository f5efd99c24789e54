"""Areas and bounds, against exact fractions and against the pixels themselves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.geometry import area_of, bounds_of, box_of, clipped, shape_of
from app.geometry.corners import corners_of
from app.geometry.masks import mask_from
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
    Polyline,
    RotatedBox,
    Shape,
    TextSpan,
)
from tests.app.geometry.figures import Pixels, arrays, bits_of, small_rings, triangulated
from workflow.agreement import shapes as agreed

PLACES = st.integers(-40, 40).map(lambda number: number / 4)
SIDES = st.integers(0, 40).map(lambda number: number / 4)
BOXES = st.builds(Box, PLACES, PLACES, SIDES, SIDES)
IN_SPACE = [
    Cuboid((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
    Point3D((0.0, 0.0, 0.0)),
    PointSet(3, (1, 2)),
    TextSpan(0, 1),
]


@given(small_rings(0.25))
def test_the_area_of_a_polygon_is_that_of_its_triangles(ring: tuple[tuple[float, float], ...]) -> None:
    assert area_of(Polygon(ring)) == triangulated(ring)
    assert area_of(Polygon(ring[::-1])) == triangulated(ring)


def test_holes_are_no_part_of_an_area() -> None:
    square = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))
    triangle = ((3.0, 3.0), (6.0, 3.0), (6.0, 6.0))

    assert area_of(Polygon(square, (triangle,))) == 81 - 4.5
    assert area_of(Polygon(triangle, (square,))) == 0


def test_a_small_polygon_far_out_keeps_its_area() -> None:
    far = 9e8

    assert area_of(Polygon(((far, far), (far + 1, far), (far + 1, far + 1), (far, far + 1)))) == 1


@pytest.mark.parametrize(
    ("shape", "area"),
    [
        (Box(1, 2, 3, 4), 12),
        (RotatedBox(1, 2, 3, 4, 77), 12),
        (Mask(2, 3, (1, 2, 2, 1)), 3),
        (Polyline(((0, 0), (1, 1))), None),
        (Point(0, 0), None),
        (Keypoints(((0, 0, 2),)), None),
        *[(shape, None) for shape in IN_SPACE],
    ],
)
def test_an_area_is_told_of_what_has_one(shape: Shape, area: float | None) -> None:
    assert area_of(shape) == area


@pytest.mark.parametrize(
    ("shape", "bounds"),
    [
        (Box(1, 2, 3, 4), (1, 2, 4, 6)),
        (Polyline(((5, 0), (1, 7))), (1, 0, 5, 7)),
        (Polygon(((5, 0), (1, 7), (3, 9))), (1, 0, 5, 9)),
        (Point(1, 2), (1, 2, 1, 2)),
        (Keypoints(((0, 0, 0), (3, 4, 1), (5, 1, 2))), (3, 1, 5, 4)),
        (Keypoints(((0, 0, 0),)), None),
        *[(shape, None) for shape in IN_SPACE],
    ],
)
def test_bounds_are_told_of_what_lies_in_the_picture(shape: Shape, bounds: tuple[float, ...] | None) -> None:
    assert bounds_of(shape) == bounds


@pytest.mark.parametrize(
    ("angle", "bounds"), [(0, (8, 9, 12, 11)), (90, (9, 8, 11, 12)), (-180, (8, 9, 12, 11))]
)
def test_a_rotated_box_is_turned_around_its_centre(angle: float, bounds: tuple[float, ...]) -> None:
    assert bounds_of(RotatedBox(10, 10, 4, 2, angle)) == pytest.approx(bounds)


def test_angles_are_clockwise_on_the_screen() -> None:
    upper_left, upper_right, *_ = corners_of(RotatedBox(0, 0, 2, 2, 30))

    assert upper_right[1] > upper_left[1]  # y grows downwards
    assert upper_right[0] > upper_left[0]


@given(st.builds(RotatedBox, PLACES, PLACES, SIDES, SIDES, st.integers(-720, 720).map(float)))
def test_corners_are_where_agreement_sees_them(box: RotatedBox) -> None:
    other = agreed.RotatedBox(box.x, box.y, box.width, box.height, box.angle)

    assert corners_of(box) == agreed.outline_of(other)


@settings(deadline=None)
@given(arrays())
def test_a_mask_is_measured_as_its_pixels_are(array: Pixels) -> None:
    mask = mask_from(array)
    rows, columns = np.nonzero(array)

    assert area_of(mask) == array.sum()
    if len(rows):
        assert bounds_of(mask) == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    else:
        assert bounds_of(mask) is None


@settings(deadline=None)
@given(st.integers(1, 4), st.lists(st.integers(0, 5), min_size=1, max_size=12))
def test_runs_of_no_length_change_no_measure(height: int, counts: list[int]) -> None:
    counts += [height - sum(counts) % height]
    mask = Mask(height, sum(counts) // height, tuple(counts))
    plain = mask_from(bits_of(mask))

    assert bounds_of(mask) == bounds_of(plain)
    assert area_of(mask) == area_of(plain)


# ---- upright boxes


def test_the_box_around_a_shape_has_its_moment() -> None:
    line = Polyline(((5, 0), (1, 7)), Moment(3))

    assert box_of(line) == Box(1, 0, 4, 7, Moment(3))
    assert box_of(Box(1, 2, 3, 4)) == Box(1, 2, 3, 4)
    assert box_of(TextSpan(0, 1)) is None


@given(BOXES, st.integers(1, 8), st.integers(1, 8))
def test_a_clipped_box_is_what_lies_in_the_picture(box: Box, width: int, height: int) -> None:
    inside = clipped(box, width, height)

    left, top, right, bottom = bounds_of(inside) or (0, 0, 0, 0)
    assert 0 <= left <= right <= width
    assert 0 <= top <= bottom <= height
    assert inside.width == max(0, min(width, box.x + box.width) - max(0, box.x))
    assert inside.height == max(0, min(height, box.y + box.height) - max(0, box.y))
    assert clipped(inside, width, height) == inside


@given(st.floats(0, 100), st.floats(0, 100), st.floats(0, 100), st.floats(0, 100))
def test_a_box_inside_is_not_changed_by_a_digit(x: float, y: float, width: float, height: float) -> None:
    box = Box(x, y, width, height, Moment(1))

    assert clipped(box, 200, 200) is box


def test_what_is_clipped_keeps_its_moment() -> None:
    box = shape_of({"type": "box", "x": -1, "y": 0, "width": 3, "height": 1, "frame": 5})

    assert isinstance(box, Box)
    assert clipped(box, 10, 10) == Box(0, 0, 2, 1, Moment(5))
