"""Labels: what is sent comes back, the entry goes its workflow's way, and every other face reads it."""

import json
from typing import Any

import pytest

from tests.app.vendors.segments.client import BOX, BOXES, HEIGHT, WIDTH, Client, ids_in, mask, picture
from tests.lab import Lab

SEGMENTS = {"task_type": "segmentation-bitmap"}
IDS = [(1, 0, 0, 10, 10), (2, 5, 5, 10, 10), (70_000, 20, 0, 10, 20)]


def of_masks(url: str, *ids: int) -> dict[str, Any]:
    return {
        "format_version": "0.1",
        "annotations": [{"id": id, "category_id": 1} for id in ids],
        "segmentation_bitmap": {"url": url},
    }


def test_a_label_of_the_seed_is_set_and_read(owner: Client, at: str) -> None:
    uuid = owner.sample(at)
    body = {"attributes": BOXES, "label_status": "PRELABELED", "score": 0.9254}

    first = owner.put(f"/labels/{uuid}/ground-truth", body)
    again = owner.put(f"/labels/{uuid}/ground-truth", body)
    shown = owner.get(f"/labels/{uuid}/ground-truth")

    assert (first.status, again.status, shown.status) == (201, 200, 200)
    assert {name: shown.value[name] for name in body} == body
    assert (shown.value["label_type"], shown.value["labelset"]) == ("vector", "ground-truth")
    assert (shown.value["created_by"], shown.value["sample_uuid"]) == (owner.name, uuid)


def test_boxes_are_annotations_to_the_main_api(owner: Client, lab: Lab, at: str) -> None:
    uuid = owner.sample(at)

    owner.put(f"/labels/{uuid}/ground-truth/", {"attributes": BOXES, "label_status": "LABELED"})

    [mark] = lab.owner.get(f"/annotations?filter[entry_id]={uuid}").data
    box = {"type": "box", "x": 1.0, "y": 2.0, "width": 9.0, "height": 10.0}
    assert mark["attributes"]["dimensions"] == box
    assert mark["attributes"]["annotation"] == {"label": "cat"}


def test_annotations_of_the_main_api_are_a_label(owner: Client, lab: Lab, at: str) -> None:
    uuid = owner.sample(at)
    owner.put(f"/labels/{uuid}/ground-truth/", {"label_status": "LABELING_IN_PROGRESS"})
    polygon = {"type": "polygon", "points": [[0, 0], [5, 0], [5, 5]]}

    lab.new_annotation(uuid, dimensions=polygon, annotation={"label": "dog"})

    label = owner.get(f"/labels/{uuid}/ground-truth/").value
    [mark] = label["attributes"]["annotations"]
    assert (mark["type"], mark["points"], mark["category_id"]) == ("polygon", [[0, 0], [5, 0], [5, 5]], 2)
    assert label["label_status"] == "LABELING_IN_PROGRESS"


@pytest.mark.parametrize(
    ("status", "ours"),
    [
        ("PRELABELED", ("ready", "prelabeled")),
        ("LABELING_IN_PROGRESS", ("in_progress", None)),
        ("LABELED", ("in_progress", "labeled")),
        ("REVIEWING_IN_PROGRESS", ("in_progress", "labeled")),
        ("REVIEWED", ("completed", "reviewed")),
        ("REJECTED", ("in_progress", "rejected")),
        ("SKIPPED", ("completed", "skipped")),
        ("VERIFIED", ("completed", "verified")),
    ],
)
def test_every_status_leads_the_entry_to_where_it_says(
    owner: Client, lab: Lab, at: str, status: str, ours: tuple[str, str | None]
) -> None:
    uuid = owner.sample(at)

    told = owner.put(f"/labels/{uuid}/ground-truth/", {"attributes": BOXES, "label_status": status})

    assert told.status == 201, told
    assert told.value["label_status"] == status
    entry = lab.owner.get(f"/entries/{uuid}").attributes
    assert (entry["status"], entry["label_status"]) == ours


def test_a_label_goes_all_ways_and_back(owner: Client, at: str) -> None:
    uuid = owner.sample(at)
    path = f"/labels/{uuid}/ground-truth/"
    owner.put(path, {"attributes": BOXES, "label_status": "LABELED"})

    for status in ("REJECTED", "LABELED", "REVIEWED", "LABELED", "SKIPPED", "LABELED", "VERIFIED"):
        changed = owner.patch(path, {"label_status": status})
        assert (changed.status, changed.value["label_status"]) == (200, status), changed
        assert changed.value["attributes"] == BOXES


def test_reviews_are_told_with_who_made_them(owner: Client, at: str) -> None:
    uuid = owner.sample(at)

    told = owner.put(f"/labels/{uuid}/ground-truth/", {"attributes": BOXES, "label_status": "REVIEWED"})

    assert told.value["reviewed_by"] == owner.name
    assert told.value["reviewed_at"] == told.value["updated_at"]


