"""Compiles the form of a label configuration that is kept into what annotations are checked with.

It must not look for faults: `workflow.labels.reading` has.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from workflow.labels.declared import FREE, WITH_OPTIONS, Kind, LabelClass, Labels, Question

Json = Mapping[str, Any]


def compiled(configuration: Json) -> Labels:
    """The labels that CONFIGURATION declares, which is canonical."""
    if "classes" not in configuration:
        return FREE
    classifications = configuration.get("classifications", ())
    return Labels(
        True,
        {one["id"]: _class(one) for one in configuration["classes"]},
        _by_id(classifications),
        {one["id"]: one["name"] for one in classifications},
    )


def question_of(given: Json, option: str | None = None) -> Question:
    """The question GIVEN, which is asked once OPTION of the one above is chosen, where one is named."""
    kind = Kind(given["type"])
    options = given.get("options", ())
    below = _by_id(given.get("attributes", ()))
    for one in options:
        below |= _by_id(one.get("attributes", ()), one["id"])
    return Question(
        given["id"],
        kind,
        frozenset(one["id"] for one in options) if kind in WITH_OPTIONS else frozenset(),
        given.get("required", False),
        given.get("default"),
        given.get("minimum"),
        given.get("maximum"),
        given.get("step"),
        given.get("max_length"),
        option,
        below,
    )


def _by_id(questions: Iterable[Json], option: str | None = None) -> dict[str, Question]:
    return {one["id"]: question_of(one, option) for one in questions}


def _class(given: Json) -> LabelClass:
    return LabelClass(
        given["id"],
        given["name"],
        given["color"],
        given.get("number"),
        frozenset(given.get("geometries", ())),
        given.get("parent"),
        given.get("has_text", False),
        given.get("requires_text", False),
        given.get("is_hidden", False),
        given.get("shortcut"),
        tuple(given.get("keypoints", ())),
        tuple((start, end) for start, end in given.get("skeleton", ())),
        given.get("has_instances", True),
        _by_id(given.get("attributes", ())),
    )
