"""Proxies between clients and a server that drop answers at random, and now and then the request.

They speak just as much HTTP/1.1 as they need to tell one message from the next: a head, and a body of the
length that it names.
"""

import asyncio
import random
import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum

from tests.campaigns.serving import HOST

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_GRACE = 10  # seconds


class Fate(StrEnum):
    """What becomes of a request. All but WHOLE end with both connections closed."""

    WHOLE = "whole"  # passed on, and its answer too
    KEPT_BACK = "kept back"  # not passed on
    CUT = "cut"  # half of it was passed on
    UNREAD = "unread"  # passed on, and nobody waits for the answer
    UNTOLD = "untold"  # passed on, and nothing of the answer
    HALF_TOLD = "half told"  # passed on, and half of the answer
    ALMOST_TOLD = "almost told"  # passed on, and the answer but for its last byte


# Mostly what leaves an effect behind that the client does not know of.
_DROPS = {
    Fate.KEPT_BACK: 1,
    Fate.CUT: 1,
    Fate.UNREAD: 2,
    Fate.UNTOLD: 2,
    Fate.HALF_TOLD: 2,
    Fate.ALMOST_TOLD: 2,
}


class LossyProxy:
    """Passes requests on to the server at UPSTREAM; of all of them, the share RATE is dropped.

    What is dropped, and how, follows from CHANCE and the order of the requests.
    """

    def __init__(self, upstream: int, rate: float, chance: random.Random) -> None:
        self.port = 0
        self.fates: Counter[Fate] = Counter()
        self._upstream = upstream
        self._rate = rate
        self._chance = chance
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        if self._server:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers = [writer]
        try:
            above, upward = await asyncio.open_connection(HOST, self._upstream)
            writers.append(upward)
            while await self._is_served(reader, writer, above, upward):
                pass
        except (OSError, EOFError, asyncio.CancelledError):
            pass  # either of them has gone, or the proxy ends
        finally:
            for one in writers:
                one.close()

    async def _is_served(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        above: asyncio.StreamReader,
        upward: asyncio.StreamWriter,
    ) -> bool:
        """Whether the next request and its answer went through whole."""
        request = await _message(reader)
        fate = self._fate()
        self.fates[fate] += 1
        if fate is Fate.KEPT_BACK:
            return False
        upward.write(request[: len(request) // 2] if fate is Fate.CUT else request)
        if fate in (Fate.CUT, Fate.UNREAD):
            return False
        answer = await _message(above)
        told = {Fate.UNTOLD: 0, Fate.HALF_TOLD: len(answer) // 2, Fate.ALMOST_TOLD: len(answer) - 1}
        writer.write(answer[: told.get(fate, len(answer))])
        return fate is Fate.WHOLE

    def _fate(self) -> Fate:
        if self._chance.random() >= self._rate:
            return Fate.WHOLE
        return self._chance.choices(list(_DROPS), list(_DROPS.values()))[0]


async def _message(reader: asyncio.StreamReader) -> bytes:
    """The next request or answer. Raises EOFError where it ends before."""
    head = await reader.readuntil(b"\r\n\r\n")
    assert b"transfer-encoding" not in head.lower(), head
    length = _LENGTH.search(head)
    return head + await reader.readexactly(int(length[1]) if length else 0)


@contextmanager
def lossy(upstream: int, rate: float, seeds: Sequence[str]) -> Iterator[list[LossyProxy]]:
    """A proxy for each of SEEDS, all before the server at UPSTREAM, run by a thread of their own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    proxies = [LossyProxy(upstream, rate, random.Random(seed)) for seed in seeds]
    try:
        for proxy in proxies:
            asyncio.run_coroutine_threadsafe(proxy.open(), loop).result(_GRACE)
        yield proxies
    finally:
        asyncio.run_coroutine_threadsafe(_closed(proxies), loop).result(_GRACE)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_GRACE)
        loop.close()


async def _closed(proxies: Sequence[LossyProxy]) -> None:
    for proxy in proxies:
        proxy.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
