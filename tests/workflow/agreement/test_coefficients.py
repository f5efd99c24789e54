"""The coefficients of agreement, held against other people's programs and a textbook's formula."""

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction

import krippendorff as other_krippendorff
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, confusion_matrix, precision_recall_fscore_support

from workflow.agreement import confusion, fleiss, krippendorff
from workflow.agreement.confusion import Confusion, Label
from workflow.agreement.fleiss import Fleiss
from workflow.agreement.krippendorff import Coincidences, Scale

FEW = settings(max_examples=40, deadline=None)
LABELS = ["cat", "cow", "dog", "emu"]
NOTHING = "nothing"  # how a mark that is missing is called where all have to be texts
PAIRS = st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), min_size=1, max_size=40).filter(
    lambda pairs: len({label for pair in pairs for label in pair}) > 1
)
HALVES = st.lists(st.tuples(*[st.sampled_from([*LABELS, None])] * 2).filter(any), min_size=1, max_size=40)
VALUES = st.sampled_from([0.0, 1.0, 1.5, 4.0, 10.0])
UNITS = st.integers(2, 5).flatmap(
    lambda people: st.lists(
        st.lists(st.none() | VALUES, min_size=people, max_size=people), min_size=1, max_size=15
    )
)
Unit = Sequence[float | None]
# From Krippendorff 2011: four people, twelve units.
PUBLISHED: list[Unit] = list(
    zip(
        [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
        strict=True,
    )
)


# ---- Cohen


def check_kappa(pairs: Sequence[tuple[str, str]]) -> None:
    first, second = [pair[0] for pair in pairs], [pair[1] for pair in pairs]

    assert Confusion.of(pairs).kappa == pytest.approx(cohen_kappa_score(first, second), abs=1e-9)


@FEW
@given(PAIRS)
def test_kappa_is_that_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    check_kappa(pairs)


def test_checker_detects_a_kappa_of_equal_chances(monkeypatch: pytest.MonkeyPatch) -> None:
    def even(counts: Mapping[tuple[str, str], int]) -> tuple[Counter[str], Counter[str]]:
        mean = Counter(dict.fromkeys(LABELS, sum(counts.values()) // len(LABELS)))
        return mean, mean

    monkeypatch.setattr(confusion, "_margins", even)

    with pytest.raises(AssertionError):
        check_kappa([("cat", "cat"), ("cat", "cat"), ("cat", "dog"), ("dog", "dog")])


@FEW
@given(HALVES)
def test_counts_and_figures_of_labels_are_those_of_scikit_learn(
    pairs: list[tuple[str | None, str | None]],
) -> None:
    found = Confusion.of(pairs)
    first, second = ([pair[side] or NOTHING for pair in pairs] for side in (0, 1))

    table = confusion_matrix(first, second, labels=[*LABELS, NOTHING])
    figures = precision_recall_fscore_support(first, second, labels=LABELS, zero_division=float("nan"))

    names = [*LABELS, None]
    assert [[found.counts.get((a, b), 0) for b in names] for a in names] == table.tolist()
    for index, label in enumerate(LABELS):
        mine = found.figures_of(label)
        theirs = [None if kind[index] != kind[index] else kind[index] for kind in figures[:3]]
        assert [mine.precision, mine.recall, mine.f_score] == pytest.approx(theirs, abs=1e-9)


@FEW
@given(HALVES)
def test_what_only_one_marked_leaves_kappa_as_it_is(pairs: list[tuple[str | None, str | None]]) -> None:
    both = Confusion.of(pair for pair in pairs if None not in pair)
    all_of_them = Confusion.of(pairs)

    assert all_of_them.kappa == both.kappa
    assert all_of_them.observed_agreement == both.observed_agreement
    assert all_of_them.judged == sum(both.counts.values())


@FEW
@given(HALVES)
def test_agreement_is_the_same_from_both_sides(pairs: list[tuple[str | None, str | None]]) -> None:
    found = Confusion.of(pairs)

    assert found.flipped.kappa == found.kappa
    for label in found.labels:
        mine, theirs = found.figures_of(label), found.flipped.figures_of(label)
        assert (mine.precision, mine.recall, mine.f_score) == (
            theirs.recall,
            theirs.precision,
            theirs.f_score,
        )


@pytest.mark.parametrize(
    ("pairs", "observed", "kappa"),
    [
        ([], None, None),
        ([("cat", None)], None, None),
        ([("cat", "cat")], 1.0, None),
        ([("cat", "cat"), ("dog", "dog")], 1.0, 1.0),
        ([("cat", "dog"), ("dog", "cat")], 0.0, -1.0),
        ([("cat", "dog")], 0.0, 0.0),
    ],
)
def test_kappa_is_none_where_chance_explains_all(
    pairs: list[tuple[Label | None, Label | None]], observed: float | None, kappa: float | None
) -> None:
    found = Confusion.of(pairs)

    assert (found.observed_agreement, found.kappa) == (observed, kappa)


def test_labels_come_in_order() -> None:
    assert Confusion.of([("b", 2), (1, None), ("a", "b")]).labels == (1, 2, "a", "b")


# ---- Fleiss


def fleiss_by_the_textbook(items: Sequence[Mapping[Label, int]]) -> Fraction:
    """Kappa of ITEMS with equally many ratings, step by step as Fleiss 1971 has it, in exact fractions."""
    number, ratings = len(items), sum(items[0].values())
    categories = {category for item in items for category in item}
    by_chance = sum(
        Fraction(sum(item.get(category, 0) for item in items), number * ratings) ** 2
        for category in categories
    )
    agreeing = [sum(count * (count - 1) for count in item.values()) for item in items]
    observed = Fraction(sum(agreeing), number * ratings * (ratings - 1))
    return (observed - by_chance) / (1 - by_chance)


def items_of(people: int) -> st.SearchStrategy[list[Counter[Label]]]:
    ratings = st.lists(st.sampled_from(LABELS), min_size=people, max_size=people)
    return st.lists(ratings.map(Counter), min_size=1, max_size=15)


ITEMS = st.integers(2, 6).flatmap(items_of)
VARIED_ITEMS = ITEMS.filter(lambda items: len({category for item in items for category in item}) > 1)


def check_fleiss(items: Sequence[Mapping[Label, int]]) -> None:
    assert Fleiss.of(items).kappa == pytest.approx(float(fleiss_by_the_textbook(items)), abs=1e-9)


@FEW
@given(VARIED_ITEMS)
def test_fleiss_kappa_is_that_of_the_textbook(items: list[Counter[Label]]) -> None:
    check_fleiss(items)


def test_checker_detects_a_fleiss_kappa_that_counts_a_rating_against_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def with_itself(sums: Fleiss) -> float:
        return sum(squares / (n * n) for n, squares in sums.squares.items()) / sum(sums.items.values())

    monkeypatch.setattr(fleiss.Fleiss, "observed_agreement", property(with_itself))

    with pytest.raises(AssertionError):
        check_fleiss([{"cat": 2, "dog": 1}, {"dog": 3}])


def test_items_may_have_different_numbers_of_ratings_and_those_with_one_are_left_out() -> None:
    found = Fleiss.of([{"cat": 2}, {"cat": 1, "dog": 2}, {"dog": 1}])

    by_chance = (3 / 5) ** 2 + (2 / 5) ** 2
    assert found.observed_agreement == pytest.approx((1 + 1 / 3) / 2)
    assert found.kappa == pytest.approx(((1 + 1 / 3) / 2 - by_chance) / (1 - by_chance))


@pytest.mark.parametrize("items", [[], [{"cat": 1}], [{"cat": 3}, {"cat": 2}]])
def test_fleiss_kappa_is_none_where_chance_explains_all(items: list[Mapping[Label, int]]) -> None:
    assert Fleiss.of(items).kappa is None


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="less than 0"):
        Fleiss.of([{"cat": 3, "dog": -1}])


# ---- Krippendorff


def is_varied(units: Sequence[Unit]) -> bool:
    """Whether there are two different values in units that have at least two."""
    rated = [[value for value in unit if value is not None] for unit in units]
    return len({value for unit in rated if len(unit) > 1 for value in unit}) > 1


def check_alpha(units: Sequence[Unit], scale: Scale) -> None:
    by_person = [
        [float("nan") if value is None else value for value in row] for row in zip(*units, strict=True)
    ]

    theirs = other_krippendorff.alpha(reliability_data=by_person, level_of_measurement=scale.value)

    assert Coincidences.of(units).alpha(scale) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize("scale", Scale)
def test_alpha_is_that_of_the_package_krippendorff(scale: Scale) -> None:
    @FEW
    @given(UNITS.filter(is_varied))
    def check(units: list[Unit]) -> None:
        check_alpha(units, scale)

    check()


@pytest.mark.parametrize(
    ("scale", "alpha"), [(Scale.NOMINAL, 0.743), (Scale.ORDINAL, 0.815), (Scale.INTERVAL, 0.849)]
)
def test_alpha_is_that_of_the_published_example(scale: Scale, alpha: float) -> None:
    check_alpha(PUBLISHED, scale)

    assert Coincidences.of(PUBLISHED).alpha(scale) == pytest.approx(alpha, abs=5e-4)


def test_checker_detects_an_ordinal_scale_without_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    def by_rank(ratings: Mapping[float, float], scale: Scale) -> dict[float, float]:
        return {value: float(rank) for rank, value in enumerate(sorted(ratings))}

    monkeypatch.setattr(krippendorff, "_places", by_rank)

    with pytest.raises(AssertionError):
        check_alpha(PUBLISHED, Scale.ORDINAL)


def test_checker_detects_coincidences_that_weigh_every_pair_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    def unweighted(sums: Coincidences) -> dict[tuple[Label, Label], float]:
        found: Counter[tuple[Label, Label]] = Counter()
        for (_, one, other), count in sums.counts.items():
            found[one, other] += count
        return {values: float(count) for values, count in found.items()}

    monkeypatch.setattr(krippendorff.Coincidences, "matrix", property(unweighted))

    with pytest.raises(AssertionError):
        check_alpha(PUBLISHED, Scale.NOMINAL)


@pytest.mark.parametrize("units", [[], [[1, None]], [[1, 1], [1, 1, 1]], [[1, 1], [2, None]]])
def test_alpha_is_none_where_no_disagreement_is_expected(units: list[Unit]) -> None:
    for scale in Scale:
        assert Coincidences.of(units).alpha(scale) is None


def test_alpha_is_none_where_values_are_too_near_for_a_distance() -> None:
    assert Coincidences.of([[0.0, 1e-200]]).alpha(Scale.INTERVAL) is None


def test_texts_are_compared_on_a_nominal_scale_alone() -> None:
    found = Coincidences.of([["cat", "dog"], ["cat", "cat"]])

    assert found.alpha() == pytest.approx(0.0)
    for scale in (Scale.ORDINAL, Scale.INTERVAL):
        with pytest.raises(ValueError, match="numbers"):
            found.alpha(scale)


@FEW
@given(UNITS, st.floats(-100, 100), st.floats(0.5, 20))
def test_alpha_of_an_interval_scale_does_not_depend_on_its_zero_and_unit(
    units: list[Unit], zero: float, size: float
) -> None:
    elsewhere = [[None if value is None else zero + size * value for value in unit] for unit in units]

    found = Coincidences.of(elsewhere).alpha(Scale.INTERVAL)

    assert found == pytest.approx(Coincidences.of(units).alpha(Scale.INTERVAL), abs=1e-9)


# ---- sums that are kept


@FEW
@given(HALVES, HALVES)
def test_confusions_add_up_and_are_taken_away(
    ones: list[tuple[str | None, str | None]], others: list[tuple[str | None, str | None]]
) -> None:
    one, other, both = Confusion.of(ones), Confusion.of(others), Confusion.of([*ones, *others])

    assert one + other == both
    assert both - other == one
    assert one - both + both == one  # a difference may be negative on its way


@FEW
@given(ITEMS, ITEMS)
def test_sums_of_fleiss_add_up_and_are_taken_away(
    ones: list[Counter[Label]], others: list[Counter[Label]]
) -> None:
    one, other, both = Fleiss.of(ones), Fleiss.of(others), Fleiss.of([*ones, *others])

    assert one + other == both
    assert both - other == one
    assert one - both + both == one


@FEW
@given(UNITS, UNITS)
def test_coincidences_add_up_and_are_taken_away(ones: list[Unit], others: list[Unit]) -> None:
    one, other = Coincidences.of(ones), Coincidences.of(others)
    both = Coincidences.of([*ones, *others])

    assert one + other == both
    assert both - other == one
    assert one - both + both == one
