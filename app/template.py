"""Compiles functions that write records as JSON text, straight from the columns' values.

Most values are kept as they go to the wire, so a record costs about 1 us where a schema's dump
takes 90. Only names that a card declares, and addresses that were checked, become code.
"""

from collections.abc import Callable
from json.encoder import encode_basestring
from typing import Any

from app.attributes import Attribute, Kind
from app.declare import Resource

Write = Callable[..., list[str]]  # rows, and whatever the template names beside -> one text a row

_GLOBALS = {"text": encode_basestring, "Q": '"'}


class Template:
    """An f-string under construction, which writes one record of CARD; and the fields it needs."""

    def __init__(self, card: Resource) -> None:
        self.card = card
        self.variables: dict[str, str] = {}  # field -> its variable
        self.constants: dict[str, Any] = {}
        self.variable("id")

    @property
    def fields(self) -> tuple[str, ...]:
        """What is to be selected, in the order in which the function takes it."""
        return tuple(self.variables)

    def compiled(self, body: str, *beside: str) -> Write:
        """The function that writes BODY for every row; BESIDE are the names of its further arguments."""
        names = "".join(f"{name}," for name in self.variables.values())
        arguments = ", ".join(["rows", *beside])
        write: Write = eval(
            f"lambda {arguments}: [f'{body}' for ({names}) in rows]", _GLOBALS | self.constants
        )
        return write

    def variable(self, field: str) -> str:
        return self.variables.setdefault(field, "id" if field == "id" else f"v_{field}")

    def constant(self, value: Any) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants[name] = value
        return name

    def attribute(self, attribute: Attribute) -> str:
        """The member that shows ATTRIBUTE."""
        name = self.variable(attribute.field)
        match attribute.kind:
            case Kind.TEXT:
                value = f"text({name})"
            case Kind.ID | Kind.TIME | Kind.CHOICE | Kind.NAME:
                value = f"Q+{name}+Q"
            case _:
                value = name
        if attribute.is_nullable:
            value = f'"null" if {name} is None else {value}'
        return literal(f'"{attribute.name}":') + "{" + value + "}"


def literal(text: str) -> str:
    """TEXT as it stands within an f-string in single quotes."""
    return text.replace("\\", "\\\\").replace("'", "\\'").replace("{", "{{").replace("}", "}}")


def object_of(members: list[str]) -> str:
    return literal("{") + ",".join(members) + literal("}")


def member(name: str, value: str) -> str:
    """The member NAME of an object; VALUE is a template."""
    return literal(f'"{name}":') + value
