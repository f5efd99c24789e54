"""Relationship endpoints: items 37 to 39 of the JSON:API checklist."""

from typing import Any

import pytest

from tests.app.jsonapi.asking import NOBODY, named, pointed
from tests.lab import Lab, Person


def test_37_a_to_one_link_may_be_told_what_it_is(lab: Lab, owner: Person, mount: str) -> None:
    dataset = {"type": named(mount, "datasets"), "id": lab.dataset}

    linked = owner.patch(f"/entries/{lab.entry}/relationships/dataset", {"data": dataset})
    empty = owner.patch(f"/entries/{lab.entry}/relationships/assigned_to", {"data": None})

    assert (linked.status, linked.data) == (200, dataset)
    assert (empty.status, empty.data) == (200, None)


@pytest.mark.parametrize("body", [{}, {"meta": {}}, {"data": []}, {"data": 1}, {"data": {}}, [], 1])
def test_37_a_to_one_link_needs_an_identifier_or_null(still: Lab, asker: Person, body: Any) -> None:
    reply = asker.patch(f"/entries/{still.entry}/relationships/dataset", body)

    assert reply.status == 400
    pointed(body, reply.source["pointer"])


def test_37_an_identifier_of_another_type_is_a_conflict(still: Lab, asker: Person) -> None:
    body = {"data": {"type": "projects", "id": still.project}}

    reply = asker.patch(f"/entries/{still.entry}/relationships/dataset", body)

    assert (reply.status, reply.source) == (409, {"pointer": "/data/type"})


@pytest.mark.parametrize("method", ["PATCH", "POST", "DELETE"])
def test_38_a_to_many_link_is_not_changed(records: dict[str, str], viewer: Person, method: str) -> None:
    path = f"/entries/{records['entries']}/relationships/annotations"
    body = {"data": [{"type": "annotations", "id": records["annotations"]}]}

    reply = viewer.ask(method, path, body)

    assert (reply.status, reply.code) == (403, "relationship_read_only")
    assert viewer.get(path).ids == [records["annotations"]]


@pytest.mark.parametrize("method", ["PATCH", "POST", "DELETE"])
@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": {}}, {"data": [1]}, {"data": [{}]}])
def test_38_a_to_many_link_needs_a_list_of_identifiers(
    still: Lab, asker: Person, method: str, body: Any
) -> None:
    reply = asker.ask(method, f"/entries/{still.entry}/relationships/annotations", body)

    assert reply.status == 400
    pointed(body, reply.source["pointer"])


def test_39_a_link_that_cannot_be_changed_is_refused(lab: Lab, owner: Person) -> None:
    other = lab.new_dataset()
    body = {"data": {"type": "datasets", "id": other}}

    moved = owner.patch(f"/entries/{lab.entry}/relationships/dataset", body)
    emptied = owner.patch(f"/entries/{lab.entry}/relationships/dataset", {"data": None})

    assert (moved.status, moved.code) == (403, "relationship_read_only")
    assert (emptied.status, emptied.code) == (403, "relationship_read_only")
    assert owner.get(f"/entries/{lab.entry}").attributes["dataset_id"] == lab.dataset


def test_39_links_of_an_unknown_record_are_not_found(asker: Person) -> None:
    body = {"data": {"type": "datasets", "id": NOBODY}}

    assert asker.patch(f"/entries/{NOBODY}/relationships/dataset", body).status == 404
    assert asker.post(f"/entries/{NOBODY}/relationships/annotations", {"data": []}).status == 404
    assert asker.patch(f"/entries/{NOBODY}/relationships/colour", body).status == 404
