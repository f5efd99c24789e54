"""A workflow, compiled: what each outcome at each step leads to. Made once for each configuration.

The machine of `transitions` walks each way once; after that it is a look into a table. It knows no entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from math import nextafter
from types import SimpleNamespace
from typing import Any

from transitions import Machine, MachineError

from workflow.conditions import holds, value_of
from workflow.errors import Refused
from workflow.graph import ERROR, Graph, Kind, Outcome, Rule, Step

_BELOW_ONE = nextafter(1.0, 0.0)


@dataclass(frozen=True, slots=True)
class Facts:
    """What gates ask for. CHANCE (0 to 1, without 1) is thrown once, outside, for all gates of one way."""

    chance: float = 0.0
    attributes: Mapping[str, Any] = field(default_factory=dict)
    agreement: float | None = None
    score: float | None = None


class Workflow:
    """A graph, which is sound (`workflow.checking`), and its machine."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._machine = _machine_of(graph)
        self.asks_attributes = any(rule.where for step in graph.steps.values() for rule in step.rules)
        self.asks_scores = any(rule.score for step in graph.steps.values() for rule in step.rules)
        self._table: dict[tuple[str, str], str] = {}

    @property
    def start(self) -> str:
        return self.graph.start

    def step(self, name: str) -> Step | None:
        return self.graph.steps.get(name)

    def is_end(self, name: str) -> bool:
        """Whether nothing is left to do at NAME."""
        step = self.step(name)
        return step is None or step.kind is Kind.DONE

    def after(self, name: str, outcome: Outcome, facts: Facts) -> str:
        """The step that OUTCOME leads to from NAME: one that is worked, or an end. Raises Refused."""
        return self._routed(self._walk(name, outcome.value), facts)

    def _routed(self, name: str, facts: Facts) -> str:
        chance = facts.chance
        while (step := self.step(name)) is not None and step.kind is Kind.GATE:
            way, chance = _way_of(step, facts, chance)
            name = self._walk(name, way)
        return name

    def _walk(self, name: str, way: str) -> str:
        found = self._table.get((name, way))
        if found is None:
            found = self._table[name, way] = _walked(self._machine, name, way)
        return found


def _way_of(step: Step, facts: Facts, chance: float) -> tuple[str, float]:
    """The rule by which a gate leads on, and what is left of CHANCE: even again, for the gates behind it."""
    floor, last = 0.0, "else"
    for number, rule in enumerate(step.rules):
        if rule.rate is None:
            if _holds(rule, facts):
                return str(number), _scaled(chance, floor, 1.0)
        elif rule.rate > 0:
            last = str(number)
            if chance < floor + rule.rate:
                return last, _scaled(chance, floor, floor + rule.rate)
            floor += rule.rate
    # Without an else the rates come to 1, but for what is lost in rounding: that is the last rule's.
    return ("else" if step.otherwise is not None else last), _scaled(chance, floor, 1.0)


def _scaled(chance: float, floor: float, ceiling: float) -> float:
    """CHANCE, which lies between FLOOR and CEILING, as a number from 0 to 1: as even as it was."""
    return min(max(0.0, (chance - floor) / (ceiling - floor)), _BELOW_ONE) if ceiling > floor else 0.0


def _holds(rule: Rule, facts: Facts) -> bool:
    return (
        all(holds(tests, value_of(name, facts.attributes)) for name, tests in rule.where.items())
        and holds(rule.agreement, facts.agreement)
        and holds(rule.score, facts.score)
    )


def _machine_of(graph: Graph) -> Machine:
    return Machine(
        model=None,
        states=[*graph.steps, ERROR],
        transitions=[[edge.label, edge.start, edge.end] for edge in graph.edges()],
        initial=graph.start,
        auto_transitions=False,
        send_event=False,
    )


def _walked(machine: Machine, name: str, way: str) -> str:
    walker = SimpleNamespace(state=str(name))  # of an enum's member the library would take the name
    try:
        if way in machine.events and machine.events[way].trigger(walker):
            return str(walker.state)
    except (MachineError, ValueError):  # the latter where there is no such step, or none any longer
        pass
    raise Refused("invalid_transition", f"an entry at {name} cannot {way}", name)


def crew_of(step: Step | None) -> str | None:
    """The name of those who may work STEP, the same wherever the same may; None where nobody works it.

    A single role is its own name, but where nothing is dealt: what has several seats, or is a program's.
    """
    if step is None or not step.is_worked:
        return None
    if len(step.crew) == 1 and step.roles and step.kind not in (Kind.CONSENSUS, Kind.AGENT):
        return step.roles[0]
    return "crew-" + sha256(",".join(step.crew).encode()).hexdigest()[:32]
