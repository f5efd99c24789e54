"""Creating: items 28 to 33 of the JSON:API checklist."""

from typing import Any
from uuid import uuid4

import pytest

from tests.app.jsonapi.asking import NOBODY, named, pointed, pointers
from tests.lab import Lab, Person


def _entry(lab: Lab, **more: Any) -> dict[str, Any]:
    return {"type": "entries", "attributes": {"resource": "x", "dataset_id": lab.dataset}, **more}


def test_28_a_created_record_is_answered_whole_with_its_address(lab: Lab, owner: Person, mount: str) -> None:
    reply = owner.post("/entries", {"data": _entry(lab)})

    assert reply.status == 201
    assert reply.headers["location"] == reply.data["links"]["self"]
    assert reply.data["links"]["self"] == f"http://testserver{mount}/entries/{reply.id}"
    assert reply.data["type"] == named(mount, "entries")
    assert reply.attributes["status"] == "ready"
    assert owner.get(reply.headers["location"]).data == reply.data


@pytest.mark.parametrize("type", ["entries", "dataset:entries"])
def test_28_both_spellings_of_a_type_are_accepted(lab: Lab, owner: Person, type: str) -> None:
    prefix = type.removesuffix("entries")
    data = {
        "type": type,
        "attributes": {"resource": "x"},
        "relationships": {"dataset": {"data": {"type": f"{prefix}datasets", "id": lab.dataset}}},
    }

    reply = owner.post(f"/entries?fields[{type}]=resource", {"data": data})

    assert (reply.status, reply.attributes) == (201, {"resource": "x"})


def test_28_a_note_feed_is_created_as_everything_else(lab: Lab, owner: Person) -> None:
    attributes = {"entry_id": lab.entry, "content_md": "x"}

    reply = owner.post("/note_feeds", {"data": {"type": "note_feeds", "attributes": attributes}})

    assert (reply.status, reply.headers["location"]) == (201, reply.data["links"]["self"])


def test_29_the_answer_has_what_the_service_set(lab: Lab, owner: Person) -> None:
    reply = owner.post("/entries", {"data": _entry(lab)})

    assert {"created_at", "updated_at", "project_id", "wf_step", "priority"} <= reply.attributes.keys()


@pytest.mark.parametrize("type", ["accounts", "entries", "project_members"])
def test_30_a_record_that_is_made_twice_is_told_by_its_id(type: str, lab: Lab, owner: Person) -> None:
    given: dict[str, dict[str, Any]] = {
        "accounts": {"email": f"{lab.organization[-12:]}@twice.example", "username": lab.organization},
        "entries": {"resource": "x", "dataset_id": lab.dataset, "external_id": "7"},
        "project_members": {
            "account_id": lab.outsider.account,
            "project_id": lab.project,
            "role": "annotator",
        },
    }
    data = {"type": type, "id": str(uuid4()), "attributes": given[type]}

    first = owner.post(f"/{type}", {"data": data})
    again = owner.post(f"/{type}", {"data": data})
    other = owner.post(f"/{type}", {"data": data | {"id": str(uuid4())}})

    assert (first.status, again.status, other.status) == (201, 409, 409), (first, again, other)
    assert (again.code, again.source) == ("id_taken", {"pointer": "/data/id"})
    assert other.code == "value_taken"


def test_30_an_id_of_the_client_s_is_kept(lab: Lab, owner: Person) -> None:
    id = str(uuid4())

    reply = owner.post("/entries", {"data": _entry(lab, id=id.upper())})

    assert (reply.status, reply.id) == (201, id)


def test_30_a_taken_id_is_a_conflict(lab: Lab, owner: Person) -> None:
    reply = owner.post("/entries", {"data": _entry(lab, id=lab.entry)})

    assert (reply.status, reply.code, reply.source) == (409, "id_taken", {"pointer": "/data/id"})


@pytest.mark.parametrize("type", ["datasets", "dataset:datasets", "entry", "", "dataset:"])
def test_30_a_type_that_is_not_the_collection_s_is_a_conflict(still: Lab, asker: Person, type: str) -> None:
    reply = asker.post("/entries", {"data": {**_entry(still), "type": type}})

    assert (reply.status, reply.code, reply.source) == (409, "type_conflict", {"pointer": "/data/type"})


