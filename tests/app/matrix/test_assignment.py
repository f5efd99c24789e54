"""What clients may set and ask for, written by hand: every other column of the tables is out of reach."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.declare import RESOURCES, Resource
from tests.app.matrix.asking import SEED, kept
from tests.app.matrix.scenes.happenings import wait_for_feed
from tests.app.matrix.tenants import Tenants, settle_two
from tests.lab import House, Reply
from tests.statements import ran_for_people

CARDS = [pytest.param(card, id=type) for type, card in RESOURCES.items()]
ALL = list(RESOURCES.values())
CREATED = [pytest.param(card, id=type) for type, card in RESOURCES.items() if "create" in card.verbs]
UPDATED = [pytest.param(card, id=type) for type, card in RESOURCES.items() if "update" in card.verbs]
TIMES = {"created_at", "updated_at"}

# The contract's section 2, by hand: what is shown, set on create, and changed later.
SHOWN: dict[str, set[str]] = {
    "organizations": {"name"} | TIMES,
    "accounts": {"organization_id", "email", "name", "username", "organization_role", "disabled_at"} | TIMES,
    "api_keys": {"account_id", "name", "scopes", "kind", "expires_at", "last_used_at", "revoked_at"} | TIMES,
    "projects": {
        *("organization_id", "name", "description", "created_by_email", "kind", "label_configuration_id"),
        *("key", "category", "vendor"),
    }
    | TIMES,
    "label_configurations": {
        *("organization_id", "project_id", "name", "description", "configuration", "labels", "revision"),
    }
    | TIMES,
    "project_members": {
        *("project_id", "account_id", "name", "email", "role", "invited_by_id", "disabled_at", "paused_at"),
    }
    | TIMES,
    "datasets": {
        *("project_id", "name", "labels", "modality", "labeling_configuration", "workflow_configuration"),
        *("status", "progress", "entries_total_count", "entries_completed_count"),
        *("entries_in_progress_count", "lease", "assignment", "workflow_version", "paused_steps"),
        *("quality_configuration", "organization_id", "description", "readme", "category", "visibility"),
        *("library_id", "label_configuration_id", "owner_id", "addresses_version", "vendor"),
    }
    | TIMES,
    "workflow_versions": {"project_id", "dataset_id", "number", "configuration"} | TIMES,
    "entries": {
        *("project_id", "dataset_id", "resource", "priority", "wf_step", "status", "job_id"),
        *("assigned_to_id", "submitted_by_id", "reviewed_by_id", "external_id", "split", "metadata"),
        *("workflow_version", "due_at", "agreement", "width", "height", "content_hash", "media_type"),
        *("label_status", "media", "reviewer_id", "vendor", "library_entry_id"),
    }
    | TIMES,
    "layers": {"project_id", "dataset_id", "entry_id", "label_set", "status", "score", "vendor"} | TIMES,
    "label_sets": {"project_id", "dataset_id", "name", "description", "vendor"} | TIMES,
    "releases": {
        *("project_id", "dataset_id", "name", "description", "label_set", "filter", "status", "as_of"),
        *("entries_count", "annotations_count", "checksum", "job_id", "created_by_email"),
    }
    | TIMES,
    "exports": {
        *("project_id", "dataset_id", "release_id", "format", "pictures", "status", "file_name"),
        *("media_type", "content_hash", "size", "errors_count", "job_id"),
    }
    | TIMES,
    "assets": {"account_id", "name", "content_hash", "media_type", "size", "width", "height"} | TIMES,
    "annotations": {
        *("project_id", "dataset_id", "entry_id", "layer_id", "dimensions", "annotation", "metadata"),
        "created_by_email",
    }
    | TIMES,
    "note_feeds": {
        *("project_id", "dataset_id", "entry_id", "annotation_id", "created_by_email", "anchor_type"),
        *("position", "status", "content_md", "edited_at"),
    }
    | TIMES,
    "note_comments": {"note_feed_id", "content_md", "created_by_email", "edited_at"} | TIMES,
    "drafts": {"project_id", "dataset_id", "entry_id", "account_id", "reason", "content"} | TIMES,
    "reference_answers": {"project_id", "dataset_id", "entry_id", "content"} | TIMES,
    "scores": {"project_id", "dataset_id", "entry_id", "account_id", "wf_step", "score"} | TIMES,
    "events": {
        *("sequence", "kind", "resource", "record_id", "record_version", "project_id", "dataset_id"),
        *("entry_id", "actor_id", "at", "details", "record"),
    },
    "jobs": {
        *("project_id", "dataset_id", "account_id", "kind", "state", "done", "total", "errors_count"),
        *("started_at", "finished_at", "result"),
    }
    | TIMES,
    "job_errors": {"job_id", "item", "code", "detail", "at"},
    "webhooks": {
        *("project_id", "url", "description", "event_types", "disabled_at", "pending_count"),
        *("failures_count", "failures_in_a_row", "last_success_at", "last_failure_at", "resting_until"),
    }
    | TIMES,
    "webhook_deliveries": {
        *("webhook_id", "event_type", "event_id", "sequence", "record_id", "state", "attempt"),
        *("status_code", "error_code", "created_at", "first_attempt_at", "at", "next_attempt_at"),
    },
}
SET: dict[str, set[str]] = {  # on create
    "organizations": set(),
    "accounts": {"organization_id", "email", "name", "username", "organization_role", "disabled_at"},
    "api_keys": {"account_id", "name", "scopes", "expires_at"},
    "projects": {
        *("organization_id", "name", "description", "label_configuration_id", "key", "category", "vendor"),
    },
    "label_configurations": {"organization_id", "project_id", "name", "description", "configuration"},
    "layers": {"entry_id", "label_set", "status", "score", "vendor"},
    "label_sets": {"dataset_id", "name", "description", "vendor"},
    "releases": {"dataset_id", "name", "description", "label_set", "filter"},
    "exports": {"release_id", "format", "pictures"},
    "project_members": {
        *("project_id", "account_id", "name", "email", "role", "invited_by_id", "disabled_at", "paused_at"),
    },
    "datasets": {
        *("project_id", "name", "labels", "modality", "labeling_configuration", "workflow_configuration"),
        *("lease", "assignment", "paused_steps", "quality_configuration", "organization_id", "description"),
        *("readme", "category", "visibility", "label_configuration_id", "owner_id", "vendor"),
    },
    "entries": {
        *("dataset_id", "resource", "priority", "job_id", "external_id", "split", "metadata"),
        *("width", "height", "media", "reviewer_id", "vendor"),
    },
    "annotations": {"entry_id", "layer_id", "dimensions", "annotation", "metadata"},
    "note_feeds": {"entry_id", "annotation_id", "anchor_type", "position", "content_md"},
    "note_comments": {"note_feed_id", "content_md"},
    "reference_answers": {"entry_id", "content"},
    "webhooks": {"project_id", "url", "description", "event_types", "disabled_at"},
}
CHANGED: dict[str, set[str]] = {  # later
    "organizations": {"name"},
    "accounts": {"email", "name", "username", "organization_role", "disabled_at"},
    "api_keys": {"name", "expires_at"},
    "projects": {"name", "description", "label_configuration_id", "key", "category", "vendor"},
    "label_configurations": {"name", "description", "configuration"},
    "layers": {"status", "score", "vendor"},
    "label_sets": {"description", "vendor"},
    "releases": {"description"},
    "assets": {"name"},
    "project_members": {"name", "email", "role", "disabled_at", "paused_at"},
    "datasets": {
        *("name", "labels", "labeling_configuration", "workflow_configuration", "lease", "assignment"),
        *("paused_steps", "quality_configuration", "description", "readme", "category", "visibility"),
        *("label_configuration_id", "vendor"),
    },
    "entries": {
        *("resource", "priority", "job_id", "external_id", "split", "metadata", "width", "height"),
        *("media", "reviewer_id", "vendor"),
    },
    "annotations": {"dimensions", "annotation", "metadata"},
    "note_feeds": {"position", "content_md"},
    "note_comments": {"content_md"},
    "drafts": {"content"},
    "reference_answers": {"content"},
    "webhooks": {"url", "description", "event_types", "disabled_at"},
}
NEW: dict[str, dict[str, Any]] = {  # a new record, beside its parents
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
PRESENT = {"id", "created_at", "updated_at", "version"}
OPERATORS = ["", "__eq", "__in", "__gt", "__gte", "__lt", "__lte", "__match", "__contains", "__like", "__ne"]


@pytest.fixture(scope="module")
def tenants(quick_house: House) -> Tenants:
    return settle_two(quick_house)


def columns_of(card: Resource) -> set[str]:
    """Every column of the card's table, by its names in the database and in Python."""
    return {*card.table.columns.keys(), *card.fields} - {"id"}


