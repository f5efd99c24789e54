"""Faults that are planted into sound workflows: each with the pointer where it is told, and its code."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from tests.workflow.graphs import (
    STRANGER,
    Sound,
    Team,
    eligible,
)
from tests.workflow.json_places import (
    Json,
    pointer_of,
)
from workflow.graph import ERROR, OUTCOMES, WORKED, Kind, Outcome


class Planted(NamedTuple):
    """A configuration with one fault, which is to be told at POINTER with CODE."""

    configuration: dict[str, Json]
    team: Team
    pointer: str
    code: str


def with_porch(made: Sound) -> Sound:
    """MADE, with a step of every kind before its start: so every fault has a place."""
    inner = made.configuration
    porch: dict[str, Json] = {
        "p-open": {"kind": "open", "on": {"submit": "p-annotate"}},
        "p-annotate": {
            "kind": "annotate",
            "roles": ["annotator"],
            "lease": "PT30M",
            "due": "P2D",
            "order": "oldest",
            "prefer": ["p-open"],
            "skip_reasons": ["blurry"],
            "on": {"submit": "p-both", "skip": "p-done"},
        },
        "p-both": {
            "kind": "consensus",
            "people": 2,
            "agreement": 0.8,
            "on": {"agree": "p-agent", "disagree": "p-review"},
        },
        "p-agent": {
            "kind": "agent",
            "members": list(made.team)[:1],
            "retries": 3,
            "on": {"submit": "p-gate", "fail": "p-annotate"},
        },
        "p-review": {
            "kind": "review",
            "not_by": ["p-annotate"],
            "reject_reasons": ["sloppy"],
            "on": {"accept": "p-gate", "reject": "p-annotate", "fix": "p-gate"},
        },
        "p-gate": {
            "kind": "gate",
            "rules": [
                {"rate": 0.25, "to": inner["start"]},
                {
                    "where": {"metadata.city": {"in": ["Lund"]}, "priority": {"gte": 1}, "split": "test"},
                    "to": "p-done",
                },
                {"agreement": {"lt": 0.8, "exists": True}, "to": "p-done"},
                {"score": {"eq": 1}, "to": "p-done"},
            ],
            "else": inner["start"],
        },
        "p-done": {"kind": "done"},
    }
    return Sound({"start": "p-open", "steps": porch | deepcopy(inner["steps"])}, made.team)


def plant(fault: str, made: Sound, random: Random) -> Planted:
    """MADE with the FAULT of that name somewhere: one of FAULTS."""
    house = with_porch(made)
    planter = _Planter(house.configuration, dict(house.team), random)
    pointer, code = FAULTS[fault](planter)
    return Planted(planter.configuration, planter.team, pointer, code)


@dataclass
class _Planter:
    configuration: dict[str, Json]
    team: Team
    random: Random

    @property
    def steps(self) -> dict[str, Json]:
        steps: dict[str, Json] = self.configuration["steps"]
        return steps

    def one_of(self, *kinds: str) -> tuple[str, dict[str, Json]]:
        """The pointer of a step of such a KIND, and the step."""
        name = self.random.choice([name for name, step in self.steps.items() if step["kind"] in kinds])
        return f"/steps/{name}", self.steps[name]

    def worked(self) -> tuple[str, dict[str, Json]]:
        return self.one_of(*(kind.value for kind in sorted(WORKED)))

    def reach(self, name: str) -> None:
        """Have the porch's gate lead to NAME."""
        self.steps["p-gate"]["rules"].append({"where": {"split": "more"}, "to": name})

    def rule(self, rule: dict[str, Json]) -> str:
        """The pointer of RULE, put somewhere into a gate's."""
        at, gate = self.one_of("gate")
        rules = gate.setdefault("rules", [])
        place = self.random.randint(0, len(rules))
        rules.insert(place, rule)
        return f"{at}/rules/{place}"


Told = tuple[str, str]
_SHAPE = "workflow_invalid"
_UNKNOWN = "workflow_step_unknown"


