"""A change of all that filters find is that of each alone: at once all or none, by a job each by itself."""

import json
from itertools import count
from threading import Event, Thread, Timer
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.jobs import many as job
from app.jobs.worker import Worker
from app.operations import many, records
from app.resources.entries import ENTRIES
from app.work import SYSTEM, Work
from tests.app.test_keeping import eventually
from tests.lab import CANARY, MEDIA_TYPE, House, Lab, Person, Reply

ASYNC = {"Prefer": "respond-async"}


def setting(**attributes: Any) -> dict[str, Any]:
    return {"data": {"type": "entries", "attributes": attributes}}


def doing(action: str, **attributes: Any) -> dict[str, Any]:
    return {"data": {"type": "entries"}, "meta": {"action": action, "attributes": attributes}}


def change(person: Person, lab: Lab, body: Any, query: str = "", **options: Any) -> Reply:
    """The answer to BODY, for what QUERY finds in the lab's dataset."""
    return person.patch(f"/entries?filter[dataset_id]={lab.dataset}{query}", body, **options)


def shown(lab: Lab) -> dict[str, Any]:
    """The attributes of every entry of the dataset, by id."""
    found = lab.owner.get(f"/entries?filter[dataset_id]={lab.dataset}").data
    return {one["id"]: one["attributes"] for one in found}


def events(lab: Lab, id: str) -> list[Any]:
    return [one["attributes"] for one in lab.owner.get(f"/entries/{id}/history").data]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """At most three at once, and two a chunk."""
    monkeypatch.setattr(many, "AT_ONCE", 3)
    monkeypatch.setattr(job, "CHUNK", 2)


def jobs(lab: Lab) -> list[Any]:
    return list(lab.owner.get(f"/jobs?filter[kind]={many.KIND}").data)


def run_all(lab: Lab) -> None:
    """Have every job done: by the service's own workers, or by this one."""
    worker = Worker(lab.house.database, {many.KIND: job.CHANGING}, idle=0.01, threads=1)
    while worker.run_next():
        pass
    eventually(lambda: all(one["attributes"]["finished_at"] for one in jobs(lab)))


def errors_of(lab: Lab, id: str) -> list[tuple[str, str]]:
    found = lab.owner.get(f"/jobs/{id}/errors").data
    return [(one["attributes"]["item"], one["attributes"]["code"]) for one in found]


# ---- at once


def test_all_that_match_are_changed_and_no_others(lab: Lab) -> None:
    mine = [lab.new_entry(priority=n) for n in (1, 2, 3)]
    other = lab.new_entry(priority=9)

    reply = change(lab.owner, lab, setting(priority=2, split="train"), "&filter[priority__lt]=9")

    assert (reply.status, reply.document["meta"]) == (200, {"matched": 3, "changed": 3})
    assert {id: (one["priority"], one["split"]) for id, one in shown(lab).items()} == {
        **dict.fromkeys(mine, (2.0, "train")),
        other: (9.0, None),
    }
    assert [[event["kind"] for event in events(lab, id)] for id in (*mine, other)] == [
        *[["create", "update"]] * 3,
        ["create"],
    ]


def test_what_is_so_already_matches_and_is_not_changed(lab: Lab) -> None:
    for n in (1, 2, 2):
        lab.new_entry(priority=n)

    first, again = (change(lab.owner, lab, setting(priority=2)).document["meta"] for _ in range(2))

    assert (first, again) == ({"matched": 3, "changed": 1}, {"matched": 3, "changed": 0})


def test_entries_are_assigned_and_sent_back_by_filters(lab: Lab) -> None:
    free, done, faulty = lab.at("start"), lab.at("done"), lab.at("error")
    me = lab.annotator.account

    assigned = change(lab.owner, lab, doing("assign", assigned_to_id=me), "&filter[wf_step]=start")
    back = change(
        lab.project_owner, lab, doing("send_back", reason="renamed"), "&filter[wf_step__in]=done,error"
    )

    assert [one.document["meta"] for one in (assigned, back)] == [
        {"matched": 1, "changed": 1},
        {"matched": 2, "changed": 2},
    ]
    assert {one["assigned_to_id"] for one in shown(lab).values()} == {me}
    assert [shown(lab)[id]["wf_step"] for id in (free, done, faulty)] == ["start", "annotate", "annotate"]
    last = events(lab, done)[-1]
    assert (last["kind"], last["details"], last["actor_id"]) == (
        "send_back",
        {"reason": "renamed"},
        lab.project_owner.account,
    )