def test_a_change_keeps_what_it_does_not_say(owner: Client, at: str) -> None:
    uuid = owner.sample(at)
    path = f"/labels/{uuid}/ground-truth/"
    owner.put(path, {"attributes": BOXES, "label_status": "LABELED", "score": 0.5})
    other = {"format_version": "0.1", "annotations": [BOX | {"category_id": 2}]}

    changed = owner.patch(path, {"attributes": other})

    assert (changed.value["attributes"], changed.value["score"]) == (other, 0.5)
    assert (changed.value["label_status"], changed.value["updated_by"]) == ("LABELED", owner.name)


def test_a_deleted_label_is_not_found_and_can_be_set_anew(owner: Client, lab: Lab, at: str) -> None:
    uuid = owner.sample(at)
    path = f"/labels/{uuid}/ground-truth/"
    owner.put(path, {"attributes": BOXES, "label_status": "REVIEWED"})

    gone = owner.delete(path)

    assert (gone.status, gone.text) == (204, "")
    assert [owner.get(path).status, owner.delete(path).status, owner.patch(path, {}).status] == [404] * 3
    assert lab.owner.get(f"/annotations?filter[entry_id]={uuid}").data == []
    assert owner.put(path, {"attributes": BOXES}).status == 201


def test_an_unlabelled_sample_has_no_label(owner: Client, at: str) -> None:
    uuid = owner.sample(at)

    answers = [owner.get(f"/labels/{uuid}/{name}/") for name in ("ground-truth", "absent")]

    assert [one.status for one in answers] == [404, 404]
    assert all("not found" in one.text.lower() for one in answers)


# ---- masks


@pytest.fixture
def masked(owner: Client) -> tuple[str, str]:
    """A sample of a dataset of masks, and the address of its picture of ids."""
    image = {"image": {"url": owner.asset(picture())}}
    uuid = owner.sample(owner.dataset("masks", **SEGMENTS), attributes=image)
    url = owner.asset(mask(*IDS), "label.png")
    told = owner.put(
        f"/labels/{uuid}/ground-truth/",
        {"attributes": of_masks(url, 1, 2, 70_000), "label_status": "LABELED"},
    )
    assert told.status == 201, told
    return uuid, url


def test_masks_come_back_equal_and_are_annotations(owner: Client, lab: Lab, masked: Any) -> None:
    uuid, url = masked

    label = owner.get(f"/labels/{uuid}/ground-truth/").value

    assert label["attributes"] == of_masks(url, 1, 2, 70_000)
    assert ids_in(owner.http.get(url).content) == {0: 600 - 75 - 100 - 200, 1: 75, 2: 100, 70_000: 200}
    told = lab.owner.get(f"/annotations?filter[entry_id]={uuid}").data
    marks = [one["attributes"]["dimensions"] for one in told]
    assert [(one["type"], one["size"], one["instance"]) for one in marks] == [
        ("mask", [HEIGHT, WIDTH], id) for id in (1, 2, 70_000)
    ]


def test_masks_that_somebody_changed_are_drawn_anew(owner: Client, lab: Lab, masked: Any) -> None:
    uuid, url = masked
    first = lab.owner.get(f"/annotations?filter[entry_id]={uuid}").ids[0]
    lab.owner.delete(f"/annotations/{first}")

    label = owner.get(f"/labels/{uuid}/ground-truth/").value

    drawn = label["attributes"]["segmentation_bitmap"]["url"]
    assert [one["id"] for one in label["attributes"]["annotations"]] == [2, 70_000]
    assert drawn != url
    assert drawn.endswith(".png")
    assert ids_in(owner.http.get(drawn).content) == {0: 600 - 100 - 200, 2: 100, 70_000: 200}


def test_a_mask_of_the_main_api_is_drawn(owner: Client, lab: Lab) -> None:
    image = {"image": {"url": owner.asset(picture())}}
    uuid = owner.sample(owner.dataset("masks", **SEGMENTS), attributes=image)
    owner.put(f"/labels/{uuid}/ground-truth/", {"label_status": "LABELING_IN_PROGRESS"})
    box = {"type": "box", "x": 2, "y": 3, "width": 4, "height": 5}
    lab.new_annotation(uuid, dimensions=box, annotation={"label": "dog"})

    attributes = owner.get(f"/labels/{uuid}/ground-truth/").value["attributes"]

    [mark] = attributes["annotations"]
    drawn = owner.http.get(attributes["segmentation_bitmap"]["url"])
    assert mark["category_id"] == 2
    assert ids_in(drawn.content) == {0: 600 - 20, mark["id"]: 20}


def test_a_picture_of_ids_elsewhere_is_kept_and_never_fetched(owner: Client) -> None:
    uuid = owner.sample(owner.dataset("masks", **SEGMENTS))
    attributes = of_masks("http://169.254.169.254/latest/label.png", 1)

    told = owner.put(f"/labels/{uuid}/ground-truth/", {"attributes": attributes})

    assert (told.status, told.value["attributes"]) == (201, attributes)


