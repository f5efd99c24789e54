"""The stable codes of failures, by status, read from the source: a code is listed by being raised."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from app import errors
from app.catalog import CARDS
from app.fetching import UrlNotAllowed
from app.web.errors import STATUS

_ROOT = Path(__file__).parent.parent
_STATUS = {kind.__name__: status for kind, status in STATUS.items()} | {"Fault": STATUS[errors.Invalid]}
_REFUSED = 409  # what a state machine refuses
# Those that are put together, and so stand nowhere in one piece.
_COMPOSED = {
    400: {"number_out_of_range", "page_number_invalid", "page_size_invalid", "sort_unknown"},
    422: {
        "approved_missing",
        "outcome_unknown",
        "reason_unknown",
        "step_unknown",
        "workflow_invalid",
        UrlNotAllowed.code,
    },
}


@cache
def codes() -> dict[int, list[str]]:
    """Status -> the codes that come with it, in the order of the alphabet."""
    found: dict[int, set[str]] = defaultdict(set)
    for kind, status in STATUS.items():
        found[status].add(kind.code)
    for status, some in _COMPOSED.items():
        found[status] |= some
    found[STATUS[errors.Forbidden]] |= {action.refusal_code for card in CARDS for action in card.actions}
    found[STATUS[errors.Invalid]] |= label_codes()
    for folder in ("app", "workflow"):
        for path in sorted((_ROOT / folder).rglob("*.py")):
            for status, code in _of_source(path.read_text()):
                found[status].add(code)
    return {status: sorted(found[status]) for status in sorted(found)}


def label_codes() -> set[str]:
    """What can be wrong with labels: the codes are handed about there before they become faults."""
    return set(_of_labels())


def _of_labels() -> Iterator[str]:
    for path in (_ROOT / "workflow" / "labels").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            yield from (
                text for text in _texts([node] if isinstance(node, ast.Constant) else []) if _LABEL(text)
            )


_LABEL = re.compile(r"labels?(_[a-z]+)+").fullmatch


def _of_source(source: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield from _of_call(node, node.func.id)
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "refuse"
        ):
            # What is wrong with a workflow: pointer, detail, code.
            yield from ((_STATUS["Fault"], code) for code in _texts(node.args[2:]))
        elif isinstance(node, ast.Tuple):
            yield from _of_pair(node.elts)


def _of_call(node: ast.Call, name: str) -> Iterator[tuple[int, str]]:
    if name == "Fault":
        yield from ((_STATUS[name], code) for code in _texts(node.args[:1]))
    elif name == "ConfigurationFault":
        yield from ((_STATUS["Fault"], code) for code in _texts(node.args[1:2]))
    elif name == "Refused":
        pair = list(_of_pair(node.args))
        yield from pair or ((_REFUSED, code) for code in _texts(node.args[:1]))
    elif name in _STATUS:
        named = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
        yield from ((_STATUS[name], code) for code in _texts(named))


def _of_pair(values: list[ast.expr]) -> Iterator[tuple[int, str]]:
    """The code of a table's row (409, "conflict", ...)."""
    match values[:2]:
        case [ast.Constant(value=int() as status), ast.Constant(value=str() as code)] if status >= 400:
            yield status, code


def _texts(nodes: list[ast.expr]) -> list[str]:
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
