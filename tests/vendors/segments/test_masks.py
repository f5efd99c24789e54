"""Segments' SDK 1.33.0, unmodified, labels pictures by masks; the server is killed twice on the way.

What masks.py was told is judged here, and what it left behind read by the main API.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.vendors.scripts import said_by
from tests.vendors.serving import VendorSite

# The pixels of each id: how many, and their left, upper, right and lower ends.
A = {
    "0": [1500, 0, 0, 60, 30],
    "1": [200, 2, 3, 22, 13],
    "2": [100, 30, 5, 40, 15],
    "70000": [600, 0, 30, 60, 40],
}
B = {"0": [2225, 0, 0, 60, 40], "1": [75, 0, 0, 10, 10], "2": [100, 5, 5, 15, 15]}
C = {"0": [2375, 0, 0, 60, 40], "3": [25, 10, 10, 15, 15]}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("masks")
    with VendorSite.embedded(folder) as site:
        site.serve()
        said = said_by(
            "segments",
            "tests.vendors.segments.masks",
            *(site.url, site.key),
            folder=folder,
            at_pause=lambda word: site.restart(),
        )
        main = site.main()
        said["main"] = {type: [one["attributes"] for one in main.every(f"/{type}")] for type in READ}
        yield said


READ = ("datasets", "entries", "annotations", "layers", "releases", "assets")


def test_a_dataset_is_made_with_all_that_was_said_of_it(told: Any) -> None:
    made = told["dataset"]

    assert made["full_name"] == f"{told['owner']}/flowers"
    assert (made["category"], made["readme"], made["metadata"]) == (
        "garden",
        "# Flowers",
        {"day": "sunday", "robot_id": 3},
    )
    assert (made["enable_ratings"], made["enable_skip_reviewing"], made["enable_save_button"]) == (
        True,
        True,
        False,
    )
    assert [one["name"] for one in made["task_attributes"]["categories"]] == ["violet", "rose", "leaf"]


def test_a_picture_is_got_by_the_address_that_the_sample_tells(told: Any) -> None:
    assert told["sample"]["attributes"]["image"]["url"].endswith("/a.png")
    assert told["picture"] == [60, 40, 40, 215, 40]


def test_masks_come_back_with_every_pixel_also_after_a_kill(told: Any) -> None:
    assert told["bitmaps"] == {"a.png": A, "b.png": B, "c.png": C}
    assert told["bitmaps_after_restart"] == told["bitmaps"]


def test_reviews_are_told_with_who_made_them(told: Any) -> None:
    labels = told["labels"]

    assert {name: one["label_status"] for name, one in labels.items()} == {
        "a.png": "REVIEWED",
        "c.png": "REJECTED",
        "d.png": "PRELABELED",
    }
    assert (labels["a.png"]["reviewed_by"], labels["d.png"]["reviewed_by"]) == (told["owner"], None)


def test_lists_have_what_is_asked_for_page_by_page(told: Any) -> None:
    lists = told["lists"]

    assert lists["all"] == ["a.png", "b.png", "c.png", "d.png", "e.png"]
    assert lists["by_status"] == {
        "LABELED": ["b.png"],
        "REVIEWED": ["a.png"],
        "REJECTED": ["c.png"],
        "PRELABELED": ["d.png"],
        "UNLABELED": ["e.png"],
        "SKIPPED": [],
    }
    assert lists["of_two"] == ["a.png", "b.png"]
    assert lists["named"] == ["a.png"]
    assert (lists["metadata"], lists["metadata_of_two"]) == (["a.png", "d.png"], ["d.png"])
    assert lists["by_priority"][0] == "b.png"
    assert lists["by_age"] == ["c.png", "a.png", "b.png", "d.png", "e.png"]
    assert lists["pages"] == [["a.png", "b.png"], ["c.png", "d.png"], ["e.png"]]
    assert lists["page_past_the_end"] == "NotFoundError"


def test_labels_come_with_lists_in_short_and_whole(told: Any) -> None:
    lists = told["lists"]

    assert lists["summaries"] == {
        "a.png": "REVIEWED",
        "b.png": "LABELED",
        "c.png": "REJECTED",
        "d.png": "PRELABELED",
        "e.png": None,
    }
    assert lists["full"] == {
        "a.png": [1, 2, 70_000],
        "b.png": [1, 2],
        "c.png": [3],
        "d.png": [1],
        "e.png": None,
    }
    counts = {name: count for name, count in told["stats"].items() if count is not None}
    assert counts == {
        **{name: 1 for name in ("LABELED", "REVIEWED", "REJECTED", "PRELABELED", "UNLABELED")},
        "TOTAL": 5,
    }


def test_a_release_is_written_and_holds_what_there_was(told: Any) -> None:
    assert (told["release"]["status"], told["release"]["samples_count"]) == ("SUCCEEDED", 5)
    assert told["in_release"] == told["lists"]["summaries"]
    assert sorted(told["by_metadata"]) == ["b.png", "c.png", "e.png"]
    assert (told["releases"], told["deleted_release"]) == (["v1.0"], "NotFoundError")


def test_what_was_labelled_later_is_not_in_the_release(told: Any) -> None:
    assert told["later"] == {"0": [2375, 0, 0, 60, 40], "3": [25, 40, 30, 45, 35]}
    assert told["deleted_label"] == "NotFoundError"
    of_b = [one for one in told["exports"]["instances"] if one[0] == 2]
    assert of_b == [[2, 1, [0, 0, 10, 10], 75], [2, 2, [5, 5, 10, 10], 100]]


def test_the_sdk_exports_coco_with_exact_figures(told: Any) -> None:
    exports = told["exports"]

    assert [(one["id"], one["name"]) for one in exports["categories"]] == [
        (1, "violet"),
        (2, "rose"),
        (7, "leaf"),
    ]
    assert [(one["file_name"], one["width"], one["height"]) for one in exports["images"]] == [
        ("a.png", 60, 40),
        ("b.png", 60, 40),
    ]
    # The SDK's cache keeps 16 bits of an id: it leaves 70,000 out here, and not without the cache.
    seen = [[1, 1, [2, 3, 20, 10], 200], [1, 2, [30, 5, 10, 10], 100]]
    assert exports["instances"][:2] == seen
    assert exports["segments"] == exports["instances"]
    assert told["exact_instances"] == [
        [1, 1, [2, 3, 20, 10], 200, [40, 60]],
        [1, 2, [30, 5, 10, 10], 100, [40, 60]],
        [1, 7, [0, 30, 60, 10], 600, [40, 60]],
        [2, 1, [0, 0, 10, 10], 75, [40, 60]],
        [2, 2, [5, 5, 10, 10], 100, [40, 60]],
    ]


def test_the_sdk_exports_panoptic_and_semantic_pictures(told: Any) -> None:
    exports = told["exports"]

    assert exports["panoptic_pixels"] == {
        "a_label_ground-truth_coco-panoptic.png": 300,
        "b_label_ground-truth_coco-panoptic.png": 175,
    }
    assert exports["semantic"]["b_label_ground-truth_semantic.png"] == {
        "0": [2225, 0, 0, 60, 40],
        "1": [75, 0, 0, 10, 10],
        "2": [100, 5, 5, 15, 15],
    }


def test_the_main_api_reads_what_the_sdk_wrote(told: Any) -> None:
    main = told["main"]
    by_name = {one["external_id"]: one for one in main["entries"]}

    assert [one["name"] for one in main["datasets"]] == ["flowers"]
    assert {name: (one["status"], one["label_status"]) for name, one in by_name.items()} == {
        "a.png": ("completed", "reviewed"),
        "b.png": ("in_progress", "labeled"),
        "c.png": ("in_progress", None),
        "d.png": ("ready", "prelabeled"),
        "e.png": ("ready", None),
    }
    assert {(one["width"], one["height"], one["media_type"]) for one in by_name.values()} == {
        (60, 40, "image/png")
    }
    masks = [one for one in main["annotations"] if one["dimensions"].get("instance") == 70_000]
    assert [(one["annotation"]["label"], one["dimensions"]["size"]) for one in masks] == [("leaf", [40, 60])]
    assert by_name["a.png"]["priority"] == -1.0
    assert main["releases"] == []
