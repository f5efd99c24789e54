"""DataGym's export as a file: written, read again, and read as its own server writes it."""

import json
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formats.datagym_words import STATES, STATUSES
from app.formats.errors import FormatError
from app.formats.items import Class, Head, Item, Mark, ReadItem
from app.resources.layer_statuses import LayerStatus
from tests.app.formats import samples
from tests.app.formats.datagym_samples import any_entries, any_item, box, kept, ring, roots
from tests.app.formats.test_datagym_marks import ITEM, marks_of
from tests.app.formats.test_datagym_marks import read as read_import

Json = dict[str, Any]
quickly = settings(max_examples=40, deadline=None)


def head_of(configuration: Json) -> Head:
    classes = tuple(Class(one["id"], one["name"], number=n) for n, one in enumerate(configuration["classes"]))
    return Head("Cars", "", "2026-01-02T03:04:05Z", classes, "ground-truth", configuration)


HEAD = head_of(kept())


def document(*items: Item, head: Head = HEAD) -> list[Json]:
    """What is written of ITEMS, without a problem."""
    file, problems = samples.written("datagym", items, head=head)
    assert problems == []
    found: list[Json] = json.loads(file.getvalue())
    return found


def read(given: Any) -> tuple[list[ReadItem], list[tuple[str, str]]]:
    """The items of the export GIVEN, and the problems."""
    found, problems = samples.read("datagym", BytesIO(json.dumps(given).encode()))
    return found, [(one.item, one.code) for one in problems]


def test_an_item_is_written_as_datagyms_client_gives_it() -> None:
    marks = tuple(marks_of(read_import(ITEM).beside([])))

    head, one = document(samples.item(*marks, id="m-1", layer_status="labeled"))

    assert head["label_classes"][0] == {"class_name": "sign", "geometry_type": "point"}
    assert one == {
        "internal_media_ID": "m-1",
        "external_media_ID": "a.png",
        "labeler": None,
        "status": "completed",
        "global_classifications": ITEM["global_classifications"],
        "labels": ITEM["labels"],
        "width": samples.WIDTH,
        "height": samples.HEIGHT,
    }


@st.composite
def exports(draw: st.DrawFn) -> tuple[list[Json], Json]:
    entries = draw(any_entries())
    return entries, draw(any_item(roots(entries)))


@quickly
@given(exports())
def test_what_is_written_is_read_and_written_again_the_same(given: tuple[list[Json], Json]) -> None:
    entries, item = given
    head = head_of(kept(entries))
    marks = tuple(marks_of(read_import(item, roots(entries)).beside([])))

    once = document(samples.item(*marks), head=head)
    found, problems = read(once)
    marks = tuple(
        Mark(f"b-{n}", one.dimensions, one.annotation, one.metadata) for n, one in enumerate(found[0].marks)
    )

    assert problems == []
    assert document(samples.item(*marks), head=head) == once


def test_who_made_the_first_mark_is_the_labeler() -> None:
    mark = samples.mark(samples.box(1, 1, 2, 2), "car")

    _, one = document(samples.item(mark, replace(mark, created_by="account-1")))

    assert one["labeler"] == "account-1"


@pytest.mark.parametrize("status", [None, *LayerStatus])
def test_how_far_labels_are_is_told_and_what_is_finished_comes_back(status: str | None) -> None:
    found, _ = read(document(samples.item(layer_status=status)))

    told = STATES[status]
    assert found[0].layer_status == STATUSES.get(told)
    assert (told in ("completed", "skipped", "reviewed")) == (found[0].layer_status is not None)


def test_classes_that_are_declared_nowhere_are_told_by_their_names() -> None:
    head = replace(HEAD, configuration={}, classes=(Class("cat", "Cat"),))
    mark = samples.mark(samples.box(1, 1, 2, 2), "cat")

    told = document(samples.item(mark), head=head)

    assert told[0] == {"label_classes": [{"class_name": "cat", "geometry_type": "rectangle"}]}
    assert [one.annotation["label"] for one in read(told)[0][0].marks] == ["cat"]


# ---- as DataGym's own server writes it

CLASSES: Json = {
    "label_classes": [
        {"class_name": "road", "geometry_type": "polygon"},
        {"class_name": "car", "geometry_type": "rectangle"},
        {"class_name": "plate", "geometry_type": "rectangle"},
        {"class_name": "sky", "classification_type": "image_segmentation"},
        {"class_name": "color", "classification_type": "select"},
        {"class_name": "extras", "classification_type": "checklist"},
        {"class_name": "note", "classification_type": "freetext"},
    ]
}


