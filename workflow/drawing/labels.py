"""What a drawing of a workflow says, as short plain text. It must not know in what format it is drawn."""

from collections.abc import Mapping
from itertools import accumulate, islice
from typing import NamedTuple
from unicodedata import east_asian_width

from workflow.graph import ERROR, Edge, Graph, Rule, Step, Test

NOT_DECLARED = "not declared"  # said in place of a kind
MOST_CELLS = 36  # of a way's label
MOST_SAID = 200  # cells of what a pointer that rests on it may tell
MOST_VALUES = 6  # of a condition's list
_SIGNS = {"eq": "=", "lt": "<", "lte": "≤", "gt": ">", "gte": "≥"}
_JOINERS = "\u200c\u200d"  # invisible, but words and emoji need them, and they turn no text around


class Place(NamedTuple):
    """Where entries may be: a step, or a name that is used like one. ENTRIES: how many are there now."""

    name: str
    kind: str
    entries: int | None

    @property
    def subtitle(self) -> str:
        if self.entries is None:
            return self.kind
        return f"{self.kind} · {self.entries:,} {'entry' if self.entries == 1 else 'entries'}"


def places_of(graph: Graph, counts: Mapping[str, int]) -> list[Place]:
    """The steps as declared; then what is declared nowhere, but a way leads to it or entries are at it."""
    found = [Place(name, step.kind.value, counts.get(name)) for name, step in graph.steps.items()]
    used = {edge.end for edge in graph.edges()} | {name for name, count in counts.items() if count}
    for name in sorted(used - graph.steps.keys()):
        found.append(Place(name, ERROR if name == ERROR else NOT_DECLARED, counts.get(name)))
    return found


def text_of(step: Step, edge: Edge) -> str:
    """When an entry takes EDGE out of STEP: its outcome, what its rule asks, or `else`."""
    if not edge.label.isdigit():
        return edge.label
    return shortened(_rule(step.rules[int(edge.label)]), MOST_SAID)


def shortened(text: str, most: int = MOST_CELLS) -> str:
    """TEXT in one line and at most MOST cells, ending in … where it was longer.

    What is not printed shows as �: such as control characters, which XML refuses, and those that would turn
    the text after them around.
    """
    # Whatever its length, no more of it is read than could be shown with some space between.
    words = " ".join(text[: 4 * most].split())[: most + 1]
    shown = "".join(c if c.isprintable() or c in _JOINERS else "\ufffd" for c in words)
    if cells(shown) <= most and len(text) <= 4 * most:
        return shown
    kept = sum(width < most for width in accumulate(map(cells, shown)))
    return f"{shown[:kept]}…"


def cells(text: str) -> int:
    """The width of TEXT in a font of one width; characters of East Asia, and emoji, are as wide as two."""
    if text.isascii():
        return len(text)
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _rule(rule: Rule) -> str:
    if rule.rate is not None:
        return f"{rule.rate * 100:.6g} %"
    asked = {**rule.where, "agreement": rule.agreement, "score": rule.score}
    return " and ".join(_test(name, test) for name, tests in asked.items() for test in tests)


def _test(name: str, test: Test) -> str:
    if test.operator == "exists":
        return f"{name} {'exists' if test.operand else 'is missing'}"
    if test.operator == "in" and isinstance(test.operand, tuple):
        values = ", ".join(_value(one) for one in islice(test.operand, MOST_VALUES))
        more = len(test.operand) - MOST_VALUES
        return f"{name} in ({values}{f' and {more} more' if more > 0 else ''})"
    return f"{name} {_SIGNS.get(test.operator, test.operator)} {_value(test.operand)}"


def _value(operand: object) -> str:
    """OPERAND as one would write it; a text is in quotes only where it could be read as something else."""
    if isinstance(operand, bool):
        return "true" if operand else "false"
    if not isinstance(operand, str):
        return str(operand)
    return operand if operand[:1].isalpha() and operand not in ("true", "false") else f"“{operand}”"
