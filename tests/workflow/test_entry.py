"""An entry's way through the default workflow, without a service: contracts/api.md, section 5."""

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow import dataset, note_feed
from workflow import entry as flow
from workflow.default import DefaultStep as Step
from workflow.entry import EntryState, Person, Status, Submission
from workflow.errors import BadConfiguration, BadFact, Missing, Refused
from workflow.machine import Facts, crew_of

ANA = Person("ana", "ana's place")
BO = Person("bo", "bo's place")
CY = Person("cy")  # an owner of the organization: no member of the project

DEFAULT = dataset.workflow_of("{}")
HALF = dataset.workflow_of('{"sample_rate":0.5}')
SAMPLED, PASSED_OVER = Facts(0.4), Facts(0.6)  # what half of all is thrown

HANDS = {"start": ("ana",), "annotate": ("ana",)}
REVIEWED = {**HANDS, "review": ("bo",)}
START = EntryState(Step.START)
ANNOTATE = EntryState(Step.ANNOTATE, Status.IN_PROGRESS, ANA, hands={"start": ("ana",)})
ANNOTATE_AGAIN = EntryState(Step.ANNOTATE, Status.IN_PROGRESS, ANA, ANA, BO, REVIEWED)  # was rejected by Bo
REVIEW = EntryState(Step.REVIEW, Status.IN_PROGRESS, BO, ANA, hands=HANDS)
DONE = EntryState(Step.DONE, Status.COMPLETED, None, ANA, BO, REVIEWED, Step.REVIEW)
ERROR = EntryState(Step.ERROR, Status.ERRORED, ANA, hands={"start": ("ana",)}, ended_from=Step.ANNOTATE)


def submit(entry: EntryState, submission: Submission, facts: Facts = SAMPLED) -> EntryState:
    return flow.submit(HALF, entry, submission, facts).state


def people(entry: EntryState) -> tuple[Person | None, Person | None, Person | None]:
    return entry.assigned_to, entry.submitted_by, entry.reviewed_by


# ---- submit


def test_the_first_to_submit_at_the_start_holds_the_entry() -> None:
    assert submit(START, Submission(ANA)) == ANNOTATE


def test_a_sampled_entry_goes_to_review_held_by_nobody() -> None:
    assert submit(ANNOTATE, Submission(ANA)) == REVIEW._replace(assigned_to=None)


def test_a_sampled_entry_goes_back_to_who_reviewed_it_before() -> None:
    after = submit(ANNOTATE_AGAIN, Submission(ANA))

    assert (after.step, after.status, *people(after)) == (Step.REVIEW, Status.IN_PROGRESS, BO, ANA, BO)


def test_an_entry_goes_to_nobody_who_may_not_review_it() -> None:
    by_bo = submit(ANNOTATE_AGAIN._replace(assigned_to=BO), Submission(BO))  # who reviewed it before

    assert (by_bo.step, by_bo.assigned_to) == (Step.REVIEW, None)
    assert flow.place_of(HALF, by_bo).barred == ("bo",)  # what Ana did is not what is reviewed now


def test_an_entry_that_is_not_sampled_is_done() -> None:
    after = submit(ANNOTATE, Submission(ANA), PASSED_OVER)

    assert (after.step, after.status, *people(after)) == (Step.DONE, Status.COMPLETED, None, ANA, None)
    assert after.ended_from == Step.ANNOTATE


def test_an_entry_that_was_reviewed_and_is_not_sampled_keeps_its_reviewer() -> None:
    after = submit(ANNOTATE_AGAIN, Submission(CY), PASSED_OVER)

    assert (after.step, after.status, *people(after)) == (Step.DONE, Status.COMPLETED, None, CY, BO)


def test_an_approved_entry_is_done() -> None:
    assert submit(REVIEW, Submission(BO, approved=True)) == DONE


@pytest.mark.parametrize("verdict", [{"approved": False}, {"outcome": "reject"}])
def test_a_rejected_entry_returns_to_who_submitted_it(verdict: dict[str, object]) -> None:
    assert submit(REVIEW, Submission(BO, **verdict)) == ANNOTATE_AGAIN  # type: ignore[arg-type]


