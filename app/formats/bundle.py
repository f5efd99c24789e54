"""Formats that are one document: alone where there are no pictures, else in an archive beside them.

It must not know what the document says.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from typing import BinaryIO

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


def write_bundle(
    name: str, start: bytes, told: Told, items: Items, out: BinaryIO, content: Content | None, tell: Tell
) -> Sequence[Problem]:
    """Writes START and what is TOLD of each item: to OUT, or with pictures as the member NAME."""
    if content is None:
        return _write_bare(start, told, items, out, tell)
    with ArchiveWriter(out) as archive:
        document = archive.member(name)
        document.write(start)
        export = Export(archive, content, tell, "")
        for placed in export.placed(items):
            with export.guarded(placed.item):
                for piece in _with_picture(placed, told, export):
                    document.write(piece)
        archive.add(document)
    return export.problems


def _write_bare(start: bytes, told: Told, items: Items, out: BinaryIO, tell: Tell) -> Sequence[Problem]:
    problems = Problems()
    out.write(start)
    for item in counted(items(), tell):
        try:
            for piece in told(item, None):
                out.write(piece)
        except LeftOut as left:
            problems.add(item.id, left.code, left.detail)
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
