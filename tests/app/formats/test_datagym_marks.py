"""DataGym's imports become annotations, and annotations its exports: what goes in comes out."""

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.formats.datagym_bitmaps import bitmap_of
from app.formats.datagym_entries import Entry, walk
from app.formats.datagym_labels import entries_of
from app.formats.datagym_reading import Task, task_of
from app.formats.datagym_schema import faults_in, message_of
from app.formats.datagym_videos import video_told
from app.formats.datagym_words import Kind, Refused
from app.formats.datagym_writing import Told, Writer, classes_told
from app.formats.items import Mark
from app.geometry import TYPES, BadGeometry
from tests.app.formats import samples
from tests.app.formats.datagym_samples import any_entries, any_item, box, ids, kept, ring, roots
from workflow.labels.checking import faults_in as unfit
from workflow.labels.compiling import compiled
from workflow.labels.reading import canonical

Json = dict[str, Any]
quickly = settings(max_examples=80, deadline=None)
ROOTS = roots()
ITEM: Json = {
    "internal_media_ID": "m-1",
    "keepData": False,
    "global_classifications": {"caption": ["hello"], "weather": ["sun", {"sure": ["yes"]}]},
    "labels": {
        "car": [
            {
                "rectangle": box(),
                "classifications": {"color": ["red"], "extras": ["a", {"note": ["n"]}]},
                "nested_geometries": {
                    "plate": [
                        {"rectangle": box(1, 2, 1, 1), "classifications": {"number": ["B 12"]}},
                        {"rectangle": box(2, 2, 1, 1), "classifications": {}},
                    ]
                },
            },
            {"rectangle": box(50), "classifications": {"color": ["blue"]}, "nested_geometries": {}},
        ],
        "road": [{"polygon": ring(), "classifications": {}, "nested_geometries": {}}],
        "lane": [{"line": ring((0, 0), (5, 5)), "classifications": {}, "nested_geometries": {}}],
        "sign": [{"point": ring((7, 8)), "classifications": {}, "nested_geometries": {}}],
        "sky": [
            {
                "image_segmentation": [ring((0, 0), (9, 0), (9, 9), (0, 9)), ring((2, 2), (4, 2), (4, 4))],
                "classifications": {},
                "nested_geometries": {},
            }
        ],
    },
}


def read(item: Json, entries: tuple[Entry, ...] = ROOTS) -> Task:
    assert faults_in([item]) == []
    return task_of(item, entries, "/0", ids())


def marks_of(annotations: Any) -> list[Mark]:
    return [
        Mark(f"a-{n}", one["dimensions"], one["annotation"], one["metadata"])
        for n, one in enumerate(annotations)
    ]


def told(annotations: Any, entries: tuple[Entry, ...] = ROOTS) -> Told:
    return Writer(entries).told(marks_of(annotations))


def with_labels(**labels: Any) -> Json:
    return {"internal_media_ID": "m", "labels": labels}


# ---- what goes in comes out


def test_an_import_comes_out_as_it_went_in() -> None:
    task = read(ITEM)

    found = told(task.beside([]))

    assert found.labels == ITEM["labels"]
    assert found.classifications == ITEM["global_classifications"]
    assert (found.segmented, found.left_out) == (["sky"], [])
    assert (task.media_id, task.keeps) == ("m-1", False)


@st.composite
def entries_with_an_item(draw: st.DrawFn) -> tuple[list[Json], Json]:
    given = draw(any_entries())
    return given, draw(any_item(roots(given)))


@quickly
@given(entries_with_an_item())
def test_whatever_fits_a_configuration_comes_out_as_it_went_in(given: tuple[list[Json], Json]) -> None:
    entries, item = given

    annotations = read(item, roots(entries)).beside([])
    found = told(annotations, roots(entries))

    assert found.labels == item["labels"]
    assert found.classifications == item["global_classifications"]
    labels = compiled(kept(entries))
    assert [unfit(labels, one["dimensions"], one["annotation"], TYPES) for one in annotations] == [
        [] for _ in annotations
    ]


