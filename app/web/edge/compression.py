"""Compresses JSON answers and pages as the client asks (RFC 9110, 12.5.3); knows no route and no record."""

import asyncio
import gzip
import re
import sys
import threading
import zlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.edge.refusals import Header

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEAST = 1_000  # bytes: less travels in one packet as it is
LARGE = 131_072  # bytes that a thread of its own compresses, so that the loop goes on meanwhile
LONGEST = 1_024  # bytes of Accept-Encoding that are read
# Measured on a page of a thousand entries: a higher level costs more than it saves (docs/decisions/0017).
ZSTD_LEVEL = 1
GZIP_LEVEL = 2
_GZIP = 16 + zlib.MAX_WBITS  # zlib's own number for "gzip header and nothing else"
# Pages hold no secret beside what somebody else may have put in them (https://www.breachattack.com).
_TYPES = (b"application/vnd.api+json", b"application/json", b"application/x-ndjson", b"text/html")
_WEIGHT = re.compile(r"\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*")
_BODILESS = (204, 206, 304)  # and 206 has a part of a body, by its uncompressed bytes


class Compressor(Protocol):
    """One compressed answer, made piece by piece; the client can read each piece once it has come."""

    def piece(self, data: bytes, *, is_last: bool) -> bytes: ...


class _Zstd:
    def __init__(self) -> None:
        self._inner = zstd.ZstdCompressor(level=ZSTD_LEVEL)

    def piece(self, data: bytes, *, is_last: bool) -> bytes:
        inner = self._inner
        return inner.compress(data, mode=inner.FLUSH_FRAME if is_last else inner.FLUSH_BLOCK)


class _Gzip:
    def __init__(self) -> None:
        self._inner = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, _GZIP)

    def piece(self, data: bytes, *, is_last: bool) -> bytes:
        return self._inner.compress(data) + self._inner.flush(zlib.Z_FINISH if is_last else zlib.Z_SYNC_FLUSH)


class _Kept(threading.local):
    """A compressor for each thread: a new one costs five times what a small answer does."""

    def __init__(self) -> None:
        self.zstd = zstd.ZstdCompressor(level=ZSTD_LEVEL)


_kept = _Kept()


def _whole_by_zstd(body: bytes) -> bytes:
    compressor = _kept.zstd
    try:
        compressor.set_pledged_input_size(len(body))  # some readers want to know it
        return compressor.compress(body, mode=compressor.FLUSH_FRAME)
    except BaseException:
        _kept.zstd = zstd.ZstdCompressor(level=ZSTD_LEVEL)  # the old one is in the middle of a frame
        raise


class Coding(NamedTuple):
    """A content coding: how a whole body, or one that comes in pieces, is compressed."""

    name: str
    whole: Callable[[bytes], bytes]
    pieces: Callable[[], Compressor]


CODINGS = (  # of two that the client likes as well the first is taken
    Coding("zstd", _whole_by_zstd, _Zstd),
    Coding("gzip", lambda body: gzip.compress(body, GZIP_LEVEL, mtime=0), _Gzip),
)


class Choice(NamedTuple):
    """What an answer is compressed by, from how many bytes on."""

    coding: Coding
    least: int


