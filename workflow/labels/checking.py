"""What is wrong with an annotation under a label configuration, all at once. It must not change it.

Of dimensions it reads `type` alone. It runs at each annotation that is made: it looks classes and options up,
and walks over the attributes of one class.
"""

from collections.abc import Collection, Mapping
from typing import Any

from workflow.labels.answers import LONGEST_TEXT, is_answered
from workflow.labels.asking import MOST_FAULTS, Fault, check_below, check_parts
from workflow.labels.declared import GEOMETRIES, LabelClass, Labels


def faults_in(
    labels: Labels, dimensions: object, annotation: object, known: Collection[str] = GEOMETRIES
) -> list[Fault]:
    """All that is wrong with an annotation under LABELS: nothing where these declare nothing.

    KNOWN are the types of geometry that there are. Without a type it answers a classification.
    """
    if not labels.is_typed:
        return []
    found: list[Fault] = []
    for name, value in (("dimensions", dimensions), ("annotation", annotation)):
        if not isinstance(value, dict):
            found.append(Fault("label_invalid", f"/{name}", f"{name} are an object"))
    if isinstance(dimensions, dict) and isinstance(annotation, dict):
        if "type" in dimensions:
            _check_mark(labels, dimensions["type"], annotation, known, found)
        else:
            _check_answer_to_item(labels, annotation, found)
    return found[:MOST_FAULTS]


def is_fit(labels: Labels, dimensions: object, annotation: object, known: Collection[str]) -> bool:
    """Whether nothing is wrong with an annotation under LABELS."""
    return not faults_in(labels, dimensions, annotation, known)


def _check_mark(
    labels: Labels,
    geometry: object,
    annotation: Mapping[str, Any],
    known: Collection[str],
    found: list[Fault],
) -> None:
    is_known = isinstance(geometry, str) and geometry in known
    if not is_known:
        told = ", ".join(sorted(known))
        detail = f"there is no such type of dimensions: there are {told}"
        found.append(Fault("label_geometry_unknown", "/dimensions/type", detail))
    one = _labelled(labels.classes, labels, annotation, "class", found)
    if one is None:
        return
    if is_known and one.geometries and geometry not in one.geometries:
        told = ", ".join(sorted(one.geometries))
        detail = f"{one.id} is marked by {told}, not by {geometry}"
        found.append(Fault("label_geometry_refused", "/dimensions/type", detail))
    _check_text(one, annotation, found)
    if one.attributes or "attributes" in annotation:
        check_below(one.attributes, annotation.get("attributes", {}), True, annotation, "/annotation", found)


def _check_answer_to_item(labels: Labels, annotation: Mapping[str, Any], found: list[Fault]) -> None:
    question = _labelled(labels.classifications, labels, annotation, "classification", found)
    if question is None:
        return
    if is_answered(annotation.get("text")):
        detail = f"{question.id} takes no text: its answer is the value"
        found.append(Fault("label_text_refused", "/annotation/text", detail))
    value = annotation.get("value")
    if not is_answered(value):
        at = "/annotation/value" if "value" in annotation else "/annotation"
        detail = f"an answer to {question.id} has a value; delete the annotation where there is none"
        found.append(Fault("label_value_missing", at, detail))
        return
    check_parts(question, value, annotation, "/annotation", found)


def _labelled(
    there: Mapping[str, Any], labels: Labels, annotation: Mapping[str, Any], what: str, found: list[Fault]
) -> Any:
    """The one of THERE that the annotation's label names."""
    label = annotation.get("label")
    if isinstance(label, str) and label in there:
        return there[label]
    at = "/annotation/label" if "label" in annotation else "/annotation"
    if not isinstance(label, str):
        found.append(Fault("label_missing", at, f"label is the id of a {what}"))
        return None
    found.append(Fault("label_unknown", at, f"no {what} has the id {label[:64]}{_near(labels, label)}"))
    return None


def _near(labels: Labels, label: str) -> str:
    if label in labels.classes:
        return ": it is a class, and dimensions with a type are needed to mark it"
    if label in labels.classifications:
        return ": it is a classification, which is answered with dimensions of {}"
    near = labels.nearest(label)
    if near is None:
        return ""
    one = labels.classes.get(near)
    name = one.name if one is not None else labels.names[near]
    return f"; {near[:64]} has the name {name[:64]}"


def _check_text(one: LabelClass, annotation: Mapping[str, Any], found: list[Fault]) -> None:
    text = annotation.get("text")
    if is_answered(text):
        if not one.has_text:
            found.append(Fault("label_text_refused", "/annotation/text", f"{one.id} takes no text"))
        elif not isinstance(text, str) or len(text) > LONGEST_TEXT:
            detail = f"a text of at most {LONGEST_TEXT} characters is expected"
            found.append(Fault("label_text_invalid", "/annotation/text", detail))
    elif one.requires_text:
        at = "/annotation/text" if "text" in annotation else "/annotation"
        found.append(Fault("label_text_missing", at, f"{one.id} requires a text"))
