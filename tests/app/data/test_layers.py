"""Layers: whose labels of an entry they are, and how far they are."""

import pytest

from tests.app.data.doing import annotations, box
from tests.lab import Lab, Person


def status(lab: Lab, entry: str) -> str | None:
    """That of the entry's ground truth: the layer and the entry say the same, but for who has it in hand."""
    layer = lab.owner.get(f"/layers/{entry}").attributes["status"]
    own = lab.owner.get(f"/entries/{entry}").attributes["label_status"]
    assert layer == own or (layer, own) == ("in_review", "labeled")
    return layer if layer is None else str(layer)


def test_an_entry_has_a_ground_truth_from_the_beginning(lab: Lab) -> None:
    shown = lab.owner.get(f"/entries/{lab.entry}/layers").data

    assert [(one["id"], one["attributes"]["label_set"]) for one in shown] == [(lab.entry, "ground-truth")]
    assert status(lab, lab.entry) is None


def test_the_status_of_the_ground_truth_follows_the_workflow(lab: Lab) -> None:
    entry, seen = lab.at("annotate"), []
    seen.append(status(lab, entry))
    lab.annotator.act(entry, "submit")
    seen.append(status(lab, entry))
    lab.reviewer.act(entry, "select")
    seen.append(status(lab, entry))
    lab.reviewer.act(entry, "submit", approved=False)
    seen.append(status(lab, entry))
    lab.annotator.act(entry, "submit")
    lab.reviewer.act(entry, "submit", approved=True)
    seen.append(status(lab, entry))

    assert seen == [None, "labeled", "in_review", "rejected", "reviewed"]


def test_skipped_and_labeled_with_nothing_to_mark_are_different_states(lab: Lab) -> None:
    assert lab.annotator.member  # the project has somebody to work the step
    steps = {
        "start": "annotate",
        "steps": {
            "annotate": {
                "kind": "annotate",
                "roles": ["annotator"],
                "on": {"submit": "done", "skip": "done"},
            },
            "done": {"kind": "done"},
        },
    }
    made = lab.owner.create("datasets", project_id=lab.project, workflow_configuration=steps)
    assert made.status == 201, made
    found = {}

    for event in ("skip", "submit"):
        entry = lab.new_entry(dataset_id=made.id)
        lab.annotator.act(entry, "select")
        assert lab.annotator.act(entry, event).status == 200
        found[event] = status(lab, entry), annotations(lab, entry)

    assert found == {"skip": ("skipped", []), "submit": ("labeled", [])}


def test_what_is_done_may_be_verified_and_nothing_else_be_said_of_it(lab: Lab) -> None:
    done, begun = lab.at("done"), lab.at("annotate")

    verified = lab.owner.update("layers", done, status="verified")
    early = lab.owner.update("layers", begun, status="verified")
    back = lab.owner.update("layers", done, status="labeled")

    assert (verified.status, status(lab, done)) == (200, "verified")
    assert [(one.status, one.code) for one in (early, back)] == [(409, "status_follows_workflow")] * 2


def test_annotations_of_another_layer_come_also_to_what_is_done(lab: Lab) -> None:
    done = lab.at("done")
    layer = lab.owner.create("layers", entry_id=done, label_set="model", score=0.5, status="prelabeled").id

    into_layer = lab.owner.create(
        "annotations", entry_id=done, layer_id=layer, dimensions=box(), annotation={"label": "x"}
    )
    into_truth = lab.owner.create("annotations", entry_id=done, dimensions=box(), annotation={"label": "x"})

    assert (into_layer.status, into_truth.status, into_truth.code) == (201, 409, "entry_completed")
    assert lab.owner.get(f"/layers/{layer}/annotations").ids == [into_layer.id]
    assert lab.owner.get(f"/entries/{done}?include=annotations").document["included"] == []


def test_an_annotation_goes_into_layers_of_its_own_entry(lab: Lab) -> None:
    other = lab.owner.create("layers", entry_id=lab.new_entry(), label_set="model").id

    refused = lab.owner.create(
        "annotations", entry_id=lab.entry, layer_id=other, dimensions={}, annotation={}
    )

    assert (refused.status, refused.code) == (422, "layer_of_other_entry")


def test_a_layer_goes_with_its_annotations_and_comes_back_with_them(lab: Lab) -> None:
    layer = lab.owner.create("layers", entry_id=lab.entry, label_set="model").id
    mark = lab.owner.create(
        "annotations", entry_id=lab.entry, layer_id=layer, dimensions={}, annotation={}
    ).id
    lab.owner.delete(f"/layers/{layer}")
    gone = (
        lab.owner.get(f"/annotations/{mark}").status,
        lab.owner.get(f"/annotations?filter[layer_id]={layer}").ids,
    )
    lab.owner.post(f"/layers/{layer}/restore")

    assert gone == (404, [])
    assert lab.owner.get(f"/annotations/{mark}").status == 200


def test_the_ground_truth_goes_with_its_entry_alone(lab: Lab) -> None:
    refused = lab.owner.delete(f"/layers/{lab.entry}")
    again = lab.owner.create("layers", entry_id=lab.entry, label_set="ground-truth")

    assert (refused.status, refused.code) == (403, "layer_of_entry")
    assert (again.status, again.code) == (409, "value_taken")


@pytest.mark.parametrize("who", ["annotator", "reviewer", "outsider"])
def test_layers_are_read_by_who_may_read_the_entry(lab: Lab, who: str) -> None:
    entry = lab.at("annotate")
    person: Person = getattr(lab, who)

    assert lab.annotator.get(f"/layers/{entry}").status == 200
    assert person.get(f"/layers/{entry}").status == person.get(f"/entries/{entry}").status


def test_what_is_said_of_a_ground_truth_is_no_history_of_its_entry(lab: Lab) -> None:
    entry = lab.new_entry(external_id="one")
    lab.owner.update("layers", entry, vendor={"segments": {"label": {}}})
    lab.owner.update("entries", entry, external_id="two")

    history = lab.owner.get(f"/entries/{entry}/history").data
    changed = lab.owner.get(f"/entries/{entry}/difference?from=1&to=2").document["meta"]["changes"]

    assert {one["attributes"]["resource"] for one in history} == {"entries"}
    assert changed == [{"pointer": "/external_id", "before": "one", "after": "two"}]
