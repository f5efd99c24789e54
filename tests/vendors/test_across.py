"""Across systems: drawn with one's client, taken away with another's, drawn on with a third's, and equal."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.vendors.curling import curl
from tests.vendors.scripts import said_by
from tests.vendors.serving import VendorSite

BOX = {"x": 6, "y": 4, "w": 30, "h": 20}
ROAD = [{"x": 0, "y": 0}, {"x": 59, "y": 1}, {"x": 10, "y": 39}]
SET = [{"class_id": 0, "x": 1, "y": 2, "width": 3, "height": 4}]


class Told:
    """What each client said, in the order in which they came."""

    segments: Any
    datagym: Any
    jtheta: Any
    theos: Any
    main: Any


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("across")
    told = Told()
    with VendorSite.embedded(folder) as site:
        site.serve()

        def between(word: str) -> None:
            site.restart()
            others(site, folder, json.loads(word), told)

        told.segments = said_by(
            "segments",
            "tests.vendors.across.by_segments",
            site.url,
            site.key,
            folder=folder,
            at_pause=between,
        )
    return told


def others(site: VendorSite, folder: Path, said: Any, told: Told) -> None:
    """The other clients, once Segments' has drawn: Theos' line draws on."""
    main = site.main()
    entry = main.ask("GET", f"/entries/{said['later']}").data["attributes"]
    project = main.ask("GET", f"/projects/{entry['project_id']}").data
    name = project["attributes"]["name"]
    told.datagym = said_by(
        "datagym",
        "tests.vendors.across.by_datagym",
        f"{site.url}/datagym/",
        site.key,
        name,
        folder=folder,
    )
    of_theos = f"{site.url}/theos/v1/project/{project['id']}/datasets/"
    token = ("-H", f"Authorization: Token {site.key}")
    number = curl(folder, of_theos, *token).json[0]["id"]
    examples = f"{of_theos}{number}/examples/"
    before = curl(folder, examples, *token).json["examples"]
    later = next(one for one in before if not one["labels"] and one["status"] == "unlabeled")
    sent = curl(folder, f"{examples}{later['id']}/labels/set/", "-F", f"labels={json.dumps(SET)}", *token)
    told.theos = {"before": before, "sent": sent}
    told.jtheta = said_by(
        "jtheta",
        "tests.vendors.across.by_jtheta",
        f"{site.url}/jtheta/api",
        site.key,
        name,
        str(number),
        folder=folder,
    )
    told.main = [one["attributes"] for one in main.every("/annotations")]


def test_what_segments_client_drew_datagym_s_takes_away(told: Told) -> None:
    classes, *items = told.datagym
    labels = {one["external_media_ID"]: one.get("labels", {}) for one in items}

    assert {one["class_name"] for one in classes["label_classes"]} >= {"car", "road"}
    assert sorted(labels) == ["empty.png", "left.png", "right.png"]
    assert [one["rectangle"] for one in labels["right.png"]["car"]] == [[BOX]]
    assert [one["polygon"] for one in labels["left.png"]["road"]] == [ROAD]
    assert not any(labels["empty.png"].values())


def test_theos_sees_the_boxes_and_draws_on(told: Told) -> None:
    boxes = [one["labels"] for one in told.theos["before"]]

    assert told.theos["sent"].status == 200, told.theos["sent"]
    drawn = {"class_id": 0, "x": 6, "y": 4, "width": 30, "height": 20}
    assert sum(drawn in one for one in boxes) == 2


def test_segments_client_reads_what_theos_line_drew(told: Told) -> None:
    assert told.segments["status"] == "LABELED"
    [box] = told.segments["annotations"]
    assert (box["category_id"], box["type"], box["points"]) == (0, "bbox", [[1, 2], [4, 6]])


def test_jtheta_s_client_downloads_all_of_it(told: Told) -> None:
    assert told.jtheta["status"]["completed"] + told.jtheta["status"]["in_review"] == 4
    boxes = [
        [one[side] for side in ("x", "y", "width", "height")]
        for image in told.jtheta["file"]["images"]
        for one in image["annotations"]
        if "width" in one
    ]
    assert sorted(boxes) == [[1, 2, 3, 4], [6, 4, 30, 20], [6, 4, 30, 20]]


def test_the_main_api_has_each_mark_once(told: Told) -> None:
    shapes = sorted(one["dimensions"]["type"] for one in told.main)

    assert shapes == ["box", "box", "box", "polygon"]
    assert {one["annotation"]["label"] for one in told.main} == {"car", "road"}
