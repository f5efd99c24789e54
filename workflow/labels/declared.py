"""What a label configuration declares, as plain values. It must not know how they are written or checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

# Every `type` that dimensions may have.
GEOMETRIES = frozenset(
    {
        "box",
        "rotated_box",
        "polygon",
        "polyline",
        "point",
        "keypoints",
        "mask",
        "cuboid",
        "point_3d",
        "polyline_3d",
        "polygon_3d",
        "point_set",
        "text_span",
    }
)


class Kind(StrEnum):
    """What answers a question."""

    SELECT = "select"  # the id of one option
    CHECKLIST = "checklist"  # a list of ids of options
    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"


WITH_OPTIONS = frozenset({Kind.SELECT, Kind.CHECKLIST})


@dataclass(frozen=True, slots=True)
class Question:
    """An attribute or a classification. Two are equal where the same answers fit them: names do not count."""

    id: str
    kind: Kind
    options: frozenset[str] = frozenset()
    is_required: bool = False
    default: Any = None
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    max_length: int | None = None
    option: str | None = None  # of the question above: it is asked once this one is chosen
    below: "Mapping[str, Question]" = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LabelClass:
    """A class of what is marked. GEOMETRIES empty: any. SKELETON: pairs of positions in KEYPOINTS, from 0."""

    id: str
    name: str
    color: str
    number: int | None = None
    geometries: frozenset[str] = frozenset()
    parent: str | None = None
    has_text: bool = False
    requires_text: bool = False
    is_hidden: bool = False
    shortcut: str | None = None
    keypoints: tuple[str, ...] = ()
    skeleton: tuple[tuple[int, int], ...] = ()
    has_instances: bool = True
    attributes: Mapping[str, Question] = field(default_factory=dict)

    def asks_as(self, other: "LabelClass") -> bool:
        """Whether the same annotations fit OTHER."""
        return (self.geometries, self.has_text, self.requires_text, self.attributes) == (
            other.geometries,
            other.has_text,
            other.requires_text,
            other.attributes,
        )


@dataclass(frozen=True)
class Labels:
    """CLASSES by id, in their dense order, 0 to n - 1; and CLASSIFICATIONS, the questions about a whole item.

    Where it is not typed, nothing is declared and anything fits.
    """

    is_typed: bool
    classes: Mapping[str, LabelClass] = field(default_factory=dict)
    classifications: Mapping[str, Question] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)  # of classifications, by id

    @cached_property
    def near(self) -> Mapping[str, str]:
        """Ids by what is meant by them: ids and names, whatever their case."""
        known = {one.name: one.id for one in self.classes.values()}
        known |= {name: id for id, name in self.names.items()}
        known |= {id: id for id in (*self.classes, *self.classifications)}
        return {_folded(text): id for text, id in known.items()}

    def nearest(self, label: str) -> str | None:
        """The id that LABEL probably stands for."""
        return self.near.get(_folded(label))


FREE = Labels(is_typed=False)


def names(labels: Labels) -> list[str]:
    """The names of the classes that are shown, in order."""
    return [one.name for one in labels.classes.values() if not one.is_hidden]


def _folded(text: str) -> str:
    return text.strip().casefold()
