"""Find the endpoint of a path in a table, at a cost that does not grow with the routes.

Starlette's own search is linear: 400 routes cost 14 times one.
"""

import urllib.parse
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

Endpoint = Callable[[Request], Awaitable[Response]]
Refusal = Callable[[Request, Exception], Response]  # the answer to a failure, in a face's own format


@dataclass(frozen=True)
class Entry:
    """That METHOD on the paths of TEMPLATE (`/entries/{id}`) is answered by ENDPOINT; failures by REFUSE.

    A last part `{name*}` is all that is left of the path, slashes too.
    """

    method: str
    template: str
    endpoint: Endpoint
    refuse: Refusal
    allows_head: bool = True  # whether HEAD may do what GET does


class MethodNotAllowed(Exception):
    """The path is known, and not by this method. ALLOWED are those it is known by."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__(f"the method is not allowed here: {', '.join(allowed)}")
        self.allowed = allowed


class PathUnknown(Exception):
    """There is nothing at this path."""


@dataclass
class _Node:
    children: dict[str, "_Node"] = field(default_factory=dict)
    anything: "_Node | None" = None
    name: str = ""  # of the parameter that leads here
    takes_rest: bool = False  # whether the parameter is all that is left
    entries: dict[str, Entry] = field(default_factory=dict)


class _Request(Request):
    """A request whose headers are looked up at once: Starlette's own goes through all of them each time."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        super().__init__(scope, receive)
        self._given = _Headers(scope)

    @property
    def headers(self) -> Headers:
        return self._given


class _Headers(Headers):
    def __init__(self, scope: Scope) -> None:
        super().__init__(scope=scope)
        # Of two of a name the first is given, as there.
        self._first: dict[str, str] = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])
        }

    def __getitem__(self, key: str) -> str:
        return self._first[key.lower()]

    def __contains__(self, key: Any) -> bool:
        return key.lower() in self._first

    def get(self, key: str, default: Any = None) -> Any:
        return self._first.get(key.lower(), default)


class Table(BaseRoute):
    """All routes of the service. A trailing slash is accepted. REFUSE answers for unknown paths."""

    def __init__(self, entries: Iterable[Entry], refuse: Refusal) -> None:
        self._root = _Node()
        self._refuse = refuse
        for entry in entries:
            self._add(entry)

    def _add(self, entry: Entry) -> None:
        node = self._root
        for part in entry.template.strip("/").split("/"):
            if part.startswith("{"):
                name = part[1:-1]
                node.anything = node.anything or _Node(name=name.rstrip("*"), takes_rest=name.endswith("*"))
                node = node.anything
            else:
                node = node.children.setdefault(part, _Node())
        if entry.method in node.entries:
            raise ValueError(f"two routes for {entry.method} {entry.template}")
        node.entries[entry.method] = entry

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return (Match.FULL, {}) if scope["type"] == "http" else (Match.NONE, {})

    def url_path_for(self, name: str, /, **path_params: Any) -> Any:
        raise LookupError(name)  # links are written from templates

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = _Request(scope, receive)
        refuse = self._refuse
        try:
            entry, parameters = self._find(scope)
            refuse = entry.refuse
            scope["path_params"] = parameters
            scope["state"]["route"] = entry.template
            response = await entry.endpoint(request)
        except Exception as error:
            if isinstance(error, MethodNotAllowed) and scope["method"] == "OPTIONS":
                response = Response(status_code=204, headers={"Allow": ", ".join(error.allowed)})
            else:
                response = refuse(request, error)  # raises what is no failure but a fault of ours
        await response(scope, receive, send)

    def _find(self, scope: Scope) -> tuple[Entry, dict[str, str]]:
        node: _Node | None = self._root
        parameters: dict[str, str] = {}
        # The raw path: an encoded slash is no slash.
        path = scope.get("raw_path", b"").decode("latin-1").partition("?")[0] or scope["path"]
        parts = path.strip("/").split("/")
        for n, part in enumerate(parts):
            assert node is not None
            part = urllib.parse.unquote(part, errors="replace")
            if (child := node.children.get(part)) is None and (child := node.anything) is not None:
                rest = "/".join(parts[n:])
                parameters[child.name] = (
                    urllib.parse.unquote(rest, errors="replace") if child.takes_rest else part
                )
            node = child
            if node is not None and node.takes_rest:
                break
            if node is None:
                raise PathUnknown(path)
        if not node or not node.entries:
            raise PathUnknown(path)
        return _entry_for(node, scope["method"]), parameters


def _entry_for(node: _Node, method: str) -> Entry:
    entry = node.entries.get(method)
    if entry is None and method == "HEAD" and (got := node.entries.get("GET")) and got.allows_head:
        return got
    if entry is None:
        get = node.entries.get("GET")
        allowed = {*node.entries, *(("HEAD",) if get and get.allows_head else ())}
        raise MethodNotAllowed(tuple(sorted(allowed)))
    return entry
