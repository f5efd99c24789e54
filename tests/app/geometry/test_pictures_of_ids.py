"""Pictures of ids: masks there and back, the colours of an id, and what is refused."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.geometry import BadGeometry
from app.geometry import pictures_of_ids as pictures
from app.geometry.masks import mask_from
from app.geometry.pictures_of_ids import colours_of, ids_in, ids_of, masks_of
from app.geometry.shapes import Mask
from tests.app.geometry.figures import picture

LARGEST = 2**32 - 1


@st.composite
def ids(draw: st.DrawFn) -> NDArray[np.uint32]:
    height, width = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    values = st.sampled_from([0, 1, 2, 70_000, 2**24 - 1, LARGEST])
    drawn = draw(st.lists(values, min_size=height * width, max_size=height * width))
    return np.array(drawn, dtype=np.uint32).reshape(height, width)


@settings(deadline=None, max_examples=200)
@given(ids())
def test_masks_of_a_picture_make_the_picture_again(picture: NDArray[np.uint32]) -> None:
    masks = masks_of(picture)

    assert [mask.instance for mask in masks] == sorted(set(picture.ravel().tolist()) - {0})
    assert all(mask == mask_from(picture == mask.instance, mask.instance) for mask in masks)
    if masks:
        assert (ids_of(masks) == picture).all()


def test_ids_1_2_and_70000_come_back_by_their_colours() -> None:
    masks = [
        mask_from(picture("#..", "#.."), 1),
        mask_from(picture(".#.", ".#."), 2),
        mask_from(picture("..#", "..."), 70_000),
    ]

    colours = colours_of(ids_of(masks))

    assert colours.tolist() == [
        [[1, 0, 0, 255], [2, 0, 0, 255], [112, 17, 1, 255]],
        [[1, 0, 0, 255], [2, 0, 0, 255], [0, 0, 0, 255]],
    ]
    assert masks_of(ids_in(colours)) == masks
    assert masks_of(ids_in(colours[..., :3])) == masks


def test_where_masks_overlap_the_later_one_stands() -> None:
    masks = [mask_from(picture("##."), 1), mask_from(picture(".##"), 2)]

    assert ids_of(masks).tolist() == [[1, 2, 2]]
    assert ids_of(masks[::-1]).tolist() == [[1, 1, 2]]


def test_what_is_below_one_is_no_id() -> None:
    assert masks_of(np.array([[-5, 0, 3]])) == [Mask(1, 3, (2, 1), 3)]


@pytest.mark.parametrize(
    ("masks", "pointer"),
    [
        ([], "/size"),
        ([Mask(1, 2, (2,), 1), Mask(2, 1, (2,), 2)], "/size"),
        ([Mask(1, 2, (2,))], "/instance"),
        ([Mask(1_000_000, 1_000_000, (10**12,), 1)], "/size"),
    ],
)
def test_masks_that_make_no_picture_are_refused(masks: list[Mask], pointer: str) -> None:
    with pytest.raises(BadGeometry) as caught:
        ids_of(masks)

    assert caught.value.pointer == pointer


@pytest.mark.parametrize(
    "array", [np.zeros((1, 1)), np.zeros((0, 1), dtype=int), np.zeros(3, dtype=int), np.array([[2**32]])]
)
def test_what_is_no_picture_of_ids_has_no_masks(array: NDArray[Any]) -> None:
    with pytest.raises(BadGeometry):
        masks_of(array)


def test_a_picture_of_noise_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadGeometry):
        masks_of(np.arange(1, 100_002, dtype=np.uint32).reshape(1, -1))
    monkeypatch.setattr(pictures, "MOST_RUNS", 3)
    with pytest.raises(BadGeometry):
        masks_of(np.array([[1, 2, 1, 2]]))


def test_an_id_that_three_colours_cannot_hold_is_refused() -> None:
    with pytest.raises(BadGeometry):
        colours_of(np.array([[2**24]], dtype=np.uint32))


@pytest.mark.parametrize(
    "array",
    [np.zeros((1, 1), dtype=np.uint8), np.zeros((1, 1, 2), dtype=np.uint8), np.zeros((1, 1, 4), dtype=int)],
)
def test_what_is_not_in_colours_has_no_ids(array: NDArray[Any]) -> None:
    with pytest.raises(BadGeometry):
        ids_in(array)
