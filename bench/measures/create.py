"""A create: one annotation on an entry, on the disk before it is answered. 8 clients."""

from typing import Any

import msgspec

from bench.data import Filled
from bench.measures.measure import Measure, Script, post


def values_of(n: int) -> dict[str, Any]:
    """An annotation."""
    return {
        "dimensions": {"type": "box", "x": n, "y": 40, "width": 100, "height": 80},
        "annotation": {"label": "lesion", "confidence": 0.75},
        "metadata": {"tool": "box", "seconds": 12.5},
    }


def scripts_of(data: Filled) -> list[Script]:
    return [[post("/annotations", _body(id, n))] for n, id in enumerate(data.open_ids)]


def _body(entry: str, n: int) -> bytes:
    linked = {"entry": {"data": {"type": "entries", "id": entry}}}
    return msgspec.json.encode(
        {"data": {"type": "annotations", "attributes": values_of(n), "relationships": linked}}
    )


CREATE = Measure(
    "create",
    "one annotation, durable; 8 clients",
    8,
    scripts_of,
    ("postil", "obvious", "floor"),
    {"floor": 0.5},
    status=201,
    thing="annotation",
    table="annotations",
    is_changing=True,
)