def exported(**members: Any) -> Json:
    plain = {
        "internal_media_ID": "m-1",
        "external_media_ID": "a.png",
        "labeler": "somebody",
        "status": "completed",
        "segmentations": ["https://example.org/api/v1/export/bitmap/t/sky"],
        "global_classifications": {},
        "labels": {},
    }
    return plain | members


def test_an_export_of_datagym_is_read_with_its_ids_and_its_unanswered_questions() -> None:
    car = {
        "rectangle": box(),
        "classifications": {"color": ["red"], "extras": [None, {"note": [None]}]},
        "nested_geometries": {"plate": [{"rectangle": box(2), "classifications": {}}]},
    }

    (one,), problems = read(
        [CLASSES, exported(labels={"car": [car], "sky": [{"image_segmentation": [ring()]}]})]
    )

    assert problems == []
    assert (one.name, one.external_id, one.layer_status) == ("a.png", "m-1", "labeled")
    found = [(mark.annotation, mark.metadata) for mark in one.marks]
    assert found == [
        ({"label": "car", "attributes": {"color": "red"}}, {"mark": "1"}),
        ({"label": "plate"}, {"parent": "1"}),
        ({"label": "sky"}, {}),
    ]


def test_a_checklist_is_a_list_also_where_one_thing_is_chosen() -> None:
    car = {"rectangle": box(), "classifications": {"extras": ["a", {"note": ["n"]}], "color": ["red"]}}

    (one,), _ = read([CLASSES, exported(labels={"car": [car]})])

    assert one.marks[0].annotation["attributes"] == {
        "extras": {"value": ["a"], "attributes": {"note": "n"}},
        "color": "red",
    }


def test_names_of_older_exports_are_known_too() -> None:
    older = {
        "internal_image_ID": "m",
        "external_image_ID": "b.png",
        "labels": {"road": [{"polygon": ring()}]},
    }

    (one,), problems = read([CLASSES, older])

    assert (one.name, one.external_id, len(one.marks), problems) == ("b.png", "m", 1, [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"polygon": [{"x": None, "y": None}] * 3},
        {"polygon": ring((1, 1), (2, 2))},
        {"rectangle": [{"x": 1}]},
        {"classifications": {}},
        "text",
    ],
)
def test_a_label_that_is_wrong_is_told_and_stops_no_other(wrong: Any) -> None:
    (one,), problems = read([CLASSES, exported(labels={"road": [wrong, {"polygon": ring()}]})])

    assert (len(one.marks), problems) == (1, [("a.png", "geometry_broken")])


@pytest.mark.parametrize("labels", [{"frames": {}, "object": {}}, {}])
def test_a_video_is_read_without_what_was_marked_in_its_frames_and_that_is_told(labels: Json) -> None:
    video = exported(labels=labels, task_export_url="https://example.org/api/v1/exportVideoTask/t/")

    (one,), problems = read([CLASSES, video])

    assert (one.marks, problems) == ((), [("a.png", "not_held")])


@pytest.mark.parametrize(
    ("item", "name"),
    [
        (3, "item 1"),
        ({}, "item 1"),
        (exported(global_classifications=[]), "a.png"),
        ({"external_media_ID": "x"}, "x"),
    ],
)
def test_an_item_that_is_none_is_told_and_stops_no_other(item: Any, name: str) -> None:
    found, problems = read([CLASSES, item, exported(internal_media_ID="m-2")])

    assert ([one.external_id for one in found], problems) == (["m-2"], [(name, "item_invalid")])


@pytest.mark.parametrize(
    "content", ["", "{}", "3", "[", '[{"label_classes":', "[{}}", '[{"a": 1}', "[" * 100_000]
)
def test_what_is_no_export_is_refused(content: str) -> None:
    with pytest.raises(FormatError):
        samples.read("datagym", BytesIO(content.encode()))


def test_an_empty_export_has_nothing() -> None:
    assert read([]) == ([], [])


def test_more_marks_than_an_item_may_have_are_told() -> None:
    item = exported(labels={"road": [{"polygon": ring()}] * 20_001})

    (one,), problems = read([CLASSES, item])

    assert (len(one.marks), problems) == (20_000, [("a.png", "too_many_marks")])


@quickly
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["labels", "global_classifications", "internal_media_ID", "car", "rectangle", "status"]
                ),
                inner,
            )
        ),
        max_leaves=15,
    )
)
def test_whatever_is_read_is_told_or_taken(given: Any) -> None:
    found, _ = read([CLASSES, given, exported()])

    assert found[-1].external_id == "m-1"
