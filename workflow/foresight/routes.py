"""Where entries go by chance when no facts are known: the shares in which each outcome leads through gates.

It must not know an entry, nor who works it.
"""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from typing import NamedTuple

from workflow.graph import Graph, Kind, Outcome, Step, edges_of

MAIN: Mapping[Kind, Outcome] = {  # the outcome of all work that has no other
    Kind.OPEN: Outcome.SUBMIT,
    Kind.ANNOTATE: Outcome.SUBMIT,
    Kind.AGENT: Outcome.SUBMIT,
    Kind.REVIEW: Outcome.ACCEPT,
    Kind.CONSENSUS: Outcome.AGREE,
}
_NEAR = 1e-9  # how far a sum of shares may be off

Shares = Mapping[str, float]


class Way(NamedTuple):
    """By which OUTCOME an entry leaves a step, and where it comes TO behind all gates."""

    outcome: Outcome
    to: str


class Ways(NamedTuple):
    """All ways from one step, and the running sums of their shares (the last is 1)."""

    ways: tuple[Way, ...]
    sums: tuple[float, ...]

    def at(self, chance: float) -> Way:
        """The way that CHANCE (0 to 1, without 1) falls on."""
        return self.ways[min(bisect_right(self.sums, chance), len(self.ways) - 1)]


def ways_from(step: Step, graph: Graph, shares: Mapping[str, Shares]) -> Ways:
    """The ways from STEP, which is worked. SHARES has by step those of its outcomes, by gate those of rules.

    What the named outcomes leave over is the main outcome of the step's kind. Raises ValueError.
    """
    found: dict[Way, float] = {}
    for outcome, share in _outcomes(step, shares.get(step.name, {})).items():
        for end, part in ends_of(step.on[outcome], graph, shares).items():
            way = Way(outcome, end)
            found[way] = found.get(way, 0.0) + share * part
    likely = {way: share for way, share in found.items() if share > 0}
    return Ways(tuple(likely), tuple(accumulate(likely.values())))


def ends_of(name: str, graph: Graph, shares: Mapping[str, Shares]) -> dict[str, float]:
    """In which shares what comes to NAME gets to steps that are worked, and to ends. Gates make no circle."""
    step = graph.steps.get(name)
    if step is None or step.kind is not Kind.GATE:
        return {name: 1.0}
    found: dict[str, float] = {}
    for to, share in _parts(step, shares.get(name, {})):
        for end, part in ends_of(to, graph, shares).items():
            found[end] = found.get(end, 0.0) + share * part
    return found


def _parts(gate: Step, shares: Shares) -> list[tuple[str, float]]:
    """Where GATE leads, and how much of what comes to it.

    A rate is a share of all that come. A rule that asks for facts takes its share, which SHARES has by its
    number, of what gets as far as to it; unnamed, none.
    """
    _check(gate.name, shares, {str(n) for n, rule in enumerate(gate.rules) if rule.rate is None})
    parts, thrown, missed = [], 0.0, 1.0  # `thrown`: by rates so far; `missed`: what met no fact so far
    for number, rule in enumerate(gate.rules):
        if rule.rate is None:
            share = shares.get(str(number), 0.0)
            parts.append((rule.to, missed * (1 - thrown) * share))
            missed *= 1 - share
        else:
            parts.append((rule.to, missed * rule.rate))
            thrown = min(1.0, thrown + rule.rate)
    if gate.otherwise is not None:
        parts.append((gate.otherwise, missed * (1 - thrown)))
    return parts


def _outcomes(step: Step, shares: Shares) -> dict[Outcome, float]:
    _check(step.name, shares, {outcome.value for outcome in step.on} - {MAIN[step.kind].value})
    if sum(shares.values()) > 1 + _NEAR:
        raise ValueError(f"the shares of {step.name} add up to more than 1")
    named = {Outcome(name): share for name, share in shares.items()}
    return {MAIN[step.kind]: max(0.0, 1 - sum(shares.values())), **named}


def _check(name: str, shares: Shares, known: set[str]) -> None:
    for one, share in shares.items():
        if one not in known:
            told = ", ".join(sorted(known)) or "none"
            raise ValueError(f"{name} takes no share of {one[:64]}: it takes {told}")
        if not 0 <= share <= 1:
            raise ValueError(f"the share of {one} at {name} is a number from 0 to 1")


def reachable(step: Step, graph: Graph) -> set[str]:
    """The steps that are worked, and the ends, to which some way leads from STEP, behind all gates."""
    found: set[str] = set()
    ahead = [edge.end for edge in edges_of(step)]
    for name in ahead:
        gate = graph.steps.get(name)
        if gate is None or gate.kind is not Kind.GATE:
            found.add(name)
        else:
            ahead += [edge.end for edge in edges_of(gate) if edge.end not in ahead]
    return found
