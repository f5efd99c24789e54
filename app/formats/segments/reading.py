"""Reads the annotations of one label, or of one sensor's, in frames or without. It must not write any.

What is no annotation is kept as it is: the record of a list of annotations has its `rest`, that is all that
stood beside them, and what tells whether its pictures and clouds are still what they were.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.formats.errors import BadMember
from app.formats.segments.classes import Classes
from app.formats.segments.clouds import nothing_of, sets_in
from app.formats.segments.digests import digest_of
from app.formats.segments.kinds import LAST_INSTANCE, MOST_ANNOTATIONS, MOST_FRAMES, Kind, Place, Task
from app.formats.segments.members import PLACES, placed, plain_of
from app.formats.segments.shapes import dimensions_in, members_of
from app.formats.segments.soundness import Json
from app.formats.segments.spelling import difference
from app.formats.segments.told import Told
from app.geometry import BadGeometry, Mask, dimensions_of, shape_of

Masks = Callable[[str], Sequence[Mask] | None]
Size = tuple[int, int]  # height and width


class Reader:
    """Collects the ANNOTATIONS of a label in their order."""

    def __init__(self, classes: Classes, masks: Masks, size: Size) -> None:
        self.annotations: list[Json] = []
        self._classes = classes
        self._masks = masks
        self._size = size

    def label(self, given: Any, at: str, task: Task, sensor: str | None) -> Json:
        """What is kept of GIVEN, the attributes of a label of TASK, beside its annotations."""
        if not task.in_frames:
            if isinstance(given, dict) and isinstance(given.get("frames"), list):
                raise BadMember("label_invalid", f"{at}/frames", "a label of this task type has no frames")
            return {"frame": self._frame(given, at, Place(sensor), task)}
        if given in (None, []):
            return {"rest": given}
        if not isinstance(given, dict):
            raise BadMember("label_invalid", at, "a label is an object with its frames")
        if given.get("frames") is None:
            if given.get("annotations"):
                detail = "a label of this task type has its annotations in frames"
                raise BadMember("label_invalid", f"{at}/annotations", detail)
            return {"rest": given}
        frames = listed(given, "frames", at, MOST_FRAMES)
        records = [
            self._frame(one, f"{at}/frames/{n}", Place(sensor, n), task) for n, one in enumerate(frames)
        ]
        return {"rest": {name: given[name] for name in given if name != "frames"}, "frames": records}

    def _frame(self, given: Any, at: str, place: Place, task: Task) -> Json:
        if given in (None, []):
            return {"rest": given}
        if not isinstance(given, dict):
            raise BadMember("label_invalid", at, "a label is an object with its annotations")
        rest = dict(given)
        start = len(self.annotations)
        ones = listed(given, "annotations", at, MOST_ANNOTATIONS - start)
        record: Json = {"rest": rest}
        ids = [one.get("id") if isinstance(one, dict) else None for one in ones]
        things = self._things(given, at, task.kind, ids, record)
        seen: set[int] = set()
        for n, one in enumerate(ones):
            mark = self._mark(one, f"{at}/annotations/{n}", place, task, things, seen)
            self.annotations.append(mark)
        if task.kind is Kind.BITMAP:
            record["digest"] = digest_of(
                [(ids[n], one["dimensions"]) for n, one in enumerate(self.annotations[start:])]
            )
        if isinstance(given.get("annotations"), list):
            rest["annotations"] = []
        self._answers(rest, at, place)
        return record

    def _things(self, given: Json, at: str, kind: Kind, ids: Sequence[object], record: Json) -> Any:
        """Id -> where it is, for what is told beside the annotations; RECORD is told of the others."""
        if kind is Kind.BITMAP:
            return self._masks_in(given, at)
        if kind is not Kind.CLOUD or given.get("point_annotations") is None:
            return {}
        sets = sets_in(given["point_annotations"], f"{at}/point_annotations")
        size = len(given["point_annotations"])
        known = {one for one in ids if _is_whole(one)}
        others = [one for id, one in sets.items() if id not in known]
        record["cloud"] = {"size": size} | ({"unlisted": others} if others else {})
        record["rest"]["point_annotations"] = []
        return {"": nothing_of(size)} | sets

    def _masks_in(self, given: Json, at: str) -> Mapping[Any, Json]:
        height, width = self._size
        picture = given.get("segmentation_bitmap")
        if picture is not None and not isinstance(picture, dict):
            raise BadMember("label_invalid", f"{at}/segmentation_bitmap", "it is an object with its url")
        url = picture.get("url") if picture else None
        if url is not None and not isinstance(url, str):
            raise BadMember("label_invalid", f"{at}/segmentation_bitmap/url", "url is a text")
        masks = self._masks(url) if url else None
        if masks:
            height, width = masks[0].height, masks[0].width
        nothing = {"type": "mask", "size": [height, width], "counts": [height * width]}
        return {"": nothing} | {mask.instance: dimensions_of(mask) for mask in masks or ()}

    def _mark(
        self, given: Any, at: str, place: Place, task: Task, things: Mapping[Any, Json], seen: set[int]
    ) -> Json:
        if not isinstance(given, dict):
            raise BadMember("label_invalid", at, "an annotation is an object with its category_id")
        number = given.get("id")
        if not _is_whole(number) and (task.kind is not Kind.TEXT or number is not None):
            raise BadMember("label_invalid", f"{at}/id", "id is a whole number")
        known = self._classes.of_category(given.get("category_id"), f"{at}/category_id")
        where = _where(given, at, task.kind, things)
        dimensions = where | _moment(given, at, place)
        answers, others = known.asked.answers_in(_attributes(given, at))
        track = given.get("track_id") if _is_whole(given.get("track_id")) else 0 if task.in_frames else None
        plain = plain_of(number, known.number, _told_of(where, task.kind), dimensions, track)
        spelling = difference(
            {name: given[name] for name in given if name != "attributes" or given[name] is None}, plain
        )
        is_told = others or ("attributes" in given and given["attributes"] is not None and not answers)
        attributes = others if is_told else None
        if task.kind in (Kind.VECTOR, Kind.SPACE):
            spelling = placed(spelling, where)
        told = Told(number, number in seen, place.sensor, None, attributes, spelling)
        seen |= set() if number is None else {number}
        annotation = {"label": known.id} | ({"attributes": answers} if answers else {})
        return {"dimensions": dimensions, "annotation": annotation, "metadata": told.metadata()}

    def _answers(self, rest: Json, at: str, place: Place) -> None:
        """Makes annotations of what is answered of the whole picture, and leaves the others in REST."""
        given = rest.get("image_attributes")
        if given is None:
            return
        if not isinstance(given, dict):
            raise BadMember("label_invalid", f"{at}/image_attributes", "image_attributes are an object")
        answers, rest["image_attributes"] = self._classes.asked.answers_in(given)
        told = Told(sensor=place.sensor, frame=place.frame).metadata()
        self.annotations += [
            {"dimensions": {}, "annotation": {"label": id, "value": value}, "metadata": told}
            for id, value in answers.items()
        ]


def listed(given: Json, name: str, at: str, most: int) -> list[Any]:
    """The list NAME of GIVEN, of at most MOST; empty where it is null or not there. Raises BadMember."""
    found = given.get(name)
    if found is None:
        return []
    if not isinstance(found, list) or len(found) > most:
        raise BadMember("label_invalid", f"{at}/{name}", f"{name} is a list of at most {most}")
    return found


def _is_whole(value: object) -> bool:
    return type(value) is int


def _attributes(given: Json, at: str) -> Json:
    found = given.get("attributes")
    if found is not None and not isinstance(found, dict):
        raise BadMember("label_invalid", f"{at}/attributes", "attributes are an object of values by name")
    return found or {}


def _where(given: Json, at: str, kind: Kind, things: Mapping[Any, Json]) -> Json:
    if kind in (Kind.VECTOR, Kind.SPACE):
        return dimensions_in(given, at, kind)
    for name in PLACES:
        if name in given:
            detail = "annotations of this task type have no place of their own"
            raise BadMember("label_invalid", f"{at}/{name}", detail)
    if kind is Kind.TEXT:
        found = {"type": "text_span", "start": given.get("start"), "end": given.get("end")}
        try:
            shape_of(found)
        except BadGeometry as bad:
            raise BadMember("label_invalid", at + bad.pointer, bad.detail) from None
        return found
    id = given["id"]
    there = {"instance": id} if 1 <= id <= LAST_INSTANCE else {}
    return things.get(id) or things.get("", nothing_of(0)) | there


def _told_of(where: Json, kind: Kind) -> Json:
    """WHERE as the annotation itself says it."""
    if kind is Kind.TEXT:
        return {"start": where["start"], "end": where["end"]}
    return members_of(where)[0] if kind in (Kind.VECTOR, Kind.SPACE) else {}


def _moment(given: Json, at: str, place: Place) -> Json:
    track, keyframe = given.get("track_id"), given.get("is_keyframe")
    moment: Json = {} if place.frame is None else {"frame": place.frame}
    if track is not None:
        if not _is_whole(track):
            raise BadMember("label_invalid", f"{at}/track_id", "track_id is a whole number")
        moment["track"] = str(track)
    if keyframe is not None:
        if not isinstance(keyframe, bool):
            raise BadMember("label_invalid", f"{at}/is_keyframe", "is_keyframe is true or false")
        moment["keyframe"] = keyframe
    return moment