def test_marks_are_postils_own() -> None:
    marks = read(ITEM).marks

    car, plate, other, second = marks[:4]
    assert car["dimensions"] == {"type": "box", "x": 1, "y": 2, "width": 3, "height": 4}
    assert car["annotation"] == {
        "label": "car",
        "attributes": {"color": "red", "extras": {"value": ["a"], "attributes": {"note": "n"}}},
    }
    assert plate["annotation"] == {"label": "plate", "attributes": {"number": "B 12"}}
    assert plate["metadata"] == other["metadata"] == {"parent": car["metadata"]["mark"]}
    assert second["metadata"] == {}
    assert marks[-1]["dimensions"] == {
        "type": "polygon",
        "points": [[0, 0], [9, 0], [9, 9], [0, 9]],
        "holes": [[[2, 2], [4, 2], [4, 4]]],
    }


def test_answers_about_the_whole_are_annotations_without_a_shape() -> None:
    answers = read(ITEM).answers

    assert answers["caption"]["annotation"] == {"label": "caption", "value": "hello"}
    assert answers["weather"] == {
        "dimensions": {},
        "annotation": {"label": "weather", "value": "sun", "attributes": {"sure": "yes"}},
        "metadata": {},
    }


def test_a_geometry_may_be_called_geometry_and_figures_may_be_texts() -> None:
    plain = with_labels(
        car=[
            {"geometry": [{"x": "1", "y": "20", "w": "3", "h": 4.5}], "classifications": {"color": ["red"]}}
        ],
        road=[{"geometry": ring()}],
        lane=[{"geometry": ring((0, 0), (5, 5))}],
        sign=[{"geometry": ring((7, 8))}],
    )

    car, road, lane, sign = (one["dimensions"] for one in read(plain).marks)

    assert car == {"type": "box", "x": 1, "y": 20, "width": 3, "height": 4.5}
    assert [one["type"] for one in (road, lane, sign)] == ["polygon", "polyline", "point"]


def test_keys_may_be_written_in_either_case() -> None:
    (mark,) = read(with_labels(ROAD=[{"polygon": ring()}])).marks

    assert mark["annotation"]["label"] == "road"


@pytest.mark.parametrize(
    ("given", "is_kept"), [({}, True), ({"keepData": True}, True), ({"keepData": False}, False)]
)
def test_what_is_there_stays_unless_keep_data_is_false(given: Json, is_kept: bool) -> None:
    before = read(ITEM).beside([])
    new = {"internal_media_ID": "m", "global_classifications": {"weather": ["fog"]}} | given

    after = read(new).beside(before)

    labels = [one["annotation"]["label"] for one in after]
    assert labels.count("weather") == 1
    assert (labels.count("car"), labels.count("caption")) == ((2, 1) if is_kept else (0, 0))
    assert after[-1]["annotation"] == {"label": "weather", "value": "fog"}


@pytest.mark.parametrize("listed", [[], [None], [""], [None, {"sure": [None]}]])
def test_no_answer_is_none_and_takes_none_away(listed: list[Any]) -> None:
    before = read(ITEM).beside([])

    after = read({"internal_media_ID": "m", "global_classifications": {"weather": listed}}).beside(before)

    assert after == before


def test_what_stands_below_an_answer_that_was_not_given_comes_back() -> None:
    asked = {"color": ["red"], "extras": [None, {"note": ["n"]}]}
    item = with_labels(car=[{"rectangle": box(), "classifications": asked, "nested_geometries": {}}])

    annotations = read(item).beside([])

    assert annotations[0]["annotation"]["attributes"] == {"color": "red"}
    assert told(annotations).labels == item["labels"]


def test_an_answer_that_was_given_since_is_told_in_place_of_the_old_one() -> None:
    asked = {"color": ["red"], "extras": [None, {"note": ["n"]}]}
    annotations = read(with_labels(car=[{"rectangle": box(), "classifications": asked}])).beside([])

    annotations[0]["annotation"]["attributes"]["extras"] = ["b"]

    assert told(annotations).labels["car"][0]["classifications"]["extras"] == ["b"]


