"""What holds for every workflow that could be configured: sound, faulty or no workflow at all."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from json import dumps
from math import inf, nan, nextafter, sqrt
from random import Random
from types import FrameType
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflow.graphs import (
    NOTHING_HOLDS,
    Sound,
    Team,
    sound,
    sound_workflows,
)
from tests.workflow.json_places import (
    Json,
    at,
    places,
    pointer_of,
    put,
    resolves,
)
from tests.workflow.planted import (
    FAULTS,
    Planted,
    plant,
    with_porch,
)
from tests.workflow.routing import is_so, leaves_of, type_of, ways_to_an_end
from workflow import dataset
from workflow.errors import BadConfiguration, ConfigurationFault, Refused
from workflow.graph import ERROR, Kind, Outcome
from workflow.machine import Facts, Workflow

BELOW_ONE = nextafter(1.0, 0.0)
HOUSE = with_porch(sound(3, 3))  # with a step of every kind, and every member
LONGEST_DETAIL = 10_000  # characters


def faults_of(configuration: Any, team: Team | None = None) -> tuple[ConfigurationFault, ...]:
    """What is told of CONFIGURATION: nothing where it is accepted. Anything but a refusal is raised."""
    try:
        dataset.check(configuration, team)
    except BadConfiguration as error:
        return error.faults
    return ()


def compiled(configuration: Json) -> Workflow:
    """The workflow that the text of CONFIGURATION makes. None is kept beyond the test."""
    return dataset.workflow_of.__wrapped__(dumps(configuration))


# ---- sound workflows


@settings(max_examples=100, deadline=None)
@given(sound_workflows())
def test_a_sound_workflow_is_accepted_with_and_without_its_team(made: Sound) -> None:
    graph = dataset.check(made.configuration, made.team)

    assert graph == dataset.check(made.configuration)
    assert graph.start == made.configuration["start"]
    assert list(graph.steps) == list(made.configuration["steps"])


@settings(max_examples=100, deadline=None)
@given(sound_workflows())
def test_a_workflow_that_is_written_and_read_again_is_the_same(made: Sound) -> None:
    read = msgspec.json.decode(msgspec.json.encode(made.configuration))

    assert dataset.check(read, made.team) == dataset.check(made.configuration, made.team)
    assert compiled(read).graph == dataset.check(made.configuration)


@settings(max_examples=100, deadline=None)
@given(sound_workflows())
def test_a_check_changes_nothing_that_it_is_given(made: Sound) -> None:
    before = deepcopy(made)

    dataset.check(made.configuration, made.team)

    assert made == before
    assert list(made.configuration["steps"]) == list(before.configuration["steps"])


@settings(max_examples=50, deadline=None)
@given(sound_workflows(), st.randoms(use_true_random=False))
def test_the_order_of_steps_decides_nothing(made: Sound, random: Random) -> None:
    steps = list(made.configuration["steps"].items())
    random.shuffle(steps)

    graph = dataset.check(made.configuration | {"steps": dict(steps)}, made.team)

    assert graph == dataset.check(made.configuration, made.team)


def test_a_sound_workflow_stays_so_with_a_porch() -> None:
    assert all(not faults_of(*_both(with_porch(sound(size, size)))) for size in range(1, 26))


def _both(made: Sound) -> tuple[Json, Team]:
    return made.configuration, made.team


def test_who_is_barred_twice_is_barred_once() -> None:
    first, *others = list(HOUSE.team)[:3]
    steps: Json = {
        "a": {"kind": "annotate", "members": [first], "on": {"submit": "b"}},
        "b": {"kind": "annotate", "members": [first], "on": {"submit": "c"}},
        "c": {"kind": "annotate", "members": others, "on": {"submit": "d"}},
        "d": {"kind": "annotate", "members": [first, *others], "on": {"submit": "end"}},
        "end": {"kind": "done"},
    }

    for not_by in (["a", "b"], ["a", "b", "c"]):
        steps["d"]["not_by"] = not_by

        assert not faults_of({"start": "a", "steps": steps}, HOUSE.team)


@pytest.mark.parametrize("rate", [0, 1, 0.5])
def test_a_step_may_rest_behind_a_rate_of_nothing(rate: float) -> None:
    steps = {
        "label": {"kind": "annotate", "on": {"submit": "sample"}},
        "sample": {"kind": "gate", "rules": [{"rate": rate, "to": "check"}], "else": "done"},
        "check": {"kind": "review", "on": {"accept": "done", "reject": "label"}},
        "done": {"kind": "done"},
    }

    assert not faults_of({"start": "label", "steps": steps}, HOUSE.team)


# ---- one fault


@pytest.mark.parametrize("fault", FAULTS)
@settings(max_examples=8, deadline=None)
@given(made=sound_workflows(12), seed=st.integers(0, 2**32 - 1))
def test_a_fault_is_told_at_its_place(fault: str, made: Sound, seed: int) -> None:
    planted = plant(fault, made, Random(seed))

    told = faults_of(planted.configuration, planted.team)

    assert (planted.pointer, planted.code) in {(one.pointer, one.code) for one in told}
    _is_fit_to_tell(told, planted.configuration)


def _is_fit_to_tell(told: Iterable[ConfigurationFault], configuration: Json) -> None:
    """That all that is TOLD has a place in CONFIGURATION, and that little is."""
    assert [one for one in told if not resolves(one.pointer, configuration)] == []
    assert len(list(told)) <= 50
    assert max((len(one.detail) for one in told), default=0) < LONGEST_DETAIL


@settings(max_examples=100, deadline=None)
@given(
    sound_workflows(12), st.lists(st.sampled_from(sorted(FAULTS)), min_size=2, max_size=4), st.integers(0, 99)
)
def test_many_faults_are_told_at_places_that_there_are(made: Sound, faults: list[str], seed: int) -> None:
    planted = Planted(made.configuration, made.team, "", "")
    for fault in faults:
        planted = _planted_too(fault, planted, seed)

    told = faults_of(planted.configuration, planted.team)

    assert told
    _is_fit_to_tell(told, planted.configuration)


def _planted_too(fault: str, before: Planted, seed: int) -> Planted:
    """BEFORE with a FAULT more, or as it is where it is too broken for that."""
    try:
        return plant(fault, Sound(before.configuration, before.team), Random(seed))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return before


def test_no_more_is_told_than_can_be_read() -> None:
    steps = {f"s{number}": {"kind": "wrong", "on": 1} for number in range(200)}

    told = faults_of({"start": "s0", "steps": steps})

    assert len(told) == 50


# ---- wrong values at every place


def _deep(kind: type) -> Json:
    value: Json = "deep"
    for _ in range(10_000):
        value = {"deep": value} if kind is dict else [value]
    return value


WRONG: Mapping[str, Json] = {
    "null": None,
    "not a number": nan,
    "infinite": inf,
    "infinitely small": -inf,
    "huge": 10**400,
    "negative and huge": -(10**400),
    "deep objects": _deep(dict),
    "deep lists": _deep(list),
    "a long list": ["done"] * 100_000,
    "a long text": "x" * 1_000_000,
    "an object of long names": {"x" * 100_000: {"x" * 100_000: 1}},
    "an object of awkward names": {"a/b~c~1": {"/": 1}},
    "an empty object": {},
    "a set of nothing": [[], [None]],
}
_EMPTY_IS_SOUND = {(), ("steps", "p-gate", "on")}  # {} is the default workflow


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_value_is_told_wherever_it_stands(wrong: str) -> None:
    for path in places(HOUSE.configuration):
        if wrong == "an empty object" and path in _EMPTY_IS_SOUND:
            continue
        given = put(HOUSE.configuration, path, WRONG[wrong])

        told = faults_of(given, HOUSE.team)

        assert _points_to(path, told), (path, told)
        _is_fit_to_tell(told, given)


def _points_to(path: tuple[str | int, ...], told: Iterable[ConfigurationFault]) -> bool:
    """Whether one that is TOLD is at PATH, right above it, or anywhere in it."""
    pointers = [one.pointer for one in told]
    return pointer_of(path[:-1]) in pointers or any(
        pointer == pointer_of(path) or pointer.startswith(pointer_of(path) + "/") for pointer in pointers
    )


@pytest.mark.parametrize("truth", [True, False])
def test_a_truth_is_no_number_and_no_text(truth: bool) -> None:
    for path in places(HOUSE.configuration):
        if "metadata.city" in path or path[-1:] == ("exists",):
            continue
        given = put(HOUSE.configuration, path, truth)

        told = faults_of(given, HOUSE.team)

        assert _points_to(path, told), (path, told)
        _is_fit_to_tell(told, given)


@pytest.mark.parametrize("other", [0, 1, 2.5, -1, "", "nowhere", "Annotate", [], ["a"], {"a": 1}])
def test_a_value_of_another_type_is_told_wherever_it_stands(other: Json) -> None:
    for path in places(HOUSE.configuration):
        before = at(HOUSE.configuration, path)
        if type_of(other) == type_of(before) or _may_be(other, path):
            continue
        given = put(HOUSE.configuration, path, other)

        told = faults_of(given, HOUSE.team)

        assert told, (path, other)
        _is_fit_to_tell(told, given)


def _may_be(other: Json, path: tuple[str | int, ...]) -> bool:
    """Whether OTHER may stand at PATH for what a condition compares with."""
    is_number = type_of(other) == "number" and path[-1:] in {("agreement",), ("score",), ("priority",)}
    return is_number or "metadata.city" in path


# ---- anything at all

_TEMPTING: list[Json] = [
    *("start", "steps", "kind", "on", "rules", "else", "to", "rate", "where", "agreement", "score", "exists"),
    *("metadata.a", "priority", "in", "eq", "lt", "submit", "reject", "accept", "p-gate", "p-done", "p-open"),
    *("annotate", "gate", "done", "review", "consensus", "error", "annotator", "reviewer", "PT1S", "a/b~c"),
    *(0, 1, 2, 0.5, 1.0, -1, 2**63, 10**30, 1e308),
]
_SIMPLE = st.none() | st.booleans() | st.sampled_from(_TEMPTING) | st.integers() | st.text(max_size=5)
_SIMPLE |= st.floats(allow_nan=False, allow_infinity=False)
_NAMES = st.sampled_from([one for one in _TEMPTING if isinstance(one, str)]) | st.text(max_size=5)
ANY_JSON = st.recursive(
    _SIMPLE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None)
@given(ANY_JSON)
def test_any_value_is_accepted_or_refused(value: Json) -> None:
    _is_accepted_or_refused(value)


@settings(max_examples=400, deadline=None)
@given(st.fixed_dictionaries({"start": _NAMES, "steps": st.dictionaries(_NAMES, ANY_JSON, max_size=4)}))
def test_any_start_and_steps_are_accepted_or_refused(value: Json) -> None:
    _is_accepted_or_refused(value)


@settings(max_examples=1000, deadline=None)
@given(sound_workflows(5), st.integers(0, 2**32), ANY_JSON)
def test_a_workflow_with_any_value_in_it_is_accepted_or_refused(made: Sound, place: int, value: Json) -> None:
    house = with_porch(made)
    paths = places(house.configuration)

    _is_accepted_or_refused(put(house.configuration, paths[place % len(paths)], value), house.team)


@settings(max_examples=400, deadline=None)
@given(sound_workflows(5), st.integers(0, 2**32), st.integers(0, 2**32))
def test_a_workflow_with_values_out_of_place_is_accepted_or_refused(made: Sound, one: int, two: int) -> None:
    house = with_porch(made)
    paths = places(house.configuration)
    value = at(house.configuration, paths[one % len(paths)])

    _is_accepted_or_refused(put(house.configuration, paths[two % len(paths)], value), house.team)


@settings(max_examples=400, deadline=None)
@given(sound_workflows(5), st.integers(0, 2**32))
def test_a_workflow_that_lacks_something_is_accepted_or_refused(made: Sound, place: int) -> None:
    house = with_porch(made)
    paths = [path for path in places(house.configuration) if path]
    path = paths[place % len(paths)]
    within = at(house.configuration, path[:-1]).copy()
    del within[path[-1]]

    _is_accepted_or_refused(put(house.configuration, path[:-1], within), house.team)


def _is_accepted_or_refused(value: Json, team: Team | None = None) -> None:
    told = faults_of(value, team)
    if told:
        _is_fit_to_tell(told, value)
    else:
        _keeps_the_laws(compiled(value), [Facts(chance) for chance in (0.0, 0.5, BELOW_ONE)])


# ---- what is compiled


def _keeps_the_laws(workflow: Workflow, facts: Iterable[Facts]) -> None:
    """That what a step declares leads to a step that somebody works, or to an end; all else is refused."""
    ends = {name for name, step in workflow.graph.steps.items() if step.kind is Kind.DONE} | {ERROR}
    worked = {name for name, step in workflow.graph.steps.items() if step.is_worked}
    for name, step in workflow.graph.steps.items():
        for outcome in Outcome:
            for fact in facts:
                if outcome in step.on:
                    assert workflow.after(name, outcome, fact) in worked | ends
                else:
                    with pytest.raises(Refused) as caught:
                        workflow.after(name, outcome, fact)
                    assert (caught.value.code, caught.value.step) == ("invalid_transition", name)


_METADATA = st.fixed_dictionaries(
    {},
    optional={
        "city": st.sampled_from(["", "Lund", "Oslo", 0, 1, True, None, []]),
        "a": st.sampled_from([{}, {"b": {"c": 1}}, {"b": 1}, None, [1]]),
        "verified": st.sampled_from([True, False, 1, 0, None]),
        "missing": st.sampled_from([None, 1]),
    },
)
_ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "priority": st.sampled_from([-1, 0, 0.5, 1, 2]),
        "resource": st.sampled_from(["", "Lund", "Oslo"]),
        "external_id": st.sampled_from([None, "Lund"]),
        "split": st.sampled_from([None, "", "Oslo"]),
        "metadata": _METADATA | st.none(),
    },
)
_SHARES = st.none() | st.sampled_from([0.0, 0.5, 0.79, 0.8, 1.0])
_CHANCES = st.floats(0, 1, exclude_max=True) | st.just(BELOW_ONE)
ANY_FACTS = st.builds(Facts, _CHANCES, _ATTRIBUTES, _SHARES, _SHARES)


@settings(max_examples=150, deadline=None)
@given(sound_workflows(), st.lists(ANY_FACTS, min_size=1, max_size=5))
def test_every_outcome_leads_to_who_works_or_to_an_end(made: Sound, facts: list[Facts]) -> None:
    _keeps_the_laws(compiled(made.configuration), facts)


@settings(max_examples=150, deadline=None)
@given(sound_workflows(), ANY_FACTS)
def test_every_gate_leads_where_its_rules_say(made: Sound, facts: Facts) -> None:
    workflow = compiled(made.configuration)

    for name, outcome, leaf in leaves_of(made.configuration, facts):
        assert workflow.after(name, outcome, leaf.thrown(facts)) == leaf.name


@settings(max_examples=150, deadline=None)
@given(sound_workflows())
def test_every_step_that_is_worked_can_come_to_an_end(made: Sound) -> None:
    workflow = compiled(made.configuration)
    nothing = Facts(attributes=NOTHING_HOLDS)
    ways = ways_to_an_end(made.configuration, nothing)

    for step in workflow.graph.steps.values():
        name, passed = step.name, 0
        while step.is_worked and not workflow.is_end(name):
            outcome, leaf = ways[name]
            name, passed = workflow.after(name, outcome, leaf.thrown(nothing)), passed + 1
            assert passed <= len(workflow.graph.steps)
        assert name != ERROR


@pytest.mark.parametrize("name", ["nowhere", ERROR, "", "p-gate", "p-done"])
@pytest.mark.parametrize("outcome", Outcome)
def test_nothing_leads_on_from_where_nobody_works(name: str, outcome: Outcome) -> None:
    workflow = compiled(HOUSE.configuration)

    with pytest.raises(Refused) as caught:
        workflow.after(name, outcome, Facts())

    assert (caught.value.code, caught.value.step) == ("invalid_transition", name)


# ---- what gates ask

_CONSTANTS: list[Json] = [-1, 0, 0.0, 0.5, 1, 1.0, 2, 10**25, "", "a", "b", "1"]
_OPERANDS: Mapping[str, st.SearchStrategy[Json]] = {
    **{name: st.sampled_from(_CONSTANTS) for name in ("lt", "lte", "gt", "gte")},
    "eq": st.sampled_from([*_CONSTANTS, True, False]),
    "in": st.lists(st.sampled_from([*_CONSTANTS, True, False]), min_size=1, max_size=3),
    "exists": st.booleans(),
}
_OBJECTS = st.lists(st.sampled_from(sorted(_OPERANDS)), min_size=1, max_size=3, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: _OPERANDS[name] for name in names})
)
_VALUES = st.sampled_from([*_CONSTANTS, True, False, None, [], {}, [1], {"a": 1}])


@settings(max_examples=600, deadline=None)
@given(_OBJECTS | _OPERANDS["eq"], _VALUES)
def test_a_condition_compares_as_its_operators_say(tests: Json, value: Json) -> None:
    workflow = _gate([{"where": {"metadata.a": tests}, "to": "a"}], "b")

    after = workflow.after("label", Outcome.SUBMIT, Facts(attributes={"metadata": {"a": value}}))

    assert after == ("a" if is_so(tests, value) else "b")


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["agreement", "score"]),
    st.sampled_from(["eq", "lt", "lte", "gt", "gte"]),
    st.sampled_from([0, 0.5, 0.8, 1]),
    _SHARES,
)
def test_a_gate_asks_for_agreement_and_score(fact: str, operator: str, operand: Json, value: Json) -> None:
    workflow = _gate([{fact: {operator: operand}, "to": "a"}], "b")

    after = workflow.after("label", Outcome.SUBMIT, Facts(**{fact: value}))

    assert after == ("a" if is_so({operator: operand}, value) else "b")


def _gate(rules: Json, otherwise: str | None, more: Mapping[str, Json] | None = None) -> Workflow:
    """A workflow of one step, a gate behind it, MORE steps, and the ends that they lead to."""
    gate = {"kind": "gate", "rules": rules} | ({} if otherwise is None else {"else": otherwise})
    steps: Json = {"label": {"kind": "annotate", "on": {"submit": "gate"}}, "gate": gate, **(more or {})}
    ways = [way for step in steps.values() if step["kind"] == "gate" for way in [*step["rules"], step]]
    ends = {way.get("to", way.get("else")) for way in ways} - steps.keys() - {None}
    configuration = {"start": "label", "steps": steps | {end: {"kind": "done"} for end in sorted(ends)}}
    assert not faults_of(configuration)
    return compiled(configuration)


# ---- chance

THROWS = 20_000
ERRORS = 4  # standard errors that a share may be off


def _rates(random: Random) -> list[float]:
    """Three rates that leave something over, of which one may be small."""
    weights = [random.random() ** 2 + 0.01 for _ in range(4)]
    return [weight / sum(weights) for weight in weights[:3]]


def _thrown(workflow: Workflow, seed: int, attributes: Mapping[str, Json]) -> Counter[str]:
    random = Random(seed)
    return Counter(
        workflow.after("label", Outcome.SUBMIT, Facts(random.random(), attributes)) for _ in range(THROWS)
    )


def _is_shared(counted: Mapping[str, int], ends: list[str], rates: list[float]) -> None:
    """That of all that came to ENDS, each but the last got its of RATES, and the last the rest."""
    total = sum(counted.get(end, 0) for end in ends)
    for end, rate in zip(ends, [*rates, 1 - sum(rates)], strict=True):
        error = sqrt(rate * (1 - rate) / total)
        assert abs(counted.get(end, 0) / total - rate) <= ERRORS * error, (end, rate, counted)


@pytest.mark.parametrize("seed", range(6))
def test_a_gate_shares_as_its_rates_say(seed: int) -> None:
    rates = _rates(Random(seed))
    ends = ["a", "b", "c", "rest"]
    workflow = _gate([{"rate": rate, "to": to} for rate, to in zip(rates, ends, strict=False)], "rest")

    counted = _thrown(workflow, seed, {})

    assert sum(counted.values()) == THROWS
    _is_shared(counted, ends, rates)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("behind", ["a", "b", "c", "rest", "met"])
def test_what_passes_a_gate_is_shared_anew_by_the_gate_behind(behind: str, seed: int) -> None:
    first, second = _rates(Random(seed)), _rates(Random(seed + 100))
    ways = {way: f"end-{way}" for way in ("a", "b", "c", "rest", "met")} | {behind: "second"}
    rules: list[Json] = [
        {"rate": rate, "to": ways[way]} for rate, way in zip(first, ("a", "b", "c"), strict=True)
    ]
    # A condition in the midst takes all that is left.
    rules.insert(1, {"where": {"priority": 1}, "to": ways["met"]})
    ends = ["x", "y", "z", "over"]
    more = [{"rate": rate, "to": to} for rate, to in zip(second, ends, strict=False)]
    workflow = _gate(rules, ways["rest"], {"second": {"kind": "gate", "rules": more, "else": "over"}})

    counted = _thrown(workflow, seed, {"priority": 1 if behind == "met" else 0})

    passed = sum(counted[end] for end in ends)
    shares = dict(zip("abc", first, strict=True)) | {"rest": 1 - sum(first), "met": 1 - first[0]}
    share = shares[behind]
    assert abs(passed / THROWS - share) <= ERRORS * sqrt(share * (1 - share) / THROWS)
    _is_shared(counted, ends, second)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.integers(0, 1000), min_size=1, max_size=50).filter(any),
    st.lists(_CHANCES, min_size=1, max_size=10),
)
def test_rates_of_all_never_fail_by_chance(weights: list[int], chances: list[float]) -> None:
    rates = [weight / sum(weights) for weight in weights]
    workflow = _gate([{"rate": rate, "to": f"end-{number}"} for number, rate in enumerate(rates)], None)

    for chance in [*chances, 0.0, BELOW_ONE]:
        after = workflow.after("label", Outcome.SUBMIT, Facts(chance))

        assert rates[int(after.removeprefix("end-"))] > 0


@pytest.mark.parametrize("chance", [0.0, 5e-324, 0.5, BELOW_ONE])
@pytest.mark.parametrize(("rate", "end"), [(0, "rest"), (0.0, "rest"), (1, "all"), (1.0, "all")])
def test_a_rate_of_none_takes_none_and_a_rate_of_all_takes_all(rate: float, end: str, chance: float) -> None:
    # The end that nothing comes to is reached by another way as well.
    rules: Json = [{"where": {"priority": 9}, "to": "rest"}, {"rate": rate, "to": "all"}]

    assert _gate(rules, "rest").after("label", Outcome.SUBMIT, Facts(chance)) == end


@pytest.mark.parametrize(("chance", "end"), [(0.0, "a"), (0.25, "b"), (0.5, "rest"), (0.75, "rest")])
def test_a_chance_between_two_is_the_later_ones(chance: float, end: str) -> None:
    workflow = _gate([{"rate": 0.25, "to": "a"}, {"rate": 0.25, "to": "b"}], "rest")

    assert workflow.after("label", Outcome.SUBMIT, Facts(chance)) == end


# ---- how much work it is

PER_VALUE = 30  # calls for each value of a configuration


def _calls(run: Callable[[], object]) -> int:
    """How many functions RUN calls, Python's own among them."""
    count = 0

    def counted(frame: FrameType, event: str, what: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        run()
    finally:
        sys.setprofile(before)
    return count


def _large(steps: int, rules: int, wrong: bool = False) -> Json:
    """STEPS, each second a gate of RULES; where it is WRONG, no way leads to a step that there is."""
    found: dict[str, Json] = {}
    for number in range(steps - 1):
        after = "nowhere" if wrong else f"s{number + 1}"
        way: Json = {"where": {"metadata.a": {"in": ["a", "b"]}}, "to": after}
        worked = {"kind": "annotate", "prefer": [f"s{number}"], "on": {"submit": after, "skip": after}}
        gate = {"kind": "gate", "rules": [way] * rules, "else": after}
        found[f"s{number}"] = gate if number % 2 else worked
    return {"start": "s0", "steps": found | {f"s{steps - 1}": {"kind": "done"}}}


@pytest.mark.parametrize("wrong", [False, True])
@pytest.mark.parametrize(("steps", "rules"), [(2, 1), (50, 50), (200, 1), (200, 50)])
def test_a_check_does_work_in_proportion(steps: int, rules: int, wrong: bool) -> None:
    given = _large(steps, rules, wrong)

    calls = _calls(lambda: faults_of(given, HOUSE.team))

    assert bool(faults_of(given, HOUSE.team)) is wrong
    assert calls <= PER_VALUE * (len(places(given)) + 10)


def test_a_check_of_four_times_as_much_is_four_times_the_work() -> None:
    small, large = (_calls(lambda n=n: faults_of(_large(n, 50), HOUSE.team)) for n in (50, 200))  # type: ignore[misc]

    assert large <= 4.4 * small


def test_compiling_four_times_as_much_is_four_times_the_work() -> None:
    small, large = (_calls(lambda n=n: compiled(_large(n, 20))) for n in (25, 100))  # type: ignore[misc]

    assert large <= 4.4 * small


def test_of_a_thousand_steps_none_is_read() -> None:
    given = _large(1000, 50)

    assert _calls(lambda: faults_of(given, HOUSE.team)) < 200


@pytest.mark.parametrize("wrong", ["deep objects", "deep lists", "a long list", "a long text", "huge"])
def test_what_is_too_large_is_not_looked_into(wrong: str) -> None:
    usual = _calls(lambda: faults_of(HOUSE.configuration, HOUSE.team))

    for path in places(HOUSE.configuration):
        given = put(HOUSE.configuration, path, WRONG[wrong])

        assert _calls(lambda given=given: faults_of(given, HOUSE.team)) < usual + 1000  # type: ignore[misc]


def test_a_circle_of_gates_is_found_with_work_in_proportion() -> None:
    def ring(count: int) -> Json:
        gates = {
            f"g{number}": {
                "kind": "gate",
                "rules": [{"score": 1, "to": f"g{(number + ahead) % count}"} for ahead in range(1, 21)],
                "else": "done",
            }
            for number in range(count)
        }
        label = {"kind": "annotate", "on": {"submit": "g0"}}
        return {"start": "label", "steps": {"label": label, "done": {"kind": "done"}, **gates}}

    small, large = (_calls(lambda n=n: faults_of(ring(n))) for n in (45, 180))  # type: ignore[misc]

    assert large <= 4.4 * small


class _Account(str):
    """An account that counts how often it is compared."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        _Account.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_people_are_compared_with_those_who_are_named_alone() -> None:
    team = {_Account(f"{number:08x}-0000-0000-0000-000000000000"): "annotator" for number in range(300)}
    given = _large(100, 1)
    for step in given["steps"].values():
        if step["kind"] == "annotate":
            step["members"] = [str(account) for account in list(team)[:100]]
    _Account.compared = 0

    assert not faults_of(given, team)  # type: ignore[arg-type]

    assert _Account.compared <= 4 * len(places(given))
