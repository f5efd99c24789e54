"""Reads an SQLite file beside whoever serves it: it takes no lock, and changes nothing."""

from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as pysqlite3

from app.storage.database import Job, T
from app.storage.sqlite import connect
from app.storage.transaction import SQLITE, Transaction
from app.work import Actor, Sources, Work


class SqliteReader:
    """Reads the file at PATH, in the thread that made it. Raises RuntimeError where it is none of ours."""

    def __init__(self, path: Path, sources: Sources) -> None:
        if not path.is_file():  # to connect to it would make it
            raise RuntimeError(f"there is no database at {path}: name its folder by --data")
        self._path = path
        self._sources = sources
        self._connection: Any = connect(path, query_only=True)

    def read_now(self, actor: Actor, job: Job[T]) -> T:
        """JOB's result, from one snapshot. Raises what JOB raises, RuntimeError."""
        try:
            self._connection.execute("BEGIN")
            transaction = Transaction(self._connection, SQLITE, self._sources.clock())
            return job(Work(transaction, actor, self._sources))
        except pysqlite3.Error as error:
            raise RuntimeError(f"{self._path} cannot be read ({error}): `postil migrate` may help") from error
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def close(self) -> None:
        self._connection.close()
