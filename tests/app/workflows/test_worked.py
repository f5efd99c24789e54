"""The three worked configurations of docs/workflows.md, each played by several people over HTTP."""

from typing import Any

from tests.app.workflows.drawing import BOX, FAR, NEAR, dataset_with, mark, next_of, stands, submit
from tests.app.workflows.worked import worked
from tests.lab import Lab, Person, Reply

# ---- review by sampling


def test_review_by_sampling_is_played_to_its_end(lab: Lab) -> None:
    ana, rey = lab.annotator, lab.reviewer
    dataset = dataset_with(lab, worked("sampling"))
    passed, sampled, skipped = (lab.new_entry(dataset_id=dataset, priority=n) for n in range(3))

    assert next_of(ana, dataset).id == passed
    lab.house.dice.roll(0.9)
    assert stands(submit(ana, passed, annotations=[mark(BOX)])) == ("done", "completed", None)

    assert next_of(ana, dataset).id == sampled
    lab.house.dice.roll(0.1)
    in_check = submit(ana, sampled)
    assert stands(in_check) == ("check", "in_progress", None)
    assert in_check.attributes["due_at"] is not None

    assert next_of(ana, dataset).id == skipped
    refused = ana.act(skipped, "skip", reason="dull")
    assert (refused.status, refused.code) == (422, "reason_unknown")
    assert stands(_done(ana.act(skipped, "skip", reason="blurry"))) == ("skipped", "completed", None)

    assert next_of(ana, dataset).status == 204
    assert next_of(rey, dataset).id == sampled
    vague = rey.act(sampled, "submit", approved=False, reason="ugly")
    assert (vague.status, vague.code) == (422, "reason_unknown")
    assert stands(submit(rey, sampled, approved=False, reason="missing")) == (
        "label",
        "in_progress",
        ana.account,
    )
    lab.house.dice.roll(0.0)
    assert stands(submit(ana, sampled)) == ("check", "in_progress", rey.account)
    fixed = submit(rey, sampled, outcome="fix", annotations=[mark(NEAR)])
    assert stands(fixed) == ("done", "completed", None)

    told = lab.owner.get(f"/datasets/{dataset}").attributes
    assert (told["status"], told["progress"], told["entries_completed_count"]) == ("completed", 1.0, 3)


def test_nobody_reviews_what_they_labelled_but_an_owner(lab: Lab) -> None:
    both = lab.annotator
    assert lab.reviewer.member  # the role is held
    dataset = dataset_with(
        lab, worked("sampling") | {"steps": worked("sampling")["steps"] | {"check": _check_by_all()}}
    )
    entry = lab.new_entry(dataset_id=dataset)
    next_of(both, dataset)
    lab.house.dice.roll(0.0)
    submit(both, entry)

    assert next_of(both, dataset).status == 204
    refused = both.act(entry, "select")
    assert (refused.status, refused.code) == (403, "own_submission")
    assert lab.owner.act(entry, "select").status == 200


def _check_by_all() -> dict[str, Any]:
    return worked("sampling")["steps"]["check"] | {"roles": ["annotator", "reviewer"]}  # type: ignore[no-any-return]


def _done(reply: Reply) -> Reply:
    assert reply.status == 200, reply
    return reply


# ---- two annotators and an adjudicator


def seats_of(lab: Lab) -> tuple[Person, Person, Person]:
    return lab.annotator, lab.person("annotator"), lab.reviewer


def test_two_who_agree_need_no_adjudicator(lab: Lab) -> None:
    ana, bo, _ = seats_of(lab)
    dataset = dataset_with(lab, worked("adjudication"))
    entry = lab.new_entry(dataset_id=dataset)

    assert next_of(ana, dataset).id == next_of(bo, dataset).id == entry
    first = submit(ana, entry, annotations=[mark(BOX)])
    assert stands(first) == ("twice", "in_progress", None)
    again = ana.act(entry, "select")
    assert (again.status, again.code) == (409, "seat_submitted")
    last = submit(bo, entry, annotations=[mark(NEAR)])

    assert stands(last) == ("done", "completed", None)
    assert last.attributes["agreement"] > 0.9
    kept = lab.owner.get(f"/annotations?filter[entry_id]={entry}").data
    assert len(kept) == 1


def test_two_who_disagree_are_decided_by_a_third_with_both_before_them(lab: Lab) -> None:
    ana, bo, rey = seats_of(lab)
    dataset = dataset_with(lab, worked("adjudication"))
    entry = lab.new_entry(dataset_id=dataset)
    assert next_of(ana, dataset).id == next_of(bo, dataset).id == entry

    submit(ana, entry, annotations=[mark(BOX)])
    assert bo.get(f"/annotations?filter[entry_id]={entry}").data == []  # unseen
    decided = submit(bo, entry, annotations=[mark(FAR)])
    assert (*stands(decided), decided.attributes["agreement"]) == ("decide", "in_progress", None, 0.0)

    assert next_of(ana, dataset).status == next_of(bo, dataset).status == 204
    assert next_of(rey, dataset).id == entry
    seen = rey.get(f"/annotations?filter[entry_id]={entry}").data
    assert {one["attributes"]["created_by_email"] for one in seen} == {_email(lab, one) for one in (ana, bo)}
    assert stands(submit(rey, entry, outcome="accept", keep=bo.account)) == ("done", "completed", None)
    kept = lab.owner.get(f"/annotations?filter[entry_id]={entry}").data
    assert [one["attributes"]["dimensions"]["x"] for one in kept] == [500]


