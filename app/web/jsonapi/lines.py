"""A list by lines (https://github.com/ndjson/ndjson-spec): every match, of one snapshot, in constant memory.

Each line is a record, as in the `data` of a page, and bears its cursor: whoever is cut off goes on behind
the last whole line. The last line of a stream is no record: it says how the stream ended.
"""

import re
from collections.abc import AsyncIterator, Callable, Generator
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.declare import Resource
from app.errors import BadQuery, Forbidden, Problem
from app.operations import reading
from app.query import PAGE_SIZE
from app.storage.streams import Stream
from app.web.errors import error_response
from app.web.jsonapi import cursors
from app.web.jsonapi.calls import Call
from app.web.jsonapi.documents import Asked, list_shape
from app.web.jsonapi.mounts import query_of
from app.web.jsonapi.negotiation import LINES
from app.web.jsonapi.parse import without_page
from app.web.jsonapi.writer import writer_of
from app.web.service import Service
from app.work import Actor, Work

PIECE = 1 << 16  # characters that are sent at once: who takes fewer in the time of a stall is dropped
READ = 1 << 20  # characters that are read at once, more or less, up to a page of records
FIRST = 100  # records that are read at first: how large they are is not known yet

Check = Callable[[Work], Any]  # what is asked in the snapshot before the first record


class Piece(NamedTuple):
    """Some lines, how many they are, and the cursor of the last."""

    text: bytes
    lines: int
    cursor: str


async def stream(
    call: Call, service: Service, card: Resource, asked: Asked, check: Check | None = None
) -> Response:
    """All records of CARD that ASKED finds, by lines. Raises BadQuery, Overloaded, and what CHECK raises."""
    _refuse_parts(asked)
    job = partial(_pieces, card=card, asked=asked, check=check)
    pieces = await service.database.stream(call.actor, job)
    if call.request.method == "HEAD":
        await pieces.leave()  # so that who asks again at once is not refused for this one
        return Response(b"", headers=_HEADERS, media_type=LINES)
    return _Lines(call, service, asked, pieces)


_HEADERS = {"Cache-Control": "no-store", "Vary": "Accept, Accept-Encoding, Authorization"}


def _refuse_parts(asked: Asked) -> None:
    """Raise BadQuery where ASKED is of a page: a stream has all, and nothing beside its records."""
    said = {name for name, _ in asked.params}
    for name in ("page[number]", "page[size]", "page[before]"):
        if name in said:
            raise BadQuery(f"{name}: a stream has every match", name, code="parameter_conflict")
    if asked.query.included:
        raise BadQuery("nothing is included in a stream", "include", code="parameter_conflict")
    if asked.query.count:
        raise BadQuery("the last line of a stream counts", "count", code="parameter_conflict")


def _pieces(work: Work, card: Resource, asked: Asked, check: Check | None) -> Generator[Piece, None, None]:
    if check:
        check(work)
    query = replace(asked.query, by_cursor=True)
    writer = writer_of(list_shape(card, asked.place, query))
    sort = ",".join(query.sort)
    places = [writer.fields.index(field) for field in cursors.fields_of(query.sort)]
    wanted = FIRST
    with reading.every(work, card, query, writer.fields) as fetch:
        while rows := fetch(wanted):
            texts = writer.write(rows)
            start = size = total = 0
            for at, line in enumerate(texts, 1):
                size += len(line)
                if size >= PIECE or at == len(texts):
                    keys = tuple(rows[at - 1][place] for place in places)
                    yield Piece(_text_of(texts[start:at]), at - start, cursors.write(sort, keys))
                    start, size, total = at, 0, total + size
            wanted = max(1, min(PAGE_SIZE, len(rows) * READ // total))


def _text_of(lines: list[str]) -> bytes:
    text = "\n".join(lines) + "\n"
    if not text.isascii():  # what many a client takes for the end of a line
        text = _BREAKS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return text.encode()


_BREAKS = re.compile("[\x85\u2028\u2029]")


class _Lines(StreamingResponse):
    """PIECES as they come, and a last line. However the answer ends, the stream does."""

    def __init__(self, call: Call, service: Service, asked: Asked, pieces: Stream[Piece]) -> None:
        super().__init__(self._texts(), headers=_HEADERS, media_type=LINES)
        self._request: Request = call.request
        self._actor: Actor = call.actor
        self._service = service
        self._asked = asked
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._pieces.close()

    async def _texts(self) -> AsyncIterator[bytes]:
        count = 0
        cursor = next((value or "" for name, value in self._asked.params if name == "page[after]"), "")
        try:
            async for piece in self._pieces:
                await self._check_actor()
                yield piece.text
                count, cursor = count + piece.lines, piece.cursor
        except Problem as problem:
            yield bytes(error_response(self._request, problem).body) + b"\n"
            return
        yield self._last(count, cursor) + b"\n"

    async def _check_actor(self) -> None:
        """Raise Unauthenticated or Forbidden where the key has been revoked, or may other things now."""
        if await self._service.keys.actor_of(self._request.headers) != self._actor:
            raise Forbidden("what you may do has changed: ask for the stream anew", code="access_changed")

    def _last(self, count: int, cursor: str) -> bytes:
        meta = {"end": self._pieces.is_whole, "count": count}
        if self._pieces.is_whole:
            return msgspec.json.encode({"meta": meta})
        asked = self._asked
        rest = asked.address + query_of([*without_page(asked.params), ("page[after]", cursor)])
        return msgspec.json.encode({"links": {"next": rest}, "meta": meta})
