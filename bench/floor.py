"""The floor: the least Python that sends Postil's bytes. Raw ASGI, one prepared statement, rows to bytes.

It checks no key, no permission and no body, and answers the measures' requests alone. It is no program to
run, but the mark that Postil's own cost is read against. Writes are durable here too: one thread, which
commits whatever waits.
"""

import asyncio
import sys
import threading
from collections.abc import Callable
from itertools import count
from json.encoder import encode_basestring as text
from queue import SimpleQueue
from typing import Any
from urllib.parse import parse_qsl, quote

import msgspec
from pysqlite3 import dbapi2
from starlette.types import Receive, Scope, Send

from app.work import Ids, clock
from bench.serving import serve

BASE = "http://localhost"  # the measures' Host
EMAIL = "person0@example.org"
COLUMNS = """id, created_at, updated_at, project_id, dataset_id, resource, priority, wf_step, status, job_id,
 assigned_to_id, submitted_by_id, reviewed_by_id, external_id, split, metadata,
 assigned_to_member_id, submitted_by_member_id, reviewed_by_member_id"""
_OF_STATUS = f"SELECT {COLUMNS} FROM entries WHERE dataset_id = ? AND status = ?"
# A status each, merged: both come out of the index in order, where IN reads and sorts all that match.
PAGE = f"{_OF_STATUS} UNION ALL {_OF_STATUS} ORDER BY priority DESC, id DESC LIMIT 1001"
RECORD = f"SELECT {COLUMNS} FROM entries WHERE id = ?"
KEEP = """INSERT INTO annotations (id, created_at, updated_at, version, organization_id, project_id,
 dataset_id, entry_id, dimensions, annotation, metadata, created_by_email, created_by_id)
 SELECT ?, ?, ?, 1, organization_id, project_id, dataset_id, id, ?, ?, ?, ?, '' FROM entries WHERE id = ?
 RETURNING project_id, dataset_id"""
TRACE = """INSERT INTO events (id, organization_id, position, sequence, kind, resource, record_id,
 record_version, project_id, dataset_id, entry_id, actor_id, at, details, record)
 VALUES (?, '', ?, ?, 'create', 'annotations', ?, 1, ?, ?, ?, '', ?, '{}', ?)"""
LAST = "SELECT coalesce(max(sequence), 0) FROM events WHERE organization_id = ''"
TOUCH = "UPDATE entries SET updated_at = ? WHERE id = ?"

Raw = msgspec.Raw


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


read_body = msgspec.json.Decoder(Body).decode


