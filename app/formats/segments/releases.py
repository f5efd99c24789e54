"""Writes a release as Segments' clients load it: a document, a sample at a time. It must not read one."""

from collections.abc import Sequence
from typing import Any, BinaryIO

from app.formats.bundle import Frame, write_bundle
from app.formats.encoding import encoded
from app.formats.export import Content, Items, Tell
from app.formats.items import Head, Item, Mark, Problem, Problems
from app.formats.places import Nowhere, Places
from app.formats.segments.kinds import Place
from app.formats.segments.labels import Classes
from app.formats.segments.labels import write as write_label
from app.formats.segments.samples import (
    attributes_of,
    configuration_of,
    name_of,
    release_attributes_of,
    task_type_of,
)
from app.formats.segments.soundness import Json
from app.formats.segments.spelling import VENDOR, object_in
from app.formats.segments.statuses import word_of

DOCUMENT = "release.json"


def write(
    head: Head,
    items: Items,
    out: BinaryIO,
    *,
    content: Content | None,
    tell: Tell,
    places: Places = Nowhere(),  # noqa: B008 - it has no state
) -> Sequence[Problem]:
    """Writes ITEMS to OUT: as one document, or with pictures as a zip archive. PLACES tells addresses."""
    problems = Problems()
    samples = _Samples(head, places, problems)
    frame = Frame(_start(head, samples), b",\n", b"\n]}}\n")
    for one in write_bundle(DOCUMENT, frame, samples.told, items, out, content, tell):
        problems.add(one.item, one.code, one.detail)
    return problems


def _start(head: Head, samples: "_Samples") -> bytes:
    """All that stands before the first sample."""
    told = head.dataset
    dataset = {
        "name": told.name if told else head.name,
        "description": told.description if told else "",
        "owner": told.owner if told else "postil",
        "task_type": samples.task_type,
        "task_attributes": release_attributes_of(samples.configuration),
        "labelsets": [{"name": head.label_set, "description": ""}],
    }
    release = {"name": head.name, "description": head.description, "created_at": head.created_at}
    start = encoded(release).removesuffix(b"}") + b',\n"dataset":' + encoded(dataset).removesuffix(b"}")
    return start + b',\n"samples":[\n'


class _Samples:
    """Tells the samples of a release, whose HEAD says what they are of."""

    def __init__(self, head: Head, places: Places, problems: Problems) -> None:
        self.configuration = configuration_of(head)
        told = head.dataset
        self.task_type = task_type_of(
            told.vendor if told else {}, told.modality if told else "image", self.configuration
        )
        self._label_set = head.label_set
        self._classes = Classes(self.configuration)
        self._places = places
        self._problems = problems

    def told(self, item: Item, file: str | None) -> list[bytes]:
        """ITEM as JSON; FILE is the member that holds its picture."""
        attributes = attributes_of(item, self._places)
        sample = {
            "uuid": item.id,
            "name": name_of(item),
            "metadata": item.metadata,
            "priority": -item.priority if item.priority else 0.0,
            "created_at": item.created_at,
            "attributes": attributes,
            "labels": {self._label_set: self._label(item, attributes)},
        }
        ours = {"split": item.split, "file": file}
        return [encoded(sample | {name: value for name, value in ours.items() if value})]

    def _label(self, item: Item, attributes: Json) -> Json | None:
        word = word_of(item.status, item.layer_status, self._label_set)
        if word is None:
            return None
        score = {} if item.score is None else {"score": item.score}
        return {"label_status": word, "attributes": self._attributes(item, attributes), **score}

    def _attributes(self, item: Item, sample: Json) -> Any:
        said = object_in(item.layer_vendor, VENDOR)
        kept = said.get("label") if isinstance(said.get("label"), dict) else None
        if kept is None and not item.marks:
            return None
        written = write_label(
            [_annotation(mark) for mark in item.marks],
            kept,
            self.task_type,
            self._classes,
            lambda place: self._bitmap(item, place),
            sample=sample,
            leave_out=lambda index, code, detail: self._problems.add(
                item.id, code, f"mark {item.marks[index].id}: {detail}"
            ),
        )
        return self._places.again(written)

    def _bitmap(self, item: Item, place: Place) -> str:
        return self._places.bitmap(item, place.sensor, place.frame)


def _annotation(mark: Mark) -> Json:
    return {"dimensions": mark.dimensions, "annotation": mark.annotation, "metadata": mark.metadata}
