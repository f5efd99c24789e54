"""Agreement and reference entries, over HTTP: figures kept with the work, and what low scores lead to."""

from itertools import combinations
from typing import Any

import pytest
from sklearn.metrics import cohen_kappa_score

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
from tests.lab import Lab, Person

TWICE: dict[str, Any] = {
    "start": "twice",
    "steps": {
        "twice": {
            "kind": "consensus",
            "people": 2,
            "agreement": 0.8,
            "on": {"agree": "done", "disagree": "done"},
        },
        "done": {"kind": "done"},
    },
}
ONCE: dict[str, Any] = {
    "start": "label",
    "steps": {"label": {"kind": "annotate", "on": {"submit": "done"}}, "done": {"kind": "done"}},
}


def said(label: str) -> dict[str, Any]:
    return {"dimensions": {}, "annotation": {"label": label}}


def play(people: list[Person], dataset: str, entry: str, answers: list[Any]) -> None:
    for person, _ in zip(people, answers, strict=True):
        assert person.act(entry, "select").status == 200
    for person, answer in zip(people, answers, strict=True):
        submit(person, entry, annotations=[answer])


def test_kappa_and_the_confusion_are_those_of_the_answers(lab: Lab) -> None:
    people = [lab.annotator, lab.person("annotator")]
    people.sort(key=lambda one: one.account)
    dataset = dataset_with(lab, TWICE)
    given = [("cat", "cat"), ("cat", "dog"), ("dog", "dog"), ("dog", "dog"), ("cat", "cat"), ("dog", "cat")]
    for one, other in given:
        play(people, dataset, lab.new_entry(dataset_id=dataset), [said(one), said(other)])

    told = lab.owner.get(f"/datasets/{dataset}/agreement").attributes

    [question] = told["questions"]
    [pair] = question["pairs"]
    assert question["question"] == ""  # the one question without a name
    assert pair["account_ids"] == [one.account for one in people]
    assert pair["cohen_kappa"] == pytest.approx(cohen_kappa_score(*zip(*given, strict=True)), abs=1e-9)
    assert question["observed_agreement"] == pytest.approx(4 / 6)
    cells = {(one["first"], one["second"]): one["count"] for one in pair["confusion"]}
    assert cells == {("cat", "cat"): 2, ("cat", "dog"): 1, ("dog", "dog"): 2, ("dog", "cat"): 1}


def test_the_entries_with_the_worst_agreement_come_first(lab: Lab) -> None:
    people = [lab.annotator, lab.person("annotator")]
    dataset = dataset_with(lab, TWICE)
    boxes = [(BOX, NEAR), (BOX, FAR), (BOX, BOX | {"x": 40})]
    entries = [lab.new_entry(dataset_id=dataset) for _ in (*boxes, "nobody's")]
    for entry, (one, other) in zip(entries, boxes, strict=False):
        play(people, dataset, entry, [mark(one), mark(other)])

    path = f"/entries?filter[dataset_id]={dataset}&filter[agreement__gte]=0&sort=agreement"
    worst = lab.owner.get(path)

    assert worst.ids == [entries[1], entries[2], entries[0]]
    assert worst.data[0]["attributes"]["agreement"] == 0


def test_others_see_the_totals_and_the_pairs_that_they_are_in(lab: Lab) -> None:
    ana, bo, cy = lab.annotator, lab.person("annotator"), lab.person("annotator")
    dataset = dataset_with(lab, TWICE)
    for pair in combinations((ana, bo, cy), 2):
        play(list(pair), dataset, lab.new_entry(dataset_id=dataset), [said("cat"), said("cat")])

    owners, hers = (one.get(f"/datasets/{dataset}/agreement").attributes for one in (lab.owner, ana))

    assert len(owners["questions"][0]["pairs"]) == 3
    assert all(ana.account in pair["account_ids"] for pair in hers["questions"][0]["pairs"])
    assert len(hers["questions"][0]["pairs"]) == 2
    assert hers["questions"][0]["confusion"] == owners["questions"][0]["confusion"]
    assert hers["scores"] == []


# ---- what takes long is a job's