def _member(name: str, value: Json, *kinds: str, code: str = _SHAPE) -> Callable[[_Planter], Told]:
    """Gives a step of one of KINDS (none: any that is worked) a member NAME that is wrong."""

    def planted(house: _Planter) -> Told:
        at, step = house.one_of(*kinds) if kinds else house.worked()
        step[name] = value
        return at + pointer_of((name,)), code

    return planted


def _rule(rule: dict[str, Json], member: str, code: str = _SHAPE) -> Callable[[_Planter], Told]:
    def planted(house: _Planter) -> Told:
        return house.rule({"to": "p-done", **rule}) + member, code

    return planted


def _where(name: str, tests: Json, member: str, code: str) -> Callable[[_Planter], Told]:
    return _rule({"where": {name: tests}}, pointer_of(("where", name)) + member, code)


def _named(name: str) -> Callable[[_Planter], Told]:
    """Declares a step under a NAME that is none."""

    def planted(house: _Planter) -> Told:
        house.steps[name] = {"kind": "done"}
        return pointer_of(("steps", name)), _SHAPE

    return planted


def _named_at_length(house: _Planter) -> Told:
    house.steps["x" * 100_000] = {"kind": "wrong"}
    return "/steps", _SHAPE


def _nowhere_on(house: _Planter) -> Told:
    at, step = house.worked()
    outcome = house.random.choice(sorted(step["on"]))
    step["on"][outcome] = "nowhere"
    return f"{at}/on/{outcome}", _UNKNOWN


def _nowhere_else(house: _Planter) -> Told:
    at, gate = house.one_of("gate")
    gate["else"] = "nowhere"
    return f"{at}/else", _UNKNOWN


def _nowhere_in(member: str, name: str) -> Callable[[_Planter], Told]:
    def planted(house: _Planter) -> Told:
        at, step = house.one_of("open", "annotate", "review", "agent")
        step[member] = ["p-annotate", name]
        return f"{at}/{member}/1", _UNKNOWN

    return planted


def _start(name: str, code: str) -> Callable[[_Planter], Told]:
    def planted(house: _Planter) -> Told:
        house.configuration["start"] = name
        return "/start", code

    return planted


def _island(house: _Planter) -> Told:
    house.steps["island"] = {"kind": "annotate", "on": {"submit": "islet"}}
    house.steps["islet"] = {"kind": "gate", "else": house.configuration["start"]}
    return house.random.choice(["/steps/island", "/steps/islet"]), "workflow_step_unreachable"


def _lonely_end(house: _Planter) -> Told:
    house.steps["lonely"] = {"kind": "done"}
    return "/steps/lonely", "workflow_step_unreachable"


def _trap(rules: list[dict[str, Json]], otherwise: str) -> Callable[[_Planter], Told]:
    def planted(house: _Planter) -> Told:
        house.reach("trap")
        house.steps["trap"] = {"kind": "annotate", "on": {"submit": "trap-door", "skip": "trap"}}
        house.steps["trap-door"] = {"kind": "gate", "rules": rules, "else": otherwise}
        return house.random.choice(["/steps/trap", "/steps/trap-door"]), "workflow_no_way_to_done"

    return planted


def _no_end(house: _Planter) -> Told:
    ends = {name for name, step in house.steps.items() if step["kind"] == "done"}
    for name in ends:
        del house.steps[name]
    for step in house.steps.values():
        ways = [step.get("on", {}), *step.get("rules", []), step]
        for way in ways:
            for label in [label for label, to in way.items() if isinstance(to, str) and to in ends]:
                way[label] = ERROR
    return "/steps", "workflow_no_end"


