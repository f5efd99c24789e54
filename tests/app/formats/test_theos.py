"""Theos JSON: what its documents say, what comes back of it, and what strangers may have put there."""

import json
import zipfile
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formats.catalog import FORMATS
from app.formats.items import Class, Item, Mark
from tests.app.formats import samples
from tests.app.formats.samples import HEAD, PNG, box, item, mark, mask, polygon, square, written
from tests.app.formats.test_hostile_documents import archive_of, outcome

quickly = settings(max_examples=25, deadline=None)
EYE, PLATE = Class("e", "eye", "#50e3c2", 4), Class("p", "plate", None, 9, with_text=True)
SIGHT = replace(HEAD, classes=(PLATE, EYE))
CLASSES = [
    {"id": 0, "name": "eye", "color": "#50e3c2", "is_superclass": False, "with_text": False},
    {"id": 1, "name": "plate", "color": "#808080", "is_superclass": False, "with_text": True},
]
LABEL = {"class_id": 0, "x": 10, "y": 20, "width": 30, "height": 40}


def members(*items: Item, with_pictures: bool = False) -> dict[str, bytes]:
    file, problems = written("theos", items, with_pictures, SIGHT)
    assert problems == []
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_data_set_is_written_as_theos_tells_it() -> None:
    shapes = (
        mark(box(10, 20, 30.5, 40), "p", text="AB123"),
        mark(box(0, 0, 1, 2), "p"),
        mark(box(1, 2, 3, 4), "e"),
    )

    found = members(item(*shapes, split="train"), item(name="b.png", split="valid"), with_pictures=True)

    assert json.loads(found["classes.json"]) == CLASSES
    assert json.loads(found["train/labels/a.json"]) == [
        {"class_id": 1, "x": 10, "y": 20, "width": 30.5, "height": 40, "text": "AB123"},
        {"class_id": 1, "x": 0, "y": 0, "width": 1, "height": 2, "text": ""},
        {"class_id": 0, "x": 1, "y": 2, "width": 3, "height": 4},
    ]
    assert b'"x":10,' in found["train/labels/a.json"]  # a whole number is written as one
    assert (found["train/images/a.png"], found["valid/labels/b.json"]) == (PNG, b"[]")


def test_other_shapes_become_the_box_around_them() -> None:
    shapes = (
        mask(square(3, 4)),
        polygon((1, 2), (9, 2), (5, 8.5)),
        {**box(5, 5, 4, 2), "type": "rotated_box", "angle": 90},
    )

    found = members(item(*[mark(one, "e") for one in shapes], width=None))

    boxes = [
        [one[side] for side in ("x", "y", "width", "height")] for one in json.loads(found["labels/a.json"])
    ]
    assert boxes == [[4, 3, 4, 4], [1, 2, 8, 6.5], pytest.approx([4, 3, 2, 4])]


def test_a_mask_without_a_pixel_is_told() -> None:
    _, problems = written("theos", [item(mark({"type": "mask", "size": [2, 2], "counts": [4]}))])

    assert [one.code for one in problems] == ["mark_covered"]


@quickly
@given(
    st.lists(
        st.tuples(
            st.lists(st.tuples(samples.boxes(), st.sampled_from(["", "AB 1", "\U0001f600"])), max_size=3)
        ),
        max_size=3,
    ),
    st.sampled_from([None, "train", "valid", "test"]),
    st.booleans(),
)
def test_boxes_and_texts_come_back(given: list[Any], split: str | None, with_pictures: bool) -> None:
    items = [
        item(
            *[mark(shape, "e", **({"text": text} if text else {})) for shape, text in marks],
            name=f"{number}.png",
            split=split,
        )
        for number, (marks,) in enumerate(given)
    ]

    file, problems = written("theos", items, with_pictures, SIGHT)
    found, others = samples.read("theos", file)

    assert (problems, others) == ([], [])
    for read, one in zip(found, items, strict=True):
        of_picture = (one.name, 40, 30) if with_pictures else (one.name[:-4], None, None)
        assert (read.name, read.width, read.height, read.split) == (*of_picture, split)
        told = [(each.dimensions, each.annotation) for each in read.marks]
        assert told == [(each.dimensions, {**each.annotation, "label": "eye"}) for each in one.marks]


def test_classes_come_back_by_their_names() -> None:
    file, _ = written("theos", [], head=SIGHT)
    reader = FORMATS["theos"].read
    assert reader

    with reader(file) as reading:
        assert list(reading.classes) == [
            Class("eye", "eye", "#50e3c2", 0),
            Class("plate", "plate", "#808080", 1, with_text=True),
        ]


def theirs(labels: Any = (LABEL,), classes: Any = CLASSES, **more: bytes) -> BytesIO:
    said = {"classes.json": classes, "train/labels/a.json": labels}
    texts = {name: one if isinstance(one, str | bytes) else json.dumps(one) for name, one in said.items()}
    return archive_of({**texts, **more})


