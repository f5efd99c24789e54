"""One moment of a database, read as often as wanted while others write on. It writes nothing but a copy.

SQLite's is a copy of the file: a reader of the file itself would let its log grow for as long as it reads.
PostgreSQL's is a transaction.
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from app.keeping.lines import Row
from app.keeping.refusals import Refused
from app.keeping.shapes import Shape, revision_of, shapes_of
from app.storage import sqlite
from app.storage.opening import engine_of, sqlite_path

BATCH = 200  # rows read at a time
# Of a session that reads or writes everything there is.
PATIENT = {"statement_timeout": "0", "lock_timeout": "0", "idle_in_transaction_session_timeout": "0"}
FILES = ("files", "hash")  # the table and the column that refer to files

Told = Mapping[str, Mapping[str, Any]]  # table -> column -> what is read in its place


class Snapshot:
    """What CONNECTION sees. TOLD is read in place of columns that the two databases keep unlike."""

    def __init__(self, connection: Connection, told: Told) -> None:
        self._connection = connection
        self._driver = driver_of(connection)
        self._told = told
        self.dialect = connection.dialect.name
        self.revision = revision_of(connection)
        self.shapes = shapes_of(connection)

    def count(self, shape: Shape) -> int:
        """The rows of the table."""
        counted = self._driver.execute(f"SELECT count(*) FROM {self._quoted(shape.name)}").fetchone()
        return int(counted[0])

    def rows(self, shape: Shape) -> Iterator[list[Row]]:
        """The rows of the table in the order of its primary key, some at a time."""
        columns = ", ".join(self._expression(shape.name, column) for column in shape.columns)
        key = ", ".join(f"{self._quoted(shape.name)}.{self._quoted(name)}" for name in shape.key)
        yield from self._batches(f"SELECT {columns} FROM {self._quoted(shape.name)} ORDER BY {key}")

    def hashes(self) -> Iterator[str]:
        """Those of every file that a row refers to, in order, each once."""
        table, column = FILES
        if any(shape.name == table for shape in self.shapes):
            for rows in self._batches(f"SELECT DISTINCT {column} FROM {table} ORDER BY {column}"):
                yield from (hash for (hash,) in rows)

    def _batches(self, sql: str) -> Iterator[list[Row]]:
        # PostgreSQL sends all rows at once to a cursor without a name.
        named = () if self.dialect == "sqlite" else ("rows",)
        with closing(self._driver.cursor(*named)) as cursor:
            cursor.execute(sql)
            while rows := cursor.fetchmany(BATCH):
                yield rows

    def _expression(self, table: str, column: str) -> str:
        told = self._told.get(table, {}).get(column)
        if told is None:
            return f"{self._quoted(table)}.{self._quoted(column)}"
        return str(told.compile(dialect=self._connection.dialect))

    def _quoted(self, name: str) -> str:
        return self._connection.dialect.identifier_preparer.quote_identifier(name)


def driver_of(connection: Connection) -> Any:
    """The driver's own connection, for what goes row by row."""
    return connection.connection.driver_connection


@contextmanager
def snapshot(url: str, told: Told, folder: Path) -> Iterator[Snapshot]:
    """The database at URL as it stands now. A copy of it, where one is needed, is in FOLDER meanwhile.

    Raises Refused where there is none, or it is damaged.
    """
    if path := sqlite_path(url):
        refuse_absent(path)
        with tempfile.TemporaryDirectory(prefix=".postil-", dir=folder) as private:
            copy = Path(private) / "copy.db"
            sqlite.copy(path, copy)
            with still(f"sqlite:///{copy}", told) as opened:
                yield opened
    else:
        with still(url, told) as opened:
            yield opened


@contextmanager
def still(url: str, told: Told) -> Iterator[Snapshot]:
    """The same of a database at URL that nobody writes to meanwhile; a PostgreSQL may be written to."""
    options = {} if sqlite_path(url) else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine_of(url, **PATIENT) as engine, engine.connect().execution_options(**options) as connection:
        if engine.dialect.name == "sqlite":
            refuse_damaged(connection)
        yield Snapshot(connection, told)


def refuse_absent(path: Path) -> None:
    """Raise Refused where there is no file at PATH: to open it would make one."""
    if not path.exists():
        raise Refused(f"there is no database at {path}: name it by --data or --database")


def refuse_damaged(connection: Connection) -> None:
    """Raise Refused where an SQLite file is not sound."""
    found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
    if found != "ok":
        raise Refused(f"the database is damaged ({found}): restore a backup. A copy of it would be so too")
    if connection.exec_driver_sql("PRAGMA foreign_key_check").fetchone():
        raise Refused("the database has rows whose parent is gone: `postil check` counts them")
