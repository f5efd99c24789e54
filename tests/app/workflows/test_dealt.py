"""What is dealt, assigned or handed back: programs, pauses, notes, people who leave, reference entries."""

import pytest

from tests.app.workflows.drawing import (
    BOX,
    ONCE,
    dataset_with,
    label_check,
    mark,
    next_of,
    submit,
)
from tests.app.workflows.worked import worked
from tests.lab import Lab


def test_what_programs_fail_at_too_often_goes_on_where_entries_are_dealt(lab: Lab) -> None:
    one, other = lab.person("reviewer"), lab.person("reviewer")
    assert lab.annotator.member
    conf = {
        "start": "model",
        "steps": {
            "model": {
                "kind": "agent",
                "roles": ["reviewer"],
                "retries": 1,
                "on": {"submit": "done", "fail": "correct"},
            },
            "correct": {"kind": "annotate", "on": {"submit": "done"}},
            "done": {"kind": "done"},
        },
    }
    dataset = dataset_with(lab, conf, assignment="round_robin")
    entry = lab.new_entry(dataset_id=dataset)
    for _ in range(6):
        for program in (one, other):
            if next_of(program, dataset).status == 200:
                submit(program, entry, outcome="fail")
            if lab.owner.get(f"/entries/{entry}").attributes["wf_step"] == "correct":
                return
    pytest.fail("twelve takes, and it is still at the model")


def test_a_program_that_selects_by_itself_fails_too(lab: Lab) -> None:
    program = lab.person("reviewer")
    assert lab.annotator.member
    assert lab.reviewer.member
    dataset = dataset_with(lab, worked("model", program=program.account))
    entry = lab.new_entry(dataset_id=dataset)
    for _ in range(8):
        if program.act(entry, "select").status != 200:
            break
        program.delete(f"/entries/{entry}/lease")
    assert lab.owner.get(f"/entries/{entry}").attributes["wf_step"] == "correct"


def test_a_reference_entry_is_trashed_restored_and_its_dataset_too(lab: Lab) -> None:
    dataset = dataset_with(lab, ONCE) if lab.annotator.member else ""
    entry = lab.new_entry(dataset_id=dataset)
    answer = lab.owner.create("reference_answers", entry_id=entry, content={"annotations": [mark(BOX)]})
    assert lab.owner.delete(f"/entries/{entry}?force=true").status == 204
    assert lab.owner.delete(f"/reference_answers/{answer.id}").status in (404, 204)
    assert lab.owner.post(f"/reference_answers/{answer.id}/restore").status in (404, 409, 200)
    assert lab.owner.post(f"/entries/{entry}/restore").status == 200
    assert lab.owner.delete(f"/datasets/{dataset}?force=true").status == 204
    assert lab.owner.post(f"/datasets/{dataset}/restore").status == 200


def test_who_works_an_entry_at_a_start_that_annotates_may_open_a_note(lab: Lab) -> None:
    ana = lab.annotator
    dataset = dataset_with(lab, ONCE)
    entry = lab.new_entry(dataset_id=dataset)
    next_of(ana, dataset)
    reply = ana.create("note_feeds", entry_id=entry, content_md="one or two?")
    assert reply.status == 201, reply


def test_what_is_dealt_is_not_taken_from_a_paused_step(lab: Lab) -> None:
    ana = lab.annotator
    dataset = dataset_with(lab, ONCE, assignment="round_robin")
    assert lab.owner.update("datasets", dataset, paused_steps=["label"]).status == 200
    entry = lab.new_entry(dataset_id=dataset)
    reply = ana.post(f"/datasets/{dataset}/next")
    assert reply.status != 200, reply
    assert ana.act(entry, "select").status == 409


def test_what_was_dealt_is_not_taken_by_who_is_paused(lab: Lab) -> None:
    ana = lab.annotator
    dataset = dataset_with(lab, ONCE, assignment="round_robin")
    entry = lab.new_entry(dataset_id=dataset)
    assert (
        lab.owner.update("project_members", str(ana.member), paused_at="2026-01-01T00:00:00Z").status == 200
    )
    assert ana.act(entry, "select").status == 409


@pytest.mark.parametrize("how", ["member paused", "account disabled", "step paused"])
@pytest.mark.parametrize("event", ["reject", "send_back", "reopen"])
def test_nothing_is_given_back_to_who_is_not_there(lab: Lab, how: str, event: str) -> None:
    ana, rey = lab.annotator, lab.reviewer
    conf = label_check()
    conf["steps"]["label"]["prefer"] = ["label"]
    dataset = dataset_with(lab, conf)
    entry = lab.new_entry(dataset_id=dataset)
    next_of(ana, dataset)
    submit(ana, entry)
    next_of(rey, dataset)
    now = "2026-01-01T00:00:00Z"
    if event == "reopen":
        submit(rey, entry, approved=True)
    if how == "member paused":
        assert lab.owner.update("project_members", str(ana.member), paused_at=now).status == 200
    elif how == "step paused":
        assert lab.owner.update("datasets", dataset, paused_steps=["label"]).status == 200
    else:
        assert lab.owner.update("accounts", ana.account, disabled_at=now).status == 200
    if event == "reject":
        after = submit(rey, entry, approved=False)
    else:
        after = lab.owner.act(entry, event, **({"step": "label"}))
    assert after.status == 200, after
    assert after.attributes["wf_step"] == "label"
    assert after.attributes["assigned_to_id"] is None, "given to who is not there"


def test_a_changed_role_takes_the_work_along(lab: Lab) -> None:
    """Who was an annotator and is a reviewer now: what do they still work?"""
    ana, _rey = lab.annotator, lab.reviewer
    dataset = dataset_with(lab, label_check(not_by=["label"]))
    entry = lab.new_entry(dataset_id=dataset)
    next_of(ana, dataset)
    submit(ana, entry)
    assert lab.owner.update("project_members", str(ana.member), role="reviewer").status == 200
    assert next_of(ana, dataset).status == 204
    assert ana.act(entry, "select").status == 403
    free = lab.new_entry(dataset_id=dataset)
    assert next_of(ana, dataset).status == 204
    assert ana.act(free, "select").status in (403, 404)


def test_what_was_dealt_to_who_left_while_it_was_in_the_trash_is_served(lab: Lab) -> None:
    ana = lab.annotator
    dataset = dataset_with(lab, ONCE, assignment="round_robin")
    entry = lab.new_entry(dataset_id=dataset)
    assert lab.owner.get(f"/entries/{entry}").attributes["assigned_to_id"] == ana.account
    assert lab.owner.delete(f"/entries/{entry}").status == 204
    bo = lab.person("annotator")
    assert lab.owner.delete(f"/project_members/{ana.member}").status == 204
    assert lab.owner.post(f"/entries/{entry}/restore").status == 200
    assert next_of(bo, dataset).status == 200