# ---- what is wrong with an import

FORM: dict[str, tuple[Any, list[str]]] = {
    "no list": ({}, ["#"]),
    "nothing": ([], ["#"]),
    "an item that is none": ([3], ["#/0"]),
    "no medium": ([{"labels": {}}], ["#/0"]),
    "a medium that is a number": ([{"internal_media_ID": 3}], ["#/0/internal_media_ID"]),
    "keepData as a text": ([{"internal_media_ID": "m", "keepData": "no"}], ["#/0/keepData"]),
    "labels in a list": ([{"internal_media_ID": "m", "labels": []}], ["#/0/labels"]),
    "a label in no list": ([with_labels(car={})], ["#/0/labels/car"]),
    "a label that is a text": ([with_labels(car=["x"])], ["#/0/labels/car/0"]),
    "a member that there is not": ([with_labels(car=[{"box": []}])], ["#/0/labels/car/0"]),
    "two points of a polygon": (
        [with_labels(road=[{"polygon": ring((1, 1), (2, 2))}])],
        ["#/0/labels/road/0/polygon"],
    ),
    "one point of a line": ([with_labels(lane=[{"line": ring((1, 1))}])], ["#/0/labels/lane/0/line"]),
    "two points": ([with_labels(sign=[{"point": ring((1, 1), (2, 2))}])], ["#/0/labels/sign/0/point"]),
    "two rectangles": (
        [with_labels(car=[{"rectangle": box() + box()}])],
        ["#/0/labels/car/0/rectangle"],
    ),
    "a negative figure": (
        [with_labels(car=[{"rectangle": box(-1)}])],
        ["#/0/labels/car/0/rectangle/0/x"],
    ),
    "a figure that is true": (
        [with_labels(car=[{"rectangle": box(True)}])],
        ["#/0/labels/car/0/rectangle/0/x"],
    ),
    "a figure that is no text of digits": (
        [with_labels(car=[{"rectangle": [{"x": "1.5", "y": "-1", "w": "\u0661", "h": "9" * 5000}]}])],
        [f"#/0/labels/car/0/rectangle/0/{name}" for name in "xywh"],
    ),
    "a rectangle without a height": (
        [with_labels(car=[{"geometry": [{"x": 1, "y": 1, "w": 1}]}])],
        ["#/0/labels/car/0/geometry/0"],
    ),
    "a point that says more": (
        [with_labels(sign=[{"point": [{"x": 1, "y": 1, "z": 1}]}])],
        ["#/0/labels/sign/0/point/0"],
    ),
    "a classification that is a text": (
        [{"internal_media_ID": "m", "global_classifications": {"a/b": "x"}}],
        ["#/0/global_classifications/a~1b"],
    ),
    "an answer that is a number": (
        [{"internal_media_ID": "m", "global_classifications": {"a": ["x", {"b": [3]}]}}],
        ["#/0/global_classifications/a/1/b/0"],
    ),
    "nested in what is nested": (
        [with_labels(car=[{"nested_geometries": {"plate": [{"nested_geometries": {}}]}}])],
        ["#/0/labels/car/0/nested_geometries/plate/0"],
    ),
    "several at once": ([3, {"internal_media_ID": "m", "keepData": 1}], ["#/0", "#/1/keepData"]),
}


@pytest.mark.parametrize("case", FORM)
def test_what_has_not_the_form_of_an_import_is_told_with_its_place(case: str) -> None:
    given, pointers = FORM[case]

    faults = faults_in(given)

    assert [fault.pointer for fault in faults] == pointers
    message = message_of(faults)
    assert message.startswith(f"Schema validation failed with {len(faults)} error(s)\n\n{pointers[0]}\n")


def test_an_import_of_the_right_form_is_told_by_an_empty_text() -> None:
    assert message_of(faults_in([ITEM])) == ""


def test_an_export_may_be_sent_back_whole() -> None:
    head = {"label_classes": classes_told(ROOTS)}
    item = ITEM | {
        "external_media_ID": "a.png",
        "labeler": None,
        "status": "completed",
        "segmentations": ["u"],
    }

    assert faults_in([head, item]) == []


