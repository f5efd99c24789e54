"""The changes of single classes: each gives a plan, and changes nothing. Faults point into the request.

It must not know annotations: what becomes of them is for the plan.
"""

from collections.abc import Sequence
from typing import Any

from workflow.errors import BadConfiguration, ConfigurationFault
from workflow.labels.members import Reader
from workflow.labels.plans import Plan, planned
from workflow.labels.reading import canonical, is_typed

Json = dict[str, Any]


def rename(configuration: Json, class_id: str, name: str) -> Plan:
    """The class CLASS_ID is called NAME from now on; its id, and so every annotation, stays as it is."""
    return _changed(configuration, class_id, {"name": name})


def recolour(configuration: Json, class_id: str, color: str | Sequence[int]) -> Plan:
    """The class CLASS_ID is shown in COLOR. No annotation changes."""
    return _changed(configuration, class_id, {"color": color})


def reorder(configuration: Json, class_ids: Sequence[str]) -> Plan:
    """The classes stand in the order of CLASS_IDS, which names each once. No annotation changes."""
    before = typed(configuration)
    by_id = {one["id"]: one for one in before["classes"]}
    reader = Reader()
    seen: set[str] = set()
    for n, id in enumerate(class_ids[: len(by_id) + 1]):
        if not isinstance(id, str) or id not in by_id:
            refuse_class(reader, id, f"/class_ids/{n}")
        elif id in seen:
            reader.refuse(f"/class_ids/{n}", f"{id[:64]} is named twice", "labels_class_twice")
        else:
            seen.add(id)
    left = [id for id in by_id if id not in seen]
    if left:
        reader.refuse("/class_ids", f"every class is named: {_told(left)} are not", "labels_class_left_out")
    refuse_if_any(reader)
    return planned(before, with_classes(before, [by_id[id] for id in class_ids]))


def delete(configuration: Json, class_id: str) -> Plan:
    """The class CLASS_ID goes, with its annotations; the classes below it come below the one above it."""
    before = typed(configuration)
    reader = Reader()
    gone = found_class(reader, before, class_id, "/class_id")
    refuse_if_any(reader)
    above = gone.get("parent")
    classes = [
        moved(one, above) if one.get("parent") == class_id else one
        for one in before["classes"]
        if one["id"] != class_id
    ]
    return planned(before, with_classes(before, classes), removed=frozenset({class_id}))


def clear(configuration: Json) -> Plan:
    """All classes and classifications go, and all annotations; finished entries wait for changes."""
    before = typed(configuration)
    kept = {name: value for name, value in before.items() if name != "classifications"}
    labels = [*before["classes"], *before.get("classifications", ())]
    return planned(
        before,
        with_classes(kept, []),
        removed=frozenset(one["id"] for one in labels),
        reopens=True,
        touches_all=True,
        removes_all=True,
    )


# ---- what plans are made of


def typed(configuration: Json) -> Json:
    """CONFIGURATION as it is kept. Raises BadConfiguration where it declares no classes."""
    if isinstance(configuration, dict) and not is_typed(configuration):
        detail = "the configuration declares no classes: give it `classes` first"
        raise BadConfiguration([ConfigurationFault("", "labels_free", detail)])
    return canonical(configuration)


def found_class(reader: Reader, configuration: Json, id: object, at: str) -> Json:
    """The class with ID; {} where there is none, which is noted at AT."""
    for one in configuration["classes"]:
        if one["id"] == id:
            return dict(one)
    refuse_class(reader, id, at)
    return {}


def refuse_class(reader: Reader, id: object, at: str) -> None:
    told = f" {id[:64]}" if isinstance(id, str) else ""
    reader.refuse(at, f"no class has the id{told}", "labels_class_unknown")


def with_classes(configuration: Json, classes: list[Json]) -> Json:
    return canonical(configuration | {"classes": classes})


def moved(one: Json, parent: str | None) -> Json:
    """The class ONE below PARENT, or below none."""
    rest = {name: value for name, value in one.items() if name != "parent"}
    return rest if parent is None else rest | {"parent": parent}


def refuse_if_any(reader: Reader) -> None:
    if reader.faults:
        raise BadConfiguration(reader.faults)


def _changed(configuration: Json, class_id: str, members: Json) -> Plan:
    before = typed(configuration)
    reader = Reader()
    found = found_class(reader, before, class_id, "/class_id")
    read_look(reader, members, "")
    refuse_if_any(reader)
    look = read_look(reader, members, "")
    classes = [one | look if one["id"] == found["id"] else one for one in before["classes"]]
    return planned(before, with_classes(before, classes))


def read_look(reader: Reader, given: Json, at: str) -> Json:
    """The name and the colour in GIVEN, where they are there."""
    found = {}
    if "name" in given:
        _, found["name"] = reader.identity({"id": "-", "name": given["name"]}, at)
    if "color" in given:
        found["color"] = reader.color(given, at)
    return found


def _told(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - 10} more" if len(ids) > 10 else ""
    return ", ".join(id[:64] for id in ids[:10]) + more
