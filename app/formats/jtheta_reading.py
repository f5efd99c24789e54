"""Reads the JSON that `jtheta` writes, of any size: an image at a time. What a mark is stands elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, BinaryIO

import msgspec
from msgspec import Raw, Struct

from app.formats.archives import Archive
from app.formats.bundle import document_in
from app.formats.errors import BadDocument
from app.formats.items import Class, Problems, Reading, ReadItem, ReadMark
from app.formats.json_stream import JsonObject, decoded
from app.formats.jtheta_marks import mark_of
from app.formats.opened import opened_picture, picture_ref
from app.geometry import BadGeometry

DOCUMENT, FORMAT, VERSION = "jtheta.json", "jtheta", "1.0"
MOST_PIECE = 64 << 20  # bytes of one image with its annotations
MOST_MARKS = 20_000
MOST_CLASSES = 10_000
MOST_NAME = 1_000  # characters of a class's
MOST_SIDE = 1_000_000  # pixels

Opened = Callable[[], AbstractContextManager[BinaryIO]]


class Label(Struct, rename={"class_": "class"}):
    """A class as it is written."""

    label: str
    class_: str | None = None
    color: str | None = None
    has_instances: bool = True


class Image(Struct):
    """An image as it is written. PICTURE names the member that holds it."""

    file_name: str
    width: int | None = None
    height: int | None = None
    split: str | None = None
    external_id: str | None = None
    metadata: dict[str, Any] = {}
    picture: str | None = None
    annotations: list[Raw] = []


_text = msgspec.json.Decoder(str)
_label = msgspec.json.Decoder(Label)
_image = msgspec.json.Decoder(Image)


def read(source: BinaryIO) -> Reading:
    """What SOURCE, a bare document or an archive, says. Raises FormatError."""
    archive, opened = document_in(source, DOCUMENT)
    problems = Problems()
    classes = _classes_in(opened)
    items = _items(archive, opened, classes, problems)
    return Reading(tuple(classes.values()), items, problems, partial(opened_picture, archive))


def _classes_in(opened: Opened) -> dict[str, Class]:
    """Label -> class, of a document that says what it is. Raises BadDocument."""
    found: dict[str, Class] | None = None
    kind = ""
    with opened() as content:
        document = JsonObject(content, MOST_PIECE)
        for name in document.members():
            if name == "format":
                kind = _kind(document.value())
            elif name == "labels":
                found = _labels(document.elements())
    if kind != FORMAT or found is None:
        raise BadDocument("jtheta_head", f'the document has no "format": "{FORMAT}", or no labels')
    return found


def _kind(content: bytes) -> str:
    try:
        return str(decoded(content, _text))
    except ValueError:
        return ""


def _labels(pieces: Iterator[bytes]) -> dict[str, Class]:
    found: dict[str, Class] = {}
    ids: set[str] = set()
    for number, content in enumerate(pieces):
        try:
            one: Label = decoded(content, _label)
        except ValueError as error:
            raise BadDocument("classes_invalid", f"label {number} is wrong: {error}") from None
        id = one.class_ or one.label
        if not (0 < len(one.label) <= MOST_NAME and len(id) <= MOST_NAME):
            raise BadDocument("classes_invalid", f"a label has 1 to {MOST_NAME} characters")
        if one.label in found or id in ids or number >= MOST_CLASSES:
            raise BadDocument("classes_invalid", f"a label is there twice, or more than {MOST_CLASSES} are")
        found[one.label] = Class(id, one.label, one.color, number, has_instances=one.has_instances)
        ids.add(id)
    return found


def _items(
    archive: Archive | None, opened: Opened, classes: dict[str, Class], problems: Problems
) -> Iterator[ReadItem]:
    ids = {label: one.id for label, one in classes.items()}
    with opened() as content:
        document = JsonObject(content, MOST_PIECE)
        for name in document.members():
            for number, piece in enumerate(document.elements() if name == "images" else ()):
                try:
                    image: Image = decoded(piece, _image)
                except ValueError as error:
                    problems.add("", "item_invalid", f"image {number}: {error}")
                    continue
                yield _item(archive, image, tuple(_marks(image, ids, problems)))


def _item(archive: Archive | None, image: Image, marks: tuple[ReadMark, ...]) -> ReadItem:
    return ReadItem(
        name=image.file_name,
        external_id=image.external_id,
        split=image.split,
        width=_side(image.width),
        height=_side(image.height),
        metadata=image.metadata,
        marks=marks,
        picture=picture_ref(archive, image.picture) if image.picture else None,
    )


def _marks(image: Image, ids: dict[str, str], problems: Problems) -> Iterator[ReadMark]:
    if len(image.annotations) > MOST_MARKS:
        problems.add(image.file_name, "too_many_marks", f"it has more than {MOST_MARKS} marks")
    for number, content in enumerate(image.annotations[:MOST_MARKS]):
        try:
            yield mark_of(bytes(content), ids)
        except ValueError as error:
            told = error if isinstance(error, BadDocument | BadGeometry) else None
            code = told.code if told else "annotation_invalid"
            problems.add(image.file_name, code, f"annotation {number}: {error}")


def _side(given: int | None) -> int | None:
    return given if given and 1 <= given <= MOST_SIDE else None
