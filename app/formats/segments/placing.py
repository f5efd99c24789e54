"""Which annotations stand where in a label, and with which numbers. Labels and their pictures both need it.

It must not know how they are written.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.formats.segments.classes import Asked, Classes, Known
from app.formats.segments.clouds import is_empty
from app.formats.segments.kinds import (
    HELD,
    LAST_COLOUR,
    LAST_INSTANCE,
    MOST_FRAMES,
    MULTISENSOR,
    TASKS,
    Kind,
    Place,
    Task,
)
from app.formats.segments.numbering import Wanted, numbers_of
from app.formats.segments.soundness import Json
from app.formats.segments.spelling import object_in
from app.formats.segments.told import Told, told_in
from app.geometry import BadGeometry, shape_of

LeaveOut = Callable[[int, str, str], object]  # the place of an annotation, a code, a detail
_LAST: Mapping[Kind, int] = {Kind.BITMAP: LAST_COLOUR, Kind.CLOUD: LAST_INSTANCE}


@dataclass(frozen=True, slots=True)
class Placed:
    """An annotation of the class KNOWN, at DIMENSIONS; INDEX is its place in what was given."""

    index: int
    known: Known
    answers: Json
    dimensions: Json
    told: Told


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to what is ASKED of the whole."""

    asked: Asked
    value: Any


@dataclass(frozen=True, slots=True)
class Sensor:
    """A part of a label: NAME is None for a label without sensors; FRAMES is how many it has, if known."""

    name: str | None
    task_type: str
    frames: int | None = None

    @property
    def task(self) -> Task:
        return TASKS[self.task_type]


class Layout:
    """ANNOTATIONS by their places among SENSORS. LEAVE_OUT hears what none of them can hold."""

    def __init__(
        self,
        annotations: Sequence[Json],
        sensors: Sequence[Sensor],
        classes: Classes,
        leave_out: LeaveOut,
    ) -> None:
        self.marks: dict[Place, list[Placed]] = {}
        self.answers: dict[Place, list[Answer]] = {}
        self._sensors = sensors
        self._named = {one.name: one for one in sensors}
        self._classes = classes
        self._leave_out = leave_out
        for index, one in enumerate(annotations):
            self._put(index, one)

    def has_any(self, sensor: Sensor | None = None) -> bool:
        """Whether there is something of SENSOR, or of any."""
        places = (*self.marks, *self.answers)
        return any(sensor is None or place.sensor == sensor.name for place in places)

    def frames_of(self, sensor: Sensor, least: int) -> int:
        """How many frames SENSOR has: at least LEAST, and as many as have something."""
        places = (*self.marks, *self.answers)
        used = [one.frame + 1 for one in places if one.sensor == sensor.name and one.frame is not None]
        return max([least, *used])

    def _put(self, index: int, given: Json) -> None:
        dimensions, annotation = object_in(given, "dimensions"), object_in(given, "annotation")
        told = told_in(given.get("metadata"))
        if "type" in dimensions:
            self._put_mark(index, dimensions, annotation, told)
        elif (asked := self._asked(annotation.get("label"))) is None:
            self._leave_out(index, "class_unknown", "its label is no question about the whole")
        elif self._sensors:
            sensor = self._named.get(told.sensor, self._sensors[0])
            if (place := self._place(index, sensor, told.frame)) is not None:
                self.answers.setdefault(place, []).append(Answer(asked, annotation.get("value")))

    def _asked(self, label: object) -> Asked | None:
        return self._classes.asked.by_id.get(label) if isinstance(label, str) else None

    def _put_mark(self, index: int, dimensions: Json, annotation: Json, told: Told) -> None:
        known = self._classes.of_label(annotation.get("label"))
        try:
            moment = shape_of(dimensions).moment
        except BadGeometry as bad:
            self._leave_out(index, "geometry_broken", f"dimensions{bad.pointer}: {bad.detail}")
            return
        sensor = self._holder(dimensions["type"], told.sensor)
        if known is None:
            self._leave_out(index, "class_unknown", "its label is no class")
        elif sensor is None:
            detail = f"labels of this task type cannot hold a {dimensions['type']}"
            self._leave_out(index, "not_held", detail)
        elif (place := self._place(index, sensor, moment.frame if moment else None)) is not None:
            answers = object_in(annotation, "attributes")
            self.marks.setdefault(place, []).append(Placed(index, known, answers, dimensions, told))

    def _holder(self, kind: str, name: str | None) -> Sensor | None:
        """The sensor called NAME, else the first, whose labels hold dimensions of this KIND."""
        ones = [one for one in self._sensors if kind in HELD[one.task.kind]]
        return next((one for one in ones if one.name == name), ones[0] if ones else None)

    def _place(self, index: int, sensor: Sensor, frame: int | None) -> Place | None:
        frame = frame or 0
        most = 1 if not sensor.task.in_frames else sensor.frames or MOST_FRAMES
        if frame >= most:
            self._leave_out(index, "frame_unknown", f"there is no frame {frame}: there are {most}")
            return None
        return Place(sensor.name, frame if sensor.task.in_frames else None)


def numbered(marks: Sequence[Placed | None], kind: Kind, taken: Sequence[int] = ()) -> list[int]:
    """The number of each of MARKS, which stand at one place; None is for a further part of the one before.

    TAKEN are numbers of things that have no mark.
    """
    return numbers_of([_wanted(one, kind) if one else Wanted() for one in marks], taken)


def _wanted(mark: Placed, kind: Kind) -> Wanted:
    number = mark.told.id
    if number is None:
        number = mark.dimensions.get("instance")
    last = _LAST.get(kind)
    if number is None or last is None or 1 <= number <= last:
        return Wanted(number, mark.told.is_repeated)
    # Beyond what a picture can hold; but of what has no pixels the number alone is kept.
    has_none = mark.dimensions["type"] in ("mask", "point_set") and is_empty(mark.dimensions)
    return Wanted(number, mark.told.is_repeated) if has_none else Wanted()


def sensors_of(task_type: str, sample: Mapping[str, Any], vendor: Mapping[str, Any]) -> list[Sensor]:
    """The parts of labels of TASK_TYPE, as the SAMPLE's attributes have them, else what VENDOR kept."""
    if task_type != MULTISENSOR:
        return [Sensor(None, task_type, _frames_of(sample, vendor))]
    kept = {name: one for one in objects_in(vendor, "sensors") if (name := name_of(object_in(one, "rest")))}
    found: dict[str, Sensor] = {}
    for one in (*objects_in(sample, "sensors"), *(object_in(one, "rest") for one in kept.values())):
        name, said = name_of(one), one.get("task_type")
        if name and name not in found and isinstance(said, str) and said in TASKS:
            frames = _frames_of(object_in(one, "attributes"), object_in(kept.get(name), "label"))
            found[name] = Sensor(name, said, frames)
    return list(found.values())


def objects_in(value: Mapping[str, Any], name: str) -> list[Json]:
    """The objects in the list that VALUE has under NAME."""
    listed = value.get(name)
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def name_of(sensor: Mapping[str, Any]) -> str:
    """The name of SENSOR; "" for none."""
    name = sensor.get("name")
    return name if isinstance(name, str) else ""


def _frames_of(sample: Mapping[str, Any], kept: Mapping[str, Any]) -> int | None:
    """How many frames SAMPLE and what was KEPT of its label have; None where the sample says nothing."""
    frames = objects_in(sample, "frames")
    return min(max(len(frames), len(objects_in(kept, "frames"))), MOST_FRAMES) if frames else None
