"""What a dataset's labels are, for Segments: the classes that it declares, else those that it names."""

from typing import Any

import msgspec

from app.formats.segments.categories import color_at
from app.web.vendors.segments.bodies import Json


def configuration_of(dataset: Any) -> Json:
    """The label configuration of DATASET. Where it neither declares nor names any, every number is one."""
    declared: Json = msgspec.json.decode(dataset.labeling_configuration)
    labels = [] if "classes" in declared else msgspec.json.decode(dataset.labels)
    return named(list(dict.fromkeys(labels))) if labels else declared


def named(labels: list[str]) -> Json:
    """A configuration whose classes are called LABELS, and numbered in their order from 1."""
    return {
        "classes": [
            {"id": label, "name": label, "number": number, "color": color_at(number)}
            for number, label in enumerate(labels, 1)
        ]
    }
