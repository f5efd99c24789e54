"""Section 4 of the contract: what each case is answered with."""

import json
from typing import Any
from uuid import uuid4

import pytest

from app.declare import RESOURCES
from tests.app.jsonapi.asking import NOBODY, but_ids, one_of_each, pointed, pointers
from tests.lab import Lab


@pytest.fixture
def foreign(lab: Lab) -> dict[str, str]:
    """Records of another organization."""
    return one_of_each(Lab(lab.house, f"Elsewhere {uuid4().hex[:8]}"))


def test_a_whole_record_may_be_sent_back(lab: Lab) -> None:
    for type, id in one_of_each(lab).items():
        before = lab.owner.get(f"/{type}/{id}").document
        if "update" not in RESOURCES[type].verbs:
            continue

        reply = lab.owner.patch(f"/{type}/{id}", before)

        assert (reply.status, reply.data) == (200, before["data"]), reply


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "completed"),
        ("wf_step", "done"),
        ("assigned_to_id", NOBODY),
        ("submitted_by_id", NOBODY),
        ("workflow_version", 2),
        ("due_at", "2020-01-01T00:00:00Z"),
        ("agreement", 1.0),
        ("created_at", "2020-01-01T00:00:00Z"),
        ("updated_at", None),
        ("project_id", NOBODY),
        ("dataset_id", NOBODY),
        ("dataset_id", None),
        ("dataset_id", 1),
    ],
)
def test_a_read_only_or_fixed_attribute_cannot_be_changed(still: Lab, name: str, value: Any) -> None:
    reply = still.owner.update("entries", still.entry, priority=7, **{name: value})

    assert (reply.status, reply.source) == (403, {"pointer": f"/data/attributes/{name}"})
    assert still.owner.get(f"/entries/{still.entry}").attributes["priority"] == 0


def test_unchanged_values_are_known_in_other_spellings(lab: Lab) -> None:
    before = lab.owner.get(f"/entries/{lab.entry}").attributes

    reply = lab.owner.update(
        "entries",
        lab.entry,
        dataset_id=before["dataset_id"].upper(),
        created_at=before["created_at"].replace("Z", "+00:00"),
        priority=0.0,
    )

    assert (reply.status, reply.attributes) == (200, before)


@pytest.mark.parametrize(
    "name",
    [
        "status",
        "wf_step",
        "workflow_version",
        "due_at",
        "agreement",
        "created_at",
        "assigned_to_id",
        "project_id",
    ],
)
def test_on_create_a_read_only_attribute_is_unknown(still: Lab, name: str) -> None:
    attributes: dict[str, Any] = {"resource": "x", "dataset_id": still.dataset, name: "ready"}

    reply = still.owner.create("entries", **attributes)

    assert (reply.status, reply.code) == (422, "attribute_unknown")
    assert reply.source == {"pointer": f"/data/attributes/{name}"}


@pytest.mark.parametrize(
    "name", ["colour", "organization_id", "version", "metadata_", "links", "meta", "type"]
)
def test_an_attribute_that_is_unknown_is_told(still: Lab, name: str) -> None:
    attributes = {"resource": "x", "dataset_id": still.dataset, name: "x"}
    unknown = {"data": {"type": "entries", "attributes": {name: "x"}}}

    made = still.owner.post("/entries", {"data": {"type": "entries", "attributes": attributes}})
    changed = still.owner.patch(f"/entries/{still.entry}", unknown)

    for reply in (made, changed):
        assert (reply.status, reply.code) == (422, "attribute_unknown")
        assert pointers(reply) == [f"/data/attributes/{name}"]


