"""What stands beside samples and labels: label sets, issues, units of work, clones, assets, addresses."""

import time
from typing import Any

import pytest

from tests.app.vendors.segments.client import BOXES, Client, picture
from tests.lab import Lab

IMAGE = {"image": {"url": "https://example.org/one.png"}}


# ---- label sets


def test_a_label_set_is_made_and_labels_in_it_are_layers(owner: Client, lab: Lab, at: str) -> None:
    uuid = owner.sample(at)

    made = owner.post(f"{at}/labelsets/", {"name": "model", "description": "A model's.", "attributes": "{}"})
    told = owner.put(f"/labels/{uuid}/model/", {"attributes": BOXES, "score": 0.5})

    assert (made.status, made.value["description"]) == (201, "A model's.")
    assert [one["name"] for one in owner.get(f"{at}/labelsets/").value] == ["ground-truth", "model"]
    assert owner.get(f"{at}/labelsets/model").value == made.value
    assert (told.status, told.value["labelset"], told.value["score"]) == (201, "model", 0.5)
    [layer] = lab.owner.get("/layers?filter[label_set]=model").data
    assert (layer["attributes"]["entry_id"], layer["attributes"]["score"]) == (uuid, 0.5)
    assert owner.get(f"/labels/{uuid}/ground-truth/").status == 404


def test_a_label_set_goes_with_its_labels(owner: Client, at: str) -> None:
    uuid = owner.sample(at)
    owner.post(f"{at}/labelsets/", {"name": "model"})
    owner.put(f"/labels/{uuid}/model/", {"attributes": BOXES})

    gone = owner.delete(f"{at}/labelsets/model/")

    assert gone.status == 204
    assert owner.get(f"/labels/{uuid}/model/").status == 404
    assert owner.delete(f"{at}/labelsets/model/").status == 404


def test_a_label_in_a_set_is_deleted_alone(owner: Client, at: str) -> None:
    uuid = owner.sample(at)
    owner.post(f"{at}/labelsets/", {"name": "model"})
    owner.put(f"/labels/{uuid}/model/", {"attributes": BOXES})
    owner.put(f"/labels/{uuid}/ground-truth/", {"attributes": BOXES})

    gone = owner.delete(f"/labels/{uuid}/model/")

    assert gone.status == 204
    assert owner.get(f"/labels/{uuid}/model/").status == 404
    assert owner.get(f"/labels/{uuid}/ground-truth/").status == 200


def test_label_sets_that_cannot_be_are_refused(owner: Client, at: str) -> None:
    uuid = owner.sample(at)
    owner.post(f"{at}/labelsets/", {"name": "model"})

    again = owner.post(f"{at}/labelsets/", {"name": "model"})
    truth = owner.post(f"{at}/labelsets/", {"name": "ground-truth"})

    assert (again.status, truth.status) == (409, 409)
    assert "already exists" in again.text
    assert "already exists" in truth.text
    assert owner.post(f"{at}/labelsets/", {"name": "a/b"}).status == 400
    assert owner.put(f"/labels/{uuid}/absent/", {"attributes": BOXES}).status == 404
    assert owner.delete(f"{at}/labelsets/ground-truth/").status == 409


# ---- issues


def test_an_issue_is_a_note_feed(owner: Client, lab: Lab, at: str) -> None:
    uuid = owner.sample(at, "one.png")
    anchor = {"type": "location", "frame": 0, "location": {"type": "2d", "x": 3.5, "y": 4.0}}

    made = owner.post(
        f"/samples/{uuid}/issues/", {"description": "A cat?", "status": "OPEN", "anchor": anchor}
    )
    lab.owner.create("note_comments", {"note_feed": ("note_feeds", made.value["uuid"])}, content_md="Two.")
    [shown] = owner.get(f"{at}/issues/").value

    assert (made.status, made.value["anchor"], made.value["sample_name"]) == (201, anchor, "one.png")
    assert shown["comments"][0]["text"] == "Two."
    assert owner.get(f"/datasets/{uuid}/issues/").value == [shown]
    assert owner.get(f"/samples/{uuid}/issues/").value == [shown]
    [feed] = lab.owner.get(f"/note_feeds?filter[entry_id]={uuid}").data
    assert (feed["attributes"]["content_md"], feed["attributes"]["position"]["x"]) == ("A cat?", 3.5)


