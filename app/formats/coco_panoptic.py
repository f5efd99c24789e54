"""COCO panoptic: for each picture one of ids, and what each id is. docs/formats.md says what is lost."""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from app.formats.coco import Files, write_coco
from app.formats.coco_document import categories_of
from app.formats.coco_documents import Document
from app.formats.coco_instances import is_crowd, more_of
from app.formats.coco_marks import mark_of
from app.formats.coco_reading import read_coco
from app.formats.coco_words import Annotation, Image
from app.formats.errors import BadDocument
from app.formats.export import Content, Items, Placed, Tell
from app.formats.items import Class, Head, Problem, Problems, Reading, ReadMark
from app.formats.numbering import numbers_of
from app.formats.painting import Painted, ids_in, joined, masks_in, numbered, tell_covered
from app.formats.pictures import MOST_BYTES, pixels_of, png_of
from app.geometry import Mask, area_of, bounds_of, dimensions_of
from app.geometry import pictures_of_ids as ids


def write(
    head: Head, items: Items, out: BinaryIO, *, content: Content | None, tell: Tell
) -> Sequence[Problem]:
    """Writes ITEMS to OUT as a zip archive."""
    classes = {one.id: one for one in head.classes}
    numbers = {label: number + 1 for label, number in numbers_of(head.classes).items()}

    def annotate(placed: Placed, problems: Problems, files: Files) -> Sequence[Mapping[str, Any]]:
        painted, picture = _painted(placed, classes, problems)
        visible = {mask.instance: mask for mask in ids.masks_of(picture)}
        tell_covered(placed, painted, {number for number in visible if number}, problems)
        png = f"{placed.stem}.png"
        colours = png_of(ids.colours_of(picture)[..., :3])
        files.append((f"annotations/panoptic_{placed.folder}/{png}", colours))
        seen = [one for one in painted if one.id in visible]
        segments = [_segment(one, visible[one.id], numbers[one.label], classes[one.label]) for one in seen]
        return [{"file_name": png, "segments_info": segments}]

    categories = categories_of(head.classes)
    for one in categories:
        one["isthing"] = int(classes[one["class"]].has_instances)
    return write_coco(
        head, items, out, content, tell, stem="panoptic", categories=categories, annotate=annotate
    )


def _painted(
    placed: Placed, classes: Mapping[str, Class], problems: Problems
) -> tuple[list[Painted], ids.Ids]:
    """The segments of PLACED, of stuff one for each class, and their picture."""
    stuff = {label for label, one in classes.items() if not one.has_instances}
    painted = numbered(joined(masks_in(placed, classes, problems), stuff))
    return painted, ids_in(placed, painted)


def _segment(one: Painted, visible: Mask, number: int, of: Class) -> dict[str, Any]:
    bounds = bounds_of(visible)
    assert bounds
    left, top, right, bottom = (int(side) for side in bounds)
    return {
        "id": one.id,
        "category_id": number,
        "area": int(area_of(visible) or 0),
        "bbox": [left, top, right - left, bottom - top],
        "iscrowd": is_crowd(one.marks[0], of) if of.has_instances else 0,
    } | more_of(one.marks[0])


def read(source: BinaryIO) -> Reading:
    """What the archive SOURCE says. Raises FormatError."""
    return read_coco(source, ("panoptic",), _marks)


def _marks(annotation: Annotation, image: Image, document: Document) -> Iterator[ReadMark]:
    """A mask for each segment of ANNOTATION, of the pixels that have its id."""
    masks = {mask.instance: mask for mask in ids.masks_of(_ids_of(annotation, document))}
    for segment in annotation.segments_info:
        mask = masks.pop(segment.id, None)
        if mask is None:
            document.problems.add(image.file_name, "segment_missing", f"no pixel has the id {segment.id}")
        elif (mask.width, mask.height) != (image.width, image.height):
            raise BadDocument("segment_picture", "the picture of ids has another size than its image")
        else:
            try:
                yield mark_of(dimensions_of(mask), segment, document)
            except BadDocument as error:
                document.problems.add(image.file_name, error.code, error.detail)
    for number in masks:
        document.problems.add(image.file_name, "segment_unknown", f"the id {number} is no segment's")


def _ids_of(annotation: Annotation, document: Document) -> ids.Ids:
    name = posixpath.join(posixpath.splitext(document.name)[0], annotation.file_name or "")
    entry = document.archive.find(name) if document.archive else None
    if document.archive is None or entry is None:
        raise BadDocument("segment_picture", f"there is no picture of ids {name!r}")
    return ids.ids_in(pixels_of(document.archive.read(entry, MOST_BYTES), "PNG", is_coloured=True))