def test_one_refusal_undoes_all_and_says_which_and_why(lab: Lab) -> None:
    before = [lab.at("start"), lab.at("start")]
    done = lab.at("done")
    lab.at("start")
    then = shown(lab)

    reply = change(lab.owner, lab, doing("assign", assigned_to_id=lab.annotator.account))

    assert (reply.status, reply.code) == (409, "invalid_transition")
    told = reply.document["errors"][0]["meta"]
    assert told == {"failed": done, "matched": 4, "limit": 1000, "wf_step": "done"}
    assert shown(lab) == then
    assert [len(events(lab, id)) for id in before] == [1, 1]


def test_a_refusal_points_into_what_was_sent(lab: Lab) -> None:
    first = lab.new_entry(external_id="1")
    lab.new_entry(external_id="2")

    stranger = change(lab.owner, lab, doing("assign", assigned_to_id=lab.outsider.account))
    taken = change(lab.owner, lab, setting(external_id="2"))
    fixed = change(lab.owner, lab, setting(dataset_id=lab.new_dataset()))
    wrong = change(lab.owner, lab, setting(priority="high"))

    assert [(one.status, one.code, one.source) for one in (stranger, taken, fixed, wrong)] == [
        (422, "not_a_member", {"pointer": "/meta/attributes/assigned_to_id"}),
        (409, "value_taken", {"pointer": "/data/attributes/external_id"}),
        (403, "attribute_read_only", {"pointer": "/data/attributes/dataset_id"}),
        (422, "attribute_invalid", {"pointer": "/data/attributes/priority"}),
    ]
    assert {one.document["errors"][0]["meta"]["failed"] for one in (stranger, taken, fixed)} == {first}


def test_who_may_read_a_match_and_not_change_it_is_refused_and_what_is_out_of_sight_is_no_match(
    lab: Lab,
) -> None:
    mine, others = lab.at("annotate"), lab.at("annotate", lab.person("annotator"))

    update = change(lab.annotator, lab, setting(priority=7))
    back = change(lab.annotator, lab, doing("send_back"))
    reviewers = change(lab.reviewer, lab, setting(priority=7))
    owners = change(lab.project_owner, lab, setting(priority=8))

    assert [(one.status, one.code) for one in (update, back)] == [(403, "forbidden")] * 2
    assert update.document["errors"][0]["meta"] == {"failed": mine, "matched": 1, "limit": 1000}
    assert reviewers.document["meta"] == {"matched": 0, "changed": 0}
    assert owners.document["meta"] == {"matched": 2, "changed": 2}
    assert {shown(lab)[id]["priority"] for id in (mine, others)} == {8.0}


def test_nothing_of_another_tenant_is_ever_matched(lab: Lab, house: House) -> None:
    rival = Lab(house, f"Rival {uuid4().hex[:8]}", mark=CANARY)
    theirs = rival.new_entry()
    before = rival.owner.get(f"/entries/{theirs}").text

    found = [
        lab.owner.patch(f"/entries?filter[{name}]={value}", body, headers=headers)
        for name, value in (
            ("id", theirs),
            ("dataset_id", rival.dataset),
            ("resource", f"{CANARY}picture.png"),
        )
        for body in (setting(priority=1), doing("assign", assigned_to_id=None), doing("send_back"))
        for headers in ({}, ASYNC)
    ]
    run_all(lab)

    assert {one.document["meta"]["matched"] for one in found if one.status == 200} == {0}
    assert {one.attributes["total"] for one in found if one.status == 202} == {0}
    assert len(found) == 18
    assert rival.owner.get(f"/entries/{theirs}").text == before


def test_the_answer_is_as_short_as_is_preferred(lab: Lab) -> None:
    lab.new_entry()

    minimal = change(lab.owner, lab, setting(priority=1), headers={"Prefer": 'wait=10, return="minimal"'})
    whole = change(lab.owner, lab, setting(priority=2), headers={"Prefer": "return=representation, x; y=1"})

    assert (minimal.status, minimal.text, minimal.headers["preference-applied"]) == (
        204,
        "",
        "return=minimal",
    )
    assert (whole.status, whole.document["meta"]) == (200, {"matched": 1, "changed": 1})
    assert "preference-applied" not in whole.headers


def test_a_dry_run_answers_as_it_would_be_and_keeps_nothing(lab: Lab, short: None) -> None:
    done = lab.at("done")
    lab.new_entry()
    then = shown(lab)
    key = {"Idempotency-Key": "dry"}

    well = change(lab.owner, lab, setting(priority=5), "&dry_run=true", headers=key)
    ill = change(lab.owner, lab, doing("assign", assigned_to_id=None), "&dry_run=1", headers=key)
    lab.new_entry(), lab.new_entry()
    large = change(lab.owner, lab, setting(priority=5), "&dry_run=true", headers=key)

    assert (well.status, well.document["meta"]) == (200, {"matched": 2, "changed": 2})
    assert (ill.status, ill.document["errors"][0]["meta"]["failed"]) == (409, done)
    assert (large.status, large.document["meta"]) == (200, {"matched": 4, "limit": 3, "tried": False})
    assert {id: shown(lab)[id] for id in then} == then
    assert not jobs(lab)


