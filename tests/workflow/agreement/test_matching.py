"""Which of two people's marks are of the same thing: the best of all ways to pair them."""

from collections.abc import Sequence
from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflow.agreement.figures import BOXES
from workflow.agreement import assignment, matching
from workflow.agreement.allowance import Allowance
from workflow.agreement.errors import TooMuch
from workflow.agreement.matching import MOST_MARKS, Mark, Pair, best, match
from workflow.agreement.shapes import Box, Mask, iou

FEW = settings(max_examples=40, deadline=None)
WEIGHTS = st.sampled_from([0.0, 0.0, 0.5, 0.5, 0.625, 0.75, 0.9, 1.0])
TABLES = st.integers(1, 6).flatmap(
    lambda columns: st.lists(st.lists(WEIGHTS, min_size=columns, max_size=columns), min_size=1, max_size=6)
)
Table = Sequence[Sequence[float]]


def row_of_boxes(*places: float) -> list[Mark]:
    return [Mark(Box(place, 0, 10, 10)) for place in places]


def pairs_of(table: Table) -> list[Pair]:
    return [
        Pair(row, column, weight)
        for row, line in enumerate(table)
        for column, weight in enumerate(line)
        if weight
    ]


def greatest_sum(table: Table) -> float:
    """The greatest sum of weights of which no two share a row or a column, by trying all."""

    @cache
    def from_row(row: int, taken: frozenset[int]) -> float:
        if row == len(table):
            return 0.0
        free = (column for column in range(len(table[row])) if column not in taken)
        with_row = (table[row][column] + from_row(row + 1, taken | {column}) for column in free)
        return max(from_row(row + 1, taken), *with_row, 0.0)

    return from_row(0, frozenset())


def check_best(table: Table) -> None:
    found = best(pairs_of(table), range(len(table)), range(len(table[0])), Allowance())

    rows, columns = [pair.one for pair in found.pairs], [pair.other for pair in found.pairs]
    assert sorted((*rows, *found.only_one)) == list(range(len(table)))
    assert sorted((*columns, *found.only_other)) == list(range(len(table[0])))
    assert sum(pair.iou for pair in found.pairs) == pytest.approx(greatest_sum(table), abs=1e-12)


@FEW
@given(TABLES)
def test_no_way_to_pair_has_a_greater_sum(table: Table) -> None:
    check_best(table)


def test_checker_detects_a_matching_that_takes_the_nearest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    def greedy(weights: Table, allowance: Allowance) -> list[int]:
        taken: list[int] = []
        for line in weights:
            free = [column for column in range(len(line)) if column not in taken]
            taken.append(max(free, key=line.__getitem__))
        return taken

    monkeypatch.setattr(assignment, "heaviest", greedy)

    with pytest.raises(AssertionError):
        check_best([[0.9, 0.75], [0.9, 0.0]])


@pytest.mark.parametrize("seed", range(5))
def test_no_random_way_to_pair_many_has_a_greater_sum(seed: int) -> None:
    dice = Random(seed)
    rows, columns = dice.randint(20, 40), dice.randint(20, 40)
    table = [[dice.choice([0.0, dice.uniform(0.5, 1)]) for _ in range(columns)] for _ in range(rows)]

    found = best(pairs_of(table), range(rows), range(columns), Allowance())

    total = sum(pair.iou for pair in found.pairs)
    for _ in range(200):
        thrown = (
            dice.sample(range(max(rows, columns)), rows)
            if rows > columns
            else dice.sample(range(columns), rows)
        )
        assert total >= sum(table[row][column] for row, column in enumerate(thrown) if column < columns)


def test_the_heaviest_assignment_gives_every_row_a_column_of_its_own() -> None:
    dice = Random(1)
    table = [[dice.random() for _ in range(30)] for _ in range(20)]

    columns = assignment.heaviest(table, Allowance())

    assert len(set(columns)) == len(columns) == 20


