"""Masks as BMP files: for each item and class one, white on black. docs/formats.md says what is lost."""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import BinaryIO

import numpy as np

from app.formats import class_files
from app.formats.archive_writer import ArchiveWriter
from app.formats.archives import Archive
from app.formats.export import Content, Export, Items, Tell
from app.formats.folders import picture_of, split_in
from app.formats.items import Class, Head, Problem, Problems, Reading, ReadItem, ReadMark
from app.formats.names import safe_name
from app.formats.numbering import names_of
from app.formats.opened import opened_picture, required_archive
from app.formats.painting import joined, masks_in
from app.formats.pictures import MOST_BYTES, MOST_PIXELS, bmp_of, pixels_of
from app.formats.splits import NO_SPLIT
from app.formats.zip_records import Entry
from app.geometry import dimensions_of
from app.geometry.masks import array_of, mask_from

WHITE = 255


def write(
    head: Head, items: Items, out: BinaryIO, *, content: Content | None, tell: Tell
) -> Sequence[Problem]:
    """Writes ITEMS to OUT as a zip archive."""
    classes = {one.id: one for one in head.classes}
    indexes, names = class_files.indexes_of(head.classes), names_of(head.classes)
    files = {label: f"{indexes[label]}_{safe_name(names[label][:50])}.bmp" for label in classes}
    with ArchiveWriter(out) as archive:
        archive.put(class_files.NAME, [class_files.classes_file(head.classes)])
        export = Export(archive, content, tell, NO_SPLIT)
        for placed in export.placed(items):
            with export.guarded(placed.item):
                masks = joined(masks_in(placed, classes, export.problems), set(classes))
                export.put_picture(placed, f"{placed.folder}/images")
                for one in masks:
                    name = f"{placed.folder}/masks/{placed.stem}/{files[one.label]}"
                    archive.put(name, [bmp_of(array_of(one.mask).astype(np.uint8) * WHITE)])
    return export.problems


def read(source: BinaryIO) -> Reading:
    """What the archive SOURCE says: a mask for each class of an item. Raises FormatError."""
    archive, problems = required_archive(source), Problems()
    classes = class_files.classes_in(archive)
    items = _items(archive, classes, problems)
    return Reading(tuple(classes.values()), items, problems, partial(opened_picture, archive))


def _items(archive: Archive, classes: Mapping[int, Class], problems: Problems) -> Iterator[ReadItem]:
    """An item for each folder of masks, whose files lie together in the archive's directory."""
    masks = (entry for entry in archive.entries() if _is_mask(entry.name))
    for path, entries in groupby(masks, lambda entry: posixpath.dirname(entry.name)):
        above, stem = posixpath.split(path)
        folder = posixpath.dirname(above)
        found = [_mark(archive, entry, classes, problems) for entry in entries]
        marks = [mark for mark in found if mark]
        sizes = {tuple(mark.dimensions["size"]) for mark in marks}
        if len(sizes) > 1:
            problems.add(path, "picture_invalid", "its masks have different sizes")
            continue
        picture = picture_of(archive, posixpath.join(folder, "images", stem))
        name = picture.name.rpartition("/")[2] if picture else stem
        height, width = sizes.pop() if sizes else (None, None)
        yield ReadItem(name, None, split_in(folder), width, height, {}, tuple(marks), picture)


def _is_mask(name: str) -> bool:
    return name.endswith(".bmp") and posixpath.basename(posixpath.dirname(posixpath.dirname(name))) == "masks"


def _mark(
    archive: Archive, entry: Entry, classes: Mapping[int, Class], problems: Problems
) -> ReadMark | None:
    index = posixpath.basename(entry.name).partition("_")[0]
    of = classes.get(int(index)) if index.isascii() and index.isdigit() and len(index) < 6 else None
    if of is None:
        problems.add(entry.name, "class_unknown", "its name does not begin with the index of a class")
        return None
    try:
        pixels = pixels_of(archive.read(entry, MOST_PIXELS + MOST_BYTES), "BMP", is_coloured=False)
        return ReadMark(dimensions_of(mask_from(pixels)), {"label": of.id})
    except ValueError as error:
        problems.add(entry.name, "picture_invalid", str(error))
        return None
