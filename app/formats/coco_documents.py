"""COCO's documents in an archive: found, gone through once, sorted on disk by image. Never all in memory.

It must not know what an annotation means.
"""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import msgspec

from app.formats import coco_words as words
from app.formats.archives import Archive
from app.formats.coco_words import Categories
from app.formats.errors import BadDocument
from app.formats.items import Problems
from app.formats.json_stream import JsonObject, decoded
from app.formats.sorting import Sorter

MOST_PIECE = 8 << 20  # bytes of one image or annotation
MOST_DOCUMENTS = 20
FAR = 2**62  # above every id of an image


@dataclass(slots=True)
class Document:
    """One document, sorted by image. NAME is its member's (empty for a bare document)."""

    name: str
    split: str | None
    archive: Archive | None
    problems: Problems
    categories: Categories = field(default_factory=Categories)
    images: Sorter = field(default_factory=Sorter)
    annotations: Sorter = field(default_factory=Sorter)

    def close(self) -> None:
        self.images.close()
        self.annotations.close()


def names_in(archive: Archive | None, stems: tuple[str, ...]) -> list[str]:
    """The documents of ARCHIVE: those that are called as they should be, else all there are."""
    if archive is None:
        return [""]
    found = []
    for entry in archive.entries():
        if entry.name.endswith(".json") and not entry.name.startswith("__MACOSX/"):
            found.append(entry.name)
        if len(found) > MOST_DOCUMENTS:
            raise BadDocument("coco_documents", f"the archive has more than {MOST_DOCUMENTS} JSON documents")
    named = [name for name in found if posixpath.basename(name).startswith(stems)]
    if not found:
        raise BadDocument("coco_documents", "the archive has no JSON document")
    return sorted(named or found)


def sort(content: BinaryIO, document: Document) -> None:
    """Goes through CONTENT once, and keeps what DOCUMENT is made of."""
    lists = JsonObject(content, MOST_PIECE)
    seen = set()
    for name in lists.members():
        if name in ("images", "annotations", "categories"):
            seen.add(name)
            _take(name, lists.elements(), document)
    if not {"images", "annotations"} <= seen:
        raise BadDocument(
            "coco_invalid", f"{document.name or 'the document'} has no list of images and annotations"
        )


def _take(name: str, elements: Iterator[bytes], document: Document) -> None:
    if name == "categories":
        for content in elements:
            document.categories.add(content)
        return
    sorter = document.images if name == "images" else document.annotations
    decoder: msgspec.json.Decoder[Any] = words.image if name == "images" else words.of_image
    for index, content in enumerate(elements):
        try:
            found = decoded(content, decoder)
            number = found.id if name == "images" else found.image_id
            if not -FAR < number < FAR:
                raise ValueError("the id of the image is beyond 62 bits")
        except ValueError as error:
            document.problems.add(document.name, f"{name[:-1]}_invalid", f"/{name}/{index}: {error}")
            continue
        sorter.add(number, content)
