"""Sends files piece by piece: the next is read once the client has taken the last. It must not ask who may.

Threads of its own read, so that a slow disk or bucket holds up nobody else. Few answers are on their way at
once, so that what slow clients have not yet taken stays small.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.contents import Blobs
from app.errors import Overloaded
from app.filenames import disposition
from app.media_types import is_picture
from app.web.files.ranges import Part, is_known, part_of

T = TypeVar("T")

THREADS = 8
DECODING = 2  # threads that wait for a thumbnail to be made: whoever wants a file does not wait for them
MOST = 64  # answers on their way; each holds one piece of its file
SLICE = 1 << 16  # bytes handed to the connection at once, which it keeps until they are taken

# The content decides the type, and nothing in it may run.
_SAFE = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Accept-Ranges": "bytes",
}


class Sent(NamedTuple):
    """What is sent: its type, its size in bytes, its strong TAG, and for how long CACHE lets it be kept."""

    media_type: str
    size: int
    tag: str
    name: str
    cache: str

    @property
    def headers(self) -> dict[str, str]:
        is_attachment = not is_picture(self.media_type)
        return _SAFE | {
            "ETag": self.tag,
            # As it is, by its own length: a download that broke off goes on at a byte.
            "Cache-Control": f"{self.cache}, no-transform",
            "Content-Disposition": disposition(self.name, is_attachment=is_attachment),
        }


class Sender:
    """Sends what is kept in BLOBS."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._threads = ThreadPoolExecutor(THREADS, "postil-files")
        self._decoding = ThreadPoolExecutor(DECODING, "postil-thumbnails")
        self.under_way = 0

    async def read(self, run: Callable[[], T]) -> T:
        """What RUN reads, in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, run)

    async def decoded(self, run: Callable[[], T]) -> T:
        """What RUN gives, which may have to decode a picture."""
        return await asyncio.get_running_loop().run_in_executor(self._decoding, run)

    async def file(self, request: Request, hash: str, sent: Sent) -> Response:
        """The file, or the part of it that is asked for.

        Raises Unsatisfiable, Overloaded, NotFound, Unavailable.
        """
        headers = sent.headers
        if is_known(request.headers, sent.tag):
            return Response(status_code=304, headers=headers)
        part = part_of(request.headers, sent.tag, sent.size)
        status, headers, (start, end) = _framed(headers, part, sent.size)
        if request.method == "HEAD":
            return Response(b"", status, headers, sent.media_type)
        if self.under_way >= MOST:
            raise Overloaded("too many files are on their way: ask again in a second")
        pieces = self._blobs.read(hash, start, end)
        self.under_way += 1
        try:  # before the answer begins: what cannot be read is told as an error
            first = await self.read(lambda: next(pieces, b""))
        except BaseException:
            self.under_way -= 1
            raise
        return _Answer(self, first, pieces, status, headers, sent.media_type)

    def whole(self, request: Request, content: bytes, sent: Sent) -> Response:
        """CONTENT, which is small."""
        if is_known(request.headers, sent.tag):
            return Response(status_code=304, headers=sent.headers)
        part = part_of(request.headers, sent.tag, sent.size)
        status, headers, (start, end) = _framed(sent.headers, part, sent.size)
        body = b"" if request.method == "HEAD" else content[start:end]
        return Response(body, status, headers, sent.media_type)


class _Answer(StreamingResponse):
    """FIRST and the PIECES behind it. However the answer ends, it is counted no longer."""

    def __init__(
        self,
        sender: Sender,
        first: bytes,
        pieces: Iterator[bytes],
        status: int,
        headers: dict[str, str],
        media_type: str,
    ) -> None:
        self._sender = sender
        super().__init__(self._each(first, pieces), status, headers, media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._sender.under_way -= 1

    async def _each(self, piece: bytes, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
        while piece:
            for at in range(0, len(piece), SLICE):
                yield piece[at : at + SLICE]
            piece = await self._sender.read(lambda: next(pieces, b""))


def _framed(headers: dict[str, str], part: Part | None, size: int) -> tuple[int, dict[str, str], Part]:
    """Status, headers and bytes of an answer with PART, or with the whole."""
    start, end = part or (0, size)
    headers = headers | {"Content-Length": str(end - start)}
    if part is None:
        return 200, headers, Part(start, end)
    return 206, headers | {"Content-Range": f"bytes {start}-{end - 1}/{size}"}, part
