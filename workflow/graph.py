"""A workflow as a graph: steps, and what leads from one to another. Plain values, whoever made them.

It must not know how a configuration spells it (`workflow.reading`), nor what becomes of an entry on its way
(`workflow.entry`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

ERROR = "error"  # the end that every workflow has, whether or not it is declared


class Kind(StrEnum):
    OPEN = "open"  # the first to submit keeps the entry for the step after
    ANNOTATE = "annotate"  # somebody works on it
    REVIEW = "review"  # somebody accepts, rejects, or fixes and accepts it
    CONSENSUS = "consensus"  # some work on it at once, unseen by each other
    AGENT = "agent"  # a program works it
    GATE = "gate"  # nobody works it: it routes
    DONE = "done"  # an end


class Outcome(StrEnum):
    SUBMIT = "submit"
    ACCEPT = "accept"
    REJECT = "reject"
    FIX = "fix"  # accepted, with changes of the reviewer's own
    AGREE = "agree"
    DISAGREE = "disagree"
    FAIL = "fail"  # of a program, after its last retry
    SKIP = "skip"


class Order(StrEnum):
    PRIORITY = "priority"  # the lowest number first, ties oldest first
    OLDEST = "oldest"  # by when the entry was made
    NEWEST = "newest"
    ARRIVAL = "arrival"  # by when it came to the step


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What a step of some kind leads on by: what it must name, and what it may."""

    required: frozenset[Outcome]
    optional: frozenset[Outcome] = frozenset({Outcome.SKIP})


OUTCOMES: Mapping[Kind, Outcomes] = {
    Kind.OPEN: Outcomes(frozenset({Outcome.SUBMIT})),
    Kind.ANNOTATE: Outcomes(frozenset({Outcome.SUBMIT})),
    Kind.REVIEW: Outcomes(
        frozenset({Outcome.ACCEPT, Outcome.REJECT}), frozenset({Outcome.FIX, Outcome.SKIP})
    ),
    Kind.CONSENSUS: Outcomes(frozenset({Outcome.AGREE, Outcome.DISAGREE})),
    Kind.AGENT: Outcomes(frozenset({Outcome.SUBMIT}), frozenset({Outcome.FAIL, Outcome.SKIP})),
    Kind.GATE: Outcomes(frozenset(), frozenset()),
    Kind.DONE: Outcomes(frozenset(), frozenset()),
}
WORKED = frozenset({Kind.OPEN, Kind.ANNOTATE, Kind.REVIEW, Kind.CONSENSUS, Kind.AGENT})
# Where annotations are made, whoever makes them: what is rejected goes back to such a step.
MAKING = WORKED - {Kind.REVIEW}


class Test(NamedTuple):
    """That a value is so: OPERATOR is eq, in, lt, lte, gt, gte or exists."""

    operator: str
    operand: object


@dataclass(frozen=True, slots=True)
class Rule:
    """Where a gate leads TO: a RATE (0 to 1) of all that come, or those of which every test holds.

    WHERE has tests by attribute, such as `priority` or `metadata.city`; AGREEMENT those of the entry's
    agreement, SCORE those of the score of who worked it last.
    """

    to: str
    rate: float | None = None
    where: Mapping[str, tuple[Test, ...]] = field(default_factory=dict)
    agreement: tuple[Test, ...] = ()
    score: tuple[Test, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step. Who may work it: who has one of ROLES, and the accounts MEMBERS, but nobody of NOT_BY.

    NOT_BY and PREFER name steps: who worked one of these on an entry does not get it here, or does before
    others. LEASE and DUE are ISO 8601 durations; LEASE None: as the dataset says.
    """

    name: str
    kind: Kind
    on: Mapping[Outcome, str] = field(default_factory=dict)
    roles: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    not_by: tuple[str, ...] = ()
    prefer: tuple[str, ...] = ()
    lease: str | None = None
    due: str | None = None
    order: Order = Order.PRIORITY
    reject_reasons: tuple[str, ...] = ()  # the only ones, where there are any
    skip_reasons: tuple[str, ...] = ()
    people: int = 1  # who work on one entry: more than one at a consensus alone
    agreement: float = 0.0  # of a consensus: what they must reach, 0 to 1
    retries: int = 0  # of an agent: takes of an entry beyond the first
    rules: tuple[Rule, ...] = ()  # of a gate, tried in order
    otherwise: str | None = None  # where a gate leads when no rule does

    @property
    def is_worked(self) -> bool:
        return self.kind in WORKED

    def is_worked_by(self, account: str, role: str | None) -> bool:
        """Whether the ACCOUNT, of that ROLE in the project (None: in none), is of those who may work it."""
        return role is not None and (role in self.roles or account in self.members)

    @property
    def crew(self) -> tuple[str, ...]:
        """Who may work it, as roles and accounts, in a fixed order."""
        return tuple(sorted({*self.roles, *self.members}))


class Edge(NamedTuple):
    """A way from one step to another. LABEL is its outcome, or its rule's number, or `else`.

    POINTER (RFC 6901) is where a configuration says so.
    """

    start: str
    label: str
    end: str
    pointer: str


@dataclass(frozen=True)
class Graph:
    """Steps by name, in the order in which they were declared, and where entries start."""

    start: str
    steps: Mapping[str, Step]

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", MappingProxyType(dict(self.steps)))

    def edges(self) -> Iterator[Edge]:
        """Every way that is declared, step by step."""
        for step in self.steps.values():
            yield from edges_of(step)


def edges_of(step: Step) -> Iterator[Edge]:
    at = f"/steps/{step.name}"
    for outcome, end in step.on.items():
        yield Edge(step.name, outcome.value, end, f"{at}/on/{outcome.value}")
    for number, rule in enumerate(step.rules):
        yield Edge(step.name, str(number), rule.to, f"{at}/rules/{number}/to")
    if step.otherwise is not None:
        yield Edge(step.name, "else", step.otherwise, f"{at}/else")
