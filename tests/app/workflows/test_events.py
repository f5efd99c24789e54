"""What is done to entries on a declared workflow beyond submits: skip, send back, reopen, pause, leave."""

import time
from typing import Any

import pytest

from tests.app.workflows.drawing import BOX, dataset_with, mark, next_of, stands, submit
from tests.app.workflows.worked import worked
from tests.lab import Lab, Person

LADDER: dict[str, Any] = {
    "start": "draft",
    "steps": {
        "draft": {"kind": "annotate", "on": {"submit": "refine", "skip": "draft"}},
        "refine": {"kind": "annotate", "order": "newest", "on": {"submit": "check"}},
        "check": {"kind": "review", "not_by": ["refine"], "on": {"accept": "done", "reject": "refine"}},
        "done": {"kind": "done"},
    },
}


@pytest.fixture
def people(lab: Lab) -> tuple[Person, Person, Person]:
    return lab.annotator, lab.person("annotator"), lab.reviewer


def played(people: tuple[Person, ...], dataset: str, entry: str, *steps: str) -> None:
    """Bring ENTRY through STEPS: ana drafts, bo refines, rey checks."""
    by = dict(zip(("draft", "refine", "check"), people, strict=True))
    for step in steps:
        assert by[step].act(entry, "select").status == 200
        submit(by[step], entry, **({"approved": True} if step == "check" else {}))


# ---- skip


def test_what_is_skipped_to_its_own_step_waits_for_others(lab: Lab, people: tuple[Person, ...]) -> None:
    ana, bo, _ = people
    dataset = dataset_with(lab, LADDER)
    entry = lab.new_entry(dataset_id=dataset)
    next_of(ana, dataset)

    skipped = ana.act(entry, "skip", reason="too hard")

    assert stands(skipped) == ("draft", "in_progress", None)
    assert next_of(bo, dataset).id == entry
    [event] = [one for one in lab.owner.get(f"/entries/{entry}/history").data if _kind(one) == "skip"]
    assert event["attributes"]["details"] == {"reason": "too hard"}


def test_a_step_without_a_way_for_it_cannot_be_skipped(lab: Lab, people: tuple[Person, ...]) -> None:
    dataset = dataset_with(lab, LADDER)
    entry = lab.new_entry(dataset_id=dataset)
    played(people, dataset, entry, "draft")
    people[1].act(entry, "select")

    refused = people[1].act(entry, "skip")

    assert (refused.status, refused.code) == (409, "skip_forbidden")
    assert refused.document["errors"][0]["meta"] == {"wf_step": "refine"}


def test_only_the_holder_or_an_owner_skips(lab: Lab, people: tuple[Person, ...]) -> None:
    ana, bo, _ = people
    dataset = dataset_with(lab, LADDER)
    entry = lab.new_entry(dataset_id=dataset)
    assert bo.act(entry, "skip").code == "not_assignee"
    next_of(ana, dataset)

    assert bo.act(entry, "skip").status == 404
    assert lab.owner.act(entry, "skip").status == 200


def _kind(event: Any) -> str:
    return str(event["attributes"]["kind"])


# ---- send back, reopen


def test_an_entry_is_sent_back_to_any_step_that_it_was_worked_at(
    lab: Lab, people: tuple[Person, ...]
) -> None:
    ana, bo, _ = people
    dataset = dataset_with(lab, LADDER)
    entry = lab.new_entry(dataset_id=dataset)
    played(people, dataset, entry, "draft", "refine")

    far = lab.owner.act(entry, "send_back", step="draft", reason="another picture")

    assert stands(far) == ("draft", "in_progress", ana.account)
    played(people, dataset, entry, "draft", "refine")
    assert stands(lab.owner.act(entry, "send_back")) == ("refine", "in_progress", bo.account)
    unknown = lab.owner.act(entry, "send_back", step="done")
    assert (unknown.status, unknown.code) == (422, "step_unknown")
    assert unknown.source == {"pointer": "/data/attributes/step"}


def test_what_is_done_is_reopened_where_it_came_from(lab: Lab, people: tuple[Person, ...]) -> None:
    ana, _, rey = people
    dataset = dataset_with(lab, LADDER)
    entry = lab.new_entry(dataset_id=dataset)
    assert lab.owner.act(entry, "reopen").code == "invalid_transition"
    played(people, dataset, entry, "draft", "refine", "check")
    assert lab.owner.get(f"/datasets/{dataset}").attributes["status"] == "completed"

    again = lab.owner.act(entry, "reopen", reason="a second look")

    assert stands(again) == ("check", "in_progress", rey.account)
    assert lab.owner.get(f"/datasets/{dataset}").attributes["status"] == "in_progress"
    submit(rey, entry, approved=True)
    assert stands(lab.owner.act(entry, "reopen", step="draft")) == ("draft", "in_progress", ana.account)
    assert ana.act(entry, "reopen").status == 403