@pytest.mark.parametrize("content", [b"no picture", picture()[:60], b"\x89PNG\r\n\x1a\n" + b"\0" * 50])
def test_a_broken_picture_of_ids_is_no_mask(owner: Client, content: bytes) -> None:
    uuid = owner.sample(owner.dataset("masks", **SEGMENTS))
    asked = owner.post("/assets/", {"filename": "label.png"}).value
    owner.http.post(asked["presignedPostFields"]["url"], files={"file": content})

    told = owner.put(f"/labels/{uuid}/ground-truth/", {"attributes": of_masks(asked["url"], 1)})

    assert told.status == 201
    assert told.value["attributes"]["segmentation_bitmap"]["url"] == asked["url"]


# ---- what is refused


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"attributes": []}, "object"),
        ({"attributes": {"annotations": "x"}}, "annotations"),
        ({"attributes": {"annotations": [BOX | {"category_id": 77}]}}, "no category has the id 77"),
        ({"attributes": {"annotations": [BOX | {"type": "blob"}]}}, "type"),
        ({"attributes": {"annotations": [BOX | {"points": [[1, 2]]}]}}, "points"),
        ({"attributes": {"annotations": [BOX | {"id": "1"}]}}, "id"),
        ({"label_status": "DONE"}, "not a valid choice"),
        ({"label_status": ["LABELED"]}, "label_status"),
        ({"score": "high"}, "score"),
    ],
)
def test_what_is_no_label_is_refused_and_changes_nothing(
    owner: Client, at: str, body: Any, words: str
) -> None:
    uuid = owner.sample(at)

    refused = owner.put(f"/labels/{uuid}/ground-truth/", {"label_status": "LABELED"} | body)

    assert refused.status == 400
    assert words in refused.value["detail"]
    assert owner.get(f"/labels/{uuid}/ground-truth/").status == 404
    assert owner.get(f"{at}/").value["label_stats"] == {"UNLABELED": 1, "TOTAL": 1}


def test_a_body_that_is_too_large_or_too_deep_is_refused(owner: Client, at: str) -> None:
    uuid = owner.sample(at)
    deep = b'{"attributes":' + b"[" * 5000 + b"]" * 5000 + b"}"
    large = b'{"attributes": {"x": "' + b"x" * (17 << 20) + b'"}}'

    answers = [
        owner.http.request(
            "PUT",
            f"/labels/{uuid}/ground-truth/",
            content=raw,
            headers={"Authorization": f"APIKey {owner.person.key}", "Content-Type": "application/json"},
        ).status_code
        for raw in (deep, large)
    ]

    assert answers == [400, 413]


def test_a_labeler_labels_what_is_free_and_reviews_nothing(owner: Client, lab: Lab, at: str) -> None:
    jane = Client(lab.outsider)
    owner.post(f"{at}/collaborators/", {"user": jane.name, "role": "labeler"})
    uuid = owner.sample(at)

    labelled = jane.put(f"/labels/{uuid}/ground-truth/", {"attributes": BOXES, "label_status": "LABELED"})
    reviewed = jane.patch(f"/labels/{uuid}/ground-truth/", {"label_status": "REVIEWED"})

    assert (labelled.status, labelled.value["created_by"]) == (201, jane.name)
    assert reviewed.status == 403
    assert "do not have permission" in reviewed.text


def test_a_reviewer_rejects_and_the_labeler_has_it_again(owner: Client, lab: Lab, at: str) -> None:
    jane, joe = Client(lab.person()), Client(lab.person())
    owner.post(f"{at}/collaborators/", {"user": jane.name, "role": "labeler"})
    owner.post(f"{at}/collaborators/", {"user": joe.name, "role": "reviewer"})
    uuid = owner.sample(at)
    path = f"/labels/{uuid}/ground-truth/"
    jane.put(path, {"attributes": BOXES, "label_status": "LABELED"})

    rejected = joe.patch(path, {"label_status": "REJECTED"})

    assert (rejected.status, rejected.value["label_status"]) == (200, "REJECTED"), rejected
    assert lab.owner.get(f"/entries/{uuid}").attributes["assigned_to_id"] == jane.person.account
    assert jane.patch(path, {"label_status": "LABELED"}).status == 200


def test_a_text_is_marked_by_code_points(owner: Client, lab: Lab) -> None:
    plain = Client(lab.owner, source=None)
    at = owner.dataset("texts", task_type="text-named-entities")
    uuid = owner.sample(at, attributes={"text": "Jane lives in Paris"})
    marks = {"format_version": "0.1", "annotations": [{"start": 0, "end": 4, "category_id": 1}]}

    told = plain.put(f"/labels/{uuid}/ground-truth/", {"attributes": marks, "label_status": "LABELED"})

    assert (told.status, told.value["attributes"]) == (201, marks)
    [mark] = lab.owner.get(f"/annotations?filter[entry_id]={uuid}").data
    assert mark["attributes"]["dimensions"] == {"type": "text_span", "start": 0, "end": 4}
    assert json.loads(told.text)["label_type"] == "text-named-entities"
