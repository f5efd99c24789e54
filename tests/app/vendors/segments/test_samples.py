"""Samples: made, listed by all that one may ask for, changed, assigned and deleted."""

import gzip
import json
from typing import Any

import pytest

from tests.app.vendors.segments.client import BOXES, HEIGHT, WIDTH, Client, picture
from tests.lab import Lab

IMAGE = {"image": {"url": "https://example.org/flowers.png"}}


def test_a_sample_of_the_seed_is_made_and_told(owner: Client, at: str) -> None:
    body = {
        "name": "flowers.png",
        "attributes": IMAGE,
        "metadata": {"city": "London", "weather": "cloudy", "robot_id": 3},
        "priority": 10,
    }

    made = owner.post(f"{at}/samples", body)

    assert made.status == 201
    assert {name: made.value[name] for name in body} == body
    assert made.value["created_by"] == owner.name
    assert (made.value["readme"], made.value["label"]) == ("", None)
    assert owner.get(f"/samples/{made.value['uuid']}").value == made.value
    assert made.value["dataset_full_name"] == made.value["dataset"] == at.removeprefix("/datasets/")


def test_what_is_sent_compressed_is_read(owner: Client, at: str) -> None:
    raw = gzip.compress(json.dumps({"name": "a", "attributes": IMAGE}).encode())

    made = owner.post(f"{at}/samples/", raw=raw, headers={"Content-Encoding": "gzip"})

    assert (made.status, made.value["name"]) == (201, "a")


def test_an_asset_is_the_picture_of_the_entry(owner: Client, lab: Lab, at: str) -> None:
    url = owner.asset(picture(), "one.png")

    uuid = owner.sample(at, "one", attributes={"image": {"url": url}})

    entry = lab.owner.get(f"/entries/{uuid}").attributes
    assert (entry["width"], entry["height"], entry["media_type"]) == (WIDTH, HEIGHT, "image/png")
    assert entry["external_id"] == "one"
    assert lab.owner.get(f"/files/{entry['content_hash']}").response.content == picture()
    assert owner.get(f"/samples/{uuid}/").value["attributes"] == {"image": {"url": url}}


def test_an_entry_of_the_main_api_is_told_with_an_address_that_ends_in_its_suffix(
    owner: Client, lab: Lab, at: str
) -> None:
    [dataset] = lab.owner.get("/datasets").ids
    made = lab.owner.post(
        "/assets", raw=picture(), headers={"Content-Type": "image/png", "X-Filename": "eye"}
    )
    lab.owner.post(f"/datasets/{dataset}/imports", {"data": {"attributes": {"assets": [made.id]}}})
    until = _until(lambda: owner.get(f"{at}/samples/").value)

    [sample] = until

    url = sample["attributes"]["image"]["url"]
    assert url.endswith(".png")
    assert owner.http.get(url).content == picture()


def _until(run: Any) -> Any:
    import time

    until = time.monotonic() + 30
    while not (found := run()):
        assert time.monotonic() < until
        time.sleep(0.05)
    return found


@pytest.mark.parametrize(
    "attributes",
    [
        {"image": {"url": "url"}},
        {"image": {"url": ""}},
        {"text": "Jane lives in Paris"},
        {"frames": [{"image": {"url": "https://example.org/1.png"}, "name": "1"}]},
        {"pcd": {"url": "https://example.org/1.pcd", "type": "pcd"}, "images": [], "default_z": 0.5},
        {
            "sensors": [
                {"name": "Lidar", "task_type": "pointcloud-cuboid-sequence", "attributes": {"frames": []}}
            ]
        },
    ],
)
def test_whatever_a_sample_is_made_of_comes_back(owner: Client, at: str, attributes: Any) -> None:
    uuid = owner.sample(at, attributes=attributes)

    assert owner.get(f"/samples/{uuid}/").value["attributes"] == attributes


def test_a_name_is_taken_once(owner: Client, at: str) -> None:
    owner.sample(at, "a")

    again = owner.post(f"{at}/samples/", {"name": "a", "attributes": IMAGE})
    other = owner.sample(at, "b")
    renamed = owner.patch(f"/samples/{other}/", {"name": "a"})

    assert (again.status, renamed.status) == (409, 409)
    assert "already exists" in again.text
    assert "already exists" in renamed.text


def test_many_are_added_and_those_that_were_there_are_told_as_they_are(owner: Client, at: str) -> None:
    there = owner.sample(at, "b", metadata={"was": "there"})
    names = ["a", "b", "c", "a"]

    made = owner.post(f"{at}/samples_bulk/", [{"name": name, "attributes": IMAGE} for name in names])

    assert made.status == 201
    assert [one["name"] for one in made.value] == names
    assert (made.value[1]["uuid"], made.value[1]["metadata"]) == (there, {"was": "there"})
    assert made.value[0]["uuid"] == made.value[3]["uuid"]
    assert len(owner.get(f"{at}/samples/").value) == 3