def test_answers_that_are_nested_without_end_are_told_and_not_gone_through() -> None:
    deep: Any = ["x"]
    for _ in range(500):
        deep = [{"a": deep}]

    faults = faults_in([{"internal_media_ID": "m", "global_classifications": {"a": deep}}])

    assert "nested deeper" in faults[0].detail


VALUES: dict[str, tuple[Json, str, tuple[str, ...], str]] = {
    "no such class": (with_labels(bus=[]), "gen_wrong_entry_id", ("bus",), "/0/labels/bus"),
    "a question as a class": (
        with_labels(weather=[]),
        "gen_wrong_entry_id",
        ("weather",),
        "/0/labels/weather",
    ),
    "a nested class as a root": (with_labels(plate=[]), "gen_wrong_entry_id", ("plate",), "/0/labels/plate"),
    "no such nested class": (
        with_labels(car=[{"rectangle": box(), "nested_geometries": {"wheel": []}}]),
        "gen_wrong_entry_id",
        ("wheel",),
        "/0/labels/car/0/nested_geometries/wheel",
    ),
    "no such question": (
        with_labels(car=[{"rectangle": box(), "classifications": {"size": ["L"]}}]),
        "gen_wrong_entry_id",
        ("size",),
        "/0/labels/car/0/classifications/size",
    ),
    "no such question about the whole": (
        {"internal_media_ID": "m", "global_classifications": {"car": ["x"]}},
        "gen_wrong_entry_id",
        ("car",),
        "/0/global_classifications/car",
    ),
    "no such question below": (
        {"internal_media_ID": "m", "global_classifications": {"weather": ["sun", {"why": ["x"]}]}},
        "gen_wrong_entry_id",
        ("why",),
        "/0/global_classifications/weather/1/why",
    ),
    "no such option": (
        {"internal_media_ID": "m", "global_classifications": {"weather": ["rain"]}},
        "gen_entry_value_validation",
        ("SELECT",),
        "/0/global_classifications/weather",
    ),
    "two answers to one question": (
        {"internal_media_ID": "m", "global_classifications": {"weather": ["sun", "fog"]}},
        "gen_upload_illegal_value",
        ("fog", "weather"),
        "/0/global_classifications/weather",
    ),
    "a text too long": (
        {"internal_media_ID": "m", "global_classifications": {"caption": ["x" * 256]}},
        "gen_entry_value_validation",
        ("FREETEXT",),
        "/0/global_classifications/caption",
    ),
    "an answer below none": (
        {"internal_media_ID": "m", "global_classifications": {"weather": [None, {"sure": ["x"]}]}},
        "gen_entry_value_validation",
        ("SELECT",),
        "/0/global_classifications/weather",
    ),
    "a polygon of a rectangle's class": (
        with_labels(car=[{"polygon": ring()}]),
        "gen_entry_value_validation",
        ("RECTANGLE",),
        "/0/labels/car/0",
    ),
    "no geometry": (
        with_labels(car=[{"classifications": {"color": ["red"]}}]),
        "gen_entry_value_validation",
        ("RECTANGLE",),
        "/0/labels/car/0",
    ),
    "two geometries": (
        with_labels(car=[{"rectangle": box(), "geometry": box()}]),
        "gen_entry_value_validation",
        ("RECTANGLE",),
        "/0/labels/car/0",
    ),
    "two points in a geometry": (
        with_labels(road=[{"geometry": ring((1, 1), (2, 2))}]),
        "gen_entry_value_validation",
        ("POLYGON",),
        "/0/labels/road/0/geometry",
    ),
    "a rectangle in a point's geometry": (
        with_labels(sign=[{"geometry": box()}]),
        "gen_entry_value_validation",
        ("POINT",),
        "/0/labels/sign/0/geometry",
    ),
    "a point in a rectangle's geometry": (
        with_labels(car=[{"geometry": ring((1, 1))}]),
        "gen_entry_value_validation",
        ("RECTANGLE",),
        "/0/labels/car/0/geometry",
    ),
    "no ring of a segmentation": (
        with_labels(sky=[{"image_segmentation": []}]),
        "gen_entry_value_validation",
        ("IMAGE_SEGMENTATION",),
        "/0/labels/sky/0/image_segmentation",
    ),
    "a figure beyond all pictures": (
        with_labels(car=[{"rectangle": box(10**12)}]),
        "gen_entry_value_validation",
        ("RECTANGLE",),
        "/0/labels/car/0/rectangle",
    ),
}


