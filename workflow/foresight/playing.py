"""One play of a draft: events in the order of their time, until all entries are at an end or nobody goes on.

The method is discrete-event simulation with a heap of events (Law, Simulation Modeling and Analysis, 1.3).
It must not know what is made of several plays (`workflow.foresight.simulation`). All times are seconds from
the start.

Whoever is free takes first what is kept for them: of a step that prefers who worked it before, or of the one
after an open step. Then the oldest of the entries that stand first in the orders of the steps they may work.
Then what is kept for others, as if their leases had run out. Work that a shift's end breaks off goes on
when the next begins. A consensus has one outcome, when the last of its people is done.
"""

from array import array
from collections.abc import Callable
from heapq import heapify, heappop, heappush
from random import Random
from typing import NamedTuple

from workflow.foresight.draft import Draft
from workflow.foresight.queues import NOBODY, Barred, Place, Queue
from workflow.graph import Kind, Order, Outcome, Step

_ENDED = -1


class Work(NamedTuple):
    """What ACCOUNT did. OUTCOME and TO are None where others must still work on the entry at this step."""

    account: str
    entry: int
    step: str
    begun: float
    ended: float
    outcome: Outcome | None
    to: str | None


class _Event(NamedTuple):
    """At TIME comes ENTRY, where WORKER is negative; else WORKER ends work on ENTRY, or begins a shift."""

    time: float
    number: int  # so that of two at one time the one that was made first comes first
    worker: int
    entry: int


