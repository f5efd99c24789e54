"""The floor's statements on SQLite: reads where they are asked, writes by one thread that groups commits."""

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

from pysqlite3 import dbapi2

from bench.floor.documents import ANNOTATION, ENTRY, Row

T = TypeVar("T")

PAGE_SIZE = 1001
# A status each, merged: both come out of the index in order, where IN reads and sorts all that match.
_KEYS = "SELECT priority, id FROM entries WHERE dataset_id = ? AND status = ? AND deleted_at IS NULL"
# The keys alone are skipped over, in the index, and then the rows are read.
PAGE = f"""SELECT {ENTRY} FROM entries WHERE id IN (
 SELECT id FROM ({_KEYS} UNION ALL {_KEYS} ORDER BY priority DESC, id DESC LIMIT {PAGE_SIZE} OFFSET ? + 0))
 ORDER BY priority DESC, id DESC"""
_BEHIND = f"""SELECT {ENTRY} FROM entries
 WHERE dataset_id = ? AND status = ? AND deleted_at IS NULL AND (priority, id) < (?, ?)"""
AFTER = f"{_BEHIND} UNION ALL {_BEHIND} ORDER BY priority DESC, id DESC LIMIT {PAGE_SIZE}"
_OF_STATUS = f"SELECT {ENTRY} FROM entries WHERE dataset_id = ? AND status = ? AND deleted_at IS NULL"
FIRST_PAGE = f"{_OF_STATUS} UNION ALL {_OF_STATUS} ORDER BY priority DESC, id DESC LIMIT {PAGE_SIZE}"
# A sum, for SQLite would plan anew by the value of a bare parameter.
FIRST = f"SELECT {ENTRY} FROM entries WHERE dataset_id = ? ORDER BY id LIMIT ? + 0"
RECORD = f"SELECT {ENTRY} FROM entries WHERE id = ?"
CREATE = """INSERT INTO annotations (id, created_at, updated_at, version, organization_id, project_id,
 dataset_id, entry_id, layer_id, dimensions, annotation, metadata, created_by_email, created_by_id)
 SELECT ?, ?, ?, 1, organization_id, project_id, dataset_id, id, id, ?, ?, ?, ?, ''
 FROM entries WHERE id = ?"""
RETURNING = f"{CREATE} RETURNING {ANNOTATION}"
TAKE = f"""UPDATE entries SET assigned_to_id = ?, assigned_to_member_id = ?, lease_token = ?,
 updated_at = ?, lease_expires_at = ?, version = version + 1
 WHERE id = (SELECT id FROM entries WHERE dataset_id = ? AND wf_step = 'annotate'
 AND assigned_to_id IS NULL AND lease_expires_at IS NULL AND worked_by IS NOT NULL AND deleted_at IS NULL
 ORDER BY rank, id LIMIT 1) RETURNING {ENTRY}"""
SUBMIT = f"""UPDATE entries SET submitted_by_id = ?, submitted_by_member_id = ?, updated_at = ?,
 wf_step = 'review', worked_by = 'reviewer', label_status = 'labeled',
 assigned_to_id = NULL, assigned_to_member_id = NULL,
 lease_token = NULL, lease_expires_at = NULL, version = version + 1
 WHERE id = ? AND wf_step = 'annotate' RETURNING {ENTRY}"""
PEOPLE = """SELECT api_keys.secret_hash, project_members.account_id, project_members.id
 FROM api_keys JOIN project_members USING (account_id)"""


class Sqlite:
    """The file at URL."""

    def __init__(self, url: str) -> None:
        path = url.removeprefix("sqlite:///")
        self.reader = connect(path)
        self.write = Writer(path).run

    async def page(self, dataset: str, statuses: tuple[str, str], skip: int) -> list[Row]:
        asked = (dataset, statuses[0], dataset, statuses[1])
        return self.rows(PAGE, (*asked, skip)) if skip else self.rows(FIRST_PAGE, asked)

    async def after(self, dataset: str, statuses: tuple[str, str], after: tuple[float, str]) -> list[Row]:
        return self.rows(AFTER, (dataset, statuses[0], *after, dataset, statuses[1], *after))

    async def first(self, dataset: str, size: int) -> list[Row]:
        return self.rows(FIRST, (dataset, size))

    async def marks(self, entries: list[str]) -> list[Row]:
        marks = ",".join("?" * len(entries))
        order = "ORDER BY entry_id, id"
        return self.rows(f"SELECT {ANNOTATION} FROM annotations WHERE entry_id IN ({marks}) {order}", entries)

    async def record(self, id: str) -> Row:
        return self.rows(RECORD, (id,))[0]

    async def create(self, row: Row) -> Row:
        return await self.write(lambda connection: _only(connection, RETURNING, _given(row)))

    async def create_all(self, rows: list[Row]) -> list[Row]:
        places = {row[3]: self.rows(RECORD, (row[3],))[0][3:5] for row in rows}
        await self.write(lambda connection: connection.executemany(CREATE, [_given(row) for row in rows]))
        return [(*row[:3], *places[row[3]], *row[3:], row[3]) for row in rows]

    async def take(self, dataset: str, person: Row, token: str, at: str, until: str) -> Row:
        values = (*person, token, at, until, dataset)
        return await self.write(lambda connection: _only(connection, TAKE, values))

    async def submit(self, id: str, person: Row, at: str) -> Row:
        return await self.write(lambda connection: _only(connection, SUBMIT, (*person, at, id)))

    def people(self) -> dict[str, Row]:
        return {hash: (account, member) for hash, account, member in self.rows(PEOPLE)}

    def rows(self, sql: str, values: Any = ()) -> list[Row]:
        found: list[Row] = self.reader.execute(sql, values).fetchall()
        return found


def _given(row: Row) -> Row:
    return (*row[:3], *row[4:], row[3])


def _only(connection: Any, sql: str, values: Row) -> Row:
    found: Row = connection.execute(sql, values).fetchall()[0]
    return found


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


class Writer:
    """One thread that runs what waits, and commits it with one flush."""

    def __init__(self, path: str) -> None:
        self.connection = connect(path)
        self.waiting: SimpleQueue[tuple[Callable[[Any], Any], asyncio.Future[Any]]] = SimpleQueue()
        threading.Thread(target=self.work, daemon=True).start()

    async def run(self, job: Callable[[Any], T]) -> T:
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
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


def settle(done: list[tuple[asyncio.Future[Any], Any]]) -> None:
    for answer, result in done:
        answer.set_result(result)
