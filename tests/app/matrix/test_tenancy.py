"""Nothing of one organization is seen by another, by whatever way it is asked for."""

from typing import Any
from uuid import uuid4

import pytest

from app.attributes import Attribute, Kind
from app.declare import RESOURCES, Resource, ToOne
from app.web.jsonapi import cursors
from tests.app.matrix.asking import SEED, kept
from tests.app.matrix.table import Line, lines
from tests.app.matrix.tenants import Tenant, Tenants, settle_two
from tests.lab import CANARY, House, Person, Reply, escaped

CARDS = list(RESOURCES.values())
ON_RECORDS = {(line.method, line.template, line.query): line for line in lines() if "{id}" in line.template}
METHODS = {line.rpc: line for line in lines() if line.rpc and line.verb != "create"}
BY_TYPE = [pytest.param(card, id=card.type) for card in CARDS]
# What a new record of each type is sent, beside its parents.
SENT: dict[str, dict[str, Any]] = {
    "accounts": {"email": "new@somewhere.example"},
    "api_keys": {"scopes": ["read"]},
    "projects": {"name": "Lungs"},
    "project_members": {"role": "annotator"},
    "datasets": {"name": "Lungs"},
    "entries": {"resource": "1.png"},
    "annotations": {"dimensions": {"type": "point"}, "annotation": {"label": "vessel"}},
    "note_feeds": {"anchor_type": "annotation"},
    "note_comments": {"content_md": "Why?"},
    "reference_answers": {"content": {"annotations": []}},
    "webhooks": {"url": "https://hooks.example.org/postil"},
    "label_configurations": {"configuration": {"classes": [{"id": "vessel"}]}},
    "layers": {"label_set": "another"},
    "label_sets": {"name": "another"},
    "releases": {"name": "Another"},
    "exports": {"format": "postil"},
}
EITHER = {("organization_id", "project_id")}  # where a project is given, it says whose the record is
BY_OWNERS = ("accounts", "projects", "api_keys", "webhooks")
PARENTS = [
    pytest.param(card, name, id=f"{card.type}.{name}")
    for card in CARDS
    if card.type in SENT
    for name in card.parents
]


@pytest.fixture(scope="module")
def tenants(quick_house: House) -> Tenants:
    return settle_two(quick_house)


# Texts that the service gives, or that mean something to it.
WITHOUT_CANARY = {
    *("modality", "scopes", "dimensions", "lease"),
    *("event_types", "resource", "kind", "at", "quality_configuration"),
    *("media_type", "content_hash", "checksum"),
}


@pytest.mark.parametrize("card", BY_TYPE)
def test_the_canary_stands_in_every_text_of_theirs(tenants: Tenants, card: Resource) -> None:
    texts = [one for one in card.attributes.values() if one.kind in (Kind.TEXT, Kind.OBJECT, Kind.TEXTS)]

    theirs = kept(tenants.ours.lab.house, card, tenants.theirs.ids[card.type])

    bare = {one.name for one in texts if CANARY not in str(theirs[one.field])}
    assert bare <= WITHOUT_CANARY


def new_id() -> str:
    return str(uuid4())


# ---- by the id in a path, and by JSON-RPC


@pytest.mark.parametrize("mount", ["", SEED])
@pytest.mark.parametrize("line", ON_RECORDS.values(), ids=lambda line: f"{line.method} {line.template}")
def test_a_foreign_id_is_answered_as_a_random_one(tenants: Tenants, line: Line, mount: str) -> None:
    for person in tenants.ours.people:
        foreign, random = (
            said(_ask(person.at(mount), line, id), id) for id in (tenants.theirs.ids[line.type], new_id())
        )

        assert foreign[0] == 404
        assert foreign == random


