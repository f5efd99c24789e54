"""A picture's labels in the words of Theos JSON, as marks and back. It must not open files.

A label is a box in pixels from its upper left corner, the dense number of its class, and a text where one was
read in it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from app.formats.errors import BadDocument
from app.formats.items import ReadMark
from app.formats.json_stream import decoded
from app.geometry import Box, Mask, Polygon, RotatedBox, shape_of

MOST_LABELS = 20_000  # of one picture
HELD = (Box, RotatedBox, Polygon, Mask)  # what becomes a box


class Label(Struct):
    """One label as it is written. CLASS_ID is the place of its class, from 0."""

    class_id: int
    x: int | float
    y: int | float
    width: int | float
    height: int | float
    text: str | UnsetType | None = UNSET


_list = msgspec.json.Decoder(list[Raw])
_label = msgspec.json.Decoder(Label)


def label_of(box: Box, class_id: int, annotation: Mapping[str, Any], with_text: bool) -> Label:
    """BOX as a label; WITH_TEXT says that labels of its class have one, if an empty one."""
    text = annotation.get("text")
    said = text if isinstance(text, str) and text else "" if with_text else UNSET
    place, sides = (_figure(box.x), _figure(box.y)), (_figure(box.width), _figure(box.height))
    return Label(class_id, *place, *sides, said)


def labels_in(content: bytes) -> list[bytes]:
    """The labels that CONTENT lists, each as it is written. Raises ValueError for what is no such list."""
    found: list[Raw] = decoded(content, _list)
    if len(found) > MOST_LABELS:
        raise BadDocument("too_many_marks", f"there are more than {MOST_LABELS} labels")
    return [bytes(one) for one in found]


def mark_of(content: bytes, classes: Sequence[str]) -> ReadMark:
    """The label CONTENT as a mark; CLASSES are the ids of the classes by their places.

    Raises ValueError for what is no label, BadDocument for a class that is none, BadGeometry for a bad box.
    """
    label: Label = decoded(content, _label)
    if not 0 <= label.class_id < len(classes):
        raise BadDocument("class_unknown", f"there is no class with the id {label.class_id}")
    sides = {"x": label.x, "y": label.y, "width": label.width, "height": label.height}
    dimensions = {"type": "box", **sides}
    shape_of(dimensions)
    annotation: dict[str, Any] = {"label": classes[label.class_id]}
    return ReadMark(dimensions, annotation | ({"text": label.text} if label.text else {}))


def _figure(value: float) -> int | float:
    return int(value) if value == int(value) else value