def test_an_issue_is_changed_closed_and_deleted(owner: Client, at: str) -> None:
    uuid = owner.sample(at)
    issue = owner.post(f"/samples/{uuid}/issues/", {"description": "A cat?"}).value["uuid"]

    closed = owner.patch(f"/issues/{issue}/", {"description": "A cat.", "status": "CLOSED"})
    opened = owner.patch(f"/issues/{issue}/", {"status": "OPEN"})
    gone = owner.delete(f"/issues/{issue}/")

    assert (closed.value["description"], closed.value["status"]) == ("A cat.", "CLOSED")
    assert opened.status == 409
    assert (gone.status, owner.delete(f"/issues/{issue}/").status) == (204, 404)
    assert owner.get(f"{at}/issues/").value == []


def test_a_feed_of_the_main_api_is_an_issue_with_its_place(owner: Client, lab: Lab, at: str) -> None:
    uuid = owner.sample(at)
    lab.new_feed(uuid, position={"x": 1, "y": 2})

    [issue] = owner.get(f"{at}/issues/").value

    assert issue["anchor"] == {"type": "location", "location": {"type": "2d", "x": 1, "y": 2}}


@pytest.mark.parametrize(
    "body",
    [
        {"description": "x" * 20_001},
        {"status": "LATER"},
        {"anchor": []},
        {"anchor": {"type": "nowhere"}},
        {"anchor": {"type": ["basic"]}},
        {"anchor": {"type": "track"}},
        {"anchor": {"type": "location", "location": {"type": "2d", "x": "1", "y": 2}}},
        {"anchor": {"type": "location", "location": {"type": {}}}},
        {"anchor": {"type": "basic", "frame": "1"}},
    ],
)
def test_what_is_no_issue_is_refused(owner: Client, at: str, body: Any) -> None:
    uuid = owner.sample(at)

    assert owner.post(f"/samples/{uuid}/issues/", {"description": "x"} | body).status == 400
    assert owner.get(f"{at}/issues/").value == []


# ---- units of work


def test_what_was_worked_is_told_with_who_and_for_how_long(owner: Client, lab: Lab, at: str) -> None:
    jane = Client(lab.outsider)
    owner.post(f"{at}/collaborators/", {"user": jane.name, "role": "labeler"})
    uuid = owner.sample(at, "one.png")
    path = f"/labels/{uuid}/ground-truth/"
    jane.put(path, {"label_status": "LABELING_IN_PROGRESS"})
    jane.patch(path, {"attributes": BOXES, "label_status": "LABELED"})
    owner.patch(path, {"label_status": "REJECTED"})
    owner.patch(path, {"label_status": "SKIPPED"})

    units = told_all(owner, f"{at}/workunits/?per_page=1000&page=1&sort=-created_at", 3)

    told = [(one["work_type"], one["created_by"], one["next_label_status"]) for one in units]
    assert told == [
        ("label", owner.name, "SKIPPED"),
        ("review", owner.name, "REJECTED"),
        ("label", jane.name, "LABELED"),
    ]
    assert units[2]["time"] > 0
    assert {one["sample_uuid"] for one in units} == {uuid}
    second = owner.get(f"{at}/workunits/?per_page=1&page=2&sort=created_at").value
    assert second == [units[1]]
    assert owner.get(f"{at}/workunits/?end=2001-01-01T00:00:00").value == []
    assert owner.get(f"{at}/workunits/?start=yesterday").status == 400
    assert owner.get(f"{at}/workunits/?page=9").status == 404


def told_all(owner: Client, path: str, count: int) -> Any:
    """The list at PATH once it has so many: on PostgreSQL what was done is told a moment later."""
    until = time.monotonic() + 30
    while len(found := owner.get(path).value) < count and time.monotonic() < until:
        time.sleep(0.05)
    return found


# ---- clones


def test_a_clone_has_the_samples_and_what_is_asked_for(owner: Client, at: str) -> None:
    frames = {"frames": [{"image": {"url": "https://example.org/1.png"}}]}
    uuid = owner.sample(at, "one", metadata={"n": 1}, priority=3, attributes=frames, readme="Look.")
    owner.put(f"/labels/{uuid}/ground-truth/", {"attributes": BOXES, "label_status": "REVIEWED"})

    plain = owner.post(f"{at}/clone/", {"name": "copy", "clone_labels": False}).value
    labelled = owner.post(
        f"{at}/clone/", {"clone_labels": True, "task_type": "bboxes", "public": True, "name": "again"}
    ).value

    [one] = owner.get(f"/datasets/{plain['full_name']}/samples/?labelset=ground-truth").value
    [two] = owner.get(
        f"/datasets/{labelled['full_name']}/samples/?labelset=ground-truth&include_full_label=1"
    ).value
    assert (plain["cloned_from"], plain["task_type"], plain["public"]) == (
        at.removeprefix("/datasets/"),
        "vector",
        False,
    )
    assert (labelled["task_type"], labelled["public"]) == ("bboxes", True)
    copied = ("name", "metadata", "priority", "attributes", "readme")
    was = owner.get(f"/samples/{uuid}/").value
    assert {name: one[name] for name in copied} == {name: was[name] for name in copied}
    assert (one["label"], two["label"]["label_status"]) == (None, "PRELABELED")
    assert two["label"]["attributes"]["annotations"] == BOXES["annotations"]


