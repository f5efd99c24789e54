"""Where Postil's own time goes: a measure's requests, called in this process and thread, under cProfile."""

import asyncio
import cProfile
import logging
import os
import pstats
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from starlette.types import ASGIApp, Message, Scope

from app.logs import configure
from app.main import build
from app.settings import Settings
from app.storage import postgresql, sqlite
from app.storage.opening import sqlite_path
from app.storage.pipelines import PipelinedTransaction
from app.storage.streams import P, Stream, StreamJob
from app.storage.transaction import SQLITE, Numbers, Transaction
from app.work import Actor, Sources, Work
from bench.measures import MEASURES
from bench.rounds import Bed

T = TypeVar("T")

SECONDS = 2.0
LINES = 35

_TOLD = re.compile(rb'"data":\{"type":"[a-z_]+","id":"([0-9a-f-]{36})"')


class InThisThread:
    """A database that runs every unit at once where it is asked, so that one profile sees it all."""

    def __init__(self, url: str) -> None:
        self.sources = Sources()
        if path := sqlite_path(url):
            self._connection: Any = sqlite.connect(path)
            self._numbers: Numbers | None = Numbers(self._connection)
            self._begins = ("BEGIN", "BEGIN IMMEDIATE")
        else:
            self._connection = postgresql.connect(url)
            self._numbers = None
            self._begins = (postgresql.BEGIN_READ, postgresql.BEGIN_WRITE)

    async def read(self, actor: Actor, job: Callable[[Work], T], *, is_point: bool = False) -> T:
        return self._run(self._begins[0], actor, job)

    async def write(self, actor: Actor, job: Callable[[Work], T]) -> T:
        return self._run(self._begins[1], actor, job)

    def write_now(self, actor: Actor, job: Callable[[Work], T]) -> T:
        return self._run(self._begins[1], actor, job)

    async def stream(self, actor: Actor, job: StreamJob[P]) -> Stream[P]:
        raise RuntimeError("a stream is read by a thread of its own, and a profile sees one thread")

    @property
    def rung_at(self) -> str | None:
        return None

    def read_now(self, actor: Actor, job: Callable[[Work], T]) -> T:
        raise RuntimeError("no job is profiled")

    def check(self) -> dict[str, Any]:
        return {}

    def close(self) -> None:
        self._connection.close()

    def _run(self, begin: str, actor: Actor, job: Callable[[Work], T]) -> T:
        if self._numbers is None:
            pipelined = PipelinedTransaction(self._connection, begin, str)
            result = job(Work(pipelined, actor, self.sources))
            pipelined.commit()
            return result
        self._connection.execute(begin)
        try:
            transaction = Transaction(self._connection, SQLITE, self.sources.clock(), self._numbers)
            return job(Work(transaction, actor, self.sources))
        finally:
            self._connection.execute("COMMIT")


def profile(name: str, bed: Bed) -> None:
    """Print which functions the measure NAME spends its time in, by themselves, then with their callees."""
    measure = MEASURES[name]
    _log_to_nowhere()
    with tempfile.TemporaryDirectory(dir=bed.out, prefix="run-") as place:
        url = bed.store.copy_of(bed.url, Path(place))
        database = InThisThread(url)
        app = build(Settings(data=Path(place), database=url), database)
        found = cProfile.Profile()
        count = asyncio.run(_calls(app, measure.scripts_of(bed.data), measure.status, found))
        database.close()
    print(f"{name}: {count} times {measure.about}; no server, no socket, no thread")
    stats = pstats.Stats(found)
    stats.strip_dirs().sort_stats("tottime").print_stats(LINES)
    stats.sort_stats("cumtime").print_stats(LINES)


def _log_to_nowhere() -> None:
    """Log as a server does, its cost included, and drop what is written."""
    configure(Settings().log_level)
    nowhere = open(os.devnull, "w")  # noqa: SIM115 - open until the process ends
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(nowhere)
    os.dup2(nowhere.fileno(), 2)  # the request log writes there by its number


async def _calls(app: ASGIApp, scripts: list[list[bytes]], status: int, found: cProfile.Profile) -> int:
    """Call APP for some seconds; how many scripts."""
    loop = asyncio.get_running_loop()
    for script in scripts[:3]:  # statements and writers are compiled by the first
        await _answer_all(app, script, status)
    until, count = loop.time() + SECONDS, 0
    found.enable()
    while loop.time() < until:
        await _answer_all(app, scripts[count % len(scripts)], status)
        count += 1
    found.disable()
    return count


async def _answer_all(app: ASGIApp, script: list[bytes], status: int) -> None:
    body = b""
    for request in script:
        if b"{id}" in request and (told := _TOLD.search(body)):
            request = request.replace(b"{id}", told[1])
        body = await _answer(app, request, status)


async def _answer(app: ASGIApp, request: bytes, status: int) -> bytes:
    scope, given = _call_of(request)
    bodies: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": given}

    async def send(message: Message) -> None:
        if message.get("status", status) != status:
            raise RuntimeError(f"answered {message['status']}")
        bodies.append(message.get("body", b""))

    await app({**scope, "state": {}}, receive, send)
    return b"".join(bodies)


def _call_of(request: bytes) -> tuple[Scope, bytes]:
    """REQUEST as a server would hand it to an app."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *fields = head.split(b"\r\n")
    method, target, _ = first.decode().split(" ")
    path, _, query = target.partition("?")
    headers = [(name.lower(), value) for name, _, value in (field.partition(b": ") for field in fields)]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    return scope, body
