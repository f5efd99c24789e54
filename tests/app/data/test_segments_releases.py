"""Releases as Segments' clients load them: as they were, at addresses that need no key, and read again."""

import json
from typing import Any

from app.addresses import address_in
from app.formats.segments.bitmaps import masks_in, picture_of
from app.formats.segments.labels import Classes, Place, read
from app.released import item_of
from app.resources import releases
from app.work import SYSTEM
from tests.app.data.doing import annotations, entries, errors, imported
from tests.app.data.test_releases import exported, kept, released
from tests.app.formats.segments.labels import CONFIGURATION, VECTOR
from tests.lab import Lab

CLASSES = Classes(CONFIGURATION)


def dataset_of(lab: Lab, task_type: str) -> str:
    """A dataset as Segments' face makes it."""
    made = lab.owner.create(
        "datasets",
        project_id=lab.project,
        name=f"cats-{task_type}",
        labeling_configuration=CONFIGURATION,
        vendor={"segments": {"task_type": task_type}},
    )
    assert made.status == 201, made
    return made.id


def labelled(lab: Lab, dataset: str, label: Any, task_type: str, status: str, **attributes: Any) -> str:
    """An entry with LABEL, said as Segments' face says it."""
    entry = lab.new_entry(dataset_id=dataset, **attributes)
    found = read(label, task_type, CLASSES, size=(4, 5))
    vendor = {"segments": {"label": found.vendor}}
    said(lab, entry, annotations=found.annotations, vendor=vendor, status=status, score=0.5)
    return entry


def said(lab: Lab, entry: str, **attributes: Any) -> None:
    answer = lab.owner.post(f"/entries/{entry}/label", {"data": {"attributes": attributes}})
    assert answer.status == 200, answer


def test_a_label_is_in_the_release_as_it_was_sent(lab: Lab) -> None:
    dataset = dataset_of(lab, "vector")
    labelled(lab, dataset, VECTOR, "vector", "labeled", external_id="a.png", metadata={"city": "London"})
    lab.new_entry(dataset_id=dataset, external_id="b.png")

    release = json.loads(exported(lab, released(lab, dataset), "segments"))

    assert (release["name"], release["dataset"]["task_type"]) == ("v1", "vector")
    assert release["dataset"]["owner"]
    first, second = release["dataset"]["samples"]
    assert (first["name"], first["metadata"]) == ("a.png", {"city": "London"})
    assert first["labels"] == {
        "ground-truth": {"label_status": "LABELED", "attributes": VECTOR, "score": 0.5}
    }
    assert second["labels"] == {"ground-truth": None}


def test_later_changes_are_not_in_it(lab: Lab) -> None:
    dataset = dataset_of(lab, "vector")
    entry = labelled(lab, dataset, VECTOR, "vector", "prelabeled", external_id="a.png", media={"x": [1]})
    release = released(lab, dataset)
    before = exported(lab, release, "segments")

    lab.owner.delete(f"/annotations/{annotations(lab, entry)[0]['id']}")
    lab.owner.update("entries", entry, media={"x": [2]})
    lab.owner.update("layers", entry, vendor={})

    assert exported(lab, release, "segments") == before


def test_other_label_sets_have_releases_of_their_own(lab: Lab) -> None:
    dataset = dataset_of(lab, "vector")
    entry = labelled(lab, dataset, VECTOR, "vector", "prelabeled", external_id="a.png")
    found = read({"annotations": VECTOR["annotations"][:1]}, "vector", CLASSES)
    vendor = {"segments": {"label": found.vendor}}
    said(lab, entry, label_set="model", annotations=found.annotations, vendor=vendor)

    release = json.loads(exported(lab, released(lab, dataset, label_set="model"), "segments"))

    (sample,) = release["dataset"]["samples"]
    assert release["dataset"]["labelsets"] == [{"name": "model", "description": ""}]
    assert sample["labels"]["model"]["attributes"] == {"annotations": VECTOR["annotations"][:1]}


