"""Masks as PNG files: for each item one of ids and one of classes. docs/formats.md says what is lost."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from app.formats import class_files
from app.formats.archive_writer import ArchiveWriter
from app.formats.archives import Archive
from app.formats.export import Content, Export, Items, Placed, Tell
from app.formats.folders import picture_of, split_in, stems_in
from app.formats.items import Class, Head, Problem, Problems, Reading, ReadItem, ReadMark
from app.formats.left_out import LeftOut
from app.formats.opened import opened_picture, required_archive
from app.formats.painting import ids_in, masks_in, numbered, tell_covered
from app.formats.pictures import MOST_BYTES, pixels_of, png_of
from app.formats.splits import NO_SPLIT
from app.formats.zip_records import Entry
from app.geometry import BadGeometry, Mask, dimensions_of
from app.geometry import pictures_of_ids as ids
from app.geometry.masks import runs_of


def write(
    head: Head, items: Items, out: BinaryIO, *, content: Content | None, tell: Tell
) -> Sequence[Problem]:
    """Writes ITEMS to OUT as a zip archive."""
    classes = {one.id: one for one in head.classes}
    indexes = class_files.indexes_of(head.classes)
    with ArchiveWriter(out) as archive:
        archive.put(class_files.NAME, [class_files.classes_file(head.classes)])
        export = Export(archive, content, tell, NO_SPLIT)
        for placed in export.placed(items):
            with export.guarded(placed.item):
                files = _files_of(placed, classes, indexes, export.problems)
                export.put_picture(placed, f"{placed.folder}/images")
                for folder, png in files.items():
                    archive.put(f"{placed.folder}/{folder}/{placed.stem}.png", [png], is_packed=False)
    return export.problems


def _files_of(
    placed: Placed, classes: Mapping[str, Class], indexes: Mapping[str, int], problems: Problems
) -> dict[str, bytes]:
    if len(indexes) > class_files.LAST_INDEX:
        raise LeftOut("too_many_classes", f"pictures of classes hold at most {class_files.LAST_INDEX}")
    painted = numbered(masks_in(placed, classes, problems))
    picture = ids_in(placed, painted)
    tell_covered(placed, painted, set(np.unique(picture).tolist()), problems)
    # Ids may be large: each is looked up by its place among those that there are.
    found = np.array(sorted(one.id for one in painted) or [0], dtype=np.uint32)
    index_of = {one.id: indexes[one.label] for one in painted}
    kind = np.uint8 if len(indexes) < 256 else np.uint16
    values = np.array([index_of.get(one, 0) for one in found.tolist()], dtype=kind)
    places = np.searchsorted(found, picture)
    indexed = np.where(picture == 0, kind(0), values[np.minimum(places, len(values) - 1)])
    return {"instances": png_of(ids.colours_of(picture)), "classes": png_of(indexed)}


def read(source: BinaryIO) -> Reading:
    """What the archive SOURCE says. Raises FormatError."""
    archive, problems = required_archive(source), Problems()
    classes = class_files.classes_in(archive)
    items = _items(archive, classes, problems)
    return Reading(tuple(classes.values()), items, problems, partial(opened_picture, archive))


def _items(archive: Archive, classes: Mapping[int, Class], problems: Problems) -> Iterator[ReadItem]:
    for folder, stem, entry in stems_in(archive, "instances", ".png"):
        try:
            picture, indexed = _pixels_of(archive, entry, f"{folder}classes/{stem}.png")
            masks = ids.masks_of(picture)
        except (ValueError, BadGeometry) as error:
            problems.add(entry.name, "picture_invalid", str(error))
            continue
        marks = []
        for mask in masks:
            index = int(indexed.ravel(order="F")[_first(mask)])
            if index in classes:
                marks.append(ReadMark(dimensions_of(mask), {"label": classes[index].id}))
            else:
                problems.add(entry.name, "class_unknown", f"there is no class with the index {index}")
        found = picture_of(archive, f"{folder}images/{stem}")
        name = found.name.rpartition("/")[2] if found else stem
        height, width = picture.shape
        yield ReadItem(name, None, split_in(folder), width, height, {}, tuple(marks), found)


def _pixels_of(archive: Archive, entry: Entry, name: str) -> tuple[ids.Ids, NDArray[Any]]:
    """The ids in the picture ENTRY, and the classes in that of this NAME. Raises ValueError."""
    picture = ids.ids_in(pixels_of(archive.read(entry, MOST_BYTES), "PNG", is_coloured=True))
    other = archive.find(name)
    if other is None:
        raise ValueError("it has no picture of classes")
    indexed = pixels_of(archive.read(other, MOST_BYTES), "PNG", is_coloured=False)
    if indexed.shape != picture.shape:
        raise ValueError("its two pictures have different sizes")
    return picture, indexed


def _first(mask: Mask) -> int:
    """A pixel of MASK, by its number down the columns."""
    return int(runs_of(mask)[0][0])