# ---- what is shown


@pytest.mark.parametrize("card", CARDS)
def test_records_show_what_the_contract_lists(tenants: Tenants, card: Resource) -> None:
    path = f"/{card.type}/{tenants.ours.ids[card.type]}"

    record = tenants.ours.lab.owner.get(path).attributes
    listed = tenants.ours.lab.owner.get(f"/{card.type}").data[0]["attributes"]
    called = tenants.ours.lab.owner.call(f"/{card.type}", "show", id=tenants.ours.ids[card.type])["result"]

    assert record.keys() == listed.keys() == SHOWN[card.type]
    assert called.keys() == SHOWN[card.type] | {"id"}


def test_a_secret_is_told_once_and_never_its_hash(tenants: Tenants) -> None:
    owner = tenants.ours.lab.owner
    made = owner.create("api_keys", scopes=["read"])
    secret, hash = (
        made.document["meta"]["secret"],
        kept(owner.house, RESOURCES["api_keys"], made.id)["secret_hash"],
    )

    answers = [
        owner.get(f"/api_keys/{made.id}").text,
        owner.get("/api_keys").text,
        owner.update("api_keys", made.id, name="renamed").text,
        owner.get("/accounts?include=api_keys").text,
        str(owner.call("/api_keys", "show", id=made.id)),
        owner.get(f"/api_keys/{made.id}/history").text,
        owner.get(f"/api_keys/{made.id}/difference?from=1&to=2").text,
        owner.get("/api_keys?as_of=2100-01-01T00:00:00Z").text,
        owner.get(f"/events?filter[record_id]={made.id}").text,
    ]

    assert hash not in made.text
    assert not [answer for answer in answers if secret in answer or hash in answer]


