"""An item to be imported, as the lines of an import have it, whatever it was read from."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from app.attributes import read_time
from app.errors import Invalid, Malformed
from app.json import parse
from app.resources.layer_statuses import LayerStatus

LONGEST_LINE = 8 << 20  # bytes

_Text = Annotated[str, Meta(min_length=1, max_length=4096)]
_Side = Annotated[int, Meta(ge=1, le=1_000_000)]


class Mark(Struct, omit_defaults=True):
    """An annotation of an item."""

    dimensions: dict[str, Any]
    annotation: dict[str, Any]
    metadata: dict[str, Any] = {}
    created_at: str | None = None
    created_by: str | None = None  # an account's id or email, where authors are kept


class Content(Struct, omit_defaults=True):
    """What Postil has of an item: a file, by its hash."""

    hash: str
    media_type: str
    size: int


class Item(Struct, omit_defaults=True):
    """One item. RESOURCE is where it is, or its name where its CONTENT is there.

    MEDIA tells of what is more than one file; VENDOR and LAYER_VENDOR are other systems' words of it and of
    its marks.
    """

    resource: _Text
    external_id: Annotated[str, Meta(max_length=512)] | None = None
    split: Literal["train", "valid", "test"] | None = None
    metadata: dict[str, Any] = {}
    priority: float = 0.0
    width: _Side | None = None
    height: _Side | None = None
    annotations: list[Mark] | None = None
    label_status: LayerStatus | None = None
    score: Annotated[float, Meta(ge=0, le=1)] | None = None
    created_at: str | None = None
    content: Content | None = None
    media: dict[str, Any] | None = None
    vendor: dict[str, Any] = {}
    layer_vendor: dict[str, Any] = {}

    @property
    def name(self) -> str:
        """What errors call it."""
        return self.external_id or self.resource


class Bad(Struct, tag="bad"):
    """A line that is no item: ITEM says which."""

    item: str
    code: str
    detail: str


_OURS = frozenset({"content", "media", "vendor", "layer_vendor"})  # what no sender says
_ALIASES: Mapping[str, str] = {"url": "resource"}


def item_from(given: Any, at: str, defaults: Mapping[str, Any]) -> Item | Bad:
    """The item that GIVEN describes, AT a place of what was sent; what it does not say by DEFAULTS."""
    if not isinstance(given, Mapping):
        return Bad(at, "item_invalid", "an item is an object with url or resource")
    named = {_ALIASES.get(name, name): given[name] for name in given if given[name] is not None}
    said: dict[str, Any] = {**defaults, **{name: named[name] for name in named if name not in _OURS}}
    if isinstance(said.get("priority"), int):
        said["priority"] = float(said["priority"])
    try:
        item = msgspec.convert(said, Item)
        for one in (item, *(item.annotations or ())):
            one.created_at = read_time(one.created_at) if one.created_at is not None else None
        return item
    except (msgspec.ValidationError, OverflowError, ValueError) as error:
        return Bad(_name_of(named, at), "item_invalid", f"{at}: {error}")


def item_of_line(line: bytes, at: str, defaults: Mapping[str, Any]) -> Item | Bad:
    """The item that LINE, a JSON object, describes."""
    try:
        return item_from(parse(line), at, defaults)
    except (Malformed, Invalid) as error:
        return Bad(at, error.code, f"{at}: {error.detail}")


def item_of_request(given: Any, at: str, defaults: Mapping[str, Any]) -> Item | Bad:
    """The item that a request named: what is within it comes as JSON text."""
    if not isinstance(given, Mapping):
        return item_from(given, at, defaults)
    is_json = ("metadata", "annotations")
    read = {name: _read(value) if name in is_json else value for name, value in given.items()}
    return item_from(read, at, defaults)


def _read(value: Any) -> Any:
    """VALUE, where it is the text of an object or a list, as that; any other text stays, to be refused."""
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return value
    try:
        return parse(value.encode())
    except (Malformed, Invalid):
        return value


def _name_of(given: Mapping[str, Any], at: str) -> str:
    names = (given.get(name) for name in ("external_id", "resource"))
    return next((name[:512] for name in names if isinstance(name, str) and name), at)
