"""What is told of workflows over HTTP: the view, checks of drafts, simulations, forecasts, versions."""

from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from sqlalchemy import bindparam
from sqlmodel import col, select

from app.attributes import wire_time
from app.resources import tallies
from app.resources.tallies import LEFT, Tally
from app.storage.statement import Statement
from app.work import SYSTEM, Work
from tests.app.workflows.drawing import dataset_with, next_of, run_jobs, submit
from tests.app.workflows.worked import worked
from tests.lab import Lab

LINE: dict[str, Any] = {
    "start": "label",
    "steps": {
        "label": {"kind": "annotate", "on": {"submit": "check"}},
        "check": {"kind": "review", "not_by": ["label"], "on": {"accept": "done", "reject": "label"}},
        "done": {"kind": "done"},
    },
}


@pytest.fixture
def dataset(lab: Lab) -> str:
    assert lab.annotator.member
    assert lab.reviewer.member
    return dataset_with(lab, LINE)


def migrate(lab: Lab, dataset: str, **attributes: Any) -> Any:
    return lab.owner.post(f"/datasets/{dataset}/workflow/migrate", {"data": {"attributes": attributes}})


# ---- as it stands


def test_the_view_tells_what_stands_at_each_step_and_draws_it(lab: Lab, dataset: str) -> None:
    entries = [lab.new_entry(dataset_id=dataset) for _ in range(3)]
    next_of(lab.annotator, dataset)
    submit(lab.annotator, entries[0])

    told = lab.annotator.get(f"/datasets/{dataset}/workflow").attributes

    steps = {one["name"]: one for one in told["steps"]}
    assert {name: one["entries"] for name, one in steps.items()} == {"label": 2, "check": 1, "done": 0}
    assert steps["label"]["ages"]["p50"] >= 0
    assert steps["done"]["ages"] == {"p50": None, "p90": None}
    edges = {(one["from"], one["outcome"], one["to"]) for one in told["edges"]}
    assert edges == {
        ("label", "submit", "check"),
        ("check", "accept", "done"),
        ("check", "reject", "label"),
    }
    assert (told["version"], told["start"], told["faults"]) == (1, "label", [])
    assert told["mermaid"].startswith("flowchart")
    assert ElementTree.fromstring(told["svg"]).tag == "{http://www.w3.org/2000/svg}svg"


def test_the_default_workflow_has_a_view_too(lab: Lab) -> None:
    told = lab.owner.get(f"/datasets/{lab.dataset}/workflow").attributes

    assert [one["name"] for one in told["steps"]] == ["start", "annotate", "sample", "review", "done"]


def test_the_view_tells_when_nobody_is_left_for_a_step(lab: Lab, dataset: str) -> None:
    assert lab.owner.delete(f"/project_members/{lab.reviewer.member}").status == 204

    [fault] = lab.owner.get(f"/datasets/{dataset}/workflow").attributes["faults"]

    assert (fault["code"], fault["pointer"]) == ("workflow_role_unheld", "/steps/check/roles/0")


# ---- drafts


def test_a_draft_is_checked_and_nothing_is_changed(lab: Lab, dataset: str) -> None:
    draft = {**LINE, "steps": {**LINE["steps"], "lost": {"kind": "done"}}}
    path = f"/datasets/{dataset}/workflow/validate"

    found = lab.annotator.post(path, {"data": {"attributes": {"workflow_configuration": draft}}}).attributes
    fine = lab.annotator.post(path, {"data": {"attributes": {"workflow_configuration": LINE}}}).attributes

    assert found["valid"] is False
    assert [(one["code"], one["pointer"]) for one in found["faults"]] == [
        ("workflow_step_unreachable", "/steps/lost")
    ]
    assert (fine["valid"], fine["faults"]) == (True, [])
    assert lab.owner.get(f"/datasets/{dataset}").attributes["workflow_version"] == 1


