"""What a simulation is given: a draft workflow, people, how fast they work, and when entries arrive.

It must not know how it is played (`workflow.foresight.playing`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from workflow.checking import eligible, faults_of
from workflow.errors import BadConfiguration
from workflow.foresight.routes import Shares, Ways, ways_from
from workflow.foresight.shifts import ALWAYS, Shift
from workflow.graph import Graph, Step


@dataclass(frozen=True, slots=True)
class Worker:
    """An account, or a program, and its role. SPEED 2 is done in half of the time that a `Pace` says."""

    account: str
    role: str
    shift: Shift = ALWAYS
    speed: float = 1.0

    def __post_init__(self) -> None:
        if not self.speed > 0:
            raise ValueError("a speed is more than 0")


@dataclass(frozen=True, slots=True)
class Pace:
    """How a step goes: the mean SECONDS of one person's work on one entry, and the SHARES of its ways.

    The seconds are gamma distributed; SPREAD is their coefficient of variation (standard deviation by mean):
    0 is always the same, 1 an exponential distribution. A gate takes no time: it may have SHARES of its
    rules that ask for facts, by their number. See `routes.ways_from`.
    """

    seconds: float = 0.0
    spread: float = 0.5
    shares: Shares = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (0 <= self.seconds <= 1e9 and 0 <= self.spread <= 10):
            raise ValueError("a pace has 0 to 1e9 seconds and a spread from 0 to 10")


@dataclass(frozen=True, slots=True)
class Draft:
    """What is played. ARRIVALS are the seconds from the start at which each entry comes to the graph's start.

    Raises ValueError where a step that is worked has no pace; BadConfiguration where the graph is unsound.
    """

    graph: Graph
    crew: Sequence[Worker]
    paces: Mapping[str, Pace]
    arrivals: Sequence[float]

    def __post_init__(self) -> None:
        if faults := list(faults_of(self.graph)):
            raise BadConfiguration(faults)
        if len({worker.account for worker in self.crew}) < len(self.crew):
            raise ValueError("an account is in the crew once")
        if any(not 0 <= time < 1e12 for time in self.arrivals):
            raise ValueError("entries arrive at the start or after it")
        for step in self.worked:
            if step.name not in self.paces or not self.paces[step.name].seconds > 0:
                raise ValueError(f"the pace of {step.name} says how many seconds one entry takes")
        self.ways()

    @property
    def worked(self) -> tuple[Step, ...]:
        """The steps that somebody works, in the graph's order."""
        return tuple(step for step in self.graph.steps.values() if step.is_worked)

    def ways(self) -> list[Ways]:
        """Where entries go from each worked step."""
        shares = {name: pace.shares for name, pace in self.paces.items()}
        return [ways_from(step, self.graph, shares) for step in self.worked]

    def eligible(self) -> list[frozenset[int]]:
        """Who of the crew, by their numbers, may work each worked step."""
        numbers = {worker.account: number for number, worker in enumerate(self.crew)}
        team = {worker.account: worker.role for worker in self.crew}
        return [frozenset(numbers[one] for one in eligible(step, team)) for step in self.worked]


def at_once(entries: int) -> tuple[float, ...]:
    """ENTRIES that all arrive at the start."""
    return (0.0,) * entries