@pytest.mark.parametrize("mount", ["", SEED])
@pytest.mark.parametrize("method", METHODS)
def test_rpc_answers_a_foreign_id_as_a_random_one(tenants: Tenants, method: str, mount: str) -> None:
    line = METHODS[method]
    type, _, name = method.partition(".")
    for person in tenants.ours.people:
        for path, called in ((f"/{type}", name), ("", method)):
            foreign, random = (
                person.at(mount).rpc(path, _call(called, id, line))
                for id in (tenants.theirs.ids[type], new_id())
            )

            assert foreign.document["error"]["code"] == -32004
            assert foreign.text == random.text


def test_nothing_was_changed_by_asking(tenants: Tenants) -> None:
    house = tenants.ours.lab.house
    before = {type: kept(house, RESOURCES[type], id) for type, id in tenants.theirs.ids.items()}

    for line in ON_RECORDS.values():
        _ask(tenants.ours.lab.owner, line, tenants.theirs.ids[line.type])

    assert {type: kept(house, RESOURCES[type], id) for type, id in tenants.theirs.ids.items()} == before


def said(reply: Reply, id: str) -> tuple[int, str, dict[str, str]]:
    """All of REPLY but the ids that were sent and that of the request."""
    request_id = reply.document["errors"][0]["id"]
    headers = {name: text for name, text in reply.headers.items() if text != request_id}
    return reply.status, reply.text.replace(request_id, "").replace(id, ""), headers


def _ask(person: Person, line: Line, id: str) -> Reply:
    query = f"?{line.query}" if line.query else ""
    body = None if line.method == "GET" or line.verb == "delete" else _document(line, id)
    return person.ask(line.method, line.template.replace("{id}", id) + query, body)


def _document(line: Line, id: str) -> Any:
    card = RESOURCES[line.type]
    if line.verb == "update":
        return {"data": {"type": card.type, "id": id, "attributes": {}}}
    if line.verb == "relationship":
        link = card.link_of[line.link]
        return {"data": {"type": link.type, "id": id} if isinstance(link, ToOne) else []}
    return {"data": {"attributes": _event(line)}}


_CLEARED = {"change": "clear"}


def _event(line: Line) -> dict[str, Any]:
    sent: dict[str, dict[str, Any]] = {
        "assign": {"assigned_to_id": None},
        "error": {"message": "black"},
        "replay": {"after": 0},
        "draft": {"content": {}},
        "validate": {"workflow_configuration": {}},
        "migrate": {"mapping": {}},
        "simulate": {"entries": 1, "paces": {}},
        "preview": _CLEARED,
        "apply": _CLEARED,
        "undo": {"job_id": new_id()},
        "compare": {"with_id": new_id()},
        "attach": {"project_id": new_id()},
        "imports": {"urls": ["https://pictures.example.org/1.jpg"]},
    }
    return sent.get(line.verb, {})


def _call(method: str, id: str, line: Line) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"id": id, **_event(line)}}


# ---- by lists, filters, and what is included


@pytest.mark.parametrize("mount", ["", SEED])
@pytest.mark.parametrize("card", BY_TYPE)
def test_lists_hold_none_of_theirs(tenants: Tenants, card: Resource, mount: str) -> None:
    for person in tenants.ours.people:
        reply = person.at(mount).get(f"/{card.type}?count=true")

        organizations = {kept(person.house, card, id).get("organization_id", id) for id in reply.ids}
        assert reply.document["meta"]["count"] == len(reply.ids)
        assert organizations <= {tenants.ours.lab.organization}


@pytest.mark.parametrize("card", BY_TYPE)
def test_filters_find_none_of_theirs(tenants: Tenants, card: Resource) -> None:
    owner = seeing_all(tenants.ours.lab.owner)
    theirs = kept(owner.house, card, tenants.theirs.ids[card.type])

    for query in [*_own_filters(card, tenants.theirs), *_filters(card, theirs)]:
        reply = owner.get(f"/{card.type}?{query}&count=true")

        assert (reply.status, reply.data, reply.document["meta"]["count"]) == (200, [], 0), query


