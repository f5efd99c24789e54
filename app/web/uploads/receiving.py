"""Receives bodies that are files: to disk as they come, in threads of its own. It must not ask who may."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from starlette.requests import Request

from app.pictures import LARGEST_BYTES
from app.web.edge import body_pieces
from app.web.edge.refusals import request_timeout
from app.web.service import Service
from app.web.uploads.arrivals import Arrived, arrived
from app.web.uploads.parts import MOST_FILES, Parts, Wanted
from app.web.uploads.spools import Spool
from app.work import Sources

T = TypeVar("T")

THREADS = 8
STEP = 1 << 18  # bytes of a request that are held at once
# A sweep leaves what was put less than a day ago: the rows that name it are there long before.
MOST_SECONDS = 6 * 3600


class Receiver:
    """Takes files of at most LARGEST bytes, which are in FOLDER while they come, and puts them by SOURCES."""

    def __init__(self, sources: Sources, folder: Path, largest: int) -> None:
        self._sources = sources
        self._folder = folder
        self.largest = largest
        self._threads = ThreadPoolExecutor(THREADS, "postil-uploads")

    async def one(self, request: Request, name: Callable[[], str], limit: int | None = None) -> Arrived:
        """The body of REQUEST as a file, of at most LIMIT bytes. Raises Refused, Unavailable."""
        limit = min(limit or self.largest, self.largest)
        spool = await self._aside(partial(self._spool, limit))
        try:
            await self._each(request, limit, spool.write)
            await self._aside(spool.finish)
            return await self._aside(partial(arrived, self._sources, spool, name))
        finally:
            await self._aside(spool.remove)

    async def many(
        self, request: Request, boundary: bytes, wanted: Wanted, limit: int | None = None
    ) -> list[Arrived]:
        """The files of a multipart body, as sent. Raises Malformed, Invalid, Refused, Unavailable."""
        return (await self.form(request, boundary, wanted, limit))[1]

    async def form(
        self, request: Request, boundary: bytes, wanted: Wanted, limit: int | None = None
    ) -> tuple[dict[str, str], list[Arrived]]:
        """The same, with the parts that are no files, by name."""
        limit = min(limit or self.largest, self.largest)
        parts = Parts(self._sources, self._made_folder(), limit, boundary, wanted)
        try:
            await self._each(request, self._most(request), parts.write)
            return parts.fields, parts.finish()
        finally:
            await self._aside(parts.remove)

    def _most(self, request: Request) -> int:
        """How many bytes a form has. A packed one costs its sender a thousandth: it has those of a file."""
        is_packed = "content-encoding" in request.headers
        return self.largest if is_packed else max(self.largest, MOST_FILES * LARGEST_BYTES)

    async def _each(self, request: Request, limit: int, write: Callable[[bytes], None]) -> None:
        try:
            async with asyncio.timeout(MOST_SECONDS):
                async for piece in _gathered(body_pieces(request.scope, request.receive, limit)):
                    await self._aside(partial(write, piece))
        except TimeoutError:
            raise request_timeout() from None

    async def _aside(self, run: Callable[[], T]) -> T:
        """What RUN gives, in a thread. It is not left behind: where we are told to end, it ends first."""
        running = asyncio.get_running_loop().run_in_executor(self._threads, run)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            raise

    def _spool(self, limit: int) -> Spool:
        return Spool(self._made_folder(), limit)

    def _made_folder(self) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder


async def _gathered(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """PIECES in larger ones: a thread is not asked for each packet."""
    held = bytearray()
    async for piece in pieces:
        held += piece
        if len(held) >= STEP:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


def receiver_of(service: Service) -> Receiver:
    return Receiver(service.database.sources, service.drafts, service.upload_bytes)
