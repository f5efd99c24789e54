"""Items of a DataGym import as annotations of Postil. It must not know entries or tasks of either.

A mark that others are nested in has `mark` in its metadata, an id of its own; they have the same as `parent`.
What could not be held of its answers stands there as it came, in `datagym.unasked`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.formats.datagym_answers import answer_in, unfit
from app.formats.datagym_entries import Entry, find
from app.formats.datagym_labels import VENDOR
from app.formats.datagym_schema import media_id_of
from app.formats.datagym_words import Kind, Refused, escaped
from app.geometry import BadGeometry, shape_of

Json = dict[str, Any]
Ids = Callable[[], str]  # of marks that others are nested in


@dataclass(frozen=True, slots=True)
class Task:
    """What an import says of a medium: ANSWERS about the whole, by their labels, and MARKS.

    Both are annotations: dimensions, annotation, metadata. KEEPS: they come beside what is there.
    """

    media_id: str
    keeps: bool
    answers: Mapping[str, Json]
    marks: Sequence[Json]

    def beside(self, before: Sequence[Json]) -> list[Json]:
        """The annotations of the medium, which had BEFORE: an answer comes in place of an earlier one."""
        new = [*self.answers.values(), *self.marks]
        if not self.keeps:
            return new
        return [one for one in before if self.leaves(one["annotation"].get("label"))] + new

    def leaves(self, label: object) -> bool:
        """Whether an annotation of LABEL that is there stays, where any does."""
        return not (isinstance(label, str) and label in self.answers)


def task_of(item: Mapping[str, Any], roots: Sequence[Entry], at: str, ids: Ids) -> Task:
    """What ITEM, whose form was checked, says under the entries ROOTS. Raises Refused, pointing below AT."""
    answers = {}
    for key, listed in item.get("global_classifications", {}).items():
        place = f"{at}/global_classifications/{escaped(key)}"
        root = _found([one for one in roots if not one.kind.is_geometry], key, place)
        if annotation := _answered(root, listed, place):
            answers[root.class_id] = annotation
    marks: list[Json] = []
    geometries = [one for one in roots if one.kind.is_geometry]
    for key, given in item.get("labels", {}).items():
        place = f"{at}/labels/{escaped(key)}"
        root = _found(geometries, key, place)
        for n, mark in enumerate(given):
            marks += _marks(mark, root, f"{place}/{n}", ids)
    return Task(str(media_id_of(item)), item.get("keepData") is not False, answers, marks)


def _found(entries: Sequence[Entry], key: str, at: str) -> Entry:
    entry = find(entries, key)
    if entry is None:
        detail = f"the label configuration has no {key[:100]} here"
        raise Refused("gen_wrong_entry_id", (key[:100],), at, detail)
    return entry


def _answered(root: Entry, listed: Sequence[Any], at: str) -> Json | None:
    answer, is_whole = answer_in(root, listed, at)
    if not is_whole:
        raise unfit(root.kind, at, "what stands below it is answered, and it is not")
    if answer is None:
        return None
    told = answer if isinstance(answer, dict) else {"value": answer}
    return {"dimensions": {}, "annotation": {"label": root.class_id, **told}, "metadata": {}}


def _marks(given: Json, entry: Entry, at: str, ids: Ids) -> Iterator[Json]:
    """The mark GIVEN and what is nested in it."""
    mark = _mark(given, entry, at)
    nested: list[Json] = []
    for key, listed in given.get("nested_geometries", {}).items():
        place = f"{at}/nested_geometries/{escaped(key)}"
        inner = _found(entry.geometries, key, place)
        nested += [_mark(one, inner, f"{place}/{n}") for n, one in enumerate(listed)]
    if nested:
        own = ids()
        mark["metadata"]["mark"] = own
        for one in nested:
            one["metadata"]["parent"] = own
    yield mark
    yield from nested


def _mark(given: Json, entry: Entry, at: str) -> Json:
    attributes, unasked = {}, {}
    for key, listed in given.get("classifications", {}).items():
        place = f"{at}/classifications/{escaped(key)}"
        question = _found(entry.classifications, key, place)
        answer, is_whole = answer_in(question, listed, place)
        if answer is not None:
            attributes[question.class_id] = answer
        if not is_whole:
            unasked[question.class_id] = listed
    annotation: Json = {"label": entry.class_id} | ({"attributes": attributes} if attributes else {})
    metadata: Json = {VENDOR: {"unasked": unasked}} if unasked else {}
    return {"dimensions": dimensions_in(given, entry, at), "annotation": annotation, "metadata": metadata}


# ---- geometries


def dimensions_in(given: Json, entry: Entry, at: str) -> Json:
    """The geometry of GIVEN, a mark whose form was checked, as ENTRY takes it. Raises Refused."""
    kind, name = _kind(given, entry, at)
    points = given[name]
    at = f"{at}/{name}"
    least, most = _COUNTS[kind]
    if not least <= len(points) <= (most or len(points)):
        raise unfit(kind, at, f"a {kind} has {least} points{'' if most else ' or more'}")
    if kind is not Kind.RECTANGLE and any(isinstance(one, dict) and "w" in one for one in points):
        raise unfit(kind, at, f"a {kind} has no sides")
    try:
        dimensions = _SHAPES[kind](points)
        shape_of(dimensions)
    except (BadGeometry, KeyError, TypeError) as error:
        raise unfit(kind, at, f"it is no {kind}: {error}") from None
    return dimensions


def _kind(given: Json, entry: Entry, at: str) -> tuple[Kind, str]:
    """The kind of the geometry GIVEN, and the member in which it stands."""
    named = [kind for kind in Kind if kind.value in given]
    if len(named) + ("geometry" in given) != 1:
        raise unfit(entry.kind, at, "a label has one geometry")
    if not named and entry.kind in entry.takes:
        return entry.kind, "geometry"
    if named and named[0] in entry.takes:
        return named[0], named[0].value
    raise unfit(entry.kind, at, f"{entry.key} is marked by a {entry.kind}")


def _rectangle(points: Sequence[Json]) -> Json:
    (x, y), (width, height) = _place(points[0]), (_figure(points[0][name]) for name in ("w", "h"))
    return {"type": "box", "x": x, "y": y, "width": width, "height": height}


def _point(points: Sequence[Json]) -> Json:
    x, y = _place(points[0])
    return {"type": "point", "x": x, "y": y}


def _line(points: Sequence[Json]) -> Json:
    return {"type": "polyline", "points": _ring(points)}


def _polygon(points: Sequence[Json]) -> Json:
    return {"type": "polygon", "points": _ring(points)}


def _segmentation(rings: Sequence[Sequence[Json]]) -> Json:
    """The first of RINGS is filled, the others are cut out of it."""
    first, *others = map(_ring, rings)
    return {"type": "polygon", "points": first} | ({"holes": others} if others else {})


def _ring(points: Sequence[Json]) -> list[list[float]]:
    return [_place(one) for one in points]


def _place(point: Json) -> list[float]:
    return [_figure(point["x"]), _figure(point["y"])]


def _figure(value: float | str) -> float:
    return int(value) if isinstance(value, str) else value


_COUNTS: Mapping[Kind, tuple[int, int | None]] = {
    Kind.POINT: (1, 1),
    Kind.LINE: (2, None),
    Kind.POLYGON: (3, None),
    Kind.IMAGE_SEGMENTATION: (1, None),
    Kind.RECTANGLE: (1, 1),
}
_SHAPES: Mapping[Kind, Callable[[Any], Json]] = {
    Kind.POINT: _point,
    Kind.LINE: _line,
    Kind.POLYGON: _polygon,
    Kind.IMAGE_SEGMENTATION: _segmentation,
    Kind.RECTANGLE: _rectangle,
}
