"""What an attribute is, and what a client may do with it, written beside its type.

    status: Annotated[Status, READ_ONLY] = Status.PENDING
    name: Annotated[str, filter_by("match"), at_most(255)]

Every attribute can be read, and sorted and filtered by equality where it is a scalar; the
marks say the rest. Nothing here knows SQL or a wire format.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, StrEnum
from types import NoneType
from typing import Annotated, Any, get_args, get_origin


class Kind(Enum):
    """What the values of an attribute are. All but numbers are kept as the text that goes to the wire."""

    ID = "id"  # a UUID, lower case
    TEXT = "text"
    NAME = "name"  # of a step: letters, digits, - and _
    CHOICE = "choice"  # one of an enumeration
    TIME = "time"  # RFC 3339, UTC, microseconds, Z: sorts as text
    NUMBER = "number"  # a finite double
    INTEGER = "integer"
    OBJECT = "object"  # a JSON object as compact text
    TEXTS = "texts"  # a JSON list of strings as compact text

    @property
    def is_ordered(self) -> bool:
        return self in (Kind.TIME, Kind.NUMBER, Kind.INTEGER)

    @property
    def is_scalar(self) -> bool:
        return self not in (Kind.OBJECT, Kind.TEXTS)

    @property
    def splits_at_commas(self) -> bool:
        """Whether a comma can only stand between two values."""
        return self not in (Kind.TEXT, Kind.OBJECT, Kind.TEXTS)


class Mark(Enum):
    READ_ONLY = "the service sets it, clients never do"
    FIXED = "clients may set it on create, and never again"
    HIDDEN = "no face shows it"
    SECRET = "neither a face nor the history shows it"


READ_ONLY, FIXED, HIDDEN, SECRET = Mark.READ_ONLY, Mark.FIXED, Mark.HIDDEN, Mark.SECRET


@dataclass(frozen=True)
class FilterBy:
    """Clients may filter by these operators as well: filter[name__operator]."""

    operators: tuple[str, ...]


@dataclass(frozen=True)
class AtMost:
    """The longest text, in characters."""

    characters: int


@dataclass(frozen=True)
class Like:
    """The pattern that a text matches as a whole, and what to call it in a message."""

    pattern: str
    name: str


@dataclass(frozen=True)
class Holds:
    """What a JSON value holds, as JSON Schema, to be told to clients; the resource's own rule checks it."""

    schema: Mapping[str, Any]


def filter_by(*operators: str) -> FilterBy:
    return FilterBy(operators)


def at_most(characters: int) -> AtMost:
    return AtMost(characters)


Id = Annotated[str, Kind.ID]
Time = Annotated[str, Kind.TIME]
Name = Annotated[str, Kind.NAME]
JsonObject = Annotated[str, Kind.OBJECT]
TextList = Annotated[str, Kind.TEXTS]

_KINDS: Mapping[type, Kind] = {str: Kind.TEXT, float: Kind.NUMBER, int: Kind.INTEGER}
_TEXT_LIMIT = 10_000  # characters, where an attribute names none


@dataclass(frozen=True)
class Attribute:
    """One attribute of a resource: what its field's type and marks say. FIELD is its name in Python."""

    name: str
    field: str
    kind: Kind
    is_nullable: bool
    is_required: bool
    default: Any
    marks: frozenset[Mark]
    operators: frozenset[str]
    choices: tuple[str, ...] = ()
    longest: int = _TEXT_LIMIT
    like: Like | None = None
    holds: Holds | None = None
    about: str = ""

    @property
    def is_read_only(self) -> bool:
        return Mark.READ_ONLY in self.marks

    @property
    def is_fixed(self) -> bool:
        return Mark.FIXED in self.marks

    @property
    def is_hidden(self) -> bool:
        return Mark.HIDDEN in self.marks or self.is_secret

    @property
    def is_secret(self) -> bool:
        return Mark.SECRET in self.marks

    def read(self, text: str) -> Any:
        """The value that TEXT spells. Raises ValueError, saying what is expected."""
        match self.kind:
            case Kind.ID:
                return read_id(text)
            case Kind.TIME:
                return read_time(text)
            case Kind.NUMBER:
                return read_number(text)
            case Kind.INTEGER:
                return read_integer(text)
            case Kind.NAME if not _NAME.fullmatch(text):
                raise ValueError("a name of letters, digits, - and _ is expected")
            case Kind.CHOICE if text not in self.choices:
                raise ValueError(f"one of {', '.join(self.choices)} is expected")
        return text


