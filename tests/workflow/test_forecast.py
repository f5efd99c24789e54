"""Forecasts, held against ends that came: crowds play on, and what was foretold half-way is compared."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from random import Random
from statistics import median, stdev

import pytest

from tests.workflow.crowd import MONDAY, Told, played
from tests.workflow.crowds import ALL_ALIKE, CONSENSUS, CROWDS, HALF
from workflow.dataset import check
from workflow.foresight.capacity import crews_of, hours_of, table_of
from workflow.foresight.departures import Departure, past_of
from workflow.foresight.draft import Draft, Pace, Worker, at_once
from workflow.foresight.flow import END, visits_of
from workflow.foresight.forecast import Forecast, forecast
from workflow.foresight.habits import Future
from workflow.foresight.playing import Work
from workflow.foresight.shifts import HOUR, Shift
from workflow.foresight.simulation import play
from workflow.graph import Graph

ENTRIES = 5000
PLAYS = 10  # of each crowd
START = MONDAY * 24
CHAIN = check(
    {
        "start": "label",
        "steps": {
            "label": {"kind": "annotate", "on": {"submit": "check"}},
            "check": {"kind": "review", "on": {"accept": "done", "reject": "label"}},
            "done": {"kind": "done"},
        },
    }
)


@cache
def told_of(crowd: int) -> list[tuple[Told, Forecast]]:
    """What was known of plays of a crowd when 30 to 70 % was done, and what is foretold from it."""
    found = []
    for seed in range(PLAYS):
        random = Random(200_000 + 1000 * crowd + seed)
        told = played(CROWDS[crowd], ENTRIES, random.uniform(0.3, 0.7), random)
        found.append((told, said(CROWDS[crowd].graph, told)))
    return found


def said(graph: Graph, told: Told, seed: int = 1) -> Forecast:
    return forecast(graph, told.standing, told.history, told.now, Random(seed))


def width(found: Forecast, now: float) -> float:
    """How wide the band is, as a share of the time that is foretold."""
    assert found.at is not None
    assert found.low is not None
    assert found.high is not None
    assert now <= found.low <= found.at <= found.high
    return (found.high - found.low) / (found.at - now)


def holds(told: Told, found: Forecast) -> bool:
    return (found.low or 0) <= told.end <= (found.high or 0)


# ---- what came


def all_plays() -> list[tuple[Told, Forecast]]:
    return [pair for crowd in range(len(CROWDS)) for pair in told_of(crowd)]


def test_the_band_holds() -> None:
    """In 85 of 100 plays at least, and not because it were so wide that it is of no use.

    It held in 98 of these, of which the constants know nothing. With other seeds, and constants a little
    smaller, it held in 87 to 96: the worst is a history of a day or two. Half of the bands are narrower
    than 0.59 of the time that is foretold, four in five than 0.82; those of the crowd that is done within
    days are twice as wide as that time. What is not foretold, for too little history, is a miss.
    """
    plays = all_plays()
    known = [(told, found) for told, found in plays if found.is_known]

    assert len(plays) == 100
    assert len(known) >= 97
    assert sum(holds(told, found) for told, found in known) >= 85
    widths = sorted(width(found, told.now) for told, found in known)
    assert median(widths) < 0.65
    assert widths[79] < 1  # four in five


def test_the_median_is_near_and_not_to_one_side() -> None:
    """Measured: 41 of 100 ended later than it says; half of the medians were off by less than 9 %."""
    known = [(told, found.at) for told, found in all_plays() if found.at is not None]
    errors = [(told.end - at) / (told.end - told.now) for told, at in known]

    assert 30 <= sum(error > 0 for error in errors) <= 70
    assert median(map(abs, errors)) < 0.12


@pytest.mark.parametrize("number", [n for n, crowd in enumerate(CROWDS) if crowd.bottleneck])
def test_the_step_that_holds_a_crowd_back_is_told(number: int) -> None:
    crowd = CROWDS[number]
    # The people of `start` work `annotate` as well: that these hold it back is all there is to tell.
    roles = [crowd.graph.steps[found.bottleneck or ""].crew for _, found in told_of(number)]

    assert roles.count(crowd.graph.steps[crowd.bottleneck or ""].crew) >= 0.8 * PLAYS


# ---- a history that is even: what comes of it is known


def even(days: int, label: int, review: int, hours: Sequence[int] = range(8, 16)) -> list[Departure]:
    """Each of HOURS of DAYS sees as many labelled, and reviewed."""
    found = []
    for day in range(days):
        for hour in hours:
            at = START + day * 24 + hour
            found.append(Departure(at, "label", "check", label))
            found.append(Departure(at, "check", "done", review))
    return found


def chain(label: int, check: int, history: Sequence[Departure], now: float, seed: int = 1) -> Forecast:
    return forecast(CHAIN, {"label": label, "check": check}, history, now, Random(seed))


def test_even_work_ends_when_it_must() -> None:
    now = START + 12 * 24.0  # the second Saturday
    history = [one for one in even(12, 20, 20) if (one.hour // 24 - MONDAY) % 7 < 5]

    found = chain(800, 200, history, now)

    assert found.at is not None
    # 1,000 reviews at 20 an hour: 50 hours, six days from Monday on without the weekend, and two hours.
    assert found.at == pytest.approx(START + 22 * 24 + 10, abs=14)
    assert found.bottleneck == "check"
    assert found.steps["check"].left == pytest.approx(1000, rel=0.02)
    assert found.steps["check"].per_hour == pytest.approx(20, rel=0.02)
    assert found.steps["check"].hours == pytest.approx(50, rel=0.03)


def afternoons() -> list[Departure]:
    """Reviews went as they came, ten an hour; but on some afternoons forty, after a morning without."""
    late = {START + day * 24 + hour for day in (2, 4, 6, 8) for hour in range(8, 16)}
    history = [one for one in even(10, 10, 10) if one.step == "label" or one.hour not in late]
    return history + [Departure(hour, "check", "done", 40) for hour in late if hour % 24 in (14, 15)]


def test_a_step_that_had_nothing_to_do_is_not_slow() -> None:
    found = chain(1000, 0, afternoons(), START + 10 * 24.0)

    assert found.bottleneck == "label"
    assert found.steps["check"].per_hour == pytest.approx(40)
    assert found.steps["label"].per_hour == pytest.approx(10)


def test_hours_with_nothing_to_do_are_filled_with_what_could_have_been_done() -> None:
    past = past_of(CHAIN, {"label": 1000}, afternoons(), START + 10 * 24.0)
    measured = [hours_of(crew, past) for crew in crews_of(CHAIN, ["label", "check"], past)]

    found = table_of(measured, past, Random(1))

    assert found.hours[MONDAY + 1][14] == pytest.approx((1, 1))  # it did a quarter of that
    assert found.hours[MONDAY + 2][9] == pytest.approx((1, 0))  # enough stood there, and nobody came
    assert found.hours[MONDAY + 1][3] == (0, 0)


def test_what_a_day_counts_is_not_certain() -> None:
    past = past_of(CHAIN, {"label": 1000}, afternoons(), START + 10 * 24.0)
    measured = [hours_of(crew, past) for crew in crews_of(CHAIN, ["label", "check"], past)]
    table = table_of(measured, past, Random(1))

    means = [Future(table, dict.fromkeys(table.hours, True), Random(seed)).means() for seed in range(50)]
    shares = [check / label for label, check in means]  # what is labelled is the same each day

    assert stdev(shares) > 0.02 * median(shares)


def test_what_stands_at_the_slow_step_is_what_holds_back() -> None:
    now = START + 10 * 24.0

    assert chain(1000, 5000, even(10, 30, 10), now).bottleneck == "check"
    assert chain(5000, 0, even(10, 10, 10), now).bottleneck == "label"


def test_more_history_narrows_the_band() -> None:
    random = Random(4)
    noisy = [replace(one, count=random.randint(1, 2 * one.count - 1)) for one in even(60, 20, 20, range(24))]

    def wide(days: int) -> float:
        now = START + 60 * 24.0
        history = [one for one in noisy if one.hour >= now - days * 24]
        return width(chain(4000, 4000, history, now), now)

    assert wide(3) > 1.3 * wide(12) > 1.3 * wide(50)


def test_a_share_that_is_hardly_known_widens_the_band() -> None:
    now = START + 10 * 24.0
    few = [*even(10, 20, 20), Departure(int(now) - 1, "check", "label", 1)]
    rejects = [replace(one, to="label") for one in even(10, 20, 9) if one.step == "check"]

    assert chain(2000, 0, few, now).steps["check"].left == pytest.approx(2000, rel=0.01)
    assert chain(2000, 0, [*even(10, 20, 11), *rejects], now).steps["check"].left == pytest.approx(
        3636, rel=0.05
    )


def test_the_same_chance_gives_the_same_forecast() -> None:
    told, found = told_of(0)[0]

    assert said(HALF, told) == found
    assert said(HALF, told, seed=2) != found


def simulated(seed: int) -> Told:
    """A play of `workflow.simulation`, as it is told in the middle of its second week."""
    crew = [Worker(f"a{n}", "annotator", Shift(8, 5)) for n in range(6)] + [
        Worker("r", "reviewer", Shift(6, 5))
    ]
    paces = {"both": Pace(300, 0.7, {"disagree": 0.2}), "settle": Pace(200, 0.7)}
    works: list[Work] = []
    end = play(Draft(CONSENSUS, crew, paces, at_once(3000)), Random(seed), watch=works.append).end
    until = 8 * 24 + 12
    history = [
        Departure(START + int(work.ended // HOUR), work.step, work.to or "", 1)
        for work in works
        if work.to is not None and work.ended < until * HOUR
    ]
    settling = sum((one.to == "settle") - (one.step == "settle") for one in history)
    standing = {"both": 3000 - sum(one.step == "both" for one in history), "settle": settling}
    assert end is not None
    return Told(standing, history, START + until, START + end / HOUR)


def test_plays_of_the_simulation_are_foretold_too() -> None:
    """With a consensus, and people who stop where a day ends and go on with it on the next."""
    plays = [(told, said(CONSENSUS, told)) for told in map(simulated, range(10))]

    assert sum(holds(told, found) for told, found in plays) >= 8
    for told, found in plays:
        assert width(found, told.now) < 0.8
        assert found.steps["both"].left == pytest.approx(
            told.standing["both"], rel=0.01
        )  # once an entry, whoever many work it


# ---- what is not known


def test_nothing_left_to_do_is_done_now() -> None:
    assert forecast(CHAIN, {"done": 5}, [], 12.5, Random(1)) == Forecast(True, at=12.5, low=12.5, high=12.5)


def test_a_step_that_was_never_left_is_not_known() -> None:
    history = [one for one in even(5, 20, 20) if one.step == "label"]

    found = chain(100, 100, history, START + 120.0)

    assert not found.is_known
    assert "check" in (found.why or "")
    assert (found.at, found.low, found.high, found.bottleneck) == (None, None, None, None)


@pytest.mark.parametrize(
    ("history", "now", "why"),
    [
        ([], START + 1.0, "nothing has left label"),
        (even(5, 20, 20)[:2], START + 9.0, "hours of history"),
        ([replace(one, count=1) for one in even(1, 20, 20)[:8]], START + 20.0, "fewer than"),
    ],
)
def test_too_little_history_is_told(history: Sequence[Departure], now: float, why: str) -> None:
    found = chain(100, 100, history, now)

    assert not found.is_known
    assert why in (found.why or "")


def test_entries_that_go_in_a_circle_alone_still_get_a_forecast() -> None:
    """All was rejected so far: an end is possible, and hardly known."""
    now = START + 96.0
    history = [*(one for one in even(4, 5, 5) if one.step == "label")]
    history += [replace(one, step="check", to="label") for one in history]

    found = chain(50, 0, history, now)

    assert found.steps["check"].left > 1000 if found.is_known else "hardly ever" in (found.why or "")


# ---- parts


def test_queues_of_the_past_are_told_back() -> None:
    history = [Departure(10, "label", "check", 7), Departure(12, "check", "done", 4)]

    past = past_of(CHAIN, {"label": 5, "check": 3}, history, 13.5)

    assert (past.first, past.hours) == (10, 3)
    assert list(past.queues["label"][:3]) == [5, 5, 5]
    assert list(past.queues["check"][:3]) == [7, 7, 3]


def test_visits_are_those_of_the_chain() -> None:
    visits = visits_of([[(1, 1.0)], [(0, 0.25), (END, 0.75)]])

    assert visits[0] == pytest.approx([4 / 3, 4 / 3])
    assert visits[1] == pytest.approx([1 / 3, 4 / 3])


def test_crowds_of_the_same_people_are_one_crew() -> None:
    """People who label first and check later: what they did in all is what they can do."""
    now = START + 10 * 24.0
    history = even(5, 10, 0)[::2] + [replace(one, hour=one.hour + 120) for one in even(5, 0, 30)[1::2]]
    history = [one for one in history if one.count]

    found = forecast(ALL_ALIKE, {"label": 0, "check": 300}, history, now, Random(1))

    assert found.steps["check"].per_hour == pytest.approx(30, rel=0.15)
