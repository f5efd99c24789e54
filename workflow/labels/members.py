"""Reads members of a label configuration one by one, and notes what is wrong. It must not know classes."""

import colorsys
import re
from collections.abc import Callable, Collection, Mapping
from math import isfinite
from typing import Any, TypeVar

from workflow.errors import ConfigurationFault
from workflow.reading import escaped

MOST_FAULTS = 50  # told at once
LONGEST_ID = 128  # characters
LONGEST_NAME = 255
FURTHEST = 1e100  # a number's size, as agreement has it: its square, summed over a dataset, is a number

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # and halves of surrogate pairs
_HEX = re.compile(r"#([0-9a-fA-F]{6}|[0-9a-fA-F]{8})")
_GOLDEN = 0.6180339887498949  # of the circle of hues: any few that follow one another are far apart

T = TypeVar("T")


class Reader:
    """In place of what is wrong it reads what stands unless said."""

    def __init__(self) -> None:
        self.faults: list[ConfigurationFault] = []
        self.refused = 0  # also what is not told, beyond the most that are

    def refuse(self, pointer: str, detail: str, code: str = "labels_invalid") -> None:
        self.refused += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(ConfigurationFault(pointer, code, detail))

    def known(self, given: Mapping[str, Any], names: Collection[str], at: str, what: str) -> None:
        for name in given:
            if name not in names:
                told = ", ".join(sorted(names))
                self.refuse(f"{at}/{escaped(name)}", f"{what} has no {name[:64]}: it has {told}")

    def each(
        self, given: Mapping[str, Any], name: str, at: str, read: Callable[[Any, str], T | None]
    ) -> list[T]:
        """What READ makes of each member of the list NAME."""
        ones = given.get(name, [])
        if not isinstance(ones, list):
            self.refuse(f"{at}/{name}", f"{name} is a list")
            return []
        found = (read(one, f"{at}/{name}/{n}") for n, one in enumerate(ones))
        return [one for one in found if one is not None]

    def identity(self, given: Mapping[str, Any], at: str) -> tuple[str, str]:
        """The id and the name: either may stand for the other."""
        if "id" not in given and "name" not in given:
            self.refuse(at, "a name is required")
            return "", ""
        id = given.get("id", given.get("name"))
        pointer = f"{at}/id" if "id" in given else f"{at}/name"
        name = given.get("name", id)
        if "name" in given and not (_is_text(name) and 1 <= len(name) <= LONGEST_NAME):
            self.refuse(f"{at}/name", f"a name is a text of 1 to {LONGEST_NAME} characters")
        elif not is_identity(id):
            unless = "" if "id" in given else "; the name is taken for it where none is given"
            detail = f"an id is a text of 1 to {LONGEST_ID} characters without control characters{unless}"
            self.refuse(pointer, detail)
        return (str(id) if is_identity(id) else "", str(name))

    def flag(self, given: Mapping[str, Any], name: str, at: str, unless: bool = False) -> bool:
        value = given.get(name, unless)
        if isinstance(value, bool):
            return value
        self.refuse(f"{at}/{name}", f"{name} is true or false")
        return unless

    def number(self, given: Mapping[str, Any], name: str, at: str) -> float | None:
        value = given.get(name)
        if name not in given or is_number(value):
            return value
        self.refuse(f"{at}/{name}", f"{name} is a number, at most {FURTHEST:g} from 0")
        return None

    def whole(self, given: Mapping[str, Any], name: str, at: str, least: int, most: int) -> int | None:
        value = given.get(name)
        if name not in given or (type(value) is int and least <= value <= most):
            return value
        self.refuse(f"{at}/{name}", f"{name} is a whole number from {least} to {most}")
        return None

    def free(self, given: Mapping[str, Any], name: str, at: str) -> Mapping[str, Any]:
        value = given.get(name, {})
        if isinstance(value, Mapping):
            return value
        self.refuse(f"{at}/{name}", f"{name} is an object, which is kept and never read")
        return {}

    def color(self, given: Mapping[str, Any], at: str) -> str:
        value = given.get("color")
        if "color" not in given:
            return color_at(int(at.rpartition("/")[2]))
        if isinstance(value, str) and _HEX.fullmatch(value):
            return value.lower()
        if isinstance(value, list) and len(value) in (3, 4) and all(_is_byte(one) for one in value):
            return "#" + bytes(value).hex()
        detail = 'color is "#rrggbb", "#rrggbbaa" or a list of 3 or 4 numbers from 0 to 255'
        self.refuse(f"{at}/color", detail)
        return ""


def color_at(position: int) -> str:
    """The colour of a class that is given none, by its place in the list: neighbours are told apart."""
    parts = colorsys.hsv_to_rgb(position * _GOLDEN % 1, 0.75, 0.9)
    return "#" + bytes(round(255 * part) for part in parts).hex()


def without_defaults(**members: Any) -> dict[str, Any]:
    """MEMBERS that say more than their absence would."""
    return {name: value for name, value in members.items() if _says(value)}


def _says(value: object) -> bool:
    # By identity: 0 is a number, and equal to False.
    return value is not None and value is not False and value != [] and value != {}


def is_identity(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= LONGEST_ID and not _CONTROL.search(value)


def is_number(value: object) -> bool:
    # Whether it is NaN is said by the last: nothing compares with it.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= FURTHEST


def unsound(value: object, deepest: int, most: int) -> tuple[str, str] | None:
    """Where VALUE is no JSON, or more of it than DEEPEST levels and MOST values; and why."""
    ahead: list[tuple[str, int, object]] = [("", 0, value)]
    seen = 1
    while ahead:
        at, depth, one = ahead.pop()
        members = list(_members(one))
        seen += len(members)
        if seen > most:
            return "", f"there are more than {most} values in it"
        if depth == deepest and members:
            return at, f"it is nested deeper than {deepest} levels"
        for name, member in members:
            if not (isinstance(name, int) or _is_text(name)):
                return at, "the name of a member is no text that can be written"
            if not _is_leaf(member) and not isinstance(member, dict | list):
                return f"{at}/{escaped(str(name))}", "it is no value that JSON can write"
            if isinstance(member, dict | list):
                ahead.append((f"{at}/{escaped(str(name))}", depth + 1, member))
    return None


def _members(value: object) -> "Collection[tuple[Any, object]]":
    if isinstance(value, dict):
        return value.items()
    return list(enumerate(value)) if isinstance(value, list) else ()


def _is_leaf(value: object) -> bool:
    if isinstance(value, str):
        return _is_text(value)
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int):
        return -(2**63) <= value < 2**64
    return isinstance(value, float) and isfinite(value)


def _is_text(value: object) -> bool:
    """Whether it is a text without half of a surrogate pair, which UTF-8 cannot write."""
    return isinstance(value, str) and (value.isascii() or not re.search(r"[\ud800-\udfff]", value))


def _is_byte(value: object) -> bool:
    return type(value) is int and 0 <= value <= 255
