"""A label's `attributes`, as Segments' clients send and expect them, and our annotations of an entry.

What is read and written unchanged comes back equal; what others changed since is told as it is now.
It must not know who keeps the annotations, nor how pictures are fetched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.formats.segments.classes import Classes
from app.formats.segments.kinds import MULTISENSOR, TASKS, Place
from app.formats.segments.placing import Layout, LeaveOut, sensors_of
from app.formats.segments.reading import Masks, Reader, Size
from app.formats.segments.sensors import read_sensors, write_sensors
from app.formats.segments.soundness import Json, check_sound
from app.formats.segments.writing import BitmapUrl, Writer
from app.geometry import Mask

__all__ = ["BitmapUrl", "Classes", "LeaveOut", "Masks", "Place", "Read", "Size", "no_masks", "read", "write"]


@dataclass(frozen=True, slots=True)
class Read:
    """What a label says. ANNOTATIONS have `dimensions`, `annotation` and `metadata`, in their order.

    VENDOR is what they cannot hold; whoever keeps them keeps it beside them, and hands it to `write`.
    """

    annotations: list[Json]
    vendor: Json


def no_masks(url: str) -> Sequence[Mask] | None:
    """For where no picture can be had."""
    return None


def read(
    attributes: object, task_type: str, classes: Classes, masks: Masks = no_masks, *, size: Size = (1, 1)
) -> Read:
    """What ATTRIBUTES, of a label of a dataset of TASK_TYPE, say. Raises BadMember with a pointer.

    MASKS gives what is in the picture of ids at a URL, or None where it cannot be had; an annotation without
    pixels gets an empty mask, of SIZE (height, width) unless the picture tells another. Labels of a task type
    that is not known are kept whole, and have no annotations.
    """
    check_sound(attributes)
    reader = Reader(classes, masks, size)
    if task_type == MULTISENSOR:
        vendor = read_sensors(reader, attributes)
    elif task_type in TASKS:
        vendor = reader.label(attributes, "", TASKS[task_type], None)
    else:
        vendor = {"whole": attributes}
    return Read(reader.annotations, vendor)


def ignored(index: int, code: str, detail: str) -> None:
    """For who does not ask what was left out."""


def write(
    annotations: Sequence[Json],
    vendor: Mapping[str, Any] | None,
    task_type: str,
    classes: Classes,
    bitmap_url: BitmapUrl,
    *,
    sample: Mapping[str, Any] | None = None,
    leave_out: LeaveOut = ignored,
) -> Any:
    """ANNOTATIONS, in the order in which they were made, as the attributes of a label of TASK_TYPE.

    VENDOR is what `read` gave, if anything. BITMAP_URL gives where the picture of a place will be had; it is
    asked where the one that was sent shows something else by now, and `bitmaps.picture_of` draws it. SAMPLE,
    the sample's attributes, tells its frames and sensors. LEAVE_OUT hears the index of each annotation that
    such a label cannot hold, a code and why. Given is an object, or whatever `read` had instead of one.
    """
    vendor = vendor or {}
    if task_type not in TASKS and task_type != MULTISENSOR:
        return vendor.get("whole")
    sensors = sensors_of(task_type, sample or {}, vendor)
    layout = Layout(annotations, sensors, classes, leave_out)
    writer = Writer(layout, bitmap_url, leave_out)
    if task_type == MULTISENSOR:
        return write_sensors(writer, layout, sensors, vendor)
    return writer.label(sensors[0], vendor)
