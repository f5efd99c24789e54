"""COCO keypoints: the joints of skeletons. docs/formats.md says what is lost."""

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from app.formats.coco import Files, write_coco
from app.formats.coco_document import categories_of
from app.formats.coco_instances import more_of
from app.formats.coco_marks import keypoints_of
from app.formats.coco_reading import read_coco
from app.formats.export import Content, Items, Placed, Tell
from app.formats.items import Class, Head, Problem, Problems, Reading
from app.formats.numbering import numbers_of
from app.formats.still import Drawn, drawn
from app.geometry import Keypoints, bounds_of


def write(
    head: Head, items: Items, out: BinaryIO, *, content: Content | None, tell: Tell
) -> Sequence[Problem]:
    """Writes ITEMS to OUT as a zip archive."""
    classes = {one.id: one for one in head.classes}
    numbers = numbers_of(head.classes)

    def annotate(placed: Placed, problems: Problems, _: Files) -> Sequence[Mapping[str, Any]]:
        found = []
        for one in drawn(placed.item, (Keypoints,), classes, problems, with_answers=True):
            assert isinstance(one.shape, Keypoints)
            wanted, given = len(classes[one.label].keypoints), len(one.shape.points)
            if wanted and wanted != given:
                detail = f"mark {one.mark.id} has {given} keypoints, its class {wanted}"
                problems.add(placed.item.id, "keypoints_differ", detail)
                continue
            found.append(_annotation(one, one.shape, numbers[one.label] + 1))
        return found

    categories = [_with_skeleton(one, classes[one["class"]]) for one in categories_of(head.classes)]
    return write_coco(
        head, items, out, content, tell, stem="person_keypoints", categories=categories, annotate=annotate
    )


def read(source: BinaryIO) -> Reading:
    """What SOURCE, an archive or a bare document, says. Raises FormatError."""
    return read_coco(source, ("person_keypoints", "keypoints", "_annotations"), keypoints_of)


def _with_skeleton(category: dict[str, Any], of: Class) -> dict[str, Any]:
    skeleton = [[a + 1, b + 1] for a, b in of.skeleton]  # COCO counts keypoints from 1
    return category | {"keypoints": list(of.keypoints), "skeleton": skeleton}


def _annotation(one: Drawn, shape: Keypoints, number: int) -> dict[str, Any]:
    left, top, right, bottom = bounds_of(shape) or (0.0, 0.0, 0.0, 0.0)
    # What is not labelled lies nowhere: COCO writes 0, 0, 0.
    flat = [value for x, y, v in shape.points for value in ((x, y, v) if v else (0, 0, 0))]
    return {
        "category_id": number,
        "keypoints": flat,
        "num_keypoints": sum(v > 0 for _, _, v in shape.points),
        "bbox": [left, top, right - left, bottom - top],
        "area": (right - left) * (bottom - top),
        "segmentation": [],
        "iscrowd": 0,
    } | more_of(one.mark)