def test_no_secret_stands_in_the_feed(tenants: Tenants) -> None:
    owner = tenants.ours.lab.owner
    made = owner.create("webhooks", url="https://hooks.example.org/postil")
    entry = tenants.ours.lab.at("annotate")
    wait_for_feed(owner.house)
    secrets = {
        card.type: {one.name for one in card.every_attribute.values() if one.is_secret} for card in ALL
    }

    events = owner.get("/events").data
    texts = [owner.get("/events").text, owner.get(f"/webhooks/{made.id}").text, owner.get("/webhooks").text]

    told = {one["attributes"]["resource"]: one["attributes"]["record"].keys() for one in events}
    assert told.keys() >= {"webhooks", "entries", "api_keys", "jobs"}
    assert not [(type, names & secrets[type]) for type, names in told.items() if names & secrets[type]]
    token = kept(owner.house, RESOURCES["entries"], entry)["lease_token"]
    assert not [text for text in texts if made.document["meta"]["secret"] in text or token in text]


# ---- mass assignment


def _value(card: Resource, name: str, tenants: Tenants) -> Any:
    """A value for the column NAME that would be a gain, of the type that it has."""
    if name.endswith("_id"):
        return tenants.theirs.lab.owner.account
    column = card.table.columns.get(name.rstrip("_"))
    is_number = column is not None and column.type.python_type in (int, float)
    return 99 if is_number else "2030-01-01T00:00:00.000000Z" if name.endswith("_at") else "completed"


@pytest.mark.parametrize("card", CREATED)
def test_a_create_sets_no_column_that_is_not_for_clients(tenants: Tenants, card: Resource) -> None:
    owner = tenants.ours.lab.owner
    parents = {link.key: tenants.ours.ids[link.type] for link in card.parents.values()}
    if card.type == "project_members":
        parents["account_id"] = tenants.ours.lab.outsider.account
    count = owner.get(f"/{card.type}?count=true").document["meta"]["count"]

    for name in sorted(columns_of(card) - SET[card.type]):
        sent: dict[str, Any] = {**NEW[card.type], **parents, name: _value(card, name, tenants)}
        for mount in ("", SEED):
            reply = owner.at(mount).create(card.type, **sent)
            _assert_refused(reply, 422, name)
        called = owner.call(f"/{card.type}", "create", **sent)
        assert called["error"]["code"] == -32602, name
        assert f"/params/{name}" in [one.get("pointer") for one in called["error"]["data"]["errors"]]

    assert owner.get(f"/{card.type}?count=true").document["meta"]["count"] == count