def test_faults_of_what_is_saved_point_into_what_was_sent(lab: Lab, dataset: str) -> None:
    draft = {
        **LINE,
        "steps": {**LINE["steps"], "check": {**LINE["steps"]["check"], "on": {"accept": "nowhere"}}},
    }

    refused = lab.owner.update("datasets", dataset, workflow_configuration=draft)

    assert refused.status == 422
    at = "/data/attributes/workflow_configuration/steps/check/on"
    told = {(one["code"], one["source"]["pointer"]) for one in refused.document["errors"]}
    assert told == {("workflow_invalid", at)}  # what leads nowhere is told once the shape is right
    assert lab.owner.get(f"/datasets/{dataset}").attributes["workflow_configuration"] == LINE


def test_a_draft_is_played_on_given_people(lab: Lab, dataset: str) -> None:
    attributes = {
        "entries": 200,
        "plays": 5,
        "seed": 7,
        "people": [{"role": "annotator", "count": 3}, {"role": "reviewer", "hours": 4, "speed": 2}],
        "paces": {"label": {"seconds": 60}, "check": {"seconds": 200, "shares": {"reject": 0.1}}},
    }
    path = f"/datasets/{dataset}/workflow/simulate"

    played = lab.annotator.post(path, {"data": {"attributes": attributes}}).attributes
    again = lab.annotator.post(path, {"data": {"attributes": attributes}}).attributes

    assert played == again
    assert played["bottleneck"] == "check"
    assert 0 < played["seconds"]["p5"] <= played["seconds"]["p50"] <= played["seconds"]["p95"]
    assert played["steps"]["label"]["worked"] >= 200
    assert played["standing"] == {}


def test_a_play_that_comes_to_stand_says_where(lab: Lab, dataset: str) -> None:
    attributes = {
        "entries": 10,
        "people": [{"role": "annotator"}],
        "paces": {"label": {"seconds": 60}, "check": {"seconds": 20}},
    }

    played = lab.owner.post(f"/datasets/{dataset}/workflow/simulate", {"data": {"attributes": attributes}})

    assert played.attributes["standing"] == {"check": 10}
    assert played.attributes["seconds"] == {"p5": None, "p50": None, "p95": None}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"entries": 0}, "/data/attributes/entries"),
        ({"entries": 50_000, "plays": 100}, "/data/attributes"),
        ({"paces": {}}, "/data/attributes"),
        ({"paces": {"nowhere": {"seconds": 1}}}, "/data/attributes/paces/nowhere"),
        ({"paces": {"label": {"seconds": "long"}}}, "/data/attributes/paces/label"),
        ({"paces": {"label": {"seconds": True}}}, "/data/attributes/paces/label"),
        ({"people": [{"role": "king"}]}, "/data/attributes/people/0/role"),
        ({"people": [{"role": "annotator", "hours": 25}]}, "/data/attributes/people/0/hours"),
        ({"workflow_configuration": {"start": 1}}, "/data/attributes/workflow_configuration"),
    ],
)
def test_what_cannot_be_played_is_told_where(
    lab: Lab, dataset: str, change: dict[str, Any], pointer: str
) -> None:
    attributes = {"entries": 10, "paces": {"label": {"seconds": 60}, "check": {"seconds": 20}}} | change

    refused = lab.owner.post(f"/datasets/{dataset}/workflow/simulate", {"data": {"attributes": attributes}})

    assert refused.status == 422
    assert pointer in str([one["source"] for one in refused.document["errors"]])


# ---- forecasts


