"""What a change of labels does to the configuration and to each annotation. It must not know who asks for it.

A plan is made before anything is changed, and tells which labels it touches; `altered` is then asked of each
annotation with one of these.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from workflow.labels.checking import is_fit
from workflow.labels.compiling import compiled
from workflow.labels.declared import GEOMETRIES, Labels
from workflow.labels.fitting import fitted_answer, fitted_mark
from workflow.labels.numbering import numbered

Json = dict[str, Any]


class Fate(Enum):
    REMOVED = "removed"


REMOVED = Fate.REMOVED  # what `altered` says of an annotation that goes


@dataclass(frozen=True, slots=True)
class Plan:
    """BEFORE becomes CONFIGURATION; both as they are kept.

    Annotations labelled by a key of RELABEL get its value as label; those of REMOVED go; those of FITTED are
    made to fit, and what does not is set aside in their metadata, under ASIDE. REOPENS: finished entries wait
    for changes. Where it is forced, annotations that cannot be made to fit go too.
    """

    before: Json
    configuration: Json
    labels: Labels  # of CONFIGURATION
    relabel: Mapping[str, str] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()
    fitted: frozenset[str] = frozenset()
    aside: str = "replaced"
    reopens: bool = False
    touches_all: bool = False  # also annotations with labels that are not declared
    removes_all: bool = False
    is_forced: bool = False

    @property
    def touches(self) -> frozenset[str] | None:
        """The labels whose annotations it may change or remove; None: those of all."""
        return None if self.touches_all else frozenset(self.relabel) | self.removed | self.fitted


def planned(before: Json, after: Json, **what: Any) -> Plan:
    """The plan that makes BEFORE to AFTER, both canonical, where WHAT is done. Raises BadConfiguration."""
    configuration = numbered(before, after)
    return Plan(before, configuration, compiled(configuration), **what)


def undone(plan: Plan) -> Json:
    """The configuration that undoing PLAN leads back to: numbers that were given since stay used."""
    return numbered(plan.configuration, plan.before)


def altered(
    plan: Plan, dimensions: Json, annotation: Json, metadata: Json, known: Collection[str] = GEOMETRIES
) -> tuple[Json, Json] | Fate | None:
    """The `annotation` and the `metadata` after PLAN; None where they stay as they are; or REMOVED.

    KNOWN are the types of geometry that there are. What is given is not changed. An annotation that fitted
    what was declared before fits what is declared after; and a second time nothing changes.
    """
    label = annotation.get("label")
    if not isinstance(label, str):
        label = None
    if plan.removes_all or label in plan.removed:
        return REMOVED
    if not (plan.touches_all or label in plan.relabel or label in plan.fitted):
        return None
    kept, aside = _fitted(plan, label, annotation)
    if plan.is_forced and not is_fit(plan.labels, dimensions, kept, known):
        return REMOVED
    if kept == annotation:
        return None
    if aside or kept["label"] != label:
        metadata = _noted(metadata, plan.aside, {"label": label} | aside)
    return kept, metadata


def _fitted(plan: Plan, label: str | None, annotation: Json) -> tuple[Json, Json]:
    """The annotation under its label after PLAN, and what of it had to be set aside."""
    target = plan.relabel.get(label, label) if label is not None else ""  # which is no id
    if target in plan.labels.classes:
        return fitted_mark(plan.labels.classes[target], annotation)
    if target in plan.labels.classifications:
        return fitted_answer(plan.labels.classifications[target], annotation)
    return annotation, {}


def _noted(metadata: Json, name: str, what: Json) -> Json:
    """METADATA with WHAT at the end of the list NAME: what stood there before stays."""
    there = metadata.get(name, [])
    return metadata | {name: [*(there if isinstance(there, list) else [there]), what]}
