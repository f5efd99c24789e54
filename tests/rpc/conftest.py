"""The specification's own methods, a few that fail, and a way to ask them; knows nothing of HTTP."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from rpc import CONFLICT, INVALID_PARAMS, Fault, Method, Rules, Undone, answer

Ask = Callable[..., Any]  # a body -> its answer
Build = Callable[..., dict[str, Any]]  # a method's name, parameters, members -> a call
Ran = tuple[list[str], dict[str, Method]]
Params = Mapping[str, Any]

SECRET = "secret /var/x password=abc"


def subtract(params: Params) -> Any:
    if params.keys() != {"minuend", "subtrahend"}:
        raise Fault(INVALID_PARAMS, "Invalid params", {"missing": ["minuend"]})
    return params["minuend"] - params["subtrahend"]


def total(params: Params) -> Any:
    return sum(params.values())


def get_data(params: Params) -> Any:
    return ["hello", 5]


def nothing(params: Params) -> Any:
    return None


def echo(params: Params) -> Any:
    return dict(params)


def conflict(params: Params) -> Any:
    raise Fault(CONFLICT, "Taken", {"id": "x"})


def crash(params: Params) -> Any:
    raise RuntimeError(SECRET)


METHODS = {
    "subtract": Method(subtract, ("minuend", "subtrahend")),
    "sum": Method(total, ("a", "b", "c")),
    "get_data": Method(get_data),
    "notify_hello": Method(nothing, ("n",)),
    "update": Method(nothing, ("a", "b", "c", "d", "e")),
    "delete": Method(nothing),
    "echo": Method(echo),
    "conflict": Method(conflict),
    "crash": Method(crash),
}


@pytest.fixture
def ask() -> Ask:
    """Asks the methods above for the answer to a body; more methods and rules may be given."""

    def ask(body: Any, *, limit: int = 1000, more: dict[str, Method] | None = None, **rules: Any) -> Any:
        try:
            return answer(body, {**METHODS, **(more or {})}, limit=limit, rules=Rules(**rules))
        except Undone as undone:
            return undone.reply

    return ask


@pytest.fixture
def call() -> Build:
    """Builds a call; without an id, a notification."""

    def call(method: str, params: Any = None, **members: Any) -> dict[str, Any]:
        named = {} if params is None else {"params": params}
        return {"jsonrpc": "2.0", "method": method} | named | members

    return call


@pytest.fixture
def ran() -> Ran:
    """A list of what has run, and the method `mark` that adds its `name` to it."""
    names: list[str] = []

    def mark(params: Params) -> Any:
        names.append(params["name"])

    return names, {"mark": Method(mark)}
