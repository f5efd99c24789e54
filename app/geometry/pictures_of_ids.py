"""Masks as one picture: each pixel holds the id of its thing, 0 for none. It reads and writes no file.

As colours an id is R + 256 G + 65536 B, as COCO's panoptic pictures have it; alpha is always 255, since what
handles pictures may lose the colours of pixels that are transparent.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.geometry.errors import BadGeometry
from app.geometry.masks import Places, check_pixels, mask_of_turns, runs_of
from app.geometry.shapes import MOST_INSTANCE, Mask

MOST_INSTANCES = 100_000
MOST_RUNS = 5_000_000  # of pixels of one id down a column: bounds memory, noise has that many
LAST_COLOUR = 2**24 - 1

Ids = NDArray[np.uint32]


def ids_of(masks: Sequence[Mask]) -> Ids:
    """The instances of MASKS, height by width; where masks overlap, the later one stands.

    Raises BadGeometry where there is no mask, one has no instance, sizes differ or are too large.
    """
    if len({(mask.height, mask.width) for mask in masks}) != 1:
        raise BadGeometry("/size", "a picture of ids is of one or more masks of the same size")
    height, width = masks[0].height, masks[0].width
    check_pixels(height, width)
    flat = np.zeros(height * width, dtype=np.uint32)
    for mask in masks:
        if mask.instance is None:
            raise BadGeometry("/instance", "in a picture of ids every mask has an instance")
        starts, ends = runs_of(mask)
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            flat[start:end] = mask.instance
    return flat.reshape(width, height).T


def masks_of(ids: NDArray[Any]) -> list[Mask]:
    """A mask for each id above 0 in IDS, whole numbers, height by width, by ascending id.

    Raises BadGeometry where IDS is no such picture, or holds more than MOST_INSTANCES or MOST_RUNS.
    """
    if ids.ndim != 2 or not ids.size or ids.dtype.kind not in "ui":
        raise BadGeometry("/size", "a picture of ids is of whole numbers, and of a height and a width")
    height, width = ids.shape
    check_pixels(height, width)
    found, turns = _runs_by_id(ids.ravel(order="F"))
    first = np.flatnonzero(np.diff(found, prepend=0))
    if len(first) > MOST_INSTANCES:
        raise BadGeometry("/instance", f"the picture holds more than {MOST_INSTANCES} ids")
    parts = pairwise([*first.tolist(), len(found)])
    return [_mask_of(turns[a:b].ravel(), height, width, int(found[a])) for a, b in parts]


def _runs_by_id(flat: NDArray[Any]) -> tuple[NDArray[Any], Places]:
    """The id above 0 of each run of equal pixels, ascending, and where each of them starts and ends."""
    is_turn = flat[1:] != flat[:-1]
    # Counted before anything is made that is as long as the picture.
    if np.count_nonzero(is_turn) >= MOST_RUNS or flat.max() > MOST_INSTANCE:
        raise BadGeometry("/instance", f"the picture has more than {MOST_RUNS} runs, or an id beyond 32 bits")
    starts = np.append(0, np.flatnonzero(is_turn) + 1)
    ends = np.append(starts[1:], flat.size)
    order = np.argsort(flat[starts], kind="stable")
    order = order[flat[starts][order] > 0]
    return flat[starts][order], np.stack([starts[order], ends[order]], axis=1)


def _mask_of(turns: Places, height: int, width: int, instance: int) -> Mask:
    """Runs of one id never touch, so their ends are its turns; that after the last pixel is none."""
    return mask_of_turns(turns[turns < height * width], height, width, instance)


def colours_of(ids: Ids) -> NDArray[np.uint8]:
    """IDS as RGBA, height by width by 4. Raises BadGeometry for an id that three colours cannot hold."""
    if ids.size and ids.max() > LAST_COLOUR:
        raise BadGeometry("/instance", f"in a picture of ids an instance is at most {LAST_COLOUR}")
    colours = np.empty((*ids.shape, 4), dtype=np.uint8)
    for place in range(3):
        colours[..., place] = ids >> np.uint32(8 * place) & np.uint32(255)
    colours[..., 3] = 255
    return colours


def ids_in(colours: NDArray[np.uint8]) -> Ids:
    """The ids of a picture as RGB or RGBA, height by width by 3 or 4; alpha is not looked at.

    Raises BadGeometry for anything else.
    """
    if colours.ndim != 3 or colours.shape[2] not in (3, 4) or colours.dtype != np.uint8:
        raise BadGeometry("", "a picture of ids is RGB or RGBA, of 8 bits each")
    ids: Ids = np.zeros(colours.shape[:2], dtype=np.uint32)
    for place in range(3):
        ids |= colours[..., place].astype(np.uint32) << np.uint32(8 * place)
    return ids
