"""Conditions of gates: what may be asked of an entry, and whether it is so. Nothing of a user's is ever run.

A condition compares one value with constants. It must not know where the value comes from.
"""

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from workflow.graph import Test

# What may be asked, and of which type it is. Beyond these, any member of `metadata`, as metadata.a.b.
ATTRIBUTES: Mapping[str, type] = {"priority": float, "resource": str, "external_id": str, "split": str}
METADATA = "metadata."
MOST_MEMBERS = 8  # steps into metadata
LONGEST_NAME = 200  # characters

_Comparison = Callable[[Any, Any], bool]
_ORDERED: Mapping[str, _Comparison] = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}
OPERATORS = ("eq", "in", *_ORDERED, "exists")


def is_asked_about(name: str) -> bool:
    """Whether NAME is something that a condition may ask about."""
    if name in ATTRIBUTES:
        return True
    members = name.removeprefix(METADATA).split(".")
    is_short = len(name) <= LONGEST_NAME and len(members) <= MOST_MEMBERS
    return name.startswith(METADATA) and all(members) and is_short


def value_of(name: str, attributes: Mapping[str, Any]) -> Any:
    """What ATTRIBUTES have at NAME; None where there is nothing."""
    if name in ATTRIBUTES:
        return attributes.get(name)
    found: Any = attributes.get("metadata")
    for member in name.removeprefix(METADATA).split("."):
        found = found.get(member) if isinstance(found, Mapping) else None
    return found


def holds(tests: Iterable[Test], value: Any) -> bool:
    """Whether VALUE passes all of TESTS. A value of another type, or none at all, passes no comparison."""
    return all(_passes(test, value) for test in tests)


def _passes(test: Test, value: Any) -> bool:
    if test.operator == "exists":
        return (value is not None) == test.operand
    if test.operator == "eq":
        return _is_same(value, test.operand)
    if test.operator == "in":
        operands: Any = test.operand
        return any(_is_same(value, one) for one in operands)
    if _is_number(value) != _is_number(test.operand) or not isinstance(value, int | float | str):
        return False
    return not isinstance(value, bool) and _ORDERED[test.operator](value, test.operand)


def _is_same(value: Any, operand: Any) -> bool:
    # To Python true is 1.
    return isinstance(value, bool) == isinstance(operand, bool) and bool(value == operand)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
