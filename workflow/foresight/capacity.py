"""How much each crew of a workflow could do in each hour of its past: also where it had nothing to do.

Crews are steps that the same roles and members work: their people go from one to another, so what they can do
is told in a common unit, an average hour's work of all of them. It must not know the future
(`workflow.foresight.flow`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import fmean

from workflow.foresight.departures import DAY, Past
from workflow.graph import Graph

_FEW = 3  # hours of work with a queue: with fewer, the greatest hour stands for what could be done
_RIDGE = 0.1  # how much the costs of a crew's steps are drawn together where the history does not part them
_ROUNDS = 50  # of the fit: it settles much sooner

Cell = tuple[float, ...]  # what each crew could do in an hour


@dataclass(frozen=True, slots=True)
class Table:
    """The HOURS of days since 1970, 24 cells each, and their TOTALS by day."""

    hours: Mapping[int, Sequence[Cell]]
    totals: Mapping[int, Cell]


@dataclass(frozen=True, slots=True)
class Crew:
    """STEPS that the same people work, and what one entry at each costs of an average hour's work."""

    steps: tuple[str, ...]
    costs: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """What one crew did in each hour of the past, and the hours in which it HAD enough to do."""

    did: Sequence[float]
    had: Sequence[bool]

    @property
    def active(self) -> float:
        """What it did on average in an hour in which it worked with enough to do; or its best hour."""
        full = [did for did, had in zip(self.did, self.had, strict=True) if had and did > 0]
        return fmean(full) if len(full) >= _FEW else max(self.did, default=0.0)


def crews_of(graph: Graph, names: Sequence[str], past: Past) -> list[Crew]:
    """The steps NAMES by who works them, with their costs fitted to PAST."""
    found: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        found.setdefault(graph.steps[name].crew, []).append(name)
    return [Crew(tuple(steps), _costs(steps, past)) for steps in found.values()]


def hours_of(crew: Crew, past: Past) -> Hours:
    """What CREW did by hour. It had enough to do where an hour's work still stood at its end."""
    did = [0.0] * past.hours
    for step, cost in zip(crew.steps, crew.costs, strict=True):
        for position, count in enumerate(past.done[step][: past.hours]):
            did[position] += cost * count
    return Hours(did, _had(crew.steps, past))


def table_of(crews: Sequence[Hours], past: Past, random: Random) -> Table:
    """What each of CREWS could do in each hour of the past, by days: one likely completion.

    A crew that ran out of work could have done at least what it did: it is given an hour drawn from those at
    the same time of day in which it did not run out (hot-deck imputation: Andridge & Little 2010), where that
    one is greater. Hours when nobody worked anywhere are taken as closed. Hours of the first and the last day
    that are not in the past are filled with such of other days.
    """
    donors = [_donors(crew, past) for crew in crews]
    best = [max(crew.did, default=0.0) for crew in crews]
    cells: dict[int, Cell] = {}
    by_time: list[list[Cell]] = [[] for _ in range(DAY)]
    for position in range(past.hours):
        is_open = any(crew.did[position] > 0 for crew in crews)
        hour = past.first + position
        cell = []
        for crew, given, most in zip(crews, donors, best, strict=True):
            value = crew.did[position]
            if is_open and not crew.had[position]:
                drawn = given[hour % DAY] if given else None
                value = max(value, most if given is None else random.choice(drawn) if drawn else 0.0)
            cell.append(value)
        cells[hour] = tuple(cell)
        if position or past.hours < DAY:  # the first hour may have begun late
            by_time[hour % DAY].append(cells[hour])
    if past.hours > DAY:
        del cells[past.first]
    _fill(by_time, past, len(crews), random)
    days = range(past.first // DAY, (past.full_to - 1) // DAY + 1)
    hours = {
        day: [cells.get(day * DAY + time) or random.choice(by_time[time]) for time in range(DAY)]
        for day in days
    }
    return Table(hours, {day: total_of(found) for day, found in hours.items()})


def total_of(cells: Sequence[Cell]) -> Cell:
    """What each crew could do in all of CELLS."""
    return tuple(map(sum, zip(*cells, strict=True)))


def _fill(by_time: list[list[Cell]], past: Past, crews: int, random: Random) -> None:
    """With less than a day of history: work goes on into the hours not seen yet for nobody knows how long."""
    unseen = [time % DAY for time in range(past.full_to, past.full_to + DAY) if not by_time[time % DAY]]
    known = [cell for cells in by_time for cell in cells]
    going_on = random.randint(0, len(unseen))
    for number, time in enumerate(unseen):
        by_time[time].append(random.choice(known) if number < going_on else (0.0,) * crews)


def _donors(crew: Hours, past: Past) -> list[list[float]] | None:
    """By time of day what CREW did where it had enough to do; None where that was hardly ever."""
    found: list[list[float]] = [[] for _ in range(DAY)]
    worked = 0
    for position, (did, had) in enumerate(zip(crew.did, crew.had, strict=True)):
        if had:
            found[(past.first + position) % DAY].append(did)
            worked += did > 0
    return found if worked >= _FEW else None


def _had(steps: Sequence[str], past: Past) -> list[bool]:
    done = [sum(past.done[step][position] for step in steps) for position in range(past.hours)]
    active = [count for count in done if count]
    typical = fmean(active) if active else 0.0
    return [
        sum(past.queues[step][position] for step in steps) >= max(1.0, typical)
        for position in range(past.hours)
    ]


def _costs(steps: Sequence[str], past: Past) -> tuple[float, ...]:
    """What an entry at each of STEPS costs, so that hours with work come to 1 on average.

    Ridge regression of 1 on the counts by coordinate descent (Friedman et al. 2010), drawn to equal costs.
    """
    had = _had(steps, past)
    rows = [tuple(past.done[step][position] for step in steps) for position in range(past.hours)]
    active = [row for row in rows if any(row)]
    rows = [row for row, is_full in zip(rows, had, strict=True) if is_full and any(row)] or active
    if not rows:
        return (1.0,) * len(steps)
    equal = 1 / fmean(sum(row) for row in rows)
    numbers = range(len(steps))
    totals = [sum(row[one] for row in rows) for one in numbers]
    products = [[sum(row[one] * row[other] for row in rows) for other in numbers] for one in numbers]
    costs = [equal] * len(steps)
    for _ in range(_ROUNDS if len(steps) > 1 else 0):
        for one in numbers:
            square = products[one][one]
            if square:
                others = sum(products[one][other] * costs[other] for other in numbers if other != one)
                fitted = (totals[one] - others + _RIDGE * square * equal) / (square * (1 + _RIDGE))
                costs[one] = max(0.05 * equal, fitted)
    return tuple(costs)
