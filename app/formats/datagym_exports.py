"""Reads what DataGym exports. Of its label configuration an export tells the names and kinds alone.

What was marked in the frames of videos stands beside the export, by address, and without its classes: it is
told, and left out.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from typing import Any, BinaryIO

import msgspec

from app.formats.bundle import document_in
from app.formats.datagym_answers import LONGEST_TEXT
from app.formats.datagym_entries import Entry
from app.formats.datagym_labels import VENDOR, nested_id
from app.formats.datagym_reading import dimensions_in
from app.formats.datagym_schema import Fault, faults_of_item, faults_of_mark, is_head, media_id_of
from app.formats.datagym_words import STATUSES, Kind, Refused, escaped, is_name
from app.formats.errors import BadDocument
from app.formats.items import Class, PictureRef, Problems, Reading, ReadItem, ReadMark
from app.formats.json_stream import JsonObject, decoded
from app.formats.opened import opened_picture, picture_ref

DOCUMENT = "labels.json"
MOST_ITEM = 64 << 20  # bytes
MOST_VALUES, MOST_LISTS = 6_000_000, 2_000_000  # of an item: each corner is an object
MOST_CLASSES = 10_000
MOST_MARKS = 20_000  # of one item
MOST_NAME = 1_000  # characters
_value = msgspec.json.Decoder(Any)

Json = dict[str, Any]


class Classes:
    """The classes that an export tells: which kind each name has, and how often it is there.

    One name may be that of a geometry and of questions, and those may be of several kinds: then it is read as
    a checklist, which holds what is answered to any of them.
    """

    def __init__(self, told: Sequence[Any]) -> None:
        self.geometries: dict[str, Kind] = {}
        self.questions: dict[str, Kind] = {}
        self.times: Counter[str] = Counter()
        for one in told:
            name = one.get("class_name") if isinstance(one, Mapping) else None
            kind = one.get("geometry_type", one.get("classification_type")) if name else None
            if isinstance(name, str) and 0 < len(name) <= MOST_NAME and kind in set(Kind):
                self._learn(name, Kind(kind))
                self.times[name] += 1
        if len(self.times) > MOST_CLASSES:
            raise BadDocument("datagym_classes", f"it has more than {MOST_CLASSES} classes")

    def _learn(self, name: str, kind: Kind) -> None:
        if kind.is_geometry:
            self.geometries.setdefault(name, kind)
        elif self.questions.setdefault(name, kind) is not kind:
            self.questions[name] = Kind.CHECKLIST

    def listed(self) -> tuple[Class, ...]:
        return tuple(Class(id=name, name=name, number=number) for number, name in enumerate(self.geometries))


def read(source: BinaryIO) -> Reading:
    """What SOURCE, an export or an archive with one, says. Raises FormatError."""
    archive, opened = document_in(source, DOCUMENT)
    problems = Problems()
    with opened() as content:
        classes = classes_in(content)

    def items() -> Iterator[ReadItem]:
        with opened() as content:
            for n, given in enumerate(elements_of(content, problems)):
                if not is_head(given):
                    item = _read_item(given, n, classes, partial(picture_ref, archive), problems)
                    if item is not None:
                        yield item

    return Reading(classes.listed(), items(), problems, partial(opened_picture, archive))


def elements_of(content: BinaryIO, problems: Problems) -> Iterator[Any]:
    """The elements of the array; one that is too much of JSON is told."""
    for n, piece in enumerate(JsonObject(content, MOST_ITEM).elements()):
        try:
            yield decoded(piece, _value, MOST_VALUES, MOST_LISTS)
        except ValueError as error:
            problems.add(f"item {n}", "item_invalid", str(error))


def classes_in(content: BinaryIO) -> Classes:
    """What the first element of CONTENT, an export, tells."""
    first = next(elements_of(content, Problems()), None)
    told = first.get("label_classes") if isinstance(first, Mapping) else None
    return Classes(told if isinstance(told, list) else [])


def _read_item(
    given: Any, n: int, classes: Classes, picture: Callable[[str], PictureRef | None], problems: Problems
) -> ReadItem | None:
    faults = faults_of_item(_without_labels(given), f"#/{n}")
    if faults:
        problems.add(_name_of(given, n), "item_invalid", _told(faults[0]))
        return None
    name = _name_of(given, n)
    if "task_export_url" in given or _has_frames(given):
        problems.add(name, "not_held", "what was marked in the frames of a video is not read")
    marks: list[ReadMark] = []
    for mark in _marks(given, classes, name, problems):
        if len(marks) == MOST_MARKS:
            problems.add(name, "too_many_marks", f"it has more than {MOST_MARKS} marks")
            break
        marks.append(mark)
    return ReadItem(
        name=name,
        external_id=_text(given.get("external_id")) or _text(media_id_of(given)),
        split=_text(given.get("split")),
        width=_side(given.get("width")),
        height=_side(given.get("height")),
        metadata={},
        marks=tuple(marks),
        picture=picture(given["file"]) if isinstance(given.get("file"), str) else None,
        layer_status=STATUSES.get(given["status"]) if isinstance(given.get("status"), str) else None,
    )


def _told(fault: Fault) -> str:
    return f"{fault.pointer}: {fault.detail}"


def _name_of(given: Any, n: int) -> str:
    names = ("external_media_ID", "external_image_ID", "internal_media_ID", "internal_image_ID")
    found = [_text(given.get(name)) for name in names] if isinstance(given, Mapping) else []
    return next((name for name in found if name), f"item {n}")


def _text(value: object) -> str | None:
    return value[:MOST_NAME] if isinstance(value, str) and value else None


def _side(value: object) -> int | None:
    return value if type(value) is int and value > 0 else None


def _has_frames(given: Mapping[str, Any]) -> bool:
    labels = given.get("labels")
    return isinstance(labels, Mapping) and set(labels) == {"frames", "object"}


def _without_labels(given: Any) -> Any:
    """GIVEN without the labels, which are looked at one by one: a wrong one stops no other."""
    if isinstance(given, Mapping):
        return {name: value for name, value in given.items() if name != "labels"}
    return given


# ---- marks


def _marks(given: Json, classes: Classes, name: str, problems: Problems) -> Iterator[ReadMark]:
    for key, listed in given.get("global_classifications", {}).items():
        answer, _ = _answer(key, listed, classes)
        if answer is not None:
            told = answer if isinstance(answer, dict) else {"value": answer}
            yield ReadMark({}, {"label": key, **told})
    numbers = count(1)
    for key, one in _labels_in(given, name, problems):
        yield from _with_nested(one, key, classes, numbers, name, problems)


def _labels_in(given: Json, name: str, problems: Problems) -> Iterator[tuple[str, Json]]:
    """The labels of GIVEN that have the form of labels, each with its key."""
    labels = given.get("labels", {})
    if _has_frames(given) or not isinstance(labels, dict):
        return
    for key, listed in labels.items():
        for n, one in enumerate(listed if isinstance(listed, list) else [listed]):
            faults = faults_of_mark(one, f"#/labels/{escaped(key)}/{n}")
            if faults:
                problems.add(name, "geometry_broken", _told(faults[0]))
            else:
                yield key, one


def _with_nested(
    given: Json, key: str, classes: Classes, numbers: "count[int]", name: str, problems: Problems
) -> Iterator[ReadMark]:
    nested = [(one, inner) for inner, listed in given.get("nested_geometries", {}).items() for one in listed]
    own = str(next(numbers)) if nested else None
    if mark := _mark(given, key, key, {"mark": own} if own else {}, classes, name, problems):
        yield mark
    for one, inner in nested:
        label = nested_id(key, inner, classes.times[inner])
        if mark := _mark(one, inner, label, {"parent": own}, classes, name, problems):
            yield mark


def _mark(
    given: Json, key: str, label: str, metadata: Json, classes: Classes, name: str, problems: Problems
) -> ReadMark | None:
    kind = next((one for one in Kind if one.value in given), classes.geometries.get(key, Kind.POLYGON))
    entry = Entry(key, key, kind, class_id=label, takes=(kind,))
    try:
        dimensions = dimensions_in(given, entry, f"{label}")
    except Refused as refused:
        problems.add(name, "geometry_broken", str(refused))
        return None
    attributes, unasked = {}, {}
    for question, listed in given.get("classifications", {}).items():
        answer, is_whole = _answer(question, listed, classes)
        if answer is not None:
            attributes[question] = answer
        if not is_whole:
            unasked[question] = listed
    annotation: Json = {"label": label} | ({"attributes": attributes} if attributes else {})
    return ReadMark(dimensions, annotation, metadata | ({VENDOR: {"unasked": unasked}} if unasked else {}))


def _answer(key: str, listed: Sequence[Any], classes: Classes) -> tuple[Any, bool]:
    """What LISTED answers to the question KEY, as far as its kind is known; and whether that is all of it.

    A text that can be no option's is left out where its kind has options.
    """
    kind = classes.questions.get(key, Kind.FREETEXT)
    said = [one[:LONGEST_TEXT] for one in listed if isinstance(one, str)]
    texts = [one for one in said if is_name(one)] if kind.has_options else said
    value: Any = texts if kind is Kind.CHECKLIST else texts[0] if len(texts) == 1 else texts
    value = list(dict.fromkeys(value)) if isinstance(value, list) else value
    below, is_whole = {}, len(texts) == len(said)
    for one in listed:
        for name, inner in one.items() if isinstance(one, Mapping) else ():
            answer, is_held = _answer(name, inner, classes)
            is_whole = is_whole and is_held and (bool(value) or answer is None)
            if value and answer is not None:
                below[name] = answer
    return ({"value": value, "attributes": below} if below else value or None), is_whole
