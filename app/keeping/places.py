"""An empty place that rows are brought into: a database once all of them are in it, and nothing before.

SQLite's is a file beside the one that it becomes, PostgreSQL's a transaction: whatever ends the process,
nobody meets a part of it.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, inspect

from app.keeping.files import flush, flush_folder
from app.keeping.lines import Row
from app.keeping.refusals import Damaged, Refused
from app.keeping.shapes import Shape
from app.keeping.snapshots import PATIENT, Snapshot, Told, driver_of, refuse_damaged
from app.storage import sqlite
from app.storage.migrating import migrate_within
from app.storage.opening import engine_of, sqlite_path

NEWEST = "head"
_BEHIND = ("", "-wal", "-shm", "-journal")  # what may follow the name of an SQLite file
# So that what is numbered next on PostgreSQL comes behind all that is there (see `next_position`).
_CONTINUE = """SELECT setval('events_position', greatest(1,
 (SELECT coalesce(max(position), 0) FROM events), (SELECT coalesce(max(part), 0) FROM tallies)))"""


class Place:
    """The empty tables that CONNECTION makes at REVISION, to be loaded. TOLD is how they are read."""

    def __init__(self, connection: Connection, revision: str, told: Told) -> None:
        self._connection = connection
        self._driver = driver_of(connection)
        dbapi = connection.dialect.loaded_dbapi
        self._unfit = (dbapi.IntegrityError, dbapi.DataError)  # what breaks a rule of its table
        self._quote = connection.dialect.identifier_preparer.quote_identifier
        migrate_within(connection, revision)
        self._kept = Snapshot(connection, told)
        for shape in reversed(self._kept.shapes):  # what a migration has made comes with the others
            self._driver.execute(f"DELETE FROM {self._quote(shape.name)}")

    @property
    def kept(self) -> Snapshot:
        """What has been loaded so far."""
        return self._kept

    def shape_of(self, name: str, columns: tuple[str, ...]) -> Shape:
        """The shape of the table NAME here. Raises Damaged where it has other COLUMNS."""
        shape = next((shape for shape in self._kept.shapes if shape.name == name), None)
        if shape is None or shape.columns != columns:
            raise Damaged(f"its table {name} is not that of its revision")
        return shape

    def load(self, shape: Shape, batches: Iterable[list[Row]]) -> None:
        """Bring the rows in. Raises Damaged where they break a rule of the table."""
        try:
            if self._connection.dialect.name == "sqlite":
                self._insert(shape, batches)
            else:
                self._copy(shape, batches)
        except self._unfit as error:
            message = str(error).partition("\n")[0]
            raise Damaged(f"the rows of {shape.name} break a rule of their table: {message}") from error

    def finish(self) -> None:
        """Bring the tables to the newest revision, and let numbers go on behind what is there."""
        migrate_within(self._connection, NEWEST)
        if self._connection.dialect.name == "sqlite":
            refuse_damaged(self._connection)
        else:
            self._driver.execute(_CONTINUE)
            self._driver.execute("ANALYZE")

    def _insert(self, shape: Shape, batches: Iterable[list[Row]]) -> None:
        marks = ", ".join("?" * len(shape.columns))
        for rows in batches:
            self._driver.executemany(f"INSERT INTO {self._into(shape)} VALUES ({marks})", rows)

    def _copy(self, shape: Shape, batches: Iterable[list[Row]]) -> None:
        with self._driver.cursor() as cursor, cursor.copy(f"COPY {self._into(shape)} FROM STDIN") as copy:
            for rows in batches:
                for row in rows:
                    copy.write_row(row)

    def _into(self, shape: Shape) -> str:
        return f"{self._quote(shape.name)} ({', '.join(map(self._quote, shape.columns))})"


@contextmanager
def place(url: str, revision: str, told: Told) -> Iterator[Place]:
    """A place at URL, with the tables of REVISION, which is kept where what is done within does not raise.

    Raises Refused where something is there already, and Locked where somebody is at it.
    """
    with (
        _sqlite(path, revision, told)
        if (path := sqlite_path(url))
        else _postgresql(url, revision, told) as it
    ):
        yield it


@contextmanager
def _sqlite(path: Path, revision: str, told: Told) -> Iterator[Place]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite.lock(path):
        _refuse_taken(path)
        draft = path.with_name(path.name + ".restoring")
        _remove(draft)  # of a run that was killed
        try:
            with _drafted(draft, revision, told) as made:
                yield made
            with draft.open("rb") as whole:
                flush(whole.fileno())
            draft.rename(path)
            flush_folder(path.parent)
        finally:
            _remove(draft)


@contextmanager
def _drafted(draft: Path, revision: str, told: Told) -> Iterator[Place]:
    """A place in the new file DRAFT, which is whole in the end and not yet durable."""
    with engine_of(f"sqlite:///{draft}") as engine, engine.connect() as connection:
        driver = driver_of(connection)
        driver.execute("PRAGMA journal_mode=memory").fetchall()  # of a new file there is nothing to be kept
        with connection.begin():
            driver.execute("BEGIN IMMEDIATE")
            yield (made := Place(connection, revision, told))
            made.finish()


def _refuse_taken(path: Path) -> None:
    taken = [one for one in _files_of(path) if one.exists()]
    if taken:
        raise Refused(
            f"{taken[0]} is there already: what is restored or moved never mixes with what is there. "
            "Name another place by --data, --database or --to, or move the file away"
        )


@contextmanager
def _postgresql(url: str, revision: str, told: Told) -> Iterator[Place]:
    with engine_of(url, **PATIENT) as engine, engine.connect() as connection, connection.begin():
        if tables := inspect(connection).get_table_names():
            raise Refused(
                f"the database has tables already ({', '.join(sorted(tables)[:3])}, ...): what is restored "
                "or moved never mixes with what is there. Make an empty one (CREATE DATABASE), and name it"
            )
        yield (made := Place(connection, revision, told))
        made.finish()


def _files_of(path: Path) -> list[Path]:
    return [path.with_name(path.name + end) for end in _BEHIND]


def _remove(path: Path) -> None:
    for one in _files_of(path):
        with suppress(FileNotFoundError):
            one.unlink()