@pytest.mark.parametrize("name", ["id", "dataset", "annotations", "assigned_to"])
def test_neither_the_id_nor_a_relationship_is_an_attribute(still: Lab, name: str) -> None:
    value: Any = {"data": {"type": "datasets", "id": still.dataset}} if name != "id" else str(uuid4())
    attributes = {"resource": "x", "dataset_id": still.dataset, name: value}

    made = still.owner.post("/entries", {"data": {"type": "entries", "attributes": attributes}})
    changed = still.owner.patch(
        f"/entries/{still.entry}", {"data": {"type": "entries", "attributes": {name: value}}}
    )

    for reply in (made, changed):
        assert (reply.status, pointers(reply)) == (422, [f"/data/attributes/{name}"])


def test_every_fault_is_told_at_once_where_it_is(still: Lab) -> None:
    body = {
        "data": {
            "type": "entries",
            "id": "mine",
            "attributes": {
                "resource": "",
                "priority": "high",
                "split": "half",
                "metadata": [],
                "colour": 1,
                "status": "ready",
                "external_id": "x" * 513,
                "dataset_id": still.dataset,
            },
            "relationships": {"colour": {"data": None}},
        }
    }

    reply = still.owner.post("/entries", body)

    assert reply.status == 422
    assert pointers(reply) == sorted(
        [
            "/data/id",
            "/data/relationships/colour",
            *(
                f"/data/attributes/{name}"
                for name in (
                    "resource",
                    "priority",
                    "split",
                    "metadata",
                    "colour",
                    "status",
                    "external_id",
                )
            ),
        ]
    )
    for pointer in pointers(reply):
        pointed(body, pointer)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"type": "entries"}, ["/data", "/data"]),
        ({"type": "entries", "attributes": {}}, ["/data", "/data"]),
        ({"type": "entries", "attributes": {"priority": 1}}, ["/data", "/data/attributes"]),
        (
            {"type": "entries", "attributes": {"priority": 1}, "relationships": {}},
            ["/data/attributes", "/data/relationships"],
        ),
    ],
)
def test_what_is_missing_is_told_at_what_lacks_it(still: Lab, body: Any, expected: list[str]) -> None:
    reply = still.owner.post("/entries", {"data": body})

    assert (reply.status, pointers(reply)) == (422, expected)


@pytest.mark.parametrize(
    ("type", "attributes", "pointer"),
    [
        ("entries", {"priority": None}, "/data/attributes/priority"),
        ("entries", {"priority": True}, "/data/attributes/priority"),
        ("entries", {"resource": None}, "/data/attributes/resource"),
        ("entries", {"resource": 5}, "/data/attributes/resource"),
        ("entries", {"resource": "x" * 4097}, "/data/attributes/resource"),
        ("entries", {"split": "Train"}, "/data/attributes/split"),
        ("entries", {"metadata": "x"}, "/data/attributes/metadata"),
        ("entries", {"metadata": None}, "/data/attributes/metadata"),
        ("datasets", {"labels": "vessel"}, "/data/attributes/labels"),
        ("datasets", {"labels": ["vessel", 1]}, "/data/attributes/labels"),
        ("datasets", {"name": None}, "/data/attributes/name"),
        ("datasets", {"paused_steps": ["no-such-step"]}, "/data/attributes/paused_steps"),
        (
            "datasets",
            {"workflow_configuration": {"sample_rate": 2}},
            "/data/attributes/workflow_configuration/sample_rate",
        ),
        (
            "datasets",
            {"quality_configuration": {"below": 2}},
            "/data/attributes/quality_configuration/below",
        ),
    ],
)
def test_an_invalid_value_is_told_where_it_is(
    still: Lab, type: str, attributes: dict[str, Any], pointer: str
) -> None:
    id = still.entry if type == "entries" else still.dataset

    reply = still.owner.update(type, id, **attributes)

    assert (reply.status, pointers(reply)) == (422, [pointer])
    pointed({"data": {"attributes": attributes}}, pointer)


