"""The annotations that one mark is in a label: mostly one, and of a skeleton one for each joint.

It must not know where in the label they stand.
"""

from collections.abc import Sequence
from typing import NamedTuple

from app.formats.segments.kinds import Kind
from app.formats.segments.placing import Placed
from app.formats.segments.shapes import members_of
from app.formats.segments.soundness import Json


class Part(NamedTuple):
    """A part of a MARK, and the members that say WHERE it is. IS_WHOLE: it is the only one."""

    mark: Placed
    where: Json
    is_first: bool = True
    is_whole: bool = True


def parts_of(mark: Placed, kind: Kind) -> Sequence[Part]:
    """The parts of MARK in a label of KIND; empty where nothing of it can be told."""
    if kind is Kind.TEXT:
        return [Part(mark, {name: mark.dimensions[name] for name in ("start", "end")})]
    if kind in (Kind.BITMAP, Kind.CLOUD):
        return [Part(mark, {})]
    wheres = members_of(mark.dimensions)
    return [Part(mark, where, not n, len(wheres) == 1) for n, where in enumerate(wheres)]