def _filters(card: Resource, theirs: dict[str, Any]) -> list[str]:
    """A filter by each value of THEIRS that is theirs alone: an id, or a text with the canary."""
    queries = [f"filter[id]={theirs['id']}"]
    for attribute in card.attributes.values():
        value = theirs[attribute.field]
        if value is None or (attribute.kind is not Kind.ID and CANARY not in str(value)):
            continue
        queries += _filters_by(attribute, value)
    return queries


def _filters_by(attribute: Attribute, value: str) -> list[str]:
    if attribute.kind is Kind.TEXTS:
        return [f"filter[{attribute.name}]={escaped(value[2:-2])}"]
    queries = [f"filter[{attribute.name}]={escaped(value)}"]
    if attribute.kind is Kind.ID:
        queries.append(f"filter[{attribute.name}__in]={value}")
    if "match" in attribute.operators:
        queries.append(f"filter[{attribute.name}__match]={CANARY}")
    return queries


def _own_filters(card: Resource, theirs: Tenant) -> list[str]:
    if card.type == "project_members":
        return [f"filter[organization_id__in]={theirs.lab.organization}"]
    return [f"filter[participated]={theirs.lab.annotator.account}"] if card.type == "entries" else []


def seeing_all(person: Person) -> Person:
    """PERSON, whose answers may hold the canary, because they have sent it."""
    return Person(person.house, person.key, account=person.account, may_see=CANARY)


@pytest.mark.parametrize("mount", ["", SEED])
@pytest.mark.parametrize("card", BY_TYPE)
def test_nothing_of_theirs_is_included(tenants: Tenants, card: Resource, mount: str) -> None:
    for person in tenants.ours.people:
        for path in sorted(card.include_paths):
            reply = person.at(mount).get(f"/{card.type}?include={path}")

            assert reply.status == 200
            assert not [id for id in tenants.theirs.ids.values() if id in reply.text]


@pytest.mark.parametrize("card", BY_TYPE)
def test_a_cursor_of_theirs_leads_to_none_of_theirs(tenants: Tenants, card: Resource) -> None:
    first = tenants.theirs.lab.owner.get(f"/{card.type}?sort={_order(card)}&page[size]=1&page[after]=")
    cursor = _cursor(first, _order(card))

    for person in tenants.ours.people:
        for name in ("after", "before"):
            reply = person.get(f"/{card.type}?sort={_order(card)}&page[{name}]={cursor}")

            assert reply.status == 200
            assert tenants.theirs.ids[card.type] not in reply.ids


def _order(card: Resource) -> str:
    return "-created_at" if "created_at" in card.attributes else "-at"


def _cursor(page: Reply, order: str) -> str:
    """The cursor of the record on PAGE: as its next link has it, or made as that would be."""
    record = page.data[0]
    return cursors.write(order, (record["attributes"][order[1:]], record["id"]))


# ---- by writing a link to theirs


@pytest.mark.parametrize(("card", "name"), PARENTS)
def test_a_foreign_parent_is_unknown(tenants: Tenants, card: Resource, name: str) -> None:
    link = card.parents[name]
    foreign_id = tenants.theirs.ids[link.type]
    own: dict[str, Any] = {
        other.key: tenants.ours.ids[other.type]
        for other in card.parents.values()
        if other != link and (link.key, other.key) not in EITHER
    }
    sent = SENT[card.type] | own

    for person in (tenants.ours.lab.owner, tenants.ours.lab.project_owner):
        if card.type in BY_OWNERS and person is not tenants.ours.lab.owner:
            continue
        for id in (foreign_id, new_id()):
            linked = person.create(card.type, {name: (link.type, id)}, **sent)
            by_key = {**sent, link.key: id}
            named = person.create(card.type, **by_key)
            called = person.call(f"/{card.type}", "create", **by_key)["error"]

            for reply, pointer in ((linked, f"relationships/{name}"), (named, f"attributes/{link.key}")):
                assert (reply.status, reply.code) == (404, "related_not_found"), reply
                assert reply.source == {"pointer": f"/data/{pointer}"}
            assert called["code"] == -32004
            assert called["data"]["errors"][0]["pointer"] == f"/params/{link.key}"


