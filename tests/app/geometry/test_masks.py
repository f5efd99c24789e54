"""Masks as arrays and as runs: there and back, as pycocotools has them, and none too large for the memory."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco

from app.geometry import BadGeometry
from app.geometry.converting import scaled
from app.geometry.masks import array_of, compressed, mask_from, union
from app.geometry.shapes import (
    Box,
    Keypoints,
    Mask,
    Moment,
    Point,
    Polygon,
    Polyline,
    RotatedBox,
    Shape,
    TextSpan,
)
from tests.app.geometry.figures import Pixels, arrays, bits_of, picture

FACTORS = st.sampled_from([0.25, 0.5, 2.0, 4.0])


@settings(deadline=None)
@given(arrays())
def test_a_mask_is_its_array_again(array: Pixels) -> None:
    assert (array_of(mask_from(array)) == array).all()
    assert (bits_of(mask_from(array)) == array).all()


@settings(deadline=None)
@given(arrays())
def test_the_runs_of_an_array_are_those_of_pycocotools(array: Pixels) -> None:
    theirs = coco.encode(np.asfortranarray(array, dtype=np.uint8))

    assert compressed(mask_from(array).counts) == theirs["counts"].decode()


def test_whatever_is_not_nothing_is_on() -> None:
    mask = mask_from(np.array([[0, 255], [7, 0]], dtype=np.uint8), 3, Moment(1))

    assert mask == Mask(2, 2, (1, 2, 1), 3, Moment(1))


@settings(deadline=None)
@given(arrays(), st.lists(st.integers(0, 2**81 - 1), max_size=3))
def test_a_union_is_on_where_any_is(array: Pixels, noise: list[int]) -> None:
    others = [
        np.array([bits >> n & 1 for n in range(array.size)], dtype=bool).reshape(array.shape)
        for bits in noise
    ]

    joined = union([mask_from(one) for one in (array, *others)])

    assert joined == mask_from(np.any([array, *others], axis=0))


@pytest.mark.parametrize("masks", [[], [Mask(1, 2, (2,)), Mask(2, 1, (2,))]])
def test_a_union_is_of_masks_of_one_size(masks: list[Mask]) -> None:
    with pytest.raises(BadGeometry):
        union(masks)


def test_a_few_lengths_do_not_fill_the_memory() -> None:
    with pytest.raises(BadGeometry):
        array_of(Mask(1_000_000, 1_000_000, (10**12,)))
    with pytest.raises(BadGeometry):
        scaled(Mask(10, 10, (100,)), 10_000, 10_000)


@pytest.mark.parametrize("array", [np.zeros((0, 3)), np.zeros(3), np.zeros((1, 1, 3))])
def test_what_is_no_picture_is_no_mask(array: Pixels) -> None:
    with pytest.raises(BadGeometry):
        mask_from(array)


def test_noise_that_no_annotation_could_hold_is_refused() -> None:
    stripes = np.arange(1_000_002).reshape(2, -1, order="F") % 2

    with pytest.raises(BadGeometry):
        mask_from(stripes)


# ---- scaling


@settings(deadline=None)
@given(arrays(), st.integers(1, 4), st.integers(1, 4))
def test_a_mask_made_larger_repeats_its_pixels(array: Pixels, x: int, y: int) -> None:
    mask = mask_from(array, 9, Moment(4))

    larger = scaled(mask, x, y)

    assert larger == mask_from(array.repeat(y, axis=0).repeat(x, axis=1), 9, Moment(4))
    assert scaled(larger, 1 / x, 1 / y) == mask


def test_a_mask_never_loses_its_last_pixel() -> None:
    assert scaled(Mask(2, 2, (0, 4)), 0.01, 0.01) == Mask(1, 1, (0, 1))
    assert scaled(mask_from(picture("#..", "...", "..#")), 2 / 3, 1) == mask_from(picture("#.", "..", ".#"))


@given(FACTORS, FACTORS)
def test_scaling_there_and_back_changes_nothing(x: float, y: float) -> None:
    shapes: list[Shape] = [
        Box(1, 2, 3, 4, Moment(1)),
        RotatedBox(1, 2, 3, 4, 180),
        Polygon(((0, 0), (4, 0), (4, 4)), (((1, 1), (2, 1), (2, 2)),), Moment(1)),
        Polyline(((0, 0), (4, 1))),
        Point(3, 4),
        Keypoints(((1, 2, 2), (0, 0, 0))),
        TextSpan(0, 1),
    ]

    for shape in shapes:
        assert scaled(scaled(shape, x, y), 1 / x, 1 / y) == shape


def test_each_side_has_its_own_factor() -> None:
    assert scaled(Box(1, 2, 3, 4), 2, 10) == Box(2, 20, 6, 40)
    assert scaled(Keypoints(((1, 2, 1),)), 2, 10) == Keypoints(((2, 20, 1),))
    assert scaled(Polyline(((1, 2), (3, 4))), 2, 10) == Polyline(((2, 20), (6, 40)))
    assert scaled(Point(1, 2), 2, 10) == Point(2, 20)
    assert scaled(RotatedBox(1, 2, 3, 4, 0), 2, 10) == RotatedBox(2, 20, 6, 40, 0)
    assert scaled(RotatedBox(1, 2, 3, 4, -90), 2, 10) == RotatedBox(2, 20, 30, 8, -90)


def test_a_box_that_leans_stays_a_box_where_both_factors_are_one() -> None:
    assert scaled(RotatedBox(1, 2, 3, 4, 30), 2, 2) == RotatedBox(2, 4, 6, 8, 30)


def test_a_box_that_leans_is_no_rectangle_once_it_is_stretched() -> None:
    stretched = scaled(RotatedBox(0, 0, 2, 2, 45, Moment(1)), 2, 1)

    assert isinstance(stretched, Polygon)
    assert stretched.moment == Moment(1)
    root = 2**0.5
    assert sorted(sum(stretched.points, ())) == pytest.approx(
        sorted([0, -root, 2 * root, 0, 0, root, -2 * root, 0])
    )


@pytest.mark.parametrize("factor", [0, -1, float("nan"), float("inf")])
def test_a_factor_is_above_nothing(factor: float) -> None:
    with pytest.raises(BadGeometry):
        scaled(Box(0, 0, 1, 1), factor, 1)
    with pytest.raises(BadGeometry):
        scaled(Box(0, 0, 1, 1), 1, factor)
