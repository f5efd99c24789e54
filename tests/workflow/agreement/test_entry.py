"""How far all who annotated one entry agree: its score, and what it adds to a dataset's sums."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflow.agreement.figures import BOXES
from workflow.agreement import pairs
from workflow.agreement.allowance import Allowance
from workflow.agreement.annotations import Annotation
from workflow.agreement.confusion import Confusion
from workflow.agreement.entry import EntryAgreement, agreement_of
from workflow.agreement.errors import TooMuch
from workflow.agreement.krippendorff import Coincidences
from workflow.agreement.matching import Pair
from workflow.agreement.pairs import Terms
from workflow.agreement.shapes import Box
from workflow.agreement.sums import Sums
from workflow.agreement.things import things_of

FEW = settings(max_examples=40, deadline=None)
LABELS = st.sampled_from(["cat", "dog", None])
PEOPLE = st.sampled_from(["ana", "bo", "cy"])
ANNOTATIONS = st.lists(
    st.builds(Annotation, PEOPLE, LABELS, BOXES | st.none())
    | st.builds(Annotation, PEOPLE, st.just("light"), st.none(), st.sampled_from(["day", "night", 1, True])),
    max_size=8,
)


def box(person: str, x: float, label: str | None = "cat") -> Annotation:
    return Annotation(person, label, Box(x, 0, 10, 10))


def answer(person: str, value: str | float | bool, question: str | None = "light") -> Annotation:
    return Annotation(person, question, value=value)


# ---- a pair of people


def test_marks_in_the_same_places_agree_entirely() -> None:
    found = agreement_of([box("ana", 0), box("ana", 50), box("bo", 50), box("bo", 0)])

    (pair,) = found.pairs
    assert (pair.one, pair.other) == ("ana", "bo")
    assert pair.matched.pairs == (Pair(0, 3, 1.0), Pair(1, 2, 1.0))
    assert (pair.mean_iou, pair.f_score, pair.score, found.score) == (1.0, 1.0, 1.0, 1.0)


def test_a_score_is_the_f_score_times_the_mean_overlap() -> None:
    found = agreement_of([box("ana", 0), box("ana", 50), box("bo", 2)])

    (pair,) = found.pairs
    assert pair.mean_iou == pytest.approx(80 / 120)
    assert pair.f_score == pytest.approx(2 / 3)
    assert pair.score == pytest.approx(80 / 120 * 2 / 3)
    assert (pair.matched.only_one, pair.matched.only_other) == ((1,), ())


def test_another_label_in_the_same_place_is_no_agreement_unless_labels_are_left_aside() -> None:
    annotations = [box("ana", 0, "cat"), box("bo", 0, "dog")]

    strict = agreement_of(annotations)
    loose = agreement_of(annotations, terms=Terms(must_labels_agree=False))

    assert (strict.score, strict.pairs[0].mean_iou, loose.score) == (0.0, None, 1.0)
    assert strict.pairs[0].by_shape == loose.pairs[0].matched


@pytest.mark.parametrize(
    ("annotations", "people", "score"),
    [
        ([], (), None),
        ([box("ana", 0)], (), None),
        ([], ("ana", "bo"), 1.0),
        ([box("ana", 0)], ("ana", "bo"), 0.0),
        ([Annotation("ana")], ("ana", "bo"), 1.0),  # says nothing
    ],
)
def test_who_marked_nothing_counts_where_they_are_named(
    annotations: list[Annotation], people: tuple[str, ...], score: float | None
) -> None:
    assert agreement_of(annotations, people).score == score


def test_equal_answers_to_the_same_question_agree() -> None:
    found = agreement_of(
        [answer("ana", "day"), answer("ana", 2, "cats"), answer("bo", 2, "cats"), answer("bo", "night")]
    )

    (pair,) = found.pairs
    assert pair.matched.pairs == (Pair(1, 2, 1.0),)
    assert (pair.mean_iou, pair.f_score, pair.score) == (None, 0.5, 0.5)


def test_a_label_alone_answers_the_question_without_a_name() -> None:
    found = agreement_of([Annotation("ana", "cat"), Annotation("bo", "cat")])

    assert found.score == 1.0
    assert found.sums[""].confusions["ana", "bo"] == Confusion({("cat", "cat"): 1})


def test_true_is_another_answer_than_1() -> None:
    assert agreement_of([answer("ana", True), answer("bo", 1)]).score == 0.0


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**400])
def test_a_value_that_no_figure_can_hold_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="value"):
        answer("ana", value)


# ---- more people


def test_an_entrys_score_is_the_mean_of_its_pairs() -> None:
    found = agreement_of([box("ana", 0), box("bo", 0), box("cy", 50)])

    assert [(pair.one, pair.other) for pair in found.pairs] == [("ana", "bo"), ("ana", "cy"), ("bo", "cy")]
    assert found.score == pytest.approx(1 / 3)


@pytest.mark.parametrize("far", [2, 3, 20])
def test_the_worse_an_entry_agrees_the_earlier_it_comes(far: float) -> None:
    near = agreement_of([box("ana", 0), box("bo", 1)])
    further = agreement_of([box("ana", 0), box("bo", far)])

    first = min([near, further], key=lambda entry: 2.0 if entry.score is None else entry.score)

    assert first is further


def check_score(annotations: Sequence[Annotation]) -> EntryAgreement:
    """Raises AssertionError where the agreement of ANNOTATIONS breaks a law."""
    found = agreement_of(annotations, ["ana", "bo"])
    assert found.score is not None
    assert 0 <= found.score <= 1
    backwards = agreement_of(annotations[::-1], ["ana", "bo"])
    assert backwards.score == pytest.approx(found.score, abs=1e-9)
    for pair in found.pairs:
        assert pair.score <= pair.f_score + 1e-12
        marks = [mark for one in pair.matched.pairs for mark in one[:2]]
        marks += [*pair.matched.only_one, *pair.matched.only_other]
        people = {pair.one, pair.other}
        said = [one for one in annotations if one.person in people and (one.shape or one.answer is not None)]
        assert len(marks) == len(set(marks)) == len(said)
    return found


@FEW
@given(ANNOTATIONS)
def test_a_score_is_a_share_and_no_mark_is_forgotten(annotations: list[Annotation]) -> None:
    check_score(annotations)


@FEW
@given(st.lists(st.builds(Annotation, st.just("ana"), LABELS, BOXES), max_size=5))
def test_who_says_the_same_agrees_entirely(annotations: list[Annotation]) -> None:
    again = [Annotation("bo", one.label, one.shape) for one in annotations]

    assert check_score([*annotations, *again]).score == pytest.approx(1.0)


def test_checker_detects_a_score_that_forgets_what_only_one_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "_joined", lambda shapes, answers: type(shapes)(shapes.pairs, (), ()))

    with pytest.raises(AssertionError):
        check_score([box("ana", 0), box("bo", 50)])


# ---- what is added to the dataset's sums


def test_labels_of_shapes_are_counted_by_place_and_those_of_one_alone_beside_none() -> None:
    found = agreement_of(
        [box("ana", 0, "cat"), box("ana", 50, "cow"), box("bo", 0, "dog"), box("bo", 90, "emu")]
    )

    assert found.sums[None].confusions == {
        ("ana", "bo"): Confusion({("cat", "dog"): 1, ("cow", None): 1, (None, "emu"): 1})
    }
    assert found.sums[None].coincidences == Coincidences.of([["cat", "dog"]])


def test_a_mark_without_a_label_rates_nothing() -> None:
    found = agreement_of([box("ana", 0, None), box("bo", 0, "dog"), box("bo", 50, None)])

    assert found.sums == {None: Sums()}


def test_a_thing_that_three_marked_is_one_unit() -> None:
    found = agreement_of([box("ana", 0, "cat"), box("bo", 1, "cat"), box("cy", 2, "dog"), box("cy", 50)])

    assert found.sums[None].coincidences == Coincidences.of([["cat", "cat", "dog"]])
    assert found.sums[None].fleiss.items == {3: 1}


def test_nobody_has_two_marks_of_one_thing() -> None:
    # Mark 0 fits 1, 1 fits 2, and 2 fits 3: but 3 is again of who made 0.
    chain = [Pair(0, 1, 0.9), Pair(1, 2, 0.8), Pair(3, 2, 0.7)]

    things = things_of(chain, {0: "ana", 1: "bo", 2: "cy", 3: "ana"})

    assert things == [{"ana": 0, "bo": 1, "cy": 2}, {"ana": 3}]


def test_each_question_has_sums_of_its_own() -> None:
    found = agreement_of(
        [
            answer("ana", "day"),
            answer("bo", "night"),
            answer("ana", 1, "cats"),
            answer("bo", 2, "cats"),
            answer("cy", 2, "cats"),
        ]
    )

    assert set(found.sums) == {"light", "cats"}
    assert found.sums["cats"].coincidences == Coincidences.of([[1, 2, 2]])
    assert found.sums["light"].coincidences == Coincidences.of([["day", "night"]])
    assert found.sums["light"].confusions["ana", "cy"] == Confusion({("day", None): 1})


def test_who_gives_several_answers_takes_no_part_in_the_sums_of_a_question() -> None:
    found = agreement_of([answer("ana", "day"), answer("ana", "night"), answer("bo", "day")])

    assert found.sums["light"] == Sums()
    assert found.score == pytest.approx(2 / 3)


@FEW
@given(ANNOTATIONS, ANNOTATIONS)
def test_what_an_entry_added_can_be_taken_away_again(
    annotations: list[Annotation], others: list[Annotation]
) -> None:
    one = agreement_of(annotations).sums.get(None, Sums())
    other = agreement_of(others).sums.get(None, Sums())

    assert one + other - other == one
    assert one - other + other == one


def test_work_is_bounded_over_all_pairs_of_people_together() -> None:
    annotations = [box(f"person {index}", index) for index in range(20)]

    with pytest.raises(TooMuch):
        agreement_of(annotations, allowance=Allowance(1_000))
