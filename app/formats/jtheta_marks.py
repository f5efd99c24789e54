"""Marks in the words that JTheta has for types of labels, and back. It must not open files.

JTheta documents no file of its own: the words are those of its requests, the rest is ours.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from app.formats.errors import BadDocument
from app.formats.items import Class, Mark, ReadMark
from app.formats.json_stream import decoded
from app.geometry import Box, Mask, Polygon, RotatedBox, Shape, dimensions_of, shape_of
from app.geometry.compression import compressed
from app.geometry.converting import polygons_of

HELD = (Box, RotatedBox, Polygon, Mask)
BOX, POLYGON, INSTANCE, SEMANTIC, ANSWER = (
    "bounding_box",
    "polygon",
    "instance_segmentation",
    "semantic_segmentation",
    "classification",
)


class Annotation(Struct):
    """An annotation as it is read. Outlines are rows of x and y: `[x1, y1, x2, y2, ...]`."""

    label: str
    type: str
    x: float | None = None
    y: float | None = None
    width: float | None = None
    height: float | None = None
    points: list[float] = []
    holes: list[list[float]] = []
    size: list[int] = []
    counts: str | list[int] = []
    instance: int | None = None
    value: Any = None
    attributes: dict[str, Any] = {}
    text: str | None = None
    score: float | None = None


_annotation = msgspec.json.Decoder(Annotation)


def annotation_of(mark: Mark, shape: Shape, name: str, of: Class) -> dict[str, Any]:
    """MARK, which has this SHAPE and is of the class OF, whose label is NAME."""
    return {"label": name, **_drawn(shape, of), **_more(mark)}


def answer_of(mark: Mark) -> dict[str, Any] | None:
    """MARK, which answers a question about the whole item; None where it names none."""
    label = mark.annotation.get("label")
    if mark.dimensions or not isinstance(label, str):
        return None
    return {"label": label, "type": ANSWER, "value": mark.annotation.get("value"), **_more(mark)}


def mark_of(content: bytes, classes: Mapping[str, str]) -> ReadMark:
    """The annotation CONTENT as a mark; CLASSES: label -> class id.

    Raises ValueError for what is none, BadDocument for a label that is no class, BadGeometry for no shape.
    """
    said: Annotation = decoded(content, _annotation)
    annotation: dict[str, Any] = {"attributes": said.attributes} if said.attributes else {}
    annotation |= {"text": said.text} if said.text else {}
    if said.type == ANSWER:
        return ReadMark({}, {"label": said.label, "value": said.value, **annotation}, {}, said.score)
    dimensions = dimensions_of(shape_of(_dimensions(said)))
    label = classes.get(said.label)
    if label is None:
        raise BadDocument("class_unknown", "its label is none of the labels")
    return ReadMark(dimensions, {"label": label, **annotation}, {}, said.score)


def _drawn(shape: Shape, of: Class) -> dict[str, Any]:
    if isinstance(shape, Box):
        sides = {"x": shape.x, "y": shape.y, "width": shape.width, "height": shape.height}
        return {"type": BOX, **sides}
    if isinstance(shape, Mask):
        number = {} if shape.instance is None else {"instance": shape.instance}
        kind = INSTANCE if of.has_instances else SEMANTIC
        return {
            "type": kind,
            "size": [shape.height, shape.width],
            "counts": compressed(shape.counts),
            **number,
        }
    outline = shape if isinstance(shape, Polygon) else next(iter(polygons_of(shape) or ()))
    holes = {"holes": [_row(ring) for ring in outline.holes]} if outline.holes else {}
    return {"type": POLYGON, "points": _row(outline.points), **holes}


def _more(mark: Mark) -> dict[str, Any]:
    attributes, text = mark.annotation.get("attributes"), mark.annotation.get("text")
    more: dict[str, Any] = {}
    more |= {"attributes": attributes} if attributes and isinstance(attributes, dict) else {}
    more |= {"text": text} if text and isinstance(text, str) else {}
    return more | ({} if mark.score is None else {"score": mark.score})


def _dimensions(said: Annotation) -> dict[str, Any]:
    if said.type == BOX:
        return {"type": "box", "x": said.x, "y": said.y, "width": said.width, "height": said.height}
    if said.type == POLYGON:
        holes = {"holes": [_points(row) for row in said.holes]} if said.holes else {}
        return {"type": "polygon", "points": _points(said.points), **holes}
    if said.type in (INSTANCE, SEMANTIC):
        number = {} if said.instance is None else {"instance": said.instance}
        return {"type": "mask", "size": said.size, "counts": said.counts, **number}
    known = ", ".join((BOX, POLYGON, INSTANCE, SEMANTIC, ANSWER))
    raise BadDocument("annotation_invalid", f"its type is one of {known}")


def _row(ring: tuple[tuple[float, float], ...]) -> list[float]:
    return [one for point in ring for one in point]


def _points(row: list[float]) -> list[list[float]]:
    if len(row) % 2:
        raise BadDocument("annotation_invalid", "an outline is a row of x and y")
    return [list(point) for point in zip(row[0::2], row[1::2], strict=True)]
