"""Draws pictures of ids: of labels as they are, and as a release has them. It asks nobody's rights."""

from importlib import import_module
from typing import Any, NamedTuple

import msgspec

from app.contents import Blobs
from app.declare import RESOURCES
from app.errors import NotFound
from app.formats.segments import labels as codec
from app.web.vendors.files import living
from app.web.vendors.segments.addresses import Places
from app.web.vendors.segments.bodies import Json
from app.web.vendors.segments.finding import all_of, only
from app.web.vendors.segments.label_objects import mark_of, place_in
from app.web.vendors.segments.sample_media import attributes_of
from app.web.vendors.segments.task_types import task_type_of
from app.web.vendors.segments.vendor import corner
from app.work import Work

_USUAL = (1, 1)  # height and width of what nobody has measured


class Asked(NamedTuple):
    """What is to be drawn: the marks of a label, and which picture of them."""

    marks: list[Json]
    vendor: Json
    task_type: str
    classes: codec.Classes
    place: codec.Place
    size: tuple[int, int]
    sample: Json


def of_layer(work: Work, layer: Any, name: str) -> Asked:
    """The picture called NAME of what LAYER holds now; WORK is the service's. Raises NotFound."""
    dataset, entry = living(work, "datasets", layer.dataset_id), living(work, "entries", layer.entry_id)
    kept = corner(layer.vendor).get("label")
    return Asked(
        [mark_of(one) for one in all_of(work, RESOURCES["annotations"], only("layer_id", layer.id))],
        kept if isinstance(kept, dict) else {},
        task_type_of(dataset),
        codec.Classes(msgspec.json.decode(dataset.labeling_configuration)),
        _place(name),
        (entry.height, entry.width) if entry.height and entry.width else _USUAL,
        attributes_of(Places(work, ""), entry, dataset.addresses_version),
    )


def _place(name: str) -> codec.Place:
    try:
        return place_in(name)
    except ValueError:
        raise NotFound("there is no such file, or its address was revoked") from None


def of_export(work: Work, export: Any, name: str) -> Asked:
    """The same of what the release of EXPORT holds."""
    raise NotFound("there is no such file")


def drawn(blobs: Blobs, asked: Asked) -> bytes:
    """The picture, as a PNG file. Raises NotFound where it would be too large."""
    picture_of = import_module("app.formats.segments.bitmaps").picture_of
    marks, vendor, task_type, classes, place, size, sample = asked
    try:
        png: bytes = picture_of(marks, vendor, task_type, classes, place, size, sample=sample)
    except ValueError as error:
        raise NotFound(f"there is no such picture: {error}") from None
    return png