def _no_way_back(house: _Planter) -> Told:
    at, review = house.one_of("review")
    house.steps["second"] = {"kind": "review", "on": {"accept": "p-done", "reject": "p-annotate"}}
    house.steps["sorted-out"] = {
        "kind": "gate",
        "rules": [{"rate": 0, "to": "second"}, {"rate": 0.5, "to": "p-done"}],
        "else": ERROR,
    }
    review["on"]["reject"] = house.random.choice(["p-done", ERROR, "sorted-out"])
    house.reach("sorted-out")
    return f"{at}/on/reject", "workflow_no_way_back"


def _role_unheld(house: _Planter) -> Told:
    for account, role in house.team.items():
        house.team[account] = "annotator" if role == "project_owner" else role
    at, step = house.worked()
    step["roles"] = ["annotator", "reviewer", "project_owner"]
    return f"{at}/roles/2", "workflow_role_unheld"


def _role_unheld_unless_named(house: _Planter) -> Told:
    for account, role in house.team.items():
        house.team[account] = "annotator" if role == "reviewer" else role
    return "/steps/p-review", "workflow_role_unheld"


def _stranger(house: _Planter) -> Told:
    at, step = house.worked()
    step["members"] = [*step.get("members", []), STRANGER.upper()]
    return f"{at}/members/{len(step['members']) - 1}", "workflow_member_unknown"


def _too_few(house: _Planter) -> Told:
    at, step = house.one_of("consensus")
    step["people"] = len(eligible(step, house.team)) + 1
    return f"{at}/people", "workflow_too_few_people"


def _too_few_unless_said(house: _Planter) -> Told:
    step = house.steps["p-both"]
    del step["people"]
    step["members"] = [next(iter(house.team))]
    return "/steps/p-both", "workflow_too_few_people"


def _nobody_left(house: _Planter) -> Told:
    at, step = house.one_of("annotate", "review", "agent")
    pair = house.random.sample(sorted(house.team), 2)
    step.pop("roles", None)
    step["members"] = pair
    for name, members in zip(("first", "second"), (pair[:1], pair[1:]), strict=True):
        house.steps[name] = {"kind": "annotate", "members": members, "on": {"submit": "p-done"}}
        house.reach(name)
    step["not_by"] = ["first", "second"]
    return f"{at}/not_by", "workflow_nobody_left"


def _too_few_left(house: _Planter) -> Told:
    team = sorted(house.team)[:3]
    consensus = {"kind": "consensus", "people": 2, "agreement": 1, "members": team}
    house.steps["two"] = {**consensus, "on": {"agree": "two-more", "disagree": "p-done"}}
    house.steps["two-more"] = {**consensus, "not_by": ["two"], "on": {"agree": "p-done", "disagree": "two"}}
    house.reach("two")
    return "/steps/two-more/not_by", "workflow_nobody_left"


def _nobody(house: _Planter) -> Told:
    at, step = house.one_of("agent")
    step.pop("roles", None)
    step.pop("members", None)
    return at, "workflow_nobody"


def _rates(house: _Planter) -> Told:
    at, gate = house.one_of("gate")
    more = 1.01 - sum(rule.get("rate", 0) for rule in gate.get("rules", []))
    gate.setdefault("rules", []).append({"rate": min(1.0, more), "to": "p-done"})
    if more > 1:
        gate["rules"].append({"rate": 0.5, "to": "p-done"})
    return f"{at}/rules", "workflow_rates"


def _no_else(house: _Planter) -> Told:
    gates = [(name, step) for name, step in house.steps.items() if "else" in step]
    name, gate = house.random.choice(gates)
    del gate["else"]
    return f"/steps/{name}", _SHAPE


def _circle(house: _Planter) -> Told:
    names = [f"round-{number}" for number in range(house.random.randint(1, 5))]
    for name, following in zip(names, [*names[1:], names[0]], strict=True):
        rule = {"score": {"gt": 1}, "to": following}
        house.steps[name] = {"kind": "gate", "rules": [rule], "else": "p-done"}
    house.reach(names[0])
    return f"/steps/{house.random.choice(names)}", "workflow_gates_circle"


