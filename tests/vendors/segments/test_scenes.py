"""Segments' SDK 1.33.0, unmodified, labels sequences, clouds and sensors: what scenes.py was told."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.vendors.scripts import said_by
from tests.vendors.serving import VendorSite

TASKS = (
    "image-vector-sequence",
    "image-segmentation-sequence",
    "pointcloud-cuboid",
    "pointcloud-segmentation",
    "pointcloud-vector",
    "pointcloud-cuboid-sequence",
    "pointcloud-segmentation-sequence",
    "pointcloud-vector-sequence",
    "multisensor-sequence",
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("scenes")
    with VendorSite.embedded(folder) as site:
        site.serve()
        said = said_by("segments", "tests.vendors.segments.scenes", site.url, site.key, folder=folder)
        said["annotations"] = [one["attributes"] for one in site.main().every("/annotations")]
        yield said


@pytest.mark.parametrize("task", TASKS)
def test_samples_and_labels_come_back_as_they_were_sent(told: Any, task: str) -> None:
    one = told[task]

    assert one["sample_back"] == one["sample"]
    assert one["label_back"] == one["label"]


def test_a_frame_has_its_mask(told: Any) -> None:
    pixels = told["image-segmentation-sequence"]["pixels"]

    assert pixels == {"0": [2400 - 56, 0, 0, 60, 40], "1": [56, 5, 6, 12, 14]}


def test_the_main_api_reads_frames_tracks_and_clouds(told: Any) -> None:
    shapes = [one["dimensions"] for one in told["annotations"]]

    assert {one["type"] for one in shapes} == {"box", "mask", "cuboid", "point_set", "polyline_3d"}
    tracked = [one for one in shapes if one["type"] == "box" and one.get("frame") == 1]
    assert [(one["track"], one["x"]) for one in tracked] == [("1", 2.0), ("1", 2.0)]
    sets = [one for one in shapes if one["type"] == "point_set" and one["size"] == 6]
    assert [(one["instance"], one["counts"]) for one in sets] == [(2, [3, 1, 2]), (3, [2, 1, 1, 2])]
