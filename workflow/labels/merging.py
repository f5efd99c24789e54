"""Merges classes into one. No annotation is lost, nor anything that one says.

The target takes in what the annotations of the others need: their geometries, and a text where any had one.
What it required, and they may lack, is no longer required. What answers none of its attributes is set aside.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from workflow.labels.changes import moved, read_look, refuse_class, refuse_if_any, typed, with_classes
from workflow.labels.compiling import compiled, question_of
from workflow.labels.covering import unanswered
from workflow.labels.declared import LabelClass
from workflow.labels.members import Reader
from workflow.labels.plans import Plan, planned

Json = dict[str, Any]


def merge(configuration: Json, class_ids: Sequence[str], into: Json) -> Plan:
    """The classes CLASS_IDS become one: that whose id INTO has, or a new one, by its name and its colour.

    A new one stands where the first of CLASS_IDS stood, with its members, and has the attributes of all.
    Raises BadConfiguration, with pointers into {"class_ids": ..., "into": ...}.
    """
    before = typed(configuration)
    reader = Reader()
    merged = _named(reader, before, class_ids)
    target = _target(reader, before, merged, into)
    refuse_if_any(reader)
    labels = compiled(before)
    gone = [one for one in merged if one["id"] != target["id"]]
    target = _widened(target, [labels.classes[one["id"]] for one in gone])
    classes = _placed(before["classes"], target, merged)
    relabel = {one["id"]: target["id"] for one in gone}
    return planned(before, with_classes(before, classes), relabel=relabel, aside="merged")


def _named(reader: Reader, before: Json, class_ids: object) -> list[Json]:
    by_id = {one["id"]: one for one in before["classes"]}
    if not isinstance(class_ids, list | tuple) or not 1 <= len(class_ids) <= max(1, len(by_id)):
        reader.refuse("/class_ids", "class_ids is a list of classes, each once")
        return []
    found: dict[str, Json] = {}
    for n, id in enumerate(class_ids):
        if isinstance(id, str) and id in by_id:
            found[id] = by_id[id]
        else:
            refuse_class(reader, id, f"/class_ids/{n}")
    return list(found.values())


def _target(reader: Reader, before: Json, merged: Sequence[Json], into: object) -> Json:
    if not isinstance(into, Mapping):
        reader.refuse("/into", "into is an object with the id or the name of a class")
        return {}
    reader.known(into, ("id", "name", "color"), "/into", "the class that is merged into")
    id, _ = reader.identity(into, "/into")
    look = read_look(reader, dict(into), "/into")
    if id in {one["id"] for one in before.get("classifications", ())}:
        reader.refuse("/into", f"the id {id[:64]} is that of a classification", "labels_id_twice")
    if reader.faults:
        return {}
    for one in before["classes"]:
        if one["id"] == id:
            return dict(one) | look
    return {name: value for name, value in merged[0].items() if name != "number"} | _new(id, merged) | look


def _new(id: str, merged: Sequence[Json]) -> Json:
    """What a new class has that no other has: the attributes of all MERGED, the first of each id."""
    attributes: dict[str, Json] = {}
    for one in merged:
        for attribute in one.get("attributes", ()):
            attributes.setdefault(attribute["id"], attribute)
    return {"id": id, "name": id, "attributes": list(attributes.values())}


def _widened(target: Json, gone: Sequence[LabelClass]) -> Json:
    """TARGET, so that the annotations of those that are GONE fit it."""
    geometries = [set(target.get("geometries", ())), *(one.geometries for one in gone)]
    text = target.get("has_text", False) or any(one.has_text for one in gone)
    required = target.get("requires_text", False) and all(one.requires_text for one in gone)
    return target | {
        "geometries": sorted(set().union(*geometries)) if all(geometries) else [],
        "has_text": text,
        "requires_text": required,
        "attributes": [_relaxed(one, gone) for one in target.get("attributes", ())],
    }


def _relaxed(attribute: Json, gone: Sequence[LabelClass]) -> Json:
    """ATTRIBUTE, not required where annotations of one that is GONE may lack it."""
    if not attribute.get("required", False):
        return attribute
    question = question_of(attribute)
    is_answered = all(unanswered(one.attributes, {question.id: question}) is None for one in gone)
    return attribute if is_answered else attribute | {"required": False}


def _placed(classes: Sequence[Json], target: Json, merged: Sequence[Json]) -> list[Json]:
    """CLASSES with TARGET in its place, or in that of the first of MERGED, instead of all these."""
    is_new = all(one["id"] != target["id"] for one in classes)
    place = merged[0]["id"] if is_new else target["id"]
    gone = {one["id"] for one in merged} | {target["id"]}
    target = moved(target, _above(classes, place, gone))
    found = []
    for one in classes:
        if one["id"] == place:
            found.append(target)
        elif one["id"] not in gone:
            found.append(moved(one, target["id"]) if one.get("parent") in gone else one)
    return found


def _above(classes: Sequence[Json], start: str, gone: set[str]) -> str | None:
    """What stands above the highest of GONE on the way up from START: so nothing stands above itself."""
    parents = {one["id"]: one.get("parent") for one in classes}
    above, node = parents[start], parents[start]
    while node is not None:
        if node in gone:
            above = parents[node]
        node = parents[node]
    return above
