"""Entries that wait for a job to say how far people agree, whatever becomes of it meanwhile."""

from typing import Any

import pytest

from tests.app.workflows.drawing import (
    BOX,
    NEAR,
    ONCE,
    dataset_with,
    label_check,
    make_decisions_wait,
    mark,
    next_of,
    run_jobs,
    submit,
    two,
)
from tests.lab import Lab, Person


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


def test_the_job_of_a_consensus_tells_its_participants_nothing(lab: Lab, waiting: Any) -> None:
    _, _entry, _ana, bo = waiting
    assert bo.get("/jobs").data == []


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
