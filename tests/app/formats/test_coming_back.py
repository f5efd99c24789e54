"""What is written and read again is the same, as far as the format can hold it."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formats.catalog import FORMATS
from app.formats.items import Item, Mark, Problems, ReadItem
from app.formats.postil import read_whole
from tests.app.formats import samples
from tests.app.formats.samples import HEAD, PNG, item, mark, read_again, written

SPLITS = (None, "train", "valid", "test")
quickly = settings(max_examples=25, deadline=None)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(texts, values, max_size=3)


def told(found: list[ReadItem]) -> list[Any]:
    """Names, splits, and of each mark its label and dimensions."""
    return [
        (one.name, one.split, [(each.annotation["label"], each.dimensions) for each in one.marks])
        for one in found
    ]


def expected(given: list[Item]) -> list[Any]:
    return [
        (one.name, one.split, [(each.annotation["label"], each.dimensions) for each in one.marks])
        for one in given
    ]


def in_order(found: list[Any]) -> list[Any]:
    """Documents of splits are read one after the other; within one the order is kept."""
    return sorted(found, key=lambda one: str(one[1]))


@quickly
@given(
    st.lists(
        st.tuples(texts, texts | st.none(), objects, objects, objects, st.floats(0, 1) | st.none()),
        max_size=4,
    )
)
def test_postil_gives_back_every_member(given: list[Any]) -> None:
    whole = [
        item(
            Mark("m1", {"type": "made-up", **dimensions}, annotation, metadata, score),
            name=name,
            external_id=split,
            split=split,
            metadata=metadata,
        )
        for name, split, dimensions, annotation, metadata, score in given
    ]

    file, problems = written("postil", whole)
    head, found = read_whole(file, Problems())

    assert (head, list(found), problems) == (HEAD, whole, [])


@quickly
@given(st.lists(st.tuples(texts, objects, objects, objects), max_size=4))
def test_csv_gives_back_dimensions_annotation_and_metadata(given: list[Any]) -> None:
    whole = [
        item(Mark("m1", dimensions, annotation, metadata, 0.1), name=name, metadata=metadata)
        for name, dimensions, annotation, metadata in given
        if name
    ]
    for number, one in enumerate(whole):
        object.__setattr__(one, "id", str(number))  # items are told apart by their ids

    found = read_again("csv", *whole)

    assert [(one.name, one.metadata) for one in found] == [(one.name, one.metadata) for one in whole]
    for read, one in zip(found, whole, strict=True):
        (back,), (mark,) = read.marks, one.marks
        assert (back.dimensions, back.annotation) == (mark.dimensions, mark.annotation)
        assert (back.metadata, back.score) == (mark.metadata, 0.1)


@quickly
@given(samples.items(samples.boxes() | samples.polygons() | samples.masks(), splits=SPLITS))
def test_coco_gives_back_boxes_polygons_and_masks(given: list[Item]) -> None:
    assert in_order(told(read_again("coco_instances", *given))) == in_order(expected(given))


@quickly
@given(samples.items(samples.keypoints(), label="body", splits=SPLITS))
def test_coco_gives_back_keypoints(given: list[Item]) -> None:
    assert in_order(told(read_again("coco_keypoints", *given))) == in_order(expected(given))


@quickly
@given(samples.items(samples.boxes(), label="Cat", splits=SPLITS), st.booleans())
def test_yolo_gives_back_boxes_to_the_last_digit(given: list[Item], with_pictures: bool) -> None:
    renamed = [with_label(one, "cat") for one in given]

    found = read_again("yolo_detect", *renamed, with_pictures=with_pictures)

    assert sorted(told(found), key=str) == sorted(expected(given), key=str)


@quickly
@given(samples.items(samples.polygons(), label="Cat", splits=SPLITS))
def test_yolo_gives_back_outlines_to_the_last_digit(given: list[Item]) -> None:
    renamed = [with_label(one, "cat") for one in given]

    found = read_again("yolo_segment", *renamed)

    assert sorted(told(found), key=str) == sorted(expected(given), key=str)


@quickly
@given(samples.items(samples.boxes(least=1) | samples.polygons(), label="Cat", splits=SPLITS))
def test_voc_gives_back_boxes_and_outlines_to_the_last_digit(given: list[Item]) -> None:
    renamed = [with_label(one, "cat") for one in given]

    assert told(read_again("voc", *renamed)) == expected(given)


def with_label(given: Item, label: str) -> Item:
    """GIVEN with LABEL: formats that know names alone give back the class's name as the label."""
    marks = [mark(one.dimensions, label) for one in given.marks]
    return item(*marks, name=given.name, split=given.split)


