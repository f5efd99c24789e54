"""Where several things happen to one entry: waiting jobs, seats, versions, pauses, leaving, the trash."""

import random
import string
from typing import Any

import pytest

from tests.app.workflows.drawing import (
    BOX,
    FAR,
    NEAR,
    dataset_with,
    make_decisions_wait,
    mark,
    next_of,
    run_jobs,
    stands,
    submit,
)
from tests.app.workflows.worked import worked
from tests.lab import Lab, Person


def two(**more: Any) -> dict[str, Any]:
    step = {"kind": "consensus", "people": 2, "agreement": 0.8, "on": {"agree": "done", "disagree": "decide"}}
    return {
        "start": "twice",
        "steps": {
            "twice": step | more,
            "decide": {"kind": "review", "not_by": ["twice"], "on": {"accept": "done", "reject": "twice"}},
            "done": {"kind": "done"},
        },
    }


ONCE: dict[str, Any] = {
    "start": "label",
    "steps": {"label": {"kind": "annotate", "on": {"submit": "done"}}, "done": {"kind": "done"}},
}


def label_check(**more: Any) -> dict[str, Any]:
    return {
        "start": "label",
        "steps": {
            "label": {"kind": "annotate", "on": {"submit": "check"}},
            "check": {"kind": "review", "on": {"accept": "done", "reject": "label"}} | more,
            "done": {"kind": "done"},
        },
    }


@pytest.fixture
def waiting(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str, Person, Person]:
    """An entry at a consensus that waits for its job: dataset, entry, who worked it."""
    make_decisions_wait(lab, monkeypatch)
    ana, bo = lab.annotator, lab.person("annotator")
    assert lab.reviewer.member
    conf = two()
    conf["steps"]["twice"]["on"]["skip"] = "done"
    dataset = dataset_with(lab, conf)
    entry = lab.new_entry(dataset_id=dataset)
    for p in (ana, bo):
        assert p.act(entry, "select").status == 200
    submit(ana, entry, annotations=[mark(BOX)])
    submit(bo, entry, annotations=[mark(NEAR)])
    at = lab.owner.get(f"/entries/{entry}").attributes
    assert (at["wf_step"], at["status"]) == ("twice", "in_progress")
    return dataset, entry, ana, bo


# ---- a waiting decide job


@pytest.mark.parametrize("who", ["annotator", "third", "reviewer", "outsider"])
@pytest.mark.parametrize("event", ["skip", "error", "submit", "lease"])
def test_nobody_but_owners_leads_on_what_waits_for_its_job(
    lab: Lab, waiting: Any, who: str, event: str
) -> None:
    _, entry, *_ = waiting
    person = lab.person("annotator") if who == "third" else getattr(lab, who)
    body = {"message": "x"} if event == "error" else {}
    reply = person.act(entry, event, **body)
    assert reply.status in (403, 404, 409), reply


def test_who_submitted_last_does_not_cancel_the_job_and_leave_it_standing(lab: Lab, waiting: Any) -> None:
    _, entry, _ana, bo = waiting
    job = lab.owner.get(f"/entries/{entry}").attributes["job_id"]
    reply = bo.post(f"/jobs/{job}/cancel")
    run_jobs(lab)
    after = lab.owner.get(f"/entries/{entry}").attributes
    assert after["wf_step"] == "done", (reply, after)


def test_nobody_cancels_the_job_that_an_entry_waits_for(lab: Lab, waiting: Any) -> None:
    _, entry, *_ = waiting
    job = lab.owner.get(f"/entries/{entry}").attributes["job_id"]
    assert lab.owner.post(f"/jobs/{job}/cancel").code == "job_needed"
    run_jobs(lab)
    after = lab.owner.get(f"/entries/{entry}").attributes
    assert after["wf_step"] != "twice", after