def test_it_has_one_effect_for_each_key(lab: Lab, short: None) -> None:
    lab.new_entry()
    lab.at("done")

    def twice(name: str, body: Any, headers: dict[str, str] | None = None) -> list[Reply]:
        sent = {"Idempotency-Key": name, **(headers or {})}
        return [change(lab.owner, lab, body, headers=sent) for _ in range(2)]

    pairs = [
        twice("a", setting(priority=4)),
        twice("b", doing("assign", assigned_to_id=None)),
        twice("c", setting(priority=5), ASYNC),
        twice("d", setting(priority=6), {"Prefer": "return=minimal"}),
    ]
    changed_body = change(lab.owner, lab, setting(priority=9), headers={"Idempotency-Key": "a"})

    assert [one.status for one, _ in pairs] == [200, 409, 202, 204]
    assert all(first.text == again.text for first, again in pairs)
    assert all(again.headers["idempotency-replayed"] == "true" for _, again in pairs)
    assert (changed_body.status, changed_body.code) == (422, "idempotency_key_reused")
    assert len(jobs(lab)) == 1


BODIES: list[tuple[Any, int, str]] = [
    ({"data": {"type": "entries"}}, 400, "document_invalid"),
    ({"data": {"type": "entries"}, "meta": {}}, 400, "document_invalid"),
    ({"data": {"type": "entries"}, "meta": []}, 400, "document_invalid"),
    (setting(priority=1) | {"meta": {"action": "send_back"}}, 400, "document_invalid"),
    ({"data": setting()["data"] | {"id": "0190a1b2-0000-7000-8000-000000000001"}}, 400, "document_invalid"),
    ({"data": setting()["data"] | {"lid": "a"}}, 400, "document_invalid"),
    ({"data": [setting()["data"]]}, 400, "document_invalid"),
    ({"data": None}, 400, "document_invalid"),
    ([], 400, "document_invalid"),
    ({"data": {"attributes": {"priority": 1}}}, 400, "document_invalid"),
    ({"data": {"type": "datasets", "attributes": {}}}, 409, "type_conflict"),
    (doing("submit"), 422, "action_unknown"),
    (doing("lease"), 422, "action_unknown"),
    ({"data": {"type": "entries"}, "meta": {"action": ["assign"]}}, 400, "document_invalid"),
    (
        {"data": {"type": "entries"}, "meta": {"action": "send_back", "attributes": []}},
        400,
        "document_invalid",
    ),
    (doing("assign"), 422, "attribute_missing"),
    (doing("assign", assigned_to_id="me"), 422, "attribute_invalid"),
    (doing("send_back", why="no"), 422, "attribute_unknown"),
    (setting(colour="red"), 422, "attribute_unknown"),
]


@pytest.mark.parametrize(("body", "status", "code"), BODIES, ids=lambda one: json.dumps(one)[:60])
def test_what_cannot_be_read_is_refused_before_anything_is_looked_for(
    lab: Lab, body: Any, status: int, code: str
) -> None:
    reply = change(lab.owner, lab, body)

    assert (reply.status, reply.code) == (status, code), reply


QUERIES = [
    ("", "filter_required"),
    ("?dry_run=true", "filter_required"),
    ("?filter[colour]=red", "filter_unknown"),
    ("?filter[priority__like]=1", "filter_operator_unknown"),
    ("?filter[priority]=high", "filter_value_invalid"),
    ("?filter[id]=7&sort=id", "parameter_unknown"),
    ("?filter[split]=test&page[size]=1", "parameter_unknown"),
    ("?filter[split]=test&include=dataset", "parameter_unknown"),
    ("?filter[split]=test&dry_run", "parameter_invalid"),
    ("?filter[split]=test&dry_run=true&dry_run=true", "parameter_duplicate"),
    ("?filter[external_id__in]=" + "&filter[external_id__in]=".join("ab" * 501), "parameter_too_many"),
    ("?filter[id]=" + ",".join(str(UUID(int=n)) for n in range(1001)), "filter_too_many_values"),
]


@pytest.mark.parametrize(("query", "code"), QUERIES, ids=lambda one: one[:50])
def test_it_takes_the_filters_of_the_list_at_least_one_and_nothing_else(
    lab: Lab, query: str, code: str
) -> None:
    reply = lab.owner.patch(f"/entries{query}", setting(priority=1))

    assert (reply.status, reply.code) == (400, code)


