"""Numbers of classes, for systems that know them by number: what was a class's number stays it.

It must not know the order of classes, which changes.
"""

from typing import Any

from workflow.errors import BadConfiguration, ConfigurationFault
from workflow.labels.classes import MOST_NUMBER

Json = dict[str, Any]


def numbered(before: Json, after: Json) -> Json:
    """AFTER with a number for each class: as given, else as BEFORE had it, else above all that ever were.

    Both are canonical; from one that is not typed nothing is known. The first number is 1. Raises
    BadConfiguration where a class is given the number of another, or no number is left.
    """
    if "classes" not in after:
        return after
    had = {one["id"]: one["number"] for one in before.get("classes", ()) if "number" in one}
    given = {one["number"]: n for n, one in enumerate(after["classes"]) if "number" in one}
    classes = [_kept(one, had, given, after) for one in after["classes"]]
    used = [*had.values(), *given]
    next = max(1, before.get("next_number", 0), after.get("next_number", 0), 1 + max(used, default=0))
    for n, one in enumerate(classes):
        if "number" not in one:
            if next > MOST_NUMBER:
                _refuse(
                    n,
                    "no number is left above those that were used: give the class one",
                    "labels_numbers_spent",
                )
            classes[n] = _with_number(one, next)
            next += 1
    return {"classes": classes, **_rest(after), "next_number": next}


def _kept(one: Json, had: dict[str, int], given: dict[int, int], after: Json) -> Json:
    number = had.get(one["id"])
    if "number" in one or number is None:
        return one
    if number in given:
        n = given[number]
        detail = f"number {number} is that of {one['id'][:64]}, which keeps it unless another is said"
        _refuse(n, detail, "labels_number_twice", "/number")
    return _with_number(one, number)


def _with_number(one: Json, number: int) -> Json:
    """ONE with NUMBER, at the place where it always stands."""
    head = {name: one[name] for name in ("id", "name", "color")}
    return head | {"number": number} | {name: value for name, value in one.items() if name not in head}


def _rest(configuration: Json) -> Json:
    return {name: value for name, value in configuration.items() if name not in ("classes", "next_number")}


def _refuse(position: int, detail: str, code: str, member: str = "") -> None:
    raise BadConfiguration([ConfigurationFault(f"/classes/{position}{member}", code, detail)])
