"""The classes of a data set in Theos JSON: classes.json. It must not know the labels.

Their ids are their places: 0, 1, 2 and so on.
"""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from app.formats.errors import BadDocument
from app.formats.items import Class
from app.formats.json_stream import decoded
from app.formats.numbering import names_of, ordered

NAME = "classes.json"
MOST_BYTES = 8 << 20
MOST_CLASSES = 10_000
MOST_NAME = 1_000  # characters of a class's
NO_COLOR = "#808080"  # of a class that has none: every class of Theos has one


class Said(Struct):
    """A class as it is written. There are no superclasses: the format says that it is always false."""

    id: int
    name: str
    color: str | None = None
    is_superclass: bool = False
    with_text: bool = False


_list = msgspec.json.Decoder(list[Said])


def said_of(classes: Sequence[Class]) -> list[Said]:
    """CLASSES in the order of their numbers, as they are written."""
    names = names_of(classes)
    return [
        Said(place, names[one.id], one.color or NO_COLOR, with_text=one.with_text)
        for place, one in enumerate(ordered(classes))
    ]


def classes_file(classes: Sequence[Class]) -> bytes:
    """CLASSES as JSON."""
    return msgspec.json.format(msgspec.json.encode(said_of(classes)), indent=2) + b"\n"


def classes_in(content: bytes) -> list[Class]:
    """The classes of CONTENT by their ids. Raises BadDocument."""
    try:
        said: list[Said] = decoded(content, _list)
    except ValueError as error:
        raise BadDocument("classes_invalid", f"{NAME} is wrong: {error}") from None
    said.sort(key=lambda one: one.id)
    if [one.id for one in said] != list(range(len(said))) or len(said) > MOST_CLASSES:
        wrong = f"the ids in {NAME} are not 0, 1, 2 without a gap, or more than {MOST_CLASSES}"
        raise BadDocument("classes_invalid", wrong)
    if not all(0 < len(one.name) <= MOST_NAME for one in said):
        raise BadDocument("classes_invalid", f"a name in {NAME} has 1 to {MOST_NAME} characters")
    labels = names_of([Class(id=str(one.id), name=one.name) for one in said])
    return [Class(labels[str(one.id)], one.name, one.color, one.id, with_text=one.with_text) for one in said]