def test_a_rule_points_at_what_was_sent(lab: Lab) -> None:
    annotation = lab.new_annotation()
    taken = str(lab.annotator.account)
    entry = {"entry_id": lab.entry}
    bodies: list[tuple[str, dict[str, Any], int]] = [
        ("note_feeds", {"attributes": {**entry, "anchor_type": "annotation"}}, 422),
        ("note_feeds", {"attributes": {**entry, "annotation_id": annotation}}, 422),
        (
            "project_members",
            {
                "attributes": {"role": "reviewer", "project_id": lab.project},
                "relationships": {"account": {"data": {"type": "accounts", "id": taken}}},
            },
            409,
        ),
        (
            "project_members",
            {"attributes": {"role": "reviewer", "project_id": lab.project, "account_id": taken}},
            409,
        ),
    ]
    for type, data, status in bodies:
        body = {"data": {"type": type, **data}}

        reply = lab.owner.post(f"/{type}", body)

        assert reply.status == status
        for pointer in pointers(reply):
            pointed(body, pointer)


@pytest.mark.parametrize("body", [None, {}, {"data": {}}, {"data": {"attributes": {}}}])
def test_an_event_points_at_what_was_sent(lab: Lab, body: Any) -> None:
    entry = lab.at("review")

    reply = lab.owner.post(f"/entries/{entry}/submit", body)

    assert (reply.status, reply.code) == (422, "approved_missing")
    for error in reply.document["errors"]:
        if "source" in error:
            pointed(body, error["source"]["pointer"])


@pytest.mark.parametrize("prefix", ["", "dataset:"])
def test_a_parent_is_given_as_a_relationship_or_as_an_attribute(lab: Lab, prefix: str) -> None:
    linked = lab.owner.create("entries", {"dataset": (f"{prefix}datasets", lab.dataset)}, resource="x")
    named = lab.owner.create("entries", resource="x", dataset_id=lab.dataset.upper())
    both = lab.owner.create(
        "entries", {"dataset": (f"{prefix}datasets", lab.dataset)}, resource="x", dataset_id=lab.dataset
    )

    assert [reply.attributes["dataset_id"] for reply in (linked, named, both)] == [lab.dataset] * 3


@pytest.mark.parametrize("other", [NOBODY, None])
def test_a_parent_that_is_given_twice_and_differently_is_invalid(still: Lab, other: str | None) -> None:
    reply = still.owner.create(
        "entries", {"dataset": ("datasets", still.dataset)}, resource="x", dataset_id=other
    )

    assert reply.status == 422
    assert "/data/relationships/dataset" in pointers(reply)


def test_so_is_one_that_may_be_null(lab: Lab) -> None:
    annotation = lab.new_annotation()
    linkage = {"type": "annotations", "id": annotation}
    for id, data in ((annotation, None), (None, linkage)):
        attributes = {"entry_id": lab.entry, "anchor_type": "annotation", "annotation_id": id}
        relationships = {"annotation": {"data": data}}
        body = {"data": {"type": "note_feeds", "attributes": attributes, "relationships": relationships}}

        reply = lab.owner.post("/note_feeds", body)

        assert (reply.status, pointers(reply)) == (422, ["/data/relationships/annotation"])


def test_a_parent_out_of_sight_is_as_one_that_never_was(lab: Lab, foreign: dict[str, str]) -> None:
    unknown = lab.owner.create("entries", {"dataset": ("datasets", NOBODY)}, resource="x")
    hidden = lab.owner.create("entries", {"dataset": ("datasets", foreign["datasets"])}, resource="x")

    assert (unknown.status, hidden.status) == (404, 404)
    assert hidden.source == {"pointer": "/data/relationships/dataset"}
    assert but_ids(hidden) == but_ids(unknown)


