"""Members of bodies, read by their type. It must not know what they mean."""

from typing import Any

from app.errors import Fault, Invalid

Json = dict[str, Any]


def invalid(name: str, detail: str) -> Invalid:
    return Invalid(Fault("attribute_invalid", f"{name}: {detail}", f"/{name}"))


def text(body: Json, name: str, *, most: int = 10_000) -> str | None:
    """The text NAME of BODY; None where there is none. Raises Invalid."""
    value = body.get(name)
    if value is None or (isinstance(value, str) and len(value) <= most):
        return value
    raise invalid(name, f"it is a text of at most {most} characters")


def required(body: Json, name: str, *, most: int = 255) -> str:
    """The same of a text that has to be there, and not be empty."""
    value = text(body, name, most=most)
    if not value:
        raise invalid(name, "This field is required.")
    return value


def flag(body: Json, name: str) -> bool | None:
    value = body.get(name)
    if value is None or isinstance(value, bool):
        return value
    raise invalid(name, "it is true or false")


def number(body: Json, name: str) -> float | None:
    value = body.get(name)
    if value is None or (type(value) in (int, float) and abs(value) < 1e100):
        return value
    raise invalid(name, "it is a number")


def object_of(body: Json, name: str) -> Json | None:
    value = body.get(name)
    if value is None or isinstance(value, dict):
        return value
    raise invalid(name, "it is an object")


def one_of(body: Json, name: str, known: tuple[str, ...]) -> str | None:
    value = text(body, name)
    if value is None or value in known:
        return value
    # What was sent is not told again: the client takes failures apart by words.
    raise invalid(name, f"it is not a valid choice: it is one of {', '.join(known)}")