def test_trashed_while_the_job_waits_and_restored_it_goes_on(lab: Lab, waiting: Any) -> None:
    _, entry, *_ = waiting
    assert lab.owner.delete(f"/entries/{entry}?force=true").status == 204
    run_jobs(lab)
    assert lab.owner.post(f"/entries/{entry}/restore").status == 200
    run_jobs(lab)
    after = lab.owner.get(f"/entries/{entry}").attributes
    assert after["wf_step"] != "twice", after


def test_a_new_version_while_the_job_waits_loses_nothing(lab: Lab, waiting: Any) -> None:
    dataset, entry, _ana, _ = waiting
    assert lab.owner.update("datasets", dataset, workflow_configuration=ONCE).status == 200
    run_jobs(lab)
    after = lab.owner.get(f"/entries/{entry}").attributes
    assert after["wf_step"] != "twice", after


def test_migrate_while_the_job_waits_loses_nothing(lab: Lab, waiting: Any) -> None:
    dataset, entry, _ana, _ = waiting
    assert lab.owner.update("datasets", dataset, workflow_configuration=label_check()).status == 200
    body = {"data": {"attributes": {"mapping": {"twice": "check"}}}}
    assert lab.owner.post(f"/datasets/{dataset}/workflow/migrate", body).status == 200
    run_jobs(lab)
    after = lab.owner.get(f"/entries/{entry}").attributes
    assert after["wf_step"] != "twice", after


