"""Release files: written so that Segments' own reader finds what it needs, and read with their settings."""

import json
from io import BytesIO
from itertools import product
from typing import Any

import pytest

from app.formats.catalog import FORMATS
from app.formats.errors import FormatError
from app.formats.items import Class, Dataset, Head, Item, Mark, Picture, ReadItem
from app.formats.segments.labels import read as read_label
from app.formats.segments.release_reading import read_release
from app.formats.segments.soundness import same
from app.formats.segments.statuses import GROUND_TRUTH, word_of
from app.resources.layer_statuses import LayerStatus
from app.web.vendors.words import WORDS, standing_of
from tests.app.formats.samples import PNG, read, written
from tests.app.formats.segments.labels import CLASSES, CONFIGURATION, REAL, SENSORS, VECTOR
from tests.app.formats.segments.task_attributes import RICH

CAT = Class("cat", "Cat", number=0)


def head(task_type: str = "vector", configuration: Any = CONFIGURATION) -> Head:
    vendor = {"segments": {"task_type": task_type}}
    dataset = Dataset("cats", "Pets.", "jane", "image", vendor)
    return Head("v0.1", "My first.", "2020-07-20T14:59:36Z", (CAT,), GROUND_TRUTH, configuration, dataset)


def sample(label: Any = None, task_type: str = "vector", **members: Any) -> Item:
    """An item as it is kept once a client has sent LABEL."""
    found = read_label(label, task_type, CLASSES) if label else None
    marks = tuple(Mark(f"m{n}", **one) for n, one in enumerate(found.annotations)) if found else ()
    given: dict[str, Any] = {
        "id": "10130ecd",
        "name": "a.png",
        "external_id": "a.png",
        "resource": "https://example.com/a.png",
        "split": None,
        "width": 5,
        "height": 4,
        "metadata": {"city": "London"},
        "status": "completed",
        "picture": None,
        "marks": marks,
        "layer_status": "labeled" if found else None,
        "priority": -10.0,
        "score": 0.5 if found else None,
        "layer_vendor": {"segments": {"label": found.vendor}} if found else {},
    }
    return Item(**given | members)


def document(*items: Item, of: Head | None = None) -> tuple[Any, list[Any]]:
    file, problems = written("segments", items, head=of or head())
    return json.loads(file.getvalue()), problems


def read_back(release: Any) -> list[ReadItem]:
    found, problems = read("segments", BytesIO(json.dumps(release).encode()))
    assert problems == []
    return found


# ---- written


def test_a_release_has_what_its_reader_asks_for() -> None:
    release, problems = document(sample(VECTOR), sample(id="2", external_id="b.png", status="ready"))

    samples = release["dataset"].pop("samples")
    categories = release["dataset"].pop("task_attributes")["categories"]
    assert release == {
        "name": "v0.1",
        "description": "My first.",
        "created_at": "2020-07-20T14:59:36Z",
        "dataset": {
            "name": "cats",
            "description": "Pets.",
            "owner": "jane",
            "task_type": "vector",
            "labelsets": [{"name": "ground-truth", "description": ""}],
        },
    }
    assert [one["id"] for one in categories] == [1, 2, 9]
    assert [(one["uuid"], one["name"], one["metadata"]) for one in samples] == [
        ("10130ecd", "a.png", {"city": "London"}),
        ("2", "b.png", {"city": "London"}),
    ]
    assert samples[0]["attributes"] == {"image": {"url": "https://example.com/a.png"}}
    assert (samples[0]["priority"], samples[1]["labels"]) == (10, {"ground-truth": None})
    assert problems == []


@pytest.mark.parametrize(("task_type", "label"), REAL)
def test_labels_are_in_it_as_they_were_sent(task_type: str, label: Any) -> None:
    release, _ = document(sample(label, task_type), of=head(task_type))

    (told,) = release["dataset"]["samples"]
    assert same(
        told["labels"], {"ground-truth": {"label_status": "LABELED", "attributes": label, "score": 0.5}}
    )


