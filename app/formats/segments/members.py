"""One annotation of a label as Segments writes it, from its parts. Reading and writing both need it.

It must not know frames or files.
"""

from collections.abc import Collection

from app.formats.errors import BadMember
from app.formats.segments.digests import digest_of_shape
from app.formats.segments.kinds import Kind
from app.formats.segments.shapes import CUBOIDS, MEMBERS, dimensions_in
from app.formats.segments.soundness import Json
from app.formats.segments.spelling import names_in, object_in, respelled
from app.geometry import shape_of

PLACES = ("points", "position")  # where an annotation is, where its kind says that of each by itself


def plain_of(number: int | None, category: int, where: Json, dimensions: Json, track: int | None) -> Json:
    """The annotation NUMBER of a CATEGORY, which says WHERE it is: at the moment of DIMENSIONS, on TRACK.

    TRACK is given in labels of frames, where every annotation has one; else it is None.
    """
    plain: Json = {} if number is None else {"id": number}
    plain |= {"category_id": category} | where
    if track is not None:
        plain["track_id"] = track
    if track is not None or "keyframe" in dimensions:
        plain["is_keyframe"] = dimensions.get("keyframe", True)
    return plain


def as_sent(plain: Json, told: Json, dimensions: Json, kind: Kind) -> Json:
    """PLAIN as its sender TOLD it, as far as that says the same: DIMENSIONS may have changed since."""
    ours = {"id", "category_id", "start", "end"}
    ours |= {"track_id"} if "track" in dimensions else set()
    ours |= {"is_keyframe"} if "keyframe" in dimensions else set()
    if kind not in (Kind.VECTOR, Kind.SPACE):  # what was drawn may be a part of a picture by now
        return respelled(plain, told, ours.union(PLACES))
    sent = respelled(plain, told, ours)
    if not names_in(told) & MEMBERS or _is_there(sent, told.get("at"), dimensions, kind):
        return sent
    sent = respelled(plain, told, ours | MEMBERS)
    return sent | _same_type(sent, object_in(told, "kept"))


def placed(spelling: Json, where: Json) -> Json:
    """SPELLING, the difference of an annotation that is WHERE, with what tells later whether it still is."""
    if not names_in(spelling) & MEMBERS:
        return spelling
    return spelling | {"at": digest_of_shape(shape_of(where))}


def _is_there(sent: Json, at: object, dimensions: Json, kind: Kind) -> bool:
    """Whether SENT, which was AT some place, says that it is where DIMENSIONS are."""
    digest = digest_of_shape(shape_of(dimensions))
    try:
        return at == digest == digest_of_shape(shape_of(dimensions_in(sent, "", kind)))
    except BadMember:
        return False


def _same_type(sent: Json, kept: Json) -> Json:
    """A cuboid that moved is still of the type that it was sent with."""
    types: Collection[object] = CUBOIDS
    is_both = sent.get("type") in types and isinstance(kept.get("type"), str) and kept["type"] in types
    return {"type": kept["type"]} if is_both else {}
