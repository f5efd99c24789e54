"""What makes a JSON value a call; knows nothing of which methods exist."""

import math
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, Final


class Unset(Enum):
    """The kind of UNSET: no null, for `"id": null` is a request and is answered."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET


@dataclass(frozen=True, slots=True)
class Call:
    """One checked call. ID is UNSET for a notification, which is never answered."""

    id: Any
    method: str
    params: dict[str, Any] | list[Any]


def read(item: Any) -> Call | None:
    """The call that ITEM is, or None where it is none. Members that are not of the protocol are ignored.

    A call is an object with `jsonrpc` of "2.0", `method` a string, `params` an object, an array or absent,
    and `id` a string, a number, null or absent.
    """
    if not isinstance(item, dict) or item.get("jsonrpc") != "2.0":
        return None
    id, method, params = item.get("id", UNSET), item.get("method"), item.get("params", {})
    if not isinstance(method, str) or not isinstance(params, dict | list) or not _can_be_echoed(id):
        return None
    return Call(id, method, params)


def _can_be_echoed(id: Any) -> bool:
    if type(id) is int:
        return True
    # Some parsers let NaN, 1e999 and lone surrogates in: sent back, they would spoil the whole answer.
    match id:
        case bool():
            return False
        case None | Unset.UNSET | int():
            return True
        case str():
            return id.isascii() or not any("\ud800" <= char <= "\udfff" for char in id)
        case float() | Decimal():
            return math.isfinite(id)
    return False