class Compression:
    """APP, whose JSON answers are compressed where the client asks for it and they are worth it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            given = None
            for name, value in scope["headers"]:
                if name == b"accept-encoding":
                    given = value if given is None else b"%b,%b" % (given, value)
            if given is not None and len(given) <= LONGEST and (choice := choice_of(given)):
                send = _Answer(send, choice).send
        await self.app(scope, receive, send)


@lru_cache(256)
def choice_of(header: bytes) -> Choice | None:
    """What Accept-Encoding, HEADER, asks for; None: the body as it is.

    What is asked for and not known here is passed over, so a client that refuses everything else is sent the
    body as it is (RFC 9110, 12.1).
    """
    weights: dict[str, float] = {}
    for part in header.decode("latin-1").lower().split(","):
        name, has_weight, text = part.partition(";")
        weight = _WEIGHT.fullmatch(text) if has_weight else None
        known = float(weight[1]) if weight else 0.0 if has_weight else 1.0
        weights[name.strip().removeprefix("x-")] = known
    others = weights.get("*")
    plain = weights.get("identity", others)  # None: not named, and so liked least
    coding = max(CODINGS, key=lambda one: weights.get(one.name, others or 0.0))
    weight_of_it = weights.get(coding.name, others or 0.0)
    is_plain_better = "identity" in weights and weights["identity"] > weight_of_it
    if not weight_of_it or is_plain_better:
        return None
    return Choice(coding, 1 if plain == 0.0 else LEAST)


class _Answer:
    """An answer on its way: its start is held until the first of its body tells what becomes of it."""

    __slots__ = ("_choice", "_compressor", "_send", "_start")

    def __init__(self, send: Send, choice: Choice) -> None:
        self._send = send
        self._choice = choice
        self._start: Message | None = None
        self._compressor: Compressor | None = None

    async def send(self, message: Message) -> None:
        is_body = message["type"] == "http.response.body"
        if message["type"] == "http.response.start" and self._is_worth_it(message):
            self._start = message
        elif self._start is not None:
            await self._begin(message, is_body=is_body)
        elif self._compressor is not None and is_body:
            await self._send(await self._compressed(message, self._compressor))
        else:
            await self._send(message)

    def _is_worth_it(self, start: Message) -> bool:
        if start["status"] in _BODILESS:
            return False
        is_json = False
        for name, value in start.get("headers", ()):
            if name == b"content-type":
                is_json = value.startswith(_TYPES)
            elif name == b"content-length":
                if int(value) < self._choice.least:
                    return False
            elif name == b"content-encoding" or (name == b"cache-control" and b"no-transform" in value):
                return False
        return is_json

    async def _begin(self, message: Message, *, is_body: bool) -> None:
        assert self._start is not None
        start, self._start = self._start, None
        body = message.get("body", b"")
        has_more = message.get("more_body", False)
        if not is_body or (not has_more and len(body) < self._choice.least):
            await self._send(start)
            await self._send(message)
            return
        if has_more:
            self._compressor = self._choice.coding.pieces()
            message, length = await self._compressed(message, self._compressor), None
        else:
            body = await _aside(len(body), lambda: self._choice.coding.whole(body))
            message, length = {**message, "body": body}, len(body)
        await self._send({**start, "headers": _headers(start["headers"], self._choice.coding.name, length)})
        await self._send(message)

    async def _compressed(self, message: Message, compressor: Compressor) -> Message:
        body, is_last = message.get("body", b""), not message.get("more_body", False)
        piece = await _aside(len(body), lambda: compressor.piece(body, is_last=is_last))
        return {**message, "body": piece}


async def _aside(size: int, run: Callable[[], bytes]) -> bytes:
    """What RUN gives, which goes through SIZE bytes: much of it in a thread."""
    return await asyncio.to_thread(run) if size >= LARGE else run()


def _headers(given: Iterable[Header], coding: str, length: int | None) -> list[Header]:
    """The headers of an answer that is compressed now; a LENGTH of None is not known.

    Its strong tag is another than that of the same answer uncompressed (RFC 9110, 8.8.3.3).
    """
    headers: list[Header] = [(b"content-encoding", coding.encode())]
    if length is not None:
        headers.append((b"content-length", b"%d" % length))
    varies = False
    for name, value in given:
        if name == b"content-length":
            continue
        if name == b"etag" and value.startswith(b'"'):
            value = b'%b-%b"' % (value[:-1], coding.encode())
        varies = varies or (name == b"vary" and b"accept-encoding" in value.lower())
        headers.append((name, value))
    return headers if varies else [*headers, (b"vary", b"Accept-Encoding")]