def _wrong_outcome(house: _Planter) -> Told:
    at, step = house.worked()
    may = OUTCOMES[Kind(step["kind"])]
    wrong = {one.value for one in Outcome} - may.required - may.optional
    outcome = house.random.choice([*sorted(wrong), "approve", "0", "else"])
    step["on"][outcome] = "p-done"
    return f"{at}/on/{outcome}", _SHAPE


def _missing_outcome(house: _Planter) -> Told:
    at, step = house.worked()
    del step["on"][house.random.choice(sorted(OUTCOMES[Kind(step["kind"])].required))]
    return f"{at}/on", _SHAPE


def _missing(name: str, *kinds: str) -> Callable[[_Planter], Told]:
    """Takes a member that must be there: what lacks it is pointed at."""

    def planted(house: _Planter) -> Told:
        at, step = house.one_of(*kinds) if kinds else house.worked()
        del step[name]
        return at, _SHAPE

    return planted


def _missing_outside(name: str) -> Callable[[_Planter], Told]:
    def planted(house: _Planter) -> Told:
        del house.configuration[name]
        return "", _SHAPE

    return planted


def _unknown_outside(name: str) -> Callable[[_Planter], Told]:
    def planted(house: _Planter) -> Told:
        house.configuration[name] = 1
        return pointer_of((name,)), _SHAPE

    return planted


def _thousand(house: _Planter) -> Told:
    house.steps.update({f"more-{number}": {"kind": "done"} for number in range(1000)})
    return "/steps", "workflow_too_large"


_CONDITION = "workflow_condition_invalid"
_ATTRIBUTE = "workflow_condition_unknown"
_LONG = "x" * 100_000

