"""Masks as run lengths and as arrays of pixels. It must not know outlines or pictures of ids.

An array is boolean, height by width; arrays have at most MOST_PIXELS, so that a few characters of run
lengths never fill the memory. What is done on run lengths alone has no such limit.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.geometry.compression import compressed, counts_of
from app.geometry.errors import BadGeometry
from app.geometry.shapes import MOST_COUNTS, MOST_SIDE, Mask, Moment

__all__ = [
    "MOST_PIXELS",
    "array_of",
    "compressed",
    "counts_of",
    "mask_from",
    "mask_of_turns",
    "runs_of",
    "turns_of",
    "union",
]

MOST_PIXELS = 100_000_000

Pixels = NDArray[np.bool_]
Places = NDArray[np.int64]  # pixels by their number, column by column


def array_of(mask: Mask) -> Pixels:
    """MASK laid out: True where it is on. Raises BadGeometry for more than MOST_PIXELS."""
    check_pixels(mask.height, mask.width)
    lengths = np.array(mask.counts, dtype=np.int64)
    flat = np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)
    return flat.reshape(mask.width, mask.height).T


def mask_from(array: NDArray[Any], instance: int | None = None, moment: Moment | None = None) -> Mask:
    """The mask of all that is not 0 in ARRAY, height by width.

    Raises BadGeometry where it is not of two sides within the limits, or needs too many run lengths.
    """
    if array.ndim != 2 or not array.size:
        raise BadGeometry("/size", "a mask has a height and a width of at least 1")
    height, width = array.shape
    check_pixels(height, width)
    flat = (array != 0).ravel(order="F")
    turns = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    return mask_of_turns(np.concatenate(([0], turns)) if flat[0] else turns, height, width, instance, moment)


def turns_of(mask: Mask) -> Places:
    """The pixels at which MASK turns on or off, ascending, each once: runs of no length are gone."""
    return odd_ones(np.cumsum(np.array(mask.counts, dtype=np.int64))[:-1], mask.height * mask.width)


def odd_ones(places: Places, total: int) -> Places:
    """Those of PLACES below TOTAL that occur oddly often, ascending: two turns at one pixel are none."""
    found, often = np.unique(places[places < total], return_counts=True)
    odd: Places = found[often % 2 == 1]
    return odd


def mask_of_turns(
    turns: Places, height: int, width: int, instance: int | None = None, moment: Moment | None = None
) -> Mask:
    """The mask that turns on or off at TURNS, which ascend. Raises BadGeometry for too many of them."""
    if len(turns) >= MOST_COUNTS:
        raise BadGeometry("/counts", f"the mask has more than {MOST_COUNTS} run lengths")
    lengths = np.diff(turns, prepend=0, append=height * width)
    return Mask(height, width, tuple(lengths.tolist()), instance, moment)


def runs_of(mask: Mask) -> tuple[Places, Places]:
    """Where each run of pixels that are on starts, and where it ends (the first pixel after it)."""
    turns = turns_of(mask)
    if len(turns) % 2:
        turns = np.append(turns, mask.height * mask.width)
    return turns[0::2], turns[1::2]


def union(masks: Sequence[Mask]) -> Mask:
    """What is on in any of MASKS, without instance and moment, in time of n log n of their run lengths.

    Raises BadGeometry where there is none or their sizes differ.
    """
    if len({(mask.height, mask.width) for mask in masks}) != 1:
        raise BadGeometry("/size", "a union is of one or more masks of the same size")
    runs = [runs_of(mask) for mask in masks]
    places = np.concatenate([place for run in runs for place in run])
    steps = np.concatenate([np.full(len(run[0]), step) for run in runs for step in (1, -1)])
    order = np.argsort(places, kind="stable")
    places, depth = places[order], np.cumsum(steps[order])
    # Of all that happens at one place the last tells what is on from there.
    last = np.append(places[1:] != places[:-1], True)[: len(places)]
    places, is_on = places[last], depth[last] > 0
    turns = places[np.diff(is_on, prepend=False)]
    height, width = masks[0].height, masks[0].width
    return mask_of_turns(turns[turns < height * width], height, width)


def check_pixels(height: int, width: int) -> None:
    """Raises BadGeometry where HEIGHT times WIDTH is more than what is laid out in memory."""
    if max(height, width) > MOST_SIDE or height * width > MOST_PIXELS:
        raise BadGeometry("/size", f"{height} times {width} are more than {MOST_PIXELS} pixels")
