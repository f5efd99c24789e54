"""The marks of one still picture, as shapes: checked, and of the kinds that a format holds."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from app.formats.items import Item, Mark, Problems
from app.geometry import BadGeometry, Shape, shape_of


class Drawn(NamedTuple):
    """A mark, the id of its class, and its shape."""

    mark: Mark
    label: str
    shape: Shape


def drawn(
    item: Item,
    held: tuple[type, ...],
    classes: Mapping[str, Any],
    problems: Problems,
    with_answers: bool = False,
) -> Iterator[Drawn]:
    """The marks of ITEM whose shape is one of HELD and whose label one of CLASSES; others become problems.

    What a still picture cannot hold (other kinds, a moment of a video, answers unless WITH_ANSWERS, which
    says that the caller writes them) is told once an item.
    """
    others: Counter[str] = Counter()
    for mark in item.marks:
        shape = _shape_of(mark, item, problems) if mark.dimensions else None
        label = mark.annotation.get("label")
        if not mark.dimensions:
            others["answer"] += not with_answers
        elif shape and not isinstance(shape, held):
            others[mark.dimensions["type"]] += 1
        elif shape and shape.moment and shape.moment.frame is not None:
            others["frame"] += 1
        elif shape and isinstance(label, str) and label in classes:
            yield Drawn(mark, label, shape)
        elif shape:
            problems.add(item.id, "class_unknown", f"mark {mark.id} has a label that is no class")
    _tell(item, others, problems)


def _shape_of(mark: Mark, item: Item, problems: Problems) -> Shape | None:
    try:
        return shape_of(mark.dimensions)
    except BadGeometry as bad:
        detail = f"mark {mark.id}, dimensions{bad.pointer}: {bad.detail}"
        problems.add(item.id, "geometry_broken", detail)
        return None


def answers_of(item: Item) -> dict[str, Any]:
    """Question -> value, of the marks of ITEM that are answers."""
    answers = [mark.annotation for mark in item.marks if not mark.dimensions]
    return {one["label"]: one.get("value") for one in answers if isinstance(one.get("label"), str)}


def _tell(item: Item, others: Counter[str], problems: Problems) -> None:
    if left := {kind: number for kind, number in others.items() if number}:
        named = ", ".join(f"{number} of kind {kind}" for kind, number in sorted(left.items()))
        problems.add(item.id, "not_held", f"this format cannot hold some marks: {named}")
