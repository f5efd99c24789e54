"""Segments' SDK 1.33.0, unmodified, draws boxes, polygons, lines and points: what vectors.py was told."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.vendors.scripts import said_by
from tests.vendors.serving import VendorSite


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("vectors")
    with VendorSite.embedded(folder) as site:
        site.serve()
        said = said_by("segments", "tests.vendors.segments.vectors", site.url, site.key, folder=folder)
        said["annotations"] = [one["attributes"] for one in site.main().every("/annotations")]
        yield said


def test_what_is_drawn_comes_back_as_it_was_sent(told: Any) -> None:
    assert told["drawn"]["attributes"] == told["sent"]
    assert (told["drawn"]["label_status"], told["drawn"]["score"]) == ("LABELED", 0.75)


def test_boxes_and_keypoints_come_back_too(told: Any) -> None:
    assert told["boxed"]["attributes"]["annotations"] == told["sent"]["annotations"][:1]
    assert told["pointed"]["attributes"]["annotations"] == told["sent"]["annotations"][3:4]
    assert (told["boxed"]["label_type"], told["pointed"]["label_type"]) == ("bboxes", "keypoints")


def test_categories_with_all_their_attributes_come_back(told: Any) -> None:
    assert told["task_attributes"] == told["sent_task_attributes"]


def test_yolo_has_exact_figures(told: Any) -> None:
    assert told["yolo"] == ["0 0.350000 0.350000 0.500000 0.500000", "0 0.916667 0.875000 0.166667 0.250000"]


def test_coco_has_what_was_drawn(told: Any) -> None:
    drawn = [
        {name: one[name] for name in ("bbox", "points", "keypoints") if name in one} for one in told["coco"]
    ]

    assert drawn == [
        {"bbox": [6.0, 4.0, 30.0, 20.0]},
        {"points": [[0.0, 0.0], [59.5, 0.25], [10.0, 39.0]]},
        {},  # the SDK leaves lines out
        {"keypoints": [12.5, 7.75, 1]},
        {"bbox": [50.0, 30.0, 10.0, 10.0]},
    ]


def test_the_main_api_reads_shapes_and_answers(told: Any) -> None:
    box = {"type": "box", "x": 6.0, "y": 4.0, "width": 30.0, "height": 20.0}
    of_box = next(one for one in told["annotations"] if one["dimensions"] == box)

    assert of_box["annotation"] == {
        "label": "car",
        "attributes": {"color": "green", "extras": ["roof"], "plate": "B 12", "doors": 4, "parked": True},
    }
    types = [one["dimensions"].get("type") for one in told["annotations"]]
    assert sorted(types, key=str) == sorted(
        [None, "box", "box", "box", "polygon", "polyline", "point", "point"], key=str
    )
    weather = next(one for one in told["annotations"] if not one["dimensions"])
    assert weather["annotation"] == {"label": "weather", "value": "wet"}
