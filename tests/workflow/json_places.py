"""Places within a JSON value: paths, and pointers (RFC 6901). It must not know workflows."""

from typing import Any

Json = Any


def places(value: Json) -> list[tuple[str | int, ...]]:
    """The path of every value within VALUE, itself first."""
    found: list[tuple[str | int, ...]] = []
    ahead: list[tuple[tuple[str | int, ...], Json]] = [((), value)]
    while ahead:
        path, one = ahead.pop()
        found.append(path)
        if isinstance(one, dict):
            ahead += [((*path, name), member) for name, member in one.items()]
        elif isinstance(one, list):
            ahead += [((*path, number), member) for number, member in enumerate(one)]
    return found


def put(value: Json, path: tuple[str | int, ...], new: Json) -> Json:
    """VALUE with NEW at PATH. What is not on the way is shared."""
    if not path:
        return new
    copied = value.copy()
    copied[path[0]] = put(value[path[0]], path[1:], new)
    return copied


def at(value: Json, path: tuple[str | int, ...]) -> Json:
    for member in path:
        value = value[member]
    return value


def pointer_of(path: tuple[str | int, ...]) -> str:
    """PATH as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(one).replace("~", "~0").replace("/", "~1") for one in path)


def resolves(pointer: str, document: Json) -> bool:
    """Whether DOCUMENT has something at POINTER, which is read as RFC 6901 says."""
    if pointer and not pointer.startswith("/"):
        return False
    for step in pointer.split("/")[1:]:
        member = step.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict) and member in document:
            document = document[member]
        elif isinstance(document, list) and member.isdecimal() and int(member) < len(document):
            document = document[int(member)]
        else:
            return False
    return True
