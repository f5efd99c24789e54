"""Random workflows that are sound, each with a team that suits it.

A workflow is made of a size and a seed, so that hypothesis has two numbers to shrink, and the same two make
the same workflow everywhere. Ways on the way to an end lead only forward; all others lead anywhere.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from hypothesis import strategies as st

from tests.workflow.json_places import Json
from workflow.graph import ERROR, MAKING, OUTCOMES, WORKED, Kind, Outcome

Team = dict[str, str]

MOST_STEPS = 25
ROLES = ("annotator", "reviewer", "project_owner")
STRANGER = str(UUID(int=999))  # nobody's account

# Names that anything could mistake for its own.
_AWKWARD = ("submit", "else", "start", "steps", "on", "initial", "state", "to_done", "x" * 64, "a-_0")
_LEAST_REST = 10  # percent that reach a gate's else, or its last rate: the way to an end is no needle


@dataclass(frozen=True)
class Sound:
    """A configuration that is to be accepted for TEAM."""

    configuration: dict[str, Json]
    team: Team


def sound_workflows(most: int = MOST_STEPS) -> st.SearchStrategy[Sound]:
    return st.builds(sound, st.integers(1, most), st.integers(0, 2**32 - 1))


def sound(size: int, seed: int) -> Sound:
    """A sound configuration of SIZE steps besides its ends, and a team for it."""
    random = Random(seed)
    team = _team(random)
    return Sound(_Maker(random, team, size).configuration(), team)


def _team(random: Random) -> Team:
    roles = ["annotator"] * random.randint(2, 6) + ["reviewer"] * random.randint(1, 4)
    roles += ["project_owner"] * random.randint(0, 2)
    return {str(UUID(int=0xABC000 + number)): role for number, role in enumerate(roles)}


# ---- what a random workflow is made of


@dataclass(eq=False)
class _Way:
    """A way that leads on from a step; TO is not known at first."""

    label: str
    to: str | None = None


@dataclass(eq=False)
class _Node:
    name: str
    kind: Kind
    ways: list[_Way] = field(default_factory=list)  # the last leads towards an end
    rules: list[dict[str, Json]] = field(default_factory=list)

    @property
    def is_gate(self) -> bool:
        return self.kind is Kind.GATE

    def free(self) -> Iterator[_Way]:
        return (way for way in self.ways if way.to is None)


class _Maker:
    """Makes one workflow: steps in an order, each reached from one before, and leading to one behind."""

    def __init__(self, random: Random, team: Team, size: int) -> None:
        self.random = random
        self.team = team
        names = random.sample([*_AWKWARD, *(f"s{number}" for number in range(40))], size + 3)
        self.nodes = [self._node(name, number) for number, name in enumerate(names[:size])]
        self.ends = names[size:]

    def configuration(self) -> dict[str, Json]:
        self._reach_all()
        ends = self._reach_ends()
        self._lead_on(ends)
        self._lead_back()
        steps = {node.name: self._step(node) for node in self.nodes} | {end: {"kind": "done"} for end in ends}
        self._bar(steps)
        names = list(steps)
        self.random.shuffle(names)
        return {"start": self.nodes[0].name, "steps": {name: steps[name] for name in names}}

    # ---- the ways

    def _node(self, name: str, number: int) -> _Node:
        # What is rejected needs somewhere to go: the first step is one that makes.
        kinds = sorted(MAKING) if number == 0 else [*sorted(WORKED), Kind.GATE, Kind.GATE, Kind.REVIEW]
        kind = self.random.choice(kinds)
        if kind is Kind.GATE:
            return self._gate(name)
        may = OUTCOMES[kind]
        named = sorted(may.required) + [one for one in sorted(may.optional) if self.random.random() < 0.4]
        self.random.shuffle(named)
        if named[-1] == Outcome.REJECT:
            named.reverse()
        return _Node(name, kind, [_Way(one.value) for one in named])

    def _gate(self, name: str) -> _Node:
        random, count = self.random, self.random.randint(0, 4)
        is_whole = count > 0 and random.random() < 0.3
        left, rules = 100, []
        for _ in range(count):
            if random.random() < 0.5:
                rate = random.randint(0, left - _LEAST_REST)
                left -= rate
                rules.append({"rate": rate / 100})
            else:
                rules.append(condition(random))
        if is_whole:
            rules.append({"rate": left / 100})
        ways = [_Way(str(number)) for number in range(len(rules))]
        return _Node(name, Kind.GATE, ways if is_whole else [*ways, _Way("else")], rules)

    def _reach_all(self) -> None:
        for number, node in enumerate(self.nodes[1:], start=1):
            free = [
                way
                for before in self.nodes[:number]
                for way in before.free()
                if way.label != Outcome.REJECT or node.kind in MAKING
            ]
            self.random.choice(free).to = node.name

    def _reach_ends(self) -> list[str]:
        reached: list[str] = []
        for end in self.ends[: self.random.randint(1, 3)]:
            free = [way for node in self.nodes for way in node.free() if way.label != Outcome.REJECT]
            if free:
                # The last step leads to an end, whatever else does.
                way = free[-1] if not reached else self.random.choice(free)
                way.to = end
                reached.append(end)
        return reached

    def _lead_on(self, ends: list[str]) -> None:
        for number, node in enumerate(self.nodes):
            behind = [later.name for later in self.nodes[number + 1 :]]
            others = [other.name for other in self.nodes if not (node.is_gate and other.is_gate)]
            for way in list(node.free()):
                if way is node.ways[-1]:
                    way.to = self.random.choice([*behind, *ends])
                elif way.label != Outcome.REJECT:
                    way.to = self.random.choice([*others, *behind, *ends, ERROR])

    def _lead_back(self) -> None:
        """What is rejected goes anywhere from where it comes to a step that makes: by ways that are taken."""
        back = {node.name for node in self.nodes if node.kind in MAKING}
        for _ in self.nodes:
            back |= {
                node.name
                for node in self.nodes
                if any(way.to in back and _is_taken(node, way) for way in node.ways)
            }
        for node in self.nodes:
            for way in node.free():
                way.to = self.random.choice(sorted(back))

    # ---- what else a step has

    def _step(self, node: _Node) -> dict[str, Json]:
        step: dict[str, Json] = {"kind": node.kind.value}
        if node.is_gate:
            ways = {way.label: way.to for way in node.ways}
            if node.rules or self.random.random() < 0.5:
                step["rules"] = [{**rule, "to": ways[str(n)]} for n, rule in enumerate(node.rules)]
            return step | ({"else": ways["else"]} if "else" in ways else {})
        step["on"] = {way.label: way.to for way in node.ways}
        crew = self._crew(node.kind)
        if node.kind is Kind.CONSENSUS:
            people = len(eligible({**step, **crew}, self.team))
            crew = crew if people >= 2 else {}
            people = len(eligible({**step, **crew}, self.team))
            step["agreement"] = self.random.choice([0, 0.5, 0.8, 1])
            if self.random.random() < 0.7:
                step["people"] = self.random.randint(2, people)
        return step | crew | self._extras(node.kind)

    def _crew(self, kind: Kind) -> dict[str, Json]:
        random = self.random
        held, accounts = sorted(set(self.team.values())), list(self.team)
        roles = random.sample(held, random.randint(1, len(held)))
        members = random.sample(accounts, random.randint(1, 3))
        members = [one.upper() if random.random() < 0.2 else one for one in members]
        named = [{"roles": roles}, {"members": members}, {"roles": roles, "members": members}]
        return random.choice(named if kind is Kind.AGENT else [{}, *named])

    def _extras(self, kind: Kind) -> dict[str, Json]:
        random = self.random
        found: dict[str, Json] = {
            "lease": random.choice(["PT30M", "P1DT12H", "PT1S"]),
            "due": random.choice(["P2D", "P366D", "PT31622400S"]),
            "order": random.choice(["priority", "oldest", "newest", "arrival"]),
            "skip_reasons": ["blurry", "kein \u00fc / ~"],
        }
        if kind is not Kind.CONSENSUS:
            worked = [node.name for node in self.nodes if not node.is_gate]
            found["prefer"] = random.sample(worked, random.randint(0, min(3, len(worked))))
        if kind is Kind.REVIEW:
            found["reject_reasons"] = ["sloppy", "x" * 200]
        if kind is Kind.AGENT:
            found["retries"] = random.choice([0, 3, 100])
        return {name: value for name, value in found.items() if random.random() < 0.3}

    def _bar(self, steps: dict[str, Json]) -> None:
        """Who worked one step does not work another, where somebody is left whoever worked it."""
        worked = [name for name, step in steps.items() if "on" in step]
        for name in worked:
            others = self.random.sample(worked, self.random.randint(0, min(2, len(worked))))
            if others and self.random.random() < 0.6 and _is_left(steps[name], others, steps, self.team):
                steps[name]["not_by"] = others


def _is_taken(node: _Node, way: _Way) -> bool:
    return not node.is_gate or way.label == "else" or node.rules[int(way.label)].get("rate") != 0


def eligible(step: Mapping[str, Json], team: Team) -> set[str]:
    """Who of TEAM may work STEP, which is as a configuration has it."""
    members = {one.lower() for one in step.get("members", [])}
    roles = step.get("roles", [])
    if not {"roles", "members"} & step.keys():
        roles = ["reviewer" if step["kind"] == "review" else "annotator"]
    return {account for account, role in team.items() if role in roles or account in members}


def people_of(step: Mapping[str, Json]) -> int:
    """How many work on one entry at STEP."""
    return int(step.get("people", 2)) if step["kind"] == "consensus" else 1


def _is_left(step: Mapping[str, Json], others: list[str], steps: Mapping[str, Json], team: Team) -> bool:
    crew, need = eligible(step, team), people_of(step)
    elsewhere = set[str]().union(*(eligible(steps[name], team) for name in others))
    barred = sum(people_of(steps[name]) for name in others)
    return len(crew) - barred >= need or len(crew - elsewhere) >= need


# ---- conditions


def condition(random: Random) -> dict[str, Json]:
    """A rule that asks something, but for where it leads. It holds of no entry of which nothing is known."""
    asked = random.choice(["where", "agreement", "score"])
    if asked != "where":
        return {asked: _tests(random, _number)}
    names = random.sample(sorted(_ASKED), random.randint(1, 3))
    return {"where": {name: _ASKED[name](random) for name in names}}


def _tests(random: Random, constant: Callable[[Random], Json]) -> Json:
    if random.random() < 0.2:
        return constant(random)
    names = random.sample(["eq", "in", "lt", "lte", "gt", "gte", "exists"], random.randint(1, 3))
    found: dict[str, Json] = {name: constant(random) for name in names}
    if "in" in found:
        found["in"] = [constant(random) for _ in range(random.randint(1, 3))]
    if "exists" in found:
        found["exists"] = True
    return found


def _number(random: Random) -> Json:
    return random.choice([-1, 0, 0.5, 1, 2, 1e300, -1e300])


def _text(random: Random) -> Json:
    return random.choice(["", "Lund", "Oslo", "x" * 200])


def _text_or_number(random: Random) -> Json:
    return random.choice([_text, _number])(random)


_ASKED: Mapping[str, Callable[[Random], Json]] = {
    "priority": lambda random: _tests(random, _number),
    "resource": lambda random: _tests(random, _text),
    "external_id": lambda random: _tests(random, _text),
    "split": lambda random: _tests(random, _text),
    "metadata.city": lambda random: _tests(random, _text_or_number),
    "metadata.a.b.c": lambda random: _tests(random, _text_or_number),
    "metadata.a/b~c": lambda random: _tests(random, _text_or_number),
    "metadata.verified": lambda random: random.choice([True, False, {"eq": True}, {"in": [True, False]}]),
    "metadata.missing": lambda random: {"exists": False},
}
# The attributes of an entry of which none of these holds.
NOTHING_HOLDS: Mapping[str, Json] = {"metadata": {"missing": "is there"}}