@pytest.mark.parametrize("facts", [SAMPLED, PASSED_OVER])
def test_chance_decides_nothing_at_review(facts: Facts) -> None:
    assert submit(REVIEW, Submission(BO, True), facts).step == Step.DONE
    assert submit(REVIEW, Submission(BO, False), facts).step == Step.ANNOTATE


@pytest.mark.parametrize("approved", [None, True, False])
def test_a_verdict_decides_nothing_before_review(approved: bool | None) -> None:
    assert submit(START, Submission(ANA, approved)).step == Step.ANNOTATE
    assert submit(ANNOTATE, Submission(ANA, approved)).step == Step.REVIEW
    assert submit(ANNOTATE, Submission(ANA, approved), PASSED_OVER).step == Step.DONE


def test_a_review_without_a_verdict_is_refused() -> None:
    with pytest.raises(Missing) as caught:
        submit(REVIEW, Submission(BO))

    assert caught.value.fact == "approved"


@pytest.mark.parametrize(
    ("entry", "submission"),
    [
        (REVIEW, Submission(BO, outcome="fix")),  # the default knows no such way
        (REVIEW, Submission(BO, outcome="submit")),
        (REVIEW, Submission(BO, True, "reject")),
        (ANNOTATE, Submission(ANA, outcome="accept")),
    ],
)
def test_an_outcome_that_the_step_does_not_know_is_refused(entry: EntryState, submission: Submission) -> None:
    with pytest.raises(BadFact) as caught:
        submit(entry, submission)

    assert caught.value.fact == "outcome"


@pytest.mark.parametrize("end", [DONE, ERROR])
def test_an_end_has_no_way_out_but_to_be_sent_back_or_reopened(end: EntryState) -> None:
    events: list[Callable[[], object]] = [
        lambda: submit(end, Submission(ANA)),
        lambda: submit(end, Submission(ANA, True), PASSED_OVER),
        lambda: flow.skip(DEFAULT, end, ANA),
        lambda: flow.error(DEFAULT, end),
        lambda: flow.assign(DEFAULT, end, BO),
        lambda: flow.assign(DEFAULT, end, None),
        lambda: flow.select(DEFAULT, end, ANA),
    ]

    for event in events:
        with pytest.raises(Refused) as caught:
            event()
        assert caught.value.code == "invalid_transition"


@pytest.mark.parametrize("end", [DONE, ERROR])
def test_labels_changed_under_a_finished_entry_are_confirmed_by_a_submit(end: EntryState) -> None:
    waiting = end._replace(status=Status.WAITING_CHANGED)

    assert submit(waiting, Submission(ANA)) == end._replace(status=Status.COMPLETED)


# ---- skip, send back, reopen


@pytest.mark.parametrize("before", [START, ANNOTATE])
def test_what_is_skipped_is_done_and_was_worked_by_nobody_more(before: EntryState) -> None:
    after = flow.skip(DEFAULT, before, ANA, "blurry")

    assert (after.step, after.status, after.assigned_to) == (Step.DONE, Status.COMPLETED, None)
    assert (after.hands, after.ended_from) == (before.hands, before.step)


def test_a_review_cannot_be_skipped() -> None:
    with pytest.raises(Refused) as caught:
        flow.skip(DEFAULT, REVIEW, BO)

    assert (caught.value.code, caught.value.step) == ("skip_forbidden", Step.REVIEW)


@pytest.mark.parametrize("before", [REVIEW, DONE, DONE._replace(status=Status.WAITING_CHANGED)])
def test_an_entry_is_sent_back_to_who_submitted_it_as_after_a_rejection(before: EntryState) -> None:
    after = flow.send_back(DEFAULT, before)

    assert (after.step, after.status) == (Step.ANNOTATE, Status.IN_PROGRESS)
    assert people(after) == (ANA, ANA, before.reviewed_by)
    assert flow.send_back(DEFAULT, REVIEW).assigned_to == submit(REVIEW, Submission(BO, False)).assigned_to


def test_an_entry_that_was_set_aside_goes_back_to_who_worked_on_it() -> None:
    in_review = ERROR._replace(assigned_to=BO, submitted_by=ANA, hands=HANDS, ended_from=Step.REVIEW)

    after = flow.send_back(DEFAULT, ERROR)

    assert after == ERROR._replace(step=Step.ANNOTATE, status=Status.IN_PROGRESS, ended_from=None)
    assert flow.send_back(DEFAULT, in_review).assigned_to == ANA


