"""Fleiss' kappa of many people, from sums that can be kept. It must not know people or things, only counts.

The figure needs no item once it is counted: for each number of ratings n that items have, how many items
there are and the sum of the squares of their categories' counts; and each category's ratings in all.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from workflow.agreement.confusion import Label
from workflow.agreement.counts import minus, plus


@dataclass(frozen=True, slots=True)
class Fleiss:
    """ITEMS and SQUARES by an item's number of ratings, and how many RATINGS gave each category."""

    items: Mapping[int, int] = field(default_factory=dict)
    squares: Mapping[int, int] = field(default_factory=dict)
    ratings: Mapping[Label, int] = field(default_factory=dict)

    @classmethod
    def of(cls, items: Iterable[Mapping[Label, int]]) -> "Fleiss":
        """The sums over ITEMS, each given as how many people put it into which category.

        Items with fewer than two ratings are left out. Raises ValueError at a negative count.
        """
        counted: Counter[int] = Counter()
        squares: Counter[int] = Counter()
        ratings: Counter[Label] = Counter()
        for item in items:
            number = _number_of_ratings(item)
            if number >= 2:
                counted[number] += 1
                squares[number] += sum(count * count for count in item.values())
                ratings.update({category: count for category, count in item.items() if count})
        return cls(dict(counted), dict(squares), dict(ratings))

    def __add__(self, other: "Fleiss") -> "Fleiss":
        return Fleiss(
            plus(self.items, other.items),
            plus(self.squares, other.squares),
            plus(self.ratings, other.ratings),
        )

    def __sub__(self, other: "Fleiss") -> "Fleiss":
        return Fleiss(
            minus(self.items, other.items),
            minus(self.squares, other.squares),
            minus(self.ratings, other.ratings),
        )

    @property
    def observed_agreement(self) -> float | None:
        """The mean over items of the share of their pairs of ratings that are equal; None without an item."""
        items = sum(self.items.values())
        if not items:
            return None
        # An item's share is (sum of squares - n) / (n (n - 1)).
        shares = ((self.squares[n] - n * count) / (n * (n - 1)) for n, count in self.items.items())
        return sum(shares) / items

    @property
    def kappa(self) -> float | None:
        """The agreement beyond chance, at most 1 (Fleiss 1971).

        There every item has equally many ratings. Where they differ, items still count alike and the chance
        is that of all ratings: that much is our own choice.
        None where there is no item, or where only one category was ever given: chance alone explains it.
        """
        observed = self.observed_agreement
        total = sum(self.ratings.values())
        by_chance = sum(count * count for count in self.ratings.values())
        if observed is None or by_chance == total * total:
            return None
        return (observed - by_chance / total**2) / ((total**2 - by_chance) / total**2)


def _number_of_ratings(item: Mapping[Label, int]) -> int:
    if any(count < 0 for count in item.values()):
        raise ValueError("no category is given less than 0 times")
    return sum(item.values())
