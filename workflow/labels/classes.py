"""Reads one class of a label configuration. It must not know the other classes."""

from collections.abc import Mapping
from typing import Any

from workflow.labels.declared import GEOMETRIES
from workflow.labels.members import LONGEST_ID, Reader, is_identity, without_defaults
from workflow.labels.questions import check_ids, questions_of

MOST_NUMBER = 2**53 - 1  # of a class: the last whole number that every reader of JSON keeps exactly
_MEMBERS = (
    *("id", "name", "color", "number", "geometries", "parent", "has_text", "requires_text", "is_hidden"),
    *("shortcut", "keypoints", "skeleton", "has_instances", "attributes", "vendor"),
)


def class_of(reader: Reader, given: Any, at: str) -> dict[str, Any]:
    """The class GIVEN at AT, as it is kept."""
    if not isinstance(given, Mapping):
        reader.refuse(at, "a class is an object with its name")
        return {}
    reader.known(given, _MEMBERS, at, "a class")
    id, name = reader.identity(given, at)
    asked = questions_of(reader, given, "attributes", at, 1)
    check_ids(reader, asked)
    kept: dict[str, Any] = {"id": id, "name": name, "color": reader.color(given, at)}
    kept |= without_defaults(
        number=reader.whole(given, "number", at, 0, MOST_NUMBER),
        geometries=list(dict.fromkeys(reader.each(given, "geometries", at, _Geometry(reader)))),
        parent=_parent(reader, given, at),
        **_flags(reader, given, at),
        shortcut=_shortcut(reader, given, at),
        **_keypoints(reader, given, at),
    )
    if not reader.flag(given, "has_instances", at, True):
        kept["has_instances"] = False
    return kept | without_defaults(
        attributes=[one for one, _ in asked], vendor=reader.free(given, "vendor", at)
    )


def _flags(reader: Reader, given: Mapping[str, Any], at: str) -> dict[str, bool]:
    found = {name: reader.flag(given, name, at) for name in ("has_text", "requires_text", "is_hidden")}
    if found["requires_text"] and not found["has_text"]:
        reader.refuse(f"{at}/requires_text", "requires_text goes with has_text, which allows the text")
    return found


class _Geometry:
    """Reads the type of a geometry."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def __call__(self, given: Any, at: str) -> str | None:
        if isinstance(given, str) and given in GEOMETRIES:
            return given
        known = ", ".join(sorted(GEOMETRIES))
        self.reader.refuse(at, f"there is no such geometry: there are {known}", "labels_geometry_unknown")
        return None


def _parent(reader: Reader, given: Mapping[str, Any], at: str) -> str | None:
    parent = given.get("parent")
    if "parent" not in given or is_identity(parent):
        return parent
    reader.refuse(f"{at}/parent", "parent is the id of another class")
    return None


def _shortcut(reader: Reader, given: Mapping[str, Any], at: str) -> str | None:
    key = given.get("shortcut")
    if type(key) is int:
        key = str(key) if 0 <= key <= 9 else ""
    if "shortcut" not in given or (isinstance(key, str) and len(key) == 1 and key in "0123456789"):
        return key
    reader.refuse(f"{at}/shortcut", 'shortcut is a digit, "0" to "9"')
    return None


def _keypoints(reader: Reader, given: Mapping[str, Any], at: str) -> dict[str, Any]:
    """The names of the points, each its own; and the bones between them."""
    seen: dict[str, None] = {}

    def name_of(one: Any, pointer: str) -> str | None:
        if is_identity(one) and one not in seen:
            seen[one] = None
            return str(one)
        reader.refuse(pointer, f"a keypoint has a name of its own, of 1 to {LONGEST_ID} characters")
        return None

    def bone_of(one: Any, pointer: str) -> list[int] | None:
        is_pair = isinstance(one, list) and len(one) == 2 and one[0] != one[1]
        if is_pair and all(type(end) is int and 0 <= end < len(points) for end in one):
            return list(one)
        reader.refuse(pointer, "a bone is a pair of two keypoints, by their positions in keypoints, from 0")
        return None

    points = reader.each(given, "keypoints", at, name_of)
    return {"keypoints": points, "skeleton": reader.each(given, "skeleton", at, bone_of)}
