"""Pictures of ids: those that clients send, and those of labels whose pixels were made elsewhere.

It brings numpy: whoever reads and writes labels alone need not load it. It must not know where they are kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.formats.pictures import pixels_of, png_of
from app.formats.segments.classes import Classes
from app.formats.segments.kinds import LAST_COLOUR, MULTISENSOR, TASKS, Kind, Place
from app.formats.segments.labels import ignored
from app.formats.segments.placing import Layout, Placed, numbered, sensors_of
from app.formats.segments.reading import Size
from app.formats.segments.soundness import Json
from app.geometry import Mask, shape_of
from app.geometry.converting import mask_of
from app.geometry.pictures_of_ids import colours_of, ids_in, ids_of, masks_of


def masks_in(content: bytes) -> list[Mask]:
    """What the picture of ids CONTENT, a PNG file, holds: for `labels.read`. Raises ValueError."""
    return masks_of(ids_in(pixels_of(content, "PNG", is_coloured=True)))


def picture_of(
    annotations: Sequence[Json],
    vendor: Mapping[str, Any] | None,
    task_type: str,
    classes: Classes,
    place: Place,
    size: Size,
    *,
    sample: Mapping[str, Any] | None = None,
) -> bytes:
    """The picture of ids, a PNG file, of what ANNOTATIONS have at PLACE: the rest is as for `write`.

    It has SIZE (height, width) where no mask tells another. Later annotations lie above earlier ones, and
    each has the id that `write` gives it. Raises ValueError where it would be too large.
    """
    vendor = vendor or {}
    is_known = task_type in TASKS or task_type == MULTISENSOR
    sensors = sensors_of(task_type, sample or {}, vendor) if is_known else []
    marks = Layout(annotations, sensors, classes, ignored).marks.get(place, [])
    is_drawn = any(one.name == place.sensor and one.task.kind is Kind.BITMAP for one in sensors)
    return png_of(colours_of(ids_of(_painted(marks if is_drawn else [], size))))


def _painted(marks: Sequence[Placed], size: Size) -> list[Mask]:
    """The pixels of MARKS with their ids, above a mask of nothing that tells the size."""
    shapes = [shape_of(one.dimensions) for one in marks]
    masks = [one for one in shapes if isinstance(one, Mask) and any(one.counts[1::2])]
    height, width = (masks[0].height, masks[0].width) if masks else size
    painted = [Mask(height, width, (height * width,), 1)]
    for number, shape in zip(numbered(marks, Kind.BITMAP), shapes, strict=True):
        is_other = isinstance(shape, Mask) and (shape.height, shape.width) != (height, width)
        mask = None if is_other or not 1 <= number <= LAST_COLOUR else mask_of(shape, height, width)
        if mask is not None:
            painted.append(replace(mask, instance=number, moment=None))
    return painted
