"""Label configurations over HTTP: what they ask of annotations, and what changing them does to those."""

from typing import Any

import pytest

from app.jobs import relabelling
from tests.app.data.doing import acted, annotations, begun, box, ended, errors
from tests.lab import Lab

CLASSES = [
    {"id": "dog", "name": "Dog", "color": "#d0021b", "geometries": ["box"]},
    {
        "id": "cat",
        "name": "Cat",
        "attributes": [{"id": "age", "name": "Age", "type": "number", "maximum": 30}],
    },
    {"id": "cow", "name": "Cow", "is_hidden": True},
]


@pytest.fixture
def configuration(lab: Lab) -> str:
    made = lab.owner.create(
        "label_configurations",
        organization_id=lab.organization,
        name="Animals",
        configuration={
            "classes": CLASSES,
            "classifications": [{"id": "night", "name": "Night", "type": "boolean"}],
        },
    )
    assert made.status == 201, made
    return made.id


@pytest.fixture
def entry(lab: Lab, configuration: str) -> str:
    return lab.new_entry(dataset_id=lab.new_dataset(label_configuration_id=configuration))


def changed(lab: Lab, configuration: str, **change: Any) -> str:
    job = begun(acted(lab, f"/label_configurations/{configuration}/apply", **change))
    ended(lab, job)
    return job


def labels(lab: Lab, entry: str) -> list[str]:
    return sorted(one["annotation"]["label"] for one in annotations(lab, entry))


def test_a_dataset_shows_what_its_label_configuration_says(lab: Lab, configuration: str) -> None:
    made = lab.owner.create("datasets", project_id=lab.project, label_configuration_id=configuration)

    shown = lab.owner.get(f"/datasets/{made.id}").attributes

    assert made.attributes == shown
    assert shown["labels"] == ["Dog", "Cat"]
    assert [one["number"] for one in shown["labeling_configuration"]["classes"]] == [1, 2, 3]


def test_a_dataset_that_brings_classes_gets_a_label_configuration(lab: Lab) -> None:
    made = lab.owner.create(
        "datasets", project_id=lab.project, name="Zoo", labeling_configuration={"classes": [{"name": "Ape"}]}
    )

    its = lab.owner.get(f"/label_configurations/{made.attributes['label_configuration_id']}").attributes

    assert (its["name"], its["project_id"], its["labels"]) == ("Zoo", lab.project, ["Ape"])
    assert made.attributes["labels"] == ["Ape"]


def test_without_classes_any_object_is_valid(lab: Lab) -> None:
    dataset = lab.new_dataset(labeling_configuration={"anything": [1]}, labels=["x"])
    entry = lab.new_entry(dataset_id=dataset)

    made = lab.owner.create("annotations", entry_id=entry, dimensions={"type": "blob"}, annotation={"a": 1})

    assert made.status == 201


@pytest.mark.parametrize(
    ("dimensions", "annotation", "pointer"),
    [
        (box(), {"label": "ape"}, "/data/attributes/annotation/label"),
        ({"type": "point", "x": 1, "y": 1}, {"label": "dog"}, "/data/attributes/dimensions/type"),
        (box(width="wide"), {"label": "dog"}, "/data/attributes/dimensions/width"),
        (box(), {"label": "cat", "attributes": {"age": 31}}, "/data/attributes/annotation/attributes/age"),
        (box(), {"label": "cat", "attributes": {"size": 3}}, "/data/attributes/annotation/attributes/size"),
        ({}, {"label": "night", "value": "yes"}, "/data/attributes/annotation/value"),
    ],
)
def test_annotations_are_checked_against_the_classes(
    lab: Lab, entry: str, dimensions: Any, annotation: Any, pointer: str
) -> None:
    refused = lab.owner.create("annotations", entry_id=entry, dimensions=dimensions, annotation=annotation)

    assert refused.status == 422
    assert refused.source == {"pointer": pointer}


def test_an_annotation_that_fits_is_taken_and_checked_when_it_changes(lab: Lab, entry: str) -> None:
    mark = lab.new_annotation(entry, dimensions=box(), annotation={"label": "dog"})

    moved = lab.owner.update("annotations", mark, dimensions=box(7))
    refused = lab.owner.update("annotations", mark, annotation={"label": "ape"})

    assert (moved.status, refused.status) == (200, 422)