def test_has_instances_is_never_null() -> None:
    assert any(one.get("has_instances", "") is None for one in RICH["categories"])

    release, _ = document(sample())

    flags = [one.get("has_instances", True) for one in release["dataset"]["task_attributes"]["categories"]]
    assert flags == [True, False, True]


def test_samples_of_more_than_a_picture_are_told_whole() -> None:
    frames = {"frames": [{"image": {"url": "https://x.example.org/1.png"}}], "ego": [1]}

    release, _ = document(sample(media=frames))

    assert release["dataset"]["samples"][0]["attributes"] == frames


def test_a_dataset_without_classes_has_those_that_were_found() -> None:
    mark = Mark("m", {"type": "point", "x": 1, "y": 2}, {"label": "cat"})

    release, problems = document(sample(marks=(mark,), layer_status="labeled"), of=head(configuration={}))

    (category,) = release["dataset"]["task_attributes"]["categories"]
    (told,) = release["dataset"]["samples"]
    assert (category["name"], category["id"]) == ("Cat", 0)
    assert told["labels"]["ground-truth"]["attributes"]["annotations"] == [
        {"id": 1, "category_id": 0, "type": "point", "points": [[1, 2]]}
    ]
    assert problems == []


def test_what_a_label_cannot_hold_is_told() -> None:
    mark = Mark("m7", {"type": "text_span", "start": 0, "end": 1}, {"label": "car"})

    release, problems = document(sample(marks=(mark,), layer_status="labeled"))

    assert release["dataset"]["samples"][0]["labels"]["ground-truth"]["attributes"]["annotations"] == []
    assert [(one.item, one.code) for one in problems] == [("10130ecd", "not_held")]
    assert "m7" in problems[0].detail


class Told:
    """Places that say what they were asked."""

    def picture(self, item: Item) -> str:
        return f"/picture/{item.name}"

    def bitmap(self, item: Item, sensor: str | None, frame: int | None) -> str:
        return f"/bitmap/{item.id}/{sensor}/{frame}.png"

    def again(self, value: Any) -> Any:
        return value


def test_pictures_of_ids_are_told_by_who_has_the_places() -> None:
    mark = Mark("m", {"type": "box", "x": 0, "y": 0, "width": 1, "height": 1}, {"label": "car"})
    kept = sample(marks=(mark,), layer_status="labeled", picture=Picture("h", "image/png", 3))
    out = BytesIO()

    FORMATS["segments"].write(
        head("segmentation-bitmap"),
        lambda: iter([kept]),
        out,
        content=None,
        tell=lambda _: None,
        places=Told(),
    )

    (told,) = json.loads(out.getvalue())["dataset"]["samples"]
    assert told["attributes"] == {"image": {"url": "/picture/a.png"}}
    bitmap = told["labels"]["ground-truth"]["attributes"]["segmentation_bitmap"]
    assert bitmap == {"url": "/bitmap/10130ecd/None/None.png"}


@pytest.mark.parametrize(
    ("status", "layer_status", "label_set", "word"),
    [
        ("ready", None, GROUND_TRUTH, None),
        ("ready", "prelabeled", GROUND_TRUTH, "PRELABELED"),
        ("in_progress", None, GROUND_TRUTH, "LABELING_IN_PROGRESS"),
        ("in_progress", "labeled", GROUND_TRUTH, "LABELED"),
        ("completed", None, GROUND_TRUTH, "LABELED"),
        ("completed", "reviewed", GROUND_TRUTH, "REVIEWED"),
        ("in_progress", "rejected", GROUND_TRUTH, "REJECTED"),
        ("completed", "skipped", GROUND_TRUTH, "SKIPPED"),
        ("errored", None, GROUND_TRUTH, "SKIPPED"),
        ("ready", None, "model", "PRELABELED"),
        ("completed", "verified", "model", "VERIFIED"),
    ],
)
def test_statuses_are_told_in_its_words(
    status: str, layer_status: str | None, label_set: str, word: str | None
) -> None:
    assert word_of(status, layer_status, label_set) == word