@pytest.mark.parametrize(
    ("name", "split"), list(product(("coco_panoptic", "masks_png", "masks_bmp"), SPLITS))
)
def test_pictures_of_masks_give_back_every_pixel(name: str, split: str | None) -> None:
    one, other = samples.mask(samples.square(2, 3)), samples.mask(samples.square(10, 20, 7))

    (found,) = read_again(name, item(mark(one, "cat"), mark(other, "sky"), split=split), with_pictures=True)

    seen = {each.annotation["label"]: each.dimensions for each in found.marks}
    assert np.array_equal(samples.pixels_in(seen["cat"]), samples.pixels_in(one))
    assert np.array_equal(samples.pixels_in(seen["sky"]), samples.pixels_in(other))
    assert (found.name, found.split, found.width, found.height) == (
        "a.png",
        split,
        samples.WIDTH,
        samples.HEIGHT,
    )


def test_an_id_picture_keeps_the_instances_that_masks_have() -> None:
    one, other = samples.mask(samples.square(2, 3), instance=70_000), samples.mask(samples.square(10, 20))

    (found,) = read_again("masks_png", item(mark(one), mark(other)))

    assert {each.dimensions["instance"] for each in found.marks} == {70_000, 1}


@pytest.mark.parametrize("name", sorted(FORMATS))
@pytest.mark.parametrize("split", SPLITS)
def test_pictures_come_back_byte_for_byte(name: str, split: str | None) -> None:
    label, dimensions = (
        ("body", samples.KEYPOINTS) if name == "coco_keypoints" else ("cat", samples.box(1, 2, 3, 4))
    )
    file, problems = written(name, [item(mark(dimensions, label), split=split)], with_pictures=True)
    reader = FORMATS[name].read
    assert reader

    with reader(file) as reading:
        (found,) = reading.items
        assert found.picture
        with reading.open(found.picture) as picture:
            assert picture.read() == PNG

    assert (found.split, found.name, problems, reading.problems) == (split, "a.png", [], [])


@pytest.mark.parametrize("name", ["postil", "csv", "coco_instances", "coco_keypoints"])
def test_answers_about_the_whole_item_come_back(name: str) -> None:
    answer = Mark("m", {}, {"label": "weather", "value": ["rain", 3]})

    (found,) = read_again(name, item(answer))

    assert [each.annotation for each in found.marks] == [{"label": "weather", "value": ["rain", 3]}]


@pytest.mark.parametrize("name", ["postil", "csv", "coco_instances"])
def test_attributes_text_and_score_come_back(name: str) -> None:
    given = Mark(
        "m", samples.box(1, 2, 3, 4), {"label": "cat", "attributes": {"a": [1]}, "text": "x"}, {}, 0.5
    )

    (found,) = read_again(name, item(given, external_id="e", metadata={"k": None}))

    (back,) = found.marks
    assert (back.annotation, back.score) == (given.annotation, 0.5)
    assert (found.external_id, found.metadata) == ("e", {"k": None})


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_the_same_items_give_the_same_bytes(name: str) -> None:
    one = [item(mark(samples.mask(samples.square(1, 1))), name=f"{n}.png", split="train") for n in range(3)]

    assert written(name, one, True)[0].getvalue() == written(name, one, True)[0].getvalue()


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_an_export_of_nothing_can_be_read(name: str) -> None:
    file, problems = written(name, [])

    if name == "voc":
        return  # an archive without a document is refused
    assert (samples.read(name, file), problems) == (([], []), [])
