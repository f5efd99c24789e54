"""JTheta's JSON: what the document says, what comes back of it, and what strangers may have put there."""

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
from tests.app.formats.samples import HEAD, box, item, mark, mask, polygon, square, written
from tests.app.formats.test_coming_back import SPLITS, expected, objects, quickly, told
from tests.app.formats.test_hostile_documents import archive_of, outcome

CELLS = replace(
    HEAD, classes=(Class("s", "Sky", None, 1, has_instances=False), Class("t", "Tumor", "#ff0000", 0))
)
HOLED = polygon((1, 1), (20, 1), (20, 20), (1, 20), holes=[[[5, 5], [10, 5], [10, 10]]])


def document(*items: Item) -> Any:
    file, problems = written("jtheta", items, head=CELLS)
    assert problems == []
    return json.loads(file.getvalue())


def test_a_document_is_written_in_the_words_of_the_requests() -> None:
    small = mask([[0, 1], [1, 1]], instance=7)
    shapes = (
        mark(box(1, 2, 3.5, 4), "t"),
        mark(HOLED, "t", text="x", attributes={"a": 1}),
        mark(small, "t"),
        mark(small, "s"),
    )

    found = document(item(*shapes, split="train", layer_status="labeled"), item(name="b.png", width=None))

    assert found == {
        "format": "jtheta",
        "version": "1.0",
        "dataset": {"name": "Pets", "description": "Pets of the house", "created_at": "2026-01-02T03:04:05Z"},
        "labels": [
            {"label": "Tumor", "class": "t", "color": "#ff0000"},
            {"label": "Sky", "class": "s", "has_instances": False},
        ],
        "images": [
            {
                "file_name": "a.png",
                "width": 40,
                "height": 30,
                "split": "train",
                "status": "labeled",
                "annotations": [
                    {"label": "Tumor", "type": "bounding_box", "x": 1, "y": 2, "width": 3.5, "height": 4},
                    {
                        "label": "Tumor",
                        "type": "polygon",
                        "points": [1, 1, 20, 1, 20, 20, 1, 20],
                        "holes": [[5, 5, 10, 5, 10, 10]],
                        "text": "x",
                        "attributes": {"a": 1},
                    },
                    {
                        "label": "Tumor",
                        "type": "instance_segmentation",
                        "size": [2, 2],
                        "counts": "13",
                        "instance": 7,
                    },
                    {
                        "label": "Sky",
                        "type": "semantic_segmentation",
                        "size": [2, 2],
                        "counts": "13",
                        "instance": 7,
                    },
                ],
            },
            {"file_name": "b.png", "width": None, "height": 30, "annotations": []},
        ],
    }


@quickly
@given(samples.items(samples.boxes() | samples.polygons() | samples.masks(), splits=SPLITS), st.booleans())
def test_boxes_polygons_and_masks_come_back(given: list[Item], with_pictures: bool) -> None:
    assert told(samples.read_again("jtheta", *given, with_pictures=with_pictures)) == expected(given)


