"""Ids of classes, questions and options, made of what people called them. It must not know what they name."""

import re

LONGEST_ID = 128  # characters, of an id
LONGEST_NAME = 255
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def is_id(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= LONGEST_ID and not _CONTROL.search(value)


def is_name(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= LONGEST_NAME


def id_of(name: str, taken: set[str]) -> str:
    """NAME as an id that is not TAKEN, and then is."""
    start = name if is_id(name) else _CONTROL.sub("", name)[:LONGEST_ID] or "unnamed"
    id, number = start, 2
    while id in taken:
        tail = f"-{number}"
        id, number = start[: LONGEST_ID - len(tail)] + tail, number + 1
    taken.add(id)
    return id