def test_what_takes_long_to_compare_is_decided_by_a_job(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    make_decisions_wait(lab, monkeypatch)
    people = [lab.annotator, lab.person("annotator")]
    dataset = dataset_with(lab, TWICE)
    entry = lab.new_entry(dataset_id=dataset)
    play(people, dataset, entry, [mark(BOX), mark(NEAR)])
    waiting = lab.owner.get(f"/entries/{entry}").attributes
    assert (waiting["wf_step"], waiting["status"]) == ("twice", "in_progress")
    assert next_of(lab.person("annotator"), dataset).status == 204

    run_jobs(lab)

    decided = lab.owner.get(f"/entries/{entry}").attributes
    assert (decided["wf_step"], decided["status"], decided["job_id"]) == ("done", "completed", None)
    assert decided["agreement"] > 0.9
    job = lab.owner.get(f"/jobs/{waiting['job_id']}").attributes
    assert (job["state"], job["result"]["wf_step"]) == ("succeeded", "done")


def test_an_entry_that_was_sent_back_meanwhile_is_left_alone_by_the_job(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_decisions_wait(lab, monkeypatch)
    people = [lab.annotator, lab.person("annotator")]
    dataset = dataset_with(lab, TWICE)
    entry = lab.new_entry(dataset_id=dataset)
    play(people, dataset, entry, [mark(BOX), mark(NEAR)])
    assert lab.owner.act(entry, "error", message="it is black").status == 200

    run_jobs(lab)

    assert lab.owner.get(f"/entries/{entry}").attributes["wf_step"] == "error"


# ---- reference entries


def reference(lab: Lab, dataset: str, box: Any = BOX) -> str:
    entry = lab.new_entry(dataset_id=dataset)
    made = lab.owner.create("reference_answers", entry_id=entry, content={"annotations": [mark(box)]})
    assert made.status == 201, made
    return entry


def test_work_on_a_reference_entry_is_scored_and_nobody_can_tell_it(lab: Lab) -> None:
    ana = lab.annotator
    dataset = dataset_with(lab, ONCE)
    watched, plain = reference(lab, dataset), lab.new_entry(dataset_id=dataset)

    seen, done = [], []
    for entry in (watched, plain):
        seen.append(next_of(ana, dataset).data)
        done.append(submit(ana, entry, annotations=[mark(NEAR)]))

    assert stands(done[0]) == stands(done[1])
    assert [sorted(one["attributes"]) for one in seen] == [sorted(seen[0]["attributes"])] * 2
    assert ana.get("/reference_answers").data == ana.get("/scores").data == []
    [score] = lab.owner.get(f"/scores?filter[account_id]={ana.account}").data
    assert (score["attributes"]["entry_id"], score["attributes"]["wf_step"]) == (watched, "label")
    assert 0.9 < score["attributes"]["score"] < 1


def test_no_history_tells_a_reference_entry_from_another(lab: Lab) -> None:
    assert lab.annotator.member  # the role is held
    dataset = dataset_with(lab, ONCE)
    watched, plain = reference(lab, dataset), lab.new_entry(dataset_id=dataset)

    told = [lab.owner.get(f"/entries/{entry}/history").data for entry in (watched, plain)]

    assert [len(one) for one in told] == [1, 1]
    assert "is_reference" not in str(told)


@pytest.mark.parametrize(("then", "event"), [("nothing", None), ("warn", "warn"), ("pause", "pause")])
def test_a_score_below_the_bound_leads_to_what_is_asked(lab: Lab, then: str, event: str | None) -> None:
    ana = lab.annotator
    rules = {"window": 3, "least": 2, "below": 0.5, "then": then}
    dataset = dataset_with(lab, ONCE, quality_configuration=rules)
    entries = [reference(lab, dataset) for _ in range(2)]
    lab.new_entry(dataset_id=dataset)

    for entry, box in zip(entries, (BOX, FAR), strict=True):
        assert next_of(ana, dataset).id == entry
        submit(ana, entry, annotations=[mark(box)])
    assert events_of(lab, ana) == []  # 0.5 is not below
    last = reference(lab, dataset)
    assert ana.act(last, "select").status == 200
    submit(ana, last, annotations=[mark(FAR)])

    assert events_of(lab, ana) == ([event] if event else [])
    refused = ana.post(f"/datasets/{dataset}/next")
    assert (
        (refused.status, refused.code) == (409, "member_paused") if then == "pause" else refused.status == 200
    )
    [line] = lab.owner.get(f"/datasets/{dataset}/agreement").attributes["scores"]
    assert line == {"account_id": ana.account, "score": pytest.approx(1 / 3), "counted": 3, "is_low": True}


def events_of(lab: Lab, person: Person) -> list[str]:
    """What was done to the person's place since it was made."""
    events = lab.owner.get(f"/project_members/{person.member}/history").data
    return [one["attributes"]["kind"] for one in events][1:]


@pytest.mark.parametrize(("thrown", "is_watched"), [(0.05, True), (0.5, False)])
def test_reference_entries_are_mixed_in_by_their_rate(lab: Lab, thrown: float, is_watched: bool) -> None:
    ana = lab.annotator
    dataset = dataset_with(lab, ONCE, quality_configuration={"reference_rate": 0.1})
    plain, watched = lab.new_entry(dataset_id=dataset), reference(lab, dataset)

    lab.house.dice.roll(thrown)
    first = next_of(ana, dataset).id
    submit(ana, first)
    lab.house.dice.roll(thrown)
    second = next_of(ana, dataset).id  # where there are none of the one, of the other

    assert [first, second] == ([watched, plain] if is_watched else [plain, watched])


def test_a_reference_answer_that_goes_makes_an_ordinary_entry_of_it(lab: Lab) -> None:
    ana = lab.annotator
    dataset = dataset_with(lab, ONCE)
    entry = reference(lab, dataset)
    [answer] = lab.owner.get(f"/reference_answers?filter[entry_id]={entry}").ids
    assert lab.owner.delete(f"/reference_answers/{answer}").status == 204

    next_of(ana, dataset)
    submit(ana, entry, annotations=[mark(FAR)])

    assert lab.owner.get("/scores").data == []
    assert lab.owner.post(f"/reference_answers/{answer}/restore").status == 200


@pytest.mark.parametrize(
    ("rules", "pointer"),
    [
        ({"below": 2}, "/below"),
        ({"then": "fire"}, "/then"),
        ({"window": 0}, "/window"),
        ({"window": 1.5}, "/window"),
        ({"reference_rate": True}, "/reference_rate"),
        ({"bound": 1}, ""),
    ],
)
def test_rules_of_quality_are_checked(lab: Lab, rules: dict[str, Any], pointer: str) -> None:
    refused = lab.owner.create("datasets", project_id=lab.project, quality_configuration=rules)

    assert (refused.status, refused.code) == (422, "quality_invalid")
    assert refused.source == {"pointer": f"/data/attributes/quality_configuration{pointer}"}
