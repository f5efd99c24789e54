"""Which pixels an outline covers: those whose centre is inside, by the even-odd rule. It knows rings alone.

An outline crosses each column's middle an even number of times. Below a crossing the column's pixels turn on,
below the next one off: these turns, in order, are the mask's run lengths, so no picture is laid out. A centre
that lies upon the outline is inside on its left and upper side and outside on its right and lower one: of
shapes that share an edge, each pixel belongs to one.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.geometry.errors import BadGeometry
from app.geometry.masks import Places, odd_ones
from app.geometry.shapes import Ring

MOST_CROSSINGS = 2_000_000  # of edges with middles of columns: bounds time and memory

Edges = NDArray[np.float64]  # n by 4: x and y of the left end, x and y of the right end


def turns_within(rings: Sequence[Ring], height: int, width: int) -> Places:
    """The pixels, by number, at which a mask of RINGS turns on or off; what lies outside is cut off.

    Raises BadGeometry where edges cross more than MOST_CROSSINGS columns.
    """
    edges = _edges_of(rings)
    first = np.clip(np.ceil(edges[:, 0] - 0.5), 0, width).astype(np.int64)
    often = np.clip(np.ceil(edges[:, 2] - 0.5), 0, width).astype(np.int64) - first
    if (total := int(often.sum())) > MOST_CROSSINGS:
        raise BadGeometry("/points", f"the outline crosses columns {total} times, most is {MOST_CROSSINGS}")
    columns = np.arange(total) + np.repeat(first - np.cumsum(often) + often, often)
    rows = np.clip(np.ceil(_heights(np.repeat(edges, often, axis=0), columns + 0.5) - 0.5), 0, height)
    # A turn below the last row is one at the top of the next column, where it ends what this one began.
    return odd_ones(columns * height + rows.astype(np.int64), height * width)


def _edges_of(rings: Sequence[Ring]) -> Edges:
    """Each edge from its left end to its right one: so it is rounded alike, whichever way it was drawn."""
    starts = [np.array(ring, dtype=np.float64) for ring in rings]
    edges = np.hstack([np.concatenate(starts), np.concatenate([np.roll(one, -1, axis=0) for one in starts])])
    is_backward = edges[:, 0] > edges[:, 2]
    edges[is_backward] = edges[is_backward][:, [2, 3, 0, 1]]
    return edges


def _heights(edges: Edges, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The y of each of EDGES, none of them upright, at its X.

    Multiplied before it is divided: so a centre that lies upon an edge between whole pixels is found there.
    """
    left, upper, right, lower = edges.T
    height: NDArray[np.float64] = upper + (x - left) * (lower - upper) / (right - left)
    return height
