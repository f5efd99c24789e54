"""Labels in Theos JSON as annotations of a dataset's classes, and the way back. It reads no record."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from app.errors import Fault, Invalid, Malformed
from app.formats.errors import BadDocument
from app.formats.theos_labels import Label, label_of, labels_in, mark_of
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


def label_told(dimensions: str, annotation: str, places: Mapping[str, tuple[int, Json]]) -> Label | None:
    """The box around an annotation; None for what has none, or is of no class. PLACES: id -> place, class."""
    said: Any = msgspec.json.decode(annotation)
    label = said.get("label")
    known = places.get(label) if isinstance(label, str) else None
    try:
        shape = shape_of(msgspec.json.decode(dimensions))
    except BadGeometry:
        return None
    if known is None or (shape.moment is not None and shape.moment.frame is not None):
        return None
    box = box_of(shape)
    return None if box is None else label_of(box, known[0], said, bool(known[1].get("has_text")))
