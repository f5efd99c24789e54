"""Annotations of Postil as DataGym exports them: labels, classifications, classes. It must not know items.

Coordinates are whole: what follows the point is cut off, and what lies left of or above the picture comes to
lie on its edge, since DataGym knows no number below 0.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from app.formats.datagym_answers import answer_in, told_answer
from app.formats.datagym_entries import Entry, walk
from app.formats.datagym_labels import VENDOR
from app.formats.datagym_words import ORDER, TOLD_AS_GEOMETRIES, Kind, Refused
from app.formats.items import Mark
from app.formats.outlines import one_ring
from app.geometry import (
    BadGeometry,
    Box,
    Mask,
    Point,
    Polygon,
    Polyline,
    RotatedBox,
    Shape,
    shape_of,
)

Json = dict[str, Any]
XY = tuple[float, float]


@dataclass(slots=True)
class Told:
    """What an export says of one item. SEGMENTED are the keys of the entries that have segmentations."""

    classifications: Json = field(default_factory=dict)
    labels: dict[str, list[Json]] = field(default_factory=dict)
    segmented: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)  # why a mark is not there, each


def classes_told(entries: Sequence[Entry]) -> list[Json]:
    """The classes of ENTRIES, the roots, with all that is nested, in DataGym's order of kinds."""
    listed = sorted(walk(entries), key=lambda one: ORDER[one.kind])
    return [
        {
            "class_name": one.key,
            "geometry_type" if one.kind in TOLD_AS_GEOMETRIES else "classification_type": one.kind.value,
        }
        for one in listed
    ]


class Writer:
    """Tells the marks of items under the entries ROOTS. Labels of which these say nothing keep their name."""

    def __init__(self, roots: Sequence[Entry]) -> None:
        self._entries = {one.class_id: one for one in walk(roots) if one.kind.is_geometry}
        self._parents = {
            child.class_id: root.class_id
            for root in roots
            if root.kind.is_geometry
            for child in root.geometries
        }

    def told(self, marks: Iterable[Mark]) -> Told:
        """What an export says of an item that has MARKS."""
        told = Told()
        written: list[tuple[Mark, str, list[Json]]] = []  # with the label, and what is told of it
        for mark in marks:
            label = mark.annotation.get("label")
            if not isinstance(label, str):
                told.left_out.append(f"mark {mark.id} has no label")
            elif "type" not in mark.dimensions:
                told.classifications[label] = told_answer(mark.annotation)
            elif pieces := self._pieces(mark, label, told):
                written.append((mark, label, pieces))
        self._place(written, told)
        return told

    def entry_of(self, label: str) -> Entry | None:
        """The entry of the class LABEL."""
        return self._entries.get(label)

    def _pieces(self, mark: Mark, label: str, told: Told) -> list[Json]:
        """What is told of MARK: more than one label, where its pixels lie apart from each other."""
        entry = self._entries.get(label)
        try:
            shape = shape_of(mark.dimensions)
        except BadGeometry as bad:
            told.left_out.append(f"mark {mark.id}, dimensions{bad.pointer}: {bad.detail}")
            return []
        if shape.moment and shape.moment.frame is not None:
            told.left_out.append(f"mark {mark.id} is of a frame of a video")
            return []
        found = geometries_told(shape, entry)
        if not found:
            told.left_out.append(f"mark {mark.id} is a {mark.dimensions['type']}, of which there is no word")
        if any(Kind.IMAGE_SEGMENTATION in one for one in found):
            key = entry.key if entry else label
            told.segmented += [key] if key not in told.segmented else []
        answers = answers_told(mark, entry)
        return [{**one, "classifications": answers} for one in found]

    def _place(self, written: Sequence[tuple[Mark, str, list[Json]]], told: Told) -> None:
        """Puts nested marks into those that they are nested in, and all others into the labels."""
        hosts: dict[str, dict[str, Json]] = {}  # label -> by what others name the mark -> what is told
        for mark, label, pieces in written:
            if label not in self._parents:
                names = (mark.id, mark.metadata.get("mark"))
                hosts.setdefault(label, {}).update({one: pieces[0] for one in names if isinstance(one, str)})
                for piece in pieces:
                    piece["nested_geometries"] = {}
                told.labels.setdefault(self._key(label), []).extend(pieces)
        for mark, label, pieces in written:
            if label in self._parents:
                host = self._host(mark, hosts.get(self._parents[label], {}))
                where = told.labels if host is None else host["nested_geometries"]
                where.setdefault(self._key(label), []).extend(pieces)

    def _host(self, mark: Mark, hosts: Mapping[str, Json]) -> Json | None:
        """What is told of the mark that MARK is nested in: the one that it names, else the only one."""
        named = mark.metadata.get("parent")
        if isinstance(named, str) and named in hosts:
            return hosts[named]
        different = {id(one): one for one in hosts.values()}
        return next(iter(different.values())) if len(different) == 1 else None

    def _key(self, label: str) -> str:
        return self._entries[label].key if label in self._entries else label


