"""The common area of two outlines. It knows points alone: no shape, no annotation.

The plane is cut into horizontal bands, at every corner and wherever two edges cross. No edge ends or crosses
another inside a band, so the length that both outlines cover changes linearly there, and its value on the
band's middle line times the band's height is exactly the area. All that is added up is positive: nothing
cancels out, and where edges lie upon one another, lengths of nearly nothing are added, whichever comes first.
What is inside is told by the even-odd rule, so that an outline that crosses itself has an area too.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from workflow.agreement.allowance import Allowance

Point = tuple[float, float]
Outline = Sequence[Point]


class Bounds(NamedTuple):
    """The least upright rectangle around something."""

    left: float
    top: float
    right: float
    bottom: float

    def is_apart_from(self, other: "Bounds") -> bool:
        """Whether not even their borders meet."""
        return (
            self.right < other.left
            or other.right < self.left
            or self.bottom < other.top
            or other.bottom < self.top
        )

    @property
    def area(self) -> float:
        return (self.right - self.left) * (self.bottom - self.top)


class _Edge(NamedTuple):
    top: float
    bottom: float
    x_at_top: float
    x_at_bottom: float
    outline: int  # 0 or 1: which of the two it belongs to

    def x_at(self, y: float) -> float:
        share = (y - self.top) / (self.bottom - self.top)
        return self.x_at_top * (1 - share) + self.x_at_bottom * share  # exact at both ends


def bounds_of(outline: Outline) -> Bounds:
    across, down = zip(*outline, strict=True)
    return Bounds(min(across), min(down), max(across), max(down))


def areas(one: Outline, other: Outline, allowance: Allowance) -> tuple[float, float]:
    """The areas of the intersection and of the union of ONE and OTHER. Raises TooMuch.

    With n edges together, of which a level line meets at most c, and k crossings: O((n + k) c log c). An
    outline as people draw it has a small c; a comb against a comb across it has k of the order of n squared.
    """
    common = either = 0.0
    for edges, top, bottom in _bands([*_edges(one, 0, one[0]), *_edges(other, 1, one[0])]):
        for upper, lower in pairwise(_cuts(edges, top, bottom, allowance)):
            allowance.spend(len(edges))
            lengths = _lengths(edges, upper + (lower - upper) / 2)
            common += lengths[0] * (lower - upper)
            either += lengths[1] * (lower - upper)
    return common, either


def _edges(outline: Outline, number: int, origin: Point) -> Iterator[_Edge]:
    """What is not level of OUTLINE, each edge from its upper end: a level one bounds no part of any band.

    Coordinates are made to count from ORIGIN: two small shapes far out keep all their digits.
    """
    corners = [(x - origin[0], y - origin[1]) for x, y in outline]
    for start, end in pairwise([*corners, corners[0]]):
        (x, y), (x_below, y_below) = (start, end) if start[1] < end[1] else (end, start)
        if y < y_below:
            yield _Edge(y, y_below, x, x_below, number)


def _bands(edges: list[_Edge]) -> Iterator[tuple[list[_Edge], float, float]]:
    """From each corner's level to the next: the edges that cross it, its top and its bottom."""
    waiting = sorted(edges, reverse=True)
    crossing: list[_Edge] = []
    levels = sorted({edge.top for edge in edges} | {edge.bottom for edge in edges})
    for top, bottom in pairwise(levels):
        crossing = [edge for edge in crossing if edge.bottom > top]
        while waiting and waiting[-1].top <= top:
            crossing.append(waiting.pop())
        if crossing:
            yield crossing, top, bottom


def _cuts(edges: list[_Edge], top: float, bottom: float, allowance: Allowance) -> list[float]:
    """TOP, BOTTOM, and between them the levels where two of EDGES cross: those that change their order."""
    cuts = {top, bottom}
    passed: list[
        tuple[float, float]
    ] = []  # of the edges further left at the top: x at the bottom, at the top
    for at_top, at_bottom in sorted((edge.x_at(top), edge.x_at(bottom)) for edge in edges):
        place = bisect_right(passed, at_bottom, key=lambda path: path[0])
        crossed = passed[place:]
        allowance.spend(len(crossed))
        for other_at_bottom, other_at_top in crossed:
            before, after = at_top - other_at_top, other_at_bottom - at_bottom
            cuts.add(min(bottom, top + (bottom - top) * (before / (before + after))))
        passed.insert(place, (at_bottom, at_top))
    return sorted(cuts)


def _lengths(edges: list[_Edge], y: float) -> tuple[float, float]:
    """How much of the level line at Y both outlines cover, and how much at least one does."""
    common = either = 0.0
    inside = [False, False]
    for (x, outline), (next_x, _) in pairwise(sorted((edge.x_at(y), edge.outline) for edge in edges)):
        inside[outline] = not inside[outline]
        if inside[0] or inside[1]:
            either += next_x - x
            if inside[0] and inside[1]:
                common += next_x - x
    return common, either
