"""COCO instances: boxes, outlines and masks with their classes. docs/formats.md says what is lost."""

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from app.formats.coco import Files, write_coco
from app.formats.coco_document import categories_of
from app.formats.coco_marks import instance_of
from app.formats.coco_reading import read_coco
from app.formats.export import Content, Items, Placed, Tell
from app.formats.items import Class, Head, Mark, Problem, Problems, Reading
from app.formats.numbering import numbers_of
from app.formats.still import drawn
from app.geometry import (
    BadGeometry,
    Bounds,
    Box,
    Mask,
    Polygon,
    RotatedBox,
    Shape,
    area_of,
    bounds_of,
)
from app.geometry.compression import compressed
from app.geometry.converting import mask_of, polygons_of

HELD = (Box, RotatedBox, Polygon, Mask)
_EMPTY = Bounds(0.0, 0.0, 0.0, 0.0)


def write(
    head: Head, items: Items, out: BinaryIO, *, content: Content | None, tell: Tell
) -> Sequence[Problem]:
    """Writes ITEMS to OUT as a zip archive."""
    classes = {one.id: one for one in head.classes}
    numbers = {label: number + 1 for label, number in numbers_of(head.classes).items()}

    def annotate(placed: Placed, problems: Problems, _: Files) -> Sequence[Mapping[str, Any]]:
        width, height = placed.size
        found = []
        for mark, label, shape in drawn(placed.item, HELD, numbers, problems, with_answers=True):
            try:
                found.append(annotation_of(mark, shape, numbers[label], classes[label], width, height))
            except BadGeometry as bad:
                problems.add(placed.item.id, "geometry_broken", f"mark {mark.id}: {bad}")
        return found

    categories = categories_of(head.classes)
    return write_coco(
        head, items, out, content, tell, stem="instances", categories=categories, annotate=annotate
    )


def annotation_of(
    mark: Mark, shape: Shape, number: int, of: Class, width: int, height: int
) -> dict[str, Any]:
    """MARK, which has this SHAPE, as COCO says it, without its ids; NUMBER is its category, OF its class."""
    segmentation: list[Any] | dict[str, Any]
    if isinstance(shape, Box):  # its sides as they are, and not by its corners: they keep their last digit
        box = [shape.x, shape.y, shape.width, shape.height]
        return _said(mark, number, of, box, area_of(shape), [])
    if isinstance(shape, Polygon) and not shape.holes:
        segmentation = [[one for point in shape.points for one in point]]
    elif isinstance(shape, RotatedBox):
        segmentation = [[one for ring in polygons_of(shape) or () for point in ring.points for one in point]]
    else:
        shape = mask_of(shape, height, width) or shape
        segmentation = run_lengths_of(shape)
    left, top, right, bottom = bounds_of(shape) or _EMPTY
    return _said(mark, number, of, [left, top, right - left, bottom - top], area_of(shape), segmentation)


def _said(
    mark: Mark, number: int, of: Class, box: list[float], area: float | None, segmentation: Any
) -> dict[str, Any]:
    return {
        "category_id": number,
        "bbox": box,
        "area": area,
        "segmentation": segmentation,
        "iscrowd": is_crowd(mark, of),
        **more_of(mark),
    }


def run_lengths_of(shape: Shape) -> dict[str, Any]:
    """The mask SHAPE as COCO's compressed run lengths."""
    assert isinstance(shape, Mask)
    return {"size": [shape.height, shape.width], "counts": compressed(shape.counts)}


def is_crowd(mark: Mark, of: Class) -> int:
    """1 where MARK stands for many things: its attribute `iscrowd` says so, or its class has no instances."""
    attributes = mark.annotation.get("attributes")
    said = attributes.get("iscrowd") if isinstance(attributes, dict) else None
    return int(bool(said) if said is not None else not of.has_instances)


def more_of(mark: Mark) -> dict[str, Any]:
    """What COCO has no word for, in members of our own; `score` is that of COCO's results."""
    more: dict[str, Any] = {}
    attributes, text = mark.annotation.get("attributes"), mark.annotation.get("text")
    if attributes and isinstance(attributes, dict):
        more["attributes"] = attributes
    if text and isinstance(text, str):
        more["text"] = text
    if mark.score is not None:
        more["score"] = mark.score
    return more


def read(source: BinaryIO) -> Reading:
    """What SOURCE, an archive or a bare document, says. Raises FormatError."""
    return read_coco(source, ("instances", "_annotations"), instance_of)
