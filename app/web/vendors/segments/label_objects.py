"""Labels as Segments' clients read them: what a label set holds of a sample. It must not change any."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from app.declare import RESOURCES
from app.formats.segments import labels as codec
from app.resources.layer_statuses import GROUND_TRUTH, LayerStatus
from app.web.vendors.segments.addresses import LAYERS
from app.web.vendors.segments.bodies import Json
from app.web.vendors.segments.configurations import configuration_of
from app.web.vendors.segments.finding import all_with, only
from app.web.vendors.segments.people import SERVICE, name_of
from app.web.vendors.segments.sample_media import attributes_of
from app.web.vendors.segments.sample_objects import Shown, name_of_sample, status_of
from app.web.vendors.segments.statuses import OF_LAYERS
from app.web.vendors.segments.task_types import task_type_of
from app.web.vendors.segments.vendor import corner
from app.work import Work


class Labelled(NamedTuple):
    """What is told of a label: its ENTRY and LAYER, how far it is, and its ANNOTATIONS."""

    entry: Any
    layer: Any
    status: str
    annotations: Sequence[Any]


def status_in(entry: Any, layer: Any) -> str | None:
    """How far what LAYER holds of ENTRY is; None where that is no label."""
    if layer.label_set == GROUND_TRUTH:
        return status_of(entry)
    return OF_LAYERS.get(layer.status or LayerStatus.PRELABELED)


def labels_of(
    work: Work, shown: Shown, entries: Sequence[Any], labelset: str, *, is_full: bool
) -> dict[str, Json]:
    """The labels of ENTRIES that there are in LABELSET, by the ids of entries: whole, or in short."""
    by_id = {entry.id: entry for entry in entries}
    layers = all_with(work, RESOURCES["layers"], "entry_id", list(by_id), only("label_set", labelset))
    found = [(by_id[one.entry_id], one, status_in(by_id[one.entry_id], one)) for one in layers]
    there = [(entry, layer, status) for entry, layer, status in found if status is not None]
    if not is_full:
        return {entry.id: _summary(shown, entry, layer, status) for entry, layer, status in there}
    marks: dict[str, list[Any]] = {}
    for one in all_with(work, RESOURCES["annotations"], "layer_id", [layer.id for _, layer, _ in there]):
        marks.setdefault(one.layer_id, []).append(one)
    teller = Teller(shown)
    return {
        entry.id: teller.told(Labelled(entry, layer, status, marks.get(layer.id, ())))
        for entry, layer, status in there
    }


def _summary(shown: Shown, entry: Any, layer: Any, status: str) -> Json:
    return {
        "label_status": status,
        "score": layer.score,
        "updated_at": max(layer.updated_at, entry.updated_at),
        "created_by": _creator(shown, entry, layer),
        "reviewed_by": name_of(shown.names, entry.reviewed_by_id) if entry.reviewed_by_id else None,
    }


def _creator(shown: Shown, entry: Any, layer: Any) -> str:
    said = corner(layer.vendor).get("created_by")
    account = said or layer.created_by_id or entry.submitted_by_id or entry.assigned_to_id
    return name_of(shown.names, account) if account else SERVICE


class Teller:
    """Tells whole labels of the samples that are SHOWN."""

    def __init__(self, shown: Shown) -> None:
        self._shown = shown
        self._task_type = task_type_of(shown.dataset)
        self._classes = codec.Classes(configuration_of(shown.dataset))

    def told(self, label: Labelled) -> Json:
        entry, layer = label.entry, label.layer
        said, names = corner(layer.vendor), self._shown.names
        is_reviewed = label.status in ("REVIEWED", "VERIFIED") and entry.reviewed_by_id
        return {
            "sample_uuid": entry.id,
            "label_type": self._task_type,
            "label_status": label.status,
            "labelset": layer.label_set,
            "attributes": self._attributes(label, said),
            "created_at": said.get("created_at") or layer.created_at,
            "created_by": _creator(self._shown, entry, layer),
            "updated_at": max(layer.updated_at, entry.updated_at),
            "updated_by": name_of(names, said["updated_by"]) if said.get("updated_by") else None,
            "score": layer.score,
            "rating": None,
            "reviewed_at": entry.updated_at if is_reviewed else None,
            "reviewed_by": name_of(names, entry.reviewed_by_id) if is_reviewed else None,
        }

    def _attributes(self, label: Labelled, said: Json) -> Any:
        kept = said.get("label") if isinstance(said.get("label"), dict) else None
        if kept is None and not label.annotations:
            return None
        entry, places = label.entry, self._shown.places
        version = self._shown.dataset.addresses_version

        def bitmap_url(place: codec.Place) -> str:
            name = name_at(name_of_sample(entry), place)
            return places.of(LAYERS, label.layer.id, version, name)

        sample = attributes_of(places, entry, version)
        marks = [mark_of(one) for one in label.annotations]
        written = codec.write(marks, kept, self._task_type, self._classes, bitmap_url, sample=sample)
        return places.all_again(written) or None


def mark_of(annotation: Any) -> Json:
    """An annotation as formats read it."""
    return {
        "dimensions": msgspec.json.decode(annotation.dimensions),
        "annotation": msgspec.json.decode(annotation.annotation),
        "metadata": msgspec.json.decode(annotation.metadata_),
    }


def name_at(name: str, place: codec.Place) -> str:
    """What the picture of ids of PLACE in the sample NAME is called at its address: it says which it is."""
    sensor = "" if place.sensor is None else place.sensor.encode().hex()
    frame = "" if place.frame is None else str(place.frame)
    stem = name.rpartition("/")[2].rpartition(".")[0] or name
    return f"{stem[:64]}~{sensor}~{frame}.png"


def place_in(name: str) -> codec.Place:
    """The place that such a name says. Raises ValueError."""
    parts = name.removesuffix(".png").rsplit("~", 2)
    if len(parts) < 3:
        raise ValueError("the name says no place")
    sensor = bytes.fromhex(parts[1]).decode() if parts[1] else None
    return codec.Place(sensor, int(parts[2][:9]) if parts[2] else None)