def test_a_forecast_is_made_of_what_was_done(lab: Lab, dataset: str) -> None:
    for _ in range(4):
        lab.new_entry(dataset_id=dataset)
    path = f"/datasets/{dataset}/workflow/forecast"
    before = lab.annotator.post(path).attributes
    now = int(datetime.now(UTC).timestamp() // 3600)
    for hour in range(now - 72, now):
        _left(lab, dataset, "label", f"{hour}:check", 9)
        _left(lab, dataset, "check", f"{hour}:done", 9)

    told = lab.annotator.post(path, {"data": {"attributes": {"seed": 3}}}).attributes

    assert (before["known"], before["done_at"]) == (False, None)
    assert before["why"]
    assert told["known"] is True
    assert told["at"] <= told["done_from"] <= told["done_at"] <= told["done_to"]
    assert told["done_at"] < wire_time(datetime.now(UTC) + timedelta(days=30))
    assert told["bottleneck"] in ("label", "check")
    assert told["steps"]["check"]["left"] == pytest.approx(4, abs=1)


def test_what_has_left_a_step_is_counted_by_hour(lab: Lab, dataset: str) -> None:
    entry = lab.new_entry(dataset_id=dataset)
    next_of(lab.annotator, dataset)
    submit(lab.annotator, entry)
    next_of(lab.reviewer, dataset)
    submit(lab.reviewer, entry, approved=False)

    found = lab.house.database.write_now(
        SYSTEM, lambda work: work.rows(_LEFT, {"dataset_id": dataset, "size": 10})
    )

    hour = int(datetime.now(UTC).timestamp() // 3600)
    assert {(name, key.split(":")[1], value) for name, key, value in found} == {
        ("left:label", "check", 1),
        ("left:check", "label", 1),
    }
    assert all(int(key.split(":")[0]) in (hour, hour - 1) for _, key, _ in found)


def _left(lab: Lab, dataset: str, step: str, key: str, count: int) -> None:
    def add(work: Work) -> None:
        tallies.move(work, dataset, {(LEFT + step, key): count})

    lab.house.database.write_now(SYSTEM, add)


_LEFT = Statement(
    lambda: (
        select(col(Tally.name), col(Tally.key), col(Tally.value))
        .where(col(Tally.dataset_id) == bindparam("dataset_id"), col(Tally.name) > "left:")
        .where(col(Tally.name) < "left:~")
        .limit(bindparam("size"))
    )
)


# ---- versions


def test_what_nobody_has_begun_goes_by_a_new_workflow_at_once(lab: Lab) -> None:
    waiting, begun = lab.new_entry(), lab.at("annotate")
    assert lab.reviewer.member

    changed = lab.owner.update("datasets", lab.dataset, workflow_configuration=LINE)

    assert changed.attributes["workflow_version"] == 2
    places = [lab.owner.get(f"/entries/{one}").attributes for one in (waiting, begun)]
    assert [(one["wf_step"], one["workflow_version"]) for one in places] == [("label", 2), ("annotate", 1)]
    versions = lab.annotator.get(f"/datasets/{lab.dataset}/workflow_versions").data
    assert [one["attributes"]["number"] for one in versions] == [1, 2]
    assert versions[1]["attributes"]["configuration"] == LINE


def test_who_has_a_seat_has_begun(lab: Lab) -> None:
    people = [lab.annotator, lab.person("annotator"), lab.reviewer]
    dataset = dataset_with(lab, worked("adjudication"))
    entry = lab.new_entry(dataset_id=dataset)
    next_of(people[0], dataset)

    lab.owner.update("datasets", dataset, workflow_configuration=LINE)

    assert lab.owner.get(f"/entries/{entry}").attributes["wf_step"] == "twice"
    assert next_of(people[1], dataset).id == entry


def test_what_is_under_way_ends_by_the_version_that_it_began_with(lab: Lab) -> None:
    entry = lab.at("annotate")
    assert lab.reviewer.member
    lab.owner.update("datasets", lab.dataset, workflow_configuration=LINE)

    submit(lab.annotator, entry)
    assert next_of(lab.reviewer, lab.dataset).id == entry
    done = submit(lab.reviewer, entry, approved=True)

    assert (done.attributes["wf_step"], done.attributes["workflow_version"]) == ("done", 1)


def test_the_same_workflow_in_other_words_is_no_new_version(lab: Lab, dataset: str) -> None:
    turned = {"steps": dict(reversed(LINE["steps"].items())), "start": "label"}

    same = lab.owner.update("datasets", dataset, workflow_configuration=turned)

    assert same.attributes["workflow_version"] == 1


def test_entries_are_moved_by_a_mapping_and_who_holds_one_keeps_it(lab: Lab) -> None:
    held, reviewed, done = (lab.at(step) for step in ("annotate", "review", "done"))
    lab.reviewer.act(reviewed, "select")
    lab.owner.update("datasets", lab.dataset, workflow_configuration=LINE)
    mapping = {"annotate": "label", "review": "check"}

    foretold = migrate(lab, lab.dataset, mapping=mapping, dry_run=True).attributes
    told = migrate(lab, lab.dataset, mapping=mapping).attributes
    run_jobs(lab)

    moves = [
        {"from": "annotate", "to": "label", "entries": 1},
        {"from": "review", "to": "check", "entries": 1},
    ]
    assert foretold["moves"] == told["moves"] == moves
    assert foretold["stays"] == [{"step": "done", "entries": 1}]
    assert (foretold["job_id"], told["dry_run"]) == (None, False)
    places = [lab.owner.get(f"/entries/{one}").attributes for one in (held, reviewed, done)]
    assert [(one["wf_step"], one["assigned_to_id"]) for one in places] == [
        ("label", lab.annotator.account),
        ("check", lab.reviewer.account),
        ("done", None),
    ]
    assert lab.owner.get(f"/jobs/{told['job_id']}").attributes["result"] == {
        "moved": {"check": 1, "label": 1}
    }
    rejected = submit(lab.reviewer, reviewed, approved=False)
    assert rejected.attributes["wf_step"] == "label"


@pytest.mark.parametrize(("is_dry", "status"), [(False, 202), (True, 200)])
def test_who_prefers_to_wait_for_nothing_is_shown_the_job_that_moves_entries(
    lab: Lab, is_dry: bool, status: int
) -> None:
    lab.at("annotate")
    assert lab.reviewer.member
    lab.owner.update("datasets", lab.dataset, workflow_configuration=LINE)
    body = {"data": {"attributes": {"mapping": {"annotate": "label"}, "dry_run": is_dry}}}

    told = lab.owner.at("/api/v1/dataset").post(
        f"/datasets/{lab.dataset}/workflow/migrate", body, headers={"Prefer": "wait=10, respond-async"}
    )

    assert (told.status, told.attributes["moves"][0]["entries"]) == (status, 1)
    assert told.headers.get("preference-applied") == (None if is_dry else "respond-async")
    job = told.attributes["job_id"]
    leads_to = None if is_dry else f"http://testserver/api/v1/dataset/jobs/{job}"
    assert told.headers.get("location") == leads_to
    assert "content-location" not in told.headers


def test_who_may_not_work_the_new_step_loses_the_entry(lab: Lab) -> None:
    entry = lab.at("annotate")
    assert lab.reviewer.member
    lab.owner.update("datasets", lab.dataset, workflow_configuration=LINE)

    migrate(lab, lab.dataset, mapping={"annotate": "check"})
    run_jobs(lab)

    assert lab.owner.get(f"/entries/{entry}").attributes["assigned_to_id"] is None
    assert lab.annotator.act(entry, "submit").code == "lease_lost"


@pytest.mark.parametrize("mapping", [{"annotate": "nowhere"}, {"annotate": "pick"}, {"annotate": 1}])
def test_a_mapping_leads_to_steps_where_entries_can_be(lab: Lab, mapping: Any) -> None:
    assert lab.annotator.member
    assert lab.reviewer.member
    dataset = dataset_with(lab, worked("sampling"))

    refused = migrate(lab, dataset, mapping=mapping)

    assert refused.status == 422
    assert refused.source["pointer"].startswith("/data/attributes/mapping")


def test_only_owners_move_entries(lab: Lab, dataset: str) -> None:
    refused = lab.annotator.post(
        f"/datasets/{dataset}/workflow/migrate", {"data": {"attributes": {"mapping": {}}}}
    )

    assert refused.status == 403