def answers_told(mark: Mark, entry: Entry | None) -> Json:
    """The answers of MARK, by the keys of their questions; those that could not be held are as they came."""
    attributes = mark.annotation.get("attributes")
    answers = dict(attributes) if isinstance(attributes, Mapping) else {}
    kept = mark.metadata.get(VENDOR)
    unasked = kept.get("unasked") if isinstance(kept, Mapping) else None
    told = {key: told_answer(answer) for key, answer in answers.items()}
    for question in entry.classifications if entry else ():
        listed = unasked.get(question.class_id) if isinstance(unasked, Mapping) else None
        if isinstance(listed, list) and _is_still(question, listed, answers.get(question.class_id)):
            told[question.key] = listed
    return told


def _is_still(question: Entry, listed: list[Any], answer: object) -> bool:
    """Whether what is held of LISTED is the ANSWER that there is: nobody has given another since."""
    try:
        return bool(answer_in(question, listed, "")[0] == answer)
    except (Refused, AttributeError, TypeError):
        return False


# ---- geometries


def geometries_told(shape: Shape, entry: Entry | None) -> list[Json]:
    """SHAPE as members of labels, each by its kind; empty for what DataGym has no word for."""
    if isinstance(shape, Box):
        return [{Kind.RECTANGLE.value: [_sides(shape)]}]
    if isinstance(shape, Point):
        return [{Kind.POINT.value: _ring([(shape.x, shape.y)])}]
    if isinstance(shape, Polyline):
        return [{Kind.LINE.value: _ring(shape.points)}]
    if isinstance(shape, Polygon | RotatedBox | Mask):
        # numpy, which a server that shows no mask does without
        polygons = import_module("app.geometry.converting").polygons_of(shape)
        return [_outlined(one, isinstance(shape, Mask), entry) for one in polygons or ()]
    return []


def _outlined(polygon: Polygon, is_mask: bool, entry: Entry | None) -> Json:
    """POLYGON as what its class takes; a segmentation where that is not known, and it has holes or pixels."""
    kind = entry.kind if entry and entry.kind in (Kind.POLYGON, Kind.IMAGE_SEGMENTATION) else None
    if kind is Kind.IMAGE_SEGMENTATION or (kind is None and (is_mask or polygon.holes)):
        return {Kind.IMAGE_SEGMENTATION.value: [_ring(one) for one in (polygon.points, *polygon.holes)]}
    return {Kind.POLYGON.value: _ring(one_ring([polygon]))}


def _ring(points: Sequence[XY]) -> list[Json]:
    return [{"x": _whole(x), "y": _whole(y)} for x, y in points]


def _sides(box: Box) -> Json:
    x, y = max(box.x, 0.0), max(box.y, 0.0)
    width, height = max(box.x + box.width - x, 0.0), max(box.y + box.height - y, 0.0)
    if (x, y) == (box.x, box.y):  # as it is: a sum and a difference may lose the last digit
        width, height = box.width, box.height
    return {"x": _whole(x), "y": _whole(y), "w": _whole(width), "h": _whole(height)}


def _whole(value: float) -> int:
    return max(int(value), 0)
