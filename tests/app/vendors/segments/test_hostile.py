"""What nobody should send: it is refused in this face's words, changes nothing and crashes nothing."""

import gzip
from typing import Any

import pytest

from tests.app.vendors.segments.client import BOXES, TASK, Client
from tests.lab import Lab

NAMES = [
    "%00",
    "a%00b",
    "%ff%fe",
    "%ED%A0%80",
    "%2Fetc%2Fpasswd",
    "'%20OR%201=1--",
    "x" * 3000,
]


@pytest.mark.parametrize("name", NAMES)
def test_names_in_paths_are_names_and_no_more(owner: Client, at: str, name: str) -> None:
    for path in (
        f"/users/{name}",
        f"/users/{name}/datasets/",
        f"/datasets/{name}/cats/",
        f"/datasets/{owner.name}/{name}/",
        f"{at}/collaborators/{name}",
        f"{at}/labelsets/{name}/",
        f"{at}/releases/{name}/",
        f"/samples/{name}/",
        f"/labels/{name}/{name}/",
        f"/issues/{name}/",
        f"/segments/files/{name}/{name}/{name}/{name}",
    ):
        for method in ("GET", "DELETE"):
            assert 400 <= owner.ask(method, path).status < 500
    assert owner.get(f"{at}/").status == 200


@pytest.mark.parametrize("name", [*NAMES, "%F0%9F%98%80", "&&&", "a=b"])
def test_queries_are_values_and_no_more(owner: Client, at: str, name: str) -> None:
    uuid = owner.sample(at)
    for path in (
        f"{at}/samples/?name__contains={name}",
        f"{at}/samples/?labelset={name}&include_full_label=1",
        f"{at}/samples/?filters={name}:{name}",
        f"{at}/samples/?label_status={name}",
        f"{at}/samples/?sort={name}",
        f"{at}/samples/?page={name}",
        f"{at}/workunits/?start={name}",
        f"/samples/{uuid}/?labelset={name}",
        f"/user/datasets/?per_page={name}",
    ):
        assert owner.get(path).status in (200, 400, 404)


TEXTS = ["\u202e", "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "\U0001f600" * 50, "not found", "NULL"]


@pytest.mark.parametrize("text", TEXTS)
def test_texts_are_kept_as_they_are(owner: Client, lab: Lab, text: str) -> None:
    made = owner.post("/user/datasets/", {"name": "d", "description": text, "task_attributes": TASK})
    at = f"/datasets/{made.value['full_name']}"

    uuid = owner.sample(at, text, metadata={text: text}, readme=text)

    shown = owner.get(f"/samples/{uuid}/").value
    assert (made.value["description"], shown["name"], shown["readme"]) == (text, text, text)
    assert shown["metadata"] == {text: text}
    assert owner.get(f"{at}/").headers["content-type"] == "application/json"


def test_a_refusal_of_one_kind_is_not_taken_for_another(owner: Client, at: str) -> None:
    taken = owner.post("/user/datasets/", {"name": "cats", "description": "not found"})
    invalid = owner.post("/user/datasets/", {"name": "x", "task_type": "already exists"})

    assert "not found" not in taken.text.lower()
    assert "already exists" not in invalid.text.lower()
    assert (taken.status, invalid.status) == (409, 400)


BODIES: list[Any] = [[], "x", 7, None, True, [[[]]], {"name": {"a": 1}}, {"": ""}, {"name": ["x"]}]


@pytest.mark.parametrize("body", BODIES)
def test_bodies_of_other_shapes_are_refused_everywhere(owner: Client, at: str, body: Any) -> None:
    uuid = owner.sample(at)
    owner.put(f"/labels/{uuid}/ground-truth/", {"attributes": BOXES, "label_status": "LABELED"})
    before = owner.get(f"{at}/samples/?labelset=ground-truth&include_full_label=1").value

    answers = [
        owner.post("/user/datasets/", body),
        owner.post(f"{at}/samples/", body),
        owner.post(f"{at}/samples_bulk/", body if body != [] else {}),
        owner.delete(f"{at}/samples_bulk/", body),
        owner.post(f"{at}/labelsets/", body),
        owner.post(f"{at}/collaborators/", body),
        owner.post(f"{at}/releases/", body),
        owner.post("/assets/", body),
    ]

    assert {one.status for one in answers} == {400}
    assert owner.get(f"{at}/samples/?labelset=ground-truth&include_full_label=1").value == before


def test_what_is_sent_compressed_and_is_a_bomb_is_refused(owner: Client, at: str) -> None:
    bomb = gzip.compress(b'{"name": "' + b"x" * (64 << 20) + b'"}')

    answer = owner.http.request(
        "POST",
        f"{at}/samples/",
        content=bomb,
        headers={
            "Authorization": f"APIKey {owner.person.key}",
            "Content-Encoding": "gzip",
            "Content-Type": "application/json",
        },
    )

    assert answer.status_code == 413