@pytest.mark.parametrize("card", UPDATED)
def test_an_update_sets_no_column_that_is_not_for_clients(tenants: Tenants, card: Resource) -> None:
    owner, id = tenants.ours.lab.owner, tenants.ours.ids[card.type]
    before = kept(owner.house, card, id)

    for name in sorted(columns_of(card) - CHANGED[card.type]):
        sent = {name: _value(card, name, tenants)}
        is_shown = name in SHOWN[card.type]
        for mount in ("", SEED):
            _assert_refused(owner.at(mount).update(card.type, id, **sent), 403 if is_shown else 422, name)
        called = owner.call(f"/{card.type}", "update", id=id, **sent)
        assert called["error"]["code"] == (-32003 if is_shown else -32602), name

    assert kept(owner.house, card, id) == before


def _assert_refused(reply: Reply, status: int, name: str) -> None:
    assert reply.status == status, (name, reply)
    pointers = [one.get("source", {}).get("pointer") for one in reply.document["errors"]]
    assert f"/data/attributes/{name}" in pointers


@pytest.mark.parametrize("card", UPDATED)
def test_what_cannot_be_set_may_be_sent_unchanged(tenants: Tenants, card: Resource) -> None:
    owner, id = tenants.ours.lab.owner, tenants.ours.ids[card.type]
    before = kept(owner.house, card, id)
    whole = owner.get(f"/{card.type}/{id}").attributes

    reply = owner.update(card.type, id, **whole)

    assert (reply.status, reply.attributes) == (200, whole)
    assert kept(owner.house, card, id) == before


@pytest.mark.parametrize("name", ["created_by", "assigned_to", "submitted_by", "reviewed_by", "organization"])
def test_a_create_sets_no_relationship_that_is_not_for_clients(tenants: Tenants, name: str) -> None:
    lab = tenants.ours.lab
    links = {"dataset": ("datasets", lab.dataset), name: ("project_members", str(lab.annotator.member))}

    reply = lab.owner.create("entries", links, resource="1.png")

    assert (reply.status, reply.source) == (422, {"pointer": f"/data/relationships/{name}"})


@pytest.mark.parametrize(
    ("event", "more"),
    [
        ("assign", {"status": "completed"}),
        ("assign", {"assigned_to_member_id": "x"}),
        ("submit", {"submitted_by_id": "x"}),
        ("submit", {"status": "completed"}),
        ("submit", {"annotations": [{"dimensions": {}, "annotation": {}, "created_by_id": "x"}]}),
        ("submit", {"annotations": [{"dimensions": {}, "annotation": {}, "entry_id": "x"}]}),
        ("submit", {"annotations": [{"dimensions": {}, "annotation": {}, "organization_id": "x"}]}),
        ("submit", {"wf_step": "done"}),
        ("error", {"wf_step": "done"}),
        ("skip", {"wf_step": "done"}),
        ("skip", {"annotations": []}),
        ("send_back", {"assigned_to_id": "x"}),
        ("reopen", {"assigned_to_id": "x"}),
    ],
)
def test_an_event_sets_nothing_beyond_its_body(tenants: Tenants, event: str, more: dict[str, Any]) -> None:
    lab = tenants.ours.lab
    entry = lab.at("annotate")
    bodies: dict[str, Any] = {"assign": {"assigned_to_id": None}, "error": {"message": "black"}}
    needed = bodies.get(event, {})
    before = kept(lab.house, RESOURCES["entries"], entry)

    reply = lab.owner.act(entry, event, **needed, **more)
    called = lab.owner.call("/entries", event, id=entry, **needed, **more)

    assert (reply.status, reply.code) == (422, "attribute_unknown")
    assert called["error"]["code"] == -32602
    assert kept(lab.house, RESOURCES["entries"], entry) == before


@pytest.mark.parametrize(
    "annotations",
    [
        7,
        [7],
        [{"nonsense": 1}],
        [{"dimensions": "{}", "annotation": {}}],
        [{"dimensions": {}, "annotation": {}, "created_by_email": "x"}],
        [{"dimensions": {}, "annotation": {}, "entry_id": "x"}],
        [{"dimensions": {}, "annotation": {}, "organization_id": "x"}],
    ],
)
def test_a_draft_that_is_taken_over_sets_nothing_that_a_submit_does_not(
    tenants: Tenants, annotations: Any
) -> None:
    lab, card = tenants.ours.lab, RESOURCES["annotations"]
    entry = lab.at("annotate")
    mark = lab.new_annotation(entry)
    before = kept(lab.house, card, mark)

    for content in (annotations, [{**annotations[0], "id": mark}] if str(annotations) > "[{" else 7):
        body = {"data": {"attributes": {"content": {"annotations": content}}}}
        draft = lab.annotator.ask("PUT", f"/entries/{entry}/draft", body).id
        replies = [lab.annotator.post(f"/drafts/{draft}/take_over")]
        called = lab.owner.call("/drafts", "take_over", id=draft)

        assert [(reply.status, reply.code) for reply in replies] == [(422, "draft_invalid")]
        assert called["error"]["data"]["code"] == "draft_invalid"
        assert lab.annotator.get(f"/drafts/{draft}").attributes["content"] == {"annotations": content}
    assert kept(lab.house, card, mark) == before
    assert lab.owner.get(f"/entries/{entry}/annotations").ids == [mark]


