"""Releases: written by jobs, got without a key, and never changed by what comes after them."""

import json
from typing import Any

import pytest

from tests.app.vendors.segments.client import BOX, BOXES, Client, ids_in, mask, picture
from tests.lab import Lab


def written(owner: Client, at: str, name: str = "v1.0") -> Any:
    """The document of a new release, once it is written."""
    begun = owner.post(f"{at}/releases/", {"name": name, "description": "The first."})
    assert (begun.status, begun.value["status"], begun.value["attributes"]) == (201, "PENDING", {}), begun
    return loaded(owner, at, name)


def loaded(owner: Client, at: str, name: str) -> Any:
    told = owner.until(f"{at}/releases/{name}/", "SUCCEEDED")
    got = owner.http.get(told["attributes"]["url"])
    assert (got.status_code, got.headers["content-type"]) == (200, "application/json")
    return json.loads(got.text)


def label(owner: Client, uuid: str, attributes: Any, status: str = "LABELED") -> None:
    told = owner.put(f"/labels/{uuid}/ground-truth/", {"attributes": attributes, "label_status": status})
    assert told.status in (200, 201), told


def test_a_release_holds_what_the_sdk_reads(owner: Client, at: str) -> None:
    one, _ = owner.sample(at, "one.png", metadata={"city": "lund"}), owner.sample(at, "two.png")
    label(owner, one, BOXES, "REVIEWED")

    document = written(owner, at)

    dataset = document["dataset"]
    assert (document["name"], document["description"]) == ("v1.0", "The first.")
    assert (dataset["name"], dataset["owner"], dataset["task_type"]) == ("cats", owner.name, "vector")
    assert [one["name"] for one in dataset["task_attributes"]["categories"]] == ["cat", "dog"]
    assert [one["name"] for one in dataset["labelsets"]] == ["ground-truth"]
    first, second = dataset["samples"]
    assert (first["uuid"], first["name"], first["metadata"]) == (one, "one.png", {"city": "lund"})
    assert first["attributes"] == {"image": {"url": "https://example.org/one.png"}}
    told = first["labels"]["ground-truth"]
    assert (told["label_status"], told["attributes"]) == ("REVIEWED", BOXES)
    assert second["labels"] == {"ground-truth": None}


def test_a_release_is_told_in_lists_and_counted(owner: Client, at: str) -> None:
    owner.sample(at)
    written(owner, at, "a")
    written(owner, at, "b")

    listed = owner.get(f"{at}/releases/").value

    assert [(one["name"], one["status"], one["samples_count"]) for one in listed] == [
        ("a", "SUCCEEDED", 1),
        ("b", "SUCCEEDED", 1),
    ]
    assert listed[0] == owner.get(f"{at}/releases/a/").value


def test_pictures_and_bitmaps_are_got_as_they_were(owner: Client) -> None:
    at = owner.dataset("masks", task_type="segmentation-bitmap")
    uuid = owner.sample(at, "a.png", attributes={"image": {"url": owner.asset(picture(), "a.png")}})
    url = owner.asset(mask((1, 0, 0, 10, 10), (70_000, 20, 0, 5, 5)), "label.png")
    annotations = [{"id": id, "category_id": 1} for id in (1, 70_000)]
    label(owner, uuid, {"annotations": annotations, "segmentation_bitmap": {"url": url}})

    [sample] = written(owner, at)["dataset"]["samples"]

    shown = sample["labels"]["ground-truth"]["attributes"]["segmentation_bitmap"]["url"]
    image = sample["attributes"]["image"]["url"]
    assert image.endswith(".png")
    assert image.startswith("http://testserver/segments/files/")
    assert owner.http.get(image).content == picture()
    assert ids_in(owner.http.get(shown).content) == {0: 600 - 125, 1: 100, 70_000: 25}


