"""Looks at how a body begins without taking anything of it. It does not know what it is for."""

import zlib
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.types import Message, Receive

from app.web.edge.bodies import GZIP

MOST = 1 << 16  # bytes that are looked at: what begins with more spaces is not ours to understand


async def first_byte(request: Request) -> tuple[bytes, Request]:
    """The first byte of the body that is no space, inflated; empty where none is. And the request anew."""
    is_packed = request.headers.get("content-encoding", "").lower() in ("gzip", "x-gzip")
    seen: list[Message] = []
    found = b""
    async for piece in _inflated(_pieces(request.receive, seen), is_packed):
        found = piece.lstrip()[:1]
        if found:
            break
    return found, Request(request.scope, _again(seen, request.receive))


async def _pieces(receive: Receive, seen: list[Message]) -> AsyncIterator[bytes]:
    size = 0
    while size < MOST:
        message = await receive()
        seen.append(message)
        piece = message.get("body", b"")
        size += len(piece)
        yield piece
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return


async def _inflated(pieces: AsyncIterator[bytes], is_packed: bool) -> AsyncIterator[bytes]:
    inflater = zlib.decompressobj(GZIP)
    async for piece in pieces:
        try:
            yield inflater.decompress(piece, MOST) if is_packed else piece
        except zlib.error:
            return  # whoever reads it tells


def _again(seen: list[Message], receive: Receive) -> Receive:
    """What was SEEN, and then the rest."""
    waiting = iter(seen)

    async def next_message() -> Message:
        message = next(waiting, None)
        return await receive() if message is None else message

    return next_message