# ---- marks


def test_marks_are_paired_for_the_greatest_sum_and_not_one_by_one() -> None:
    # The second fits the first place best, but then the first would be left alone.
    found = match(row_of_boxes(0, 2), row_of_boxes(2, 5), bound=0.5)

    assert [(pair.one, pair.other) for pair in found.pairs] == [(0, 0), (1, 1)]


def test_what_overlaps_less_than_the_bound_is_left_alone() -> None:
    found = match(row_of_boxes(0, 50), row_of_boxes(5, 50), bound=0.5)

    assert found.pairs == (Pair(1, 1, 1.0),)
    assert (found.only_one, found.only_other) == ((0,), (0,))


def test_the_bound_itself_is_enough() -> None:
    assert match(row_of_boxes(0), row_of_boxes(5), bound=50 / 150).pairs == (Pair(0, 0, 50 / 150),)


def test_labels_are_compared_only_where_they_have_to_agree() -> None:
    ones, others = [Mark(Box(0, 0, 10, 10), "cat")], [Mark(Box(0, 0, 10, 10), "dog")]

    assert len(match(ones, others).pairs) == 1
    assert match(ones, others, must_labels_agree=True).only_one == (0,)


def test_a_mask_and_a_box_are_no_pair() -> None:
    found = match([Mark(Mask(10, 10, (0, 100)))], row_of_boxes(0))

    assert (found.pairs, found.only_one, found.only_other) == ((), (0,), (0,))


@pytest.mark.parametrize(("ones", "others"), [(0, 0), (0, 2), (2, 0)])
def test_where_one_marked_nothing_all_is_left_alone(ones: int, others: int) -> None:
    found = match(row_of_boxes(*range(ones)), row_of_boxes(*range(others)))

    assert (found.pairs, len(found.only_one), len(found.only_other)) == ((), ones, others)


@FEW
@given(st.lists(BOXES, max_size=5), st.lists(BOXES, max_size=5))
def test_a_matching_is_worth_the_same_from_both_sides(ones: list[Box], others: list[Box]) -> None:
    marks, other_marks = [Mark(box) for box in ones], [Mark(box) for box in others]

    there, back = match(marks, other_marks, bound=0.1), match(other_marks, marks, bound=0.1)

    assert sum(pair.iou for pair in there.pairs) == pytest.approx(sum(pair.iou for pair in back.pairs))
    assert all(pair.iou == iou(ones[pair.one], others[pair.other]) >= 0.1 for pair in there.pairs)


# ---- bounds of work


@pytest.mark.parametrize("bound", [0.0, -1.0, 1.1, float("nan")])
def test_a_bound_is_over_0_and_at_most_1(bound: float) -> None:
    with pytest.raises(ValueError, match="bound"):
        match([], [], bound=bound)


def test_more_marks_than_are_matched_are_refused() -> None:
    with pytest.raises(TooMuch):
        match(row_of_boxes(*range(MOST_MARKS + 1)), [])


def test_more_work_than_is_allowed_is_refused() -> None:
    with pytest.raises(TooMuch):
        match(row_of_boxes(*range(30)), row_of_boxes(*range(30)), bound=0.01, allowance=Allowance(1_000))


def test_marks_that_are_all_of_one_place_are_matched_within_the_allowance() -> None:
    places = [index / 100 for index in range(60)]

    found = match(row_of_boxes(*places), row_of_boxes(*reversed(places)))

    assert [pair.iou for pair in found.pairs] == [1.0] * 60


def test_groups_share_no_mark() -> None:
    pairs = pairs_of([[0.5, 0.0, 0.0], [0.5, 0.0, 0.0], [0.0, 0.6, 0.7]])

    groups = matching._groups(pairs)

    assert [[(pair.one, pair.other) for pair in group] for group in groups] == [
        [(0, 0), (1, 0)],
        [(2, 1), (2, 2)],
    ]
