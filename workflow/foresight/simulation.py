"""Plays a draft workflow several times: when it ends, what waits where, and which step holds it back.

It must not know a dataset or a clock: all times are seconds from a start that begins a working week.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from random import Random
from statistics import fmean

from workflow.foresight.draft import Draft
from workflow.foresight.playing import Play, Work

MOST_ENTRIES = 50_000  # of all plays together
MOST_WORKS = 300_000  # of all plays together: some seconds


@dataclass(frozen=True, slots=True)
class StepFigures:
    """What one step was like. A wait is the time, nights too, from when an entry comes until one takes it.

    WORKED counts people's works: a consensus of two has two an entry. LONGEST is the greatest number of
    entries that waited at once. BUSY is how much (0 to 1) of their working hours, up to the end, those who
    may work the step did work on anything.
    """

    worked: float
    seconds: float  # of work
    wait_mean: float
    wait_p90: float
    longest: float
    busy: float


@dataclass(frozen=True, slots=True)
class Played:
    """One play. END is None, and STANDING has the entries at steps, where it came to stand still.

    BOTTLENECK is the step whose people were the busiest up to the end; of steps with the same people, or
    people as busy, the one that took the most work. It is not the one with the most waiting: what all
    arrives at once waits at the first step, however fast that is. With nothing worked it is None.
    """

    end: float | None
    standing: Mapping[str, int]
    steps: Mapping[str, StepFigures]
    bottleneck: str | None


@dataclass(frozen=True, slots=True)
class Simulation:
    """All plays. P5, P50 and P95 are percentiles of the end over the plays that ended, None where none did.

    STEPS has the means over the plays; BOTTLENECK is that of the most plays; STANDING has the most entries
    that stood at a step in a play that stood still.
    """

    plays: Sequence[Played]
    p5: float | None
    p50: float | None
    p95: float | None
    steps: Mapping[str, StepFigures]
    bottleneck: str | None
    standing: Mapping[str, int]


def simulate(draft: Draft, plays: int, random: Random) -> Simulation:
    """PLAYS plays of DRAFT, in time about linear in the works. Raises ValueError where these are too many."""
    if not 1 <= plays * max(1, len(draft.arrivals)) <= MOST_ENTRIES:
        detail = (
            f"entries times plays are at least 1 and at most {MOST_ENTRIES}: lower the entries or the plays"
        )
        raise ValueError(detail)
    played, left = [], MOST_WORKS
    for _ in range(plays):
        one = play(draft, random, left)
        left -= round(sum(figures.worked for figures in one.steps.values()))
        played.append(one)
    ends = sorted(one.end for one in played if one.end is not None)
    p5, p50, p95 = (quantile(ends, share) for share in (0.05, 0.5, 0.95))
    standing: Counter[str] = Counter()
    for one in played:
        standing |= Counter(one.standing)
    bottlenecks = Counter(one.bottleneck for one in played if one.bottleneck is not None)
    bottleneck = bottlenecks.most_common(1)[0][0] if bottlenecks else None
    steps = {step.name: _mean([one.steps[step.name] for one in played]) for step in draft.worked}
    return Simulation(played, p5, p50, p95, steps, bottleneck, dict(standing))


def play(
    draft: Draft, random: Random, most: int = MOST_WORKS, watch: Callable[[Work], None] | None = None
) -> Played:
    """One play of DRAFT. WATCH is told of each work when it is done. Raises ValueError after MOST works."""
    state = Play(draft, random, most, watch)
    state.run()
    hours = [worker.shift.worked(state.end) for worker in draft.crew]
    steps = {}
    for number, step in enumerate(draft.worked):
        waits, crew = sorted(state.waits[number]), state.eligible[number]
        there = sum(hours[worker] for worker in crew)
        steps[step.name] = StepFigures(
            worked=len(waits),
            seconds=state.seconds[number],
            wait_mean=fmean(waits) if waits else 0.0,
            wait_p90=quantile(waits, 0.9) or 0.0,
            longest=state.longest[number],
            busy=sum(state.busy[worker] for worker in crew) / there if there else 0.0,
        )
    standing = state.standing()
    return Played(None if standing else state.end, standing, steps, _bottleneck(steps))


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """The least of the ORDERED values that SHARE (above 0, to 1) of them do not exceed; None without any."""
    return ordered[ceil(share * len(ordered)) - 1] if ordered else None


def _bottleneck(steps: Mapping[str, StepFigures]) -> str | None:
    worked = {name: figures for name, figures in steps.items() if figures.worked}
    # A thousandth: the same people, counted in another order, differ in rounding.
    return max(worked, key=lambda name: (round(worked[name].busy, 3), worked[name].seconds), default=None)


def _mean(ones: Sequence[StepFigures]) -> StepFigures:
    return StepFigures(
        *(fmean(getattr(one, name) for one in ones) for name in StepFigures.__dataclass_fields__)
    )
