"""From a configuration, as JSON has it, to a graph: its shape, member by member. Every fault has a pointer.

Whether the graph makes sense as a whole is for `workflow.checking`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from workflow.conditions import ATTRIBUTES, MOST_MEMBERS, OPERATORS, is_asked_about
from workflow.durations import seconds_of
from workflow.errors import BadConfiguration, ConfigurationFault
from workflow.graph import ERROR, OUTCOMES, WORKED, Graph, Kind, Order, Outcome, Rule, Step, Test

MOST_STEPS = 200
MOST_NAMES = 100  # in one list: members, reasons, values of a condition
MOST_RULES = 50  # of a gate
MOST_CONDITIONS = 20  # of a rule, and tests of a condition
MOST_PEOPLE = 20
MOST_RETRIES = 100
LONGEST_TEXT = 200  # characters of a reason or of a value that is compared
MOST_FAULTS = 50  # told at once

NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
ROLES = ("annotator", "reviewer", "project_owner")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_UNLESS_NAMED: Mapping[Kind, tuple[str, ...]] = {  # who works a step that names nobody
    Kind.OPEN: ("annotator",),
    Kind.ANNOTATE: ("annotator",),
    Kind.CONSENSUS: ("annotator",),
    Kind.REVIEW: ("reviewer",),
}
_OF_WORKED = {"roles", "members", "not_by", "prefer", "lease", "due", "order", "skip_reasons", "on"}
_MEMBERS: Mapping[Kind, frozenset[str]] = {  # kind -> the members that such a step may have
    Kind.OPEN: frozenset(_OF_WORKED),
    Kind.ANNOTATE: frozenset(_OF_WORKED),
    Kind.REVIEW: frozenset(_OF_WORKED | {"reject_reasons"}),
    # Who works on it at once is not known before: nobody is preferred.
    Kind.CONSENSUS: frozenset(_OF_WORKED - {"prefer"} | {"people", "agreement"}),
    Kind.AGENT: frozenset(_OF_WORKED | {"retries"}),
    Kind.GATE: frozenset({"rules", "else"}),
    Kind.DONE: frozenset(),
}

T = TypeVar("T")
Choice = TypeVar("Choice", bound=StrEnum)


def graph_of(configuration: Mapping[str, Any]) -> Graph:
    """The graph that CONFIGURATION declares. Raises BadConfiguration with all that is wrong with its shape.

    It takes time linear in the configuration, of which no more is read than the limits above allow.
    """
    reader = _Reader()
    graph = reader.graph(configuration)
    if reader.faults:
        raise BadConfiguration(reader.faults)
    return graph


class _Reader:
    """Reads members, and notes what is wrong with them; in place of what is wrong it reads the default."""

    def __init__(self) -> None:
        self.faults: list[ConfigurationFault] = []

    def refuse(self, pointer: str, detail: str, code: str = "workflow_invalid") -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(ConfigurationFault(pointer, code, detail))

    # ---- what there is in a graph

    def graph(self, given: Mapping[str, Any]) -> Graph:
        self.known(given, {"start", "steps"}, "")
        steps = given.get("steps")
        if not isinstance(steps, Mapping) or not steps:
            self.refuse("/steps" if "steps" in given else "", "steps is an object of steps by name")
            return Graph("", {})
        if len(steps) > MOST_STEPS:
            self.refuse("/steps", f"a workflow has at most {MOST_STEPS} steps", "workflow_too_large")
            return Graph("", {})
        start = self.end(given.get("start"), "/start") or ""
        return Graph(start, {name: self.step(name, one) for name, one in steps.items()})

    def step(self, name: str, given: Any) -> Step:
        at = f"/steps/{escaped(name)}"
        if not NAME.fullmatch(name):
            self.refuse(at, "a step's name is a small letter, then up to 63 small letters, digits, - and _")
        if name == ERROR:
            self.refuse(at, f"{ERROR} is an end that every workflow has: it is not declared")
        if not isinstance(given, Mapping):
            self.refuse(at, "a step is an object with its kind")
            return Step(name, Kind.DONE)
        kind = self.choice(given.get("kind"), Kind, f"{at}/kind" if "kind" in given else at, "kind")
        if kind is None:
            return Step(name, Kind.DONE)
        self.known(given, _MEMBERS[kind] | {"kind"}, at, f"a step of kind {kind}")
        if kind is Kind.GATE:
            return self.gate(name, given, at)
        if kind not in WORKED:
            return Step(name, kind)
        return self.worked(name, kind, given, at)

    def worked(self, name: str, kind: Kind, given: Mapping[str, Any], at: str) -> Step:
        roles, members = self.crew(kind, given, at)
        is_consensus = kind is Kind.CONSENSUS
        return Step(
            name,
            kind,
            self.outcomes(kind, given, at),
            roles,
            members,
            not_by=self.names("not_by", given, at),
            prefer=self.names("prefer", given, at),
            lease=self.duration("lease", given, at),
            due=self.duration("due", given, at),
            order=self.choice(given.get("order", Order.PRIORITY.value), Order, f"{at}/order", "order")
            or Order.PRIORITY,
            reject_reasons=self.texts("reject_reasons", given, at),
            skip_reasons=self.texts("skip_reasons", given, at),
            people=self.whole("people", given, at, 2, MOST_PEOPLE, 2) if is_consensus else 1,
            agreement=self.share("agreement", given, at) if is_consensus else 0.0,
            retries=self.whole("retries", given, at, 0, MOST_RETRIES, 0),
        )

    def crew(self, kind: Kind, given: Mapping[str, Any], at: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The roles and the members who work it."""
        roles = self.several("roles", given, at, self.role)
        members = self.several("members", given, at, self.account)
        if not (roles or members) and not ({"roles", "members"} & given.keys()):
            roles = _UNLESS_NAMED.get(kind, ())
        if not (roles or members) and not self.faults:
            detail = "nobody works the step: name roles, or members by their accounts' ids"
            self.refuse(at, detail, "workflow_nobody")
        return roles, members

    def outcomes(self, kind: Kind, given: Mapping[str, Any], at: str) -> dict[Outcome, str]:
        on, may = given.get("on"), OUTCOMES[kind]
        if not isinstance(on, Mapping):
            self.refuse(f"{at}/on" if "on" in given else at, "on is an object: where each outcome leads")
            return {}
        self.known(on, may.required | may.optional, f"{at}/on", f"a step of kind {kind}")
        for outcome in sorted(may.required - on.keys()):
            self.refuse(f"{at}/on", f"on says nothing of {outcome}: where does it lead?")
        return {
            Outcome(name): end
            for name, to in on.items()
            if name in may.required | may.optional and (end := self.end(to, f"{at}/on/{name}")) is not None
        }

    def gate(self, name: str, given: Mapping[str, Any], at: str) -> Step:
        rules = self.several("rules", given, at, self.rule, MOST_RULES)
        otherwise = self.end(given["else"], f"{at}/else") if "else" in given else None
        if "else" not in given and not _is_whole(rules):
            self.refuse(at, "else is required: where does an entry go that meets no rule?")
        return Step(name, Kind.GATE, rules=rules, otherwise=otherwise)

    def rule(self, given: Any, at: str) -> Rule | None:
        kinds = ("rate", "where", "agreement", "score")
        if not isinstance(given, Mapping) or sum(kind in given for kind in kinds) != 1:
            self.refuse(at, f"a rule is an object with `to` and one of {', '.join(kinds)}")
            return None
        self.known(given, {*kinds, "to"}, at, "a rule")
        end = self.end(given.get("to"), f"{at}/to" if "to" in given else at)
        if end is None:
            return None
        if "rate" in given:
            return Rule(end, rate=self.share("rate", given, at))
        if "where" in given:
            return Rule(end, where=self.where(given["where"], f"{at}/where"))
        if "agreement" in given:
            return Rule(end, agreement=self.tests(given["agreement"], f"{at}/agreement", float))
        return Rule(end, score=self.tests(given["score"], f"{at}/score", float))

    def where(self, given: Any, at: str) -> dict[str, tuple[Test, ...]]:
        if not isinstance(given, Mapping) or not 1 <= len(given) <= MOST_CONDITIONS:
            self.refuse(at, f"where is an object of 1 to {MOST_CONDITIONS} conditions by attribute")
            return {}
        found = {}
        for name, wanted in given.items():
            pointer = f"{at}/{escaped(name)}"
            if not is_asked_about(name):
                known = ", ".join((*ATTRIBUTES, "metadata.name"))
                detail = f"no entry has such an attribute: there are {known}, {MOST_MEMBERS} levels deep"
                self.refuse(pointer, detail, "workflow_condition_unknown")
            else:
                found[name] = self.tests(wanted, pointer, ATTRIBUTES.get(name))
        return found

    def tests(self, given: Any, at: str, kind: type | None) -> tuple[Test, ...]:
        """What a value of KIND (None: any) is compared with: a constant, or an object of operators."""
        if not isinstance(given, Mapping):
            given = {"eq": given}
        if not 1 <= len(given) <= MOST_CONDITIONS:
            self.refuse(at, "a condition compares with something", "workflow_condition_invalid")
        self.known(given, set(OPERATORS), at, "a condition")
        return tuple(
            test
            for name, operand in list(given.items())[:MOST_CONDITIONS]
            if name in OPERATORS and (test := self.test(name, operand, f"{at}/{name}", kind)) is not None
        )

    def test(self, name: str, operand: Any, at: str, kind: type | None) -> Test | None:
        if name == "exists":
            is_sound = isinstance(operand, bool)
        elif name == "in":
            is_sound = isinstance(operand, list) and 1 <= len(operand) <= MOST_NAMES
            is_sound = is_sound and all(_is_constant(one, kind) for one in operand)
            operand = tuple(operand) if is_sound else ()
        else:
            is_sound = _is_constant(operand, kind) and (name == "eq" or not isinstance(operand, bool))
        if not is_sound:
            expected = {float: "a number", str: "a text"}.get(
                kind or object, "a text, a number or true/false"
            )
            several = {"exists": "true or false", "in": f"a list of at most {MOST_NAMES}, each {expected}"}
            detail = f"{name} takes {several.get(name, expected)}"
            self.refuse(at, detail, "workflow_condition_invalid")
            return None
        return Test(name, operand)

    # ---- what members are

    def known(
        self, given: Mapping[str, Any], names: Iterable[str], at: str, what: str = "a workflow"
    ) -> None:
        known = set(names)
        for name in given:
            if name not in known:
                told = ", ".join(sorted(known)) or "nothing"
                self.refuse(f"{at}/{escaped(name)}", f"{what} has no {name[:64]}: it has {told}")

    def choice(self, given: Any, choices: type[Choice], at: str, name: str) -> Choice | None:
        if isinstance(given, str) and given in set(choices):
            return choices(given)
        self.refuse(at, f"{name} is one of {', '.join(choices)}")
        return None

    def several(
        self,
        name: str,
        given: Mapping[str, Any],
        at: str,
        read: Callable[[Any, str], T | None],
        most: int = MOST_NAMES,
    ) -> tuple[T, ...]:
        ones = given.get(name, [])
        if not isinstance(ones, list) or len(ones) > most:
            self.refuse(f"{at}/{name}", f"{name} is a list of at most {most}")
            return ()
        found = (read(one, f"{at}/{name}/{n}") for n, one in enumerate(ones))
        return tuple(one for one in found if one is not None)

    def role(self, given: Any, at: str) -> str | None:
        if isinstance(given, str) and given in ROLES:
            return given
        self.refuse(at, f"a role is one of {', '.join(ROLES)}", "workflow_role_unknown")
        return None

    def account(self, given: Any, at: str) -> str | None:
        if isinstance(given, str) and _UUID.fullmatch(given.lower()):
            return given.lower()
        self.refuse(at, "a member is named by the id of its account")
        return None

    def end(self, given: Any, at: str) -> str | None:
        if isinstance(given, str) and NAME.fullmatch(given):
            return given
        self.refuse(at, "the name of a step is expected")
        return None

    def names(self, name: str, given: Mapping[str, Any], at: str) -> tuple[str, ...]:
        return self.several(name, given, at, self.end)

    def text(self, given: Any, at: str) -> str | None:
        if isinstance(given, str) and 1 <= len(given) <= LONGEST_TEXT:
            return given
        self.refuse(at, f"a text of 1 to {LONGEST_TEXT} characters is expected")
        return None

    def texts(self, name: str, given: Mapping[str, Any], at: str) -> tuple[str, ...]:
        return self.several(name, given, at, self.text)

    def duration(self, name: str, given: Mapping[str, Any], at: str) -> str | None:
        if name not in given:
            return None
        try:
            seconds_of(given[name])
        except (TypeError, ValueError):
            self.refuse(f"{at}/{name}", f"{name} is a duration from a second to a year, such as PT30M")
            return None
        return str(given[name])

    def whole(self, name: str, given: Mapping[str, Any], at: str, least: int, most: int, default: int) -> int:
        number = given.get(name, default)
        if type(number) is int and least <= number <= most:
            return number
        self.refuse(f"{at}/{name}", f"{name} is a whole number from {least} to {most}")
        return default

    def share(self, name: str, given: Mapping[str, Any], at: str) -> float:
        number = given.get(name)
        if isinstance(number, int | float) and not isinstance(number, bool) and 0 <= number <= 1:
            return float(number)
        self.refuse(f"{at}/{name}" if name in given else at, f"{name} is a number from 0 to 1")
        return 0.0


def _is_constant(given: Any, kind: type | None) -> bool:
    if isinstance(given, str):
        return kind in (None, str) and len(given) <= LONGEST_TEXT
    if isinstance(given, bool):
        return kind is None
    return isinstance(given, int | float) and kind in (None, float) and abs(given) <= 1e300


def _is_whole(rules: Iterable[Rule]) -> bool:
    """Whether the rates of RULES leave nothing over. Whether they are too much is for `workflow.checking`."""
    return sum(rule.rate or 0.0 for rule in rules) > 1 - 1e-9


def escaped(name: str) -> str:
    """NAME as a step of a JSON pointer (RFC 6901). Of a long one its beginning, which names nothing."""
    told = name if len(name) <= LONGEST_TEXT else f"{name[:LONGEST_TEXT]}…"
    return told.replace("~", "~0").replace("/", "~1")