@pytest.mark.parametrize("relationship", [{}, {"meta": {}}, None, [], "x", {"links": {"self": "/"}}])
def test_31_a_relationship_without_data_is_malformed(still: Lab, asker: Person, relationship: Any) -> None:
    data = {
        "type": "entries",
        "attributes": {"resource": "x"},
        "relationships": {"dataset": relationship},
    }

    reply = asker.post("/entries", {"data": data})

    assert reply.status == 400
    assert reply.source == {"pointer": "/data/relationships/dataset"}


@pytest.mark.parametrize("id", [NOBODY, "nonsense", ""])
def test_31_a_related_record_that_is_unknown_is_not_found(asker: Person, id: str) -> None:
    reply = asker.create("entries", {"dataset": ("datasets", id)}, resource="x")

    assert (reply.status, reply.source) == (404, {"pointer": "/data/relationships/dataset"})


def test_31_an_identifier_of_another_type_is_a_conflict(still: Lab, asker: Person) -> None:
    reply = asker.create("entries", {"dataset": ("projects", still.project)}, resource="x")

    assert reply.status == 409
    assert reply.source == {"pointer": "/data/relationships/dataset/data/type"}


@pytest.mark.parametrize("data", [{}, {"type": "datasets"}, {"id": NOBODY}, [], "x", 1])
def test_31_an_identifier_of_the_wrong_shape_is_malformed(asker: Person, data: Any) -> None:
    document = {
        "data": {
            "type": "entries",
            "attributes": {"resource": "x"},
            "relationships": {"dataset": {"data": data}},
        }
    }

    reply = asker.post("/entries", document)

    assert reply.status == 400
    pointed(document, reply.source["pointer"])


def test_32_a_local_id_is_accepted(lab: Lab, owner: Person) -> None:
    reply = owner.post("/entries", {"data": _entry(lab, lid="mine")})

    assert reply.status == 201
    assert "lid" not in reply.data


@pytest.mark.parametrize("name", ["type", "id", "lid"])
@pytest.mark.parametrize("value", [1, None, [], {}, True])
def test_32_a_name_that_is_no_string_is_malformed(still: Lab, asker: Person, name: str, value: Any) -> None:
    reply = asker.post("/entries", {"data": _entry(still) | {name: value}})

    assert (reply.status, reply.source) == (400, {"pointer": f"/data/{name}"})


@pytest.mark.parametrize("name", ["type", "id", "lid"])
def test_32_nor_is_one_in_an_identifier(still: Lab, asker: Person, name: str) -> None:
    identifier: dict[str, Any] = {"type": "datasets", "id": still.dataset, name: 1}
    data = {
        "type": "entries",
        "attributes": {"resource": "x"},
        "relationships": {"dataset": {"data": identifier}},
    }

    reply = asker.post("/entries", {"data": data})

    assert (reply.status, reply.source) == (400, {"pointer": f"/data/relationships/dataset/data/{name}"})


def test_33_a_refused_creation_leaves_nothing(lab: Lab, owner: Person) -> None:
    lab.new_entry(external_id="1")

    taken = owner.post("/entries", {"data": _entry(lab) | {"attributes": {"external_id": "1"}}})
    conflict = owner.create("entries", dataset_id=lab.dataset, resource="x", external_id="1")

    assert (taken.status, conflict.status) == (422, 409)
    assert len(owner.get("/entries").ids) == 1
    assert owner.get(f"/datasets/{lab.dataset}").attributes["entries_total_count"] == 1


def test_33_one_bad_annotation_stops_the_whole_submit(lab: Lab, owner: Person) -> None:
    entry = lab.at("annotate")
    good = {"dimensions": {"type": "point"}, "annotation": {"label": "a"}}

    reply = owner.act(entry, "submit", annotations=[good, {"dimensions": {}}])

    assert (reply.status, pointers(reply)) == (422, ["/data/attributes/annotations/1"])
    assert owner.get("/annotations").data == []
    assert owner.get(f"/entries/{entry}").attributes["wf_step"] == "annotate"


def test_33_a_creation_out_of_one_s_scope_leaves_nothing(lab: Lab, mount: str) -> None:
    entry = lab.at("annotate")
    reply = lab.annotator.at(mount).create("datasets", project_id=lab.project, name="mine")

    assert (reply.status, entry != "") == (403, True)
    assert [one["attributes"]["name"] for one in lab.owner.get("/datasets").data] == ["Left eyes"]