FAULTS: Mapping[str, Callable[[_Planter], Told]] = {
    "an outcome to nowhere": _nowhere_on,
    "a rule to nowhere": _rule({"rate": 0, "to": "nowhere"}, "/to", _UNKNOWN),
    "an else to nowhere": _nowhere_else,
    "not by nobody's step": _nowhere_in("not_by", "nowhere"),
    "not by a gate": _nowhere_in("not_by", "p-gate"),
    "not by an end": _nowhere_in("not_by", "p-done"),
    "prefers nobody's step": _nowhere_in("prefer", "nowhere"),
    "prefers error": _nowhere_in("prefer", ERROR),
    "starts nowhere": _start("nowhere", _UNKNOWN),
    "starts at error": _start(ERROR, _UNKNOWN),
    "starts at a gate": _start("p-gate", "workflow_start"),
    "starts at an end": _start("p-done", "workflow_start"),
    "starts at no name": _start("No Name", _SHAPE),
    "an island": _island,
    "an end that nothing leads to": _lonely_end,
    "a trap": _trap([], "trap"),
    "a trap with an error": _trap([{"rate": 0.5, "to": ERROR}], "trap"),
    "a trap with a rate of 0": _trap([{"rate": 0, "to": "p-done"}], "trap"),
    "a trap before rates of 1": _trap([{"rate": 0.5, "to": "trap"}, {"rate": 0.5, "to": "trap"}], "p-done"),
    "no end": _no_end,
    "no way back": _no_way_back,
    "a role that nobody holds": _role_unheld,
    "a role that nobody holds, where none is named": _role_unheld_unless_named,
    "a member from elsewhere": _stranger,
    "too few people": _too_few,
    "too few people, where no number is named": _too_few_unless_said,
    "nobody left": _nobody_left,
    "too few left": _too_few_left,
    "nobody named": _nobody,
    "rates above all": _rates,
    "no else": _no_else,
    "gates in a circle": _circle,
    "no attribute": _where("colour", 1, "", _ATTRIBUTE),
    "no attribute, to be escaped": _where("a/b~c", 1, "", _ATTRIBUTE),
    "metadata alone": _where("metadata", 1, "", _ATTRIBUTE),
    "metadata of nothing": _where("metadata.", 1, "", _ATTRIBUTE),
    "metadata with a hole": _where("metadata.a..b", 1, "", _ATTRIBUTE),
    "metadata too deep": _where("metadata" + ".a" * 9, 1, "", _ATTRIBUTE),
    "metadata at length": _rule({"where": {"metadata." + "x" * 200: 1}}, "/where", _ATTRIBUTE),
    "a text for a number": _where("priority", {"eq": "high"}, "/eq", _CONDITION),
    "a text for a number, alone": _where("priority", "high", "", _CONDITION),
    "a number for a text": _where("metadata.a", {"lt": True}, "/lt", _CONDITION),
    "a list for a constant": _where("metadata.a/b", [1], "", _CONDITION),
    "a text in numbers": _where("priority", {"in": [1, "2"]}, "/in", _CONDITION),
    "nothing in a list": _where("split", {"in": []}, "/in", _CONDITION),
    "a list too long": _where("split", {"in": ["a"] * 101}, "/in", _CONDITION),
    "a text too long": _where("split", {"eq": _LONG}, "/eq", _CONDITION),
    "a number to exist": _where("split", {"exists": 1}, "/exists", _CONDITION),
    "no test": _where("split", {}, "", _CONDITION),
    "no such operator": _where("split", {"like": "a"}, "/like", _SHAPE),
    "a text for agreement": _rule({"agreement": {"gte": "0.8"}}, "/agreement/gte", _CONDITION),
    "a truth for a score": _rule({"score": {"eq": True}}, "/score/eq", _CONDITION),
    "no conditions": _rule({"where": {}}, "/where"),
    "no rule": _rule({}, ""),
    "two rules in one": _rule({"rate": 0.0, "score": 1}, ""),
    "a rule with more": _rule({"rate": 0.0, "weight": 1}, "/weight"),
    "a rate below nothing": _rule({"rate": -0.1}, "/rate"),
    "a rate above all": _rule({"rate": 1.1}, "/rate"),
    "a rule to no name": _rule({"rate": 0.0, "to": "No Name"}, "/to"),
    "a member that no step has": _member("colour", "red"),
    "a member to be escaped": _member("a/b~c", 1),
    "people at a review": _member("people", 2, "review"),
    "retries of people": _member("retries", 1, "annotate"),
    "preference at a consensus": _member("prefer", [], "consensus"),
    "roles of a gate": _member("roles", ["annotator"], "gate"),
    "ways from an end": _member("on", {}, "done"),
    "no such kind": _member("kind", "anotate"),
    "no such role": _member("roles", "annotator"),
    "no such order": _member("order", "random"),
    "no kind": _missing("kind"),
    "no outcomes": _missing("on"),
    "no agreement": _missing("agreement", "consensus"),
    "a wrong outcome": _wrong_outcome,
    "an outcome too few": _missing_outcome,
    "no duration": _member("lease", "30 minutes"),
    "a duration of nothing": _member("due", "P0D"),
    "a duration in months": _member("due", "P1M"),
    "a duration in foreign digits": _member("due", "P\u0663D"),
    "a duration beyond a year": _member("lease", "P367D"),
    "one for consensus": _member("people", 1, "consensus"),
    "a crowd for consensus": _member("people", 21, "consensus"),
    "halves of people": _member("people", 2.0, "consensus"),
    "retries without end": _member("retries", 101, "agent"),
    "a text for a reason": _member("reject_reasons", "sloppy", "review"),
    "members without number": _member("members", [STRANGER] * 101),
    "a capital name": _named("Label"),
    "a name of nothing": _named(""),
    "a name with a slash": _named("a/b~c"),
    "a name too long": _named("x" * 65),
    "a name that is no pointer's": _named_at_length,
    "error declared": _named(ERROR),
    "no start": _missing_outside("start"),
    "no steps": _missing_outside("steps"),
    "more than a workflow": _unknown_outside("a/b~c"),
    "the default's own": _unknown_outside("sample_rate"),
    "a thousand steps": _thousand,
}