@pytest.mark.parametrize("before", [START, ANNOTATE, ANNOTATE_AGAIN])
def test_what_is_not_annotated_yet_cannot_be_sent_back(before: EntryState) -> None:
    with pytest.raises(Refused) as caught:
        flow.send_back(DEFAULT, before)

    assert (caught.value.code, caught.value.step) == ("invalid_transition", before.step)


def test_an_entry_is_sent_back_to_any_step_that_it_was_worked_at() -> None:
    after = flow.send_back(DEFAULT, REVIEW, "start")

    assert (after.step, after.assigned_to) == (Step.START, Person("ana", "ana's place"))
    with pytest.raises(BadFact):
        flow.send_back(DEFAULT, REVIEW, "done")
    with pytest.raises(BadFact):
        flow.send_back(DEFAULT, ANNOTATE, "review")


@pytest.mark.parametrize(("end", "step", "holder"), [(DONE, "review", BO), (ERROR, "annotate", ANA)])
def test_an_end_is_reopened_where_it_came_from(end: EntryState, step: str, holder: Person) -> None:
    after = flow.reopen(DEFAULT, end)

    assert (after.step, after.status, after.assigned_to) == (step, Status.IN_PROGRESS, holder)
    assert after.ended_from is None


def test_what_is_at_no_end_cannot_be_reopened() -> None:
    with pytest.raises(Refused):
        flow.reopen(DEFAULT, REVIEW)


# ---- error, assign, select


@pytest.mark.parametrize("before", [ANNOTATE, ANNOTATE_AGAIN, REVIEW])
def test_an_error_keeps_who_had_to_do_with_it(before: EntryState) -> None:
    after = flow.error(DEFAULT, before)

    assert after == before._replace(step=Step.ERROR, status=Status.ERRORED, ended_from=before.step)


def test_an_entry_that_nobody_has_begun_cannot_be_set_aside() -> None:
    with pytest.raises(Refused) as caught:
        flow.error(DEFAULT, START)

    assert caught.value.code == "invalid_transition"


@pytest.mark.parametrize("before", [START, ANNOTATE, REVIEW])
@pytest.mark.parametrize("person", [ANA, BO, None])
def test_assign_changes_the_holder_alone(before: EntryState, person: Person | None) -> None:
    assert flow.assign(DEFAULT, before, person) == before._replace(assigned_to=person)


@pytest.mark.parametrize("before", [START, ANNOTATE, REVIEW])
def test_select_takes_what_nobody_or_oneself_holds(before: EntryState) -> None:
    taken = before._replace(assigned_to=CY)

    assert flow.select(DEFAULT, before._replace(assigned_to=None), CY) == taken
    assert flow.select(DEFAULT, taken, CY) == taken


def test_select_leaves_what_another_holds() -> None:
    with pytest.raises(Refused) as caught:
        flow.select(DEFAULT, ANNOTATE, BO)

    assert caught.value.code == "already_assigned"


def test_who_comes_back_under_another_place_still_holds_the_entry() -> None:
    moved = Person("ana", "a new place")

    assert flow.select(DEFAULT, ANNOTATE, moved).assigned_to == moved


def test_every_step_but_the_ends_is_worked_by_a_role() -> None:
    crews = {step.value: crew_of(DEFAULT.step(step.value)) for step in Step}

    assert crews == {
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
    (Step.START, "skip"): {Step.DONE},
    (Step.ANNOTATE, "skip"): {Step.DONE},
    (Step.ANNOTATE, "error"): {Step.ERROR},
    (Step.REVIEW, "error"): {Step.ERROR},
    (Step.REVIEW, "send_back"): {Step.ANNOTATE},
    (Step.DONE, "send_back"): {Step.ANNOTATE},
    (Step.ERROR, "send_back"): {Step.ANNOTATE},
    (Step.DONE, "reopen"): {Step.START, Step.ANNOTATE, Step.REVIEW},
    (Step.ERROR, "reopen"): {Step.ANNOTATE, Step.REVIEW},
}
STATUSES = {  # step -> the statuses that an entry at it may have
    Step.START: {Status.READY, Status.IN_PROGRESS},
    Step.ANNOTATE: {Status.IN_PROGRESS},
    Step.REVIEW: {Status.IN_PROGRESS},
    Step.DONE: {Status.COMPLETED},
    Step.ERROR: {Status.ERRORED},
}
PEOPLE = st.sampled_from([ANA, BO, CY])
EVENTS = st.one_of(
    st.tuples(
        st.builds(Submission, PEOPLE, st.sampled_from([None, True, False])),
        st.sampled_from([SAMPLED, PASSED_OVER]),
    ).map(lambda given: ("submit", given)),
    st.just(("error", None)),
    st.just(("send_back", None)),
    st.just(("reopen", None)),
    st.tuples(st.just("skip"), PEOPLE),
    st.tuples(st.just("select"), PEOPLE),
    st.tuples(st.just("assign"), st.none() | PEOPLE),
)
Event = tuple[str, tuple[Submission, Facts] | Person | None]
Play = Callable[[EntryState, Event], EntryState]


