"""Lets what stands at steps flow through them, hour by hour, with what crews can do: one possible future.

Counts flow, not entries. It must not know where the counts and the hours come from
(`workflow.foresight.forecast`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log, log1p
from random import Random

from workflow.foresight.capacity import total_of
from workflow.foresight.departures import DAY
from workflow.foresight.habits import Future

END = -1  # where entries go that are done
LONGEST = 100 * 365 * DAY  # hours: what takes longer is never done
_SHARE = 0.125  # of the hours left: as much goes by at a step of time, at least an hour
_DRAWN = 14  # days: of more than these the sum is told from as many

Ways = Sequence[tuple[int, float]]  # to which step, and with which chance


@dataclass(frozen=True, slots=True)
class Network:
    """Steps by number: each one's CREW, what an entry COSTS there, its WAYS, and the visits still to come.

    VISITS has by step how often an entry there comes to each step until it ends, this time too. MEANS is what
    each crew can do in an hour on average, day and night.
    """

    crews: Sequence[int]
    costs: Sequence[float]
    ways: Sequence[Ways]
    visits: Sequence[Sequence[float]]
    means: Sequence[float]

    def expected(self, queue: Sequence[int]) -> list[float]:
        """How often each step will still be worked for what stands in QUEUE."""
        total = [0.0] * len(queue)
        for count, row in zip(queue, self.visits, strict=True):
            if count:
                total = [sum_ + count * visits for sum_, visits in zip(total, row, strict=True)]
        return total

    def loads(self, expected: Sequence[float]) -> list[float]:
        """The hours that each crew needs for EXPECTED work, day and night."""
        work = [0.0] * len(self.means)
        for crew, cost, count in zip(self.crews, self.costs, expected, strict=True):
            work[crew] += cost * count
        return [
            (one / mean if mean else float(LONGEST)) if one else 0.0
            for one, mean in zip(work, self.means, strict=True)
        ]


def visits_of(ways: Sequence[Ways]) -> list[list[float]]:
    """How often an entry at each step comes to each: the fundamental matrix of an absorbing Markov chain.

    (I - P)^-1 (Kemeny & Snell, Finite Markov Chains, 3.2), by elimination. From each step an end is reached.
    """
    size = len(ways)
    left = [[float(row == column) for column in range(size)] for row in range(size)]
    for row, ends in enumerate(ways):
        for to, chance in ends:
            if to != END:
                left[row][to] -= chance
    right = [[float(row == column) for column in range(size)] for row in range(size)]
    for pivot in range(size):  # diagonally dominant: no exchange of rows is needed
        scale = left[pivot][pivot]
        left[pivot] = [value / scale for value in left[pivot]]
        right[pivot] = [value / scale for value in right[pivot]]
        for row in range(size):
            factor = left[row][pivot]
            if row != pivot and factor:
                left[row] = [a - factor * b for a, b in zip(left[row], left[pivot], strict=True)]
                right[row] = [a - factor * b for a, b in zip(right[row], right[pivot], strict=True)]
    return right


def hours_left(
    network: Network,
    standing: Sequence[int],
    now: float,
    future: Future,
    factors: Sequence[float],
    random: Random,
) -> float:
    """When all of STANDING is at an end, in hours from NOW (since 1970), in one future. At most LONGEST.

    FACTORS is by how much each crew does more than what the future says. Steps of time are short near the end
    and near a day's, and long before: an eighth of what is left.
    """
    queue, hour, day_drawn, cells = list(standing), now, -1, future.closed
    while any(queue) and hour - now < LONGEST:
        expected = network.expected(queue)
        loads = network.loads(expected)
        span = max(1, floor(_SHARE * max(loads)))
        day, time = divmod(floor(hour), DAY)
        if span >= DAY and time == 0:
            days = span // DAY
            until, able = hour + days * DAY, _days(future, network.means, day, days)
            day_drawn = -1
        else:
            if day != day_drawn:
                day_drawn, cells = day, future.day(day)
            stop = min(DAY, time + span)
            until, part = float(day * DAY + stop), (float(day * DAY + stop) - hour) / (stop - time)
            able = [one * part for one in total_of(cells[time:stop])]
        able = [one * factor for one, factor in zip(able, factors, strict=True)]
        if any(able):
            used = _advance(network, queue, expected, able, random)
            if not any(queue):
                return hour + used * (until - hour) - now
        hour = until
    return hour - now


def _days(future: Future, means: Sequence[float], day: int, days: int) -> list[float]:
    """What each crew can do in DAYS from DAY on. Of many the sum is told from few: it varies as much."""
    drawn = min(days, _DRAWN)
    totals = [total_of(future.day(day + number)) for number in range(drawn)]
    wide = (days / drawn) ** 0.5
    return (
        [
            max(0.0, days * DAY * mean + wide * (total - drawn * DAY * mean))
            for total, mean in zip(total_of(totals), means, strict=True)
        ]
        if days > drawn
        else list(total_of(totals))
    )


def _advance(
    network: Network, queue: list[int], expected: Sequence[float], able: Sequence[float], random: Random
) -> float:
    """Moves QUEUE on by what crews are ABLE to do, and says what share of it the busiest crew used.

    A crew first parts its work among its steps as it will have to in all, so that the last of its steps does
    not wait for the first; what is over goes to wherever something stands.
    """
    work = [0.0] * len(able)
    for crew, cost, count in zip(network.crews, network.costs, expected, strict=True):
        work[crew] += cost * count
    left = list(able)
    for is_first in (True, False):
        for step, crew in enumerate(network.crews):
            if queue[step] and left[crew] > 0:
                cost = network.costs[step]
                given = able[crew] * cost * expected[step] / work[crew] if is_first else left[crew]
                count = min(queue[step], floor(min(given, left[crew]) / cost + random.random()))
                left[crew] -= count * cost
                queue[step] -= count
                for to, moved in _parted(count, network.ways[step], random):
                    if to != END:
                        queue[to] += moved
    return max((1 - max(0.0, over) / one for over, one in zip(left, able, strict=True) if one), default=1.0)


def _parted(count: int, ways: Ways, random: Random) -> list[tuple[int, int]]:
    """COUNT entries thrown onto WAYS, whose chances come to 1: multinomial, as binomials one by one."""
    found, rest, likely = [], count, 1.0
    for to, chance in ways[:-1]:
        if not rest:
            break
        moved = _binomial(rest, min(1.0, chance / likely) if likely > 0 else 1.0, random)
        found.append((to, moved))
        rest, likely = rest - moved, likely - chance
    found.append((ways[-1][0], rest))
    return found


def _binomial(count: int, chance: float, random: Random) -> int:
    """How many of COUNT happen with CHANCE each: by the normal distribution where it is near enough."""
    if chance > 0.5:
        return count - _binomial(count, 1 - chance, random)
    if chance <= 0:
        return 0
    variance = count * chance * (1 - chance)
    if variance > 9:
        return min(count, max(0, round(random.gauss(count * chance, variance**0.5))))
    happened, position, scale = 0, 0, log1p(-chance)
    while True:  # the gaps between those that happen are geometric (Devroye 1986, X.4.3)
        position += floor(log(1 - random.random()) / scale) + 1
        if position > count:
            return happened
        happened += 1