def attribute_of(field: str, info: Any) -> Attribute:
    """The attribute that the SQLModel field INFO declares. A reserved name ends in _ in Python."""
    bare, marks = _unwrapped(info.annotation)
    marks = [*info.metadata, *marks]
    operators = {operator for mark in marks if isinstance(mark, FilterBy) for operator in mark.operators}
    kind = next((mark for mark in marks if isinstance(mark, Kind)), None)
    choices: tuple[str, ...] = ()
    if kind is None and issubclass(bare, StrEnum):
        kind, choices = Kind.CHOICE, tuple(member.value for member in bare)
    kind = kind or _KINDS[bare]
    if kind.is_scalar:
        operators |= {"eq", "in"}
    if kind.is_ordered:
        operators |= {"gt", "gte", "lt", "lte"}
    return Attribute(
        name=field.rstrip("_"),
        field=field,
        kind=kind,
        is_nullable=NoneType in get_args(info.annotation) or NoneType in get_args(_bare(info.annotation)),
        is_required=info.is_required(),
        default=None if info.is_required() else info.default,
        marks=frozenset(mark for mark in marks if isinstance(mark, Mark)),
        operators=frozenset(operators),
        choices=choices,
        longest=next((mark.characters for mark in marks if isinstance(mark, AtMost)), _TEXT_LIMIT),
        like=next((mark for mark in marks if isinstance(mark, Like)), None),
        holds=next((mark for mark in marks if isinstance(mark, Holds)), None),
        about=info.description or "",
    )


def _bare(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _unwrapped(annotation: Any) -> tuple[Any, list[Any]]:
    """The plain type within ANNOTATION, and the marks on the way to it."""
    if get_origin(annotation) is Annotated:
        inner, *marks = get_args(annotation)
        bare, more = _unwrapped(inner)
        return bare, marks + more
    options = [option for option in get_args(annotation) if option is not NoneType]
    return _unwrapped(options[0]) if options else (annotation, [])


_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)?)?", re.ASCII
)
_NUMBER = re.compile(r"-?\d{1,300}(\.\d{1,300})?([eE][+-]?\d{1,3})?", re.ASCII)


def read_id(text: str) -> str:
    """TEXT as a UUID in lower case. Raises ValueError."""
    lower = text.lower()
    if _UUID.fullmatch(lower):
        return lower
    raise ValueError("a UUID is expected")


def is_id(text: Any) -> bool:
    return isinstance(text, str) and _UUID.fullmatch(text.lower()) is not None


def read_time(text: str) -> str:
    """TEXT as RFC 3339 (a bare date is its midnight, UTC), in the form that is kept. Raises ValueError."""
    found = _TIME.fullmatch(text)
    if not found:
        raise ValueError("a time is expected, such as 2026-01-31T12:00:00Z")
    date, clock, fraction, zone = found.groups()
    zone = "+00:00" if zone in (None, "Z", "z") else zone
    clock = clock or "00:00:00"
    micros = (fraction or "0")[:6].ljust(6, "0")
    try:
        moment = datetime.fromisoformat(f"{date}T{clock if len(clock) > 5 else clock + ':00'}.{micros}{zone}")
        return wire_time(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        raise ValueError("a time is expected, such as 2026-01-31T12:00:00Z") from None


def wire_time(moment: datetime) -> str:
    """MOMENT (in UTC) as it is kept and sent: 2026-01-31T12:00:00.000000Z."""
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def read_number(text: str) -> float:
    """TEXT as a finite double. Raises ValueError."""
    if _NUMBER.fullmatch(text):
        number = float(text)
        if abs(number) != float("inf"):
            return number
    raise ValueError("a number is expected")


def read_integer(text: str) -> int:
    """TEXT as an integer of 64 bits. Raises ValueError."""
    if re.fullmatch(r"-?\d{1,19}", text, re.ASCII) and -(2**63) <= int(text) < 2**63:
        return int(text)
    raise ValueError("a whole number is expected")