def test_submits_and_batches_are_checked_alike(lab: Lab, entry: str) -> None:
    lab.owner.act(entry, "submit")
    bad = {"dimensions": box(), "annotation": {"label": "ape"}}

    submitted = lab.owner.act(entry, "submit", annotations=[bad])
    called = lab.owner.call("/annotations", "create", entry_id=entry, **bad)

    assert submitted.status == 422
    assert called["error"]["data"]["errors"][0]["pointer"] == "/params/annotation/label"


def test_a_class_is_renamed_without_a_touch_on_annotations(lab: Lab, configuration: str, entry: str) -> None:
    mark = lab.new_annotation(entry, dimensions=box(), annotation={"label": "dog"})
    before = lab.owner.get(f"/annotations/{mark}").text

    changed(lab, configuration, change="rename", class_id="dog", name="Hound")

    assert lab.owner.get(f"/annotations/{mark}").text == before
    assert lab.owner.get(f"/label_configurations/{configuration}").attributes["labels"] == ["Hound", "Cat"]


def test_classes_are_merged_and_the_merge_is_taken_back(lab: Lab, configuration: str, entry: str) -> None:
    for label in ("dog", "cat", "cat"):
        lab.new_annotation(entry, dimensions=box(), annotation={"label": label})
    told = acted(
        lab,
        f"/label_configurations/{configuration}/preview",
        change="merge",
        class_ids=["dog", "cat"],
        into={"id": "dog"},
    )

    job = changed(lab, configuration, change="merge", class_ids=["dog", "cat"], into={"id": "dog"})
    merged = labels(lab, entry)
    undone = begun(acted(lab, f"/label_configurations/{configuration}/undo", job_id=job))
    ended(lab, undone)

    assert told.attributes["labels"] == {"cat": {"annotations": 2, "entries": 1}}
    assert merged == ["dog", "dog", "dog"]
    assert labels(lab, entry) == ["cat", "cat", "dog"]
    shown = lab.owner.get(f"/label_configurations/{configuration}").attributes["configuration"]
    assert [one["id"] for one in shown["classes"]] == ["dog", "cat", "cow"]


@pytest.mark.parametrize(("scanned", "chunk"), [(5, 2), (2, 3), (4, 4)])
def test_a_change_goes_on_behind_what_it_has_looked_at(
    lab: Lab, configuration: str, entry: str, monkeypatch: pytest.MonkeyPatch, scanned: int, chunk: int
) -> None:
    monkeypatch.setattr(relabelling, "SCANNED", scanned)
    monkeypatch.setattr(relabelling, "CHUNK", chunk)
    for label in ("dog", "cow", "dog", "dog", "cow", "cow", "cow", "dog", "dog", "cow"):
        lab.new_annotation(entry, dimensions=box(), annotation={"label": label})

    job = changed(lab, configuration, change="merge", class_ids=["dog", "cat"], into={"id": "cat"})

    told = lab.owner.get(f"/jobs/{job}").attributes
    assert labels(lab, entry) == ["cat"] * 5 + ["cow"] * 5
    assert (told["done"], told["result"]) == (10, {"changed": 5})


def test_what_was_changed_since_stays_as_it_is_when_a_change_is_taken_back(
    lab: Lab, configuration: str, entry: str
) -> None:
    marks = [lab.new_annotation(entry, dimensions=box(), annotation={"label": "cat"}) for _ in range(2)]
    job = changed(lab, configuration, change="merge", class_ids=["dog", "cat"], into={"id": "dog"})
    lab.owner.update("annotations", marks[0], metadata={"looked": "twice"})

    undone = begun(acted(lab, f"/label_configurations/{configuration}/undo", job_id=job))
    ended(lab, undone)

    assert errors(lab, undone) == [(marks[0], "changed_since")]
    assert labels(lab, entry) == ["cat", "dog"]


