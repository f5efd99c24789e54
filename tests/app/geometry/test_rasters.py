"""Which pixels a shape covers, against each pixel's centre by itself and against pycocotools."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco

from app.geometry import BadGeometry, area_of
from app.geometry.converting import mask_of
from app.geometry.masks import array_of
from app.geometry.shapes import Box, Mask, Moment, Point, Polygon, Ring, RotatedBox, Shape
from tests.app.geometry.figures import Pixels, covered, picture, small_rings, staircase

# pycocotools 2.0.11 hands its arrays over in a way that numpy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

HEIGHT, WIDTH = 7, 9
WHOLE = st.integers(-3, 12).map(float)


def pixels_of(shape: Shape, height: int = HEIGHT, width: int = WIDTH) -> Pixels:
    mask = mask_of(shape, height, width)
    assert mask is not None
    return array_of(mask)


@settings(deadline=None, max_examples=200)
@given(st.lists(small_rings() | small_rings(0.5), min_size=1, max_size=3))
def test_pixels_are_those_whose_centre_is_inside(rings: list[Ring]) -> None:
    found = pixels_of(Polygon(rings[0], tuple(rings[1:])))

    assert (found == covered(rings, HEIGHT, WIDTH)).all()


@settings(deadline=None)
@given(small_rings(), st.integers(0, 2), st.booleans())
def test_it_does_not_matter_where_an_outline_starts_and_which_way_it_goes(
    ring: Ring, start: int, is_backward: bool
) -> None:
    other = ring[start:] + ring[:start]

    found = pixels_of(Polygon(other[::-1] if is_backward else other))

    assert (found == pixels_of(Polygon(ring))).all()


@given(st.lists(st.integers(1, HEIGHT), min_size=1, max_size=WIDTH))
def test_whole_corners_and_upright_sides_cover_exactly_their_area(heights: list[int]) -> None:
    polygon = Polygon(staircase(heights))

    assert pixels_of(polygon).sum() == area_of(polygon) == sum(heights)


@settings(deadline=None)
@given(st.floats(0, 9), st.floats(0, 7))
def test_of_shapes_that_share_edges_each_pixel_belongs_to_one(x: float, y: float) -> None:
    frame = ((-1.0, -1.0), (10.0, -1.0), (10.0, 8.0), (-1.0, 8.0))

    parts = [pixels_of(Polygon((a, b, (x, y)))) for a, b in pairwise([*frame, frame[0]])]

    assert (np.sum(parts, axis=0) == 1).all()


@given(WHOLE, WHOLE, st.integers(0, 9), st.integers(0, 9))
def test_a_box_of_whole_numbers_covers_its_pixels(x: float, y: float, width: int, height: int) -> None:
    expected = np.zeros((HEIGHT, WIDTH), dtype=bool)
    expected[max(0, int(y)) : max(0, int(y) + height), max(0, int(x)) : max(0, int(x) + width)] = True

    assert (pixels_of(Box(x, y, width, height)) == expected).all()


def test_a_rotated_box_covers_what_its_corners_enclose() -> None:
    found = pixels_of(RotatedBox(2.5, 2.5, 4, 4, 45), 5, 5)

    assert (found == picture("..#..", ".###.", "#####", ".###.", "..#..")).all()


def test_holes_are_off() -> None:
    square = ((0.0, 0.0), (4.0, 0.0), (4.0, 3.0), (0.0, 3.0))
    hole = ((1.0, 1.0), (2.0, 1.0), (2.0, 2.0), (1.0, 2.0))

    assert (pixels_of(Polygon(square, (hole,)), 3, 4) == picture("####", "#.##", "####")).all()


def test_a_shape_far_away_or_far_larger_is_cut_off_at_the_picture() -> None:
    assert not pixels_of(Box(1e9, -1e9, 5, 5)).any()
    assert pixels_of(Box(-5e8, -5e8, 1e9, 1e9)).all()
    half = Polygon(((-1e9, -1e9), (1e9, 2.5 - 1e9), (2.5 - 1e9, 1e9)))
    assert (pixels_of(half, 2, 2) == picture("##", "#.")).all()


def test_a_mask_keeps_the_moment_and_a_mask_of_the_size_is_itself() -> None:
    mask = mask_of(Box(0, 0, 1, 1, Moment(2)), 1, 2)

    assert mask == Mask(1, 2, (0, 1, 1), None, Moment(2))
    assert mask_of(mask, 1, 2) is mask
    assert mask_of(Point(1, 1), 1, 2) is None


@pytest.mark.parametrize(
    ("shape", "height", "width", "pointer"),
    [
        (Box(0, 0, 1, 1), 0, 5, "/size"),
        (Box(0, 0, 1, 1), 5, 1_000_001, "/size"),
        (Mask(1, 2, (2,)), 2, 1, "/size"),
        (Polygon(((0, 0), (1e6, 1e6)) * 100), 1_000_000, 1_000_000, "/points"),
        (Box(0, 1, 1e6, 1), 3, 1_000_000, "/counts"),
    ],
)
def test_what_cannot_be_rasterised_is_refused(shape: Shape, height: int, width: int, pointer: str) -> None:
    with pytest.raises(BadGeometry) as caught:
        mask_of(shape, height, width)

    assert caught.value.pointer == pointer


# ---- beside pycocotools


def theirs(rings: list[Ring], height: int = HEIGHT, width: int = WIDTH) -> Pixels:
    rows = [[number for point in ring for number in point] for ring in rings]
    found: Pixels = coco.decode(coco.frPyObjects(rows, height, width)).any(axis=2)
    return found


@settings(deadline=None)
@given(st.integers(0, 8), st.integers(0, 6), st.integers(1, 9), st.integers(1, 9))
def test_an_upright_box_of_whole_numbers_has_the_pixels_of_pycocotools(
    x: int, y: int, width: int, height: int
) -> None:
    width, height = min(width, WIDTH - x), min(height, HEIGHT - y)
    box = Box(x, y, width, height)

    assert (pixels_of(box) == theirs([_corners(box)])).all()
    assert (
        pixels_of(box)
        == coco.decode(coco.frPyObjects(np.array([[x, y, width, height]], dtype=float), HEIGHT, WIDTH))[
            :, :, 0
        ]
    ).all()


def _corners(box: Box) -> Ring:
    right, bottom = box.x + box.width, box.y + box.height
    return (box.x, box.y), (right, box.y), (right, bottom), (box.x, bottom)


@settings(deadline=None)
@given(small_rings(0.25, 0, 7))
def test_pycocotools_differs_only_where_the_outline_passes(ring: Ring) -> None:
    assume(len(set(ring)) > 2)
    differ = pixels_of(Polygon(ring)) != theirs([ring])

    for row, column in np.argwhere(differ):
        assert _is_passed(ring, float(column), float(row))


def _is_passed(ring: Ring, left: float, top: float) -> bool:
    """Whether an edge of RING comes within a fifth of a pixel of that at LEFT, TOP."""
    for (x, y), (to_x, to_y) in pairwise([*ring, ring[0]]):
        for part in np.linspace(0, 1, 101):
            at_x, at_y = x + part * (to_x - x), y + part * (to_y - y)
            if left - 0.2 <= at_x <= left + 1.2 and top - 0.2 <= at_y <= top + 1.2:
                return True
    return False
