"""What cannot be written is told and left out, and blocks nothing."""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest

from app.formats.catalog import FORMATS
from app.formats.items import MOST_PROBLEMS, Class, Item, Picture, Problem, Problems
from tests.app.formats.samples import (
    HEAD,
    KEYPOINTS,
    PNG,
    box,
    item,
    mark,
    mask,
    polygon,
    read,
    square,
    written,
)

STILL = sorted(set(FORMATS) - {"postil", "csv", "segments"})
GOOD = {name: mark(box(1, 2, 3, 4)) for name in STILL} | {"coco_keypoints": mark(KEYPOINTS, "body")}
BROKEN: dict[str, Any] = {
    "no number": box("1", 2, 3, 4),  # type: ignore[arg-type]
    "infinite": box(float("inf"), 2, 3, 4),
    "no number at all": box(float("nan"), 2, 3, 4),
    "negative": box(1, 2, -3, 4),
    "two points": polygon((1, 2), (3, 4)),
    "unknown": {"type": "blob"},
    "no type": {"x": 1},
    "counts that do not add up": {"type": "mask", "size": [30, 40], "counts": [3]},
}


def codes(problems: list[Problem]) -> list[str]:
    return [one.code for one in problems]


@pytest.mark.parametrize("name", STILL)
@pytest.mark.parametrize("case", BROKEN)
def test_a_mark_with_a_broken_geometry_is_left_out(name: str, case: str) -> None:
    given = [item(GOOD[name], mark(BROKEN[case])), item(GOOD[name], name="b.png")]

    file, problems = written(name, given)

    assert [(one.item, one.code) for one in problems] == [("id-a.png", "geometry_broken")]
    assert [len(one.marks) for one in read(name, file)[0]] == [1, 1]


@pytest.mark.parametrize("name", STILL)
def test_what_a_still_picture_cannot_hold_is_told_once_an_item(name: str) -> None:
    line = {"type": "polyline_3d", "points": [[1, 2, 0], [3, 4, 0]]}
    later = GOOD[name].dimensions | {"frame": 3}
    given = item(
        GOOD[name],
        *[mark(line)] * 3,
        mark(later, GOOD[name].annotation["label"]),
        mark({"type": "text_span", "start": 1, "end": 2}),
    )

    _, (problem,) = written(name, [given])

    assert problem.code == "not_held"
    assert problem.detail.endswith(": 1 of kind frame, 3 of kind polyline_3d, 1 of kind text_span")


@pytest.mark.parametrize("name", STILL)
def test_a_label_that_is_no_class_is_told(name: str) -> None:
    strange = [replace(GOOD[name], annotation={"label": label}) for label in ("zebra", 3, None)]

    file, problems = written(name, [item(GOOD[name], *strange)])

    assert codes(problems) == ["class_unknown"] * 3
    assert [len(one.marks) for one in read(name, file)[0]] == [1]


@pytest.mark.parametrize("name", sorted({*STILL} - {"datagym", "jtheta", "theos"}))  # they count in pixels
@pytest.mark.parametrize("size", [(None, None), (0, 10), (10, -1)])
def test_an_item_without_a_size_is_left_out(name: str, size: tuple[Any, Any]) -> None:
    given = [item(GOOD[name], width=size[0], height=size[1]), item(GOOD[name], name="b.png")]

    file, problems = written(name, given)

    assert [(one.item, one.code) for one in problems] == [("id-a.png", "size_unknown")]
    assert len(read(name, file)[0]) == 1


@pytest.mark.parametrize("name", sorted(FORMATS))
@pytest.mark.parametrize("fault", ["missing", "breaks", "short"])
def test_an_item_whose_picture_is_missing_leaves_no_trace(name: str, fault: str) -> None:
    def content(picture: Picture) -> Iterator[bytes]:
        yield PNG[:20]
        if picture.hash == "breaks":
            raise OSError("the store is gone")
        if picture.hash == "missing":
            raise KeyError(picture.hash)
        if picture.hash != "short":
            yield PNG[20:]

    good = GOOD.get(name, mark(box(1, 2, 3, 4)))
    bad = item(good, picture=Picture(fault, "image/png", len(PNG)))
    out = BytesIO()

    problems = FORMATS[name].write(
        HEAD, lambda: iter([bad, item(good, name="b.png")]), out, content=content, tell=lambda _: None
    )

    assert codes(list(problems)) == ["picture_broken" if fault == "short" else "picture_missing"]
    assert [one.name for one in read(name, out)[0]] == ["b.png"]
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        assert not [one for one in archive.namelist() if one.endswith("a.png")]


