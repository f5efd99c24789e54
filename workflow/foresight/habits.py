"""On which days people work, and days to come that are drawn from days of the past, whole.

A block bootstrap by days (Davison & Hinkley 1997, 8.2.3): nights, short days, and what crews have in common
stay as they were. It must not know steps: a cell is what each crew could do in an hour.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate
from random import Random
from statistics import median

from workflow.foresight.capacity import Cell, Table
from workflow.foresight.departures import DAY, Past

_WEEK = 7
_THURSDAY = 3  # the weekday of 1970-01-01; Monday is 0
_WEEKEND = (5, 6)
_QUIET = 0.15  # of a median day's departures: with fewer nobody really worked
_HALF_LIFE = 21.0  # days after which a day of the past counts half: people and their speed change
# What is believed of a day before it is seen: as if it had been worked, and not, so many times. Little for a
# weekend: once seen, it is mostly so again.
_BELIEF_WEEKDAY = (2.0, 0.05)
_BELIEF_WEEKEND = (0.15, 0.35)
_OTHER_DAY = 0.5  # how much Saturday tells of Sunday


def weekday(day: int) -> int:
    """The weekday of DAY since 1970: Monday is 0."""
    return (day + _THURSDAY) % _WEEK


def worked_days(past: Past) -> dict[int, bool]:
    """Of each day of PAST whether it was worked. A day of which hours are missing is told only if it was."""
    totals: dict[int, int] = {}
    for position in range(past.hours):
        day = (past.first + position) // DAY
        totals[day] = totals.get(day, 0) + sum(done[position] for done in past.done.values())
    active = [total for total in totals.values() if total]
    quiet = _QUIET * median(active) if active else 0.0
    found = {}
    for day, total in totals.items():
        is_whole = past.first < day * DAY and (day + 1) * DAY <= past.full_to
        if total > quiet or is_whole:
            found[day] = total > quiet
    return found


class Future:
    """Days to come, for one play: which are worked, and what can be done in their hours.

    How often each weekday is worked is drawn from its beta posterior, and how much each day of the past
    counts by the Bayesian bootstrap (Rubin 1981): with little history plays differ the more.
    """

    def __init__(self, table: Table, worked: Mapping[int, bool], random: Random) -> None:
        self._table, self._random = table, random
        self._likely = _likely(worked, random)
        self.closed: Sequence[Cell] = [tuple(0.0 for _ in next(iter(table.totals.values())))] * DAY
        latest = max(table.hours)
        weights = {
            day: random.expovariate(1.0) * 0.5 ** ((latest - day) / _HALF_LIFE) for day in sorted(table.hours)
        }
        open_days = [day for day in weights if worked.get(day)] or list(weights)
        weekend = [day for day in open_days if weekday(day) in _WEEKEND]
        week = [day for day in open_days if weekday(day) not in _WEEKEND]
        self._week = _Urn(week or open_days, weights)
        self._weekend = _Urn(weekend, weights) if len(weekend) > 1 else self._week
        self._idle = _Urn([day for day in weights if worked.get(day) is False], weights)

    def means(self) -> list[float]:
        """What each crew can do in an hour on average, over whole weeks."""
        week, weekend, idle = (
            urn.mean(self._table.totals, len(self.closed[0]))
            for urn in (self._week, self._weekend, self._idle)
        )
        total = [0.0] * len(self.closed[0])
        for name, likely in enumerate(self._likely):
            of_open = weekend if name in _WEEKEND else week
            for crew, (one, other) in enumerate(zip(of_open, idle, strict=True)):
                total[crew] += likely * one + (1 - likely) * other
        return [one / (_WEEK * DAY) for one in total]

    def day(self, day: int) -> Sequence[Cell]:
        """The hours of DAY to come, drawn anew at each call."""
        name = weekday(day)
        if self._random.random() < self._likely[name]:
            urn = self._weekend if name in _WEEKEND else self._week
        else:
            urn = self._idle
        found = urn.draw(self._random)
        return self.closed if found is None else self._table.hours[found]


class _Urn:
    """DAYS to draw from, by WEIGHTS."""

    def __init__(self, days: Sequence[int], weights: Mapping[int, float]) -> None:
        self._days = days
        self._weights = [weights[day] for day in days]
        self._sums = list(accumulate(self._weights))

    def mean(self, totals: Mapping[int, Cell], crews: int) -> list[float]:
        found = [0.0] * crews
        for day, weight in zip(self._days, self._weights, strict=True):
            share = weight / self._sums[-1]
            found = [sum_ + share * one for sum_, one in zip(found, totals[day], strict=True)]
        return found

    def draw(self, random: Random) -> int | None:
        if not self._days:
            return None
        found = bisect_left(self._sums, random.random() * self._sums[-1])
        return self._days[min(found, len(self._days) - 1)]


def _likely(worked: Mapping[int, bool], random: Random) -> list[float]:
    """How likely each weekday is worked, drawn from what is known of it."""
    seen = [[0.0, 0.0] for _ in range(_WEEK)]
    for day, is_worked in worked.items():
        seen[weekday(day)][0 if is_worked else 1] += 1
    # Not seen on either day of a weekend: both are alike, whichever it is.
    weekend = random.random() < _BELIEF_WEEKEND[0] / sum(_BELIEF_WEEKEND)
    if not any(sum(seen[name]) for name in _WEEKEND):
        return [_beta(seen[name], _BELIEF_WEEKDAY, random) for name in range(5)] + [float(weekend)] * 2
    likely = [_beta(seen[name], _BELIEF_WEEKDAY, random) for name in range(5)]
    for name, other in (_WEEKEND, _WEEKEND[::-1]):
        belief = [_BELIEF_WEEKEND[one] + _OTHER_DAY * seen[other][one] for one in (0, 1)]
        likely.append(_beta(seen[name], belief, random))
    return likely


def _beta(seen: Sequence[float], belief: Sequence[float], random: Random) -> float:
    return random.betavariate(seen[0] + belief[0], seen[1] + belief[1])
