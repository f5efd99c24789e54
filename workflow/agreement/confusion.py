"""What two people called the same things: counts, and how far they agree. It must not know the things.

All figures are made of whole numbers with one division at the end, so they are exact to the last digit.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from workflow.agreement.counts import minus, plus

Label = str | float


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """How far one label agrees, each 0 to 1, or None where it would be divided by nothing.

    With the first person's labels taken for true: PRECISION is the share of the second's uses of the label
    that the first shares, RECALL the share of the first's that the second shares. F_SCORE, their harmonic
    mean, is the same from both sides (Dice 1945).
    """

    precision: float | None
    recall: float | None
    f_score: float | None


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often the first person gave the one label and the second the other.

    None in a label's place means that the one did not mark the thing at all. Such counts take part in the
    figures of a label, but in neither the observed agreement nor kappa, which are of what both have judged.
    """

    counts: Mapping[tuple[Label | None, Label | None], int] = field(default_factory=dict)

    @classmethod
    def of(cls, labels: Iterable[tuple[Label | None, Label | None]]) -> "Confusion":
        return cls(dict(Counter(labels)))

    def __add__(self, other: "Confusion") -> "Confusion":
        return Confusion(plus(self.counts, other.counts))

    def __sub__(self, other: "Confusion") -> "Confusion":
        return Confusion(minus(self.counts, other.counts))

    @property
    def flipped(self) -> "Confusion":
        """The same with the second person first."""
        return Confusion({(second, first): count for (first, second), count in self.counts.items()})

    @property
    def labels(self) -> tuple[Label, ...]:
        """All labels that were given, texts after numbers."""
        found = {label for labels in self.counts for label in labels if label is not None}
        return tuple(sorted(found, key=_rank))

    @property
    def judged(self) -> int:
        """How many things both have given a label."""
        return sum(self._of_both().values())

    @property
    def observed_agreement(self) -> float | None:
        """The share of what both judged that they gave the same label; None where there is nothing."""
        judged = self.judged
        return self._agreed() / judged if judged else None

    @property
    def kappa(self) -> float | None:
        """The agreement beyond chance, -1 to 1 (Cohen 1960).

        It is (p - e) / (1 - e), of the observed agreement p and the one e to be expected by chance. None
        where nothing was judged, or where both only ever gave one and the same label: then e is 1.
        """
        total = self.judged
        by_first, by_second = _margins(self._of_both())
        by_chance = sum(count * by_second[label] for label, count in by_first.items())
        if by_chance == total * total:
            return None
        return (total * self._agreed() - by_chance) / (total * total - by_chance)

    def figures_of(self, label: Label) -> LabelFigures:
        """How far the two agree on what is LABEL."""
        by_first, by_second = _margins(self.counts)
        both, first, second = self.counts.get((label, label), 0), by_first[label], by_second[label]
        return LabelFigures(
            precision=both / second if second else None,
            recall=both / first if first else None,
            f_score=2 * both / (first + second) if first + second else None,
        )

    def _of_both(self) -> Mapping[tuple[Label | None, Label | None], int]:
        return {labels: count for labels, count in self.counts.items() if None not in labels}

    def _agreed(self) -> int:
        return sum(count for (first, second), count in self._of_both().items() if first == second)


def _margins(
    counts: Mapping[tuple[Label | None, Label | None], int],
) -> tuple[Counter[Label | None], Counter[Label | None]]:
    """How often the first and the second gave each label."""
    by_first: Counter[Label | None] = Counter()
    by_second: Counter[Label | None] = Counter()
    for (first, second), count in counts.items():
        by_first[first] += count
        by_second[second] += count
    return by_first, by_second


def _rank(label: Label) -> tuple[bool, float, str]:
    return (True, 0.0, label) if isinstance(label, str) else (False, label, "")