def test_a_job_whose_thinking_fails_leaves_no_entry_standing(
    lab: Lab, waiting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, entry, *_ = waiting

    def broken(*given: Any, **named: Any) -> Any:
        raise RuntimeError("broken")

    monkeypatch.setattr("app.resources.agreements.agreement_between", broken)
    run_jobs(lab)
    after = lab.owner.get(f"/entries/{entry}").attributes
    assert after["wf_step"] != "twice", after


# ---- versions


def test_a_seat_under_way_is_not_taken_away_by_a_new_version(lab: Lab) -> None:
    """As an ordinary entry that is taken and not submitted stays with its version."""
    ana, _ = lab.annotator, lab.person("annotator")
    assert lab.reviewer.member
    dataset = dataset_with(lab, two())
    entry = lab.new_entry(dataset_id=dataset)
    assert next_of(ana, dataset).id == entry
    assert lab.owner.update("datasets", dataset, workflow_configuration=ONCE).status == 200
    reply = ana.act(entry, "submit", annotations=[mark(BOX)])
    assert reply.status == 200, reply


def test_what_is_reopened_in_an_older_version_is_served(lab: Lab) -> None:
    ana, _bo = lab.annotator, lab.person("annotator")
    assert lab.reviewer.member
    dataset = dataset_with(lab, worked("sampling"))
    entry = lab.new_entry(dataset_id=dataset)
    next_of(ana, dataset)
    lab.house.dice.roll(0.9)
    assert stands(submit(ana, entry))[0] == "done"
    new = {
        "start": "draw",
        "steps": {"draw": {"kind": "annotate", "on": {"submit": "over"}}, "over": {"kind": "done"}},
    }
    assert lab.owner.update("datasets", dataset, workflow_configuration=new).status == 200
    reopened = lab.owner.act(entry, "reopen")
    assert reopened.status == 200, reopened
    lab.house.dice.roll(0.0)
    assert stands(submit(ana, entry))[0] == "check"
    assert next_of(lab.reviewer, dataset).status == 200


def test_a_step_of_the_same_name_in_a_newer_version_serves_nobody_what_is_not_theirs(lab: Lab) -> None:
    ana, bo = lab.annotator, lab.person("annotator")
    assert lab.reviewer.member
    dataset = dataset_with(lab, label_check())
    entry = lab.new_entry(dataset_id=dataset)
    next_of(ana, dataset)
    submit(ana, entry)
    next_of(lab.reviewer, dataset)
    assert stands(submit(lab.reviewer, entry, approved=True))[0] == "done"
    new = {
        "start": "check",
        "steps": {"check": {"kind": "annotate", "on": {"submit": "done"}}, "done": {"kind": "done"}},
    }
    assert lab.owner.update("datasets", dataset, workflow_configuration=new).status == 200
    assert lab.owner.act(entry, "reopen", step="check").status == 200
    assert lab.owner.ask("DELETE", f"/entries/{entry}/lease").status == 200
    given = next_of(bo, dataset)
    assert given.status == 204, "an annotator is given what reviewers work"


def test_mapping_to_error_leaves_nobody_a_lease(lab: Lab) -> None:
    ana = lab.annotator
    dataset = dataset_with(lab, ONCE)
    entry = lab.new_entry(dataset_id=dataset)
    next_of(ana, dataset)
    assert lab.owner.update("datasets", dataset, workflow_configuration={"sample_rate": 0.5}).status == 200
    body = {"data": {"attributes": {"mapping": {"label": "error"}}}}
    assert lab.owner.post(f"/datasets/{dataset}/workflow/migrate", body).status == 200
    run_jobs(lab)
    reply = lab.owner.get(f"/entries/{entry}")
    assert reply.attributes["wf_step"] == "error"
    assert "lease" not in reply.data.get("meta", {}), reply


# ---- seats


@pytest.mark.parametrize("event", ["skip", "error"])
def test_a_seats_token_is_good_for_what_its_holder_may_do(lab: Lab, event: str) -> None:
    """In the header, which both events take."""
    ana, _ = lab.annotator, lab.person("annotator")
    assert lab.reviewer.member
    conf = two()
    conf["steps"]["twice"]["on"]["skip"] = "done"
    dataset = dataset_with(lab, conf)
    entry = lab.new_entry(dataset_id=dataset)
    given = next_of(ana, dataset)
    token = given.data["meta"]["lease"]["token"]
    body = {"message": "x"} if event == "error" else {}
    sent = {"data": {"attributes": body}} if body else None
    reply = ana.ask("POST", f"/entries/{entry}/{event}", sent, headers={"Postil-Lease": token})
    assert reply.status == 200, reply


def test_a_lost_draft_is_taken_over_by_who_has_a_seat_again(lab: Lab) -> None:
    ana, _bo, _cy = lab.annotator, lab.person("annotator"), lab.person("annotator")
    assert lab.reviewer.member
    dataset = dataset_with(lab, two())
    entry = lab.new_entry(dataset_id=dataset)
    next_of(ana, dataset)
    assert lab.owner.delete(f"/entries/{entry}/lease").status == 200
    lost = ana.act(entry, "submit", annotations=[mark(BOX)])
    assert (lost.status, lost.code) == (409, "lease_lost")
    draft = lost.document["errors"][0]["meta"]["draft_id"]
    assert ana.act(entry, "select").status == 200
    reply = ana.post(f"/drafts/{draft}/take_over")
    assert reply.status == 200, reply


def test_who_sits_does_not_read_the_other(lab: Lab) -> None:
    ana, bo = lab.annotator, lab.person("annotator")
    assert lab.reviewer.member
    dataset = dataset_with(lab, two())
    entry = lab.new_entry(dataset_id=dataset)
    next_of(ana, dataset), next_of(bo, dataset)
    own = ana.create("annotations", entry_id=entry, dimensions=BOX, annotation={"label": "secret-ana"})
    assert own.status == 201, own
    ana.create("note_feeds", entry_id=entry, content_md="secret-ana note")
    ana.ask("PUT", f"/entries/{entry}/draft", {"data": {"attributes": {"content": {"a": "secret-ana"}}}})
    seen = []
    paths = [
        f"/annotations/{own.id}",
        f"/annotations/{own.id}/history",
        f"/annotations?filter[entry_id]={entry}",
        f"/annotations?filter[dataset_id]={dataset}",
        f"/entries/{entry}?include=annotations,note_feeds",
        f"/entries/{entry}/annotations",
        f"/entries/{entry}/relationships/annotations",
        f"/entries/{entry}/note_feeds",
        f"/entries/{entry}/history",
        f"/entries/{entry}/draft",
        "/drafts",
        "/events",
        f"/note_feeds?filter[entry_id]={entry}",
        f"/entries?filter[dataset_id]={dataset}&include=annotations.note_feeds",
    ]
    for when in ("sits", "submitted"):
        for path in paths:
            reply = bo.get(path)
            if "secret-ana" in reply.text or (own.id in reply.text and reply.status == 200):
                seen.append((when, path, reply))
        changed = bo.update("annotations", own.id, annotation={"label": "mine"})
        assert changed.status in (403, 404), changed
        assert bo.delete(f"/annotations/{own.id}").status in (403, 404)
        r = bo.ask(
            "PATCH",
            f"/annotations?filter[entry_id]={entry}",
            {"data": {"type": "annotations", "attributes": {"annotation": {"label": "mine"}}}},
        )
        if when == "sits":
            r = bo.act(entry, "submit", annotations=[{"id": own.id, "annotation": {"label": "mine"}}])
            assert r.status in (403, 404, 409, 422), r
            submit(bo, entry, annotations=[mark(FAR)])
    assert "secret-ana" in lab.owner.get(f"/annotations/{own.id}").text
    assert seen == []


def test_a_seat_left_while_in_the_trash_does_not_hold_the_entry_for_ever(lab: Lab) -> None:
    ana, bo, cy = lab.annotator, lab.person("annotator"), lab.person("annotator")
    assert lab.reviewer.member
    dataset = dataset_with(lab, two())
    entry = lab.new_entry(dataset_id=dataset)
    next_of(ana, dataset), next_of(bo, dataset)
    assert lab.owner.delete(f"/entries/{entry}?force=true").status == 204
    assert lab.owner.delete(f"/project_members/{ana.member}").status == 204
    assert lab.owner.post(f"/entries/{entry}/restore").status == 200
    assert next_of(cy, dataset).status == 200


# ---- programs and dealing


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


# ---- reference entries


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


def test_a_long_comparison_of_a_reference_entry_tells_nobody(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.resources.agreements.AT_ONCE", 1)
    ana = lab.annotator
    dataset = dataset_with(lab, ONCE)
    watched = lab.new_entry(dataset_id=dataset)
    lab.owner.create("reference_answers", entry_id=watched, content={"annotations": [mark(BOX)]})
    next_of(ana, dataset)
    submit(ana, watched, annotations=[mark(BOX)])
    told = ana.get("/jobs")
    assert told.data == [], told


# ---- second helping


def test_who_works_an_entry_at_a_start_that_annotates_may_open_a_note(lab: Lab) -> None:
    ana = lab.annotator
    dataset = dataset_with(lab, ONCE)
    entry = lab.new_entry(dataset_id=dataset)
    next_of(ana, dataset)
    reply = ana.create("note_feeds", entry_id=entry, content_md="one or two?")
    assert reply.status == 201, reply


def test_who_has_a_seat_may_open_a_note(lab: Lab) -> None:
    ana, _ = lab.annotator, lab.person("annotator")
    assert lab.reviewer.member
    dataset = dataset_with(lab, two())
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


def test_who_sits_is_not_told_what_the_other_says_of_it(lab: Lab) -> None:
    ana, bo = lab.annotator, lab.person("annotator")
    assert lab.reviewer.member
    dataset = dataset_with(lab, two())
    entry = lab.new_entry(dataset_id=dataset)
    next_of(ana, dataset), next_of(bo, dataset)
    submit(ana, entry, annotations=[mark(BOX)], comment="secret-ana two lesions at the left")
    told = bo.get(f"/entries/{entry}/history")
    assert "secret-ana" not in told.text, told.text[:3000]


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


def test_the_job_of_a_consensus_tells_its_participants_nothing(lab: Lab, waiting: Any) -> None:
    _, _entry, _ana, bo = waiting
    assert bo.get("/jobs").data == []


# ---- at once


def together(*runs: Any) -> list[Any]:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(len(runs)) as pool:
        return [one.result() for one in [pool.submit(run) for run in runs]]


# ---- third helping


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


def test_a_dataset_whose_job_is_cancelled_is_served(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.resources.moving.AT_ONCE", 1)
    monkeypatch.setattr("app.resources.moving.CHUNK", 1)
    ana = lab.annotator
    dataset = dataset_with(lab, ONCE)
    entries = [lab.new_entry(dataset_id=dataset) for _ in range(5)]
    assert lab.reviewer.member
    new = {
        "start": "draw",
        "steps": {"draw": {"kind": "annotate", "on": {"submit": "over"}}, "over": {"kind": "done"}},
    }
    assert lab.owner.update("datasets", dataset, workflow_configuration=new).status == 200
    for job in lab.owner.get(f"/jobs?filter[dataset_id]={dataset}").ids:
        lab.owner.post(f"/jobs/{job}/cancel")
    for _ in entries:
        given = next_of(ana, dataset)
        assert given.status == 200
        submit(ana, given.id)
    assert lab.owner.get(f"/datasets/{dataset}").attributes["progress"] == 1


def test_long_values_are_counted_whole(lab: Lab, database_url: str) -> None:
    import secrets

    ana, bo = lab.annotator, lab.person("annotator")
    assert lab.reviewer.member
    dataset = dataset_with(lab, two())
    entry = lab.new_entry(dataset_id=dataset)
    for p in (ana, bo):
        assert p.act(entry, "select").status == 200
    for p in (ana, bo):
        r = p.act(
            entry,
            "submit",
            annotations=[
                {"dimensions": {}, "annotation": {"label": "q", "value": secrets.token_hex(20_000)}}
            ],
        )
        assert r.status == 200, r
    told = lab.owner.get(f"/datasets/{dataset}/agreement")
    assert told.status == 200


@pytest.mark.parametrize("size", [2_000, 3_000, 6_000, 12_000])
@pytest.mark.parametrize("what", ["value", "label", "box"])
def test_long_answers_of_some_size(lab: Lab, size: int, what: str) -> None:
    chance = random.Random(size)
    ana, bo = lab.annotator, lab.person("annotator")
    assert lab.reviewer.member
    dataset = dataset_with(lab, two())
    entry = lab.new_entry(dataset_id=dataset)

    def said() -> dict[str, Any]:
        words = "".join(chance.choice(string.ascii_letters + string.digits) for _ in range(size))
        if what == "value":
            return {"dimensions": {}, "annotation": {"label": "q", "value": words}}
        return {"dimensions": BOX if what == "box" else {}, "annotation": {"label": words}}

    for p in (ana, bo):
        assert p.act(entry, "select").status == 200
    for p in (ana, bo):
        assert submit(p, entry, annotations=[said()]).status == 200


def test_long_answers_that_a_job_decides(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    import secrets

    monkeypatch.setattr("app.resources.agreements.AT_ONCE", 1)
    ana, bo = lab.annotator, lab.person("annotator")
    assert lab.reviewer.member
    dataset = dataset_with(lab, two())
    entry = lab.new_entry(dataset_id=dataset)
    for p in (ana, bo):
        assert p.act(entry, "select").status == 200
    for p in (ana, bo):
        submit(
            p,
            entry,
            annotations=[
                {"dimensions": {}, "annotation": {"label": "q", "value": secrets.token_hex(20_000)}}
            ],
        )
    try:
        run_jobs(lab)
    except Exception as error:
        print("the worker:", repr(error)[:300])
    after = lab.owner.get(f"/entries/{entry}").attributes
    job = lab.owner.get(f"/jobs/{after['job_id']}").attributes if after["job_id"] else None
    assert after["status"] != "processing", job and (job["state"], job["errors_count"])


# ======== odd values
