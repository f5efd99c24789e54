"""Where Postil's own time goes: a measure's requests, called in this process and thread, under cProfile."""

import asyncio
import cProfile
import logging
import os
import pstats
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from starlette.types import ASGIApp, Message, Scope

from app.logs import configure
from app.main import build
from app.settings import Settings
from app.storage.sqlite import connect
from app.storage.transaction import SQLITE, Numbers, Transaction
from app.work import Actor, Sources, Work
from bench.data import Filled
from bench.measures import MEASURES

T = TypeVar("T")

SECONDS = 2.0
LINES = 35


class InThisThread:
    """A database that runs every unit at once where it is asked, so that one profile sees it all."""

    def __init__(self, path: Path) -> None:
        self._connection = connect(path)
        self._sources = Sources()
        self._numbers = Numbers(self._connection)

    async def read(self, actor: Actor, job: Callable[[Work], T]) -> T:
        return self._run("BEGIN", actor, job)

    async def write(self, actor: Actor, job: Callable[[Work], T]) -> T:
        return self._run("BEGIN IMMEDIATE", actor, job)

    def write_now(self, actor: Actor, job: Callable[[Work], T]) -> T:
        return self._run("BEGIN IMMEDIATE", actor, job)

    def check(self) -> dict[str, Any]:
        return {}

    def close(self) -> None:
        self._connection.close()

    def _run(self, begin: str, actor: Actor, job: Callable[[Work], T]) -> T:
        self._connection.execute(begin)
        try:
            transaction = Transaction(self._connection, SQLITE, self._numbers)
            return job(Work(transaction, actor, self._sources.clock(), self._sources))
        finally:
            self._connection.execute("COMMIT")


def profile(name: str, data: Filled, out: Path) -> None:
    """Print which functions the measure NAME spends its time in, by themselves, then with their callees."""
    measure = MEASURES[name]
    _log_to_nowhere()
    with tempfile.TemporaryDirectory(dir=out, prefix="run-") as place:
        path = data.copy_to(Path(place) / "postil")
        database = InThisThread(path)
        app = build(Settings(data=path.parent), database)
        calls = [_call_of(request) for request in measure.requests_of(data)]
        found = cProfile.Profile()
        count = asyncio.run(_calls(app, calls, measure.status, found))
        database.close()
    print(f"{count} requests of {name}; no server, no socket, no thread")
    stats = pstats.Stats(found)
    stats.strip_dirs().sort_stats("tottime").print_stats(LINES)
    stats.sort_stats("cumtime").print_stats(LINES)


def _log_to_nowhere() -> None:
    """Log as a server does, its cost included, and drop what is written."""
    configure(Settings().log_level)
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(open(os.devnull, "w"))  # noqa: SIM115 - open until the process ends


Call = tuple[Scope, bytes]


async def _calls(app: ASGIApp, calls: list[Call], status: int, found: cProfile.Profile) -> int:
    """Call APP for some seconds; how many times."""
    loop = asyncio.get_running_loop()
    for call in calls[:3]:  # statements and writers are compiled by the first
        await _answer(app, call, status)
    until, count = loop.time() + SECONDS, 0
    found.enable()
    while loop.time() < until:
        await _answer(app, calls[count % len(calls)], status)
        count += 1
    found.disable()
    return count


async def _answer(app: ASGIApp, call: Call, status: int) -> None:
    scope, body = call

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    async def send(message: Message) -> None:
        if message.get("status", status) != status:
            raise RuntimeError(f"answered {message['status']}")

    await app({**scope, "state": {}}, receive, send)


def _call_of(request: bytes) -> Call:
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
