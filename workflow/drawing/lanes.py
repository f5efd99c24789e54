"""The lanes of a drawing, on which lines go around its columns. It must not know how wide these are.

Channel 0 is on the left of column 0, channel 1 on its right, and so on.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

_LANE = 12.0  # from one to the next


class Lane(NamedTuple):
    """What all lines share that go around to END on the same side: below, where they go BACK, or above."""

    is_back: bool
    end: int


class Upright(NamedTuple):
    """A line's way up or down in CHANNEL, between a column and LANE."""

    channel: int
    is_entering: bool
    lane: Lane


def lane_of(start: int, end: int, column: Mapping[int, int]) -> Lane | None:
    """The lane from START to END, which stand in a COLUMN each; none from one column to the next."""
    ahead = column[end] - column[start]
    return None if ahead == 1 else Lane(ahead < 1, end)


def uprights_of(pairs: Iterable[tuple[int, int]], column: Mapping[int, int]) -> list[Upright]:
    """All that lines from and to PAIRS need, each once, in a fixed order."""
    found: set[Upright] = set()
    for start, end in pairs:
        lane = lane_of(start, end, column)
        if lane is not None:
            found.add(Upright(column[start] + 1, False, lane))
            found.add(Upright(column[end], True, lane))
    return sorted(found)


def heights_of(uprights: Iterable[Upright], halves: Sequence[float]) -> dict[Lane, float]:
    """How high each lane is, beyond the columns that it passes. HALVES are half their heights, around 0.

    No two lanes lie on each other: short ones are nearer to the columns, and longer ones go around them.
    """
    channels: dict[Lane, list[int]] = {}
    for upright in uprights:
        channels.setdefault(upright.lane, []).append(upright.channel)
    edges = [0.0, *halves, 0.0]
    # Of channel 0, column 0, channel 1 ... in this order: how far from 0 they are taken, above and below.
    open_at = [reach for pair in pairwise(edges) for reach in (max(pair), pair[1])]
    taken = {False: open_at, True: list(open_at)}
    heights: dict[Lane, float] = {}
    for lane in sorted(channels, key=lambda lane: (max(channels[lane]) - min(channels[lane]), lane)):
        passed = slice(2 * min(channels[lane]), 2 * max(channels[lane]) + 1)
        beyond = taken[lane.is_back]
        height = max(beyond[passed]) + _LANE
        beyond[passed] = [height] * len(beyond[passed])
        heights[lane] = height if lane.is_back else -height
    return heights


def in_order(uprights: Iterable[Upright], heights: Mapping[Lane, float]) -> list[Upright]:
    """UPRIGHTS channel by channel, each from left to right: what leaves a column before what enters the next.

    Within these, a line around another one stays around it, so that the two do not cross.
    """

    def place(upright: Upright) -> tuple[int, bool, bool, float]:
        is_back = upright.lane.is_back
        height = abs(heights[upright.lane])
        return (
            upright.channel,
            upright.is_entering,
            is_back,
            height if upright.is_entering != is_back else -height,
        )

    return sorted(uprights, key=place)