def test_a_clone_is_called_after_what_it_is_of_and_is_there_once(owner: Client, at: str) -> None:
    first, second = owner.post(f"{at}/clone/", {}), owner.post(f"{at}/clone/", {})

    assert (first.status, first.value["name"]) == (201, "cats-clone")
    assert (second.status, "already exists" in second.text) == (409, True)


# ---- assets and addresses


def test_an_upload_is_asked_for_with_the_eight_fields(owner: Client) -> None:
    asked = owner.post("/assets/", {"filename": "label.png"}).value

    assert set(asked["presignedPostFields"]["fields"]) == {
        *("acl", "Content-Type", "key", "policy"),
        *("x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"),
    }
    assert asked["url"].endswith("/label.png")
    assert owner.http.get(asked["url"]).status_code == 404


def test_an_asset_is_got_without_a_key_by_its_address_alone(owner: Client) -> None:
    url = owner.asset(picture(), "a b.png")

    got = owner.http.get(url)

    assert (got.status_code, got.headers["content-type"]) == (200, "image/png")
    assert got.content == picture()
    folder, token, name = url.rsplit("/", 2)
    for wrong in (f"{folder}/x{token[1:]}/{name}", f"{folder}/{token}", url.replace("/assets/", "/entries/")):
        assert owner.http.get(wrong).status_code == 404
    assert owner.http.get(f"{folder}/{token}/renamed.png").status_code == 200


def test_an_address_of_an_upload_is_good_once(owner: Client) -> None:
    form = owner.post("/assets/", {"filename": "a.png"}).value["presignedPostFields"]
    first = owner.http.post(form["url"], data=form["fields"], files={"file": picture()})

    second = owner.http.post(form["url"], data=form["fields"], files={"file": picture(1)})

    assert (first.status_code, second.status_code) == (204, 409)


def test_a_deleted_asset_has_no_address(owner: Client, lab: Lab) -> None:
    url = owner.asset(picture())
    [asset] = lab.owner.get("/assets").ids

    lab.owner.delete(f"/assets/{asset}")

    assert owner.http.get(url).status_code == 404


def test_addresses_of_a_dataset_are_revoked(owner: Client, lab: Lab) -> None:
    at = owner.dataset("masks", task_type="segmentation-bitmap")
    uuid = owner.sample(at)
    owner.put(f"/labels/{uuid}/ground-truth/", {"label_status": "LABELING_IN_PROGRESS"})
    lab.new_annotation(uuid, annotation={"label": "cat"})
    path = f"/labels/{uuid}/ground-truth/"
    before = owner.get(path).value["attributes"]["segmentation_bitmap"]["url"]
    was_there = owner.http.get(before).status_code
    [dataset] = lab.owner.get("/datasets").ids

    lab.owner.post(f"/datasets/{dataset}/revoke_addresses")

    after = owner.get(path).value["attributes"]["segmentation_bitmap"]["url"]
    assert (was_there, owner.http.get(before).status_code) == (200, 404)
    assert owner.http.get(after).status_code == 200


def test_what_lies_in_the_trash_has_no_address(owner: Client, lab: Lab) -> None:
    at = owner.dataset("masks", task_type="segmentation-bitmap")
    uuid = owner.sample(at)
    owner.put(f"/labels/{uuid}/ground-truth/", {"label_status": "LABELING_IN_PROGRESS"})
    lab.new_annotation(uuid, annotation={"label": "cat"})
    url = owner.get(f"/labels/{uuid}/ground-truth/").value["attributes"]["segmentation_bitmap"]["url"]

    owner.delete(f"{at}/")

    assert owner.http.get(url).status_code == 404


@pytest.mark.parametrize("name", ["", "../x.png", "a/b.png", "x" * 300, 7, None, "a\u202egnp.exe"])
def test_a_file_has_a_plain_name(owner: Client, name: Any) -> None:
    assert owner.post("/assets/", {"filename": name}).status == 400


def test_addresses_that_are_none_are_not_found(owner: Client) -> None:
    for path in (
        "assets/x/y/z",
        "layers/0190a1b2-0000-7000-8000-000000000001/t/a~~.png",
        "bitmaps/0190a1b2-0000-7000-8000-000000000001/t/a.png",
        "accounts/0190a1b2-0000-7000-8000-000000000001/t/a.png",
    ):
        assert owner.http.get(f"/segments/files/{path}").status_code == 404
