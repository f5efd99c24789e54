"""What docs/labels.md shows is so."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.workflow.labels.scenes import BOX, kept_of, labels_that
from workflow.errors import BadConfiguration
from workflow.labels.checking import faults_in
from workflow.labels.merging import merge
from workflow.labels.numbering import numbered
from workflow.labels.plans import altered
from workflow.labels.reading import canonical
from workflow.labels.replacing import replace

DOCS = (Path(__file__).parents[3] / "docs" / "labels.md").read_text("utf-8")


def shown(name: str) -> Any:
    """The JSON that the docs show under NAME."""
    found = re.search(rf"```json {name}\n(.*?)```", DOCS, re.DOTALL)
    assert found, f"the docs show no {name}"
    return json.loads(found[1])


def test_classes_are_kept_as_shown() -> None:
    assert numbered({}, canonical(shown("classes"))) == shown("kept")


def test_faults_are_told_as_shown() -> None:
    with pytest.raises(BadConfiguration) as refused:
        canonical(shown("wrong"))

    assert [[fault.pointer, fault.code] for fault in refused.value.faults] == shown("faults")


def test_answers_fit_as_shown() -> None:
    labels = labels_that(shown("attributes"))

    for annotation in shown("answers"):
        assert faults_in(labels, BOX, annotation) == []


def test_what_does_not_fit_is_told_as_shown() -> None:
    found = faults_in(labels_that(shown("attributes")), **shown("misfit"))

    assert [[fault.code, fault.pointer] for fault in found] == shown("misfits")


def test_a_label_is_told_with_what_was_meant_as_shown() -> None:
    (fault,) = faults_in(labels_that(shown("classes")), BOX, {"label": "Car"})

    assert fault.detail in DOCS.replace("\n", " ")


def test_a_classification_is_answered_as_shown() -> None:
    assert faults_in(labels_that(shown("classifications")), **shown("classified")) == []


def test_classes_are_merged_as_shown() -> None:
    example = shown("merged")
    plan = merge(kept_of(example["before"]), **shown("merge"))

    found = altered(plan, {"type": "polygon"}, example["annotation"], example["metadata"])

    assert plan.configuration == example["after"]
    assert found == tuple(example["becomes"].values())


def test_annotations_are_made_to_fit_as_shown() -> None:
    example = shown("replace")
    plan = replace(kept_of(example["before"]), example["new"])

    found = altered(plan, BOX, example["annotation"], example["metadata"])

    assert found == tuple(example["becomes"].values())