def test_a_foreign_record_is_answered_as_one_that_never_was(lab: Lab, foreign: dict[str, str]) -> None:
    for type, id in foreign.items():
        card = RESOURCES[type]
        asked: list[tuple[str, str, Any]] = [("GET", "", None), ("GET", "?include=", None)]
        if "update" in card.verbs:
            asked.append(("PATCH", "", {"data": {"type": type}}))
        if "delete" in card.verbs:
            asked += [("DELETE", "", None), ("DELETE", "?force=true", None)]
        asked += [("GET", f"/{link.name}", None) for link in card.links]
        asked += [("GET", f"/relationships/{link.name}", None) for link in card.links]
        for action in card.actions:
            body = {"data": {"attributes": dict(action.example)}} if action.example else None
            asked += [(method, f"/{action.name}", body) for method in action.methods]
        for method, tail, body in asked:
            hidden, unknown, nonsense = (
                lab.owner.ask(method, f"/{type}/{one}{tail}", body) for one in (id, NOBODY, "nonsense")
            )

            assert (hidden.status, hidden.code) == (404, "not_found"), (method, type, tail)
            assert but_ids(hidden) == but_ids(unknown) == but_ids(nonsense)


@pytest.mark.parametrize(
    "id", ["nonsense", "1", "%00", "..%2F", "a%2Fb", "null", "%F0%9F%92%A9", "'", "0" * 5000]
)
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_malformed_id_is_not_found(still: Lab, method: str, id: str) -> None:
    body = {"data": {"type": "entries"}} if method == "PATCH" else None

    reply = still.owner.ask(method, f"/entries/{id}", body)

    assert (reply.status, reply.code) == (404, "not_found")


def test_an_id_is_found_in_upper_case(still: Lab) -> None:
    reply = still.owner.get(f"/entries/{still.entry.upper()}")

    assert (reply.status, reply.id) == (200, still.entry)


def test_what_is_seen_and_not_allowed_is_forbidden(lab: Lab) -> None:
    entry = lab.new_entry()

    assert lab.annotator.update("entries", entry, priority=1).status == 403
    assert lab.annotator.delete(f"/entries/{entry}").status == 403
    assert lab.annotator.update("datasets", lab.dataset, name="x").status == 403
    assert lab.annotator.act(entry, "assign", assigned_to_id=None).status == 403


@pytest.mark.parametrize("step", ["annotate", "review", "done", "error"])
def test_work_is_not_deleted_but_by_force(lab: Lab, step: str) -> None:
    entry = lab.at(step)
    before = lab.owner.get(f"/datasets/{lab.dataset}").attributes["entries_total_count"]

    refused = lab.owner.delete(f"/entries/{entry}")
    not_forced = lab.owner.delete(f"/entries/{entry}?force=false")
    dataset = lab.owner.delete(f"/datasets/{lab.dataset}")
    forced = lab.owner.delete(f"/entries/{entry}?force=true")

    assert {(one.status, one.code) for one in (refused, not_forced, dataset)} == {(403, "force_required")}
    assert forced.status == 204
    counts = lab.owner.get(f"/datasets/{lab.dataset}").attributes
    assert (counts["entries_total_count"], counts["status"]) == (before - 1, "pending")


def test_a_dataset_in_progress_is_deleted_by_force_with_all_that_is_in_it(lab: Lab) -> None:
    records = one_of_each(lab)

    assert lab.owner.delete(f"/datasets/{lab.dataset}?force=true").status == 204

    beneath = ("workflow_versions", "entries", "annotations", "note_feeds", "note_comments")
    for type in (*beneath, "reference_answers", "scores"):
        assert lab.owner.get(f"/{type}/{records[type]}").status == 404


@pytest.mark.parametrize("query", ["force=maybe", "force", "force=1", "colour=1"])
def test_force_is_true_or_false(still: Lab, query: str) -> None:
    reply = still.owner.delete(f"/entries/{still.entry}?{query}")

    assert (reply.status, reply.source) == (400, {"parameter": query.partition("=")[0]})


def test_nobody_else_forces(lab: Lab) -> None:
    entry = lab.at("annotate")

    assert lab.annotator.delete(f"/entries/{entry}?force=true").status == 403