@pytest.mark.parametrize(
    "body",
    [{}, [[]], [{"name": "a"}], [{"name": "a", "attributes": IMAGE}, {"name": 7, "attributes": IMAGE}]],
)
def test_many_are_added_all_or_none(owner: Client, at: str, body: Any) -> None:
    refused = owner.post(f"{at}/samples_bulk/", body)

    assert refused.status == 400
    assert owner.get(f"{at}/samples/").value == []


def test_many_are_deleted_and_what_is_not_there_is_passed_over(owner: Client, at: str) -> None:
    uuids = [owner.sample(at, str(n)) for n in range(3)]
    elsewhere = owner.sample(owner.dataset("other"), "x")
    absent = "602a3eec-a61c-4a77-9fcc-3037ce5e9606"

    gone = owner.delete(f"{at}/samples_bulk/", {"uuids": [*uuids[:2], uuids[0], elsewhere, absent, "x", 7]})

    assert (gone.status, gone.value) == (200, {"deleted_count": 2})
    assert [one["uuid"] for one in owner.get(f"{at}/samples/").value] == uuids[2:]
    assert owner.get(f"/samples/{elsewhere}/").status == 200
    assert owner.delete("/datasets/x/y/samples_bulk/", {"uuids": []}).status == 404
    assert owner.delete(f"{at}/samples_bulk/", {"uuids": ["x"] * 1001}).status == 400


def test_a_sample_is_changed_and_what_is_not_said_stays(owner: Client, at: str) -> None:
    uuid = owner.sample(at, "a", metadata={"x": 1}, priority=2.5, readme="Look.")

    changed = owner.patch(f"/samples/{uuid}/", {"priority": -3, "attributes": {"image": {"url": "b.png"}}})

    assert changed.status == 200
    assert (changed.value["priority"], changed.value["metadata"]) == (-3, {"x": 1})
    assert (changed.value["readme"], changed.value["attributes"]) == ("Look.", {"image": {"url": "b.png"}})


def test_a_higher_priority_is_served_sooner(owner: Client, lab: Lab, at: str) -> None:
    owner.sample(at, "low", priority=1)
    high = owner.sample(at, "high", priority=7.5)

    entries = lab.owner.get("/entries?sort=priority").data

    assert (entries[0]["id"], entries[0]["attributes"]["priority"]) == (high, -7.5)
    names = [one["name"] for one in owner.get(f"{at}/samples/?sort=-priority").value]
    assert names == ["high", "low"]


def test_who_is_to_label_and_to_review_is_named_and_taken_back(owner: Client, lab: Lab, at: str) -> None:
    jane = Client(lab.outsider)
    owner.post(f"{at}/collaborators/", {"user": jane.name, "role": "labeler"})
    named = {"assigned_labeler": jane.name, "assigned_reviewer": jane.name}
    uuid = owner.sample(at, **named)

    entry = lab.owner.get(f"/entries/{uuid}").attributes
    shown = owner.get(f"/samples/{uuid}/").value
    freed = owner.patch(f"/samples/{uuid}/", {"assigned_labeler": None, "assigned_reviewer": None}).value

    assert {name: shown[name] for name in named} == named
    assert (entry["assigned_to_id"], entry["reviewer_id"]) == (lab.outsider.account, lab.outsider.account)
    assert (freed["assigned_labeler"], freed["assigned_reviewer"]) == (None, None)
    assert lab.owner.get(f"/entries/{uuid}").attributes["assigned_to_id"] is None


def test_only_a_collaborator_is_assigned(owner: Client, lab: Lab, at: str) -> None:
    stranger = Client(lab.outsider).name

    for name, status in (("nobody", 404), (stranger, 400)):
        for member in ("assigned_labeler", "assigned_reviewer"):
            refused = owner.post(f"{at}/samples/", {"name": "a", "attributes": IMAGE, member: name})
            assert refused.status == status
    assert owner.get(f"{at}/samples/").value == []


# ---- lists