@pytest.mark.parametrize("case", VALUES)
def test_what_does_not_fit_the_configuration_is_refused_with_a_pointer(case: str) -> None:
    item, key, params, pointer = VALUES[case]

    with pytest.raises(Refused) as refused:
        read(item)

    assert (refused.value.key, refused.value.params, refused.value.pointer) == (key, params, pointer)


# ---- what comes out


def test_classes_are_listed_by_their_kinds_with_all_that_is_nested() -> None:
    assert [tuple(one.values()) for one in classes_told(ROOTS)] == [
        ("sign", "point"),
        ("lane", "line"),
        ("road", "polygon"),
        ("sky", "image_segmentation"),
        ("car", "rectangle"),
        ("plate", "rectangle"),
        ("color", "select"),
        ("weather", "select"),
        ("extras", "checklist"),
        ("number", "freetext"),
        ("note", "freetext"),
        ("caption", "freetext"),
        ("sure", "freetext"),
    ]
    geometries = [one["class_name"] for one in classes_told(ROOTS) if "geometry_type" in one]
    assert geometries == ["sign", "lane", "road", "car", "plate"]


def one(dimensions: Json, label: str = "car", **metadata: Any) -> Json:
    return {"dimensions": dimensions, "annotation": {"label": label}, "metadata": metadata}


def test_coordinates_are_cut_off_and_none_is_below_zero() -> None:
    found = told(
        [
            one({"type": "box", "x": 1.9, "y": 2.99, "width": 3.5, "height": 4.999}),
            one({"type": "box", "x": -10.5, "y": -1, "width": 20.5, "height": 5}),
            one({"type": "polygon", "points": [[-3, 1.5], [4.7, 2], [3, 9]]}, "road"),
        ]
    )

    assert [each["rectangle"] for each in found.labels["car"]] == [box(1, 2, 3, 4), box(0, 0, 10, 4)]
    assert found.labels["road"][0]["polygon"] == ring((0, 1), (4, 2), (3, 9))


def test_a_nested_mark_is_told_in_the_mark_that_it_names() -> None:
    first, second = one(samples.box(1, 1, 9, 9), mark="x"), one(samples.box(20, 1, 9, 9), mark="y")
    plate = one(samples.box(2, 2, 1, 1), "plate", parent="y")

    found = told([plate, first, second])

    assert [each["nested_geometries"] for each in found.labels["car"]] == [
        {},
        {"plate": [{"rectangle": box(2, 2, 1, 1), "classifications": {}}]},
    ]
    assert list(found.labels) == ["car"]


def test_a_nested_mark_may_name_an_annotation_by_its_id() -> None:
    found = told(
        [
            one(samples.box(1, 1, 9, 9)),
            one(samples.box(1, 1, 9, 9)),
            one(samples.box(2, 2, 1, 1), "plate", parent="a-1"),
        ]
    )

    assert [len(each["nested_geometries"]) for each in found.labels["car"]] == [0, 1]


def test_a_nested_mark_that_names_none_is_told_in_the_only_one_there_is() -> None:
    found = told([one(samples.box(1, 1, 9, 9)), one(samples.box(2, 2, 1, 1), "plate")])

    assert "plate" in found.labels["car"][0]["nested_geometries"]


def test_a_nested_mark_that_may_be_of_several_is_told_by_itself() -> None:
    found = told([one(samples.box(1, 1, 9, 9))] * 2 + [one(samples.box(2, 2, 1, 1), "plate")])

    assert len(found.labels["plate"]) == 1