@pytest.mark.parametrize(("card", "name"), PARENTS)
def test_a_foreign_parent_is_refused_as_a_random_one(tenants: Tenants, card: Resource, name: str) -> None:
    link = card.parents[name]
    own: dict[str, Any] = {
        other.key: tenants.ours.ids[other.type] for other in card.parents.values() if other != link
    }
    sent = SENT[card.type] | own

    foreign, random = (
        said(tenants.ours.lab.owner.create(card.type, **(sent | {link.key: id})), id)
        for id in (tenants.theirs.ids[link.type], new_id())
    )

    assert foreign == random


@pytest.mark.parametrize("card", BY_TYPE)
def test_no_record_of_ours_is_moved_to_theirs(tenants: Tenants, card: Resource) -> None:
    owner, id = tenants.ours.lab.owner, tenants.ours.ids[card.type]
    before = kept(owner.house, card, id)
    for link in card.to_ones:
        answers = []
        for other in (tenants.theirs.ids[link.type], new_id()):
            linked = {link.name: {"data": {"type": link.type, "id": other}}}
            whole = {"data": {"type": card.type, "id": id, "relationships": linked}}
            replies = [owner.patch(f"/{card.type}/{id}/relationships/{link.name}", linked[link.name])]
            if "update" in card.verbs:
                replies.append(owner.patch(f"/{card.type}/{id}", whole))
            if "update" in card.verbs and link.key in card.attributes:
                replies.append(owner.update(card.type, id, **{link.key: other}))
            answers.append([said(reply, other) for reply in replies])

        assert {answer[0] for answer in answers[0]} <= {403, 404}
        assert answers[0] == answers[1]
    assert kept(owner.house, card, id) == before


def test_a_foreign_account_cannot_be_the_inviter(tenants: Tenants) -> None:
    lab = tenants.ours.lab
    sent: dict[str, Any] = {
        "project_id": lab.project,
        "account_id": lab.outsider.account,
        "role": "annotator",
    }

    foreign, random = (
        lab.owner.create("project_members", **sent, invited_by_id=id)
        for id in (tenants.theirs.lab.owner.account, new_id())
    )

    assert (foreign.status, foreign.source) == (404, {"pointer": "/data/attributes/invited_by_id"})
    assert said(foreign, "") == said(random, "")


def test_no_entry_is_assigned_to_a_foreign_account(tenants: Tenants) -> None:
    lab = tenants.ours.lab
    entry = lab.new_entry()

    foreign, random = (
        lab.owner.act(entry, "assign", assigned_to_id=id)
        for id in (tenants.theirs.lab.annotator.account, new_id())
    )

    assert (foreign.status, foreign.code) == (422, "not_a_member")
    assert said(foreign, "") == said(random, "")


@pytest.mark.parametrize("tail", ["", "/workflow/validate"])
def test_no_workflow_names_a_foreign_account(tenants: Tenants, tail: str) -> None:
    lab = tenants.ours.lab
    dataset = lab.new_dataset()
    method = "POST" if tail else "PATCH"

    def answer(id: str) -> tuple[int, str]:
        step = {"kind": "annotate", "members": [id], "on": {"submit": "done"}}
        graph = {"start": "draw", "steps": {"draw": step, "done": {"kind": "done"}}}
        data = {"type": "datasets", "attributes": {"workflow_configuration": graph}}
        reply = lab.owner.ask(method, f"/datasets/{dataset}{tail}", {"data": data})
        return said(reply, id)[:2] if not tail else (reply.status, str(reply.attributes).replace(id, ""))

    foreign, random = answer(tenants.theirs.lab.annotator.account), answer(new_id())

    assert foreign == random
    assert "workflow_member_unknown" in foreign[1]
    assert lab.owner.get(f"/datasets/{dataset}").attributes["workflow_version"] == 1


