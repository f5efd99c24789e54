"""Writes a label from annotations as they are now, and from what was kept of it. It must not read one.

What was kept was in the hands of others, and may be anything.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.formats.segments.digests import digest_of
from app.formats.segments.held_clouds import Cloud, cloud_of
from app.formats.segments.kinds import MOST_FRAMES, Kind, Place
from app.formats.segments.members import as_sent, plain_of
from app.formats.segments.numbering import tracks_of
from app.formats.segments.parts import Part, parts_of
from app.formats.segments.placing import Answer, Layout, LeaveOut, Placed, Sensor, numbered
from app.formats.segments.soundness import Json
from app.formats.segments.spelling import object_in

BitmapUrl = Callable[[Place], str]
STILL, FRAMES = "0.1", "0.2"  # versions of labels, where nobody said one


class Writer:
    """Writes parts of the label that LAYOUT holds."""

    def __init__(self, layout: Layout, bitmap_url: BitmapUrl, leave_out: LeaveOut) -> None:
        self._layout = layout
        self._bitmap_url = bitmap_url
        self._leave_out = leave_out
        marks = [one for listed in layout.marks.values() for one in listed]
        self._tracks, self._free_tracks = tracks_of(one.dimensions.get("track") for one in marks)

    def label(self, sensor: Sensor, kept: Mapping[str, Any]) -> Any:
        """The attributes of the label of SENSOR, of which KEPT was kept."""
        if not sensor.task.in_frames:
            return self._frame(Place(sensor.name), sensor.task.kind, kept.get("frame"), STILL)
        records = kept.get("frames")
        listed = records if isinstance(records, list) else []
        if "rest" in kept and not isinstance(records, list) and not self._layout.has_any(sensor):
            return kept["rest"]
        least = len(listed) if isinstance(records, list) else sensor.frames or 0
        number = min(self._layout.frames_of(sensor, least), MOST_FRAMES)
        frames = [
            self._frame(Place(sensor.name, n), sensor.task.kind, listed[n] if n < len(listed) else None, None)
            for n in range(number)
        ]
        rest = kept.get("rest")
        return (rest if isinstance(rest, dict) else {"format_version": FRAMES}) | {"frames": frames}

    def _frame(self, place: Place, kind: Kind, record: Any, version: str | None) -> Any:
        """The annotations of PLACE with what stands beside them; RECORD is what was kept of that."""
        marks, answers = self._layout.marks.get(place, []), self._layout.answers.get(place, [])
        rest = record.get("rest", {}) if isinstance(record, dict) and "rest" in record else None
        if record is not None and not isinstance(rest, dict) and not marks and not answers:
            return rest
        is_new = not isinstance(rest, dict)
        frame: Json = _new(version) if is_new else dict(rest)  # type: ignore[arg-type]
        cloud = Cloud(marks)
        if kind is Kind.CLOUD:
            cloud = cloud_of(marks, object_in(record, "cloud"), self._leave_out)
        parts = [part for mark in cloud.marks for part in self._parts(mark, kind)]
        numbers = numbered([part.mark if part.is_first else None for part in parts], kind, cloud.taken)
        if parts or isinstance(frame.get("annotations"), list):
            pairs = zip(parts, numbers, strict=True)
            frame["annotations"] = [self._annotation(part, number, kind, place) for part, number in pairs]
        if kind is Kind.CLOUD and (is_new or cloud.is_known):
            frame["point_annotations"] = cloud.ids(numbers)
        if kind is Kind.BITMAP:
            self._tell_bitmap(frame, place, record, parts, numbers)
        return frame | _answered(frame, answers)

    def _parts(self, mark: Placed, kind: Kind) -> Sequence[Part]:
        parts = parts_of(mark, kind)
        if not parts:
            self._leave_out(mark.index, "not_held", "nothing of it can be seen")
        return parts

    def _annotation(self, part: Part, number: int, kind: Kind, place: Place) -> Json:
        mark = part.mark
        wanted = mark.told.id if kind is Kind.TEXT else number
        track = self._track(mark.dimensions.get("track"), place)
        written = plain_of(wanted, mark.known.number, part.where, mark.dimensions, track)
        if part.is_whole:
            written = as_sent(written, mark.told.spelling or {}, mark.dimensions, kind)
        answers = mark.known.asked.answers_out(mark.answers)
        if answers or mark.told.attributes is not None:
            written["attributes"] = (mark.told.attributes or {}) | answers
        return written

    def _track(self, track: str | None, place: Place) -> int | None:
        if track is not None:
            return self._tracks[track]
        return None if place.frame is None else next(self._free_tracks)

    def _tell_bitmap(
        self, frame: Json, place: Place, record: Any, parts: Sequence[Part], numbers: Sequence[int]
    ) -> None:
        """Tells where the picture of FRAME is: where it was, unless it shows something else by now."""
        shown = [(number, part.mark.dimensions) for part, number in zip(parts, numbers, strict=True)]
        is_empty = record is None and not parts and place.frame is not None
        if not is_empty and object_in({"": record}, "").get("digest") != digest_of(shown):
            frame["segmentation_bitmap"] = {"url": self._bitmap_url(place)}


def _new(version: str | None) -> Json:
    """A list of annotations that nobody has sent, of a VERSION unless that is told further up."""
    return ({"format_version": version} if version else {}) | {"annotations": []}


def _answered(frame: Json, answers: Sequence[Answer]) -> Json:
    if not answers:
        return {}
    said = {one.asked.declared["name"]: one.asked.answer_out(one.value) for one in answers}
    return {"image_attributes": object_in(frame, "image_attributes") | said}