def test_what_the_adjudicator_rejects_is_done_by_others_once_more(lab: Lab) -> None:
    ana, bo, rey = seats_of(lab)
    dataset = dataset_with(lab, worked("adjudication"))
    entry = lab.new_entry(dataset_id=dataset)
    for person, box in ((ana, BOX), (bo, FAR)):
        next_of(person, dataset)
        submit(person, entry, annotations=[mark(box)])
    next_of(rey, dataset)

    assert stands(submit(rey, entry, approved=False)) == ("twice", "in_progress", None)

    assert next_of(ana, dataset).id == next_of(bo, dataset).id == entry


def test_a_third_finds_no_seat_until_one_is_given_up_or_runs_out(lab: Lab) -> None:
    ana, bo, _ = seats_of(lab)
    cy = lab.person("annotator")
    dataset = dataset_with(lab, worked("adjudication"), lease="PT60S")
    entry = lab.new_entry(dataset_id=dataset)
    next_of(ana, dataset)
    next_of(bo, dataset)

    assert next_of(cy, dataset).status == 204
    assert cy.act(entry, "select").status == 404  # it is no more to be seen than any other that is held
    assert ana.delete(f"/entries/{entry}/lease").status == 200
    assert next_of(cy, dataset).id == entry
    assert next_of(ana, dataset).status == 204


def _email(lab: Lab, person: Person) -> str:
    return str(lab.owner.get(f"/accounts/{person.account}").attributes["email"])


# ---- a model, then a human


def test_a_model_pre_labels_and_a_human_checks(lab: Lab) -> None:
    program, ana, rey = lab.person("annotator"), lab.annotator, lab.reviewer
    dataset = dataset_with(lab, worked("model", program=program.account))
    sure = lab.new_entry(dataset_id=dataset, priority=0, metadata={"confidence": 0.95})
    unsure = lab.new_entry(dataset_id=dataset, priority=1, metadata={"confidence": 0.4})
    spotted = lab.new_entry(dataset_id=dataset, priority=2, metadata={"confidence": 0.95})
    assert next_of(ana, dataset).status == 204  # people are not given what a program works

    for entry, die in ((sure, 0.5), (unsure, 0.5), (spotted, 0.05)):
        assert program.post(f"/datasets/{dataset}/next?filter[wf_step]=model").id == entry
        lab.house.dice.roll(die)
        submit(program, entry, annotations=[mark(BOX)])

    steps = [lab.owner.get(f"/entries/{one}").attributes["wf_step"] for one in (sure, unsure, spotted)]
    assert steps == ["done", "correct", "check"]
    assert next_of(ana, dataset).id == unsure
    assert stands(submit(ana, unsure, annotations=[mark(NEAR)])) == ("check", "in_progress", None)
    for entry in (unsure, spotted):
        assert next_of(rey, dataset).id == entry
        assert stands(submit(rey, entry, approved=True)) == ("done", "completed", None)
    assert lab.owner.get(f"/datasets/{dataset}").attributes["status"] == "completed"


def test_what_a_program_fails_at_too_often_goes_to_people(lab: Lab) -> None:
    program, ana = lab.person("reviewer"), lab.annotator
    assert lab.reviewer.member  # the role is held
    dataset = dataset_with(lab, worked("model", program=program.account))
    entry = lab.new_entry(dataset_id=dataset)

    for _ in range(2):
        assert next_of(program, dataset).id == entry
        failed = submit(program, entry, outcome="fail", reason="out of memory")
        assert stands(failed) == ("model", "ready", None)
    assert next_of(program, dataset).id == entry
    assert stands(submit(program, entry, outcome="fail")) == ("correct", "in_progress", None)
    assert next_of(ana, dataset).id == entry


def test_what_kills_its_program_each_time_goes_to_people(lab: Lab) -> None:
    program, ana = lab.person("reviewer"), lab.annotator
    assert lab.reviewer.member  # the role is held
    dataset = dataset_with(lab, worked("model", program=program.account))
    entry = lab.new_entry(dataset_id=dataset)
    for _ in range(3):
        assert next_of(program, dataset).id == entry
        assert program.delete(f"/entries/{entry}/lease").status == 200

    assert next_of(program, dataset).status == 204
    assert next_of(ana, dataset).id == entry