def test_who_has_left_gets_nothing_back(lab: Lab, people: tuple[Person, ...]) -> None:
    ana, _, _ = people
    dataset = dataset_with(lab, LADDER)
    entry = lab.new_entry(dataset_id=dataset)
    played(people, dataset, entry, "draft", "refine")
    assert lab.owner.delete(f"/project_members/{ana.member}").status == 204

    assert stands(lab.owner.act(entry, "send_back", step="draft")) == ("draft", "in_progress", None)


# ---- open steps


@pytest.mark.parametrize("after", ["done", "check"])
def test_who_submits_at_an_open_step_may_annotate_though_they_do_not_keep_it(
    lab: Lab, people: tuple[Person, ...], after: str
) -> None:
    ana = people[0]
    drawn = {
        "start": "draft",
        "steps": {
            "draft": {"kind": "open", "on": {"submit": after}},
            "check": {"kind": "review", "on": {"accept": "done", "reject": "draft"}},
            "done": {"kind": "done"},
        },
    }
    if after == "done":
        del drawn["steps"]["check"]  # type: ignore[attr-defined]
    dataset = dataset_with(lab, drawn)
    entry = lab.new_entry(dataset_id=dataset)

    assert stands(submit(ana, entry, annotations=[mark(BOX)]))[0] == after

    [made] = lab.owner.get(f"/annotations?filter[entry_id]={entry}").data
    email = lab.owner.get(f"/accounts/{ana.account}").attributes["email"]
    assert made["attributes"]["created_by_email"] == email


# ---- queues


def test_a_step_is_served_in_its_own_order(lab: Lab, people: tuple[Person, ...]) -> None:
    ana, bo, _ = people
    dataset = dataset_with(lab, LADDER)
    first, second = (lab.new_entry(dataset_id=dataset, priority=n) for n in (5, 9))
    played(people, dataset, first, "draft")
    played(people, dataset, second, "draft")

    assert next_of(bo, dataset).id == second  # the newest, whatever its priority
    assert next_of(ana, dataset).id == first


def test_a_change_of_priority_moves_what_is_served_by_it_alone(lab: Lab, people: tuple[Person, ...]) -> None:
    ana, bo, _ = people
    dataset = dataset_with(lab, LADDER)
    entries = [lab.new_entry(dataset_id=dataset, priority=n) for n in range(4)]
    for entry in entries[2:]:
        played(people, dataset, entry, "draft")
    for entry, priority in ((entries[1], -1), (entries[2], -9)):
        assert lab.owner.update("entries", entry, priority=priority).status == 200

    assert next_of(ana, f"{dataset}").id == entries[1]  # before the newest to be refined
    assert next_of(bo, f"{dataset}").id == entries[0]


# ---- pauses


def test_nothing_is_taken_from_a_paused_step(lab: Lab, people: tuple[Person, ...]) -> None:
    ana, bo, _ = people
    dataset = dataset_with(lab, LADDER)
    held, entry = (lab.new_entry(dataset_id=dataset) for _ in range(2))
    next_of(ana, dataset)
    assert lab.owner.update("datasets", dataset, paused_steps=["draft"]).status == 200

    assert next_of(bo, dataset).status == 204
    refused = bo.act(entry, "select")
    assert (refused.status, refused.code) == (409, "step_paused")
    assert next_of(ana, dataset).id == held  # what is held is ended
    assert stands(submit(ana, held))[0] == "refine"
    assert next_of(bo, dataset).id == held
    assert lab.owner.update("datasets", dataset, paused_steps=[]).status == 200
    assert next_of(ana, dataset).id == entry


def test_only_steps_that_there_are_can_be_paused(lab: Lab, people: tuple[Person, ...]) -> None:
    dataset = dataset_with(lab, LADDER)

    refused = lab.owner.update("datasets", dataset, paused_steps=["annotate"])

    assert (refused.status, refused.code) == (422, "workflow_step_unknown")


