"""Says from measured rates when the work that stands at steps will be done, and which step holds it back.

Many possible futures are played with counts, of which each has parameters of its own: routes from a Dirichlet
posterior of what left each step (`_network`), what crews can do from days of the past (`capacity`, `habits`).
The band is what nine in ten of them end in. It must not know entries, people or a clock.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from statistics import fmean

from workflow.foresight.capacity import Crew, Hours, Table, crews_of, hours_of, table_of
from workflow.foresight.departures import Departure, Past, past_of
from workflow.foresight.flow import END, LONGEST, Network, Ways, hours_left, visits_of
from workflow.foresight.habits import Future, worked_days
from workflow.foresight.routes import reachable
from workflow.graph import Graph

LEAST_HOURS = 6  # of history, from the first departure on
LEAST_LEFT = 5  # entries that left a step, before its pace is known
_NEVER_SEEN = 0.5  # entries: as if so many had gone every way that is declared (Jeffreys' prior)
_LEAST_CHANCE = 1e-6  # of a way that is possible
_TABLES = 20  # completions of the past; fewer of a long one, in which less is missing
_TABLE_DAYS = 300  # in all of these together
# How much the pace is off that no past shows, as a standard deviation of its logarithm: people come and
# leave, and entries get harder or easier. Of short histories more: days that follow each other are alike.
_DRIFT = 0.03
_SHORT = 0.25  # divided by the square root of the days that were worked

# Hours, on average, for which the last entries wait for the very person who holds them. Counts do
# not tell who holds what.
_LAST_HELD = 8.0


@dataclass(frozen=True, slots=True)
class StepForecast:
    """What is still to do at one step.

    LEFT is how many times entries will leave it; PER_HOUR how many its people do in an hour in which they
    work, with enough to do, and work here alone; HOURS is the one divided by the other.
    """

    left: float
    per_hour: float
    hours: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """When all that stands now is done, in hours since 1970 (UTC): the median, and a band of nine in ten.

    BOTTLENECK is the step whose people need the longest for all of their work, nights and weekends counted;
    of several steps with the same people, the one with the most work. Where IS_KNOWN is false the past says
    too little, and WHY tells which; there are no times then.
    """

    is_known: bool
    why: str | None = None
    at: float | None = None
    low: float | None = None
    high: float | None = None
    bottleneck: str | None = None
    steps: Mapping[str, StepForecast] = field(default_factory=dict)


def forecast(
    graph: Graph,
    standing: Mapping[str, int],
    history: Sequence[Departure],
    now_hour: float,
    random: Random,
    plays: int = 100,
) -> Forecast:
    """When what is STANDING at steps will be done, from the HISTORY up to NOW_HOUR (hours since 1970, UTC).

    Nobody new is thought to bring entries in. The time it takes grows with the rows and hours of the history,
    and with the logarithm of the entries that stand. The same RANDOM gives the same answer.
    """
    queue = {name: count for name, count in standing.items() if count > 0 and _is_worked(graph, name)}
    if not queue:
        return Forecast(True, at=now_hour, low=now_hour, high=now_hour)
    past = past_of(graph, queue, history, now_hour)
    names = _ahead(graph, queue, past)
    if why := _unknown(graph, names, past):
        return Forecast(False, why)
    return _foretold(graph, names, queue, past, now_hour, random, plays)


def _foretold(
    graph: Graph,
    names: Sequence[str],
    queue: Mapping[str, int],
    past: Past,
    now_hour: float,
    random: Random,
    plays: int,
) -> Forecast:
    crews = crews_of(graph, [name for name in graph.steps if past.left(name)], past)
    measured = [hours_of(crew, past) for crew in crews]
    worked = worked_days(past)
    tables = _tables(measured, past, random)
    count = [queue.get(name, 0) for name in names]
    ends, expected, bottlenecks = [], [], Counter[str]()
    for number in range(plays):
        future = Future(tables[number % len(tables)], worked, random)
        factors = _factors(len(crews), sum(worked.values()), random)
        network = replace(_network(graph, names, past, crews, random), means=future.means())
        hours = hours_left(network, count, now_hour, future, factors, random)
        ends.append(hours + random.expovariate(1 / _LAST_HELD))
        expected.append(network.expected(count))
        bottlenecks[names[_slowest(network, expected[-1])]] += 1
    ends.sort()
    low, at, high = (ends[min(plays - 1, int(share * plays))] for share in (0.05, 0.5, 0.95))
    if high >= LONGEST:
        return Forecast(False, "at the pace of the past it is hardly ever done")
    steps = {
        name: _told(fmean(column), name, crews, measured)
        for name, column in zip(names, zip(*expected, strict=True), strict=True)
    }
    first = bottlenecks.most_common(1)[0][0]
    return Forecast(True, None, now_hour + at, now_hour + low, now_hour + high, first, steps)


def _is_worked(graph: Graph, name: str) -> bool:
    return name in graph.steps and graph.steps[name].is_worked


def _ahead(graph: Graph, queue: Mapping[str, int], past: Past) -> list[str]:
    """The steps that what stands will come through, as the past has it: breadth first, so about in order."""
    start = [name for name in (graph.start, *graph.steps) if name in queue]
    found = dict.fromkeys(start)
    ahead = list(found)
    for name in ahead:
        for to in past.ways[name]:
            if to not in found and _is_worked(graph, to):
                found[to] = None
                ahead.append(to)
    return ahead


def _unknown(graph: Graph, names: Sequence[str], past: Past) -> str | None:
    """Why the past says too little about NAMES, or None."""
    for name in names:
        if not past.left(name):
            return f"nothing has left {name} yet: how fast it goes there is not known"
    for name in names:
        if past.left(name) < LEAST_LEFT:
            return f"fewer than {LEAST_LEFT} entries have left {name}: that is too little to tell its pace"
    if past.hours < LEAST_HOURS:
        return f"there are fewer than {LEAST_HOURS} hours of history"
    ending = {name for name in names if any(not _is_worked(graph, to) for to in _possible(graph, name, past))}
    for _ in names:
        ending |= {name for name in names if ending & _possible(graph, name, past).keys()}
    for name in names:
        if name not in ending:
            return f"no entry has come from {name} to an end yet"
    return None


def _possible(graph: Graph, name: str, past: Past) -> dict[str, float]:
    """Where entries can go from NAME, and how many did; ways that are declared alone count a little.

    To a step that is worked and that nothing has left yet nothing is thought to go but what did.
    """
    found = {to: float(count) for to, count in past.ways[name].items()}
    for to in reachable(graph.steps[name], graph):
        if not _is_worked(graph, to) or past.left(to) >= LEAST_LEFT:
            found[to] = found.get(to, 0.0) + _NEVER_SEEN
    return found


def _network(
    graph: Graph, names: Sequence[str], past: Past, crews: Sequence[Crew], random: Random
) -> Network:
    """The steps NAMES with chances drawn from the Dirichlet posterior of the counts."""
    numbers = {name: number for number, name in enumerate(names)}
    ways: list[Ways] = []
    for name in names:
        drawn: dict[int, float] = {}
        for to, count in _possible(graph, name, past).items():
            if to in numbers or not _is_worked(graph, to):
                end = numbers.get(to, END)
                drawn[end] = drawn.get(end, 0.0) + max(_LEAST_CHANCE, random.gammavariate(count, 1.0))
        total = sum(drawn.values())
        ways.append([(to, chance / total) for to, chance in drawn.items()])
    places = {name: (number, crew) for number, crew in enumerate(crews) for name in crew.steps}
    return Network(
        crews=[places[name][0] for name in names],
        costs=[_cost(name, places[name][1]) for name in names],
        ways=ways,
        visits=visits_of(ways),
        means=(),
    )


def _cost(name: str, crew: Crew) -> float:
    return crew.costs[crew.steps.index(name)]


def _tables(hours: Sequence[Hours], past: Past, random: Random) -> list[Table]:
    days = past.hours // 24 + 1
    return [table_of(hours, past, random) for _ in range(max(2, min(_TABLES, _TABLE_DAYS // days)))]


def _factors(crews: int, days: int, random: Random) -> list[float]:
    """By how much each crew is faster than its past says: in part all of them alike."""
    spread = (_DRIFT**2 + _SHORT**2 / max(1, days)) ** 0.5 / 2**0.5
    common = random.gauss(0, spread)
    return [random.lognormvariate(common, spread) for _ in range(crews)]


def _slowest(network: Network, expected: Sequence[float]) -> int:
    """The step that holds the rest back: of the crew that needs the longest, the one with the most work."""
    loads = network.loads(expected)
    return max(
        range(len(expected)),
        key=lambda step: (loads[network.crews[step]], network.costs[step] * expected[step]),
    )


def _told(left: float, name: str, crews: Sequence[Crew], hours: Sequence[Hours]) -> StepForecast:
    number = next(number for number, crew in enumerate(crews) if name in crew.steps)
    per_hour = hours[number].active / _cost(name, crews[number])
    return StepForecast(left, per_hour, left / per_hour)
