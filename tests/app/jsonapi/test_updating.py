"""Updating and deleting: items 34 to 36, 40 and 41 of the JSON:API checklist."""

from typing import Any

import pytest

from tests.app.jsonapi.asking import NEVER_CHANGED, NEVER_MADE, NOBODY, TYPES, named, one_of_each
from tests.lab import Lab, Person


def test_34_what_is_not_sent_stays(lab: Lab, owner: Person) -> None:
    entry = lab.new_entry(priority=3, split="test", metadata={"city": "Lund"})
    before = owner.get(f"/entries/{entry}").attributes

    after = owner.update("entries", entry, priority=4).attributes

    assert after == before | {"priority": 4, "updated_at": after["updated_at"]}


def test_34_the_answer_is_the_record_as_it_is_now(lab: Lab, owner: Person) -> None:
    before = owner.get(f"/entries/{lab.entry}").attributes

    reply = owner.update("entries", lab.entry, split="train")

    assert (reply.status, reply.data) == (200, owner.get(f"/entries/{lab.entry}").data)
    assert reply.attributes["updated_at"] > before["updated_at"]


def test_34_an_update_of_nothing_changes_nothing(lab: Lab, owner: Person) -> None:
    before = owner.get(f"/entries/{lab.entry}").data

    for data in (
        {"type": "entries"},
        {"type": "entries", "id": lab.entry},
        {"type": "entries", "attributes": {}, "relationships": {}},
        {"type": "entries", "attributes": {"priority": 0}},
    ):
        reply = owner.patch(f"/entries/{lab.entry}", {"data": data})

        assert (reply.status, reply.data) == (200, before)


@pytest.mark.parametrize(
    ("data", "status", "pointer"),
    [
        ({"type": "datasets"}, 409, "/data/type"),
        ({"type": "entries", "id": NOBODY}, 409, "/data/id"),
        ({"type": "entries", "id": "nonsense"}, 409, "/data/id"),
        ({"type": "entries", "id": 1}, 400, "/data/id"),
        ({"id": NOBODY}, 400, "/data"),
    ],
)
def test_35_another_type_or_id_than_the_address_s_is_a_conflict(
    still: Lab, asker: Person, data: dict[str, Any], status: int, pointer: str
) -> None:
    reply = asker.patch(f"/entries/{still.entry}", {"data": data})

    assert (reply.status, reply.source) == (status, {"pointer": pointer})


@pytest.mark.parametrize("type", [type for type in TYPES if type not in NEVER_CHANGED])
@pytest.mark.parametrize("id", [NOBODY, "nonsense"])
def test_35_an_unknown_record_cannot_be_updated(asker: Person, type: str, id: str) -> None:
    reply = asker.patch(f"/{type}/{id}", {"data": {"type": type}})

    assert (reply.status, reply.code) == (404, "not_found")


def test_35_another_parent_is_refused_and_the_same_is_accepted(lab: Lab, owner: Person, mount: str) -> None:
    other = lab.new_dataset()
    path = f"/entries/{lab.entry}"

    def moved(id: str) -> dict[str, Any]:
        linkage = {"dataset": {"data": {"type": named(mount, "datasets"), "id": id}}}
        return {"data": {"type": "entries", "id": lab.entry, "relationships": linkage}}

    same, another = owner.patch(path, moved(lab.dataset)), owner.patch(path, moved(other))

    assert same.status == 200
    assert (another.status, another.source) == (403, {"pointer": "/data/relationships/dataset"})
    assert owner.get(path).attributes["dataset_id"] == lab.dataset


def test_35_an_unknown_relationship_is_invalid(still: Lab, asker: Person) -> None:
    data = {"type": "entries", "relationships": {"colour": {"data": None}}}

    reply = asker.patch(f"/entries/{still.entry}", {"data": data})

    assert (reply.status, reply.source) == (422, {"pointer": "/data/relationships/colour"})


def test_36_a_to_many_link_is_not_replaced_and_nothing_else_is_changed(lab: Lab, owner: Person) -> None:
    data = {
        "type": "entries",
        "attributes": {"priority": 9},
        "relationships": {"annotations": {"data": []}},
    }

    reply = owner.patch(f"/entries/{lab.entry}", {"data": data})

    assert (reply.status, reply.source) == (403, {"pointer": "/data/relationships/annotations"})
    assert owner.get(f"/entries/{lab.entry}").attributes["priority"] == 0


@pytest.mark.parametrize(
    "type",
    [
        *("note_comments", "note_feeds", "annotations", "project_members", "api_keys", "projects"),
        "reference_answers",
    ],
)
def test_40_a_deleted_record_is_gone(lab: Lab, owner: Person, type: str) -> None:
    id = one_of_each(lab)[type]

    first, again = owner.delete(f"/{type}/{id}"), owner.delete(f"/{type}/{id}")

    assert (first.status, first.text) == (204, "")
    assert "content-type" not in first.headers
    assert (again.status, again.code) == (404, "not_found")


@pytest.mark.parametrize("type", [type for type in TYPES if type not in NEVER_MADE])
def test_40_an_unknown_record_cannot_be_deleted(asker: Person, type: str) -> None:
    assert asker.delete(f"/{type}/{NOBODY}").status == 404
    assert asker.delete(f"/{type}/nonsense").status == 404


def test_41_nothing_is_left_for_later(lab: Lab, owner: Person) -> None:
    statuses = [
        lab.owner.at(owner.mount).create("entries", dataset_id=lab.dataset, resource="x").status,
        owner.update("entries", lab.entry, priority=1).status,
        owner.act(lab.entry, "submit").status,
        owner.delete(f"/entries/{lab.entry}?force=true").status,
    ]

    assert statuses == [201, 200, 200, 204]