class Play:
    """The state of a play, and after `run` what was measured. Raises ValueError after MOST works."""

    def __init__(self, draft: Draft, random: Random, most: int, watch: Callable[[Work], None] | None) -> None:
        self.draft, self.random, self.left, self.watch = draft, random, most, watch
        self.steps: tuple[Step, ...] = draft.worked
        self.numbers = {step.name: number for number, step in enumerate(self.steps)}
        self.ways = draft.ways()
        self.eligible = draft.eligible()
        crew, entries, steps = len(draft.crew), len(draft.arrivals), len(self.steps)
        self.may = [[s for s in range(steps) if worker in self.eligible[s]] for worker in range(crew)]
        self.paces = [
            _gamma(draft.paces[step.name].seconds, draft.paces[step.name].spread) for step in self.steps
        ]
        self._remembered = {
            self.numbers[name] for step in self.steps for name in (*step.not_by, *step.prefer)
        }
        # of entries
        self.place = [_ENDED] * entries
        self.came = [0.0] * entries
        self.stamps = [0] * entries
        self.seats = [0] * entries  # how many are still to take it at its step
        self.working = [0] * entries  # how many have taken it and are not done
        self.barred: list[Barred] = [NOBODY] * entries
        self.history: list[dict[int, Barred]] = [{} for _ in range(entries)]  # step -> who worked it
        # of people
        self.own: list[Queue] = [Queue() for _ in range(crew)]
        self.idle: dict[int, None] = dict.fromkeys(range(crew))
        self.begun = [0.0] * crew
        self.busy = [0.0] * crew
        # of steps
        self.open = [Queue() for _ in range(steps)]
        self.kept = [Queue() for _ in range(steps)]
        self.waiting = [0] * steps
        self.longest = [0] * steps
        self.waits = [array("d") for _ in range(steps)]
        self.seconds = [0.0] * steps
        self.end = 0.0
        self.events = [_Event(time, n, -1, n) for n, time in enumerate(draft.arrivals)]
        heapify(self.events)
        self.made = entries

    def run(self) -> None:
        start = self.numbers[self.draft.graph.start]
        while self.events:
            time, _, worker, entry = heappop(self.events)
            if worker < 0:
                self._come(entry, start, time, ())
            elif entry < 0:
                self._look(worker, time)
            else:
                self._finish(worker, entry, time)

    def standing(self) -> dict[str, int]:
        """How many entries stand at each step where any do."""
        found: dict[str, int] = {}
        for place in self.place:
            if place != _ENDED:
                found[self.steps[place].name] = found.get(self.steps[place].name, 0) + 1
        return found

    def _come(self, entry: int, step: int, time: float, keepers: tuple[int, ...]) -> None:
        """ENTRY comes to STEP; KEEPERS have it before others."""
        told, history = self.steps[step], self.history[entry]
        self.place[entry], self.came[entry] = step, time
        self.seats[entry] = self.working[entry] = told.people
        barred = NOBODY
        for name in told.not_by:
            barred |= history.get(self.numbers[name], NOBODY) & self.eligible[step]
        for name in told.prefer:
            keepers += tuple(history.get(self.numbers[name], ()))
        self.barred[entry] = barred
        keepers = tuple(one for one in keepers if one in self.eligible[step] and one not in barred)
        self.waiting[step] += 1
        self.longest[step] = max(self.longest[step], self.waiting[step])
        self._queue(entry, step, keepers)
        for worker in (*keepers, *self.idle):
            if self.seats[entry] == 0:
                break
            if worker in self.idle and worker in self.eligible[step] and worker not in self.barred[entry]:
                self._look(worker, time)

    def _queue(self, entry: int, step: int, keepers: tuple[int, ...]) -> None:
        self.stamps[entry] += 1
        order, stamp = self.steps[step].order, self.stamps[entry]
        rank = -entry if order is Order.NEWEST else self.made if order is Order.ARRIVAL else entry
        self.made += 1
        place, barred = Place(rank, entry, stamp), self.barred[entry]
        (self.kept if keepers else self.open)[step].add(place, barred)
        for keeper in keepers:
            self.own[keeper].add(Place(entry, entry, stamp), NOBODY)

    def _look(self, worker: int, time: float) -> None:
        """WORKER, who is free, takes something, or is idle, or comes back when the next shift begins."""
        self.idle.pop(worker, None)
        shift = self.draft.crew[worker].shift
        begin = shift.next(time)
        if begin > time:
            self._push(begin, worker, -1)
            return
        entry = self._first(worker)
        if entry is None:
            self.idle[worker] = None
        else:
            self._take(worker, entry, time)

    def _first(self, worker: int) -> int | None:
        own = self.own[worker].first(worker, self.stamps)
        if own is not None:
            return own.entry
        for queues in (self.open, self.kept):
            found = [queues[step].first(worker, self.stamps) for step in self.may[worker]]
            entries = [place.entry for place in found if place is not None]
            if entries:
                return min(entries)
        return None

    def _take(self, worker: int, entry: int, time: float) -> None:
        if self.left <= 0:
            raise ValueError("too much work: lower the entries, the plays, or the shares that lead back")
        self.left -= 1
        step = self.place[entry]
        self.seats[entry] -= 1
        self.stamps[entry] += 1
        if self.seats[entry]:  # a consensus: another one takes it too
            self.barred[entry] |= {worker}
            self._queue(entry, step, ())
        else:
            self.waiting[step] -= 1
        member = self.draft.crew[worker]
        seconds = self.paces[step](self.random) / member.speed
        self.waits[step].append(time - self.came[entry])
        self.busy[worker] += seconds
        self.seconds[step] += seconds
        self.begun[worker] = time
        self._push(member.shift.after(time, seconds), worker, entry)

    def _finish(self, worker: int, entry: int, time: float) -> None:
        step = self.place[entry]
        told = self.steps[step]
        self.working[entry] -= 1
        self.end = max(self.end, time)
        if step in self._remembered:
            self.history[entry][step] = self.history[entry].get(step, NOBODY) | {worker}
        way = None if self.working[entry] else self.ways[step].at(self.random.random())
        if self.watch is not None:
            outcome, to = way or (None, None)
            account = self.draft.crew[worker].account
            self.watch(Work(account, entry, told.name, self.begun[worker], time, outcome, to))
        # Idle before the entry moves on: who submits it may keep it, and takes it at once.
        self.idle[worker] = None
        if way is not None:
            following = self.numbers.get(way.to)
            if following is None:
                self.place[entry] = _ENDED
            else:
                self._come(entry, following, time, (worker,) if told.kind is Kind.OPEN else ())
        if worker in self.idle:
            self._look(worker, time)

    def _push(self, time: float, worker: int, entry: int) -> None:
        heappush(self.events, _Event(time, self.made, worker, entry))
        self.made += 1


def _gamma(mean: float, spread: float) -> Callable[[Random], float]:
    """Draws seconds with MEAN and a coefficient of variation of SPREAD."""
    if spread == 0:
        return lambda random: mean
    shape, scale = 1 / spread**2, mean * spread**2
    return lambda random: random.gammavariate(shape, scale)
