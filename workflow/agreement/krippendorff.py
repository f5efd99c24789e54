"""Krippendorff's alpha, from coincidences that can be kept. It must not know people or things, only ratings.

Of a unit with m ratings, each ordered pair of ratings by two people counts 1 / (m - 1). The pairs are kept as
whole numbers, apart for each m, so that what is added and taken away again leaves no rounding behind.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate
from math import fsum

from workflow.agreement.confusion import Label
from workflow.agreement.counts import minus, plus


class Scale(StrEnum):
    NOMINAL = "nominal"  # values are the same or not
    ORDINAL = "ordinal"  # they have an order: what counts is how many ratings lie between
    INTERVAL = "interval"  # they have distances: what counts is the difference


@dataclass(frozen=True, slots=True)
class Coincidences:
    """Ordered pairs of ratings: (how many ratings their unit has, the one value, the other) -> how many."""

    counts: Mapping[tuple[int, Label, Label], int] = field(default_factory=dict)

    @classmethod
    def of(cls, units: Iterable[Iterable[Label | None]]) -> "Coincidences":
        """The coincidences of UNITS, each given as its ratings; None is a missing one.

        A unit with fewer than two ratings tells nothing and is left out.
        """
        counts: Counter[tuple[int, Label, Label]] = Counter()
        for unit in units:
            values = Counter(value for value in unit if value is not None)
            ratings = values.total()
            for one, count in values.items():
                for other, other_count in values.items():
                    counts[ratings, one, other] += count * (other_count - (one == other))
        return cls({key: count for key, count in counts.items() if count})

    def __add__(self, other: "Coincidences") -> "Coincidences":
        return Coincidences(plus(self.counts, other.counts))

    def __sub__(self, other: "Coincidences") -> "Coincidences":
        return Coincidences(minus(self.counts, other.counts))

    @property
    def matrix(self) -> dict[tuple[Label, Label], float]:
        """The coincidence matrix (Krippendorff 2011): its cells that are not 0. It is symmetric."""
        cells: dict[tuple[Label, Label], list[float]] = defaultdict(list)
        for (ratings, one, other), count in self.counts.items():
            cells[one, other].append(count / (ratings - 1))
        return {values: fsum(parts) for values, parts in cells.items()}

    def alpha(self, scale: Scale = Scale.NOMINAL) -> float | None:
        """1 less the observed disagreement over the one expected by chance, at most 1 (Krippendorff 2011).

        None where nothing was rated twice, or where all ratings are the same: no disagreement is expected
        then. Raises ValueError where SCALE is not nominal and a value is a text.
        """
        matrix = self.matrix
        ratings = _ratings(matrix)
        if len(ratings) < 2:
            return None
        observed, expected = _disagreements(matrix, ratings, scale)
        # Values may be so near one another that the square of their distance is nothing to a float.
        return 1 - (fsum(ratings.values()) - 1) * observed / expected if expected else None


def _disagreements(
    matrix: Mapping[tuple[Label, Label], float], ratings: Mapping[Label, float], scale: Scale
) -> tuple[float, float]:
    """The squared distances between coinciding ratings, and between all ratings, added up."""
    total = fsum(ratings.values())
    if scale == Scale.NOMINAL:
        observed = fsum(count for (one, other), count in matrix.items() if one != other)
        return observed, fsum(count * (total - count) for count in ratings.values())
    places = _places(ratings, scale)
    observed = fsum(count * (places[one] - places[other]) ** 2 for (one, other), count in matrix.items())
    return observed, _spread(ratings, places, total)


def _ratings(matrix: Mapping[tuple[Label, Label], float]) -> dict[Label, float]:
    """How many ratings gave each value, without those of units that were left out."""
    parts: dict[Label, list[float]] = defaultdict(list)
    for (one, _), count in matrix.items():
        parts[one].append(count)
    return {value: fsum(counts) for value, counts in parts.items()}


def _places(ratings: Mapping[Label, float], scale: Scale) -> dict[Hashable, float]:
    """Where each value stands on a line, so that the distances on it are those of SCALE.

    Krippendorff counts the ratings from one value to another, those of the two halved: it is as far as from
    the middle of the one's ratings to the middle of the other's, where all ratings stand in a row.
    """
    values = sorted(value for value in ratings if not isinstance(value, str))
    if len(values) < len(ratings):
        raise ValueError(f"values on an {scale} scale are numbers")
    if scale == Scale.INTERVAL:
        return {value: float(value) for value in values}
    ends = accumulate(ratings[value] for value in values)
    return {value: end - ratings[value] / 2 for value, end in zip(values, ends, strict=True)}


def _spread(ratings: Mapping[Label, float], places: Mapping[Hashable, float], total: float) -> float:
    """The squared distances of all ordered pairs of ratings, from those to the mean: no pair is looked at."""
    mean = fsum(count * places[value] for value, count in ratings.items()) / total
    return 2 * total * fsum(count * (places[value] - mean) ** 2 for value, count in ratings.items())
