"""The floor's statements on PostgreSQL: threads with a connection each, one prepared statement a request."""

import asyncio
import threading
from queue import SimpleQueue
from typing import Any, NamedTuple

import psycopg

from bench.floor import sqlite
from bench.floor.documents import ANNOTATION, Row

CONNECTIONS = 8  # as many as Postil has
CREATE_ALL = f"""INSERT INTO annotations (id, created_at, updated_at, version, organization_id, project_id,
 dataset_id, entry_id, layer_id, dimensions, annotation, metadata, created_by_email, created_by_id)
 SELECT new.id, new.made, new.changed, 1, organization_id, project_id, dataset_id, entries.id, entries.id,
 new.dimensions, new.annotation, new.metadata, new.email, ''
 FROM unnest({", ".join(["%s::text[]"] * 8)})
 WITH ORDINALITY AS new (id, made, changed, entry, dimensions, annotation, metadata, email, n)
 JOIN entries ON entries.id = new.entry ORDER BY n RETURNING {ANNOTATION}"""
MARKS = f"SELECT {ANNOTATION} FROM annotations WHERE entry_id = ANY(%s) ORDER BY entry_id, id"
_LOCKED = "ORDER BY rank, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)"


def _spelled(sql: str) -> str:
    """A statement of SQLite's as PostgreSQL and its driver take it."""
    return sql.replace("?", "%s").replace("ORDER BY rank, id LIMIT 1)", _LOCKED)


PAGE, FIRST_PAGE, AFTER, FIRST, RECORD, RETURNING, TAKE, SUBMIT, PEOPLE = map(
    _spelled,
    (
        sqlite.PAGE.replace("OFFSET ? + 0))", "OFFSET ?) AS keys)"),
        f"({sqlite._OF_STATUS}) UNION ALL ({sqlite._OF_STATUS})"
        f" ORDER BY priority DESC, id DESC LIMIT {sqlite.PAGE_SIZE}",
        sqlite.AFTER,
        sqlite.FIRST,
        sqlite.RECORD,
        sqlite.RETURNING,
        sqlite.TAKE,
        sqlite.SUBMIT,
        sqlite.PEOPLE,
    ),
)


class Asked(NamedTuple):
    sql: str
    values: Any
    answer: asyncio.Future[list[Row]]


class Postgresql:
    """The database at URL."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.waiting: SimpleQueue[Asked] = SimpleQueue()
        for _ in range(CONNECTIONS):
            threading.Thread(target=self.work, daemon=True).start()

    async def page(self, dataset: str, statuses: tuple[str, str], skip: int) -> list[Row]:
        asked = (dataset, statuses[0], dataset, statuses[1])
        return await (self.rows(PAGE, (*asked, skip)) if skip else self.rows(FIRST_PAGE, asked))

    async def after(self, dataset: str, statuses: tuple[str, str], after: tuple[float, str]) -> list[Row]:
        return await self.rows(AFTER, (dataset, statuses[0], *after, dataset, statuses[1], *after))

    async def first(self, dataset: str, size: int) -> list[Row]:
        return await self.rows(FIRST, (dataset, size))

    async def marks(self, entries: list[str]) -> list[Row]:
        return await self.rows(MARKS, (entries,))

    async def record(self, id: str) -> Row:
        return (await self.rows(RECORD, (id,)))[0]

    async def create(self, row: Row) -> Row:
        return (await self.rows(RETURNING, (*row[:3], *row[4:], row[3])))[0]

    async def create_all(self, rows: list[Row]) -> list[Row]:
        return await self.rows(CREATE_ALL, [list(column) for column in zip(*rows, strict=True)])

    async def take(self, dataset: str, person: Row, token: str, at: str, until: str) -> Row:
        return (await self.rows(TAKE, (*person, token, at, until, dataset)))[0]

    async def submit(self, id: str, person: Row, at: str) -> Row:
        return (await self.rows(SUBMIT, (*person, at, id)))[0]

    def people(self) -> dict[str, Row]:
        with psycopg.connect(self.url) as connection:
            return {hash: (account, member) for hash, account, member in connection.execute(PEOPLE)}

    async def rows(self, sql: str, values: Any) -> list[Row]:
        answer: asyncio.Future[list[Row]] = asyncio.get_running_loop().create_future()
        self.waiting.put(Asked(sql, values, answer))
        return await answer

    def work(self) -> None:
        connection = psycopg.connect(self.url, autocommit=True)
        while True:
            sql, values, answer = self.waiting.get()
            try:
                found = connection.execute(sql, values, prepare=True).fetchall()
            except psycopg.Error as error:
                answer.get_loop().call_soon_threadsafe(answer.set_exception, error)
            else:
                answer.get_loop().call_soon_threadsafe(answer.set_result, found)
