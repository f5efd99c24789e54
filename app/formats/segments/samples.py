"""What a dataset and its samples are in Segments, told of ours. It must not know labels."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.formats.items import Class, Head, Item
from app.formats.numbering import numbers_of
from app.formats.places import Places
from app.formats.segments.categories import color_at, task_attributes_of
from app.formats.segments.kinds import MULTISENSOR, TASKS
from app.formats.segments.soundness import Json
from app.formats.segments.spelling import VENDOR, object_in

_BY_MODALITY = {
    "text": "text-named-entities",
    "point_cloud": "pointcloud-cuboid",
    "video": "image-vector-sequence",
}


def task_type_of(vendor: Mapping[str, Any], modality: str, configuration: Mapping[str, Any]) -> str:
    """The task type of a dataset: what its client said, which VENDOR keeps, else by what it is of."""
    said = object_in(vendor, VENDOR).get("task_type")
    if isinstance(said, str) and (said in TASKS or said in (MULTISENSOR, "")):
        return said
    if modality in _BY_MODALITY:
        return _BY_MODALITY[modality]
    types = {type for one in configuration.get("classes", ()) for type in one.get("geometries", ("any",))}
    return "segmentation-bitmap" if types == {"mask"} else "vector"


def configuration_of(head: Head) -> Json:
    """The label configuration of HEAD's dataset; where it declares no classes, those that were found."""
    if head.configuration.get("classes"):
        return head.configuration
    numbers = numbers_of(head.classes)
    return {"classes": [_class(one, numbers[one.id]) for one in head.classes]}


def _class(one: Class, number: int) -> Json:
    color = one.color if one.color and len(one.color) in (7, 9) else color_at(number)
    told: Json = {"id": one.id, "name": one.name or one.id, "number": number, "color": color}
    return told if one.has_instances else told | {"has_instances": False}


def release_attributes_of(configuration: Mapping[str, Any]) -> Json:
    """The `task_attributes` for CONFIGURATION as releases have them: its readers fail where one says null."""
    told = task_attributes_of(configuration)
    categories: Sequence[Json] = told.get("categories") or ()
    return told | {
        "categories": [
            {name: value for name, value in one.items() if name != "has_instances" or value is not None}
            for one in categories
        ]
    }


def name_of(item: Item) -> str:
    """What the sample is called: as its client called it, else as the end of its address."""
    return item.external_id or item.name


def attributes_of(item: Item, places: Places) -> Json:
    """The sample's `attributes`: as its client sent them, with our own addresses as they are now."""
    if item.media is not None:
        kept: Json = places.again(item.media)
        return kept
    return {"image": {"url": places.picture(item)}}