def test_the_words_are_those_of_the_table_that_all_faces_share() -> None:
    statuses = ("ready", "in_progress", "completed", "errored", "waiting_changed")
    for status, layer_status in product(statuses, (None, *LayerStatus)):
        standing = standing_of(status, layer_status, is_assigned=False)

        assert word_of(status, layer_status, GROUND_TRUTH) == WORDS[standing].segments, (status, layer_status)


# ---- read


def test_a_release_is_read_as_it_was_written() -> None:
    before = sample(VECTOR)

    (after,) = read_back(document(before)[0])

    assert (after.name, after.external_id, after.resource) == ("a.png", "a.png", before.resource)
    assert (after.metadata, after.priority, after.score) == ({"city": "London"}, -10.0, 0.5)
    assert (after.layer_status, after.media) == ("labeled", None)
    assert [one.dimensions for one in after.marks] == [one.dimensions for one in before.marks]
    assert [one.metadata for one in after.marks] == [one.metadata for one in before.marks]
    assert after.layer_vendor == before.layer_vendor


def test_what_is_more_than_a_picture_is_read_whole() -> None:
    media = {"sensors": [{"name": "a", "attributes": {"frames": [{"pcd": {"url": "https://x.org/1.pcd"}}]}}]}

    (after,) = read_back(document(sample(SENSORS, "multisensor-sequence", media=media))[0])

    assert (after.media, after.resource) == (media, "https://x.org/1.pcd")


def test_a_picture_comes_along_in_an_archive() -> None:
    file, _ = written("segments", [sample(picture=Picture("h", "image/png", len(PNG)))], with_pictures=True)
    reader = FORMATS["segments"].read
    assert reader

    with reader(file) as reading:
        (found,) = reading.items
        assert found.picture
        with reading.open(found.picture) as picture:
            assert picture.read() == PNG


def test_the_dataset_is_read_with_its_settings() -> None:
    release, _ = document(sample(VECTOR))

    found = read_release(BytesIO(json.dumps(release).encode()))

    assert (found.about.name, found.about.owner, found.about.task_type) == ("cats", "jane", "vector")
    assert [one["name"] for one in found.configuration["classes"]] == ["car", "sky", "car"]
    assert [one.sample.uuid for one in found.samples] == ["10130ecd"]


def test_the_dataset_may_stand_behind_its_samples() -> None:
    release, _ = document(sample(VECTOR))
    samples = release["dataset"].pop("samples")
    release["dataset"] = {"samples": samples, "zzz": {"a": []}, **release["dataset"]}

    (after,) = read_back(release)

    assert len(after.marks) == 6


def test_a_sample_that_is_wrong_is_told_and_stops_no_other() -> None:
    release, _ = document(sample(VECTOR))
    good = release["dataset"]["samples"][0]
    wrong = json.loads(json.dumps(good))
    wrong["labels"]["ground-truth"]["attributes"]["annotations"][1]["category_id"] = 77
    release["dataset"]["samples"] = [{"name": 3}, wrong, good]

    found, problems = read("segments", BytesIO(json.dumps(release).encode()))

    assert [len(one.marks) for one in found] == [0, 6]
    assert [(one.item, one.code) for one in problems] == [
        ("sample 0", "item_invalid"),
        ("a.png", "category_unknown"),
    ]
    assert "/labels/ground-truth/attributes/annotations/1/category_id" in problems[1].detail


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"dataset": 3}',
        b'{"dataset": {"name": "a"}}',
        b'{"dataset": {"samples": 3}}',
        b'{"dataset": {"samples": [], "task_type": 7}}',
        b'{"dataset": {"samples": [], "task_attributes": {"categories": [{"id": 1}]}}}',
        b'{"dataset": {"samples": [{"name": "a"}',
        b'{"dataset": {"samples": [' + b"[" * 100_000,
        b"\x00\xff",
    ],
)
def test_what_is_no_release_is_told(content: bytes) -> None:
    with pytest.raises(FormatError):
        read("segments", BytesIO(content))
