"""An entry's way through the default workflow, without a service: contracts/api.md, section 5."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow import dataset, note_feed
from workflow import entry as flow
from workflow.entry import EntryState, Person, Status, Step, Submission
from workflow.errors import Missing, Refused

ANA = Person("ana", "ana's place")
BO = Person("bo", "bo's place")
CY = Person("cy")  # an owner of the organization: no member of the project

START = EntryState()
ANNOTATE = EntryState(Step.ANNOTATE, Status.IN_PROGRESS, ANA)
ANNOTATE_AGAIN = EntryState(Step.ANNOTATE, Status.IN_PROGRESS, ANA, ANA, BO)  # was rejected by Bo
REVIEW = EntryState(Step.REVIEW, Status.IN_PROGRESS, BO, ANA)
DONE = EntryState(Step.DONE, Status.COMPLETED, None, ANA, BO)
ERROR = EntryState(Step.ERROR, Status.ERRORED, ANA)


# ---- submit


def test_the_first_to_submit_at_the_start_holds_the_entry() -> None:
    assert flow.submit(START, Submission(ANA)) == EntryState(Step.ANNOTATE, Status.IN_PROGRESS, ANA)


def test_a_sampled_entry_goes_to_review_held_by_nobody() -> None:
    assert flow.submit(ANNOTATE, Submission(ANA)) == EntryState(Step.REVIEW, Status.IN_PROGRESS, None, ANA)


def test_a_sampled_entry_goes_back_to_who_reviewed_it_before() -> None:
    after = flow.submit(ANNOTATE_AGAIN, Submission(ANA))

    assert after == EntryState(Step.REVIEW, Status.IN_PROGRESS, BO, ANA, BO)


def test_an_entry_that_is_not_sampled_is_done() -> None:
    after = flow.submit(ANNOTATE, Submission(ANA, sampled=False))

    assert after == EntryState(Step.DONE, Status.COMPLETED, None, ANA)


def test_an_entry_that_was_reviewed_and_is_not_sampled_keeps_its_reviewer() -> None:
    after = flow.submit(ANNOTATE_AGAIN, Submission(CY, sampled=False))

    assert after == EntryState(Step.DONE, Status.COMPLETED, None, CY, BO)


def test_an_approved_entry_is_done() -> None:
    assert flow.submit(REVIEW, Submission(BO, approved=True)) == DONE


def test_a_rejected_entry_returns_to_who_submitted_it() -> None:
    after = flow.submit(REVIEW, Submission(BO, approved=False))

    assert after == EntryState(Step.ANNOTATE, Status.IN_PROGRESS, ANA, ANA, BO)


@pytest.mark.parametrize("sampled", [True, False])
def test_chance_decides_nothing_at_review(sampled: bool) -> None:
    assert flow.submit(REVIEW, Submission(BO, sampled, True)).step == Step.DONE
    assert flow.submit(REVIEW, Submission(BO, sampled, False)).step == Step.ANNOTATE


@pytest.mark.parametrize("approved", [None, True, False])
def test_a_verdict_decides_nothing_before_review(approved: bool | None) -> None:
    assert flow.submit(START, Submission(ANA, approved=approved)).step == Step.ANNOTATE
    assert flow.submit(ANNOTATE, Submission(ANA, approved=approved)).step == Step.REVIEW
    assert flow.submit(ANNOTATE, Submission(ANA, False, approved)).step == Step.DONE


def test_a_review_without_a_verdict_is_refused() -> None:
    with pytest.raises(Missing) as caught:
        flow.submit(REVIEW, Submission(BO))

    assert caught.value.fact == "approved"


@pytest.mark.parametrize("end", [DONE, ERROR])
def test_an_end_has_no_way_out_but_to_be_sent_back(end: EntryState) -> None:
    events: list[Callable[[], EntryState]] = [
        lambda: flow.submit(end, Submission(ANA)),
        lambda: flow.submit(end, Submission(ANA, False, True)),
        lambda: flow.error(end),
        lambda: flow.assign(end, BO),
        lambda: flow.assign(end, None),
        lambda: flow.select(end, ANA),
    ]

    for event in events:
        with pytest.raises(Refused) as caught:
            event()
        assert caught.value.code == "invalid_transition"


@pytest.mark.parametrize("end", [DONE, ERROR])
def test_labels_changed_under_a_finished_entry_are_confirmed_by_a_submit(end: EntryState) -> None:
    waiting = replace(end, status=Status.WAITING_CHANGED)

    assert flow.submit(waiting, Submission(ANA)) == replace(end, status=Status.COMPLETED)


# ---- send back


@pytest.mark.parametrize("before", [REVIEW, DONE, replace(DONE, status=Status.WAITING_CHANGED)])
def test_an_entry_is_sent_back_to_who_submitted_it_as_after_a_rejection(before: EntryState) -> None:
    after = flow.send_back(before)

    assert after == EntryState(Step.ANNOTATE, Status.IN_PROGRESS, ANA, ANA, before.reviewed_by)
    assert flow.send_back(REVIEW).assigned_to == flow.submit(REVIEW, Submission(BO, True, False)).assigned_to


def test_an_entry_that_was_set_aside_goes_back_to_who_worked_on_it() -> None:
    in_review = replace(ERROR, assigned_to=BO, submitted_by=ANA)

    assert flow.send_back(ERROR) == replace(ERROR, step=Step.ANNOTATE, status=Status.IN_PROGRESS)
    assert flow.send_back(in_review).assigned_to == ANA


@pytest.mark.parametrize("before", [START, ANNOTATE, ANNOTATE_AGAIN])
def test_what_is_not_annotated_yet_cannot_be_sent_back(before: EntryState) -> None:
    with pytest.raises(Refused) as caught:
        flow.send_back(before)

    assert (caught.value.code, caught.value.step) == ("invalid_transition", before.step)


# ---- error, assign, select


@pytest.mark.parametrize("before", [ANNOTATE, ANNOTATE_AGAIN, REVIEW])
def test_an_error_keeps_who_had_to_do_with_it(before: EntryState) -> None:
    assert flow.error(before) == replace(before, step=Step.ERROR, status=Status.ERRORED)


def test_an_entry_that_nobody_has_begun_cannot_be_set_aside() -> None:
    with pytest.raises(Refused) as caught:
        flow.error(START)

    assert caught.value.code == "invalid_transition"


@pytest.mark.parametrize("before", [START, ANNOTATE, REVIEW])
@pytest.mark.parametrize("person", [ANA, BO, None])
def test_assign_changes_the_holder_alone(before: EntryState, person: Person | None) -> None:
    assert flow.assign(before, person) == replace(before, assigned_to=person)


@pytest.mark.parametrize("before", [START, ANNOTATE, REVIEW])
def test_select_takes_what_nobody_or_oneself_holds(before: EntryState) -> None:
    assert flow.select(replace(before, assigned_to=None), CY) == replace(before, assigned_to=CY)
    assert flow.select(replace(before, assigned_to=CY), CY) == replace(before, assigned_to=CY)


def test_select_leaves_what_another_holds() -> None:
    with pytest.raises(Refused) as caught:
        flow.select(ANNOTATE, BO)

    assert caught.value.code == "already_assigned"


def test_who_comes_back_under_another_place_still_holds_the_entry() -> None:
    assert flow.select(ANNOTATE, Person("ana", "a new place")).assigned_to == Person("ana", "a new place")


def test_every_step_but_the_ends_is_worked_by_a_role() -> None:
    roles = {step.value: flow.worked_by(step) for step in Step}

    assert roles == {
        "start": "annotator",
        "annotate": "annotator",
        "review": "reviewer",
        "done": None,
        "error": None,
    }


def test_note_feeds_are_resolved_any_number_of_times() -> None:
    assert note_feed.resolve("pending") == note_feed.resolve("resolved") == "resolved"


# ---- the table as a whole

EDGES = {  # (step, event) -> where it may lead
    (Step.START, "submit"): {Step.ANNOTATE},
    (Step.ANNOTATE, "submit"): {Step.REVIEW, Step.DONE},
    (Step.REVIEW, "submit"): {Step.DONE, Step.ANNOTATE},
    (Step.ANNOTATE, "error"): {Step.ERROR},
    (Step.REVIEW, "error"): {Step.ERROR},
    (Step.REVIEW, "send_back"): {Step.ANNOTATE},
    (Step.DONE, "send_back"): {Step.ANNOTATE},
    (Step.ERROR, "send_back"): {Step.ANNOTATE},
}
STATUSES = {  # step -> the statuses that an entry at it may have
    Step.START: {Status.READY},
    Step.ANNOTATE: {Status.IN_PROGRESS},
    Step.REVIEW: {Status.IN_PROGRESS},
    Step.DONE: {Status.COMPLETED},
    Step.ERROR: {Status.ERRORED},
}
PEOPLE = st.sampled_from([ANA, BO, CY])
EVENTS = st.one_of(
    st.builds(Submission, PEOPLE, st.booleans(), st.sampled_from([None, True, False])).map(
        lambda s: ("submit", s)
    ),
    st.just(("error", None)),
    st.just(("send_back", None)),
    st.tuples(st.just("select"), PEOPLE),
    st.tuples(st.just("assign"), st.none() | PEOPLE),
)
Event = tuple[str, Submission | Person | None]
Play = Callable[[EntryState, Event], EntryState]


def played(state: EntryState, event: Event) -> EntryState:
    """STATE after EVENT."""
    name, given = event
    if isinstance(given, Submission):
        return flow.submit(state, given)
    if name == "select":
        assert given is not None
        return flow.select(state, given)
    if name == "send_back":
        return flow.send_back(state)
    return flow.assign(state, given) if name == "assign" else flow.error(state)


def check(events: Iterable[Event], play: Play = played) -> EntryState:
    """The state that EVENTS lead to. Raises AssertionError where one leaves the table."""
    state = EntryState()
    for event in events:
        name = event[0]
        try:
            after = play(state, event)
        except Missing:
            assert (state.step, name) == (Step.REVIEW, "submit")
            continue
        except Refused:
            is_in_table = (Step(state.step), name) in EDGES
            assert name in ("select", "assign") or not is_in_table, f"{name} is refused at {state.step}"
            continue
        if name in ("select", "assign"):
            assert (after.step, after.status) == (state.step, state.status)
        else:
            assert Step(after.step) in EDGES[Step(state.step), name]
        assert Status(after.status) in STATUSES[Step(after.step)]
        assert not state.is_finished or name == "send_back", f"{name} leads out of {state.step}"
        assert (after.submitted_by is None) <= (after.step not in (Step.REVIEW, Step.DONE))
        assert after.step != Step.DONE or after.assigned_to is None
        state = after
    return state


@settings(deadline=None)
@given(st.lists(EVENTS, max_size=20))
def test_no_event_leaves_the_table_and_an_end_is_left_by_being_sent_back_alone(events: list[Event]) -> None:
    check(events)


def test_checker_detects_a_way_out_of_done() -> None:
    def reopened(state: EntryState, event: Event) -> EntryState:
        return replace(state, step=Step.ANNOTATE) if state.is_finished else played(state, event)

    to_the_end: list[Event] = [("submit", Submission(ANA, sampled=False))] * 3

    with pytest.raises((AssertionError, KeyError)):
        check(to_the_end, reopened)


# ---- a dataset's configuration


@pytest.mark.parametrize(
    ("configuration", "rate"), [({}, 1.0), ({"sample_rate": 0}, 0), ({"sample_rate": 0.5}, 0.5)]
)
def test_the_share_that_is_reviewed_is_all_unless_said(configuration: dict[str, float], rate: float) -> None:
    dataset.check(configuration)

    assert dataset.sample_rate_of(configuration) == rate


@pytest.mark.parametrize("rate", [-0.1, 1.1, True, "0.5", None, [], float("nan")])
def test_a_share_is_a_number_from_0_to_1(rate: object) -> None:
    with pytest.raises(dataset.BadConfiguration) as caught:
        dataset.check({"sample_rate": rate})

    assert caught.value.pointer == "/sample_rate"


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(dataset.BadConfiguration) as caught:
        dataset.check({"samplerate": 1})

    assert caught.value.pointer == "/samplerate"
