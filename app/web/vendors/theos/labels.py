"""Labels in Theos JSON as annotations of a dataset's classes, and the way back. It reads no record."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from app.errors import Fault, Invalid, Malformed
from app.formats.errors import BadDocument
from app.formats.theos_labels import HELD, Label, label_of, labels_in, mark_of
from app.geometry import BadGeometry, box_of, shape_of
from app.json import parse
from app.web.vendors.calls import MOST_NODES, Json
from app.web.vendors.texts import plain

MOST_FAULTS = 100


def classes_in(dataset: Mapping[str, Any]) -> list[Json]:
    """The classes of DATASET, by their places."""
    classes: list[Json] = msgspec.json.decode(dataset["labeling_configuration"]).get("classes", [])
    return classes


def labels_sent(given: str | None) -> list[bytes]:
    """The labels that the field GIVEN lists, each as it is written. Raises Invalid."""
    content = plain(given, "labels").encode()
    try:
        parse(content, MOST_NODES)  # no key twice, nothing that is nested without end, no U+0000
        return labels_in(content)
    except (Malformed, BadDocument) as error:
        detail = error.detail
    except ValueError as error:
        detail = f"labels is a list of labels in Theos JSON: {error}"
    raise Invalid(Fault("labels_invalid", detail, "labels"))


def marks_of(labels: Sequence[bytes], classes: Sequence[str]) -> list[Json]:
    """LABELS as annotations. Raises Invalid with all that is wrong, each by its place."""
    marks, faults = [], list[Fault]()
    for n, content in enumerate(labels):
        try:
            mark = mark_of(content, classes)
            marks.append({"dimensions": mark.dimensions, "annotation": mark.annotation})
        except BadGeometry as error:
            faults.append(Fault("geometry_invalid", error.detail, f"labels/{n}{error.pointer}"))
        except BadDocument as error:
            faults.append(Fault(error.code, error.detail, f"labels/{n}/class_id"))
        except ValueError as error:
            faults.append(Fault("labels_invalid", str(error), f"labels/{n}"))
    if faults:
        raise Invalid(*faults[:MOST_FAULTS])
    return marks


def labels_told(marks: Sequence[Json], classes: Sequence[Json]) -> list[Label]:
    """The labels that MARKS are, of a dataset with CLASSES: those that Theos can hold."""
    places = {one["id"]: (n, bool(one.get("has_text"))) for n, one in enumerate(classes)}
    found = (_label(mark["dimensions"], mark["annotation"], places) for mark in marks)
    return [label for label in found if label is not None]


def _label(dimensions: Json, said: Json, places: Mapping[str, tuple[int, bool]]) -> Label | None:
    """The box around an annotation; None for what has none, or is of no class."""
    label = said.get("label")
    known = places.get(label) if isinstance(label, str) else None
    try:
        shape = shape_of(dimensions)
    except BadGeometry:
        return None
    if known is None or not isinstance(shape, HELD) or (shape.moment and shape.moment.frame is not None):
        return None
    box = box_of(shape)
    return None if box is None else label_of(box, known[0], said, known[1])