def test_pixels_and_outlines_are_told_as_their_class_takes_them() -> None:
    mask = samples.mask(samples.square(2, 3) | samples.square(10, 20))
    hole = samples.polygon((0, 0), (9, 0), (9, 9), (0, 9), holes=[[[2, 2], [4, 2], [4, 4]]])

    turned_box = {"type": "rotated_box", "x": 10, "y": 10, "width": 4, "height": 2, "angle": 0}

    outline = samples.polygon((1, 1), (5, 1), (5, 5))
    found = told([one(mask, "sky"), one(outline, "sky"), one(hole, "road"), one(turned_box, "road")])

    assert [each["image_segmentation"] for each in found.labels["sky"]] == [
        [ring((3, 2), (7, 2), (7, 6), (3, 6))],
        [ring((20, 10), (24, 10), (24, 14), (20, 14))],
        [ring((1, 1), (5, 1), (5, 5))],
    ]
    seam, turned = (each["polygon"] for each in found.labels["road"])
    assert len(seam) == 9
    assert turned == ring((8, 9), (12, 9), (12, 11), (8, 11))


def test_segmentations_of_nested_classes_are_named_by_their_keys() -> None:
    tint = {"entryKey": "tint", "entryValue": "Tint", "type": "image_segmentation"}
    trees = [
        {"entryKey": key, "entryValue": key, "type": "polygon", "children": [tint]} for key in ("car", "bus")
    ]

    found = told([one(samples.polygon((1, 1), (5, 1), (5, 5)), "bus/tint")], roots(trees))

    assert found.segmented == ["tint"]


def test_what_datagym_has_no_word_for_is_left_out_and_told() -> None:
    marks = [
        one(samples.KEYPOINTS, "sign"),
        one(samples.box(1, 1, 2, 2) | {"frame": 3}),
        one({"type": "box", "x": "a"}),
        {"dimensions": samples.box(1, 1, 1, 1), "annotation": {}, "metadata": {}},
    ]

    found = told(marks)

    assert found.labels == {}
    assert len(found.left_out) == 4


def test_labels_of_which_nothing_is_declared_keep_their_names() -> None:
    answer = {"dimensions": {}, "annotation": {"label": "count", "value": 3}, "metadata": {}}
    attributes = {"wide": True, "size": 2.5, "tags": ["a", "b"], "none": None, "empty": []}
    mark = {"dimensions": samples.box(1, 1, 2, 2), "annotation": {"label": "cat", "attributes": attributes}}

    found = told([answer, mark | {"metadata": {}}], ())

    assert found.classifications == {"count": ["3"]}
    assert found.labels["cat"][0]["classifications"] == {
        "wide": ["true"],
        "size": ["2.5"],
        "tags": ["a", "b"],
        "none": [None],
        "empty": [None],
    }


@pytest.mark.parametrize(
    "metadata",
    [
        {"datagym": 3},
        {"datagym": {"unasked": [1]}},
        {"datagym": {"unasked": {"extras": [3, {}]}}},
        {"mark": [1], "parent": {}},
    ],
)
def test_odd_metadata_does_no_harm(metadata: Json) -> None:
    found = told(
        [one(samples.box(1, 1, 9, 9), **metadata), one(samples.box(1, 1, 1, 1), "plate", **metadata)]
    )

    assert len(found.labels["car"]) == 1


# ---- native questions of Postil


def native() -> tuple[Entry, ...]:
    attributes = [{"name": "count", "type": "number"}, {"name": "sharp", "type": "boolean"}]
    return entries_of(canonical({"classes": [{"name": "cat", "attributes": attributes}]}))


def test_numbers_and_switches_go_out_as_texts_and_come_in_again() -> None:
    asked = {"count": ["3"], "sharp": ["false"]}
    item = with_labels(cat=[{"rectangle": box(), "classifications": asked, "nested_geometries": {}}])

    annotations = read(item, native()).beside([])

    assert annotations[0]["annotation"]["attributes"] == {"count": 3, "sharp": False}
    assert told(annotations, native()).labels == item["labels"]


@pytest.mark.parametrize("text", ["x", "nan", "inf", "1e999"])
def test_a_number_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        read(with_labels(cat=[{"rectangle": box(), "classifications": {"count": [text]}}]), native())


