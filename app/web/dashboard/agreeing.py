"""How far people agree, as tables: pair by pair, and label by label. It asks nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST_LABELS = 12  # in a table; those that were said most often
# What kappas are called, after Landis and Koch, Biometrics 33 (1977): fair at most, moderate, substantial,
# almost perfect.
BOUNDS = (0.4, 0.6, 0.8)


@dataclass(frozen=True)
class Cell:
    """What stands where a row and a column meet, and its HEAT, 0 to 3; None: nothing is known."""

    value: float | None
    heat: int | None
    judged: int = 0
    kappa: float | None = None


@dataclass(frozen=True)
class Question:
    """One question, or the labels of shapes (NAME None): its figures and its tables."""

    name: str | None
    observed: float | None
    fleiss: float | None
    alpha: float | None
    accounts: tuple[str, ...]
    pairs: Mapping[tuple[str, str], Cell]
    labels: tuple[str, ...]
    confusion: Mapping[tuple[str, str], Cell]
    scores: tuple[tuple[str, float | None], ...]  # the F-score of each label


def question_of(told: Mapping[str, Any]) -> Question:
    """What the API has TOLD of a question."""
    pairs: dict[tuple[str, str], Cell] = {}
    for one in told["pairs"]:
        first, second = one["account_ids"]
        cell = _pair(one)
        pairs[first, second] = pairs[second, first] = cell
    labels, confusion = _confusion(told["confusion"] or [])
    return Question(
        told["question"],
        told["observed_agreement"],
        told["fleiss_kappa"],
        told["krippendorff_alpha"].get("nominal"),
        tuple(sorted({account for pair in pairs for account in pair})),
        pairs,
        labels,
        confusion,
        tuple((_word(one["label"]), one["f_score"]) for one in told["labels"]),
    )


def heat_of(value: float | None) -> int | None:
    return None if value is None else sum(value >= bound for bound in BOUNDS)


def _pair(told: Mapping[str, Any]) -> Cell:
    """Warm by kappa; where chance leaves none, by what was observed."""
    kappa, observed = told["cohen_kappa"], told["observed_agreement"]
    return Cell(observed, heat_of(observed if kappa is None else kappa), told["judged"], kappa)


def _confusion(
    counted: Sequence[Mapping[str, Any]],
) -> tuple[tuple[str, ...], dict[tuple[str, str], Cell]]:
    """How often a label met another: who was first means nothing, so both ways are added."""
    counts: dict[tuple[str, str], int] = {}
    totals: dict[str, int] = {}
    for one in counted:
        first, second, count = _word(one["first"]), _word(one["second"]), one["count"]
        for pair in {(first, second), (second, first)}:
            counts[pair] = counts.get(pair, 0) + count
        for label in {first, second}:
            totals[label] = totals.get(label, 0) + count
    labels = tuple(sorted(totals, key=lambda label: (-totals[label], label))[:MOST_LABELS])
    cells = {}
    for first in labels:
        for second in labels:
            count = counts.get((first, second), 0)
            share = count / totals[first]
            cells[first, second] = Cell(count, heat_of(share if first == second else 1 - share))
    return labels, cells


def _word(label: Any) -> str:
    return "nothing" if label is None else str(label)
