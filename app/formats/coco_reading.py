"""Reads COCO's documents, of any size and in any order: sorted on disk by image, never all in memory.

What an annotation means is the caller's.
"""

import posixpath
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import Any, BinaryIO

from app.formats import coco_words as words
from app.formats.archives import Archive
from app.formats.coco_documents import FAR, Document, names_in, sort
from app.formats.coco_words import Annotation, Image
from app.formats.errors import FormatError
from app.formats.items import Problems, Reading, ReadItem, ReadMark
from app.formats.json_stream import decoded
from app.formats.opened import archive_of, opened_picture, picture_ref
from app.formats.splits import split_of, within_of
from app.geometry import BadGeometry

MOST_MARKS = 20_000  # of one image
MOST_TOGETHER = 32 << 20  # bytes of one image's annotations
MOST_SIDE = 1_000_000  # pixels


Marks = Callable[[Annotation, Image, Document], Iterator[ReadMark]]  # may raise ValueError, FormatError


def read_coco(source: BinaryIO, stems: tuple[str, ...], marks_of: Marks) -> Reading:
    """The documents of SOURCE, an archive or a bare document, whose names begin with one of STEMS.

    MARKS_OF tells what an annotation is. Raises FormatError where a document is broken.
    """
    archive = archive_of(source)
    problems = Problems()
    documents: list[Document] = []
    try:
        for name in names_in(archive, stems):
            documents.append(Document(name, split_of(name), archive, problems))
            with closing(_content_of(source, archive, name)) as content:
                sort(content, documents[-1])
    except BaseException:
        _close(documents)
        raise
    classes = {label: one for document in documents for label, one in document.categories.classes.items()}
    items = (item for document in documents for item in _items(document, marks_of))
    return Reading(
        tuple(classes.values()), items, problems, partial(opened_picture, archive), lambda: _close(documents)
    )


class _Bare:
    """A bare document, of which closing leaves the file open: it is the caller's."""

    def __init__(self, source: BinaryIO) -> None:
        self.read = source.read

    def close(self) -> None: ...


def _content_of(source: BinaryIO, archive: Archive | None, name: str) -> Any:
    entry = archive.find(name) if archive else None
    return archive.open(entry) if archive and entry else _Bare(source)


def _close(documents: list[Document]) -> None:
    for document in documents:
        document.close()


def _items(document: Document, marks_of: Marks) -> Iterator[ReadItem]:
    """The images of DOCUMENT by their id, each with its annotations."""
    annotations = _Annotations(document)
    last = None
    for number, given in document.images.sorted():
        if number == last:
            document.problems.add(document.name, "image_repeated", f"image {number} is there twice")
            continue
        last = number
        image: Image = decoded(given, words.image)
        marks, size = _answers(image), 0
        for content in annotations.of(number):
            size += len(content)
            if len(marks) < MOST_MARKS and size <= MOST_TOGETHER:
                marks += _marks(content, image, document, marks_of)
            else:
                document.problems.add(
                    image.file_name, "too_many_marks", f"it has more than {MOST_MARKS} marks"
                )
        yield _item(image, tuple(marks), document)
    annotations.pass_to(FAR)


class _Annotations:
    """The annotations of DOCUMENT by image; those of an image that is not there become problems."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._sorted = document.annotations.sorted()
        self._next = next(self._sorted, (FAR, b""))

    def of(self, image: int) -> Iterator[bytes]:
        """Those of IMAGE; images are asked for by ascending ids."""
        self.pass_to(image)
        while self._next[0] == image:
            content = self._next[1]
            self._next = next(self._sorted, (FAR, b""))
            yield content

    def pass_to(self, image: int) -> None:
        while self._next[0] < image:
            detail = f"an annotation is of image {self._next[0]}, which is not there"
            self._document.problems.add(self._document.name, "image_unknown", detail)
            self._next = next(self._sorted, (FAR, b""))


def _marks(content: bytes, image: Image, document: Document, marks_of: Marks) -> list[ReadMark]:
    try:
        return list(marks_of(decoded(content, words.annotation), image, document))
    except BadGeometry as bad:
        document.problems.add(image.file_name, "geometry_broken", str(bad))
    except FormatError as error:
        document.problems.add(image.file_name, error.code, error.detail)
    except ValueError as error:
        document.problems.add(image.file_name, "annotation_invalid", str(error))
    return []


def _answers(image: Image) -> list[ReadMark]:
    return [ReadMark({}, {"label": name, "value": value}) for name, value in image.attributes.items()]


def _item(image: Image, marks: tuple[ReadMark, ...], document: Document) -> ReadItem:
    folder, name = posixpath.split(document.name)
    base = posixpath.dirname(folder) if posixpath.basename(folder) == "annotations" else folder
    within = within_of(name)
    folders = (f"images/{within}", "images", within, f"images/{document.split}", str(document.split), "")
    names = [posixpath.join(base, one, image.file_name) for one in folders]
    return ReadItem(
        name=image.file_name,
        external_id=image.external_id,
        split=document.split,
        width=_side(image.width),
        height=_side(image.height),
        metadata=image.metadata,
        marks=marks,
        picture=picture_ref(document.archive, *names),
    )


def _side(given: int | None) -> int | None:
    return given if given and 1 <= given <= MOST_SIDE else None