# ---- bitmaps


def pixels_of(annotations: Any, key: str = "sky", size: tuple[int, int] = (40, 30)) -> Any:
    content = bitmap_of(marks_of(annotations), key, Writer(ROOTS), *size)
    if content is None:
        return None
    with Image.open(BytesIO(content)) as picture:
        assert (picture.format, picture.mode, picture.size) == ("BMP", "L", size)
        return np.asarray(picture).copy()


def test_a_bitmap_is_white_where_the_first_ring_is_and_the_others_are_not() -> None:
    rings = [
        ring((0, 0), (9, 0), (9, 9), (0, 9)),
        ring((2, 2), (4, 2), (4, 4), (2, 4)),
        ring((8, 8), (20, 8), (20, 20), (8, 20)),
    ]
    annotations = read(with_labels(sky=[{"image_segmentation": rings}])).beside([])

    found = pixels_of(annotations)

    expected = np.zeros((30, 40), np.uint8)
    expected[:9, :9] = 255
    expected[2:4, 2:4] = 0
    expected[8:, 8:] = 0
    assert np.array_equal(found, expected)


def test_a_bitmap_has_all_segmentations_of_its_class_and_no_other_mark() -> None:
    marks = [
        one(samples.mask(samples.square(2, 3)), "sky"),
        one(samples.polygon((10, 10), (14, 10), (14, 14), (10, 14)), "sky"),
        one(samples.polygon((0, 0), (2, 0), (2, 2)), "road"),
    ]

    found = pixels_of(marks)

    assert set(np.unique(found)) == {0, 255}
    assert (found > 0).sum() == 32
    assert pixels_of(marks, "road") is None
    assert pixels_of(marks, "nothing") is None


def test_a_bitmap_that_is_too_large_is_refused() -> None:
    with pytest.raises(BadGeometry):
        bitmap_of([], "sky", Writer(ROOTS), 100_000, 100_000)


# ---- videos


def test_the_marks_of_a_video_are_objects_that_are_seen_in_frames() -> None:
    def at(frame: int, track: str | None, x: float = 1, **members: Any) -> Json:
        named = {"track": track} if track else {}
        mark = one(samples.box(x, 2, 3, 4) | {"frame": frame} | named | members)
        return mark | {"annotation": {"label": "car", "attributes": {"color": "red"}}}

    found = video_told(
        marks_of(
            [at(13, "t", 5.5, keyframe=True), at(12, "t"), at(14, "t", 6, keyframe=False), at(12, None)]
        ),
        Writer(ROOTS),
    )

    red = {"color": ["red"]}
    assert found == {
        "frames": {
            "12": [{"visibleObjectId": "t"}, {"visibleObjectId": "a-3"}],
            "13": [{"visibleObjectId": "t"}],
            "14": [{"visibleObjectId": "t"}],
        },
        "object": {
            "t": {
                "12": {"rectangle": box(), "classifications": red},
                "13": {"rectangle": box(5), "classifications": red},
            },
            "a-3": {"12": {"rectangle": box(), "classifications": red}},
        },
    }


def test_polygons_of_a_video_keep_all_their_points_under_x_and_y() -> None:
    mark = one(samples.polygon((1, 1), (5, 1), (5, 5)) | {"frame": 3}, "road")

    found = video_told(marks_of([mark]), Writer(ROOTS))

    assert found["object"]["a-0"]["3"]["polygon"] == ring((1, 1), (5, 1), (5, 5))


def test_a_mark_without_a_frame_is_of_the_first_and_what_is_broken_is_left_out() -> None:
    found = video_told(
        marks_of([one(samples.box(1, 1, 1, 1)), one({"type": "box"}), one({}), one(samples.KEYPOINTS)]),
        Writer(ROOTS),
    )

    assert list(found["frames"]) == ["0"]
    assert list(found["object"]) == ["a-0"]


def test_every_kind_of_entry_can_be_marked() -> None:
    assert {one.kind for one in walk(ROOTS)} == set(Kind)