@pytest.fixture
def five(owner: Client, at: str) -> list[str]:
    """Five samples, named against the order in which they are made, three of them labelled."""
    uuids = [
        owner.sample(at, name, metadata={"n": n, "city": ["lund", "oslo"][n % 2], "tags": ["x", str(n)]})
        for n, name in enumerate(["e", "d", "c", "b", "a.png"])
    ]
    for uuid, status in zip(uuids, ("LABELED", "REVIEWED", "PRELABELED"), strict=False):
        owner.put(f"/labels/{uuid}/ground-truth/", {"attributes": BOXES, "label_status": status})
    return uuids


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["a.png", "b", "c", "d", "e"]),
        ("sort=-name", ["e", "d", "c", "b", "a.png"]),
        ("sort=created_at", ["e", "d", "c", "b", "a.png"]),
        ("sort=-created_at", ["a.png", "b", "c", "d", "e"]),
        ("sort=created", ["a.png", "b", "c", "d", "e"]),
        ("name__contains=.p", ["a.png"]),
        ("filters=city:lund", ["a.png", "c", "e"]),
        ("filters=city:lund,n:2", ["c"]),
        ("filters=tags:x", ["a.png", "b", "c", "d", "e"]),
        ("filters=tags:3", ["b"]),
        ("filters=absent:1", []),
        ("label_status=LABELED", ["e"]),
        ("label_status=reviewed,PRELABELED", ["c", "d"]),
        ("label_status=UNLABELED", ["a.png", "b"]),
        ("label_status=UNLABELED&filters=city:oslo", ["b"]),
        ("per_page=2&page=2", ["c", "d"]),
        ("per_page=2&page=2&filters=tags:x&sort=-name", ["c", "b"]),
    ],
)
def test_a_list_has_what_is_asked_for(
    owner: Client, at: str, five: list[str], query: str, names: Any
) -> None:
    shown = owner.get(f"{at}/samples/?{query}")

    assert [one["name"] for one in shown.value] == names


def test_labels_come_with_a_list_in_short_or_whole(owner: Client, at: str, five: list[str]) -> None:
    plain = owner.get(f"{at}/samples/").value
    short = owner.get(f"{at}/samples/?labelset=ground-truth").value
    whole = owner.get(f"{at}/samples/?labelset=ground-truth&include_full_label=1").value

    assert [one["label"] for one in plain] == [None] * 5
    assert [one["label"] and one["label"]["label_status"] for one in short] == [
        *(None, None),
        *("PRELABELED", "REVIEWED", "LABELED"),
    ]
    assert "attributes" not in short[4]["label"]
    assert [one["label"] and one["label"]["attributes"] for one in whole] == [None, None, BOXES, BOXES, BOXES]
    assert whole[3]["label"]["reviewed_by"] == owner.name


def test_a_sample_comes_with_its_label_and_the_sdks_two_question_marks(
    owner: Client, at: str, five: list[str]
) -> None:
    path = f"/samples/{five[0]}/?labelset=ground-truth"

    shown = owner.get(path).value
    twice = owner.get(f"{path}?include_signed_urls=1").value

    assert shown["label"]["attributes"] == BOXES
    assert twice == shown


@pytest.mark.parametrize(
    "query", ["label_status=DONE", "filters=city", "page=9&per_page=2", "filters=" + "a:b," * 30]
)
def test_what_no_list_can_be_asked_is_refused(owner: Client, at: str, five: list[str], query: str) -> None:
    assert owner.get(f"{at}/samples/?{query}").status in (400, 404)


def test_an_empty_dataset_has_a_first_page(owner: Client, at: str) -> None:
    shown = owner.get(f"{at}/samples/")

    assert (shown.status, shown.value) == (200, [])


def test_bodies_that_are_none_are_refused(owner: Client, at: str) -> None:
    deep: Any = "x"
    for _ in range(40):
        deep = [deep]
    bodies = [
        {"attributes": IMAGE},
        {"name": "a"},
        {"name": "a", "attributes": []},
        {"name": "a" * 513, "attributes": IMAGE},
        {"name": "a", "attributes": {"image": {"url": "x" * 4097}}},
        {"name": "a", "attributes": {"frames": deep}},
        {"name": "a", "attributes": IMAGE, "priority": "high"},
        {"name": "a", "attributes": IMAGE, "priority": 1e300},
        {"name": "a", "attributes": IMAGE, "metadata": "x"},
        {"name": "a", "attributes": IMAGE, "readme": 7},
    ]

    answers = [owner.post(f"{at}/samples/", body) for body in bodies]

    assert {one.status for one in answers} == {400}
    assert owner.get(f"{at}/samples/").value == []


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"null", b"{", b'{"name": NaN}', b'{"a":1,"a":2}', b'"\\ud800"', b"\xff"]
)
def test_what_is_no_object_is_refused(owner: Client, at: str, raw: bytes) -> None:
    answer = owner.post(f"{at}/samples/", raw=raw, headers={"Content-Type": "application/json"})

    assert answer.status == 400
