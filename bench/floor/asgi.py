"""The ASGI application: which request is asked, and which statement and document answer it."""

import secrets
from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol
from urllib.parse import parse_qsl

import msgspec
from starlette.types import Receive, Scope, Send

from app.work import Ids, clock
from bench.floor import documents
from bench.floor.documents import Row

Raw = msgspec.Raw
EMAIL = "person0@example.org"
LEASE = timedelta(minutes=30)
SIZE = 1000


class Identifier(msgspec.Struct):
    id: str


class Linkage(msgspec.Struct):
    data: Identifier


class Links(msgspec.Struct):
    entry: Linkage


class Attributes(msgspec.Struct):
    dimensions: Raw
    annotation: Raw
    metadata: Raw


class Given(msgspec.Struct):
    attributes: Attributes
    relationships: Links


class Body(msgspec.Struct):
    data: Given


class Params(Attributes):
    entry_id: str


class Call(msgspec.Struct):
    id: int
    params: Params


read_body = msgspec.json.Decoder(Body).decode
read_calls = msgspec.json.Decoder(list[Call]).decode
read_cursor = msgspec.json.Decoder(tuple[str, float, str]).decode


class Store(Protocol):
    """One statement each. ROW is a new annotation, without its project and dataset."""

    async def page(self, dataset: str, statuses: tuple[str, str], skip: int) -> list[Row]: ...

    async def after(self, dataset: str, statuses: tuple[str, str], after: tuple[float, str]) -> list[Row]: ...

    async def first(self, dataset: str, size: int) -> list[Row]: ...

    async def marks(self, entries: list[str]) -> list[Row]: ...

    async def record(self, id: str) -> Row: ...

    async def create(self, row: Row) -> Row: ...

    async def create_all(self, rows: list[Row]) -> list[Row]: ...

    async def take(self, dataset: str, person: Row, token: str, at: str, until: str) -> Row: ...

    async def submit(self, id: str, person: Row, at: str) -> Row: ...

    def people(self) -> dict[str, Row]:
        """By the hash of a key: whose it is, as an account and as a member of the project."""


class Floor:
    """The application on a store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.new_id = Ids()
        self.known = store.people()
        self.people: dict[bytes, Row] = {}  # by the whole header

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, status, kind = scope["path"], 200, b"application/vnd.api+json"
        if scope["method"] == "GET":
            if path == "/entries":
                document = await self.list(scope["query_string"].decode())
            else:
                document = documents.document_of_entry(await self.store.record(path[9:]))
        elif path == "/annotations":
            status, document = 201, await self.create(await body_of(receive))
        elif path == "/annotations/_rpc":
            kind, document = b"application/json", await self.create_all(await body_of(receive))
        elif path.endswith("/next"):
            document = await self.take(path[10:-5], scope["headers"])
        else:
            document = await self.submit(path[9:-7], scope["headers"])
        body = document.encode()
        headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def list(self, query: str) -> str:
        params = parse_qsl(query)
        asked = dict(params)
        dataset = asked["filter[dataset_id]"]
        if "include" in asked:
            size = int(asked["page[size]"])
            rows = await self.store.first(dataset, size + 1)
            marks = await self.store.marks([row[0] for row in rows[:size]])
            return documents.document_of_including(rows, marks, params, size)
        one, other = asked["filter[status__in]"].split(",")
        if after := asked.get("page[after]"):
            _, priority, id = read_cursor(urlsafe_b64decode(after + "=" * (-len(after) % 4)))
            rows = await self.store.after(dataset, (one, other), (priority, id))
            return documents.document_of_cursor_page(rows, params, SIZE)
        number = int(asked.get("page[number]", 1))
        rows = await self.store.page(dataset, (one, other), (number - 1) * SIZE)
        return documents.document_of_page(rows, params, SIZE, number)

    async def create(self, body: bytes) -> str:
        data = read_body(body).data
        row = self.row(data.relationships.entry.data.id, data.attributes, clock())
        return documents.document_of_annotation(await self.store.create(row))

    async def create_all(self, body: bytes) -> str:
        calls, at = read_calls(body), clock()
        rows = await self.store.create_all([self.row(one.params.entry_id, one.params, at) for one in calls])
        return documents.document_of_batch(rows, [one.id for one in calls])

    def row(self, entry: str, given: Attributes, at: str) -> Row:
        texts = (given.dimensions, given.annotation, given.metadata)
        return (self.new_id(), at, at, entry, *(bytes(raw).decode() for raw in texts), EMAIL)

    async def take(self, dataset: str, headers: Any) -> str:
        at, until = clock(), datetime.now(UTC) + LEASE
        person, token = self.person(headers), secrets.token_urlsafe(18)
        row = await self.store.take(
            dataset, person, token, at, until.isoformat(timespec="microseconds")[:-6] + "Z"
        )
        return documents.document_of_entry(row)

    async def submit(self, id: str, headers: Any) -> str:
        return documents.document_of_entry(await self.store.submit(id, self.person(headers), clock()))

    def person(self, headers: Any) -> Row:
        header = next(value for name, value in headers if name == b"authorization")
        if header not in self.people:
            self.people[header] = self.known[sha256(header[7:]).hexdigest()]
        return self.people[header]


async def body_of(receive: Receive) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        body += message["body"]
        if not message["more_body"]:
            return body
