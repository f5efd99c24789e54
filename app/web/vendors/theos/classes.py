"""Classes: made, edited, deleted, merged. What is labelled already follows by a task.

`id` is a class's place, from 0, and moves up where one before it goes; `db_id` is its number, which stays.
"""

import re
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from app.errors import Fault, Invalid, Malformed, NotFound
from app.json import parse, text_of
from app.web.vendors.calls import Call, Json, told
from app.web.vendors.texts import plain
from app.web.vendors.theos.held_classes import HeldClasses
from app.web.vendors.theos.records import fields_of
from app.work import Work

LONGEST_NAME = 255  # characters
MOST = 10_000  # classes that a request names
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
_FLAGS = {"true": True, "false": False}


def classes_of(configuration: Mapping[str, Any]) -> list[Json]:
    """The classes of CONFIGURATION, as they are told."""
    return [
        {
            "id": place,
            "db_id": one["number"],
            "name": one["name"],
            "color": str(one["color"])[:7],
            "is_superclass": False,
            "with_text": bool(one.get("has_text", False)),
        }
        for place, one in enumerate(configuration.get("classes", ()))
    ]


async def create(call: Call) -> Response:
    fields = await fields_of(call)
    name, color = _name(fields.get("name")), _color(fields.get("color"))
    with_text = _FLAGS.get(fields.get("with_text", "false").strip().lower())
    if with_text is None:
        raise Invalid(Fault("attribute_invalid", "with_text is true or false", "with_text"))

    def job(work: Work) -> Json:
        held = HeldClasses(work, call)
        held.refuse_taken(name)
        new: Json = {"id": held.free_id(name), "name": name, "color": color, "geometries": ["box"]}
        held.set([*held.classes, new | ({"has_text": True} if with_text else {})])
        return classes_of(held.configuration)[-1]

    return told(await call.write(job), 201)


async def edit(call: Call) -> Response:
    """Another name or another colour: no label is touched."""
    fields = await fields_of(call)
    look = {"name": _name(fields["name"])} if "name" in fields else {}
    look |= {"color": _color(fields["color"])} if "color" in fields else {}

    def job(work: Work) -> Json:
        held = HeldClasses(work, call)
        number = call.path["class_db_id"]
        place = next((n for n, one in enumerate(held.classes) if str(one["number"]) == number), None)
        if place is None:
            raise NotFound("the dataset has no class with this db_id", code="class_not_found")
        if "name" in look:
            held.refuse_taken(look["name"], held.classes[place])
        held.set([one | look if n == place else one for n, one in enumerate(held.classes)])
        return classes_of(held.configuration)[place]

    return told(await call.write(job))


async def delete(call: Call) -> Response:
    """The classes are gone at once; a task takes their labels away."""
    numbers = _numbers((await fields_of(call)).get("db_ids"), 1)

    def job(work: Work) -> Json:
        held = HeldClasses(work, call)
        gone = {one["id"]: one.get("parent") for one in held.named(numbers)}
        left = [_below(one, gone) for one in held.classes if one["id"] not in gone]
        after = text_of(held.configuration | {"classes": left})
        return {"task_id": held.apply({"change": "replace", "configuration": after, "force": True})}

    return told(await call.write(job), 202)


async def merge(call: Call) -> Response:
    """The classes are one at once; a task gives it their labels."""
    fields = await fields_of(call)
    numbers = _numbers(fields.get("db_ids"), 2)
    name, color = _name(fields.get("name")), _color(fields.get("color"))

    def job(work: Work) -> Json:
        held = HeldClasses(work, call)
        merged = held.named(numbers)
        held.refuse_taken(name, *merged)
        id = next((one["id"] for one in merged if one["name"] == name), None) or held.free_id(name)
        into = text_of({"id": id, "name": name, "color": color})
        ids = [one["id"] for one in merged]
        task = held.apply({"change": "merge", "class_ids": ids, "into": into})
        (its,) = [one for one in classes_of(held.configuration) if one["name"] == name]
        return {"task_id": task, "class": its}

    return told(await call.write(job), 202)


def _below(one: Json, gone: Mapping[str, str | None]) -> Json:
    """The class ONE, below what is left of those above it."""
    parent: str | None = one.get("parent")
    while parent is not None and parent in gone:
        parent = gone[parent]
    rest = {name: value for name, value in one.items() if name != "parent"}
    return rest | ({"parent": parent} if parent is not None else {})


def _name(given: object) -> str:
    name = plain(given, "name")
    if len(name) > LONGEST_NAME:
        raise Invalid(Fault("attribute_invalid", f"name has at most {LONGEST_NAME} characters", "name"))
    return name


def _color(given: object) -> str:
    color = plain(given, "color")
    if not _COLOR.fullmatch(color):
        raise Invalid(Fault("attribute_invalid", "color is hexadecimal, such as #4AFFBA", "color"))
    return color.lower()


def _numbers(given: str | None, least: int) -> list[int]:
    """The db_ids that GIVEN lists as JSON, each once. Raises Invalid."""
    wrong = Invalid(Fault("attribute_invalid", f"db_ids lists {least} or more, such as [1,4,6]", "db_ids"))
    try:
        found = parse(plain(given, "db_ids").encode())
    except Malformed:
        raise wrong from None
    if not isinstance(found, list) or not all(type(one) is int for one in found) or len(found) > MOST:
        raise wrong
    distinct = list(dict.fromkeys(found))
    if len(distinct) < least:
        raise wrong
    return distinct