@quickly
@given(objects, objects, st.floats(0, 1) | st.none(), st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_said_of_items_and_marks_comes_back(
    metadata: Any, attributes: Any, score: float | None, text: str
) -> None:
    said = {
        "label": "cat",
        **({"attributes": attributes} if attributes else {}),
        **({"text": text} if text else {}),
    }
    given = item(Mark("m", HOLED, said, {}, score), metadata=metadata, external_id=text or None, name=text)

    (found,) = samples.read_again("jtheta", given)

    (back,) = found.marks
    assert (back.dimensions, back.annotation, back.score) == (HOLED, said, score)
    assert (found.metadata, found.external_id, found.name) == (metadata, text or None, text)


def test_a_rotated_box_comes_back_as_its_outline() -> None:
    (found,) = samples.read_again(
        "jtheta", item(mark({**box(5, 5, 4, 2), "type": "rotated_box", "angle": 90}))
    )

    (back,) = found.marks
    assert back.dimensions["type"] == "polygon"
    assert sorted(back.dimensions["points"]) == [
        pytest.approx(one) for one in ([4, 3], [4, 7], [6, 3], [6, 7])
    ]


def test_answers_come_back() -> None:
    answer = Mark("m", {}, {"label": "weather", "value": ["rain", 3]})

    (found,) = samples.read_again("jtheta", item(answer, mark(box(1, 2, 3, 4))))

    assert [one.annotation for one in found.marks] == [
        {"label": "cat"},
        {"label": "weather", "value": ["rain", 3]},
    ]


def test_classes_come_back_with_their_ids() -> None:
    file, _ = written("jtheta", [], head=CELLS)
    reader = FORMATS["jtheta"].read
    assert reader

    with reader(file) as reading:
        assert tuple(reading.classes) == CELLS.classes[::-1]  # by their numbers


def test_with_pictures_the_document_names_the_member() -> None:
    file, _ = written("jtheta", [item(split="test")], with_pictures=True)

    with zipfile.ZipFile(file) as archive:
        (image,) = json.loads(archive.read("jtheta.json"))["images"]
        assert (
            archive.namelist() == [image["picture"], "jtheta.json"] == ["pictures/test/a.png", "jtheta.json"]
        )


# ---- from strangers

BOX = {"label": "cat", "type": "bounding_box", "x": 1, "y": 2, "width": 3, "height": 4}


def theirs(*annotations: Any, labels: Any = ({"label": "cat"},), **members: Any) -> BytesIO:
    images = [{"file_name": "a.png", "annotations": annotations}]
    return BytesIO(json.dumps({"images": images, "format": "jtheta", "labels": labels, **members}).encode())


@pytest.mark.parametrize(
    ("annotation", "code"),
    [
        ({**BOX, "label": "dog"}, "class_unknown"),
        ({**BOX, "type": "circle"}, "annotation_invalid"),
        ({**BOX, "type": "polygon"}, "bad_geometry"),
        ({**BOX, "type": "polygon", "points": [1, 2, 3, 4, 5]}, "annotation_invalid"),
        ({**BOX, "type": "polygon", "points": [[1, 2], [3, 4], [5, 6]]}, "annotation_invalid"),
        ({**BOX, "type": "instance_segmentation"}, "bad_geometry"),
        ({**BOX, "type": "instance_segmentation", "size": [2, 2], "counts": [5]}, "bad_geometry"),
        ({**BOX, "type": "semantic_segmentation", "size": [2**40, 2**40], "counts": "1"}, "bad_geometry"),
        ({**BOX, "x": "1"}, "annotation_invalid"),
        ({**BOX, "x": None}, "bad_geometry"),
        ({**BOX, "width": -3}, "bad_geometry"),
        ({**BOX, "label": 3}, "annotation_invalid"),
        ({"label": "cat"}, "annotation_invalid"),
        ("x", "annotation_invalid"),
        (None, "annotation_invalid"),
    ],
)
def test_a_wrong_annotation_is_told_and_blocks_nothing(annotation: Any, code: str) -> None:
    (found,), codes = outcome("jtheta", theirs(BOX, annotation, BOX))

    assert codes == [code]
    assert [one.dimensions for one in found.marks] == [box(1, 2, 3, 4)] * 2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "json_invalid"),
        (b"[]", "json_invalid"),
        (b"{}", "jtheta_head"),
        (b'{"format": "coco", "labels": []}', "jtheta_head"),
        (b'{"format": 3, "labels": []}', "jtheta_head"),
        (b'{"format": "jtheta"}', "jtheta_head"),
        (b'{"format": "jtheta", "labels": {}}', "json_invalid"),
        (b'{"format": "jtheta", "labels": [{}]}', "classes_invalid"),
        (b'{"format": "jtheta", "labels": [{"label": ""}]}', "classes_invalid"),
        (
            b'{"format": "jtheta", "labels": [{"label": "a"}, {"label": "a", "class": "b"}]}',
            "classes_invalid",
        ),
        (
            b'{"format": "jtheta", "labels": [{"label": "a"}, {"label": "b", "class": "a"}]}',
            "classes_invalid",
        ),
        (b'{"format": "jtheta", "labels": [{"label": "' + b"x" * 1001 + b'"}]}', "classes_invalid"),
        (b'{"format": "jtheta", "labels": [], "images": [' + b"[" * 100_000, "json_too_deep"),
        (b'{"format": "jtheta", "labels": [], "images": [{]}', "json_invalid"),
    ],
)
def test_a_broken_document_is_refused_with_its_code(content: bytes, code: str) -> None:
    assert outcome("jtheta", BytesIO(content)) == ([], [f"refused: {code}"])


def test_more_labels_than_there_may_be_are_refused() -> None:
    labels = [{"label": str(number)} for number in range(10_001)]

    assert outcome("jtheta", theirs(labels=labels)) == ([], ["refused: classes_invalid"])


def test_an_archive_without_the_document_is_refused() -> None:
    assert outcome("jtheta", archive_of({"other.json": "{}"})) == ([], ["refused: document_missing"])


def test_a_wrong_image_is_told_and_blocks_nothing() -> None:
    images = [{"file_name": 3}, "x", {"file_name": "b", "width": -1, "height": 10**7, "picture": "../../x"}]

    (found,), codes = outcome("jtheta", theirs(images=images))

    assert codes == ["item_invalid"] * 2
    assert (found.name, found.width, found.height, found.picture) == ("b", None, None, None)


def test_an_image_has_a_bounded_number_of_marks() -> None:
    (found,), codes = outcome("jtheta", theirs(*[BOX] * 20_001))

    assert (len(found.marks), codes) == (20_000, ["too_many_marks"])


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_document_that_was_changed_never_does_more_than_be_refused(data: st.DataObject) -> None:
    whole = [item(mark(box(1, 2, 3, 4)), mark(HOLED), mark(mask(square(1, 1))), name="\u00e9.png")]
    content = bytearray(written("jtheta", whole)[0].getvalue())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))

    outcome("jtheta", BytesIO(content))
