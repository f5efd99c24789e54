"""Formats that are one document: alone where there are no pictures, else in an archive beside them.

It must not know what the document says.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from typing import BinaryIO, NamedTuple

from app.formats.archive_writer import ArchiveWriter
from app.formats.archives import Archive
from app.formats.errors import BadDocument
from app.formats.export import Content, Export, Items, Placed, Tell, counted
from app.formats.items import Item, Problem, Problems
from app.formats.left_out import LeftOut
from app.formats.opened import archive_of

PICTURES = "pictures"
Write = Callable[[bytes], object]
Told = Callable[[Item, str | None], list[bytes]]  # an item and the name of its picture; may raise LeftOut


class Frame(NamedTuple):
    """What a document begins with, what stands between two items, and what it ends with."""

    start: bytes
    between: bytes = b""
    end: bytes = b""


def write_bundle(
    name: str, frame: Frame, told: Told, items: Items, out: BinaryIO, content: Content | None, tell: Tell
) -> Sequence[Problem]:
    """Writes FRAME, and in it what is TOLD of each item: to OUT, or with pictures as the member NAME."""
    if content is None:
        return _write_bare(frame, told, items, out, tell)
    with ArchiveWriter(out) as archive:
        member = archive.member(name)
        document = _Document(frame, member.write)
        export = Export(archive, content, tell, "")
        for placed in export.placed(items):
            with export.guarded(placed.item):
                document.add(_with_picture(placed, told, export))
        document.end()
        archive.add(member)
    return export.problems


class _Document:
    """Puts items into FRAME, and all that into WRITE."""

    def __init__(self, frame: Frame, write: Write) -> None:
        self._frame, self._write = frame, write
        self._is_begun = False
        write(frame.start)

    def add(self, pieces: list[bytes]) -> None:
        if self._is_begun:
            self._write(self._frame.between)
        self._is_begun = True
        for piece in pieces:
            self._write(piece)

    def end(self) -> None:
        self._write(self._frame.end)


def _write_bare(frame: Frame, told: Told, items: Items, out: BinaryIO, tell: Tell) -> Sequence[Problem]:
    problems = Problems()
    document = _Document(frame, out.write)
    for item in counted(items(), tell):
        try:
            document.add(told(item, None))
        except LeftOut as left:
            problems.add(item.id, left.code, left.detail)
    document.end()
    return problems


def _with_picture(placed: Placed, told: Told, export: Export) -> list[bytes]:
    """What is TOLD of an item, whose picture goes into the archive where it has one."""
    if placed.item.picture is None:
        return told(placed.item, None)
    folder = "/".join([PICTURES, placed.folder] if placed.folder else [PICTURES])
    pieces = told(placed.item, f"{folder}/{placed.file_name}")
    export.put_picture(placed, folder)
    return pieces


def document_in(
    source: BinaryIO, name: str
) -> tuple[Archive | None, Callable[[], AbstractContextManager[BinaryIO]]]:
    """The archive that SOURCE may be, and what opens the document in it that is called NAME."""
    archive = archive_of(source)
    if archive is None:
        return None, lambda: _from_start(source)
    entry = archive.find(name)
    if entry is None:
        raise BadDocument("document_missing", f"the archive has no {name}")
    return archive, lambda: closing(archive.open(entry))


def _from_start(source: BinaryIO) -> AbstractContextManager[BinaryIO]:
    source.seek(0)
    return nullcontext(source)  # it stays open: it is the caller's