def played(state: EntryState, event: Event) -> EntryState:
    """STATE after EVENT."""
    name, given = event
    if isinstance(given, tuple):
        return submit(state, *given)
    if name == "skip":
        assert given is not None
        return flow.skip(HALF, state, given)
    if name == "select":
        assert given is not None
        return flow.select(HALF, state, given)
    if name == "assign":
        return flow.assign(HALF, state, given)
    return {"send_back": flow.send_back, "reopen": flow.reopen, "error": flow.error}[name](HALF, state)


def check(events: Iterable[Event], play: Play = played) -> EntryState:
    """The state that EVENTS lead to. Raises AssertionError where one leaves the table."""
    state = START
    for event in events:
        name = event[0]
        try:
            after = play(state, event)
        except Missing:
            assert (state.step, name) == (Step.REVIEW, "submit")
            continue
        except Refused:
            is_in_table = (Step(state.step), name) in EDGES
            has_been = name != "send_back" or "annotate" in state.hands
            is_lawful = name in ("select", "assign") or not is_in_table or not has_been
            assert is_lawful, f"{name} is refused at {state.step}"
            continue
        if name in ("select", "assign"):
            assert (after.step, after.status) == (state.step, state.status)
        else:
            assert Step(after.step) in EDGES[Step(state.step), name]
        is_end, was_end = (DEFAULT.is_end(one.step) for one in (after, state))
        assert Status(after.status) in STATUSES[Step(after.step)]
        assert not was_end or name in ("send_back", "reopen"), f"{name} leads out of {state.step}"
        assert is_end == (after.ended_from is not None)
        assert after.step != Step.REVIEW or after.submitted_by is not None
        assert after.step != Step.DONE or after.assigned_to is None
        state = after
    return state


@settings(deadline=None)
@given(st.lists(EVENTS, max_size=20))
def test_no_event_leaves_the_table_and_an_end_is_left_by_two_alone(events: list[Event]) -> None:
    check(events)


def test_checker_detects_a_way_out_of_done() -> None:
    def reopened(state: EntryState, event: Event) -> EntryState:
        return state._replace(step=Step.ANNOTATE) if DEFAULT.is_end(state.step) else played(state, event)

    to_the_end: list[Event] = [("submit", (Submission(ANA), PASSED_OVER))] * 3

    with pytest.raises((AssertionError, KeyError)):
        check(to_the_end, reopened)


# ---- a dataset's configuration


@pytest.mark.parametrize(
    ("configuration", "rate"), [({}, 1.0), ({"sample_rate": 0}, 0), ({"sample_rate": 0.5}, 0.5)]
)
def test_the_share_that_is_reviewed_is_all_unless_said(configuration: dict[str, float], rate: float) -> None:
    graph = dataset.check(configuration)

    assert [rule.rate for rule in graph.steps["sample"].rules] == [rate]


@pytest.mark.parametrize("rate", [-0.1, 1.1, True, "0.5", None, [], float("nan")])
def test_a_share_is_a_number_from_0_to_1(rate: object) -> None:
    with pytest.raises(BadConfiguration) as caught:
        dataset.check({"sample_rate": rate})

    assert [fault.pointer for fault in caught.value.faults] == ["/sample_rate"]


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(BadConfiguration) as caught:
        dataset.check({"samplerate": 1})

    assert [fault.pointer for fault in caught.value.faults] == ["/samplerate"]
