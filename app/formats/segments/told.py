"""What is kept beside an annotation of what Segments said of it: our corner of its `metadata`.

`id` is its number there, `repeated` where another before it had the same; `sensor`, and of an answer `frame`;
`attributes` are those that are no answers; `kept` and `without` are told in `spelling`; where these say where
it is, `at` tells whether it still is there. It must not know shapes.

It was in the hands of others: what is not as we would write it says nothing.
"""

from dataclasses import dataclass
from typing import Any

from app.formats.segments.soundness import Json
from app.formats.segments.spelling import VENDOR, object_in


@dataclass(frozen=True, slots=True)
class Told:
    """Our corner of an annotation's metadata."""

    id: int | None = None
    is_repeated: bool = False
    sensor: str | None = None
    frame: int | None = None
    attributes: Json | None = None
    spelling: Json | None = None  # kept, without, at

    def metadata(self) -> Json:
        """It as an annotation's metadata: {} where it says nothing."""
        members: dict[str, Any] = {
            "id": self.id,
            "repeated": self.is_repeated or None,
            "sensor": self.sensor,
            "frame": self.frame,
            "attributes": self.attributes,
        }
        told = {name: value for name, value in members.items() if value is not None} | (self.spelling or {})
        return {VENDOR: told} if told else {}


def told_in(metadata: object) -> Told:
    """What METADATA tells."""
    told = object_in(metadata, VENDOR)
    id, frame, sensor = told.get("id"), told.get("frame"), told.get("sensor")
    attributes = told.get("attributes")
    return Told(
        id if type(id) is int and -(2**63) <= id < 2**63 else None,
        told.get("repeated") is True,
        sensor if isinstance(sensor, str) else None,
        frame if type(frame) is int and frame >= 0 else None,
        attributes if isinstance(attributes, dict) else None,
        {name: told[name] for name in ("kept", "without", "at") if name in told},
    )