def test_who_is_paused_ends_what_they_hold_and_gets_no_more(lab: Lab, people: tuple[Person, ...]) -> None:
    ana, _, _ = people
    dataset = dataset_with(lab, LADDER)
    held, entry = (lab.new_entry(dataset_id=dataset) for _ in range(2))
    next_of(ana, dataset)
    paused = lab.owner.update("project_members", str(ana.member), paused_at="2026-01-31T12:00:00Z")
    assert paused.status == 200

    assert next_of(ana, dataset).id == held
    submit(ana, held)
    assert ana.post(f"/datasets/{dataset}/next").code == "member_paused"
    assert ana.act(entry, "select").code == "member_paused"
    assert lab.owner.update("project_members", str(ana.member), paused_at=None).status == 200
    assert next_of(ana, dataset).status == 200


# ---- seats


def test_who_leaves_frees_their_seat(lab: Lab) -> None:
    ana, bo, cy = (lab.person("annotator") for _ in range(3))
    assert lab.reviewer.member
    dataset = dataset_with(lab, worked("adjudication"))
    entry = lab.new_entry(dataset_id=dataset)
    for person in (ana, bo):
        assert next_of(person, dataset).id == entry
    assert next_of(cy, dataset).status == 204

    assert lab.owner.delete(f"/project_members/{ana.member}").status == 204

    assert next_of(cy, dataset).id == entry
    assert ana.get(f"/entries/{entry}").status == 404


def test_an_owner_gives_seats_and_takes_them_away(lab: Lab) -> None:
    ana, bo, cy = (lab.person("annotator") for _ in range(3))
    assert lab.reviewer.member
    dataset = dataset_with(lab, worked("adjudication"))
    entry = lab.new_entry(dataset_id=dataset)
    for person in (ana, bo):
        assert lab.owner.act(entry, "assign", assigned_to_id=person.account).status == 200
    full = lab.owner.act(entry, "assign", assigned_to_id=cy.account)
    assert (full.status, full.code) == (409, "already_assigned")
    submit(ana, entry, annotations=[mark(BOX)])

    assert lab.owner.act(entry, "assign", assigned_to_id=None).status == 200

    assert bo.act(entry, "submit").code == "lease_lost"
    assert next_of(cy, dataset).id == entry
    assert stands(submit(cy, entry, annotations=[mark(BOX)]))[0] == "done"


def test_a_seat_whose_time_has_run_out_goes_to_who_asks_next(lab: Lab) -> None:
    ana, bo, cy = (lab.person("annotator") for _ in range(3))
    assert lab.reviewer.member
    dataset = dataset_with(lab, worked("adjudication"), lease="PT1S")
    entry = lab.new_entry(dataset_id=dataset)
    for person in (ana, bo):
        next_of(person, dataset)
    time.sleep(1.2)

    assert next_of(cy, dataset).id == entry

    told = ana.act(entry, "submit", annotations=[mark(BOX)])
    assert (told.status, told.code) == (409, "lease_lost")
    assert ana.get(f"/drafts/{told.document['errors'][0]['meta']['draft_id']}").status == 200
    for person in (bo, cy):
        submit(person, entry, annotations=[mark(BOX)])
    assert lab.owner.get(f"/entries/{entry}").attributes["wf_step"] == "done"


def test_a_lease_of_a_seat_is_renewed_by_its_token(lab: Lab) -> None:
    ana, bo = (lab.person("annotator") for _ in range(2))
    assert lab.reviewer.member
    dataset = dataset_with(lab, worked("adjudication"))
    entry = lab.new_entry(dataset_id=dataset)
    token = next_of(ana, dataset).data["meta"]["lease"]["token"]
    others = next_of(bo, dataset).data["meta"]["lease"]["token"]

    assert ana.post(f"/entries/{entry}/lease", headers={"Postil-Lease": token}).status == 200
    assert ana.get(f"/entries/{entry}").data["meta"]["lease"]["token"] == token != others
    foreign = ana.post(f"/entries/{entry}/lease", headers={"Postil-Lease": others})
    assert (foreign.status, foreign.code) == (409, "lease_foreign")
    wrong = ana.post(f"/entries/{entry}/lease", headers={"Postil-Lease": "A" * 24})
    assert (wrong.status, wrong.code) == (409, "lease_unknown")


def test_a_skip_by_one_takes_the_entry_from_all(lab: Lab) -> None:
    ana, bo = (lab.person("annotator") for _ in range(2))
    assert lab.reviewer.member
    drawn = worked("adjudication")
    drawn["steps"]["twice"]["on"]["skip"] = "done"
    dataset = dataset_with(lab, drawn)
    entry = lab.new_entry(dataset_id=dataset)
    next_of(ana, dataset)
    next_of(bo, dataset)

    assert stands(ana.act(entry, "skip")) == ("done", "completed", None)

    late = bo.act(entry, "submit", annotations=[mark(BOX)])
    assert (late.status, late.code) == (409, "lease_lost")  # and what it carried is kept
