"""What a dataset's label configuration asks of an annotation. Where it has none, any object will do."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import bindparam, select
from sqlmodel import col

from app.declare import RESOURCES, Values
from app.errors import Fault, Invalid
from app.geometry import TYPES, BadGeometry, shape_of
from app.resources.label_configurations import LabelConfiguration
from app.storage.statement import Statement
from app.work import Work
from workflow.labels.checking import faults_in
from workflow.labels.declared import Labels
from workflow.labels.known import labels_of


class Rules:
    """What LABELS ask of annotations."""

    def __init__(self, labels: Labels) -> None:
        self.labels = labels

    def faults(self, dimensions: Mapping[str, Any], annotation: Mapping[str, Any]) -> list[Fault]:
        """What is wrong with an annotation, each pointing from /dimensions or /annotation on."""
        found = [
            Fault(one.code, one.detail, one.pointer)
            for one in faults_in(self.labels, dimensions, annotation, TYPES)
        ]
        if dimensions and not any(fault.pointer == "/dimensions/type" for fault in found):
            try:
                shape_of(dimensions)
            except BadGeometry as error:
                found.append(Fault("geometry_invalid", error.detail, f"/dimensions{error.pointer}"))
        return found


def of_dataset(work: Work, dataset_id: str) -> Rules | None:
    """The rules of the dataset; None where it has no label configuration. Asked once in a run of creates."""
    asked = ("label_rules", dataset_id)
    if work.found is not None and asked in work.found:
        known: Rules | None = work.found[asked]
        return known
    found = work.rows(_CONFIGURATION, {"dataset_id": dataset_id})
    rules = Rules(labels_of(found[0][0])) if found else None
    if work.found is not None:
        work.found[asked] = rules
    return rules


def check(work: Work, dataset_id: str, values: Values, before: Any = None) -> None:
    """Raise Invalid where the annotation of VALUES, else as it was BEFORE, is none of the dataset's."""
    rules = of_dataset(work, dataset_id)
    if rules is None:
        return
    dimensions, annotation = (
        msgspec.json.decode(values[name] if name in values else getattr(before, name))
        for name in ("dimensions", "annotation")
    )
    faults = rules.faults(dimensions, annotation)
    if faults:
        at = "/data/attributes"
        raise Invalid(*(Fault(one.code, one.detail, f"{at}{one.pointer}") for one in faults))


def _configuration() -> Any:
    datasets = RESOURCES["datasets"].columns
    return (
        select(col(LabelConfiguration.configuration))
        .join(RESOURCES["datasets"].table, datasets["label_configuration_id"] == col(LabelConfiguration.id))
        .where(datasets["id"] == bindparam("dataset_id"))
        # A change of the labels waits until what is labelled by the old ones is there to be found.
        .with_for_update(of=LabelConfiguration.__table__, read=True)  # type: ignore[attr-defined]
    )


_CONFIGURATION = Statement(_configuration)
