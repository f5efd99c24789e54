"""A draft workflow, played: laws that every play keeps, and a queue whose figures are known."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import accumulate, pairwise
from random import Random
from typing import Any

import pytest

from tests.workflow.crowds import CONSENSUS
from workflow.dataset import check, graph_of
from workflow.foresight.draft import Draft, Pace, Worker, at_once
from workflow.foresight.playing import Work
from workflow.foresight.routes import ends_of, ways_from
from workflow.foresight.shifts import DAY, HOUR, Shift
from workflow.foresight.simulation import Simulation, play, simulate
from workflow.graph import Graph, Outcome
from workflow.machine import Facts, Workflow

DONE = {"kind": "done"}
PEOPLE = [
    Worker("ana", "annotator", Shift(8, 5)),
    Worker("bo", "annotator", Shift(6, 4), speed=1.5),
    Worker("cy", "annotator"),
    Worker("di", "reviewer", Shift(3)),
    Worker("ed", "reviewer", Shift(7.5, 6), speed=0.7),
]
LABEL = check(
    {"start": "label", "steps": {"label": {"kind": "annotate", "on": {"submit": "done"}}, "done": DONE}}
)
MIXED = check(
    {
        "start": "both",
        "steps": {
            "both": {
                "kind": "consensus",
                "roles": ["annotator", "reviewer"],
                "people": 2,
                "agreement": 0.5,
                "on": {"agree": "sample", "disagree": "settle", "skip": "done"},
            },
            "sample": {"kind": "gate", "rules": [{"score": {"lt": 0.5}, "to": "settle"}], "else": "done"},
            "settle": {
                "kind": "review",
                "roles": ["annotator", "reviewer"],
                "not_by": ["both", "settle"],
                "on": {"accept": "done", "reject": "mend"},
            },
            "mend": {"kind": "annotate", "prefer": ["both"], "on": {"submit": "done"}},
            "done": DONE,
        },
    }
)
PACES = {
    "both": Pace(200, 1, {"disagree": 0.3, "skip": 0.01}),
    "sample": Pace(shares={"0": 0.25}),
    "settle": Pace(100, 0.3, {"reject": 0.5}),
    "mend": Pace(50, 0),
}


def works_of(draft: Draft, seed: int = 1) -> list[Work]:
    works: list[Work] = []
    assert not play(draft, Random(seed), watch=works.append).standing
    return works


@pytest.fixture(scope="module")
def works() -> list[Work]:
    return works_of(Draft(MIXED, PEOPLE, PACES, at_once(400)))


# ---- laws


def test_every_entry_comes_to_an_end_once(works: Sequence[Work]) -> None:
    assert sorted(work.entry for work in works if work.to == "done") == list(range(400))


def test_nobody_works_on_two_entries_at_once(works: Sequence[Work]) -> None:
    by_account = defaultdict(list)
    for work in works:
        by_account[work.account].append((work.begun, work.ended))
    assert len(by_account) == len(PEOPLE)
    for spans in by_account.values():
        assert all(one[1] <= other[0] for one, other in pairwise(sorted(spans)))


def test_nobody_works_what_they_are_barred_from(works: Sequence[Work]) -> None:
    worked = {(work.entry, work.account) for work in works if work.step == "both"}
    settled = [(work.entry, work.account) for work in works if work.step == "settle"]

    assert len(settled) > 100
    assert not worked.intersection(settled)


def test_a_consensus_is_worked_by_as_many_as_it_has_and_different_ones(works: Sequence[Work]) -> None:
    by_entry = defaultdict(list)
    for work in works:
        if work.step == "both":
            by_entry[work.entry].append(work)
    assert all(len({work.account for work in ones}) == len(ones) == 2 for ones in by_entry.values())
    at_once_ = [ones for ones in by_entry.values() if ones[0].ended > ones[1].begun < ones[0].begun + 1]
    assert len(at_once_) > 10


def test_only_who_may_works_a_step() -> None:
    draft = Draft(
        graph_of({}), PEOPLE, {name: Pace(60) for name in ("start", "annotate", "review")}, at_once(100)
    )
    roles = {worker.account: worker.role for worker in PEOPLE}

    assert {(work.step, roles[work.account]) for work in works_of(draft)} == {
        ("start", "annotator"),
        ("annotate", "annotator"),
        ("review", "reviewer"),
    }


def test_people_begin_and_end_within_their_hours(works: Sequence[Work]) -> None:
    shifts = {worker.account: worker.shift for worker in PEOPLE}
    for work in works:
        assert shifts[work.account].next(work.begun) == work.begun
        last = work.ended - 0.001
        assert shifts[work.account].next(last) == last


def test_what_is_rejected_goes_back_to_who_submitted_it() -> None:
    paces = {"start": Pace(1), "annotate": Pace(100, 0.5), "review": Pace(30, 0.5, {"reject": 0.4})}
    crew = [*(Worker(f"a{n}", "annotator") for n in range(3)), Worker("r", "reviewer")]
    makers: dict[int, list[str]] = defaultdict(list)
    for work in works_of(Draft(graph_of({}), crew, paces, at_once(300))):
        if work.step in ("start", "annotate") and work.ended < 9000:  # before nobody has anything else to do
            makers[work.entry].append(work.account)
    assert sum(len(ones) > 2 for ones in makers.values()) > 50
    assert all(len(set(ones)) == 1 for ones in makers.values())


def test_the_shares_of_outcomes_are_kept(works: Sequence[Work]) -> None:
    outcomes = Counter(work.outcome for work in works if work.step == "both" and work.outcome)

    assert outcomes[Outcome.DISAGREE] / outcomes.total() == pytest.approx(0.3, abs=0.07)
    to_settle = sum(work.step == "both" and work.outcome == "agree" and work.to == "settle" for work in works)
    assert to_settle / outcomes[Outcome.AGREE] == pytest.approx(0.25, abs=0.08)


def test_the_same_chance_gives_the_same_play() -> None:
    draft = Draft(MIXED, PEOPLE, PACES, at_once(50))

    assert simulate(draft, 3, Random(5)) == simulate(draft, 3, Random(5))
    assert simulate(draft, 3, Random(5)) != simulate(draft, 3, Random(6))


# ---- figures


def test_one_server_waits_as_queueing_theory_says() -> None:
    """M/M/1 (Kleinrock 1975, 3.2): mean wait = load / (1 - load) services; the server as busy."""
    random = Random(3)
    arrivals = tuple(accumulate(random.expovariate(0.006) for _ in range(40_000)))

    figures = simulate(Draft(LABEL, [Worker("a", "annotator")], {"label": Pace(100, 1)}, arrivals), 1, random)

    label = figures.steps["label"]
    assert label.busy == pytest.approx(0.6, rel=0.03)
    assert label.wait_mean == pytest.approx(150, rel=0.08)
    # P(wait > t) = load * exp(-(1 - load) t / service), which is 0.1 at t = 250 ln 6.
    assert label.wait_p90 == pytest.approx(448, rel=0.08)


def ended(crew: Sequence[Worker], entries: int = 500) -> float:
    found = simulate(Draft(LABEL, crew, {"label": Pace(100)}, at_once(entries)), 5, Random(1)).p50
    assert found is not None
    return found


def test_two_people_are_twice_as_fast_as_one_and_so_is_one_of_twice_the_speed() -> None:
    one = ended([Worker("a", "annotator")])

    assert one == pytest.approx(50_000, rel=0.05)
    assert ended([Worker("a", "annotator"), Worker("b", "annotator")]) == pytest.approx(one / 2, rel=0.05)
    assert ended([Worker("a", "annotator", speed=2)]) == pytest.approx(one / 2, rel=0.05)


def test_short_days_and_weekends_take_their_time() -> None:
    hours = [Worker("a", "annotator", Shift(4, 5))]  # 20 hours a week; no day ends with an entry

    found = simulate(Draft(LABEL, hours, {"label": Pace(700, 0)}, at_once(105)), 1, Random(1))

    assert found.p50 == pytest.approx(7 * DAY + 105 * 700 - 20 * HOUR)
    assert found.steps["label"].busy == pytest.approx(1)


@pytest.mark.parametrize(("review", "expected"), [(20, "annotate"), (400, "review")])
def test_the_bottleneck_is_the_step_whose_people_are_busiest(review: float, expected: str) -> None:
    paces = {"start": Pace(1), "annotate": Pace(100), "review": Pace(review)}
    crew = [Worker("a", "annotator"), Worker("r", "reviewer")]

    found = simulate(Draft(graph_of({}), crew, paces, at_once(100)), 3, Random(1))

    assert found.bottleneck == expected
    assert found.steps[expected].busy > 0.9
    assert found.p5 is not None
    assert found.p95 is not None
    assert found.p5 <= (found.p50 or 0) <= found.p95


# ---- what does not end


def stuck(graph: Graph, crew: Sequence[Worker], paces: dict[str, Pace]) -> Simulation:
    return simulate(Draft(graph, crew, paces, at_once(30)), 2, Random(1))


def test_standing_still_is_told_where_nobody_may_work_what_is_left() -> None:
    alone = stuck(MIXED, PEOPLE[:2], PACES | {"both": Pace(1, 1, {"disagree": 1})})

    assert alone.standing == {"settle": 30}
    assert alone.p50 is None
    assert {one.end for one in alone.plays} == {None}


def test_standing_still_is_told_where_too_few_work_at_once() -> None:
    found = stuck(CONSENSUS, PEOPLE[:1], {"both": Pace(10), "settle": Pace(10)})

    assert found.standing == {"both": 30}
    assert found.steps["both"].worked == 30  # one of two


def test_work_without_end_is_refused() -> None:
    paces = {"start": Pace(1), "annotate": Pace(1), "review": Pace(1, 0, {"reject": 1})}

    with pytest.raises(ValueError, match="lower the entries"):
        play(Draft(graph_of({}), PEOPLE, paces, at_once(10)), Random(1), most=5000)
    with pytest.raises(ValueError, match="lower the entries or the plays"):
        simulate(Draft(LABEL, PEOPLE, {"label": Pace(1)}, at_once(1000)), 1000, Random(1))


@pytest.mark.parametrize(
    "paces",
    [
        {},
        {"label": Pace(0)},
        {"label": Pace(1, shares={"skip": 0.1})},
        {"label": Pace(1, shares={"submit": 0.1})},
        {"label": Pace(1, shares={"no": 2})},
    ],
)
def test_a_pace_that_says_too_little_or_too_much_is_refused(paces: dict[str, Pace]) -> None:
    with pytest.raises(ValueError, match="label"):
        Draft(LABEL, PEOPLE, paces, at_once(1))


def test_shifts_end_and_begin() -> None:
    shift = Shift(8, 5)

    assert shift.after(0, 8 * HOUR) == 8 * HOUR
    assert shift.after(0, 8 * HOUR + 1) == DAY + 1
    assert shift.after(4 * DAY + 7 * HOUR, 2 * HOUR) == 7 * DAY + HOUR
    assert shift.next(5 * DAY) == 7 * DAY
    for seconds in range(1, 1_000_000, 9973):
        assert shift.worked(shift.after(0, seconds)) == pytest.approx(seconds)


# ---- routes


def test_gates_by_rate_lead_as_they_do_in_the_machine() -> None:
    graph = check(
        {
            "start": "label",
            "steps": {
                "label": {"kind": "annotate", "on": {"submit": "one"}},
                "one": _gate([(0.3, "done"), (0.2, "two")], "check"),
                "two": _gate([(0.5, "check")], "done"),
                "check": {"kind": "review", "on": {"accept": "done", "reject": "label"}},
                "done": DONE,
            },
        }
    )
    machine = Workflow(graph)
    thrown = Counter(machine.after("label", Outcome.SUBMIT, Facts(n / 10_000)) for n in range(10_000))

    assert ends_of("one", graph, {}) == pytest.approx(
        {name: n / 10_000 for name, n in thrown.items()}, abs=1e-3
    )


def test_a_rule_that_asks_for_facts_takes_its_share_of_what_gets_to_it() -> None:
    ways = ways_from(MIXED.steps["both"], MIXED, {"both": {"disagree": 0.5}, "sample": {"0": 0.5}})
    found = {
        (way.outcome.value, way.to): ways.at(share).to
        for way, share in zip(ways.ways, ways.sums, strict=True)
    }

    assert ways.sums[-1] == pytest.approx(1)
    assert set(found) == {("agree", "settle"), ("agree", "done"), ("disagree", "settle")}
    assert [ways.at(chance).to for chance in (0.1, 0.3, 0.9)] == ["settle", "done", "settle"]


def _gate(rates: Sequence[tuple[float, str]], otherwise: str) -> dict[str, Any]:
    return {"kind": "gate", "rules": [{"rate": rate, "to": to} for rate, to in rates], "else": otherwise}
