"""Nobody's work is lost, nobody's is done twice: leases, keys, versions, history, trash, the feed."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.lab import Clock, Lab, Person, Reply


def feed(person: Person, after: int = 0) -> list[Any]:
    return [one["attributes"] for one in person.get(f"/events?after={after}").data]


def last(person: Person) -> Any:
    """The last event of the feed, or an empty one."""
    return (feed(person) or [{"record_id": None, "kind": None, "record": {}}])[-1]


def eventually(what: Callable[[], Any]) -> Any:
    """What WHAT gives once it gives something: PostgreSQL numbers events a moment after the commit."""
    for _ in range(200):
        if found := what():
            return found
        time.sleep(0.02)
    raise AssertionError("nothing came")


def mark(text: str) -> dict[str, Any]:
    return {"dimensions": {"type": "point", "x": 1, "y": 2}, "annotation": {"label": text}}


def lease(reply: Reply) -> Any:
    return reply.data["meta"]["lease"]


def test_next_hands_out_the_most_urgent_entry_once(lab: Lab) -> None:
    late, urgent = lab.new_entry(priority=5), lab.new_entry(priority=-1)
    other = lab.person("annotator")

    first = lab.annotator.post(f"/datasets/{lab.dataset}/next")
    second = other.post(f"/datasets/{lab.dataset}/next")
    again = lab.annotator.post(f"/datasets/{lab.dataset}/next")
    third = lab.person("annotator").post(f"/datasets/{lab.dataset}/next")

    assert (first.id, second.id, again.id, third.status) == (urgent, late, urgent, 204)
    assert lease(first)["token"]
    assert "token" not in lease(lab.owner.get(f"/entries/{urgent}"))


def test_a_late_submit_is_kept_as_a_draft_that_the_new_holder_takes_over(
    timed_lab: Lab, clock: Clock
) -> None:
    lab, ana, ben = timed_lab, timed_lab.annotator, timed_lab.person("annotator")
    picture = lab.new_entry()

    # Ana begins the picture. It is hers for half an hour, and her program keeps the token of that lease.
    begun = ana.act(picture, "submit")
    token = lease(begun)["token"]
    assert begun.attributes["assigned_to_id"] == ana.account

    # She is called away. Her lease runs out, which by itself changes nothing.
    clock.move(minutes=31)
    assert ana.get(f"/entries/{picture}").attributes["assigned_to_id"] == ana.account

    # Ben asks for something to do, and is given what Ana left.
    taken = ben.post(f"/datasets/{lab.dataset}/next")
    assert (taken.id, taken.attributes["assigned_to_id"]) == (picture, ben.account)

    # Ana comes back and sends her work, too late: it is refused, and kept as a draft.
    work = {"data": {"attributes": {"annotations": [mark("vessel")]}}}
    late = ana.post(f"/entries/{picture}/submit", work, headers={"Postil-Lease": token})
    assert (late.status, late.code) == (409, "lease_lost")
    draft = late.document["errors"][0]["meta"]["draft_id"]
    assert ben.get(f"/entries/{picture}").attributes["wf_step"] == "annotate"  # Ben loses nothing by it
    assert ben.get(f"/entries/{picture}/annotations").data == []

    # Ben finds the draft with the picture, likes it, and takes it over.
    assert ben.get(f"/drafts?filter[entry_id]={picture}").ids == [draft]
    assert ben.post(f"/drafts/{draft}/take_over").status == 200

    # Ana's mark is on the picture, the draft is put away, and Ben hands on what they both did.
    marks = ben.get(f"/entries/{picture}/annotations").data
    assert [one["attributes"]["annotation"] for one in marks] == [{"label": "vessel"}]
    assert ben.get(f"/drafts?filter[entry_id]={picture}").ids == []
    handed_on = ben.act(picture, "submit")
    assert (handed_on.status, handed_on.attributes["wf_step"]) == (200, "review")


def test_a_key_is_noted_as_used_at_the_time_that_the_service_goes_by(timed_lab: Lab, clock: Clock) -> None:
    def used() -> str:
        timed_lab.person()  # an account is made: every key is looked up anew
        return str(timed_lab.owner.get("/api_keys?sort=created_at").data[0]["attributes"]["last_used_at"])

    first = used()
    clock.move(seconds=59)
    soon = used()
    clock.move(seconds=1)
    late = used()

    assert (first, soon) == ("2031-01-01T09:00:00.000000Z", "2031-01-01T09:00:00.000000Z")
    assert late == "2031-01-01T09:01:00.000000Z"


def test_the_time_never_goes_back(timed_lab: Lab, clock: Clock) -> None:
    def made() -> str:
        return str(timed_lab.owner.get(f"/entries/{timed_lab.new_entry()}").attributes["created_at"])

    first = made()
    clock.move(minutes=-20)
    second = made()
    clock.move(minutes=21)
    third = made()

    assert (first, second) == ("2031-01-01T09:00:00.000000Z", "2031-01-01T09:00:00.000000Z")
    assert third == "2031-01-01T09:01:00.000000Z"


def test_an_entry_is_restored_in_the_version_that_was_read(lab: Lab) -> None:
    lab.owner.delete(f"/entries/{lab.entry}")

    stale = lab.owner.post(f"/entries/{lab.entry}/restore", headers={"If-Match": '"1-0"'})
    right = lab.owner.post(f"/entries/{lab.entry}/restore", headers={"If-Match": '"2-0"'})

    assert (stale.status, stale.code, right.status) == (412, "precondition_failed", 200)
    assert stale.document["errors"][0]["meta"] == {"version": 2}


def test_at_its_end_an_entry_is_leased_to_nobody(lab: Lab) -> None:
    entry = lab.at("error")  # it stays with its holder, so that the owner sees whom to ask

    renewed = lab.annotator.post(f"/entries/{entry}/lease")

    assert (renewed.status, renewed.code) == (409, "invalid_transition")


def test_tokens_that_are_none_of_ours_are_told_apart(lab: Lab) -> None:
    entry, other = lab.at("annotate"), lab.at("annotate")
    foreign = lease(lab.annotator.get(f"/entries/{other}"))["token"]

    def submitted(token: str) -> tuple[int, str]:
        reply = lab.annotator.post(f"/entries/{entry}/submit", headers={"Postil-Lease": token})
        return reply.status, reply.code

    assert submitted("x") == (400, "lease_invalid")
    assert submitted("A" * 24) == (409, "lease_unknown")
    assert submitted(foreign) == (409, "lease_foreign")
    assert lab.annotator.get(f"/entries/{entry}").attributes["wf_step"] == "annotate"


def test_a_request_repeated_with_its_key_has_one_effect_and_one_answer(lab: Lab) -> None:
    body = {"data": {"type": "entries", "attributes": {"resource": "x", "dataset_id": lab.dataset}}}
    key = {"Idempotency-Key": "import-7"}

    first = lab.owner.post("/entries", body, headers=key)
    again = lab.owner.post("/entries", body, headers=key)
    changed = {"data": {"type": "entries", "attributes": {"resource": "y", "dataset_id": lab.dataset}}}
    other = lab.owner.post("/entries", changed, headers=key)

    assert (first.status, again.status, again.text) == (201, 201, first.text)
    assert again.headers["idempotency-replayed"] == "true"
    assert len(lab.owner.get(f"/datasets/{lab.dataset}/entries").data) == 1
    assert (other.status, other.code) == (422, "idempotency_key_reused")


def test_a_refusal_is_repeated_as_well(lab: Lab) -> None:
    entry = lab.at("done")
    key = {"Idempotency-Key": "submit-1"}

    first = lab.annotator.post(f"/entries/{entry}/submit", headers=key)
    again = lab.annotator.post(f"/entries/{entry}/submit", headers=key)

    assert (first.status, again.status, again.text) == (409, 409, first.text)


def test_a_repeated_refusal_points_where_the_first_one_did(lab: Lab) -> None:
    entry = lab.at("review")
    lab.new_entry(external_id="7")
    taken = {"resource": "x", "external_id": "7"}
    link = {"dataset": {"data": {"type": "datasets", "id": lab.dataset}}}
    asked: list[tuple[str, str, Any]] = [
        ("POST", f"/entries/{entry}/submit", None),
        ("POST", "/entries", {"data": {"type": "entries", "attributes": taken, "relationships": link}}),
        ("PATCH", f"/entries/{entry}", {"data": {"type": "entries", "attributes": {"external_id": "7"}}}),
    ]

    for n, (method, path, body) in enumerate(asked):
        first, again = (
            lab.owner.ask(method, path, body, headers={"Idempotency-Key": f"refused-{n}"}) for _ in range(2)
        )
        assert first.status in (409, 422), first
        assert (again.status, again.text) == (first.status, first.text)
        assert again.headers["idempotency-replayed"] == "true"


def test_a_change_is_made_to_the_version_that_was_read(lab: Lab) -> None:
    shown = lab.owner.get(f"/entries/{lab.entry}")
    tag = {"If-Match": shown.headers["etag"]}
    body = {"data": {"type": "entries", "id": lab.entry, "attributes": {"priority": 3}}}

    first = lab.owner.patch(f"/entries/{lab.entry}", body, headers=tag)
    second = lab.owner.patch(f"/entries/{lab.entry}", body, headers=tag)
    unchanged = lab.owner.get(f"/entries/{lab.entry}", headers={"If-None-Match": first.headers["etag"]})

    assert (first.status, second.status, second.code) == (200, 412, "precondition_failed")
    assert second.document["errors"][0]["meta"] == {"version": 2}
    assert unchanged.status == 304


def test_the_feed_is_gap_free_and_tells_how_records_stood(lab: Lab) -> None:
    entry = lab.at("done")

    eventually(lambda: last(lab.owner)["record"].get("status") == "completed")
    events = feed(lab.owner)

    assert [one["sequence"] for one in events] == list(range(1, len(events) + 1))
    end = events[-1]
    assert (end["resource"], end["record_id"], end["record"]["status"]) == ("entries", entry, "completed")
    assert end["details"] == {"approved": True}
    assert all("secret" not in str(one["record"]) and "token" not in str(one["record"]) for one in events)


def test_history_as_of_and_difference_tell_what_was(lab: Lab) -> None:
    annotation = lab.new_annotation(annotation={"label": "a", "kept": 1})
    eventually(lambda: last(lab.owner)["record_id"] == annotation)
    before = last(lab.owner)["at"]
    lab.owner.update("annotations", annotation, annotation={"label": "b", "kept": 1})

    history = lab.owner.get(f"/annotations/{annotation}/history").data
    then = lab.owner.get(f"/annotations/{annotation}?as_of={before}")
    changed = lab.owner.get(f"/annotations/{annotation}/difference?from=1&to=2").document["meta"]["changes"]
    too_early = lab.owner.get(f"/annotations/{annotation}?as_of=2001-01-01")

    assert [one["attributes"]["kind"] for one in history] == ["create", "update"]
    assert then.attributes["annotation"] == {"label": "a", "kept": 1}
    assert changed == [{"pointer": "/annotation/label", "before": "a", "after": "b"}]
    assert (too_early.status, too_early.code) == (404, "not_there_then")


def test_what_is_deleted_can_be_restored_with_all_beneath(lab: Lab) -> None:
    entry = lab.new_entry(external_id="7")
    annotation = lab.new_annotation(entry)

    deleted = lab.owner.delete(f"/datasets/{lab.dataset}?force=true")
    gone = [lab.owner.get(path).status for path in (f"/entries/{entry}", f"/annotations/{annotation}")]
    listed = lab.owner.get(f"/annotations?filter[entry_id]={entry}").data
    restored = lab.owner.post(f"/datasets/{lab.dataset}/restore")
    back = [lab.owner.get(path).status for path in (f"/entries/{entry}", f"/annotations/{annotation}")]

    assert (deleted.status, gone, listed) == (204, [404, 404], [])
    assert (restored.status, back) == (200, [200, 200])
    assert restored.attributes["entries_total_count"] == 1


def test_an_external_id_is_unique_among_the_living(lab: Lab) -> None:
    first = lab.new_entry(external_id="7")
    lab.owner.delete(f"/entries/{first}")
    second = lab.new_entry(external_id="7")

    back = lab.owner.post(f"/entries/{first}/restore")

    assert (back.status, back.code) == (409, "value_taken")
    assert lab.owner.get(f"/entries/{second}").status == 200
    assert lab.owner.get(f"/datasets/{lab.dataset}").attributes["entries_total_count"] == 1


def test_work_in_progress_is_kept_on_the_server(lab: Lab) -> None:
    entry = lab.at("annotate")
    body = {"data": {"attributes": {"content": {"annotations": [mark("a")]}}}}

    saved = lab.annotator.ask("PUT", f"/entries/{entry}/draft", body)
    again = lab.annotator.ask("PUT", f"/entries/{entry}/draft", body)

    assert (saved.status, again.status, saved.id) == (200, 200, again.id)
    assert lab.annotator.get(f"/entries/{entry}/draft").attributes["content"] == {"annotations": [mark("a")]}
    assert lab.owner.get(f"/entries/{entry}/draft").status == 204


def saved(person: Person, entry: str, text: str) -> Reply:
    body = {"data": {"attributes": {"content": {"annotations": [mark(text)]}}}}
    return person.ask("PUT", f"/entries/{entry}/draft", body)


def test_reading_a_draft_changes_nothing_and_heeds_no_key(lab: Lab) -> None:
    entry = lab.at("annotate")
    key = {"Idempotency-Key": "draft-1"}
    path = f"/entries/{entry}/draft"

    none = lab.annotator.get(path, headers=key)
    first = saved(lab.annotator, entry, "a")
    then = lab.annotator.get(path, headers=key)
    saved(lab.annotator, entry, "b")
    now = lab.annotator.get(path, headers=key)
    known = lab.annotator.get(path, headers={"If-None-Match": now.headers["etag"]})
    used = lab.annotator.ask("PUT", path, {"data": {"attributes": {"content": {}}}}, headers=key)

    assert (none.status, then.status, now.status, known.status, used.status) == (204, 200, 200, 304, 200)
    labels = [one.attributes["content"]["annotations"][0]["annotation"]["label"] for one in (then, now)]
    assert labels == ["a", "b"]
    assert now.headers["content-location"].endswith(f"/drafts/{first.id}")
    assert all("idempotency-replayed" not in one.headers for one in (then, now))
    assert lab.outsider.get(path).status == 404


def test_of_two_drafts_the_newer_one_wins(lab: Lab) -> None:
    entry = lab.at("annotate")
    other = lab.at("annotate")
    old = saved(lab.annotator, entry, "a").id
    lab.annotator.delete(f"/drafts/{old}")
    new = saved(lab.annotator, entry, "b").id
    for person, place in ((lab.annotator, other), (lab.owner, entry)):
        saved(person, place, "of another place, or another person's")

    def living() -> list[str]:
        found = lab.annotator.get(f"/drafts?filter[entry_id]={entry}").data
        return [one["id"] for one in found if one["attributes"]["account_id"] == lab.annotator.account]

    refused = lab.annotator.post(f"/drafts/{old}/restore")
    meanwhile = living()
    lab.annotator.delete(f"/drafts/{new}")
    back = lab.annotator.post(f"/drafts/{old}/restore")

    assert (refused.status, refused.code) == (409, "draft_superseded")
    assert refused.document["errors"][0]["meta"] == {"draft_id": new}
    assert meanwhile == [new]
    assert (back.status, living()) == (200, [old])
    assert lab.annotator.get(f"/entries/{entry}/draft").id == old


def test_drafts_that_are_saved_at_once_are_one(lab: Lab) -> None:
    entry = lab.at("annotate")
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda n: saved(lab.annotator, entry, str(n)), range(24)))

    assert {one.status for one in replies} == {200}
    assert len({one.id for one in replies}) == 1


def test_what_came_too_late_is_kept_beside_what_was_saved(lab: Lab) -> None:
    entry = lab.at("annotate")
    lab.owner.act(entry, "assign", assigned_to_id=lab.reviewer.account)
    late = lab.annotator.act(entry, "submit").document["errors"][0]["meta"]["draft_id"]
    lab.annotator.delete(f"/drafts/{late}")
    saved(lab.annotator, entry, "a")

    assert lab.annotator.post(f"/drafts/{late}/restore").status == 200


def test_a_lease_is_renewed_given_up_and_taken_away(lab: Lab) -> None:
    entry = lab.at("annotate")

    renewed = lab.annotator.post(f"/entries/{entry}/lease")
    given_up = lab.annotator.delete(f"/entries/{entry}/lease")
    lab.annotator.act(entry, "select")
    taken_away = lab.owner.delete(f"/entries/{entry}/lease")

    assert lease(renewed)["expires_at"]
    assert given_up.attributes["assigned_to_id"] is None
    assert taken_away.attributes["assigned_to_id"] is None


def test_each_call_of_a_batch_has_one_effect(lab: Lab) -> None:
    calls = [
        {
            "jsonrpc": "2.0",
            "id": n,
            "method": "create",
            "params": {"resource": f"{n}", "dataset_id": lab.dataset},
        }
        for n in range(3)
    ]
    key = {"Idempotency-Key": "batch-1"}

    first = lab.owner.rpc("/entries", calls, headers=key)
    again = lab.owner.rpc("/entries", calls, headers=key)

    assert first.text == again.text
    assert len(lab.owner.get(f"/datasets/{lab.dataset}/entries").data) == 3


def test_a_late_submit_is_kept_over_json_rpc_as_well(lab: Lab) -> None:
    entry = lab.at("annotate")
    lab.owner.act(entry, "assign", assigned_to_id=lab.reviewer.account)

    answer = lab.annotator.call("/entries", "submit", id=entry, comment="mine")

    assert answer["error"]["data"]["code"] == "lease_lost"
    draft = lab.owner.get(f"/drafts/{answer['error']['data']['draft_id']}")
    assert draft.attributes["content"] == {"comment": "mine"}


def test_a_list_as_of_a_time_tells_what_was_then(lab: Lab) -> None:
    first, second = lab.new_entry(priority=1), lab.new_entry(priority=2)
    eventually(lambda: last(lab.owner)["record_id"] == second)
    then = last(lab.owner)["at"]
    lab.owner.update("entries", first, priority=9, metadata={"city": "Lund"})
    lab.owner.delete(f"/entries/{second}")
    eventually(lambda: last(lab.owner)["kind"] == "delete")
    of_dataset = f"filter[dataset_id]={lab.dataset}"

    was = lab.owner.get(f"/entries?as_of={then}&{of_dataset}&sort=-priority&count=true")
    urgent = lab.owner.get(
        f"/entries?as_of={then}&{of_dataset}&filter[priority__lte]=1&fields=priority,metadata"
    )
    now = lab.owner.get(f"/entries?{of_dataset}&sort=-priority")
    hidden = lab.annotator.get(f"/entries?as_of={then}&{of_dataset}&sort=priority")

    assert [(one["id"], one["attributes"]["priority"]) for one in was.data] == [(second, 2), (first, 1)]
    assert was.document["meta"]["count"] == 2
    assert [one["attributes"] for one in urgent.data] == [{"priority": 1, "metadata": {}}]
    assert now.ids == [first]
    assert hidden.ids == [first, second]
    assert lab.outsider.get(f"/entries?as_of={then}").ids == []


def test_the_feed_flows_as_server_sent_events(lab: Lab) -> None:
    eventually(lambda: last(lab.owner)["record_id"] == lab.entry)
    newest = last(lab.owner)["sequence"]

    def streamed(**headers: str) -> list[str]:
        accept = {"Accept": "text/event-stream", **headers}
        return lab.owner.get("/events?until=idle", headers=accept).text.split("\n\n")

    everything = streamed()
    rest = streamed(**{"Last-Event-ID": str(newest - 1)})
    future = lab.owner.get("/events", headers={"Accept": "text/event-stream", "Last-Event-ID": "999999"})

    numbers = [line for part in everything for line in part.splitlines() if line.startswith("id: ")]
    assert numbers == [f"id: {n}" for n in range(1, newest + 1)]
    assert [line for part in rest for line in part.splitlines() if line.startswith("id: ")] == [
        f"id: {newest}"
    ]
    assert (future.status, future.code) == (400, "event_id_unknown")


def test_what_somebody_held_who_is_gone_is_everybodys_again(lab: Lab) -> None:
    disabled, deleted = lab.person("annotator"), lab.person("annotator")
    entries = [lab.at("annotate", holder=person) for person in (disabled, deleted)]

    lab.owner.update("accounts", disabled.account, disabled_at="2026-01-01T00:00:00Z")
    lab.owner.delete(f"/accounts/{deleted.account}")

    assert [lab.owner.get(f"/entries/{one}").attributes["assigned_to_id"] for one in entries] == [None, None]
    assert {lab.annotator.post(f"/datasets/{lab.dataset}/next").id for _ in range(2)} <= set(entries)
