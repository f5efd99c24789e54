"""Theos JSON: classes.json, and for each picture its labels. docs/formats.md says what is lost.

`<split>/images/x.jpg` goes with `<split>/labels/x.json`; what has no split lies in `images` and `labels`.
"""

import posixpath
from collections.abc import Iterator, Sequence
from functools import partial
from typing import BinaryIO

from app.formats.archive_writer import ArchiveWriter
from app.formats.archives import Archive
from app.formats.encoding import encoded
from app.formats.errors import BadDocument
from app.formats.export import PICTURES, Content, Export, Items, Placed, Tell
from app.formats.folders import picture_of, split_in, stems_in
from app.formats.items import Head, PictureRef, Problem, Problems, Reading, ReadItem, ReadMark
from app.formats.numbering import ordered
from app.formats.opened import opened_picture, required_archive
from app.formats.pictures import HEADER, size_of
from app.formats.still import drawn
from app.formats.theos_classes import MOST_BYTES, NAME, classes_file, classes_in
from app.formats.theos_labels import HELD, Label, label_of, labels_in, mark_of
from app.formats.zip_records import Entry
from app.geometry import BadGeometry, box_of

MOST_LABELS_BYTES = 8 << 20  # of one file of labels


def write(
    head: Head, items: Items, out: BinaryIO, *, content: Content | None, tell: Tell
) -> Sequence[Problem]:
    """Writes ITEMS to OUT as a zip archive."""
    with_text = {one.id: one.with_text for one in head.classes}
    places = {one.id: place for place, one in enumerate(ordered(head.classes))}

    def labels(placed: Placed, problems: Problems) -> Iterator[Label]:
        for mark, label, shape in drawn(placed.item, HELD, places, problems):
            if (box := box_of(shape)) is None:
                problems.add(placed.item.id, "mark_covered", f"mark {mark.id} has no pixel")
            else:
                yield label_of(box, places[label], mark.annotation, with_text[label])

    with ArchiveWriter(out) as archive:
        archive.put(NAME, [classes_file(head.classes)])
        export = Export(archive, content, tell, "")
        for placed in export.placed(items):
            with export.guarded(placed.item):
                told = encoded(list(labels(placed, export.problems)))
                folder = f"{placed.folder}/" if placed.folder else ""
                export.put_picture(placed, f"{folder}images")
                archive.put(f"{folder}labels/{placed.stem}.json", [told])
    return export.problems


def read(source: BinaryIO) -> Reading:
    """What the archive SOURCE says. Raises FormatError."""
    archive, problems = required_archive(source), Problems()
    entry = _classes_entry(archive)
    classes = classes_in(archive.read(entry, MOST_BYTES))
    base = posixpath.dirname(entry.name)
    reader = _Reader(archive, f"{base}/" if base else "", [one.id for one in classes], problems)
    return Reading(tuple(classes), reader.items(), problems, partial(opened_picture, archive))


def _classes_entry(archive: Archive) -> Entry:
    found = [one for one in archive.entries() if posixpath.basename(one.name) == NAME]
    found.sort(key=lambda one: (one.name.count("/"), one.name))
    if not found:
        raise BadDocument("classes_missing", f"the archive has no {NAME}")
    return found[0]


class _Reader:
    """Goes through one data set below the folder BASE; CLASSES are their ids by their places."""

    def __init__(self, archive: Archive, base: str, classes: Sequence[str], problems: Problems) -> None:
        self._archive, self._base = archive, base
        self._classes, self._problems = classes, problems

    def items(self) -> Iterator[ReadItem]:
        """An item for each file of labels, then one for each picture that has none."""
        for folder, stem, entry in stems_in(self._archive, "labels", ".json"):
            if entry.name.startswith(self._base):
                picture = picture_of(self._archive, f"{folder}images/{stem}")
                yield self._item(folder, stem, picture, tuple(self._marks(entry)))
        for suffix in sorted(PICTURES):
            for folder, stem, entry in stems_in(self._archive, "images", suffix):
                is_labelled = self._archive.find(f"{folder}labels/{stem}.json")
                if entry.name.startswith(self._base) and not is_labelled:
                    yield self._item(folder, stem, PictureRef(entry.name, entry.size), ())

    def _item(
        self, folder: str, stem: str, picture: PictureRef | None, marks: tuple[ReadMark, ...]
    ) -> ReadItem:
        name = posixpath.basename(picture.name) if picture else stem
        split = split_in(folder.removeprefix(self._base))
        width, height = self._size(picture)
        return ReadItem(name, None, split, width, height, {}, marks, picture)

    def _size(self, picture: PictureRef | None) -> tuple[int, int] | tuple[None, None]:
        if picture is None:
            return None, None
        try:
            with opened_picture(self._archive, picture) as content:
                return size_of(content.read(HEADER))
        except ValueError:  # whoever keeps the picture tells what is wrong with it
            return None, None

    def _marks(self, entry: Entry) -> Iterator[ReadMark]:
        try:
            labels = labels_in(self._archive.read(entry, MOST_LABELS_BYTES))
        except ValueError as error:
            code = error.code if isinstance(error, BadDocument) else "labels_invalid"
            self._problems.add(entry.name, code, str(error))
            return
        for number, content in enumerate(labels):
            try:
                yield mark_of(content, self._classes)
            except ValueError as error:
                code = error.code if isinstance(error, BadDocument | BadGeometry) else "labels_invalid"
                self._problems.add(entry.name, code, f"label {number}: {error}")
