"""What kind of work a dataset is, in Segments' words: as its client said, else as our records tell."""

from collections.abc import Mapping
from typing import Any

import msgspec

from app.formats.segments.kinds import MULTISENSOR, TASKS
from app.web.vendors.segments.vendor import corner

KNOWN = (*TASKS, MULTISENSOR, "")
USUAL = "segmentation-bitmap"  # of a new dataset, where nothing is said: as the SDK has it
TEXTS = ("text-named-entities", "text-span-categorization")
SINCE_TEXTS = "segments-sdk-version"  # a header of clients that know no texts any more
_BY_MODALITY = {"text": TEXTS[0], "point_cloud": "pointcloud-cuboid", "video": "image-vector-sequence"}
_MASKS = {"mask"}


def task_type_of(dataset: Any) -> str:
    said = corner(dataset.vendor).get("task_type")
    return said if isinstance(said, str) else _told_by(dataset)


def shown_to(headers: Mapping[str, str], task_type: str) -> str:
    """TASK_TYPE as the client reads it: where it knows no texts, one of them fails the whole list."""
    return "" if task_type in TEXTS and SINCE_TEXTS in headers else task_type


def _told_by(dataset: Any) -> str:
    if dataset.modality in _BY_MODALITY:
        return _BY_MODALITY[dataset.modality]
    classes = msgspec.json.decode(dataset.labeling_configuration).get("classes", ())
    types = {type for one in classes for type in one.get("geometries", ("any",))}
    return "segmentation-bitmap" if types == _MASKS else "vector"


def modality_of(task_type: str) -> str:
    """What the entries of a new dataset of TASK_TYPE are."""
    if task_type in TEXTS:
        return "text"
    if task_type.startswith("pointcloud") or task_type == MULTISENSOR:
        return "point_cloud"
    return "video" if task_type.endswith("sequence") else "image"
