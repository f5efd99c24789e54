"""The service twice, on SQLite and on PostgreSQL: asked the same, and to answer the same, byte for byte.

Time, chance, ids and tokens are told to both. Nothing goes on behind the scenes: a story does its chores
itself, so that both do them at the same moment.
"""

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from app.attributes import wire_time
from app.main import build
from app.settings import Settings
from app.storage.database import Database
from app.storage.opening import migrate, open_database
from app.work import Sources
from tests.client import Client, served
from tests.conftest import new_postgresql_database

COMPARED = (
    *("content-type", "content-location", "location", "vary", "allow", "cache-control", "etag"),
    *("www-authenticate", "retry-after", "idempotency-replayed"),
)
SECRET = re.compile(r'"secret":"postil_[\w-]+"')  # of a new key: true chance, and told to nobody else
STORIES = iter(range(1, 2**31))
SECONDS_TO_NUMBER = 20.0  # that PostgreSQL's sequencer is given
UNNUMBERED = "SELECT EXISTS (SELECT FROM events WHERE sequence IS NULL)"


class Told:
    """Time, chance, ids and tokens, as the test tells them."""

    def __init__(self) -> None:
        self.story = self.made = self.taken = 0
        self.moment = datetime(2031, 1, 1, tzinfo=UTC)
        self.throw = 0.0

    def begin(self, story: int) -> None:
        self.story, self.made, self.taken = story, 0, 0
        self.throw = 0.0

    def tick(self) -> None:
        self.moment += timedelta(milliseconds=1001, microseconds=7)

    @property
    def token(self) -> str:
        """The last one that was given."""
        return f"{self.story:08x}{self.taken:016x}"

    def sources(self) -> Sources:
        return Sources(
            clock=lambda: wire_time(self.moment), chance=lambda: self.throw, ids=self._next, token=self._take
        )

    def _next(self) -> str:
        self.made += 1
        return f"{self.story:08x}-0000-7000-8000-{self.made:012x}"

    def _take(self) -> str:
        self.taken += 1
        return self.token


@dataclass
class Twin:
    """One of the two services."""

    client: Client
    database: Database
    told: Told
    url: str
    keys: dict[str, str] = field(default_factory=dict)  # person -> key


@dataclass(frozen=True)
class Reply:
    """What both answered."""

    status: int
    text: str
    headers: Mapping[str, str | None]

    @property
    def document(self) -> Any:
        return json.loads(self.text)

    @property
    def data(self) -> Any:
        return self.document["data"]

    @property
    def code(self) -> str | None:
        """The first error's; None where it was done."""
        return self.document["errors"][0]["code"] if self.status >= 400 else None

    @property
    def meta(self) -> Any:
        """The first error's."""
        return self.document["errors"][0].get("meta")


class Twins:
    """Both services, as one."""

    def __init__(self, sqlite: Twin, postgresql: Twin) -> None:
        self.both = (sqlite, postgresql)
        self._seen = ""
        self._watch = psycopg.connect(postgresql.url, autocommit=True)

    def close(self) -> None:
        self._watch.close()

    @property
    def told(self) -> Told:
        return self.both[0].told

    def begin(self) -> int:
        """A new story: its number, by which its ids begin."""
        story = next(STORIES)
        for twin in self.both:
            twin.told.moment = max(twin.told.moment, datetime.fromisoformat(self.now()))
            twin.told.begin(story)
        return story

    def now(self) -> str:
        """The service's time, where it is asked now: it never goes back."""
        self._seen = max(self._seen, wire_time(self.told.moment))
        return self._seen

    def tick(self) -> None:
        for twin in self.both:
            twin.told.tick()

    def move(self, span: timedelta) -> None:
        """Move the clock by SPAN, which may be negative."""
        for twin in self.both:
            twin.told.moment += span

    def throw(self, value: float) -> None:
        for twin in self.both:
            twin.told.throw = value

    def ask(
        self,
        person: str,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """What both answered: the same, or this fails."""
        content = None if body is None else json.dumps(body).encode()
        found = []
        for twin in self.both:
            sent = {"X-Request-Id": "story", **(headers or {})}
            if person in twin.keys:
                sent["Authorization"] = f"Bearer {twin.keys[person]}"
            if content is not None:
                sent["Content-Type"] = "application/json"
            reply = twin.client.request(method, path, content=content, headers=sent)
            assert reply.status_code < 500, (twin.database, method, path, body, reply.text)
            shown = {name: reply.headers.get(name) for name in COMPARED}
            text = SECRET.sub("", reply.text)
            if text != reply.text:
                shown["etag"] = None  # it marks the secret too
            found.append((Reply(reply.status_code, text, shown), twin.told.made, twin.told.taken))
        assert found[0] == found[1], (person, method, path, body, headers)
        return found[0][0]

    def settle(self) -> None:
        """Wait until PostgreSQL has numbered what is committed, as SQLite does at once."""
        end = time.monotonic() + SECONDS_TO_NUMBER
        while (row := self._watch.execute(UNNUMBERED).fetchone()) and row[0]:
            assert time.monotonic() < end, "events stay unnumbered"
            time.sleep(0.001)


class Quiet:
    """APP without what it does in the background."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        for _ in ("startup", "shutdown"):
            message = await receive()
            await send({"type": f"{message['type']}.complete"})


@contextmanager
def open_twins(postgresql: str, folder: Path) -> Iterator[Twins]:
    """The service on a new SQLite file in FOLDER, and on a new database of the server POSTGRESQL."""
    sqlite = f"sqlite:///{folder}/postil.db"
    migrate(sqlite)
    with ExitStack() as stack:
        both = []
        for url in (sqlite, stack.enter_context(new_postgresql_database(postgresql))):
            told = Told()
            sources = told.sources()
            stack.callback(sources.fetcher.close)
            database = open_database(url, sources=sources, connections=2)
            stack.callback(database.close)
            app = Quiet(build(Settings(data=folder, allowed_hosts="testserver"), database))
            client = stack.enter_context(served(app))
            both.append(Twin(client, database, told, url))
        twins = Twins(both[0], both[1])
        stack.callback(twins.close)
        yield twins
