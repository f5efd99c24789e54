"""Segments' `task_attributes` and our label configuration (docs/labels.md), one made of the other.

A category is a class: its id the class's number, its name the name. The class's id is a text that stays. What
only one of both can say is kept for whoever said it. It must not know labels.
"""

import colorsys
from collections.abc import Mapping, Sequence
from typing import Any

from app.formats.errors import BadMember
from app.formats.segments.identities import id_of, is_name
from app.formats.segments.questions import attributes_of, questions_of
from app.formats.segments.soundness import Json, check_sound, pointer_to
from app.formats.segments.spelling import difference, kept_of, respelled, with_vendor

MOST_CATEGORIES = 10_000
MOST_NUMBER = 2**53 - 1
_GOLDEN = 0.6180339887498949  # of the circle of hues
_OF_CLASS = ("name", "color", "number", "has_instances", "attributes", "vendor")  # what a category says


def configuration_of(task_attributes: object, before: Mapping[str, Any] | None = None) -> Json:
    """The label configuration that TASK_ATTRIBUTES ask for, to be made canonical by who keeps it.

    A class or a question that was there BEFORE keeps its id, by its number or name, and what only we know
    of it. Raises BadMember.
    """
    check_sound(task_attributes)
    if not isinstance(task_attributes, dict):
        raise BadMember("task_attributes_invalid", "", "task_attributes are an object")
    before = before or {}
    was = {one["number"]: one for one in before.get("classes", ()) if "number" in one}
    asked = before.get("classifications", ())
    taken = {one["id"] for one in (*was.values(), *asked)}
    classes = [
        _class(one, place, was, taken)
        for place, one in _listed(task_attributes, "categories", MOST_CATEGORIES)
    ]
    _check_numbers(classes)
    made: Json = {"classes": _with_parents(classes)}
    given, told = task_attributes, {}
    if given.get("image_attributes") is not None:
        questions, others = questions_of(given["image_attributes"], "/image_attributes", taken, asked)
        made |= {"classifications": questions} if questions else {}
        told = {"others": others} if others else {}
    return with_vendor(made, before, difference(_without(given), _plain(made)) | told)


def _listed(given: Json, name: str, most: int) -> Sequence[tuple[int, Any]]:
    listed = given.get(name)
    if listed is None:
        return ()
    if not isinstance(listed, list) or len(listed) > most:
        raise BadMember("task_attributes_invalid", f"/{name}", f"{name} is a list of at most {most}")
    return list(enumerate(listed))


def _class(given: Any, place: int, was: Mapping[int, Json], taken: set[str]) -> Json:
    at = f"/categories/{place}"
    _check(given, at)
    known = was.get(given["id"], {})
    made = {name: value for name, value in known.items() if name not in _OF_CLASS}
    made |= {"name": given["name"], "number": given["id"], "color": _color(given, at)}
    made |= {"has_instances": False} if given.get("has_instances") is False else {}
    told = {}
    if given.get("attributes") is not None:
        before = known.get("attributes", ())
        questions, others = questions_of(given["attributes"], f"{at}/attributes", set(), before)
        made |= {"attributes": questions} if questions else {}
        told = {"others": others} if others else {}
    made["id"] = known["id"] if known else id_of(given["name"], taken)
    return with_vendor(made, known, difference(_without(given), _plain_class(made)) | told)


def _check(given: Any, at: str) -> None:
    if not isinstance(given, dict):
        raise BadMember("category_invalid", at, "a category is an object with its name and its id")
    if not is_name(given.get("name")):
        raise BadMember("category_invalid", f"{at}/name", "name is a text of 1 to 255 characters")
    number, has_instances = given.get("id"), given.get("has_instances")
    if type(number) is not int or not 0 <= number <= MOST_NUMBER:
        raise BadMember("category_invalid", f"{at}/id", f"id is a whole number from 0 to {MOST_NUMBER}")
    if has_instances is not None and not isinstance(has_instances, bool):
        raise BadMember("category_invalid", f"{at}/has_instances", "has_instances is true or false")


def _color(given: Json, at: str) -> str:
    parts = given.get("color")
    if parts is None:
        return color_at(given["id"])
    is_sound = isinstance(parts, list) and len(parts) in (3, 4)
    if not is_sound or not all(type(one) is int and 0 <= one <= 255 for one in parts):
        detail = "color is a list of 3 or 4 whole numbers from 0 to 255"
        raise BadMember("category_invalid", pointer_to(at, "color"), detail)
    return "#" + bytes(parts).hex()


def color_at(number: int) -> str:
    """The colour of the category NUMBER where it is given none: neighbours are told apart."""
    parts = colorsys.hsv_to_rgb(number * _GOLDEN % 1, 0.75, 0.9)
    return "#" + bytes(round(255 * part) for part in parts).hex()


def _check_numbers(classes: Sequence[Json]) -> None:
    seen: dict[int, str] = {}
    for place, one in enumerate(classes):
        if one["number"] in seen:
            detail = f"id {one['number']} is that of {seen[one['number']][:64]}: each category has its own"
            raise BadMember("category_twice", f"/categories/{place}/id", detail)
        seen[one["number"]] = one["name"]


def _with_parents(classes: Sequence[Json]) -> list[Json]:
    """CLASSES without the parents that are gone."""
    there = {one["id"] for one in classes}
    return [
        one if one.get("parent") in there else {name: one[name] for name in one if name != "parent"}
        for one in classes
    ]


def task_attributes_of(configuration: Mapping[str, Any]) -> Json:
    """CONFIGURATION as Segments' `task_attributes`; {} where it declares nothing."""
    if "classes" not in configuration:
        return {}
    told = kept_of(configuration)
    asked = attributes_of(configuration.get("classifications", ()), told.get("others"))
    plain = _plain(configuration)
    written = respelled(plain, told, [] if not plain["categories"] else ["categories"])
    written |= (
        {"categories": [_category(one) for one in configuration["classes"]]} if plain["categories"] else {}
    )
    return written | ({"image_attributes": asked} if asked else {})


def _plain(configuration: Mapping[str, Any]) -> Json:
    """All but the lists, of which it has whether there is something in them."""
    return {"format_version": "0.1", "categories": [None for _ in configuration["classes"][:1]]}


def _without(given: Json) -> Json:
    """GIVEN, in whose lists one stands for all: these are told apart from it."""
    return {
        name: [None for _ in value[:1]] if name == "categories" and isinstance(value, list) else value
        for name, value in given.items()
        if not (name in ("attributes", "image_attributes") and isinstance(value, list) and value)
    }


def _category(one: Json) -> Json:
    told, plain = kept_of(one), _plain_class(one)
    attributes = attributes_of(one.get("attributes", ()), told.get("others"))
    written = respelled(plain, told, _changed(one, plain))
    return written | ({"attributes": attributes} if attributes else {})


def _plain_class(one: Json) -> Json:
    return {
        "name": one["name"],
        "id": one["number"],
        "color": list(bytes.fromhex(one["color"][1:])),
        "has_instances": one.get("has_instances", True),
    }


def _changed(one: Json, plain: Json) -> list[str]:
    """The members that were left to us when the class was made, and that somebody has said since."""
    is_new = {
        "name": True,
        "id": True,
        "color": one["color"] != color_at(one["number"]),
        "has_instances": not plain["has_instances"],
    }
    return [name for name in plain if is_new[name]]
