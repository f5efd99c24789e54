"""Which of two people's marks are of the same thing. It must not know an entry, nor a third person.

Of all ways to pair marks one to one, among pairs whose IoU is not under a bound, the one with the greatest
sum of IoU is taken. Pairs that could be made fall into groups that share no mark; each group is solved by
itself, exactly. Where two ways are equally good, which of them is taken depends on the marks' order alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from workflow.agreement import assignment
from workflow.agreement.allowance import Allowance
from workflow.agreement.errors import TooMuch
from workflow.agreement.shapes import Shape, are_comparable, bounds_of, iou

# Of a person on an entry. 150 boxes that all overlap 150 others always stay within MOST_STEPS.
MOST_MARKS = 1_000


@dataclass(frozen=True, slots=True)
class Mark:
    shape: Shape
    label: str | None = None


class Pair(NamedTuple):
    """A mark of one person and a mark of the other, by their numbers, and their IoU."""

    one: int
    other: int
    iou: float


@dataclass(frozen=True, slots=True)
class Matching:
    """The pairs, and the numbers of those that only one or only the other marked; each in order."""

    pairs: tuple[Pair, ...]
    only_one: tuple[int, ...]
    only_other: tuple[int, ...]


def match(
    ones: Sequence[Mark],
    others: Sequence[Mark],
    *,
    bound: float = 0.5,
    must_labels_agree: bool = False,
    allowance: Allowance | None = None,
) -> Matching:
    """The best pairing of ONES and OTHERS, by their indexes. A mark without a label agrees with such alone.

    Raises ValueError where BOUND is not over 0 and at most 1, and TooMuch beyond MOST_MARKS or ALLOWANCE.
    """
    allowance = allowance or Allowance()
    pairs: Iterable[Pair] = candidates(
        {index: mark.shape for index, mark in enumerate(ones)},
        {index: mark.shape for index, mark in enumerate(others)},
        bound,
        allowance,
    )
    if must_labels_agree:
        pairs = [pair for pair in pairs if ones[pair.one].label == others[pair.other].label]
    return best(pairs, range(len(ones)), range(len(others)), allowance)


def candidates(
    ones: Mapping[int, Shape], others: Mapping[int, Shape], bound: float, allowance: Allowance
) -> list[Pair]:
    """All pairs whose IoU is at least BOUND. What cannot be compared is no pair. Raises as `match` does."""
    if not 0 < bound <= 1:
        raise ValueError("a bound is over 0 and at most 1")
    if max(len(ones), len(others)) > MOST_MARKS:
        raise TooMuch(f"at most {MOST_MARKS} marks of a person are matched")
    allowance.spend(len(ones) * len(others))
    bounds = {number: bounds_of(shape) for number, shape in others.items()}
    found = []
    for one, shape in ones.items():
        around = bounds_of(shape)
        for other, other_shape in others.items():
            if around.is_apart_from(bounds[other]) or not are_comparable(shape, other_shape):
                continue
            allowance.spend(2)
            common = iou(shape, other_shape, allowance)
            if common >= bound:
                found.append(Pair(one, other, common))
    return found


def best(pairs: Iterable[Pair], ones: Iterable[int], others: Iterable[int], allowance: Allowance) -> Matching:
    """Of PAIRS, those whose sum of IoU is the greatest while no number of ONES or OTHERS comes twice."""
    chosen = sorted(pair for group in _groups(pairs) for pair in _best_of(group, allowance))
    matched, others_matched = {pair.one for pair in chosen}, {pair.other for pair in chosen}
    return Matching(
        tuple(chosen),
        tuple(one for one in ones if one not in matched),
        tuple(other for other in others if other not in others_matched),
    )


def _groups(pairs: Iterable[Pair]) -> list[list[Pair]]:
    """PAIRS by what hangs together: pairs of different groups share no mark."""
    of_one: dict[int, list[Pair]] = defaultdict(list)
    of_other: dict[int, list[Pair]] = defaultdict(list)
    for pair in pairs:
        of_one[pair.one].append(pair)
        of_other[pair.other].append(pair)
    groups = []
    while of_one:
        group: list[Pair] = []
        ahead = of_one.pop(next(iter(of_one)))
        while ahead:
            group += ahead
            others = {pair.other for pair in ahead}
            ones = {pair.one for other in others for pair in of_other.pop(other, ())}
            ahead = [pair for one in sorted(ones) for pair in of_one.pop(one, ())]
        groups.append(sorted(group))
    return groups


def _best_of(group: Sequence[Pair], allowance: Allowance) -> list[Pair]:
    if len(group) == 1:
        return list(group)
    rows, columns = sorted({pair.one for pair in group}), sorted({pair.other for pair in group})
    by_marks = {(pair.one, pair.other): pair for pair in group}
    if len(rows) <= len(columns):
        cells = [[(row, column) for column in columns] for row in rows]
    else:
        cells = [[(row, column) for row in rows] for column in columns]
    # What is no candidate weighs nothing: to be given it is to be left alone.
    weights = [[by_marks[cell].iou if cell in by_marks else 0.0 for cell in line] for line in cells]
    columns_given = assignment.heaviest(weights, allowance)
    given = (line[column] for line, column in zip(cells, columns_given, strict=True))
    return [by_marks[cell] for cell in given if cell in by_marks]
