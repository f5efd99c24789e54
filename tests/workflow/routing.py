"""Where entries go, as the words of a configuration have it: what the compiled workflow is held against."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tests.workflow.json_places import Json
from workflow.graph import Outcome
from workflow.machine import Facts


class Leaf(NamedTuple):
    """The chances from LOW to HIGH lead to the step NAME."""

    low: float
    high: float
    name: str

    def thrown(self, facts: Facts) -> Facts:
        """FACTS with a die in the midst of it."""
        return Facts((self.low + self.high) / 2, facts.attributes, facts.agreement, facts.score)


def leaves_of(configuration: Json, facts: Facts) -> Iterator[tuple[str, Outcome, Leaf]]:
    """Where each outcome of each step leads, by what the configuration says."""
    for name, step in configuration["steps"].items():
        for outcome, to in step.get("on", {}).items():
            for leaf in _leaves(configuration["steps"], to, 0.0, 1.0, facts):
                yield name, Outcome(outcome), leaf


def _leaves(steps: Json, name: str, low: float, high: float, facts: Facts) -> Iterator[Leaf]:
    """Where the chances from LOW to HIGH lead that come to NAME."""
    if high - low < 1e-6:
        return
    step = steps.get(name, {})
    if step.get("kind") != "gate":
        yield Leaf(low, high, name)
        return
    whole, floor = high - low, low
    for rule in step.get("rules", []):
        if "rate" in rule:
            yield from _leaves(steps, rule["to"], floor, floor + whole * rule["rate"], facts)
            floor += whole * rule["rate"]
        elif _is_met(rule, facts):
            yield from _leaves(steps, rule["to"], floor, high, facts)
            return
    if "else" in step:
        yield from _leaves(steps, step["else"], floor, high, facts)


def ways_to_an_end(configuration: Json, facts: Facts) -> dict[str, tuple[Outcome, Leaf]]:
    """By which outcome and chance each step that is worked comes nearer to a step of kind done."""
    before: dict[str, list[tuple[str, Outcome, Leaf]]] = {}
    for name, outcome, leaf in leaves_of(configuration, facts):
        before.setdefault(leaf.name, []).append((name, outcome, leaf))
    found: dict[str, tuple[Outcome, Leaf]] = {}
    ahead = [name for name, step in configuration["steps"].items() if step["kind"] == "done"]
    for end in ahead:
        for name, outcome, leaf in before.get(end, []):
            if name not in found:
                found[name] = outcome, leaf
                ahead.append(name)
    return found


def _is_met(rule: Mapping[str, Json], facts: Facts) -> bool:
    if "where" in rule:
        return all(is_so(tests, _asked(name, facts)) for name, tests in rule["where"].items())
    return (
        is_so(rule["agreement"], facts.agreement)
        if "agreement" in rule
        else is_so(rule["score"], facts.score)
    )


def _asked(name: str, facts: Facts) -> Json:
    if not name.startswith("metadata."):
        return facts.attributes.get(name)
    value: Json = facts.attributes.get("metadata")
    for member in name.split(".")[1:]:
        value = value.get(member) if isinstance(value, dict) else None
    return value


def is_so(tests: Json, value: Json) -> bool:
    """What a condition means: every operator compares values of one type of JSON's."""
    wanted = tests if isinstance(tests, dict) else {"eq": tests}
    return all(_compares(name, value, operand) for name, operand in wanted.items())


def _compares(operator: str, value: Json, operand: Json) -> bool:
    if operator == "exists":
        return operand is (value is not None)
    if operator == "in":
        return any(_compares("eq", value, one) for one in operand)
    if type_of(value) != type_of(operand):
        return False
    if operator == "eq":
        return bool(value == operand)
    if type_of(value) not in ("number", "text"):
        return False
    is_below, is_above = bool(value < operand), bool(value > operand)
    return {"lt": is_below, "lte": not is_above, "gt": is_above, "gte": not is_below}[operator]


def type_of(value: Json) -> str:
    names = {
        bool: "truth",
        int: "number",
        float: "number",
        str: "text",
        type(None): "nothing",
        dict: "object",
        list: "list",
    }
    return names.get(type(value), "nothing")