@pytest.mark.parametrize("name", ["postil", "csv", "coco_instances"])
@pytest.mark.parametrize("value", ["\ud800", 2**70])
def test_a_value_that_json_cannot_hold_is_told(name: str, value: Any) -> None:
    bad = mark(box(1, 2, 3, 4), attributes={"a": value})

    file, problems = written(name, [item(bad, name="a.png"), item(name="b.png")])

    if problems:  # numbers beyond 64 bits may be held
        assert codes(problems) == ["value_not_writable"]
    assert read(name, file)[0][-1].name == "b.png"


def test_coco_ids_have_no_gaps_whatever_is_left_out() -> None:
    bad = mark(box(1, 2, 3, 4), attributes={"a": "\ud800"})
    given = [item(bad, GOOD["voc"]), item(width=None, name="b.png"), item(bad, GOOD["voc"], name="c.png")]

    file, _ = written("coco_instances", given)
    with zipfile.ZipFile(file) as archive:
        document = json.loads(archive.read("annotations/instances_default.json"))

    assert [one["id"] for one in document["images"]] == [1, 2]
    assert [(one["id"], one["image_id"]) for one in document["annotations"]] == [(1, 1), (2, 2)]


def test_keypoints_that_differ_from_their_class_are_told() -> None:
    two = {"type": "keypoints", "points": [[1, 2, 2], [3, 4, 2]]}

    _, problems = written("coco_keypoints", [item(mark(two, "body"))])

    assert codes(problems) == ["keypoints_differ"]


def test_a_mark_that_others_cover_is_told() -> None:
    given = item(mark(mask(square(5, 5))), mark(box(0, 0, 30, 30)))

    assert codes(written("masks_png", [given])[1]) == ["mark_covered"]
    assert codes(written("coco_panoptic", [given])[1]) == ["mark_covered"]


@pytest.mark.parametrize("name", ["yolo_detect", "yolo_segment"])
def test_what_lies_outside_is_told_and_what_reaches_out_is_cut(name: str) -> None:
    given = item(mark(box(-20, -20, 5, 5)), mark(box(-10, 5, 20, 10)))

    file, problems = written(name, [given])
    (found,), _ = read(name, file)

    assert codes(problems) == ["outside"]
    if name == "yolo_detect":
        assert [one.dimensions for one in found.marks] == [box(0, 5, 10, 10)]
    else:
        assert {tuple(point) for point in found.marks[0].dimensions["points"]} == {
            (0, 5),
            (10, 5),
            (10, 15),
            (0, 15),
        }


def test_more_problems_than_can_be_listed_are_counted() -> None:
    problems = Problems()

    for number in range(MOST_PROBLEMS + 5):
        problems.add(str(number), "code", "detail")

    assert len(problems) == MOST_PROBLEMS + 1
    assert problems[-1] == Problem("", "more_problems", "5 more problems are not listed")


def test_a_problem_tells_no_more_than_a_page() -> None:
    problems = Problems()

    problems.add("x" * 10_000_000, "code", "y" * 10_000_000)

    assert len(problems[0].item + problems[0].detail) == 2_000


def test_an_export_has_a_bounded_number_of_splits() -> None:
    given = [item(name=f"{number}.png", split=f"s{number}") for number in range(25)]

    _, problems = written("coco_instances", given)

    assert set(codes(problems)) == {"too_many_splits"}


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_progress_adds_up_to_the_number_of_items(name: str) -> None:
    told: list[int] = []

    def items() -> Iterator[Item]:
        for number in range(1201):
            yield item(name=f"{number}.png", width=None)

    FORMATS[name].write(HEAD, items, BytesIO(), content=None, tell=told.append)

    assert told == [500, 500, 201]


def test_classes_of_one_name_stay_apart() -> None:
    head = replace(HEAD, classes=(Class("a", "cell"), Class("b", "cell"), Class("c", "cell (b)")))
    given = [item(mark(box(1, 1, 2, 2), label), name=f"{label}.png") for label in "abc"]

    for name in ("yolo_detect", "voc", "coco_instances"):
        found, _ = read(name, written(name, given, head=head)[0])
        assert len({one.marks[0].annotation["label"] for one in found}) == 3, name


def test_every_mark_goes_to_its_own_class_whatever_their_numbers() -> None:
    head = replace(HEAD, classes=(Class("a", "A", number=7), Class("b", "B", number=2)))
    given = [item(mark(box(1, 1, 2, 2), "a"), mark(box(5, 5, 2, 2), "b"))]

    for name in FORMATS:
        if name == "coco_keypoints":
            continue
        found, _ = read(name, written(name, given, head=head)[0])
        labels = [one.annotation["label"].lower() for one in found[0].marks]
        assert labels == ["a", "b"], name