def test_bitmaps_of_what_others_marked_are_drawn_and_stay(owner: Client, lab: Lab) -> None:
    at = owner.dataset("masks", task_type="segmentation-bitmap")
    uuid = owner.sample(at, "a.png", attributes={"image": {"url": owner.asset(picture(), "a.png")}})
    owner.put(f"/labels/{uuid}/ground-truth/", {"label_status": "LABELING_IN_PROGRESS"})
    box = {"type": "box", "x": 2, "y": 3, "width": 4, "height": 5}
    mark = lab.new_annotation(uuid, dimensions=box, annotation={"label": "dog"})
    [sample] = written(owner, at)["dataset"]["samples"]
    told = sample["labels"]["ground-truth"]["attributes"]

    lab.owner.delete(f"/annotations/{mark}")

    [one] = told["annotations"]
    drawn = owner.http.get(told["segmentation_bitmap"]["url"])
    assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/png")
    assert ids_in(drawn.content) == {0: 580, one["id"]: 20}


def test_later_changes_are_not_in_it(owner: Client, at: str) -> None:
    uuid = owner.sample(at, "one.png")
    label(owner, uuid, BOXES)
    before = written(owner, at)

    label(owner, uuid, {"format_version": "0.1", "annotations": [BOX | {"category_id": 2}]}, "REVIEWED")
    owner.patch(f"/samples/{uuid}/", {"name": "renamed", "metadata": {"new": 1}})
    owner.sample(at, "later.png")

    assert loaded(owner, at, "v1.0") == before


def test_a_release_of_the_main_api_is_given_a_file_when_it_is_asked_for(
    owner: Client, lab: Lab, at: str
) -> None:
    uuid = owner.sample(at, "one.png")
    label(owner, uuid, BOXES)
    [dataset] = lab.owner.get("/datasets").ids
    release = lab.owner.create("releases", {"dataset": ("datasets", dataset)}, name="theirs").id
    while lab.owner.get(f"/releases/{release}").attributes["status"] != "succeeded":
        pass

    document = loaded(owner, at, "theirs")

    assert [one["name"] for one in document["dataset"]["samples"]] == ["one.png"]
    assert [one["attributes"]["format"] for one in lab.owner.get("/exports").data] == ["segments"]


def test_a_model_s_release_has_its_own_labels(owner: Client, lab: Lab, at: str) -> None:
    uuid = owner.sample(at, "one.png")
    owner.post(f"{at}/labelsets/", {"name": "model"})
    owner.put(f"/labels/{uuid}/model/", {"attributes": BOXES, "score": 0.5})
    [dataset] = lab.owner.get("/datasets").ids

    lab.owner.create("releases", {"dataset": ("datasets", dataset)}, name="m", label_set="model")
    document = loaded(owner, at, "m")

    assert [one["name"] for one in document["dataset"]["labelsets"]] == ["model"]
    assert document["dataset"]["samples"][0]["labels"]["model"]["attributes"] == BOXES


def test_a_deleted_release_has_no_file(owner: Client, at: str) -> None:
    owner.sample(at)
    written(owner, at)
    url = owner.get(f"{at}/releases/v1.0/").value["attributes"]["url"]

    gone = owner.delete(f"{at}/releases/v1.0/")

    assert gone.status == 204
    assert owner.http.get(url).status_code == 404
    assert owner.get(f"{at}/releases/v1.0/").status == owner.delete(f"{at}/releases/v1.0/").status == 404


def test_addresses_of_a_release_are_revoked_and_told_anew(owner: Client, lab: Lab, at: str) -> None:
    owner.sample(at)
    written(owner, at)
    before = owner.get(f"{at}/releases/v1.0/").value["attributes"]["url"]
    [dataset] = lab.owner.get("/datasets").ids

    lab.owner.post(f"/datasets/{dataset}/revoke_addresses")

    after = owner.get(f"{at}/releases/v1.0/").value["attributes"]["url"]
    assert owner.http.get(before).status_code == 404
    assert owner.http.get(after).status_code == 200


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": "a/b"}, {"name": 7}, {"name": "x" * 256}])
def test_what_no_release_can_be_called_is_refused(owner: Client, at: str, body: Any) -> None:
    assert owner.post(f"{at}/releases/", body).status == 400
    assert owner.get(f"{at}/releases/").value == []


def test_a_name_is_taken_once(owner: Client, at: str) -> None:
    owner.post(f"{at}/releases/", {"name": "v1"})

    again = owner.post(f"{at}/releases/", {"name": "v1"})

    assert (again.status, "already exists" in again.text) == (409, True)