def test_it_is_refused_with_if_match_and_to_cards_that_do_not_say_so(lab: Lab) -> None:
    matched = change(lab.owner, lab, setting(priority=1), headers={"If-Match": "*"})
    other = lab.owner.patch("/datasets?filter[name]=x", {"data": {"type": "datasets", "attributes": {}}})

    assert (matched.status, matched.code, matched.source) == (
        400,
        "if_match_unsupported",
        {"header": "If-Match"},
    )
    assert (other.status, other.code) == (405, "method_not_allowed")


def test_as_many_as_can_be_changed_at_once_are_and_time_bounds_them(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = [
        {"jsonrpc": "2.0", "method": "create", "params": {"dataset_id": lab.dataset, "resource": f"{n}"}}
        for n in range(many.AT_ONCE)
    ]
    assert lab.owner.rpc("/entries", batch).status == 204

    reply = change(lab.owner, lab, setting(priority=1))
    lab.new_entry()
    more = change(lab.owner, lab, setting(priority=2), "&dry_run=true")
    then = shown(lab)
    clock = SimpleNamespace(monotonic=count(0, 61).__next__)  # a minute and more between two looks
    monkeypatch.setattr("app.web.jsonapi.many.time", clock)
    late = lab.house.client.request(
        "PATCH",
        f"/entries?filter[dataset_id]={lab.dataset}&filter[priority]=1",
        content=json.dumps(doing("assign", assigned_to_id=None)).encode(),
        headers={"Authorization": f"Bearer {lab.owner.key}", "Content-Type": MEDIA_TYPE},
    )

    assert reply.document["meta"] == {"matched": 1000, "changed": 1000}
    assert more.document["meta"]["matched"] == 1001
    assert (late.status_code, late.json()["errors"][0]["code"]) == (503, "batch_overdue")
    assert late.json()["errors"][0]["meta"] == {"matched": 1000, "limit": 1000, "batch_seconds": 60}
    assert shown(lab) == then


def test_what_somebody_moves_out_of_the_filter_meanwhile_is_left_alone(lab: Lab) -> None:
    stays, moves = lab.new_entry(priority=0), lab.new_entry(priority=0)
    has_moved, goes_on = Event(), Event()

    def move(work: Work) -> None:
        records.update(work, ENTRIES, moves, {"priority": 5.0})
        has_moved.set()
        goes_on.wait(5)

    thread = Thread(target=lambda: lab.house.database.write_now(SYSTEM, move))
    thread.start()
    has_moved.wait(5)
    Timer(0.2, goes_on.set).start()  # the change of many waits by then
    reply = change(lab.owner, lab, setting(split="train"), "&filter[priority]=0")
    thread.join()

    assert reply.document["meta"] == {"matched": 1, "changed": 1}
    assert [shown(lab)[id]["split"] for id in (stays, moves)] == ["train", None]


# ---- sent back, one alone


def test_what_is_sent_back_is_taken_from_its_reviewer_whose_late_verdict_is_kept(lab: Lab) -> None:
    entry = lab.at("review")
    lab.reviewer.act(entry, "select")

    back = lab.owner.act(entry, "send_back", reason="wrong guide", comment="see the new one")
    late = lab.reviewer.act(entry, "submit", approved=True)
    figures = lab.owner.get(f"/datasets/{lab.dataset}/statistics").attributes

    assert (back.attributes["wf_step"], back.attributes["status"]) == ("annotate", "in_progress")
    assert back.attributes["assigned_to_id"] == back.attributes["submitted_by_id"] == lab.annotator.account
    assert (late.status, late.code) == (409, "lease_lost")
    assert (figures["totals"]["rejected"], figures["rejections"]) == (0, [])
    assert lab.annotator.act(entry, "submit").attributes["wf_step"] == "review"


def test_what_is_sent_back_to_somebody_who_left_is_free(lab: Lab) -> None:
    gone = lab.person("annotator")
    entry = lab.at("done", gone)
    lab.owner.delete(f"/project_members/{gone.member}")

    back = lab.owner.call("/entries", "send_back", id=entry)["result"]

    assert (back["wf_step"], back["assigned_to_id"], back["submitted_by_id"]) == (
        "annotate",
        None,
        gone.account,
    )
    assert lab.annotator.act(entry, "select").status == 200


def test_what_was_never_submitted_cannot_be_sent_back(lab: Lab) -> None:
    replies = [lab.owner.act(lab.at(step), "send_back") for step in ("start", "annotate")]

    assert [(one.status, one.code) for one in replies] == [(409, "invalid_transition")] * 2
