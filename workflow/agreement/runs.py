"""The pixels of masks that are kept as run lengths. It must not know what a mask is of.

Counts are the lengths of runs that are off and on in turn, off first; columns stand one after the other.
"""

from collections.abc import Sequence
from itertools import accumulate

Run = tuple[int, int]  # its first pixel, and the one after its last


def runs_of(counts: Sequence[int]) -> list[Run]:
    """The runs that are on, those without a pixel left out."""
    ends = list(accumulate(counts))
    return [(start, end) for start, end in zip(ends[0::2], ends[1::2], strict=False) if start < end]


def pixels(runs: Sequence[Run]) -> int:
    return sum(end - start for start, end in runs)


def common_pixels(ones: Sequence[Run], others: Sequence[Run]) -> int:
    """How many pixels are on in both, in one walk along ONES and OTHERS."""
    total = one = other = 0
    while one < len(ones) and other < len(others):
        start = max(ones[one][0], others[other][0])
        end = min(ones[one][1], others[other][1])
        total += max(0, end - start)
        if ones[one][1] == end:
            one += 1
        else:
            other += 1
    return total
