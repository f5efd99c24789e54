"""Atomic operations: items 47 to 51 of the JSON:API checklist, and what is our own about them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from app.web.jsonapi import operations as face
from tests.app.jsonapi import documents
from tests.app.jsonapi.asking import ATOMIC, NOBODY, named, operate, pointed, results
from tests.app.matrix.scenes.happenings import wait_for_feed
from tests.lab import MEDIA_TYPE, Lab, Person

BOX = {"type": "box", "x": 1, "y": 2}
EXT = "https://jsonapi.org/ext/atomic"


def an_entry(lab: Lab, lid: str | None = None, **attributes: Any) -> dict[str, Any]:
    """The addition of an entry."""
    data: dict[str, Any] = {
        "type": "entries",
        "attributes": {"resource": "a.png", **attributes},
        "relationships": {"dataset": {"data": {"type": "datasets", "id": lab.dataset}}},
    }
    return {"op": "add", "data": data | ({"lid": lid} if lid else {})}


def an_annotation(entry: dict[str, str], **more: Any) -> dict[str, Any]:
    """The addition of an annotation to the record that the identifier ENTRY names."""
    data = {"type": "annotations", "attributes": {"dimensions": BOX, "annotation": {"label": "a"}}, **more}
    return {"op": "add", "data": data | {"relationships": {"entry": {"data": entry}}}}


def a_priority(entry: str, value: Any = 5) -> dict[str, Any]:
    """The update of an entry, by its id."""
    data = {"type": "entries", "id": entry, "attributes": {"priority": value}}
    return {"op": "update", "ref": {"type": "entries", "id": entry}, "data": data}


def a_removal(entry: str) -> dict[str, Any]:
    return {"op": "remove", "ref": {"type": "entries", "id": entry}}


def entries_of(lab: Lab) -> int:
    return int(
        lab.owner.get(f"/entries?filter[dataset_id]={lab.dataset}&count=true").document["meta"]["count"]
    )


def events_of(person: Person) -> int:
    """How much has happened in the organization."""
    wait_for_feed(person.house)
    return int(person.get("/events?page[size]=1&count=true").document["meta"]["count"])


# ---- 47: the method and the media type


def test_47_only_post_is_known(asker: Person) -> None:
    for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE"):
        reply = asker.ask(method, "/operations")

        assert (reply.status, reply.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "media_type",
    [
        MEDIA_TYPE,
        "application/json",
        "",
        f'{MEDIA_TYPE};ext=""',
        f'{MEDIA_TYPE};ext="https://jsonapi.org/ext/other"',
        f'{MEDIA_TYPE};ext="{EXT} https://jsonapi.org/ext/other"',
        f'{MEDIA_TYPE};profile="{EXT}"',
        f"{ATOMIC};charset=utf-8",
        f'application/json;ext="{EXT}"',
    ],
)
def test_47_a_body_without_the_extension_is_unsupported(lab: Lab, owner: Person, media_type: str) -> None:
    reply = operate(owner, an_entry(lab), Content_Type=media_type)

    assert (reply.status, reply.code) == (415, "media_type_unsupported")
    assert reply.source == {"header": "Content-Type"}
    assert entries_of(lab) == 0


def test_47_a_body_without_a_media_type_is_unsupported(lab: Lab, owner: Person, mount: str) -> None:
    url, headers = f"{mount}/operations", {"Authorization": f"Bearer {owner.key}"}

    reply = lab.house.client.post(url, content=b'{"atomic:operations":[]}', headers=headers)

    assert reply.status_code == 415


@pytest.mark.parametrize(
    "media_type",
    [ATOMIC, ATOMIC.upper().replace(EXT.upper(), EXT), f'{MEDIA_TYPE}; profile="a:b"; ext="{EXT}"'],
)
def test_47_answers_bear_the_extension(lab: Lab, owner: Person, media_type: str) -> None:
    done = operate(owner, an_entry(lab), Content_Type=media_type)
    refused = operate(owner, {"op": "dance"}, Content_Type=media_type)
    stranger = operate(lab.stranger.at(owner.mount), an_entry(lab))

    assert [one.status for one in (done, refused, stranger)] == [200, 400, 401]
    assert {one.headers["content-type"] for one in (done, refused, stranger)} == {ATOMIC}


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        (ATOMIC, 204),
        ("*/*", 204),
        (MEDIA_TYPE, 204),
        (f'{MEDIA_TYPE};ext="https://jsonapi.org/ext/other"', 406),
        (f'{MEDIA_TYPE};ext="https://jsonapi.org/ext/other", {ATOMIC};q=0.5', 204),
        (f"{ATOMIC};q=0", 406),
        ("text/html", 406),
    ],
)
def test_47_the_extension_is_accepted(lab: Lab, owner: Person, accept: str, status: int) -> None:
    assert operate(owner, a_removal(lab.new_entry()), Accept=accept).status == status


def test_47_no_other_endpoint_speaks_it(asker: Person) -> None:
    asked = asker.post("/projects", {"data": {"type": "projects"}}, headers={"Content-Type": ATOMIC})
    accepted = asker.get("/projects", headers={"Accept": ATOMIC})

    assert (asked.status, accepted.status) == (415, 406)


# ---- 48: the document


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([], ""),
        (None, ""),
        ({}, ""),
        ({"data": []}, "/data"),
        ({"atomic:operations": [], "data": None}, "/data"),
        ({"atomic:operations": [{"op": "add"}], "included": []}, "/included"),
        ({"atomic:operations": {}}, "/atomic:operations"),
        ({"atomic:operations": []}, "/atomic:operations"),
        ({"atomic:operations": None}, "/atomic:operations"),
    ],
)
def test_48_the_document_has_operations_alone(asker: Person, body: Any, pointer: str) -> None:
    reply = asker.post("/operations", raw=json.dumps(body).encode(), headers={"Content-Type": ATOMIC})

    assert (reply.status, reply.source) == (400, {"pointer": pointer})


ID = {"type": "entries", "id": NOBODY}
MALFORMED: list[tuple[Any, str]] = [
    (None, ""),
    ([], ""),
    ({}, ""),
    ({"op": None}, "/op"),
    ({"op": "get", "ref": ID}, "/op"),
    ({"op": ["add"]}, "/op"),
    ({"op": "ADD", "data": ID}, "/op"),
    ({"op": "add"}, ""),
    ({"op": "add", "data": None}, ""),
    ({"op": "add", "data": []}, ""),
    ({"op": "add", "data": {}}, "/data"),
    ({"op": "add", "data": {"type": 1}}, "/data/type"),
    ({"op": "add", "data": {"type": "dreams"}}, "/data/type"),
    ({"op": "add", "data": {"type": "entries", "lid": 1}}, "/data/lid"),
    ({"op": "add", "data": {"type": "entries", "attributes": []}}, "/data/attributes"),
    ({"op": "add", "href": "/entries"}, ""),
    ({"op": "add", "href": "/entries", "data": []}, "/data"),
    ({"op": "add", "href": f"/entries/{NOBODY}", "data": {"type": "entries"}}, "/href"),
    ({"op": "add", "ref": ID, "data": {"type": "entries"}}, "/ref"),
    ({"op": "update"}, ""),
    ({"op": "update", "data": {"type": "entries"}}, "/data"),
    ({"op": "update", "data": {"id": NOBODY}}, "/data"),
    ({"op": "update", "ref": ID, "href": f"/entries/{NOBODY}", "data": ID}, "/href"),
    ({"op": "update", "ref": None, "data": ID}, "/ref"),
    ({"op": "update", "ref": {"id": NOBODY}, "data": ID}, "/ref"),
    ({"op": "update", "ref": {"type": "entries"}, "data": ID}, "/ref"),
    ({"op": "update", "ref": ID | {"lid": "a"}, "data": ID}, "/ref"),
    ({"op": "update", "ref": {"type": "entries", "id": 5}, "data": ID}, "/ref/id"),
    ({"op": "update", "ref": {"type": "dreams", "id": NOBODY}, "data": ID}, "/ref/type"),
    ({"op": "update", "ref": ID | {"relationship": "dreams"}, "data": None}, "/ref/relationship"),
    ({"op": "update", "ref": ID | {"relationship": None}, "data": None}, "/ref/relationship"),
    ({"op": "update", "ref": ID | {"relationship": "dataset"}}, ""),
    ({"op": "update", "ref": ID | {"relationship": "dataset"}, "data": []}, "/data"),
    ({"op": "add", "ref": ID | {"relationship": "dataset"}, "data": []}, "/op"),
    ({"op": "remove", "ref": ID | {"relationship": "annotations"}, "data": {}}, "/data"),
    ({"op": "remove"}, ""),
    ({"op": "remove", "data": ID}, ""),
    ({"op": "remove", "href": "/entries"}, "/href"),
    ({"op": "remove", "href": 5}, "/href"),
    ({"op": "remove", "href": None}, "/href"),
    ({"op": "remove", "href": ""}, "/href"),
    ({"op": "remove", "href": "/"}, "/href"),
    ({"op": "remove", "href": "http://["}, "/href"),
    ({"op": "remove", "href": "/dreams/1"}, "/href"),
    ({"op": "remove", "href": f"/entries/{NOBODY}/dataset"}, "/href"),
    ({"op": "remove", "href": f"/entries/{NOBODY}/submit"}, "/href"),
    ({"op": "remove", "href": f"/entries/{NOBODY}/relationships/dreams"}, "/href"),
    ({"op": "remove", "href": f"https://elsewhere.example/entries/{NOBODY}"}, "/href"),
    ({"op": "remove", "href": f"//elsewhere.example/entries/{NOBODY}"}, "/href"),
    ({"op": "remove", "href": f"/entries/{NOBODY}?force=perhaps"}, "/href"),
    ({"op": "remove", "href": f"/entries/{NOBODY}?sort=id"}, "/href"),
    ({"op": "update", "href": f"/entries/{NOBODY}?force=true", "data": ID}, "/href"),
]


@pytest.mark.parametrize(("operation", "pointer"), MALFORMED)
def test_50_a_malformed_operation_is_told_by_its_place(
    still: Lab, asker: Person, operation: Any, pointer: str
) -> None:
    before = events_of(asker)

    sent = [a_priority(still.entry, 77), operation]
    for at, many in ((0, [operation]), (1, sent)):
        reply = operate(asker, *many)

        assert (reply.status, reply.source) == (400, {"pointer": f"/atomic:operations/{at}{pointer}"}), reply
        documents.check(reply.document)
        pointed({"atomic:operations": many}, reply.source["pointer"])
    assert events_of(asker) == before


@pytest.mark.parametrize("way", ["ref", "href", "relative", "absolute", "other mount", "data"])
def test_48_a_record_is_named_by_ref_or_by_href(lab: Lab, owner: Person, mount: str, way: str) -> None:
    entry = lab.new_entry()
    data = {"type": "entries", "id": entry, "attributes": {"priority": 3}}
    other = "/api/v1/dataset" if mount == "" else ""
    target: dict[str, dict[str, Any]] = {
        "ref": {"ref": {"type": named(mount, "entries"), "id": entry.upper()}},
        "href": {"href": f"{mount}/entries/{entry}"},
        "relative": {"href": f"entries/{entry}/"},
        "absolute": {"href": f"http://testserver{mount}/entries/{entry}"},
        "other mount": {"href": f"{other}/entries/{entry}"},
        "data": {},
    }

    (result,) = results(operate(owner, {"op": "update", "data": data, **target[way]}))

    assert result["data"] == owner.get(f"/entries/{entry}").data
    assert result["data"]["attributes"]["priority"] == 3


def test_48_a_collection_is_named_by_href_or_by_the_type(lab: Lab, owner: Person) -> None:
    by_href = {**an_entry(lab), "href": f"{owner.mount}/entries"}
    wrong = {**an_entry(lab), "href": "/annotations"}

    done = results(operate(owner, by_href, an_entry(lab)))
    refused = operate(owner, an_entry(lab), wrong)

    assert [one["data"]["type"] for one in done] == [named(owner.mount, "entries")] * 2
    assert (refused.status, refused.code) == (409, "type_conflict")
    assert refused.source == {"pointer": "/atomic:operations/1/data/type"}
    assert entries_of(lab) == 2


# ---- 49: in order, all or nothing


def test_49_results_are_as_many_and_in_the_order_of_the_operations(lab: Lab, owner: Person) -> None:
    gone, kept = lab.new_entry(), lab.new_entry()

    reply = operate(
        owner, an_entry(lab, priority=1), a_removal(gone), a_priority(kept, 2), a_priority(kept, 3)
    )

    assert reply.document.keys() == {"jsonapi", "atomic:results"}
    made, removed, second, third = results(reply)
    assert removed == {}
    priorities = [one["data"]["attributes"]["priority"] for one in (made, second, third)]
    assert priorities == [1, 2, 3]
    assert made["data"] == owner.get(f"/entries/{made['data']['id']}").data
    assert third["data"] == owner.get(f"/entries/{kept}").data
    assert owner.get(f"/entries/{gone}").status == 404


def test_49_where_the_last_one_fails_nothing_is_kept(lab: Lab, owner: Person) -> None:
    gone, kept = lab.new_entry(priority=1), lab.new_entry(priority=1)
    before = [owner.get(f"/entries/{one}").text for one in (gone, kept)]
    events = events_of(owner)

    reply = operate(owner, an_entry(lab), a_priority(kept), a_removal(gone), a_priority(NOBODY))

    assert (reply.status, reply.code) == (404, "not_found")
    assert reply.source == {"pointer": "/atomic:operations/3"}
    assert [owner.get(f"/entries/{one}").text for one in (gone, kept)] == before
    assert events_of(owner) == events
    assert entries_of(lab) == 2


def test_49_where_every_result_is_empty_there_is_no_content(lab: Lab, owner: Person) -> None:
    reply = operate(owner, a_removal(lab.new_entry()), a_removal(lab.new_entry()))

    assert (reply.status, reply.text) == (204, "")
    assert entries_of(lab) == 0


def test_49_what_is_told_once_comes_with_its_result(lab: Lab, owner: Person) -> None:
    data = {"type": "api_keys", "attributes": {"scopes": ["read"]}}

    (result,) = results(operate(owner, {"op": "add", "data": data}))

    key = Person(lab.house, result["meta"]["secret"])
    assert key.get("/entries").status == 200
    assert (
        operate(owner, {"op": "remove", "ref": {"type": "api_keys", "id": result["data"]["id"]}}).status
        == 204
    )
    assert key.get("/entries").status == 401


# ---- 50: what is refused


@pytest.mark.parametrize(
    ("operation", "status", "code", "pointer"),
    [
        (lambda lab: a_priority(lab.entry, "high"), 422, "attribute_invalid", "/data/attributes/priority"),
        (lambda lab: an_entry(lab, colour=1), 422, "attribute_unknown", "/data/attributes/colour"),
        (lambda lab: an_entry(lab, resource=""), 422, "attribute_invalid", "/data/attributes/resource"),
        (lambda lab: an_annotation(ID), 404, "related_not_found", "/data/relationships/entry"),
        (
            lambda lab: {"op": "add", "data": {"type": "annotations", "attributes": {"entry_id": NOBODY}}},
            422,
            "attribute_missing",
            "/data/attributes",
        ),
        (lambda lab: a_removal(NOBODY), 404, "not_found", ""),
        (lambda lab: a_removal("none"), 404, "not_found", ""),
        (lambda lab: a_priority(lab.entry) | {"data": ID}, 409, "id_conflict", "/data/id"),
        (
            lambda lab: a_priority(lab.entry) | {"data": {"type": "projects", "id": lab.entry}},
            409,
            "type_conflict",
            "/data/type",
        ),
        (
            lambda lab: an_annotation({"type": "datasets", "id": lab.dataset}),
            409,
            "type_conflict",
            "/data/relationships/entry/data/type",
        ),
        (lambda lab: an_entry(lab, external_id="taken"), 409, "value_taken", "/data/attributes/external_id"),
        (
            lambda lab: {"op": "add", "data": {"type": "organizations", "attributes": {"name": "x"}}},
            403,
            "operation_unsupported",
            "/op",
        ),
        (
            lambda lab: {"op": "update", "ref": {"type": "events", "id": NOBODY}, "data": {}},
            403,
            "operation_unsupported",
            "/op",
        ),
        (
            lambda lab: {
                "op": "update",
                "data": {"type": "entries", "id": lab.entry, "attributes": {"status": 1}},
            },
            403,
            "attribute_read_only",
            "/data/attributes/status",
        ),
    ],
)
def test_50_what_cannot_be_done_is_told_as_alone_and_by_its_place(
    lab: Lab, owner: Person, operation: Any, status: int, code: str, pointer: str
) -> None:
    lab.new_entry(external_id="taken")
    sent = [an_entry(lab), operation(lab)]
    before = entries_of(lab)

    reply = operate(owner, *sent)

    assert (reply.status, reply.code) == (status, code), reply
    assert reply.source == {"pointer": f"/atomic:operations/1{pointer}"}
    documents.check(reply.document)
    pointed({"atomic:operations": sent}, reply.source["pointer"])
    assert entries_of(lab) == before


def test_50_every_fault_of_an_operation_is_told(lab: Lab, owner: Person) -> None:
    reply = operate(owner, an_entry(lab, priority="x", resource=5))

    found = sorted(error["source"]["pointer"] for error in reply.document["errors"])
    assert found == [f"/atomic:operations/0/data/attributes/{name}" for name in ("priority", "resource")]


def test_50_too_many_operations_are_refused_with_the_limit(lab: Lab, owner: Person) -> None:
    limit = lab.house.settings.batch_limit

    reply = operate(owner, *[a_priority(lab.entry, 9)] * (limit + 1))

    assert (reply.status, reply.code) == (400, "batch_too_large")
    assert reply.document["errors"][0]["meta"] == {"batch_limit": limit}
    assert reply.source == {"pointer": "/atomic:operations"}
    assert lab.owner.get(f"/entries/{lab.entry}").attributes["priority"] == 0


def test_50_as_many_as_the_limit_are_done(lab: Lab, owner: Person) -> None:
    limit = lab.house.settings.batch_limit

    assert len(results(operate(owner, *[an_entry(lab)] * limit))) == limit
    assert entries_of(lab) == limit


def test_50_what_takes_too_long_is_undone(lab: Lab, owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(0, 10_000, 25))  # seconds, of which the tests' batches have 60
    entry = lab.new_entry()
    sent = {"atomic:operations": [a_priority(entry, n) for n in range(1, 6)]}
    headers = {"Content-Type": ATOMIC, "Authorization": f"Bearer {owner.key}"}

    with monkeypatch.context() as patch:
        patch.setattr(face, "time", _Clock(ticks))
        reply = lab.house.client.post(f"{owner.mount}/operations", json=sent, headers=headers)

    (error,) = reply.json()["errors"]
    assert (reply.status_code, error["code"]) == (503, "batch_overdue")
    assert error["source"] == {"pointer": "/atomic:operations/2"}
    assert error["meta"] == {"batch_seconds": 60}
    assert reply.headers["retry-after"] == "1"
    assert owner.get(f"/entries/{entry}").attributes["priority"] == 0


class _Clock:
    def __init__(self, ticks: Any) -> None:
        self._ticks = ticks

    def monotonic(self) -> float:
        return float(next(self._ticks))


# ---- 51: local ids and relationships


def test_51_a_lid_names_a_record_in_later_operations(lab: Lab, owner: Person) -> None:
    lid = {"type": named(owner.mount, "entries"), "lid": "first"}
    dataset = {"type": "datasets", "id": lab.dataset}

    done = results(
        operate(
            owner,
            an_entry(lab, "first"),
            an_annotation(lid, lid="first"),
            {"op": "update", "ref": lid, "data": lid | {"attributes": {"priority": 4}}},
            {"op": "update", "data": lid | {"attributes": {"split": "train"}}},
            {"op": "update", "ref": lid | {"relationship": "dataset"}, "data": dataset},
            {
                "op": "update",
                "ref": {"type": "annotations", "lid": "first", "relationship": "entry"},
                "data": lid,
            },
            an_entry(lab, "second"),
            {"op": "remove", "ref": {"type": "entries", "lid": "second"}},
        )
    )

    entry, annotation = (one["data"]["id"] for one in done[:2])
    assert [one["data"]["id"] for one in done[2:4]] == [entry, entry]
    assert [one["data"] for one in done[4:6]] == [
        {"type": named(owner.mount, "datasets"), "id": lab.dataset},
        {"type": named(owner.mount, "entries"), "id": entry},
    ]
    shown = owner.get(f"/entries/{entry}").attributes
    assert (shown["priority"], shown["split"]) == (4, "train")
    assert owner.get(f"/annotations/{annotation}").attributes["entry_id"] == entry
    assert entries_of(lab) == 1


@pytest.mark.parametrize(
    ("operation", "pointer"),
    [
        (lambda lid: an_annotation(lid), "/data/relationships/entry/data/lid"),
        (lambda lid: {"op": "update", "ref": lid, "data": lid}, "/ref/lid"),
        (lambda lid: {"op": "update", "data": lid}, "/data/lid"),
        (lambda lid: {"op": "remove", "ref": lid}, "/ref/lid"),
        (lambda lid: {"op": "remove", "ref": lid | {"relationship": "annotations"}, "data": []}, "/ref/lid"),
    ],
)
def test_51_an_unknown_lid_is_refused(lab: Lab, owner: Person, operation: Any, pointer: str) -> None:
    lid = {"type": "entries", "lid": "later"}
    done = results(operate(owner, an_entry(lab, "later")))[0]["data"]["id"]
    attributes = {"name": "x", "organization_id": lab.organization}
    of_another_type = {"op": "add", "data": {"type": "projects", "lid": "later", "attributes": attributes}}

    for n, sent in enumerate([[], [an_entry(lab, "other")], [an_entry(lab), of_another_type]]):
        reply = operate(owner, *sent, operation(lid), an_entry(lab, "later"))

        assert (reply.status, reply.code) == (400, "lid_unknown")
        assert reply.source == {"pointer": f"/atomic:operations/{n}{pointer}"}
    assert owner.get(f"/entries?filter[dataset_id]={lab.dataset}").ids == [done]


def test_51_a_lid_is_given_once_for_each_type(lab: Lab, owner: Person) -> None:
    reply = operate(owner, an_entry(lab, "a"), an_entry(lab, "b"), an_entry(lab, "a"))

    assert (reply.status, reply.code) == (400, "lid_taken")
    assert reply.source == {"pointer": "/atomic:operations/2/data/lid"}
    assert entries_of(lab) == 0


def test_51_a_client_s_id_and_a_lid_name_the_same_record(lab: Lab, owner: Person) -> None:
    id = "01900000-0000-7000-8000-" + lab.organization[-12:]
    made = an_entry(lab, "mine")
    made["data"]["id"] = id.upper()

    results(operate(owner, made, an_annotation({"type": "entries", "lid": "mine"})))

    assert len(owner.get(f"/annotations?filter[entry_id]={id}").data) == 1


def test_51_relationships_are_confirmed_and_never_changed(lab: Lab, owner: Person) -> None:
    entry, another = lab.new_entry(), lab.new_dataset()
    annotation = lab.new_annotation(entry)
    at = {"type": "entries", "id": entry}
    one = {"type": "annotations", "id": annotation}
    told = owner.get(f"/entries/{entry}/relationships/assigned_to").data
    changes: list[Any] = [
        {
            "op": "update",
            "ref": at | {"relationship": "dataset"},
            "data": {"type": "datasets", "id": another},
        },
        {"op": "update", "href": f"/entries/{entry}/relationships/dataset", "data": None},
        *({"op": op, "ref": at | {"relationship": "annotations"}, "data": [one]} for op in ("add", "remove")),
        {"op": "update", "ref": at | {"relationship": "annotations"}, "data": []},
    ]

    same = {"op": "update", "href": f"/entries/{entry}/relationships/assigned_to", "data": told}
    assert results(operate(owner, same)) == [{"data": told}]
    for change in changes:
        reply = operate(owner, a_priority(entry), change)

        assert (reply.status, reply.code) == (403, "relationship_read_only")
        assert reply.source["pointer"].startswith("/atomic:operations/1")
        pointed({"atomic:operations": [{}, change]}, reply.source["pointer"])
    assert owner.get(f"/entries/{entry}").attributes["priority"] == 0


# ---- our own


def test_a_record_that_was_worked_on_is_removed_by_force(lab: Lab, owner: Person) -> None:
    entry = lab.at("review")

    refused = operate(owner, a_removal(entry))
    forced = operate(owner, {"op": "remove", "href": f"/entries/{entry}?force=true"})

    assert (refused.status, forced.status) == (403, 204)
    assert refused.source == {"pointer": "/atomic:operations/0"}


def test_a_key_makes_one_effect(lab: Lab, owner: Person) -> None:
    key = {"Idempotency_Key": f"k-{lab.organization}-{owner.mount}"}

    first, second = (operate(owner, an_entry(lab), an_entry(lab), **key) for _ in range(2))
    other = operate(owner, an_entry(lab), **key)

    assert (first.text, first.headers["content-type"]) == (second.text, second.headers["content-type"])
    assert second.headers["idempotency-replayed"] == "true"
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert entries_of(lab) == 2


def test_a_key_keeps_a_refusal(lab: Lab, owner: Person) -> None:
    key = {"Idempotency_Key": f"k-{lab.organization}-{owner.mount}"}
    sent = [an_entry(lab), an_entry(lab, external_id="one"), an_entry(lab, external_id="one")]

    first = operate(owner, *sent, **key)
    second = operate(owner, *sent, **key)

    assert (first.status, first.code) == (409, "value_taken")
    assert (second.status, second.text) == (409, first.text)
    assert second.headers["idempotency-replayed"] == "true"
    assert second.headers["content-type"] == ATOMIC


def test_a_dry_run_answers_and_keeps_nothing(lab: Lab, owner: Person) -> None:
    key = {"Idempotency_Key": f"k-{lab.organization}-{owner.mount}"}
    entry = lab.new_entry()
    sent = [a_priority(entry, 8), an_entry(lab, "e"), an_annotation({"type": "entries", "lid": "e"})]
    events = events_of(owner)

    dry = results(operate(owner, *sent, query="?dry_run=true", **key))
    refused = operate(owner, *sent, a_removal(NOBODY), query="?dry_run=true", **key)
    removed = operate(owner, a_removal(entry), query="?dry_run=1")

    assert [one["data"]["type"] for one in dry] == [
        named(owner.mount, type) for type in ("entries", "entries", "annotations")
    ]
    assert dry[0]["data"]["attributes"]["priority"] == 8
    assert (refused.status, refused.source) == (404, {"pointer": "/atomic:operations/3"})
    assert removed.status == 204
    assert (entries_of(lab), events_of(owner)) == (1, events)
    assert operate(owner, *sent, **key).status == 200
    assert entries_of(lab) == 2


@pytest.mark.parametrize(
    ("query", "name", "code"),
    [
        ("dry_run=perhaps", "dry_run", "parameter_invalid"),
        ("dry_run", "dry_run", "parameter_invalid"),
        ("dry_run=true&dry_run=false", "dry_run", "parameter_duplicate"),
        ("mode=continue", "mode", "parameter_unknown"),
        ("include=dataset", "include", "parameter_unknown"),
    ],
)
def test_other_parameters_are_refused(lab: Lab, owner: Person, query: str, name: str, code: str) -> None:
    reply = operate(owner, an_entry(lab), query=f"?{query}")

    assert (reply.status, reply.code, reply.source) == (400, code, {"parameter": name})
    assert entries_of(lab) == 0


def test_a_foreign_record_is_as_one_that_is_not_there(house: Any, lab: Lab, owner: Person) -> None:
    rival = Lab(house, f"Rival {lab.name}")
    foreign = rival.new_entry(priority=1)
    asked: list[Callable[[str], Any]] = [
        lambda id: a_priority(id),
        lambda id: a_removal(id),
        lambda id: {"op": "remove", "href": f"{owner.mount}/entries/{id}?force=true"},
        lambda id: an_annotation({"type": "entries", "id": id}),
        lambda id: {
            "op": "update",
            "ref": {"type": "entries", "id": id, "relationship": "dataset"},
            "data": None,
        },
    ]

    for operation in asked:
        told = []
        for id in (foreign, NOBODY):
            reply = operate(owner, an_entry(lab), operation(id))

            assert reply.status == 404
            error = reply.document["errors"][0]
            told.append({name: error[name] for name in ("code", "detail", "source")})
        assert told[0] == told[1]
    assert rival.owner.get(f"/entries/{foreign}").attributes["priority"] == 1
    assert rival.owner.get(f"/annotations?filter[entry_id]={foreign}").data == []
    assert entries_of(lab) == 0
