"""A crowd that works through a workflow, unlike what the forecast assumes: people with days of their own.

It knows neither `workflow.simulation` nor `workflow.forecast`: only the graph, and shares of its outcomes.
People differ in speed, learn, are away on some days, begin late, have good and bad days, and work on beyond
their day to finish what they have. What is rejected waits for who made it, as long as that takes. Who has
nothing to do looks again after some minutes.
"""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heapreplace
from math import exp
from random import Random

from workflow.foresight.departures import Departure
from workflow.foresight.routes import Shares, ways_from
from workflow.graph import Graph, Kind, Outcome

HOUR = 3600.0
DAY = 24 * HOUR
LOOKS_AGAIN = 600.0  # seconds
MONDAY = 20_402  # days since 1970: 2025-11-10


@dataclass(frozen=True)
class Group:
    """COUNT people who work STEPS, the first one first; from BEGIN (hour, UTC), within SPREAD hours."""

    count: int
    steps: Sequence[str]
    begin: float = 8.0
    hours: float = 8.0
    days: int = 5
    spread: float = 2.0
    away: float = 0.06  # the share of their days on which they do not come


@dataclass(frozen=True)
class Crowd:
    """SECONDS by step, on average, and the shares of outcomes and rules (see `workflow.routes`)."""

    name: str
    graph: Graph
    groups: Sequence[Group]
    seconds: Mapping[str, float]
    shares: Mapping[str, Shares] = field(default_factory=dict)
    bottleneck: str | None = None  # where it is clear


class Person:
    def __init__(self, group: Group, random: Random) -> None:
        self.group, self.random = group, random
        self.speed = random.lognormvariate(0, 0.35)
        self.begin = group.begin + random.uniform(-0.5, 0.5) * group.spread
        self.day, self.ends, self.mood, self.done = -1, 0.0, 1.0, 0
        self.own: deque[Entry] = deque()

    def free(self, now: float) -> float:
        """The next moment from NOW on at which they work."""
        while now >= self.ends:
            self.day = max(self.day + 1, int((now / HOUR - self.begin - self.group.hours) // 24))
            is_off = (self.day + 3) % 7 >= self.group.days or self.random.random() < self.group.away
            begins = self.day * DAY + (self.begin + self.random.uniform(0, 0.7)) * HOUR
            length = 0.0 if is_off else self.group.hours * self.random.uniform(0.7, 1.05)
            self.mood = self.random.lognormvariate(0, 0.15)
            self.begins, self.ends = begins, begins + length * HOUR
        return max(now, self.begins)

    def takes(self, seconds: float) -> float:
        self.done += 1
        learning = 1 + 0.3 * exp(-self.done / 60)
        return self.random.gammavariate(1.5, seconds / 1.5) * learning * self.mood / self.speed


class Entry:
    __slots__ = ("by", "free", "left", "maker", "step")

    def __init__(self) -> None:
        self.maker: Person | None = None
        self.by: list[Person] = []  # who took it at the step where it is
        self.step = ""
        self.free = self.left = 0  # how many are still to take it, and to finish it, there


@dataclass(frozen=True)
class Told:
    """What is known at hour NOW, and the END that came: hours since 1970."""

    standing: Mapping[str, int]
    history: Sequence[Departure]
    now: float
    end: float


def played(crowd: Crowd, entries: int, share: float, random: Random) -> Told:
    """Plays CROWD on ENTRIES to the end; and what is known once SHARE of them is at an end."""
    floor = _Floor(crowd, entries, random)
    floor.work_until(round(entries * share))
    history = [Departure(*row, count=count) for row, count in floor.rows.items()]
    standing, now = dict(floor.standing), floor.now
    floor.work_until(entries)
    return Told(standing, history, now / HOUR, floor.now / HOUR)


class _Floor:
    """Where the crowd works."""

    def __init__(self, crowd: Crowd, entries: int, random: Random) -> None:
        self.crowd, self.random = crowd, random
        self.steps = {name: step for name, step in crowd.graph.steps.items() if step.is_worked}
        self.ways = {name: ways_from(step, crowd.graph, crowd.shares) for name, step in self.steps.items()}
        self.queues: dict[str, deque[Entry]] = {name: deque() for name in self.steps}
        self.standing = dict.fromkeys(self.steps, 0)
        self.rows: Counter[tuple[int, str, str]] = Counter()
        self.people = [Person(group, random) for group in crowd.groups for _ in range(group.count)]
        self.hands: dict[int, Entry] = {}
        self.ended, self.now = 0, (MONDAY * 24 + 7) * HOUR
        for _ in range(entries):
            self.come(Entry(), crowd.graph.start, None)
        self.heap = [(person.free(self.now), number) for number, person in enumerate(self.people)]
        heapify(self.heap)

    def work_until(self, ended: int) -> None:
        while self.ended < ended:
            self.now, number = self.heap[0]
            person = self.people[number]
            if number in self.hands:
                self.finish(self.hands.pop(number), person)
            free = person.free(self.now)
            if free == self.now:
                free += self.begin(number, person)
            heapreplace(self.heap, (free, number))

    def come(self, entry: Entry, name: str, keeper: Person | None) -> None:
        self.standing[name] += 1
        entry.step, entry.by = name, []
        entry.free = entry.left = self.steps[name].people
        (self.queues[name] if keeper is None else keeper.own).append(entry)

    def finish(self, entry: Entry, person: Person) -> None:
        entry.left -= 1
        if entry.left:
            return
        step = self.steps[entry.step]
        way = self.ways[entry.step].at(self.random.random())
        self.standing[entry.step] -= 1
        self.rows[int(self.now // HOUR), entry.step, way.to] += 1
        if step.kind is not Kind.REVIEW:
            entry.maker = person
        if way.to not in self.steps:
            self.ended += 1
            return
        maker = entry.maker or person
        is_kept = step.kind is Kind.OPEN or way.outcome is Outcome.REJECT
        is_kept = is_kept and self.steps[way.to].people == 1
        self.come(entry, way.to, maker if is_kept and way.to in maker.group.steps else None)

    def begin(self, number: int, person: Person) -> float:
        """PERSON takes something, or nothing; and for how many seconds."""
        if person.own:
            entry = person.own.popleft()
        else:
            names = (name for name in person.group.steps if self.queues[name] and self.may(name, person))
            found = next(names, None)
            if found is None:
                return LOOKS_AGAIN * self.random.uniform(0.5, 1.5)
            entry = self.queues[found][0]
            entry.free -= 1
            entry.by.append(person)
            if not entry.free:
                self.queues[found].popleft()
        self.hands[number] = entry
        return person.takes(self.crowd.seconds[entry.step])

    def may(self, name: str, person: Person) -> bool:
        first = self.queues[name][0]
        is_own = self.steps[name].kind is Kind.REVIEW and first.maker is person
        return person not in first.by and not is_own