def test_pictures_of_ids_are_drawn_as_they_were_at_the_release(lab: Lab) -> None:
    dataset = dataset_of(lab, "segmentation-bitmap")
    entry = lab.new_entry(dataset_id=dataset, external_id="a.png", width=5, height=4)
    mask = {"type": "mask", "size": [4, 5], "counts": [3, 2, 15], "instance": 7}
    mark = {"dimensions": mask, "annotation": {"label": "car"}}
    said(lab, entry, annotations=[mark], status="labeled")
    release = released(lab, dataset)
    (sample,) = json.loads(exported(lab, release, "segments"))["dataset"]["samples"]
    lab.owner.delete(f"/annotations/{annotations(lab, entry)[0]['id']}")

    def job(work: Any) -> list[str]:
        return [hash for _, hash, _ in releases.parts_of(work, release)]

    database = lab.house.database
    parts = database.read_now(SYSTEM, job)
    item = item_of(database.sources.blobs, parts, entry)

    label = sample["labels"]["ground-truth"]
    address = address_in("http://x" + label["attributes"]["segmentation_bitmap"]["url"], "http://x")
    assert address
    database.sources.addresses.check(address, 1)
    assert (address.kind, address.name) == ("bitmaps", f"{entry}~~.png")
    assert label["attributes"]["annotations"] == [{"id": 7, "category_id": 1}]
    assert item
    marks = [{"dimensions": one.dimensions, "annotation": one.annotation} for one in item.marks]
    png = picture_of(marks, None, "segmentation-bitmap", CLASSES, Place(), (4, 5))
    assert [(one.instance, one.counts) for one in masks_in(png)] == [(7, (3, 2, 15))]
    assert item_of(database.sources.blobs, parts, "nobody") is None


def test_own_addresses_in_it_are_told_anew(lab: Lab) -> None:
    dataset = dataset_of(lab, "vector")
    addresses = lab.house.database.sources.addresses
    old = "https://old.example.org/segments/" + addresses.path("assets", "0190", 1, "a.png")
    forged = "https://old.example.org/segments/files/assets/0190/forged/a.png"
    lab.new_entry(dataset_id=dataset, resource=old, media={"image": {"url": old}, "other": {"url": forged}})
    lab.new_entry(dataset_id=dataset, resource=old)

    samples = json.loads(exported(lab, released(lab, dataset), "segments"))["dataset"]["samples"]

    path = old.removeprefix("https://old.example.org")
    assert [one["attributes"] for one in samples] == [
        {"image": {"url": path}, "other": {"url": forged}},
        {"image": {"url": path}},
    ]


def test_a_release_comes_in_again(lab: Lab) -> None:
    dataset = dataset_of(lab, "vector")
    media = {"image": {"url": "https://x.example.org/a.png"}, "more": 1}
    labelled(lab, dataset, VECTOR, "vector", "labeled", external_id="a.png", media=media)
    content = exported(lab, released(lab, dataset), "segments")
    asset = lab.house.database.write_now(SYSTEM, lambda work: kept(work, lab, content))
    other = lab.owner.create(
        "datasets", project_id=lab.project, name="again", labeling_configuration=CONFIGURATION
    ).id

    imported(lab, other, archive=asset, format="segments")

    (entry,) = entries(lab, other)
    assert (entry["external_id"], entry["media"], entry["label_status"]) == ("a.png", media, "labeled")
    assert len(annotations(lab, entry["id"])) == 6
    lab.owner.update("datasets", other, vendor={"segments": {"task_type": "vector"}})
    (sample,) = json.loads(exported(lab, released(lab, other), "segments"))["dataset"]["samples"]
    assert sample["labels"]["ground-truth"]["attributes"] == VECTOR


def test_what_is_wrong_behind_the_last_item_is_told_too(lab: Lab) -> None:
    content = b'{"dataset": {"samples": [{"name": "a.png"}, {"name": 7}]}}'
    asset = lab.house.database.write_now(SYSTEM, lambda work: kept(work, lab, content))

    _, job = imported(lab, archive=asset, format="segments")

    assert [one["external_id"] for one in entries(lab)] == ["a.png"]
    assert errors(lab, job) == [("sample 1", "item_invalid")]