def test_a_deleted_member_is_disabled_and_holds_nothing(lab: Lab) -> None:
    entry, member = lab.at("annotate"), str(lab.annotator.member)

    deleted, again = (lab.owner.delete(f"/project_members/{member}") for _ in range(2))

    assert (deleted.status, again.status) == (204, 404)
    assert lab.owner.get(f"/project_members/{member}").attributes["disabled_at"] is not None
    left = lab.owner.get(f"/entries/{entry}").attributes
    assert (left["assigned_to_id"], left["wf_step"], left["status"]) == (None, "annotate", "in_progress")


def test_a_disabled_member_can_be_enabled_again(lab: Lab) -> None:
    member = str(lab.annotator.member)
    lab.owner.delete(f"/project_members/{member}")

    reply = lab.owner.update("project_members", member, disabled_at=None)

    assert (reply.status, reply.attributes["disabled_at"]) == (200, None)


def test_an_external_id_is_unique_in_its_dataset(lab: Lab) -> None:
    lab.new_entry(external_id="1")

    taken = lab.owner.create("entries", dataset_id=lab.dataset, resource="x", external_id="1")
    changed = lab.owner.update("entries", lab.entry, external_id="1")
    elsewhere = lab.owner.create("entries", dataset_id=lab.new_dataset(), resource="x", external_id="1")

    for reply in (taken, changed):
        assert (reply.status, reply.code) == (409, "value_taken")
        assert reply.source == {"pointer": "/data/attributes/external_id"}
    assert elsewhere.status == 201


@pytest.mark.parametrize("type", ["application/json", "application/json; charset=utf-8", None])
def test_a_plain_json_body_is_accepted(lab: Lab, type: str | None) -> None:
    body = {"data": {"type": "entries", "attributes": {"resource": "x", "dataset_id": lab.dataset}}}
    headers = {"Content-Type": type} if type else {}

    reply = lab.owner.post("/entries", raw=json.dumps(body), headers=headers)

    assert reply.status == 201


def test_a_stranger_is_told_how_to_sign_in(still: Lab) -> None:
    reply = still.stranger.get(f"/entries/{still.entry}")

    assert (reply.status, reply.headers["www-authenticate"]) == (401, "Bearer")


def test_an_error_bears_the_id_of_its_request(still: Lab) -> None:
    reply = still.owner.get(f"/entries/{NOBODY}", headers={"X-Request-Id": "mine-1"})

    assert reply.document["errors"][0]["id"] == reply.headers["x-request-id"] == "mine-1"


def test_the_secret_of_a_key_is_told_once(lab: Lab) -> None:
    made = lab.owner.create("api_keys", name="x", scopes=["read"])

    secret = made.document["meta"]["secret"]
    assert secret.startswith("postil_")
    shown = lab.owner.get(f"/api_keys/{made.id}")
    assert "meta" not in shown.document
    assert secret not in shown.text + lab.owner.get("/api_keys").text


def test_a_key_that_may_read_may_not_write_nor_select(lab: Lab) -> None:
    reader = lab.owner.at("")
    reader.key = lab.key(lab.owner.account, ("read",))

    assert reader.get(f"/entries/{lab.entry}").status == 200
    for reply in (
        reader.get(f"/entries/{lab.entry}/select"),
        reader.update("entries", lab.entry, priority=1),
        reader.delete(f"/entries/{lab.entry}"),
        reader.create("entries", resource="x", dataset_id=lab.dataset),
    ):
        assert (reply.status, reply.code) == (403, "scope_missing")


def test_head_answers_as_get_without_a_body(still: Lab) -> None:
    for path in ("/entries", f"/entries/{still.entry}"):
        head, got = still.owner.ask("HEAD", path), still.owner.get(path)

        assert (head.status, head.text) == (200, "")
        assert head.headers["content-type"] == got.headers["content-type"]
