"""Asks the service's own API from within: no socket, but every rule. It knows no page."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlencode

import msgspec

from app.web.dashboard.records import Included, Record
from app.web.routing import Table

MEDIA_TYPE = "application/vnd.api+json"
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Call:
    """A request to the API: METHOD PATH?QUERY, with BODY as JSON where it is not None."""

    method: str
    path: str  # from the root, as `/entries/0190...`
    query: Pairs = ()
    body: Any = None
    headers: Pairs = ()  # beside those that every call has

    @property
    def target(self) -> str:
        """Path and query as they stand in a URL."""
        asked = urlencode(self.query, quote_via=quote, safe="[],:/")
        return f"{self.path}?{asked}" if asked else self.path


@dataclass(frozen=True)
class Answer:
    """What the API answered."""

    status: int
    headers: Mapping[str, str]
    document: Any  # as JSON, a list of a file of lines; None for an empty body

    @property
    def is_refused(self) -> bool:
        return self.status >= 400

    @property
    def record(self) -> Record:
        """The one record that is told, with what was included."""
        return Record(self.document["data"], self._included)

    @property
    def records(self) -> list[Record]:
        """The records of a list, with what was included."""
        included = self._included
        return [Record(one, included) for one in self.document["data"]]

    @property
    def _included(self) -> Included:
        return {(one["type"], one["id"]): one for one in self.document.get("included", ())}

    @property
    def meta(self) -> Mapping[str, Any]:
        told: Mapping[str, Any] = self.document.get("meta", {})
        return told

    @property
    def links(self) -> Mapping[str, str]:
        told: Mapping[str, str] = self.document.get("links", {})
        return told

    @property
    def errors(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (self.document or {}).get("errors", [])
        return found


class Api:
    """The routes of the API, asked in the name of whoever holds a key."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def ask(self, scope: Mapping[str, Any], secret: str, call: Call) -> Answer:
        """What is answered to CALL, made by the holder of SECRET, who came by the request of SCOPE."""
        content = b"" if call.body is None else msgspec.json.encode(call.body)
        headers = [
            *((name, value) for name, value in scope["headers"] if name == b"host"),
            (b"authorization", f"Bearer {secret}".encode()),
            (b"accept", MEDIA_TYPE.encode()),
            (b"content-length", str(len(content)).encode()),
        ]
        if call.body is not None:
            headers.append((b"content-type", MEDIA_TYPE.encode()))
        headers += [(name.lower().encode(), value.encode()) for name, value in call.headers]
        path, _, query = call.target.partition("?")
        asked = inner_scope(scope, call.method, path, query.encode(), headers)
        start, body = await _answered(self._table, asked, content)
        told = {name.decode().lower(): value.decode("latin-1") for name, value in start["headers"]}
        return Answer(start["status"], told, _document(told.get("content-type", ""), body))

    async def pass_on(
        self, scope: Mapping[str, Any], secret: str, path: str, receive: Any, send: Any
    ) -> None:
        """Hand the request of SCOPE on to PATH (quoted), with the key of SECRET in place of its own."""
        dropped = (b"authorization", b"cookie")
        headers = [(name, value) for name, value in scope["headers"] if name not in dropped]
        headers.append((b"authorization", f"Bearer {secret}".encode()))
        asked = inner_scope(scope, scope["method"], path, scope["query_string"], headers)
        await self._table.handle(asked, receive, send)


def _document(media_type: str, content: bytes) -> Any:
    """CONTENT as JSON; of a file of lines the whole ones, each as JSON."""
    if not content or "json" not in media_type:
        return None
    if "ndjson" in media_type:
        return [msgspec.json.decode(line) for line in content.split(b"\n")[:-1]]
    return msgspec.json.decode(content)


def inner_scope(
    scope: Mapping[str, Any], method: str, path: str, query: bytes, headers: Iterable[tuple[bytes, bytes]]
) -> dict[str, Any]:
    """SCOPE, as of a request for PATH (quoted)."""
    return {
        **scope,
        "method": method,
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query,
        "headers": list(headers),
        "state": dict(scope["state"]),
    }


async def _answered(table: Table, scope: dict[str, Any], content: bytes) -> tuple[Any, bytes]:
    sent = [{"type": "http.request", "body": content, "more_body": False}]
    told: list[Any] = []

    async def receive() -> Any:
        if sent:
            return sent.pop()
        return await asyncio.Event().wait()  # who asks stays to the end

    async def send(message: Any) -> None:
        told.append(message)

    await table.handle(scope, receive, send)
    return told[0], b"".join(message.get("body", b"") for message in told[1:])
