"""The labels of a request as classes of a label configuration. It knows no record.

JTheta's documentation and its SDK spell the types of labels in two ways; both are taken.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from app.errors import Fault, Invalid
from app.web.vendors.texts import plain

Json = dict[str, Any]
MOST_LABELS = 10_000
LONGEST = 128  # characters: a label's name is also the id of its class


class Kind(NamedTuple):
    """What a type of label means: the GEOMETRIES that mark it, and whether one tells its marks apart."""

    geometries: tuple[str, ...]
    has_instances: bool = True


_BOX, _OUTLINE = Kind(("box",)), Kind(("polygon",))
_INSTANCES, _WHOLE = Kind(("mask", "polygon")), Kind(("mask", "polygon"), has_instances=False)
KINDS = {
    "bounding_box": _BOX,
    "bounding_boxes": _BOX,
    "polygon": _OUTLINE,
    "polygons": _OUTLINE,
    "instance_segmentation": _INSTANCES,
    "semantic_segmentation": _WHOLE,
}


class Label(NamedTuple):
    """One label of a request."""

    name: str
    kind: Kind


def labels_in(given: object) -> list[Label]:
    """The labels that GIVEN lists. Raises Invalid with all that is wrong."""
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_LABELS:
        detail = (
            f'labels is a list of 1 to {MOST_LABELS} objects such as {{"label": "Tumor", "type": "polygon"}}'
        )
        raise Invalid(Fault("labels_invalid", detail, "labels"))
    found, faults = [], list[Fault]()
    for n, one in enumerate(given):
        try:
            found.append(_label(one, f"labels/{n}"))
        except Invalid as error:
            faults += error.faults
    if faults:
        raise Invalid(*faults[:100])
    return found


def _label(given: object, at: str) -> Label:
    if not isinstance(given, dict):
        raise Invalid(Fault("labels_invalid", f"{at} is an object with label and type", at))
    name = plain(given.get("label"), f"{at}/label")
    if len(name) > LONGEST:
        raise Invalid(Fault("labels_invalid", f"a label has at most {LONGEST} characters", f"{at}/label"))
    said = plain(given.get("type"), f"{at}/type")
    kind = KINDS.get(re.sub(r"[\s_-]+", "_", said.strip().casefold()))
    if kind is None:
        detail = f"the type is one of {', '.join(KINDS)}"
        raise Invalid(Fault("label_type_unknown", detail, f"{at}/type"))
    return Label(name, kind)


def with_labels(configuration: Json, labels: Sequence[Label]) -> Json:
    """CONFIGURATION, which has a class for each of LABELS; those that it has are known by their names.

    What a class takes only grows: annotations that fitted still fit.
    """
    classes: list[Json] = [dict(one) for one in configuration.get("classes", ())]
    named = {one.get("name", one.get("id")): one for one in classes}
    ids = {one["id"] for one in (*classes, *configuration.get("classifications", ())) if "id" in one}
    for name, kind in labels:
        if name in named:
            _widen(named[name], kind)
            continue
        new: Json = {"id": _free(name, ids), "name": name, "geometries": list(kind.geometries)}
        new |= {} if kind.has_instances else {"has_instances": False}
        ids.add(new["id"])
        named[name] = new
        classes.append(new)
    return {**configuration, "classes": classes}


def _widen(one: Json, kind: Kind) -> None:
    there = one.get("geometries")
    if there:  # else it takes any
        one["geometries"] = [*there, *(each for each in kind.geometries if each not in there)]
    if kind.has_instances:
        one.pop("has_instances", None)


def _free(name: str, ids: set[str]) -> str:
    """NAME, or where that is the id of another class, NAME with a number."""
    found, number = name, 2
    while found in ids:
        tail = f" ({number})"
        found = name[: LONGEST - len(tail)] + tail
        number += 1
    return found
