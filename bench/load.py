"""The load: so many clients on kept connections, each with one request under way. A process of its own.

A script is a request, or several that one client sends one after the other; `{id}` in one of them is the id
of the record that the answer before it was about.

Reads one JSON object (Load) from standard input, writes one (Figures) to standard output. It speaks just
as much HTTP/1.1 as it needs, so that what is measured is the server.
"""

import asyncio
import re
import sys
from functools import partial
from itertools import cycle
from time import perf_counter
from typing import cast

import msgspec

_ID = re.compile(rb'"data":\{"type":"[a-z_]+","id":"([0-9a-f-]{36})"')
_HEAD = re.compile(rb"HTTP/1\.1 (\d{3}) .*\r\ncontent-length: (\d+)\r\n", re.DOTALL | re.IGNORECASE)


class Load(msgspec.Struct):
    """SCRIPTS, their requests as they go over the wire, are sent by so many CLIENTS for so many SECONDS.

    Client n of c sends scripts n, n + c, n + 2c and so on in turn, and always the same of fewer than c.
    """

    port: int
    clients: int
    scripts: list[list[str]]
    status: int  # of every answer; any other ends the load
    warm_seconds: float
    seconds: float
    most: int = 0  # scripts that are measured, however little time they take; 0: no bound


class Figures(msgspec.Struct):
    """What came of it. Times are milliseconds from a script's first byte sent to its last received."""

    scripts: int
    answered: int  # with those that warmed up
    per_second: float  # scripts
    p50: float
    p95: float
    p99: float
    worst: float


class Client(asyncio.Protocol):
    """One connection, which sends the next request when it has the answer to the last."""

    def __init__(self, run: "Run", number: int) -> None:
        self.run = run
        self.scripts = cycle(
            run.scripts[number :: run.load.clients] or [run.scripts[number % len(run.scripts)]]
        )
        self.script: tuple[bytes, ...] = ()
        self.step = 0
        self.got = bytearray()
        self.due = 0  # bytes of the answer, head and body; 0: not known yet
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.WriteTransport, transport)  # uvloop's own is no subclass

    def begin(self) -> None:
        self.done = asyncio.get_running_loop().create_future()
        self.send()

    def send(self) -> None:
        """Begin the next script."""
        self.script, self.step = next(self.scripts), 1
        self.began = perf_counter()
        self.transport.write(self.script[0])

    def data_received(self, data: bytes) -> None:
        self.got += data
        if not self.due:
            end = self.got.find(b"\r\n\r\n")
            if end < 0:
                return
            found = _HEAD.match(self.got, 0, end + 2)
            if found is None or int(found[1]) != self.run.load.status:
                self.fail(bytes(self.got[:500]).decode(errors="replace"))
                return
            self.due = end + 4 + int(found[2])
        if len(self.got) >= self.due:
            found = _ID.search(self.got) if self.step < len(self.script) else None
            id = bytes(found[1]) if found else b""  # before what it was found in is gone
            self.got.clear()
            self.due = 0
            if id:
                self.transport.write(self.script[self.step].replace(b"{id}", id))
                self.step += 1
            elif self.step < len(self.script):
                self.fail("the answer names no record for the next request")
            else:
                self.answered()

    def answered(self) -> None:
        now = perf_counter()
        self.run.times.append(now - self.began)
        if now < self.run.until and len(self.run.times) < self.run.most:
            self.send()
        else:
            self.done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        self.fail(f"the server closed the connection: {error}")

    def fail(self, why: str) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError(why))


class Run:
    """LOAD as it is put on."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.scripts = [tuple(request.encode() for request in script) for script in load.scripts]
        self.most = load.most or sys.maxsize
        self.times: list[float] = []
        self.until = 0.0

    async def figures(self) -> Figures:
        loop = asyncio.get_running_loop()
        opened = [
            await loop.create_connection(partial(Client, self, n), "127.0.0.1", self.load.port)
            for n in range(self.load.clients)
        ]
        clients = [client for _, client in opened]
        await self.phase(clients, self.load.warm_seconds)
        warm, self.times = len(self.times), []
        took = await self.phase(clients, self.load.seconds)
        for client in clients:
            client.done.cancel()
            client.transport.close()
        return figures_of(self.times, warm, took)

    async def phase(self, clients: list[Client], seconds: float) -> float:
        """How long it took to answer all that was begun within SECONDS, one script a client or more."""
        began = perf_counter()
        self.until = began + seconds
        for client in clients:
            client.begin()
        await asyncio.gather(*(client.done for client in clients))
        return perf_counter() - began


def figures_of(times: list[float], warm: int, took: float) -> Figures:
    ranked = sorted(time * 1000 for time in times)

    def at(share: float) -> float:
        return round(ranked[min(int(len(ranked) * share), len(ranked) - 1)], 3)

    count = len(times)
    return Figures(
        count, warm + count, round(count / took, 2), at(0.5), at(0.95), at(0.99), round(ranked[-1], 3)
    )


def main() -> None:
    try:
        import uvloop
    except ImportError:
        run = asyncio.run
    else:
        run = uvloop.run
    load = msgspec.json.decode(sys.stdin.buffer.read(), type=Load)
    try:
        figures = run(Run(load).figures())
    except RuntimeError as error:
        sys.exit(f"the load ended early: {error}")
    sys.stdout.buffer.write(msgspec.json.encode(figures))


if __name__ == "__main__":
    main()
