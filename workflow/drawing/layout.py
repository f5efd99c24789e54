"""Where the boxes, lines and labels of a drawing stand, as numbers. It must not know what they show, nor how.

From left to right come, by turns, a channel, a column of boxes, and a strip with the labels of the lines that
leave them. Lines cross in channels alone, and none crosses a box or a label: one that does not end in the
next column goes around, on a lane above all columns on its way (ahead) or below them (back).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from workflow.drawing.lanes import Upright, in_order, lane_of, uprights_of
from workflow.drawing.layers import columns_of
from workflow.drawing.levels import BOX_HEIGHT, Levels, levels_of

_UPRIGHT = 10.0  # from one upright to the next
_MARGIN = 20.0
_MARK = 34.0  # room on the left, for what leads to where all begins


class Room(NamedTuple):
    """What is left for boxes, and between them."""

    width: float  # of a box
    height: float = BOX_HEIGHT
    fan: float = 26.0  # from a box to the labels on its right, in which its lines spread
    channel: float = 40.0  # the least width of a channel


class Way(NamedTuple):
    """From one node to another, with a label so wide."""

    start: int
    end: int
    width: float
    is_return: bool = False  # if one of a circle must go back, it is this one


class Point(NamedTuple):
    x: float
    y: float


class Route(NamedTuple):
    """A way's line: from LEAVING bent to SLOT, where its label begins, level to SLOT_END, then around all
    CORNERS to END; without any, bent to END.
    """

    leaving: Point
    slot: Point
    slot_end: Point
    corners: tuple[Point, ...]
    end: Point
    is_back: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """BOXES has the upper left corner of each node's box, ROUTES the line of each way, in their orders."""

    width: float
    height: float
    boxes: Sequence[Point]
    routes: Sequence[Route]


@dataclass(frozen=True, slots=True)
class _Across:
    """From left to right: where the boxes and the strips of each column begin and end, and uprights are."""

    left: Sequence[float]
    right: Sequence[float]
    strip_end: Sequence[float]
    uprights: Mapping[Upright, float]


def laid_out(count: int, first: int, ways: Sequence[Way], room: Room) -> Layout:
    """A place for each of the nodes 0 to COUNT - 1, at least one, and each of WAYS; FIRST is on the left.

    No two boxes or labels overlap. The same input has the same output.
    """
    pairs = [(way.start, way.end) for way in ways]
    columns = columns_of(count, first, pairs, {(way.start, way.end) for way in ways if way.is_return})
    column = {node: number for number, nodes in enumerate(columns) for node in nodes}
    uprights = uprights_of(pairs, column)
    levels = levels_of(columns, column, pairs, uprights, room.height)
    across = _across(len(columns), column, ways, in_order(uprights, levels.lanes), room)
    top = min((*levels.lanes.values(), -max(levels.halves))) - _MARGIN
    bottom = max((*levels.lanes.values(), max(levels.halves))) + _MARGIN
    routes = [_route(number, way, column, levels, across, top, room.fan) for number, way in enumerate(ways)]
    boxes = [
        Point(across.left[column[node]], levels.middles[node] - top - room.height / 2)
        for node in range(count)
    ]
    # What leaves the last column goes back: its uprights are the rightmost of all.
    width = max((across.strip_end[-1], *across.uprights.values())) + _MARGIN
    return Layout(width, bottom - top, boxes, routes)


def _across(
    count: int,
    column: Mapping[int, int],
    ways: Sequence[Way],
    uprights: Sequence[Upright],
    room: Room,
) -> _Across:
    strips = [0.0] * count
    for way in ways:
        strips[column[way.start]] = max(strips[column[way.start]], room.fan + way.width)
    in_channel: dict[int, list[Upright]] = {}
    for upright in uprights:
        in_channel.setdefault(upright.channel, []).append(upright)
    placed: dict[Upright, float] = {}
    left: list[float] = []
    x = _MARGIN + _MARK
    for number in range(count + 1):
        here = in_channel.get(number, [])
        placed.update((upright, x + _UPRIGHT * (place + 1)) for place, upright in enumerate(here))
        if number < count:
            left.append(x + max(room.channel, _UPRIGHT * (len(here) + 3)))
            x = left[-1] + room.width + strips[number]
    right = [start + room.width for start in left]
    return _Across(left, right, [end + strip for end, strip in zip(right, strips, strict=True)], placed)


def _route(
    number: int,
    way: Way,
    column: Mapping[int, int],
    levels: Levels,
    across: _Across,
    top: float,
    fan: float,
) -> Route:
    begin, end = column[way.start], column[way.end]
    level = levels.slots[number] - top
    goal = Point(across.left[end], levels.middles[way.end] - top)
    lane = lane_of(way.start, way.end, column)
    corners: tuple[Point, ...] = ()
    if lane is not None:
        out = across.uprights[Upright(begin + 1, False, lane)]
        back_in = across.uprights[Upright(end, True, lane)]
        height = levels.lanes[lane] - top
        corners = (Point(out, level), Point(out, height), Point(back_in, height), Point(back_in, goal.y))
    return Route(
        Point(across.right[begin], levels.middles[way.start] - top),
        Point(across.right[begin] + fan, level),
        Point(across.strip_end[begin], level),
        corners,
        goal,
        end <= begin,
    )
