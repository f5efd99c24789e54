"""Reads request bodies within a limit, as they come; knows nothing of what they hold."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from io import BytesIO

from starlette.types import Receive, Scope

from app.web.edge.refusals import (
    body_encoding_invalid,
    payload_too_large,
    request_malformed,
    unsupported_encoding,
)

STEP = 65_536  # bytes inflated at once: all a bomb costs beyond the limit
GZIP = 16 + zlib.MAX_WBITS  # zlib's own number for "gzip header and nothing else"


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The body of the request, inflated, of at most LIMIT bytes.

    Raises Refused: 413 over the limit (before a byte is read where Content-Length tells), 415 for an encoding
    other than gzip, 400 for broken gzip or a client that left in the middle.
    """
    pieces = _pieces(scope, receive, limit)
    if pieces is None:
        return b""

    # Not a list: one-byte chunks would cost 40 times their size. getvalue() hands out without a copy.
    body = BytesIO()
    async for piece in pieces:
        if body.tell() + len(piece) > limit:
            raise payload_too_large(limit)
        body.write(piece)
    return body.getvalue()


async def body_pieces(scope: Scope, receive: Receive, limit: int) -> AsyncIterator[bytes]:
    """The same body piece by piece, each of some 64 KiB: none is held longer than it is asked for."""
    size = 0
    async for piece in _pieces(scope, receive, limit) or _nothing():
        size += len(piece)
        if size > limit:
            raise payload_too_large(limit)
        yield piece


def _pieces(scope: Scope, receive: Receive, limit: int) -> AsyncIterator[bytes] | None:
    """The body as it comes, inflated, of at most LIMIT bytes as they are sent; None: there is none."""
    encoding, declared = _framing(scope)
    if declared == 0 and not encoding:
        return None
    if declared > limit:
        raise payload_too_large(limit)
    pieces = _counted(receive, limit)
    if encoding in (b"gzip", b"x-gzip"):
        return _inflated(pieces)
    if encoding not in (b"", b"identity"):
        raise unsupported_encoding()
    return pieces


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""


def _framing(scope: Scope) -> tuple[bytes, int]:
    """Content-Encoding, lower case, several joined by commas, and Content-Length, -1 where none is given."""
    encodings, length = [], -1
    for name, value in scope["headers"]:
        if name == b"content-encoding":
            encodings.append(value.strip().lower())
        elif name == b"content-length":
            if not value.isdigit():
                raise request_malformed("Content-Length must be a number.", "Content-Length")
            length = int(value)
    return b",".join(encodings), length


async def _counted(receive: Receive, limit: int) -> AsyncIterator[bytes]:
    # What is received counts too: gzip has blocks that inflate to nothing, without end.
    received = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise request_malformed("The body ended early.")
        piece: bytes = message.get("body", b"")
        received += len(piece)
        if received > limit:
            raise payload_too_large(limit)
        if piece:
            yield piece
        if not message.get("more_body", False):
            return


async def _inflated(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    inflater = zlib.decompressobj(GZIP)
    empty = True
    async for piece in pieces:
        empty = False
        while piece:
            yield _step(inflater, piece)
            piece = inflater.unconsumed_tail
            if piece:
                await asyncio.sleep(0)  # a body that inflates a thousandfold must not hold up the others
    if not (inflater.eof or empty):
        raise body_encoding_invalid("The gzip data ends early.")


def _step(inflater: "zlib._Decompress", piece: bytes) -> bytes:
    # One member only: a body of many empty ones would cost an inflater for each 20 bytes.
    if inflater.eof:
        raise body_encoding_invalid("Data follows the end of the gzip data.")
    try:
        inflated = inflater.decompress(piece, STEP)
    except zlib.error as error:
        raise body_encoding_invalid("The body is not valid gzip.") from error
    if inflater.unused_data:
        raise body_encoding_invalid("Data follows the end of the gzip data.")
    return inflated
