"""Readers of streams: they take as much as they are told, when they are told; and what is held meanwhile."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import psycopg
from pysqlite3 import dbapi2 as pysqlite3

from app.main import build
from app.resources.entries import ENTRIES
from app.settings import Settings
from app.storage import sqlite
from app.storage.opening import open_database, sqlite_path
from app.storage.postgresql import STREAM_NAME
from app.storage.streams import StreamLimits
from app.work import SYSTEM, Work
from tests.client import served
from tests.lab import Dice, House, Lab, Person

PATIENCE = 20  # seconds in which what is to happen "eventually" must have happened
Take = Callable[[bytes], Awaitable[None]]


async def _take_all(body: bytes) -> None:
    """Take BODY at once."""


class Reader:
    """Somebody who asks for a list, by lines, at the ASGI application itself: no socket holds anything."""

    def __init__(
        self, person: Person, path: str, take: Take = _take_all, accept: str = "application/x-ndjson"
    ) -> None:
        self._app: Any = person.house.client.app
        self._take = take
        self._has_left = asyncio.Event()
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""
        path, _, query = path.partition("?")
        headers = {
            "host": "localhost",
            "authorization": f"Bearer {person.key}",
            "accept": accept,
        }
        self._scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "state": {},
        }

    def leave(self) -> None:
        self._has_left.set()

    async def run(self) -> "Reader":
        """Read until the end."""
        await self._app(self._scope, self._receive, self._send)
        return self

    async def _receive(self) -> Any:
        await self._has_left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        elif body := message.get("body"):
            await self._take(body)
            self.body += body

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.body.splitlines()]

    @property
    def records(self) -> list[Any]:
        return self.lines[:-1]

    @property
    def last(self) -> Any:
        return self.lines[-1]


class Slow:
    """Takes the first piece, and then nothing until it is let on."""

    def __init__(self) -> None:
        self.has_begun = asyncio.Event()
        self.may_go_on = asyncio.Event()

    async def __call__(self, body: bytes) -> None:
        self.has_begun.set()
        await self.may_go_on.wait()


@contextmanager
def opened(url: str, folder: Path, **limits: Any) -> Iterator[Lab]:
    """A laboratory in a service of its own on the database at URL, whose streams have LIMITS."""
    settings = Settings(data=folder, allowed_hosts="testserver")
    _CONNECTIONS.clear()
    with patch("app.storage.sqlite.connect", _connected):
        database = open_database(url, connections=2, streams=StreamLimits(**limits))
        with served(build(settings, database)) as client:
            yield Lab(House(client, database, Dice(), settings), f"Lab {uuid4().hex[:8]}")


_CONNECTIONS: list[Any] = []  # to SQLite, of the service that was opened last
_connect = sqlite.connect


def _connected(*given: Any, **named: Any) -> Any:
    _CONNECTIONS.append(_connect(*given, **named))
    return _CONNECTIONS[-1]


def fill(lab: Lab, count: int) -> None:
    """COUNT more entries like the lab's own, past every rule, of priorities 0 to 6."""
    entry, made, batch = lab.entry, 0, str(uuid4())[:24]
    columns = ", ".join(one.name for one in ENTRIES.table.columns if one.name not in ("id", "priority"))

    def job(work: Work) -> None:
        driver: Any = work.connection
        driver.driver.execute(
            f"WITH RECURSIVE n(i) AS (SELECT {made} UNION ALL SELECT i + 1 FROM n WHERE i < {last})"
            f" INSERT INTO entries (id, priority, {columns})"
            f" SELECT '{batch}' || substr(CAST(1000000000000 + i AS TEXT), 2), i % 7, {columns}"
            f" FROM entries, n WHERE id = '{entry}'"
        )

    while made < count:
        last = min(made + 10_000, count) - 1
        lab.house.database.write_now(SYSTEM, job)
        made = last + 1


def held(url: str) -> tuple[int, int]:
    """The threads of streams, and the open connections to the database at URL (PostgreSQL: theirs alone)."""
    threads = sum(thread.name == "postil-stream" for thread in threading.enumerate())
    if sqlite_path(url):
        return threads, sum(map(_is_open, _CONNECTIONS))
    theirs = "datname = current_database() AND application_name = %s"
    with psycopg.connect(url) as connection:
        count = f"SELECT count(*) FROM pg_stat_activity WHERE {theirs}"
        found = connection.execute(count, (STREAM_NAME,)).fetchone()
    assert found
    return threads, int(found[0])


def _is_open(connection: Any) -> bool:
    # Not its files: SQLite keeps those that others have locked, for the next who opens one.
    try:
        return bool(connection.total_changes >= 0)
    except pysqlite3.ProgrammingError:
        return False


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(0.02)
