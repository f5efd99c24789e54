"""Whole numbers by key, which are added up and taken away again. It must not know what is counted.

They form a group: what is added and then taken away leaves no trace, in whichever order. So a difference may
hold negative counts: it is what has to be added to a sum to bring it up to date.
"""

from collections.abc import Hashable, Mapping
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def plus(ones: Mapping[Key, int], others: Mapping[Key, int]) -> dict[Key, int]:
    """The sums, without those that are 0."""
    return _sum(ones, others, 1)


def minus(ones: Mapping[Key, int], others: Mapping[Key, int]) -> dict[Key, int]:
    """The differences, without those that are 0."""
    return _sum(ones, others, -1)


def _sum(ones: Mapping[Key, int], others: Mapping[Key, int], sign: int) -> dict[Key, int]:
    total = dict(ones)
    for key, count in others.items():
        total[key] = total.get(key, 0) + sign * count
    return {key: count for key, count in total.items() if count}
