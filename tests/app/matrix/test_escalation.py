"""Nobody gives more than they have, and who has lost it feels so at once."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from app.declare import RESOURCES
from app.main import build
from tests.app.matrix.asking import kept
from tests.app.matrix.client import QuickClient
from tests.lab import House, Lab, Person, Reply

SOON = 1.0  # seconds: within them a revocation is felt in other processes
LONG_AGO = "2020-01-01T00:00:00Z"


# ---- roles of the organization


@pytest.mark.parametrize("role", ["admin", "owner"])
@pytest.mark.parametrize("who", ["admin", "project_owner", "outsider"])
def test_nobody_raises_themselves(lab: Lab, who: str, role: str) -> None:
    person: Person = getattr(lab, who)
    if (who, role) == ("admin", "admin"):
        return

    replies = [
        person.update("accounts", person.account, organization_role=role),
        person.update("accounts", person.account, name="Me", organization_role=role),
    ]
    called = person.call("/accounts", "update", id=person.account, organization_role=role)

    assert [reply.status for reply in replies] == [403, 403]
    assert called["error"]["code"] == -32003
    account = lab.owner.get(f"/accounts/{person.account}").attributes
    assert account["organization_role"] == ("admin" if who == "admin" else "member")
    assert account["name"] != "Me"


@pytest.mark.parametrize(
    "change",
    [{"organization_role": "member"}, {"disabled_at": LONG_AGO}, {"email": "mine@a.example"}, {"name": "X"}],
    ids=lambda change: next(iter(change)),
)
def test_an_admin_changes_no_owner(lab: Lab, change: dict[str, Any]) -> None:
    before = lab.owner.get(f"/accounts/{lab.owner.account}").attributes

    reply = lab.admin.update("accounts", lab.owner.account, **change)

    assert reply.status == 403
    assert lab.owner.get(f"/accounts/{lab.owner.account}").attributes == before


@pytest.mark.parametrize("name", ["email", "username", "disabled_at"])
def test_a_member_edits_their_own_name_alone(lab: Lab, name: str) -> None:
    value = {"email": "new@a.example", "username": "boss", "disabled_at": LONG_AGO}[name]
    person = lab.annotator

    named = person.update("accounts", person.account, name="Ana Lind")
    other = person.update("accounts", person.account, **{name: value})
    another = person.update("accounts", lab.reviewer.account, name="Not me")

    assert (named.status, named.attributes["name"]) == (200, "Ana Lind")
    assert (other.status, another.status) == (403, 403)


Losing = Callable[[Person, str], Reply]
LOSSES: dict[str, Losing] = {
    "demoted": lambda person, id: person.update("accounts", id, organization_role="admin"),
    "disabled": lambda person, id: person.update("accounts", id, disabled_at=LONG_AGO),
    "deleted": lambda person, id: person.delete(f"/accounts/{id}"),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_the_last_owner_stays(lab: Lab, loss: str) -> None:
    gone = lab.person(organization_role="owner")
    lab.owner.update("accounts", gone.account, disabled_at=LONG_AGO)  # a disabled owner is none

    reply = LOSSES[loss](lab.owner, lab.owner.account)

    assert (reply.status, reply.code) == (409, "last_owner")
    assert lab.owner.get(f"/accounts/{lab.owner.account}").attributes["organization_role"] == "owner"


@pytest.mark.parametrize("loss", LOSSES)
def test_an_owner_may_go_where_another_stays(lab: Lab, loss: str) -> None:
    other = lab.person(organization_role="owner")

    reply = LOSSES[loss](lab.owner, lab.owner.account)

    assert reply.status in (200, 204)
    assert LOSSES[loss](other, other.account).code == "last_owner"


def test_two_owners_who_go_at_once_leave_one(lab: Lab) -> None:
    for _ in range(5):
        other = lab.person(organization_role="owner")
        people = (lab.owner, other)

        with ThreadPoolExecutor(2) as pool:
            replies = list(
                pool.map(lambda one: one.update("accounts", one.account, organization_role="admin"), people)
            )

        stayed = [one for one, reply in zip(people, replies, strict=True) if reply.status == 409]
        assert len(stayed) == 1, replies
        lab.owner = stayed[0]


def test_an_admin_brings_no_owner_back(lab: Lab) -> None:
    other = lab.person(organization_role="owner")
    admin = lab.admin
    assert lab.owner.delete(f"/accounts/{other.account}").status == 204

    refused = admin.post(f"/accounts/{other.account}/restore")

    assert (refused.status, refused.code) == (403, "role_not_allowed")
    assert other.get("/accounts").status == 401
    assert lab.owner.post(f"/accounts/{other.account}/restore").status == 200
    assert other.get("/accounts").status == 200


# ---- keys


def key_with(lab: Lab, *scopes: str) -> Person:
    return Person(lab.house, lab.key(lab.owner.account, scopes), account=lab.owner.account)


@pytest.mark.parametrize("scopes", [["write"], ["read", "write"], ["read", "write", "admin"], None])
def test_a_key_makes_none_that_may_more(lab: Lab, scopes: list[str] | None) -> None:
    person = key_with(lab, "read", "admin")
    sent: dict[str, Any] = {"scopes": scopes} if scopes else {}

    reply = person.create("api_keys", **sent)
    called = person.call("/api_keys", "create", **sent)

    assert (reply.status, reply.code) == (403, "scope_not_allowed")
    assert called["error"]["data"]["code"] == "scope_not_allowed"


def test_a_key_makes_one_that_may_as_much(lab: Lab) -> None:
    assert key_with(lab, "read", "admin").create("api_keys", scopes=["read", "admin"]).status == 201


@pytest.mark.parametrize("scopes", [[], ["root"], ["read", "root"], ["READ"], [""]])
def test_there_are_no_other_scopes(lab: Lab, scopes: list[str]) -> None:
    assert lab.owner.create("api_keys", scopes=scopes).status == 422


def test_the_scopes_of_a_key_stay(lab: Lab) -> None:
    key = lab.owner.create("api_keys", scopes=["read"]).id

    reply = lab.owner.update("api_keys", key, scopes=["read", "write"])

    assert (reply.status, reply.source) == (403, {"pointer": "/data/attributes/scopes"})
    assert lab.owner.get(f"/api_keys/{key}").attributes["scopes"] == ["read"]


def test_a_key_that_may_not_read_reads_nothing_by_what_it_writes(lab: Lab) -> None:
    dataset = lab.dataset
    person = key_with(lab, "write")

    body = {"data": {"type": "datasets", "id": dataset, "attributes": {}}}
    reply = person.patch(f"/datasets/{dataset}?include=project", body)

    assert (reply.status, reply.code) == (403, "scope_missing")


# ---- the row must lie in the actor's scope afterwards


@pytest.mark.parametrize(
    "change", [{"role": "annotator"}, {"disabled_at": LONG_AGO}], ids=["demoted", "disabled"]
)
def test_a_project_owner_does_not_change_their_place_out_of_their_hands(
    lab: Lab, change: dict[str, Any]
) -> None:
    lead = lab.project_owner
    before = kept(lab.house, RESOURCES["project_members"], str(lead.member))

    reply = lead.update("project_members", str(lead.member), **change)
    called = lead.call("/project_members", "update", id=lead.member, **change)

    assert (reply.status, called["error"]["code"]) == (403, -32003)
    assert kept(lab.house, RESOURCES["project_members"], str(lead.member)) == before


def test_a_refused_change_takes_no_work_away(lab: Lab) -> None:
    lead = lab.project_owner
    entry = lab.new_entry()
    lead.act(entry, "select")

    reply = lead.update("project_members", str(lead.member), disabled_at=LONG_AGO)

    assert reply.status == 403
    assert lab.owner.get(f"/entries/{entry}").attributes["assigned_to_id"] == lead.account


def test_a_project_owner_makes_no_place_in_another_project(lab: Lab) -> None:
    other = lab.owner.create("projects", name="Lungs", organization_id=lab.organization).id
    sent: dict[str, Any] = {"account_id": lab.outsider.account, "role": "annotator"}

    reply = lab.project_owner.create("project_members", project_id=other, **sent)

    assert (reply.status, reply.source) == (404, {"pointer": "/data/attributes/project_id"})


# ---- who is paused


@pytest.mark.parametrize("take", ["select", "submit", "next"])
@pytest.mark.parametrize("what", ["the member", "the step"])
def test_what_is_paused_is_taken_in_no_way(lab: Lab, what: str, take: str) -> None:
    annotator, lead = lab.annotator, lab.project_owner
    held, entry = lab.new_entry(), lab.new_entry()
    assert annotator.act(held, "select").status == 200
    if what == "the member":
        paused = lead.update("project_members", str(annotator.member), paused_at=LONG_AGO)
    else:
        paused = lead.update("datasets", lab.dataset, paused_steps=["start"])
    assert paused.status == 200

    own = annotator.act(held, "submit")
    assert annotator.act(held, "skip").status == 200
    of = f"/datasets/{lab.dataset}" if take == "next" else f"/entries/{entry}"
    reply = annotator.post(f"{of}/{take}")

    assert own.attributes["wf_step"] == "annotate"  # what is held is ended as usual
    if (what, take) == ("the step", "next"):
        assert reply.status == 204
    else:
        assert (reply.status, reply.code) == (409, "member_paused" if what == "the member" else "step_paused")
    assert lab.owner.get(f"/entries/{entry}").attributes["assigned_to_id"] is None


def test_who_is_paused_does_not_go_on_by_themselves(lab: Lab) -> None:
    annotator = lab.annotator
    lab.project_owner.update("project_members", str(annotator.member), paused_at=LONG_AGO)

    reply = annotator.update("project_members", str(annotator.member), paused_at=None)

    assert reply.status == 403
    assert annotator.act(lab.new_entry(), "select").code == "member_paused"


# ---- who has left


@pytest.mark.parametrize("way", ["deleted", "disabled"])
def test_who_leaves_a_project_leaves_what_they_hold(lab: Lab, way: str) -> None:
    annotator = lab.annotator
    entries = [lab.at("annotate"), lab.new_entry()]
    annotator.act(entries[1], "select")

    if way == "deleted":
        reply = lab.project_owner.delete(f"/project_members/{annotator.member}")
    else:
        reply = lab.project_owner.update("project_members", str(annotator.member), disabled_at=LONG_AGO)

    assert reply.status in (200, 204)
    for entry in entries:
        left = kept(lab.house, RESOURCES["entries"], entry)
        assert (left["assigned_to_id"], left["assigned_to_member_id"]) == (None, None)
    assert lab.person("annotator").act(entries[0], "select").status == 200


@pytest.mark.parametrize("way", ["place", "account"])
def test_who_has_left_sees_nothing_of_what_they_made(lab: Lab, way: str) -> None:
    annotator = lab.annotator
    entry = lab.at("annotate")
    mark: dict[str, Any] = {"dimensions": {"type": "point"}, "annotation": {"label": "vessel"}}
    annotation = annotator.create("annotations", entry_id=entry, **mark).id
    feed = annotator.create("note_feeds", entry_id=entry, content_md="One?").id
    comment = annotator.create("note_comments", note_feed_id=feed, content_md="Two.").id
    annotator.act(entry, "submit")
    mine = [f"/entries/{entry}", f"/note_feeds/{feed}", f"/note_comments/{comment}"]
    assert [annotator.get(path).status for path in mine] == [200, 200, 200]

    if way == "place":
        lab.owner.delete(f"/project_members/{annotator.member}")
    else:
        lab.owner.update("accounts", annotator.account, disabled_at=LONG_AGO)

    wanted = 404 if way == "place" else 401
    for path in [*mine, f"/annotations/{annotation}", f"/projects/{lab.project}", f"/datasets/{lab.dataset}"]:
        assert annotator.get(path).status == wanted
    assert annotator.act(entry, "submit").status == wanted
    assert annotator.delete(f"/note_comments/{comment}").status == wanted


def test_nothing_is_put_into_the_hands_of_a_deleted_account(lab: Lab) -> None:
    person = lab.person("annotator")
    lab.owner.delete(f"/accounts/{person.account}")

    reply = lab.owner.act(lab.new_entry(), "assign", assigned_to_id=person.account)

    assert (reply.status, reply.code) == (422, "not_a_member")


# ---- what is taken away is felt at the next call


Taking = Callable[[Lab, Person, str], Any]  # from whom, and the id of their key
TAKEN: dict[str, Taking] = {
    "key revoked": lambda lab, person, key: lab.owner.delete(f"/api_keys/{key}"),
    "key revoked by rpc": lambda lab, person, key: lab.owner.call("/api_keys", "delete", id=key),
    "key revoked by a batch": lambda lab, person, key: lab.owner.rpc(
        "", [{"jsonrpc": "2.0", "method": "api_keys.delete", "params": {"id": key}}]
    ),
    "key revoked by themselves": lambda lab, person, key: person.delete(f"/api_keys/{key}"),
    "key expired": lambda lab, person, key: lab.owner.update("api_keys", key, expires_at=LONG_AGO),
    "account disabled": lambda lab, person, key: lab.owner.update(
        "accounts", person.account, disabled_at=LONG_AGO
    ),
    "account deleted": lambda lab, person, key: lab.owner.delete(f"/accounts/{person.account}"),
}


@pytest.fixture(scope="module")
def elsewhere(quick_house: House) -> Iterator[House]:
    """Another process of the same service, in all but its address: it keeps its own keys in mind."""
    client: Any = QuickClient(build(quick_house.settings, quick_house.database))
    yield replace(quick_house, client=client)
    client.close()


def with_key(lab: Lab) -> tuple[Person, str]:
    """Somebody, and the id of their key."""
    account = lab.person().account
    made = lab.owner.create("api_keys", account_id=account, scopes=["read", "write", "admin"])
    return Person(lab.house, made.document["meta"]["secret"], account=account), made.id


@pytest.mark.parametrize("taken", TAKEN)
def test_what_is_taken_away_is_felt_at_once(lab: Lab, taken: str) -> None:
    person, key = with_key(lab)
    assert person.get("/accounts").status == 200

    TAKEN[taken](lab, person, key)

    assert person.get("/accounts").status == 401
    assert person.call("/accounts", "show", id=person.account)["error"]["code"] == -32001


@pytest.mark.parametrize("taken", TAKEN)
def test_what_is_taken_away_is_felt_elsewhere_within_a_second(lab: Lab, elsewhere: House, taken: str) -> None:
    person, key = with_key(lab)
    there = Person(elsewhere, person.key)
    assert there.get("/accounts").status == 200

    TAKEN[taken](lab, person, key)

    since = time.monotonic()
    while there.get("/accounts").status != 401:
        assert time.monotonic() - since < SOON
        time.sleep(0.02)


def test_an_admin_who_is_one_no_more_feels_it_at_once(lab: Lab) -> None:
    admin = lab.admin
    assert admin.get(f"/projects/{lab.project}").status == 200

    lab.owner.update("accounts", admin.account, organization_role="member")

    assert admin.get(f"/projects/{lab.project}").status == 404
    assert admin.create("accounts", email="x@y.example").status == 403


def test_a_project_owner_who_is_one_no_more_feels_it_at_once(lab: Lab) -> None:
    lead = lab.project_owner
    assert lead.update("projects", lab.project, name="Mine").status == 200

    lab.owner.update("project_members", str(lead.member), role="annotator")

    assert lead.update("projects", lab.project, name="Still mine").status == 403
    assert lead.get(f"/projects/{lab.project}").attributes["name"] == "Mine"


# ---- nobody reviews what they submitted


def submitted_by_reviewer(lab: Lab) -> str:
    """An entry at review that the reviewer has submitted: it was put into their hands before."""
    entry = lab.new_entry()
    for person, event in ((lab.reviewer, "submit"), (lab.reviewer, "submit")):
        assert lab.owner.act(entry, "assign", assigned_to_id=lab.reviewer.account).status == 200
        assert person.act(entry, event).status == 200
    return entry


def test_a_reviewer_does_not_review_their_own_submission(lab: Lab) -> None:
    entry = submitted_by_reviewer(lab)
    reviewer = lab.reviewer

    taken = [reviewer.act(entry, "select"), reviewer.get(f"/entries/{entry}/select")]
    called = reviewer.call("/entries", "select", id=entry)
    lab.owner.act(entry, "assign", assigned_to_id=reviewer.account)
    passed = [reviewer.act(entry, "submit", approved=verdict) for verdict in (True, False)]

    assert {(reply.status, reply.code) for reply in (*taken, *passed)} == {(403, "own_submission")}
    assert called["error"]["data"]["code"] == "own_submission"
    assert lab.owner.get(f"/entries/{entry}").attributes["wf_step"] == "review"


def test_another_reviewer_does(lab: Lab) -> None:
    entry = submitted_by_reviewer(lab)
    other = lab.person("reviewer")

    assert other.act(entry, "select").status == 200
    assert other.act(entry, "submit", approved=True).attributes["wf_step"] == "done"


def test_a_project_owner_reviews_their_own_submission(lab: Lab) -> None:
    lead, entry = lab.project_owner, lab.new_entry()
    for _ in range(2):
        assert lead.act(entry, "submit").status == 200

    assert lead.act(entry, "submit", approved=True).attributes["wf_step"] == "done"
