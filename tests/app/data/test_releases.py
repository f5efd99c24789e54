"""Releases and exports: a moment that stays as it was, in every format."""

import io
import json
import zipfile
from typing import Any

import pytest

from app.operations import changes
from app.resources import files
from app.resources.assets import ASSETS
from app.work import SYSTEM, Work
from tests.app.data.doing import acted, annotations, begun, box, ended, entries, imported
from tests.lab import Lab


def released(lab: Lab, dataset: str | None = None, **attributes: Any) -> str:
    made = lab.owner.create("releases", dataset_id=dataset or lab.dataset, **({"name": "v1"} | attributes))
    assert made.status == 201, made
    ended(lab, made.attributes["job_id"])
    return made.id


def exported(lab: Lab, release: str, format: str = "postil", **attributes: Any) -> bytes:
    made = lab.owner.create("exports", release_id=release, format=format, **attributes)
    assert made.status == 201, made
    ended(lab, made.attributes["job_id"])
    export = lab.owner.get(f"/exports/{made.id}")
    assert export.attributes["status"] == "succeeded"
    answer = lab.house.client.get(export.data["meta"]["url"])
    assert answer.status_code == 200
    assert len(answer.content) == export.attributes["size"]
    return bytes(answer.content)


def lines(content: bytes) -> list[Any]:
    return [json.loads(line) for line in content.splitlines()]


@pytest.fixture
def filled(lab: Lab) -> Lab:
    """A laboratory with three items, each with a box."""
    marks = [{"dimensions": box(), "annotation": {"label": "vessel"}}]
    items = [
        {
            "url": f"https://x.example.org/{n}.jpg",
            "external_id": str(n),
            "split": split,
            "width": 640,
            "height": 480,
            "annotations": marks,
        }
        for n, split in enumerate(("train", "train", "test"))
    ]
    imported(lab, items=items)
    return lab


def test_a_release_counts_what_is_in_it(filled: Lab) -> None:
    shown = filled.owner.get(f"/releases/{released(filled)}").attributes

    assert (shown["status"], shown["entries_count"], shown["annotations_count"]) == ("succeeded", 3, 3)


def test_a_release_stays_as_it_was(filled: Lab) -> None:
    release = released(filled)
    entry = filled.owner.get(f"/entries?filter[external_id]=0&filter[dataset_id]={filled.dataset}").ids[0]
    mark = annotations(filled, entry)[0]["id"]
    before = exported(filled, release, "postil")
    filled.owner.update("annotations", mark, dimensions=box(99))
    filled.owner.delete(f"/entries/{filled.owner.get('/entries?filter[external_id]=1').ids[0]}")
    filled.new_entry(external_id="new")

    assert exported(filled, release, "postil") == before
    assert len(lines(exported(filled, released(filled, name="v2")))) == len(lines(before))


def test_the_same_data_has_the_same_checksum_and_other_data_another(filled: Lab) -> None:
    one, other = (filled.owner.get(f"/releases/{released(filled, name=name)}").attributes for name in "ab")
    filled.new_entry()
    third = filled.owner.get(f"/releases/{released(filled, name='c')}").attributes

    assert one["checksum"] == other["checksum"] != third["checksum"]


def test_a_release_holds_what_its_filter_says(filled: Lab) -> None:
    release = released(filled, filter={"split": ["test"]})

    assert filled.owner.get(f"/releases/{release}").attributes["entries_count"] == 1


@pytest.mark.parametrize(
    "format",
    ["coco_instances", "coco_panoptic", "coco_keypoints", "yolo_detect", "yolo_segment", "voc", "masks_png"],
)
def test_every_format_is_written(filled: Lab, format: str) -> None:
    content = exported(filled, released(filled), format)

    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None


def test_an_export_is_read_back_as_it_was(filled: Lab) -> None:
    content = exported(filled, released(filled), "coco_instances")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if name.endswith(".json")]
        found = [json.loads(archive.read(name)) for name in names]

    boxes = [one["bbox"] for document in found for one in document["annotations"]]
    assert boxes == [[1, 2, 30, 40]] * 3


def test_a_name_is_taken_once_in_a_dataset(filled: Lab) -> None:
    released(filled)

    refused = filled.owner.create("releases", dataset_id=filled.dataset, name="v1")

    assert (refused.status, refused.code) == (409, "value_taken")


def test_a_release_can_be_of_a_models_layer(filled: Lab) -> None:
    marks = [{"dimensions": box(7), "annotation": {"label": "vessel"}}]
    imported(filled, items=[{"url": "x", "external_id": "0", "annotations": marks}], label_set="model")

    release = released(filled, label_set="model")

    shown = filled.owner.get(f"/releases/{release}").attributes
    assert (shown["entries_count"], shown["annotations_count"]) == (3, 1)


def test_releases_are_for_the_projects_owners(filled: Lab) -> None:
    release = released(filled)

    statuses = [who.get(f"/releases/{release}").status for who in (filled.project_owner, filled.annotator)]

    assert statuses == [200, 404]


def test_two_releases_are_compared(filled: Lab) -> None:
    first = released(filled)
    ids = {one["external_id"]: one["id"] for one in entries(filled)}
    filled.owner.update("annotations", annotations(filled, ids["0"])[0]["id"], dimensions=box(99))
    filled.owner.delete(f"/entries/{ids['1']}")
    new = filled.new_entry(external_id="new")
    second = released(filled, name="v2")

    job = ended(filled, begun(acted(filled, f"/releases/{second}/compare", with_id=first)))

    told = {name: job["result"][name] for name in ("added", "removed", "changed")}
    listed = lines(filled.owner.get(f"/files/{job['result']['content_hash']}").response.content)
    assert told == {"added": 1, "removed": 1, "changed": 1}
    assert {one["change"]: one["id"] for one in listed} == {
        "added": new,
        "removed": ids["1"],
        "changed": ids["0"],
    }


def test_what_went_out_comes_in_again(filled: Lab) -> None:
    """In Postil's own format nothing is lost: not an id of a class, a time, a split or an answer."""
    content = exported(filled, released(filled), "postil")
    asset = filled.house.database.write_now(SYSTEM, lambda work: kept(work, filled, content))
    other = filled.new_dataset()

    imported(filled, other, archive=asset, format="postil", keep_authorship=True)

    told = ("resource", "external_id", "split", "width", "height", "metadata", "priority", "created_at")
    before, after = (
        [{name: one[name] for name in told} for one in entries(filled, id)] for id in (None, other)
    )
    assert after == before
    one, same = (entries(filled, id)[0]["id"] for id in (None, other))
    shown = ("dimensions", "annotation", "metadata", "created_at")
    marks = [[{name: mark[name] for name in shown} for mark in annotations(filled, id)] for id in (one, same)]
    assert marks[0] == marks[1] != []


def kept(work: Work, lab: Lab, content: bytes) -> str:
    """The id of an asset of the lab's that holds CONTENT."""
    put = files.put(lab.house.database.sources, content)
    files.add(work, lab.organization, put)
    values = {"organization_id": lab.organization, "account_id": lab.owner.account, "name": "release.ndjson"}
    its = {"content_hash": put.hash, "media_type": put.media_type, "size": put.size}
    return str(changes.add(work, ASSETS, values | its).id)
