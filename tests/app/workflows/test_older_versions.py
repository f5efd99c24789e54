"""Entries of older versions of a workflow: they are served, and moved, and nobody gets what is not theirs."""

import pytest

from tests.app.workflows.drawing import (
    BOX,
    ONCE,
    dataset_with,
    label_check,
    mark,
    next_of,
    run_jobs,
    stands,
    submit,
    two,
)
from tests.app.workflows.worked import worked
from tests.lab import Lab


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


def test_who_holds_what_others_have_worked_since_keeps_it_on_a_move(lab: Lab) -> None:
    ana, bo = lab.annotator, lab.person("annotator")
    drawn = label_check(roles=["annotator"], not_by=["label"])
    dataset = dataset_with(lab, drawn)
    entry = lab.new_entry(dataset_id=dataset)
    next_of(ana, dataset)
    submit(ana, entry)
    next_of(bo, dataset)
    submit(bo, entry, approved=False)
    assert bo.act(entry, "select").status == 200
    submit(bo, entry)
    assert ana.act(entry, "select").status == 200  # her work is not what is checked now
    drawn["steps"]["check"]["on"]["skip"] = "done"
    assert lab.owner.update("datasets", dataset, workflow_configuration=drawn).status == 200

    body = {"data": {"attributes": {"mapping": {"check": "check"}}}}
    assert lab.owner.post(f"/datasets/{dataset}/workflow/migrate", body).status == 200
    run_jobs(lab)

    moved = lab.owner.get(f"/entries/{entry}").attributes
    assert (moved["workflow_version"], moved["assigned_to_id"]) == (2, ana.account)