def test_a_class_goes_with_its_annotations_and_comes_back(lab: Lab, configuration: str, entry: str) -> None:
    for label in ("dog", "cat"):
        lab.new_annotation(entry, dimensions=box(), annotation={"label": label})

    job = changed(lab, configuration, change="delete", class_id="cat")
    left = labels(lab, entry)
    ended(lab, begun(acted(lab, f"/label_configurations/{configuration}/undo", job_id=job)))

    assert left == ["dog"]
    assert labels(lab, entry) == ["cat", "dog"]


def test_clearing_leaves_finished_entries_to_be_confirmed(lab: Lab, configuration: str) -> None:
    dataset = lab.new_dataset(label_configuration_id=configuration)
    done = lab.at("done", dataset=dataset)

    changed(lab, configuration, change="clear")
    waiting = lab.owner.get(f"/entries/{done}").attributes["status"]
    confirmed = lab.owner.act(done, "submit")

    assert waiting == "waiting_changed"
    assert (confirmed.status, confirmed.attributes["status"]) == (200, "completed")


def test_what_is_labelled_is_changed_by_a_job_and_not_by_a_patch(
    lab: Lab, configuration: str, entry: str
) -> None:
    lab.new_annotation(entry, dimensions=box(), annotation={"label": "dog"})
    shown = lab.owner.get(f"/label_configurations/{configuration}").attributes["configuration"]

    widened = lab.owner.update(
        "label_configurations",
        configuration,
        configuration=shown | {"classes": [*shown["classes"], {"name": "Emu"}]},
    )
    narrowed = lab.owner.update(
        "label_configurations", configuration, configuration=shown | {"classes": shown["classes"][1:]}
    )

    assert (widened.status, widened.attributes["revision"]) == (200, 2)
    assert (narrowed.status, narrowed.code) in ((409, "labels_in_use"), (422, "labels_used"))


def test_a_configuration_that_datasets_use_is_not_deleted(lab: Lab, configuration: str, entry: str) -> None:
    refused = lab.owner.delete(f"/label_configurations/{configuration}")

    assert (refused.status, refused.code) == (409, "label_configuration_in_use")


def test_a_configuration_of_another_organization_is_unknown(lab: Lab, configuration: str) -> None:
    other = Lab(lab.house, f"Other {lab.name}")

    refused = other.owner.create("datasets", project_id=other.project, label_configuration_id=configuration)

    assert refused.status == 404
    assert other.owner.get(f"/label_configurations/{configuration}").status == 404


def test_the_new_datasets_of_a_project_have_its_labels(lab: Lab, configuration: str) -> None:
    lab.owner.update("projects", lab.project, label_configuration_id=configuration)

    made = lab.owner.create("datasets", project_id=lab.project)

    assert made.attributes["label_configuration_id"] == configuration


def test_the_record_sent_back_whole_changes_nothing(lab: Lab, configuration: str) -> None:
    dataset = lab.new_dataset(label_configuration_id=configuration)
    shown = lab.owner.get(f"/datasets/{dataset}").attributes

    changed = lab.owner.update("datasets", dataset, **shown)

    assert (changed.status, changed.attributes) == (200, shown)


def test_a_change_that_was_taken_back_may_be_taken_back_once_more(
    lab: Lab, configuration: str, entry: str
) -> None:
    """As after an undo that was stopped on its way: what is back already stays so."""
    lab.new_annotation(entry, dimensions=box(), annotation={"label": "cat"})
    job = changed(lab, configuration, change="merge", class_ids=["dog", "cat"], into={"id": "dog"})
    path = f"/label_configurations/{configuration}/undo"
    ended(lab, begun(acted(lab, path, job_id=job)))

    again = ended(lab, begun(acted(lab, path, job_id=job)))

    assert again["state"] == "succeeded"
    assert labels(lab, entry) == ["cat"]


def test_a_dataset_is_given_another_class_with_its_configuration(lab: Lab) -> None:
    dataset = lab.new_dataset(labeling_configuration={"classes": [{"name": "Ape"}]})
    more = {"classes": [{"name": "Ape"}, {"name": "Owl"}]}

    changed = lab.owner.update("datasets", dataset, labeling_configuration=more)

    assert changed.status == 200
    assert changed.attributes["labels"] == ["Ape", "Owl"]
