"""From a label configuration, as JSON has it, to the form that is kept. Every fault has a pointer.

What is as it would be unless said is left out of that form; ids and colours are filled in.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from workflow.errors import BadConfiguration, ConfigurationFault
from workflow.labels.classes import MOST_NUMBER, class_of
from workflow.labels.members import Reader, unsound, without_defaults
from workflow.labels.questions import check_ids, questions_of

MOST_CLASSES = 10_000
MOST_BYTES = 1_000_000  # of the configuration, as JSON
_DEEPEST = 32  # levels of JSON: attributes of attributes take fewer
_MEMBERS = ("classes", "classifications", "next_number", "vendor")

Read = dict[str, Any]


def is_typed(configuration: object) -> bool:
    """Whether CONFIGURATION declares classes; where it does not, it is any object, and anything fits it."""
    return isinstance(configuration, Mapping) and "classes" in configuration


def canonical(configuration: object) -> dict[str, Any]:
    """CONFIGURATION as it is kept; one that is not typed as it is. Raises BadConfiguration with all faults.

    It takes time linear in CONFIGURATION, of which no more is read than the limits above allow.
    """
    if not isinstance(configuration, dict):
        raise BadConfiguration([ConfigurationFault("", "labels_invalid", "a configuration is an object")])
    if not is_typed(configuration):
        return configuration
    reader = Reader()
    _check_size(reader, configuration)
    kept = _configuration(reader, configuration) if not reader.faults else {}
    if reader.faults:
        raise BadConfiguration(reader.faults)
    return kept


def _check_size(reader: Reader, configuration: dict[str, Any]) -> None:
    found = unsound(configuration, _DEEPEST, MOST_BYTES)
    if found is not None:
        reader.refuse(*found)
    elif len(msgspec.json.encode(configuration)) > MOST_BYTES:
        reader.refuse("", f"a configuration takes at most {MOST_BYTES} bytes", "labels_too_large")


def _configuration(reader: Reader, given: dict[str, Any]) -> Read:
    reader.known(given, _MEMBERS, "", "a label configuration")
    if isinstance(given["classes"], list) and len(given["classes"]) > MOST_CLASSES:
        reader.refuse("/classes", f"there are at most {MOST_CLASSES} classes", "labels_too_large")
        return {}
    classes = reader.each(given, "classes", "", lambda one, at: class_of(reader, one, at))
    questions = questions_of(reader, given, "classifications", "", 1)
    # annotation.label names one of either: they share their ids.
    check_ids(reader, [*((one, f"/classes/{n}") for n, one in enumerate(classes)), *questions])
    _check_unique(reader, classes, "number")
    _check_unique(reader, classes, "shortcut")
    _check_parents(reader, classes)
    return {"classes": classes} | without_defaults(
        classifications=[one for one, _ in questions],
        next_number=reader.whole(given, "next_number", "", 0, MOST_NUMBER + 1),
        vendor=reader.free(given, "vendor", ""),
    )


def _check_unique(reader: Reader, classes: Iterable[Read], name: str) -> None:
    seen: dict[object, str] = {}
    for n, one in enumerate(classes):
        value = one.get(name)
        if value is None:
            continue
        if value in seen:
            detail = f"{name} {value} is that of {seen[value]}: each class has its own"
            reader.refuse(f"/classes/{n}/{name}", detail, f"labels_{name}_twice")
        seen.setdefault(value, f"/classes/{n}")


def _check_parents(reader: Reader, classes: Iterable[Read]) -> None:
    """Every parent is a class, and none lies above itself: each class is walked over once."""
    above = {one.get("id"): one.get("parent") for one in classes}
    rooted: set[object] = {None}
    for n, one in enumerate(classes):
        parent, at = one.get("parent"), f"/classes/{n}/parent"
        if parent is not None and parent not in above:
            reader.refuse(at, f"no class has the id {parent[:64]}", "labels_parent_unknown")
        way: dict[object, None] = {}
        node = one.get("id")
        while node in above and node not in rooted and node not in way:
            way[node] = None
            node = above[node]
        if node in way:
            detail = "classes are above one another in a circle: leave one of their parents out"
            reader.refuse(at, detail, "labels_parent_circle")
        rooted.update(way)
