"""The marks of a video as DataGym exports them: which objects are seen in which frames, and how they change.

DataGym tells a change where somebody drew the object; what was put between two such is seen, and not told.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from app.formats.datagym_writing import Writer, answers_told, geometries_told
from app.formats.items import Mark
from app.geometry import BadGeometry, Shape, shape_of

Json = dict[str, Any]


def video_told(marks: Iterable[Mark], writer: Writer) -> Json:
    """The frames and objects of MARKS. An object is what has one track; what has none is one of its own.

    A mark without a frame is told in the first; what DataGym has no word for is left out.
    """
    frames: dict[str, list[Json]] = {}
    objects: dict[str, dict[str, Json]] = {}
    for mark, shape in sorted(_drawn(marks), key=lambda one: _frame(one[1])):
        label = mark.annotation.get("label")
        entry = writer.entry_of(label) if isinstance(label, str) else None
        told = geometries_told(shape, entry)
        if not told:
            continue
        frame = str(_frame(shape))
        own_id = (shape.moment.track if shape.moment else None) or mark.id
        seen = {"visibleObjectId": own_id}
        if seen not in frames.setdefault(frame, []):
            frames[frame].append(seen)
        changes = objects.setdefault(own_id, {})
        if shape.moment is None or shape.moment.keyframe is not False:
            changes[frame] = {**told[0], "classifications": answers_told(mark, entry)}
    return {"frames": frames, "object": objects}


def _drawn(marks: Iterable[Mark]) -> Iterator[tuple[Mark, Shape]]:
    for mark in marks:
        try:
            if "type" in mark.dimensions:
                yield mark, shape_of(mark.dimensions)
        except BadGeometry:
            continue


def _frame(shape: Shape) -> int:
    return (shape.moment.frame if shape.moment else None) or 0
