"""What COCO's annotations are as marks: boxes, outlines, masks, keypoints. It must not open files."""

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any

from pycocotools import mask as pixels

from app.formats import coco_words as words
from app.formats.coco_documents import Document
from app.formats.coco_words import Annotation, Image, Segment
from app.formats.errors import BadDocument
from app.formats.items import ReadMark
from app.formats.json_stream import decoded
from app.geometry import BadGeometry, dimensions_of, shape_of

MOST_OUTLINE = 1_000_000  # pixels along all outlines of one thing, where they have to become a mask
MOST_PIXELS = 100_000_000


def instance_of(annotation: Annotation, image: Image, document: Document) -> Iterator[ReadMark]:
    """ANNOTATION as a box, a polygon or a mask."""
    yield mark_of(_outlined(annotation, image), annotation, document)


def keypoints_of(annotation: Annotation, image: Image, document: Document) -> Iterator[ReadMark]:
    """ANNOTATION as keypoints. Raises BadDocument where it has none."""
    flat = annotation.keypoints
    if not flat or len(flat) % 3:
        raise BadDocument("annotation_invalid", "keypoints are a list of three numbers for each")
    points = [[x, y, int(v) if v.is_integer() else v] for x, y, v in _by(3, flat)]
    dimensions = {"type": "keypoints", "points": points}
    shape_of(dimensions)
    yield mark_of(dimensions, annotation, document)


def mark_of(dimensions: dict[str, Any], said: Annotation | Segment, document: Document) -> ReadMark:
    """The mark with these DIMENSIONS of which SAID tells. Raises BadDocument for an unknown category."""
    label = document.categories.labels.get(said.category_id)
    if label is None:
        raise BadDocument("class_unknown", f"there is no category {said.category_id}")
    attributes = dict(said.attributes)
    is_crowd = bool(said.iscrowd)
    if is_crowd == document.categories.classes[label].has_instances:
        attributes.setdefault("iscrowd", is_crowd)
    annotation: dict[str, Any] = {"label": label}
    annotation |= {"attributes": attributes} if attributes else {}
    annotation |= {"text": said.text} if said.text else {}
    return ReadMark(dimensions, annotation, {}, said.score)


def _outlined(annotation: Annotation, image: Image) -> dict[str, Any]:
    given = bytes(annotation.segmentation)
    if given.startswith(b"{"):
        lengths: words.RunLengths = decoded(given, words.run_lengths)
        mask = {"type": "mask", "size": lengths.size, "counts": lengths.counts}
        if (image.height, image.width) not in ((None, None), tuple(lengths.size)):
            raise BadGeometry("/segmentation/size", "the mask is not of the size of its picture")
        return dimensions_of(shape_of(mask))
    rings: list[Any] = decoded(given, words.rings) if given.startswith(b"[") else []
    if rings and not isinstance(rings[0], list):
        rings = [rings]
    if not rings:
        return _boxed(annotation.bbox)
    for ring in rings:
        if not isinstance(ring, list) or len(ring) < 6 or len(ring) % 2:
            raise BadGeometry("/segmentation", "an outline is a list of x and y of three points or more")
    if len(rings) == 1:
        dimensions = {"type": "polygon", "points": [list(point) for point in _by(2, rings[0])]}
        shape_of(dimensions)
        return dimensions
    return _merged(rings, image)


def _boxed(box: Sequence[float] | None) -> dict[str, Any]:
    if box is None or len(box) != 4:
        raise BadGeometry("/bbox", "there is neither a segmentation nor a bbox of four numbers")
    dimensions = dict(zip(("x", "y", "width", "height"), box, strict=True)) | {"type": "box"}
    shape_of(dimensions)
    return dimensions


def _merged(rings: list[list[float]], image: Image) -> dict[str, Any]:
    """Several outlines of one thing as one mask, of the pixels that COCO's own tool finds."""
    width, height = image.width, image.height
    if not width or not height or min(width, height) < 1 or width * height > MOST_PIXELS:
        raise BadGeometry(
            "/segmentation", "several outlines need the size of the picture, which is not known"
        )
    length = sum(_length(ring) for ring in rings)
    bounds = all(
        -width <= x <= 2 * width and -height <= y <= 2 * height for ring in rings for x, y in _by(2, ring)
    )
    if not isfinite(length) or length > MOST_OUTLINE or not bounds:
        raise BadGeometry("/segmentation", "the outlines are too long, or reach far beyond the picture")
    merged = pixels.merge(pixels.frPyObjects(rings, height, width))
    mask = {"type": "mask", "size": [height, width], "counts": merged["counts"].decode("ascii")}
    return dimensions_of(shape_of(mask))


def _length(ring: list[float]) -> float:
    points = list(_by(2, ring))
    ends = zip(points, points[1:] + points[:1], strict=True)
    return sum(max(abs(a[0] - b[0]), abs(a[1] - b[1])) for a, b in ends)


def _by(size: int, flat: list[float]) -> Iterator[tuple[float, ...]]:
    return zip(*[iter(flat)] * size, strict=True)
