"""The outlines of a mask's pixels, on their corners, with holes. It knows masks and rings alone.

Around each patch of pixels that touch by their sides runs one ring clockwise on the screen, and around each
hole in it one the other way. Where two pixels touch by a corner alone, rings part there. So filling the rings
by the even-odd rule gives the same pixels again. Work is n log n of the run lengths; no picture is laid out.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.geometry.masks import Places, runs_of
from app.geometry.shapes import Mask, Polygon, Ring

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Columns:
    """The runs of a mask, cut where one column ends and the next begins."""

    column: Places
    top: Places
    bottom: Places


@dataclass(frozen=True, slots=True)
class _Corners:
    """Where outlines turn, column by column: corners 2k and 2k + 1 are the ends of upright edge k.

    A place where two pixels touch by a corner has two corners: one ends the edge above it, one starts that
    below. IS_CROSSED tells where the left edge goes with the lower one, and not with the upper one.
    """

    x: Places
    y: Places
    is_left: Flags  # of edges: whether pixels are on its right
    is_crossed: Flags


def polygons_in(mask: Mask) -> list[Polygon]:
    """The polygons of MASK, with its moment, from left to right; none for a mask without a pixel.

    An outline may have more points than `shape_of` takes. Rings start at their leftmost edge's end.
    """
    columns = _columns_of(mask)
    if not len(columns.column):
        return []
    corners = _corners_of(columns, mask.height)
    across = _edges_across(corners, mask.width)
    rings, ring_of_edge = _rings_of(corners, across)
    owners = _owners_of(rings, ring_of_edge, _upper_edges(columns, corners, across, mask))
    holes: dict[int, list[Ring]] = {owner: [] for owner in dict.fromkeys(owners)}
    for number, owner in enumerate(owners):
        if owner != number:
            holes[owner].append(rings[number].points)
    return [Polygon(rings[owner].points, tuple(inner), mask.moment) for owner, inner in holes.items()]


def _columns_of(mask: Mask) -> _Columns:
    starts, ends = runs_of(mask)
    first, last = starts // mask.height, (ends - 1) // mask.height
    often = last - first + 1
    column = np.arange(int(often.sum())) + np.repeat(first - np.cumsum(often) + often, often)
    top = np.where(column == np.repeat(first, often), np.repeat(starts % mask.height, often), 0)
    bottom = np.repeat((ends - 1) % mask.height + 1, often)
    return _Columns(column, top, np.where(column == np.repeat(last, often), bottom, mask.height))


def _corners_of(columns: _Columns, height: int) -> _Corners:
    """A place is a corner where the columns on both sides of it do not turn on or off alike."""
    x = np.concatenate([columns.column, columns.column])
    y = np.concatenate([columns.top, columns.bottom])
    turn = np.repeat(np.array([1, -1]), len(columns.column))  # on at the top, off below
    places = np.concatenate([x, x + 1]) * (height + 1) + np.concatenate([y, y])
    order = np.argsort(places, kind="stable")
    places, change = places[order], np.concatenate([turn, -turn])[order]
    first = np.flatnonzero(np.diff(places, prepend=-1))
    change = np.add.reduceat(change, first)  # of the right column less the left one
    often = np.abs(change)
    places, change = np.repeat(places[first], often), np.repeat(change, often)
    return _Corners(places // (height + 1), places % (height + 1), change[0::2] > 0, change == -2)


def _edges_across(corners: _Corners, width: int) -> Places:
    """The ends of level edges, row by row: the left end of edge j at 2j, and its right end at 2j + 1."""
    numbers = np.arange(len(corners.x))
    ties = np.where(corners.is_crossed, -numbers, numbers)
    return np.lexsort((ties, corners.y * (width + 1) + corners.x)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Ring:
    points: Ring
    edge: int  # its leftmost upright edge
    is_hole: bool


def _rings_of(corners: _Corners, across: Places) -> tuple[list[_Ring], list[int]]:
    """All rings, by their leftmost edge from left to right, and for each upright edge its ring's number."""
    partner = np.empty(len(across), dtype=np.int64)
    partner[across[0::2]], partner[across[1::2]] = across[1::2], across[0::2]
    next_corner = partner.tolist()
    points = list(zip(corners.x.astype(float).tolist(), corners.y.astype(float).tolist(), strict=True))
    is_left = corners.is_left.tolist()
    rings: list[_Ring] = []
    ring_of_edge = [-1] * len(is_left)
    for edge, is_outer in enumerate(is_left):
        if ring_of_edge[edge] < 0:
            end = 2 * edge + (not is_outer)  # upwards where pixels are on its right, else down
            walked = _walk(end, next_corner)
            for corner in walked[0::2]:
                ring_of_edge[corner // 2] = len(rings)
            rings.append(_Ring(tuple([points[corner] for corner in walked]), edge, not is_outer))
    return rings, ring_of_edge


def _walk(start: int, next_corner: list[int]) -> list[int]:
    """The corners from START, an upright edge's end, along a level edge, an upright one, and so on round."""
    walked: list[int] = []
    corner = start
    while True:
        beginning = next_corner[corner]
        walked += (corner, beginning)
        corner = beginning ^ 1
        if corner == start:
            return walked


def _upper_edges(columns: _Columns, corners: _Corners, across: Places, mask: Mask) -> list[int]:
    """For each upright edge: one of the ring above the pixel that is left of its upper end, if that is on."""
    x, y = corners.x[0::2] - 1, corners.y[0::2]
    tops = columns.column * (mask.height + 1) + columns.top
    run = np.searchsorted(tops, x * (mask.height + 1) + y, side="right") - 1
    begins = across[0::2]
    lefts = corners.y[begins] * (mask.width + 1) + corners.x[begins]
    level = np.searchsorted(lefts, columns.top[run] * (mask.width + 1) + x, side="right") - 1
    return (begins[level] // 2).tolist()  # type: ignore[no-any-return]


def _owners_of(rings: list[_Ring], ring_of_edge: list[int], upper_edges: list[int]) -> list[int]:
    """For each ring the number of the one around its patch: its own where it is no hole.

    Left of a hole's leftmost edge is its patch; the ring above that pixel bounds the same patch and starts
    further left, so its owner is known.
    """
    owners: list[int] = []
    for number, ring in enumerate(rings):
        owners.append(owners[ring_of_edge[upper_edges[ring.edge]]] if ring.is_hole else number)
    return owners
