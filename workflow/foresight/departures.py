"""What a dataset's history of departures says by hour: what was done, what stood then, and where things went.

It must not know what is foretold from it (`workflow.foresight.forecast`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor

from workflow.graph import Graph

DAY = 24  # hours


@dataclass(frozen=True, slots=True)
class Departure:
    """In HOUR (since 1970, UTC) COUNT entries left STEP and came TO that step, behind all gates.

    From a consensus an entry leaves once, when its people agree or disagree.
    """

    hour: int
    step: str
    to: str
    count: int


@dataclass(frozen=True, slots=True)
class Past:
    """A history by hour: position 0 is hour FIRST, and hours before FULL_TO are over. All lists are as long.

    QUEUES are what stood at the end of the hour, told back from what stands now. What was brought in since
    counts as having stood at its first step from the beginning.
    """

    first: int
    full_to: int
    done: Mapping[str, Sequence[int]]
    queues: Mapping[str, Sequence[int]]
    ways: Mapping[str, Mapping[str, int]]  # step -> to -> how many

    @property
    def hours(self) -> int:
        """How many hours lie between the first departure and the last full hour."""
        return self.full_to - self.first

    def left(self, step: str) -> int:
        """How many left STEP in all."""
        return sum(self.ways.get(step, {}).values())


def past_of(graph: Graph, standing: Mapping[str, int], history: Sequence[Departure], now_hour: float) -> Past:
    """The past that HISTORY tells, in time linear in its rows and hours. What is later is left out."""
    known = [one for one in history if one.step in graph.steps and one.count > 0 and one.hour <= now_hour]
    first = min((one.hour for one in known), default=floor(now_hour))
    length = ceil(now_hour) - first + 1
    worked = [name for name, step in graph.steps.items() if step.is_worked]
    done = {name: [0] * length for name in worked}
    net = {name: [0] * length for name in worked}  # what left without what came
    ways: dict[str, dict[str, int]] = {name: {} for name in worked}
    for one in known:
        at = one.hour - first
        if one.step in done:
            done[one.step][at] += one.count
            net[one.step][at] += one.count
            ways[one.step][one.to] = ways[one.step].get(one.to, 0) + one.count
            if one.to in net:
                net[one.to][at] -= one.count
    queues = {name: _told_back(standing.get(name, 0), net[name]) for name in worked}
    return Past(first, floor(now_hour), done, queues, ways)


def _told_back(now: int, net: Sequence[int]) -> list[int]:
    """What stood at the end of each hour, where NOW stands at the end of the last."""
    queues, queue = [], now
    for left in reversed(net):
        queues.append(max(0, queue))
        queue += left
    return queues[::-1]
