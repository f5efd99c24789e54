"""What holds wherever entries go: random walks of a few people through random workflows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflow.graphs import NOTHING_HOLDS, Sound, eligible, people_of, sound_workflows
from tests.workflow.routing import Leaf, ways_to_an_end
from tests.workflow.test_graphs import compiled
from workflow import entry as flow
from workflow import seats as seating
from workflow.entry import EntryState, Person, Status, Submission, place_of
from workflow.errors import BadFact, Refused
from workflow.graph import ERROR, Kind, Outcome, Step
from workflow.machine import Facts, Workflow
from workflow.seats import Seat

LEASE = 5  # events
EVENTS = 40


@dataclass
class Walk:
    """An entry on its way, and who has a seat of its; each event is one of a few people's, at random."""

    made: Sound
    random: Random
    workflow: Workflow = field(init=False)
    state: EntryState = field(init=False)
    seats: list[Seat] = field(default_factory=list)
    now: int = 0
    told: list[str] = field(default_factory=list)  # what happened, to be read where a law is broken
    has_worked: dict[str, list[str]] = field(default_factory=dict)  # step -> who did, the last at the end
    barred: set[str] = field(default_factory=set)  # who might not have it before the last event
    worker: str | None = None  # who worked it by the last event

    def __post_init__(self) -> None:
        self.workflow = compiled(self.made.configuration)
        self.state = EntryState(self.workflow.start)

    @property
    def step(self) -> Step | None:
        return self.workflow.step(self.state.step)

    def events(self) -> Iterator[str]:
        """Walk on, event by event."""
        kinds = [self.take, self.take, self.work, self.work, self.work, self.work, self.leave, self.skip]
        kinds += [self.set_aside, self.send_back, self.reopen, self.give_up]
        for _ in range(EVENTS):
            self.now += 1
            self.barred, self.worker = self.barred_now(), None
            event: Callable[[], None] = self.random.choice(kinds)
            at = self.state.step
            event()
            self.told.append(f"{event.__name__} at {at}: {self.state}")
            if self.state.step != at:
                self.seats = []
            yield self.told[-1]

    def facts(self) -> Facts:
        random = self.random
        attributes = random.choice([NOTHING_HOLDS, {}, {"priority": 1, "metadata": {"city": "Lund"}}])
        return Facts(random.random(), attributes, random.choice([None, 0.5, 1]), random.choice([None, 1]))

    def crew(self) -> list[str]:
        """Who may work the entry where it is."""
        step = self.made.configuration["steps"].get(self.state.step, {})
        if "on" not in step:
            return []
        return sorted(eligible(step, self.made.team) - self.barred_now())

    def barred_now(self) -> set[str]:
        """Whose work lies before the entry now, at a step that keeps them from the one where it is."""
        steps = self.made.configuration["steps"]
        barred: set[str] = set()
        for name in steps.get(self.state.step, {}).get("not_by", []):
            people = steps[name].get("people", 2) if steps[name]["kind"] == "consensus" else 1
            barred |= {*self.has_worked.get(name, [])[-people:]}
        return barred

    def note(self, at: str, account: str) -> None:
        self.worker = account
        before = [one for one in self.has_worked.get(at, []) if one != account]
        self.has_worked[at] = [*before, account]

    # ---- events

    def take(self) -> None:
        crew, step = self.crew(), self.step
        if not crew or step is None:
            return
        account = self.random.choice(crew)
        if step.kind is Kind.CONSENSUS:
            self.sit(step, account)
            return
        is_free = self.random.random() < 0.3
        with _may_be_refused("already_assigned"):
            self.state = flow.select(self.workflow, self.state, Person(account), is_free=is_free)

    def sit(self, step: Step, account: str) -> None:
        if any(seat.account == account and not seat.is_done for seat in self.seats):
            return
        with _may_be_refused("seat_submitted", "already_assigned"):
            number, left = seating.to_take(step, self.seats, account, _time(self.now))
            self.seats = [seat for seat in self.seats if seat != left]
            self.seats.append(Seat(number, account, _time(self.now + LEASE)))

    def work(self) -> None:
        """Who holds the entry, or a seat of it, submits."""
        step = self.step
        if step is None or not step.is_worked:
            return
        if step.kind is Kind.CONSENSUS:
            self.work_together(step)
            return
        holder = self.state.assigned_to or (Person(self.crew()[0]) if self.crew() else None)
        if holder is not None and holder.account in self.crew():
            outcome = self.random.choice(sorted({*step.on} - {Outcome.SKIP}))
            self.submit(step, holder, outcome, self.facts())

    def submit(self, step: Step, by: Person, outcome: Outcome, facts: Facts) -> None:
        reason = step.reject_reasons[0] if outcome is Outcome.REJECT and step.reject_reasons else None
        passed = flow.submit(
            self.workflow, self.state, Submission(by, outcome=outcome.value, reason=reason), facts
        )
        self.state = passed.state
        if outcome is not Outcome.FAIL:
            self.note(step.name, by.account)

    def work_together(self, step: Step) -> None:
        held = [seat for seat in self.seats if not seat.is_done]
        if not held:
            return
        seat = self.random.choice(held)
        self.seats = [replace(one, expires_at=None) if one == seat else one for one in self.seats]
        self.note(step.name, seat.account)
        self.state = flow.seated(self.workflow, self.state, Person(seat.account))
        if seating.is_complete(step, self.seats):
            agreement = self.random.choice([None, 0.0, 1.0])
            best = Person(seat.account)
            self.state = flow.decide(self.workflow, self.state, agreement, best, self.facts()).state
            self.seats = []

    def leave(self) -> None:
        if not self.workflow.is_end(self.state.step):
            self.state = flow.assign(self.workflow, self.state, None)

    def skip(self) -> None:
        step, crew = self.step, self.crew()
        if step is not None and crew and Outcome.SKIP in step.on:
            reason = step.skip_reasons[0] if step.skip_reasons else None
            by = Person(self.random.choice(crew))
            self.state = flow.skip(self.workflow, self.state, by, reason, self.facts())
            assert self.state.assigned_to is None or self.state.assigned_to.account != by.account

    def set_aside(self) -> None:
        step = self.step
        if step is not None and step.is_worked and step.kind is not Kind.OPEN:
            self.state = flow.error(self.workflow, self.state)

    def give_up(self) -> None:
        if flow.is_spent(self.workflow, self.state):
            self.state = flow.fail(self.workflow, self.state, self.facts())

    def send_back(self) -> None:
        self.go_back(flow.send_back)

    def reopen(self) -> None:
        self.go_back(flow.reopen)

    def go_back(self, event: Callable[[Workflow, EntryState, str | None], EntryState]) -> None:
        to = self.random.choice([None, None, *self.made.configuration["steps"]])
        with _may_be_refused("invalid_transition", "step"):
            self.state = event(self.workflow, self.state, to)