def test_a_draft_that_is_taken_over_is_as_if_it_had_been_submitted(tenants: Tenants) -> None:
    lab = tenants.ours.lab
    entry = lab.at("annotate")
    mark = lab.new_annotation(entry)
    one: dict[str, Any] = {"dimensions": {"type": "point", "x": 1.0}, "annotation": {"label": "é"}}
    changed: dict[str, Any] = {"id": mark, "annotation": {"label": "lesion"}}
    body = {"data": {"attributes": {"content": {"annotations": [one, changed]}}}}
    draft = lab.annotator.ask("PUT", f"/entries/{entry}/draft", body).id

    reply = lab.annotator.post(f"/drafts/{draft}/take_over")

    assert reply.status == 200
    found = [one["attributes"] for one in lab.owner.get(f"/entries/{entry}/annotations?sort=id").data]
    assert [kept["annotation"] for kept in found] == [{"label": "lesion"}, {"label": "é"}]
    assert found[1]["dimensions"] == one["dimensions"]
    assert lab.annotator.get(f"/drafts/{draft}").status == 404


# ---- the oracle: nothing is learnt of a column that is not shown


def test_the_counter_counts(tenants: Tenants) -> None:
    with ran_for_people(tenants.ours.lab.house.database) as seen:
        tenants.ours.lab.owner.get("/entries?filter[status]=ready")

    assert len(seen) == 2  # the list, and before it its tag


@pytest.mark.parametrize("card", CARDS)
def test_no_query_reaches_a_column_that_is_not_shown(tenants: Tenants, card: Resource) -> None:
    owner = tenants.ours.lab.owner
    path, record = f"/{card.type}", f"/{card.type}/{tenants.ours.ids[card.type]}"
    asked = [f"{path}?{query}" for query in _hidden_queries(card)]
    asked += [f"{record}?{query}" for query in _hidden_queries(card, of_one=True)]

    with ran_for_people(tenants.ours.lab.house.database) as seen:
        replies = {url: owner.get(url) for url in asked}

    assert {url: reply.status for url, reply in replies.items() if reply.status != 400} == {}
    assert all("parameter" in reply.source for reply in replies.values())
    assert seen == []


def _hidden_queries(card: Resource, *, of_one: bool = False) -> Iterator[str]:
    """Every way to name a column that is not shown: this table's with every operator, others' with one."""
    everywhere = {name for other in RESOURCES.values() for name in columns_of(other)}
    for name in sorted(everywhere - SHOWN[card.type] - card.link_of.keys()):
        own = name in columns_of(card)
        yield f"fields[{card.type}]={name}"
        yield f"include={name.removesuffix('_id')}.secret_hash"
        if of_one:
            continue
        for operator in OPERATORS if own else [""]:
            if f"{name}{operator}" not in card.own_filters:  # filter[organization_id__in] of members
                yield f"filter[{name}{operator}]=a"
        if own:
            yield from (f"filter[{name}][a]=b", f"filter[{name}][]=a", f"filter[{name}]")
            yield from (f"sort={name}", f"sort=-{name}", f"sort=created_at,{name}", f"include={name}")
    for link in card.link_of:
        yield from (f"filter[{link}.secret_hash]=a", f"filter[{link}][secret_hash]=a")
        yield f"fields[{card.link_of[link].type}]=secret_hash,version"


@pytest.mark.parametrize("card", CARDS)
def test_what_is_shown_can_be_asked_for_by_name(tenants: Tenants, card: Resource) -> None:
    owner = tenants.ours.lab.owner

    reply = owner.get(f"/{card.type}?fields[{card.type}]={','.join(sorted(SHOWN[card.type]))}")

    assert reply.data[0]["attributes"].keys() == SHOWN[card.type]
