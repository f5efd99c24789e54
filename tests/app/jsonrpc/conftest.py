"""The laboratory at each mount, and what the tests of JSON-RPC send and expect."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.declare import RESOURCES
from app.web.jsonapi.mounts import MOUNTS
from app.web.jsonrpc import methods_of
from tests.lab import Lab, Person, Reply

Send = Callable[..., Reply]
New = Callable[..., dict[str, Any]]

NOBODY = "01890000-0000-7000-8000-000000000000"  # an id that nothing has
POINT = {"type": "point", "x": 1, "y": 2}
SECRET = "postgres://root:hunter2@10.0.0.1"  # what a crash's text might hold
INVALID = {"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid Request"}, "id": None}
UNPARSED = {"jsonrpc": "2.0", "error": {"code": -32700, "message": "Parse error"}, "id": None}
CANCELLED = "Batch execution cancelled due to previous error"
JSON = {"Content-Type": "application/json"}


def unknown(id: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "error": {"code": -32601, "message": "Method not found"}, "id": id}


def cancelled(id: Any, **data: Any) -> dict[str, Any]:
    message = "Batch undone: another call of it failed" if data else CANCELLED
    return {
        "jsonrpc": "2.0",
        "error": {"code": -32603, "message": message, "data": {"cancelled": True, **data}},
        "id": id,
    }


@pytest.fixture(params=MOUNTS, ids=["plain", "prefixed"])
def owner(request: pytest.FixtureRequest, lab: Lab) -> Person:
    """The owner, talking to one of the mounts."""
    return lab.owner.at(request.param.path)


def call(method: str, params: Any = None, **members: Any) -> dict[str, Any]:
    """A call; without an id it is a notification."""
    return {"jsonrpc": "2.0", "method": method} | ({} if params is None else {"params": params}) | members


@pytest.fixture
def send(owner: Person) -> Send:
    """Sends a body to `/annotations/_rpc`, as JSON unless it is bytes."""

    def ask(body: Any, query: str = "", **headers: str) -> Reply:
        content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        sent = JSON | {name.replace("_", "-"): value for name, value in headers.items()}
        return owner.post(f"/annotations/_rpc{query}", raw=content, headers=sent)

    return ask


@pytest.fixture
def new(lab: Lab) -> New:
    """Parameters of a new annotation."""

    def params(n: Any = 0, **more: Any) -> dict[str, Any]:
        return {"entry_id": lab.entry, "dimensions": POINT, "annotation": {"n": n}, **more}

    return params


@pytest.fixture
def made(lab: Lab) -> str:
    return lab.new_annotation()


def labels(lab: Lab) -> list[Any]:
    """What the annotations of the laboratory's entry bear."""
    found = lab.owner.get(f"/annotations?filter[entry_id]={lab.entry}&page[size]=1000").data
    return sorted(one["attributes"]["annotation"]["n"] for one in found)


@pytest.fixture
def crash(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Makes a method of annotations crash from now on. What is logged is not written out, which is slow."""

    def spoil(name: str) -> None:
        def run(*given: Any) -> Any:
            raise RuntimeError(SECRET)

        methods = methods_of(RESOURCES["annotations"])
        monkeypatch.setitem(methods, name, replace(methods[name], run=run, run_many=None))

    with capture_logs():
        yield spoil