@contextmanager
def _may_be_refused(*reasons: str) -> Iterator[None]:
    """What is refused for one of REASONS, codes or facts, has not happened."""
    try:
        yield
    except (Refused, BadFact) as refusal:
        if (refusal.code if isinstance(refusal, Refused) else refusal.fact) not in reasons:
            raise


def _time(now: int) -> str:
    return f"{now:06}"


WALKS = st.builds(Walk, sound_workflows(10), st.integers(0, 2**32 - 1).map(Random))


@settings(max_examples=150, deadline=None)
@given(WALKS)
def test_no_event_leaves_the_graph_or_stays_at_a_gate(walk: Walk) -> None:
    for event in walk.events():
        assert walk.step is None or walk.step.is_worked or walk.step.kind is Kind.DONE, event
        assert walk.step is not None or walk.state.step == ERROR, event


@settings(max_examples=150, deadline=None)
@given(WALKS)
def test_a_status_is_that_of_its_step(walk: Walk) -> None:
    for event in walk.events():
        step = walk.step
        if step is None:
            assert walk.state.status == Status.ERRORED, event
        elif step.kind is Kind.DONE:
            assert walk.state.status == Status.COMPLETED, event
        else:
            assert walk.state.status in flow.SERVED, event


@settings(max_examples=150, deadline=None)
@given(WALKS)
def test_nobody_holds_what_is_done_or_waits_for_several(walk: Walk) -> None:
    for event in walk.events():
        if walk.step is not None and walk.step.kind in (Kind.DONE, Kind.CONSENSUS):
            assert walk.state.assigned_to is None, event


