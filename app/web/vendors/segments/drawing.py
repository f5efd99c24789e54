"""Draws pictures of ids: of labels as they are, and as a release has them. It asks nobody's rights."""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NamedTuple

import msgspec

from app.contents import Blobs
from app.declare import RESOURCES
from app.errors import NotFound
from app.formats.items import Item
from app.formats.segments import labels as codec
from app.released import item_of
from app.resources import releases
from app.web.vendors.files import living, nothing
from app.web.vendors.segments.addresses import Places
from app.web.vendors.segments.bodies import Json
from app.web.vendors.segments.configurations import configuration_of, named
from app.web.vendors.segments.finding import all_of, only
from app.web.vendors.segments.label_objects import mark_of, place_in
from app.web.vendors.segments.sample_media import attributes_of
from app.web.vendors.segments.task_types import task_type_of
from app.web.vendors.segments.vendor import OURS, corner
from app.work import Work

_USUAL = (1, 1)  # height and width of what nobody has measured


class Asked(NamedTuple):
    """What is to be drawn: the marks of a label, and which picture of them."""

    marks: list[Json]
    vendor: Json
    task_type: str
    configuration: Json
    place: codec.Place
    size: tuple[int, int]
    sample: Json


Asking = Callable[[Blobs], Asked]  # what is to be drawn, some of which has to be read of files


def of_layer(work: Work, layer: Any, name: str) -> Asking:
    """The picture called NAME of what LAYER holds now; WORK is the service's. Raises NotFound."""
    dataset, entry = living(work, "datasets", layer.dataset_id), living(work, "entries", layer.entry_id)
    asked = Asked(
        [mark_of(one) for one in all_of(work, RESOURCES["annotations"], only("layer_id", layer.id))],
        _kept(corner(layer.vendor)),
        task_type_of(dataset),
        configuration_of(dataset),
        _place(name),
        _size(entry),
        attributes_of(Places(work, ""), entry, dataset.addresses_version),
    )
    return lambda blobs: asked


def of_export(work: Work, export: Any, name: str) -> Asking:
    """The same of what the release of EXPORT holds: the item is told by the name."""
    release = living(work, "releases", export.release_id)
    task_type = task_type_of(living(work, "datasets", export.dataset_id))
    parts = [hash for _, hash, _ in releases.parts_of(work, release.id)]
    place, configuration = _place(name), msgspec.json.decode(release.classes)
    return lambda blobs: _of_item(_item(blobs, parts, name), task_type, configuration, place)


def _item(blobs: Blobs, parts: Sequence[str], name: str) -> Item:
    item = item_of(blobs, parts, name.partition("~")[0].lower())
    if item is None:
        raise nothing()
    return item


def _of_item(item: Item, task_type: str, configuration: Json, place: codec.Place) -> Asked:
    marks = [
        {"dimensions": one.dimensions, "annotation": one.annotation, "metadata": one.metadata}
        for one in item.marks
    ]
    if not configuration.get("classes"):
        labels = (one["annotation"].get("label") for one in marks)
        configuration = named(sorted({label for label in labels if isinstance(label, str)}))
    ours = item.layer_vendor.get(OURS)
    sample = item.media or {"image": {"url": item.resource}}
    kept = _kept(ours if isinstance(ours, dict) else {})
    return Asked(marks, kept, task_type, configuration, place, _size(item), sample)


def _kept(said: Json) -> Json:
    kept = said.get("label")
    return kept if isinstance(kept, dict) else {}


def _size(measured: Any) -> tuple[int, int]:
    return (measured.height, measured.width) if measured.height and measured.width else _USUAL


def _place(name: str) -> codec.Place:
    try:
        return place_in(name)
    except ValueError:
        raise nothing() from None


def drawn(blobs: Blobs, asking: Asking) -> bytes:
    """The picture, as a PNG file. Raises NotFound where there is none, or it would be too large."""
    picture_of = import_module("app.formats.segments.bitmaps").picture_of
    marks, vendor, task_type, configuration, place, size, sample = asking(blobs)
    classes = codec.Classes(configuration)
    try:
        png: bytes = picture_of(marks, vendor, task_type, classes, place, size, sample=sample)
    except ValueError as error:
        raise NotFound(f"there is no such picture: {error}") from None
    return png
