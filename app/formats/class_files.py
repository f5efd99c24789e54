"""The list of classes that stands beside pictures of masks: classes.json. It must not know the pictures."""

from collections.abc import Sequence

import msgspec

from app.formats.archives import Archive
from app.formats.errors import BadDocument
from app.formats.items import Class
from app.formats.json_stream import decoded
from app.formats.numbering import ordered

NAME = "classes.json"
MOST_BYTES = 8 << 20
LAST_INDEX = 65_535


class Indexed(msgspec.Struct):
    """A class and its index in pictures, from 1: 0 is what has no class."""

    index: int
    cls: Class = msgspec.field(name="class")


_list = msgspec.json.Decoder(list[Indexed])


def indexes_of(classes: Sequence[Class]) -> dict[str, int]:
    """Class id -> index, from 1, by the classes' numbers."""
    return {one.id: index for index, one in enumerate(ordered(classes), 1)}


def classes_file(classes: Sequence[Class]) -> bytes:
    """CLASSES with their indexes, as JSON."""
    listed = [Indexed(index, one) for index, one in enumerate(ordered(classes), 1)]
    return msgspec.json.format(msgspec.json.encode(listed), indent=1) + b"\n"


def classes_in(archive: Archive) -> dict[int, Class]:
    """Index -> class, as ARCHIVE has it. Raises BadDocument where it has none."""
    entry = archive.find(NAME)
    if entry is None:
        raise BadDocument("classes_missing", f"the archive has no {NAME}")
    try:
        listed: list[Indexed] = decoded(archive.read(entry, MOST_BYTES), _list)
    except ValueError as error:
        raise BadDocument("classes_invalid", f"{NAME} is wrong: {error}") from None
    found = {one.index: one.cls for one in listed if 0 < one.index <= LAST_INDEX}
    if len(found) != len(listed) or len({one.id for one in found.values()}) != len(listed):
        raise BadDocument(
            "classes_invalid", f"{NAME} has an index or a class twice, or an index out of range"
        )
    return found
