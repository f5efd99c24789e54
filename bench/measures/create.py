"""A create: one annotation on an entry, on the disk before it is answered. 16 clients."""

import msgspec

from bench.data import Filled
from bench.measures.measure import Measure, post


def requests_of(data: Filled) -> list[bytes]:
    return [post("/annotations", _body(id, n)) for n, id in enumerate(data.open_ids)]


def _body(entry: str, n: int) -> bytes:
    attributes = {
        "dimensions": {"type": "box", "x": n, "y": 40, "width": 100, "height": 80},
        "annotation": {"label": "lesion", "confidence": 0.75},
        "metadata": {"tool": "box", "seconds": 12.5},
    }
    linked = {"entry": {"data": {"type": "entries", "id": entry}}}
    return msgspec.json.encode(
        {"data": {"type": "annotations", "attributes": attributes, "relationships": linked}}
    )


CREATE = Measure("create", "one annotation, durable; 16 clients", 16, requests_of, 201, "annotations")