def connect(path: str) -> Any:
    connection = dbapi2.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in (
        "journal_mode=wal",
        "synchronous=2",
        "foreign_keys=1",
        "cache_size=-65536",
        "busy_timeout=5000",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    return connection


def quoted(value: str | None) -> str:
    return "null" if value is None else f'"{value}"'


def member(id: str | None) -> str:
    return "null" if id is None else identifier("project_members", id)


def identifier(type: str, id: str) -> str:
    return f'{{"type":"{type}","id":"{id}"}}'


def attributes_of(row: Any) -> str:
    _, made, changed, project, dataset, resource, priority, step, status, job, *more = row
    holder, giver, judge, external, split, metadata, *_ = more
    return (
        f'"created_at":"{made}","updated_at":"{changed}","project_id":"{project}","dataset_id":"{dataset}",'
        f'"resource":{text(resource)},"priority":{priority},"wf_step":"{step}","status":"{status}",'
        f'"job_id":{"null" if job is None else text(job)},"assigned_to_id":{quoted(holder)},'
        f'"submitted_by_id":{quoted(giver)},"reviewed_by_id":{quoted(judge)},'
        f'"external_id":{"null" if external is None else text(external)},'
        f'"split":{quoted(split)},"metadata":{metadata}'
    )


def entry_of(row: Any) -> str:
    """An entry of a page."""
    return (
        f'{{"type":"entries","id":"{row[0]}","attributes":{{{attributes_of(row)}}},'
        f'"relationships":{{"dataset":{{"data":{{"type":"datasets","id":"{row[4]}"}}}},'
        f'"assigned_to":{{"data":{member(row[16])}}},"submitted_by":{{"data":{member(row[17])}}},'
        f'"reviewed_by":{{"data":{member(row[18])}}}}},"links":{{"self":"{BASE}/entries/{row[0]}"}}}}'
    )


def link(at: str, name: str, data: str | None = None) -> str:
    """The relationship NAME of the record AT an address."""
    linkage = "" if data is None else f',"data":{data}'
    return f'"{name}":{{"links":{{"self":"{at}/relationships/{name}","related":"{at}/{name}"}}{linkage}}}'


def document_of_entry(row: Any) -> str:
    at = f"{BASE}/entries/{row[0]}"
    return (
        f'{{"jsonapi":{{"version":"1.1"}},"links":{{"self":"{at}"}},"data":{{"type":"entries","id":"{row[0]}",'
        f'"attributes":{{{attributes_of(row)}}},"relationships":{{'
        f"{link(at, 'dataset', identifier('datasets', row[4]))},"
        f"{link(at, 'assigned_to', member(row[16]))},{link(at, 'submitted_by', member(row[17]))},"
        f"{link(at, 'reviewed_by', member(row[18]))},{link(at, 'annotations')},{link(at, 'note_feeds')}}},"
        f'"links":{{"self":"{at}"}}}}}}'
    )


def document_of_page(rows: list[Any], params: list[tuple[str, str]]) -> str:
    def to(*more: tuple[str, str]) -> str:
        pairs = [f"{quote(name, safe='')}={quote(value, safe=',:')}" for name, value in [*params, *more]]
        return f"{BASE}/entries?{'&'.join(pairs)}"

    links = f'"self":"{to()}","first":"{to(("page[number]", "1"))}"'
    if len(rows) > 1000:
        links += f',"next":"{to(("page[number]", "2"))}"'
    data = ",".join([entry_of(row) for row in rows[:1000]])
    return f'{{"jsonapi":{{"version":"1.1"}},"links":{{{links}}},"data":[{data}]}}'


def attributes_of_annotation(at: str, place: tuple[str, str], entry: str, given: Attributes) -> str:
    return (
        f'"created_at":"{at}","updated_at":"{at}","project_id":"{place[0]}","dataset_id":"{place[1]}",'
        f'"entry_id":"{entry}","dimensions":{bytes(given.dimensions).decode()},'
        f'"annotation":{bytes(given.annotation).decode()},"metadata":{bytes(given.metadata).decode()},'
        f'"created_by_email":"{EMAIL}"'
    )


def document_of_annotation(id: str, attributes: str, entry: str) -> str:
    here = f"{BASE}/annotations/{id}"
    return (
        f'{{"jsonapi":{{"version":"1.1"}},"links":{{"self":"{here}"}},"data":{{"type":"annotations","id":"{id}",'
        f'"attributes":{{{attributes}}},"relationships":{{'
        f"{link(here, 'entry', identifier('entries', entry))},{link(here, 'note_feeds')}}},"
        f'"links":{{"self":"{here}"}}}}}}'
    )


class Writer:
    """One thread that runs what waits, and commits it with one flush."""

    def __init__(self, path: str) -> None:
        self.connection = connect(path)
        self.waiting: SimpleQueue[tuple[Callable[[Any], str], asyncio.Future[str]]] = SimpleQueue()
        threading.Thread(target=self.work, daemon=True).start()

    async def run(self, job: Callable[[Any], str]) -> str:
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.waiting.put((job, answer))
        return await answer

    def work(self) -> None:
        while True:
            group = [self.waiting.get()]
            while not self.waiting.empty():
                group.append(self.waiting.get())
            self.connection.execute("BEGIN IMMEDIATE")
            done = [(answer, job(self.connection)) for job, answer in group]
            self.connection.execute("COMMIT")
            group[0][1].get_loop().call_soon_threadsafe(settle, done)


def settle(done: list[tuple[asyncio.Future[str], str]]) -> None:
    for answer, document in done:
        answer.set_result(document)


class Floor:
    """The ASGI application on the database at PATH."""

    def __init__(self, path: str) -> None:
        self.reader = connect(path)
        self.writer = Writer(path)
        self.new_id = Ids()
        self.numbers = count(self.reader.execute(LAST).fetchone()[0] + 1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = 200
        if scope["method"] == "POST":
            status, document = 201, await self.create(await body_of(receive))
        elif scope["path"] == "/entries":
            document = self.page(scope["query_string"].decode())
        else:
            document = document_of_entry(self.reader.execute(RECORD, (scope["path"][9:],)).fetchone())
        body = document.encode()
        headers = [(b"content-type", b"application/vnd.api+json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def page(self, query: str) -> str:
        params = parse_qsl(query)
        asked = dict(params)
        dataset, (one, other) = asked["filter[dataset_id]"], asked["filter[status__in]"].split(",")
        rows = self.reader.execute(PAGE, (dataset, one, dataset, other)).fetchall()
        return document_of_page(rows, params)

    async def create(self, body: bytes) -> str:
        data = read_body(body).data
        given, entry = data.attributes, data.relationships.entry.data.id
        id, at = self.new_id(), clock()
        texts = [bytes(raw).decode() for raw in (given.dimensions, given.annotation, given.metadata)]

        def job(connection: Any) -> str:
            place = connection.execute(KEEP, (id, at, at, *texts, EMAIL, entry)).fetchall()[0]
            attributes = attributes_of_annotation(at, place, entry, given)
            number = next(self.numbers)
            record = f'{{"id":"{id}",{attributes}}}'
            connection.execute(TRACE, (self.new_id(), number, number, id, *place, entry, at, record))
            connection.execute(TOUCH, (at, entry))
            return document_of_annotation(id, attributes, entry)

        return await self.writer.run(job)


async def body_of(receive: Receive) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        body += message["body"]
        if not message["more_body"]:
            return body


if __name__ == "__main__":
    serve(Floor(sys.argv[1]))
