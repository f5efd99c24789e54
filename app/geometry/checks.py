"""What a number, a list or a run of lengths may be. It knows no shape and no type.

Each takes what was GIVEN and the POINTER to it, and raises BadGeometry naming that place. What is right is
told fast, by built-in functions over whole lists; only what is wrong is looked at one by one.
"""

from collections.abc import Sequence
from typing import Any

from app.geometry.compression import counts_of
from app.geometry.errors import BadGeometry
from app.geometry.shapes import FURTHEST, MOST_COUNTS, MOST_INSTANCE, XY

NUMBERS = (float, int)  # by their very type: a bool is none


def number(given: object, pointer: str) -> float:
    """GIVEN, if it is a number within the limits; NaN is not."""
    if type(given) in NUMBERS and -FURTHEST <= given <= FURTHEST:  # type: ignore[operator]
        return float(given)  # type: ignore[arg-type]
    raise BadGeometry(pointer, f"{name_of(pointer)} is a number from {-FURTHEST:.0f} to {FURTHEST:.0f}")


def length(given: object, pointer: str) -> float:
    """GIVEN, if it is a number that is not negative."""
    if type(given) in NUMBERS and 0 <= given <= FURTHEST:  # type: ignore[operator]
        return float(given)  # type: ignore[arg-type]
    number(given, pointer)
    raise BadGeometry(pointer, f"{name_of(pointer)} is not negative")


def whole(given: object, pointer: str, least: int, most: int) -> int:
    """GIVEN, if it is an integer from LEAST to MOST; 3.0 is none."""
    if type(given) is not int or not least <= given <= most:
        raise BadGeometry(pointer, f"{name_of(pointer)} is a whole number from {least} to {most}")
    return given


def items(given: object, pointer: str, least: int, most: int) -> Sequence[Any]:
    """GIVEN, if it is a list of LEAST to MOST."""
    if not isinstance(given, list | tuple) or not least <= len(given) <= most:
        extent = f"{least}" if least == most else f"{least} to {most}"
        raise BadGeometry(pointer, f"{name_of(pointer)} is a list of {extent}")
    return given


def numbers(given: object, pointer: str, size: int) -> tuple[float, ...]:
    """GIVEN, if it is a list of SIZE numbers."""
    return tuple(
        [number(one, f"{pointer}/{index}") for index, one in enumerate(items(given, pointer, size, size))]
    )


def points(given: object, pointer: str, least: int, most: int) -> tuple[XY, ...]:
    """GIVEN, if it is a list of LEAST to MOST pairs of numbers."""
    listed = items(given, pointer, least, most)
    found = []
    for index, one in enumerate(listed):
        if type(one) is list and len(one) == 2:
            x, y = one
            if (
                type(x) in NUMBERS
                and type(y) in NUMBERS
                and -FURTHEST <= x <= FURTHEST
                and -FURTHEST <= y <= FURTHEST
            ):
                found.append((float(x), float(y)))
                continue
        x, y = numbers(one, f"{pointer}/{index}", 2)
        found.append((x, y))
    return tuple(found)


def counts(given: object, total: int, what: str, *, may_be_text: bool = False) -> tuple[int, ...]:
    """GIVEN, if it is a list of run lengths that add up to TOTAL, which are all WHAT there are.

    Where it MAY_BE_TEXT, also what COCO's text for such a list tells.
    """
    if may_be_text and isinstance(given, str):
        listed: Sequence[int] = counts_of(given)
    else:
        listed = _listed_counts(given, total)
    if sum(listed) != total:
        raise BadGeometry("/counts", f"counts add up to {sum(listed)}, but there are {total} {what}")
    return tuple(listed)


def _listed_counts(given: object, total: int) -> Sequence[int]:
    listed = items(given, "/counts", 1, MOST_COUNTS)
    if set(map(type, listed)) != {int} or min(listed) < 0 or max(listed) > total:
        for index, one in enumerate(listed):
            whole(one, f"/counts/{index}", 0, total)
    return listed


def instance(given: object) -> int | None:
    """GIVEN, if it may be the id of a thing in a picture of ids; None for none."""
    return None if given is None else whole(given, "/instance", 1, MOST_INSTANCE)


def name_of(pointer: str) -> str:
    """POINTER in words."""
    return pointer[1:].replace("/", ", ")