@settings(max_examples=150, deadline=None)
@given(WALKS)
def test_only_an_entry_at_its_end_knows_where_it_ended_from(walk: Walk) -> None:
    for event in walk.events():
        is_end = walk.workflow.is_end(walk.state.step)
        assert (walk.state.ended_from is not None) is is_end, event
        assert not is_end or walk.state.tries == 0, event


@settings(max_examples=300, deadline=None)
@given(WALKS)
def test_who_worked_a_step_does_not_get_it_where_it_is_not_by_them(walk: Walk) -> None:
    for event in walk.events():
        holder = walk.state.assigned_to
        assert {*place_of(walk.workflow, walk.state).barred} == walk.barred_now(), event
        if walk.step is not None and walk.step.is_worked:
            assert holder is None or holder.account not in walk.barred_now(), event
        assert walk.worker not in walk.barred, event


@settings(max_examples=150, deadline=None)
@given(WALKS)
def test_hands_are_those_who_worked_each_once_and_the_last_at_the_end(walk: Walk) -> None:
    at = walk.state.step
    for event in walk.events():
        hands = walk.state.hands
        assert {name: list(accounts) for name, accounts in hands.items()} == walk.has_worked, event
        assert all(len({*accounts}) == len(accounts) for accounts in hands.values()), event
        if walk.worker is not None:
            assert ([*hands][-1], hands[at][-1]) == (at, walk.worker), event
        at = walk.state.step


@settings(max_examples=150, deadline=None)
@given(WALKS)
def test_no_two_hold_one_seat_and_nobody_holds_two(walk: Walk) -> None:
    for event in walk.events():
        numbers, accounts = [seat.number for seat in walk.seats], [seat.account for seat in walk.seats]
        assert len({*numbers}) == len(numbers), event
        assert len({*accounts}) == len(accounts), event
        most = people_of(walk.made.configuration["steps"].get(walk.state.step, {"kind": "done"}))
        assert {*numbers} <= {*range(1, most + 1)}, event


@settings(max_examples=150, deadline=None)
@given(WALKS)
def test_an_entry_can_be_done_from_everywhere(walk: Walk) -> None:
    nothing = Facts(attributes=NOTHING_HOLDS)
    ways = ways_to_an_end(walk.made.configuration, nothing)
    for _ in walk.events():
        before, has_worked = walk.state, deepcopy(walk.has_worked)

        _finish(walk, ways, nothing)

        assert walk.step is not None, (before, walk.state)
        assert (walk.step.kind, walk.state.status) == (Kind.DONE, Status.COMPLETED), (before, walk.state)
        walk.state, walk.has_worked = before, has_worked


@settings(max_examples=150, deadline=None)
@given(WALKS)
def test_a_seat_whose_work_is_submitted_is_nobody_elses_until_all_have(walk: Walk) -> None:
    before, at = list(walk.seats), walk.state.step
    for event in walk.events():
        if walk.state.step == at and walk.seats:
            assert {seat for seat in before if seat.is_done} <= {*walk.seats}, event
        before, at = list(walk.seats), walk.state.step


def _finish(walk: Walk, ways: dict[str, tuple[Outcome, Leaf]], nothing: Facts) -> None:
    """Bring the entry to its end on the shortest way, by whoever the project's owner gives it to."""
    if walk.step is None:
        back = walk.state.hands or walk.state.ended_from
        assert back, "nobody has been at it, and it is at error"
        walk.state = flow.reopen(walk.workflow, walk.state)
    passed = 0
    while (step := walk.step) is not None and step.is_worked and passed < 100:
        outcome, leaf = ways[step.name]
        _pass(walk, step, outcome, leaf.thrown(nothing))
        passed += 1


def _pass(walk: Walk, step: Step, outcome: Outcome, facts: Facts) -> None:
    owner = Person("the owner")
    if outcome is Outcome.SKIP:
        reason = step.skip_reasons[0] if step.skip_reasons else None
        walk.state = flow.skip(walk.workflow, walk.state, owner, reason, facts)
    elif step.kind is Kind.CONSENSUS:
        agreement = 1.0 if outcome is Outcome.AGREE else None
        walk.state = flow.decide(walk.workflow, walk.state, agreement, owner, facts).state
    elif outcome is Outcome.FAIL:
        walk.state = flow.fail(walk.workflow, walk.state, facts)
    else:
        walk.submit(step, owner, outcome, facts)
