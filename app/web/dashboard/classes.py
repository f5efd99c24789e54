"""What annotations say of what they mark, and how its classes are declared. It knows no page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from re import compile as pattern
from typing import Any

from app.web.dashboard.records import Record

NAMELESS = "no label"
_COLOUR = pattern(r"#[0-9a-fA-F]{6}")

Bones = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Classes:
    """What a labeling configuration says of classes, by their ids."""

    by_id: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, configuration: Any) -> "Classes":
        listed = configuration.get("classes") if isinstance(configuration, Mapping) else None
        told = [one for one in listed or () if isinstance(one, Mapping)] if isinstance(listed, list) else []
        return cls({str(one.get("id", "")): one for one in told})

    def name(self, id: str) -> str:
        return str(self.by_id.get(id, {}).get("name") or id)

    def colour(self, id: str) -> str | None:
        """Its colour as `#rrggbb`; None where none is declared."""
        told = self.by_id.get(id, {}).get("color")
        return told[:7] if isinstance(told, str) and _COLOUR.match(told) else None

    def bones(self, id: str) -> Bones:
        told = self.by_id.get(id, {}).get("skeleton") or ()
        return [(one[0], one[1]) for one in told if isinstance(one, list) and len(one) == 2]


def label_of(annotation: Record) -> str:
    """The id of the class that an ANNOTATION names."""
    value = annotation.annotation if isinstance(annotation.annotation, Mapping) else {}
    found = next((value[name] for name in ("label", "class", "name") if value.get(name)), NAMELESS)
    return found if isinstance(found, str) else NAMELESS


def answers_of(annotation: Record) -> str:
    """What an ANNOTATION says besides its label, in a line: `colour red, parked yes`."""
    value = annotation.annotation if isinstance(annotation.annotation, Mapping) else {}
    told = {name: one for name, one in value.items() if name not in ("label", "class", "name")}
    attributes = told.pop("attributes", None)
    if isinstance(attributes, Mapping):
        told |= attributes
    return ", ".join(f"{name} {_word(one)}" for name, one in told.items())


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " and ".join(_word(one) for one in value)
    return "none" if value is None else str(value)