def test_a_simulation_does_not_tell_a_foreign_account_from_a_random_one(tenants: Tenants) -> None:
    lab = tenants.ours.lab

    def answer(id: str) -> str:
        people = [{"role": "annotator", "account_id": id}, {"role": "reviewer"}]
        paces = {step: {"seconds": 60} for step in ("start", "annotate", "review")}
        draft = {"entries": 3, "people": people, "paces": paces, "seed": 1}
        data = {"attributes": draft | {"workflow_configuration": {"sample_rate": 1}}}
        reply = lab.owner.post(f"/datasets/{lab.dataset}/workflow/simulate", {"data": data})
        assert reply.status == 200, reply
        return str(reply.attributes).replace(id, "")

    assert answer(tenants.theirs.lab.annotator.account) == answer(new_id())


def test_what_a_foreign_account_did_is_not_kept(tenants: Tenants) -> None:
    lab = tenants.ours.lab
    entry = lab.at("annotate")

    foreign, random = (
        lab.annotator.act(entry, "submit", keep=id) for id in (tenants.theirs.lab.annotator.account, new_id())
    )

    assert (foreign.status, foreign.code) == (422, "keep_unknown")
    assert said(foreign, "") == said(random, "")


def test_a_submit_does_not_reach_a_foreign_annotation(tenants: Tenants) -> None:
    lab, card, foreign = tenants.ours.lab, RESOURCES["annotations"], tenants.theirs.ids["annotations"]
    entry, before = lab.at("annotate"), kept(lab.house, card, foreign)
    one = {"id": foreign, "dimensions": {}, "annotation": {"label": "mine"}}

    reply = lab.annotator.act(entry, "submit", annotations=[one])

    assert reply.status == 409
    assert kept(lab.house, card, foreign) == before
    assert lab.owner.get(f"/entries/{entry}").attributes["wf_step"] == "annotate"


@pytest.mark.parametrize("type", ["projects", "accounts", "api_keys"])
def test_a_foreign_id_can_not_be_taken_over(tenants: Tenants, type: str) -> None:
    owner, foreign = tenants.ours.lab.owner, tenants.theirs.ids[type]
    before = kept(owner.house, RESOURCES[type], foreign)
    more: dict[str, Any] = {"organization_id": tenants.ours.lab.organization} if type == "projects" else {}

    reply = owner.create(type, id=foreign, **SENT[type], **more)

    assert (reply.status, reply.code) == (409, "id_taken")
    assert kept(owner.house, RESOURCES[type], foreign) == before


# ---- by pictures, and by what must be unique


def test_a_foreign_picture_is_answered_as_an_unknown_one(tenants: Tenants) -> None:
    for person in tenants.ours.people:
        foreign, random = (
            said(person.get(f"/files/{hash}"), hash) for hash in (tenants.theirs.picture, "0" * 64)
        )

        assert foreign[0] == 404
        assert foreign == random
        assert person.get(f"/files/{tenants.ours.picture}").status == 200


def test_what_they_have_taken_is_free_for_us(tenants: Tenants) -> None:
    owner = seeing_all(tenants.ours.lab.owner)
    theirs = tenants.theirs.lab.owner.get(f"/accounts/{tenants.theirs.ids['accounts']}").attributes
    taken = tenants.theirs.lab.owner.get(f"/entries/{tenants.theirs.ids['entries']}").attributes

    account = owner.create("accounts", email=theirs["email"], username=theirs["username"])
    entry = owner.create(
        "entries", dataset_id=tenants.ours.lab.dataset, resource="1.png", external_id=taken["external_id"]
    )

    assert (account.status, entry.status) == (201, 201)