def test_a_picture_without_labels_is_an_item_and_so_are_labels_without_a_picture() -> None:
    file = archive_of(
        {
            "a/deeper/classes.json": json.dumps(CLASSES[1:]),
            "set/classes.json": json.dumps(CLASSES),
            "set/train/classes.json": "[]",
            "set/images/x.JPG": PNG,
            "set/images/y.png": PNG,
            "set/test/labels/a.json": json.dumps([LABEL]),
            "other/labels/z.json": "[]",
            "__MACOSX/set/images/y.png": b"",
        }
    )

    found, codes = outcome("theos", file)

    assert codes == []
    assert [(one.name, one.split, len(one.marks)) for one in found] == [("a", "test", 1), ("y.png", None, 0)]


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ({**LABEL, "class_id": 2}, "class_unknown"),
        ({**LABEL, "class_id": -1}, "class_unknown"),
        ({**LABEL, "class_id": "0"}, "labels_invalid"),
        ({**LABEL, "class_id": True}, "labels_invalid"),
        ({**LABEL, "x": "10"}, "labels_invalid"),
        ({**LABEL, "x": None}, "labels_invalid"),
        ({**LABEL, "width": -1}, "bad_geometry"),
        ({**LABEL, "y": 1e12}, "bad_geometry"),
        ({**LABEL, "y": 10**400}, "bad_geometry"),
        ({**LABEL, "text": 3}, "labels_invalid"),
        ({"class_id": 0}, "labels_invalid"),
        ([0, 1, 2, 3, 4], "labels_invalid"),
        ("x", "labels_invalid"),
    ],
)
def test_a_wrong_label_is_told_and_blocks_nothing(label: Any, code: str) -> None:
    (found,), codes = outcome("theos", theirs([LABEL, label, LABEL]))

    assert codes == [code]
    assert [one.dimensions for one in found.marks] == [box(10, 20, 30, 40)] * 2


@pytest.mark.parametrize("text", [None, ""])
def test_no_text_is_no_text(text: str | None) -> None:
    (found,), _ = outcome("theos", theirs([{**LABEL, "text": text, "confidence": 0.5}]))

    assert [one.annotation for one in found.marks] == [{"label": "eye"}]


@pytest.mark.parametrize(
    ("labels", "code"),
    [
        ("", "labels_invalid"),
        ("{}", "labels_invalid"),
        ("[" * 100_000, "labels_invalid"),
        ("[NaN]", "labels_invalid"),
        ([LABEL] * 20_001, "too_many_marks"),
        (b"\xff\xfe[]", "labels_invalid"),
        (" " * (9 << 20) + "[]", "labels_invalid"),
    ],
)
def test_a_file_of_labels_that_is_none_is_told(labels: Any, code: str) -> None:
    (found,), codes = outcome("theos", theirs(labels))

    assert codes == [code]
    assert found.marks == ()


@pytest.mark.parametrize(
    "classes",
    [
        "",
        "{}",
        [{"id": 0}],
        [{"id": 1, "name": "a"}],
        [{"id": 0, "name": "a"}, {"id": 0, "name": "b"}],
        [{"id": 0, "name": "a"}, {"id": 2, "name": "b"}],
        [{"id": 0, "name": ""}],
        [{"id": 0, "name": "x" * 1_001}],
        [{"id": "0", "name": "a"}],
        [{"id": number, "name": str(number)} for number in range(10_001)],
    ],
)
def test_classes_that_are_none_are_refused(classes: Any) -> None:
    assert outcome("theos", theirs(classes=classes)) == ([], ["refused: classes_invalid"])


def test_an_archive_without_classes_is_refused() -> None:
    assert outcome("theos", archive_of({"train/labels/a.json": "[]"})) == ([], ["refused: classes_missing"])


def test_classes_of_one_name_stay_apart_and_come_in_any_order() -> None:
    classes = [{"id": 1, "name": "a"}, {"id": 0, "name": "a"}, {"id": 2, "name": "a (1)"}]
    labels = [{**LABEL, "class_id": number} for number in range(3)]

    (found,), codes = outcome("theos", theirs(labels, classes))

    assert codes == []
    assert len({one.annotation["label"] for one in found.marks}) == 3


def test_a_broken_picture_costs_its_size_alone() -> None:
    file = theirs(**{"train/images/a.png": b"no picture"})

    (found,), codes = outcome("theos", file)

    assert (codes, found.name, found.width, len(found.marks)) == ([], "a.png", None, 1)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_documents_that_were_changed_never_do_more_than_be_refused(data: st.DataObject) -> None:
    texts = [bytearray(json.dumps(one).encode()) for one in (CLASSES, [LABEL, {**LABEL, "text": "A\u00e9"}])]
    for _ in range(data.draw(st.integers(1, 3))):
        content = data.draw(st.sampled_from(texts))
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))

    outcome("theos", theirs(bytes(texts[1]), bytes(texts[0])))


def test_an_unlabelled_mark_is_told() -> None:
    _, problems = written("theos", [item(Mark("m", {}, {"label": "weather", "value": "rain"}))], head=SIGHT)

    assert [one.code for one in problems] == ["not_held"]
