"""Find, migrate and open the database that a URL names.

What one kind of database needs, and what changes tables, is loaded once it is asked for: a process on SQLite
that is at the newest revision holds 20 MiB less by it.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as pysqlite3
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from app.storage import sqlite
from app.storage.database import Database
from app.storage.revisions import is_newest
from app.storage.streams import StreamLimits
from app.work import Sources


def open_database(
    url: str,
    *,
    sources: Sources | None = None,
    connections: int = 8,
    streams: StreamLimits | None = None,
) -> Database:
    """The migrated database at URL, ready for units of work. Raises Locked, RuntimeError.

    CONNECTIONS are those of PostgreSQL; its streams have further ones.
    """
    sources, streams = sources or Sources(), streams or StreamLimits()
    if path := sqlite_path(url):
        return sqlite.SqliteDatabase(path, sources, streams)
    opened: Database = _postgresql().PostgresDatabase(url, sources, connections, streams)
    return opened


def migrate(url: str) -> None:
    """Bring the tables at URL to the newest revision. On SQLite it holds the lock meanwhile."""
    if path := sqlite_path(url):
        path.parent.mkdir(parents=True, exist_ok=True)
        with sqlite.lock(path), engine_of(url) as engine:
            _upgrade(engine)
    else:
        with engine_of(url) as engine:
            _upgrade(engine)
        import_module("app.storage.ring_tables").migrate(url)


def compact(url: str) -> None:
    """Rewrite an SQLite file without what was overwritten or removed; PostgreSQL sees to its own."""
    if path := sqlite_path(url):
        with sqlite.lock(path), closing(sqlite.connect(path)) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


@contextmanager
def engine_of(url: str, **settings: str) -> Iterator[Engine]:
    """SQLAlchemy's engine for URL, for migrations, commands and tests. SETTINGS are PostgreSQL's."""
    if path := sqlite_path(url):
        engine = create_engine(
            "sqlite://", module=pysqlite3, creator=lambda: sqlite.connect(path), poolclass=NullPool
        )
    else:
        engine = create_engine(
            "postgresql+psycopg://",
            creator=lambda: _plain(_postgresql().connect(url, **settings)),
            poolclass=NullPool,
        )
    try:
        yield engine
    finally:
        engine.dispose()


def sqlite_path(url: str) -> Path | None:
    """The file that a sqlite: URL names; None for PostgreSQL. Raises ValueError for any other."""
    if url.startswith("sqlite:///") and len(url) > len("sqlite:///"):
        return Path(url.removeprefix("sqlite:///"))
    if url.startswith(("postgresql://", "postgres://")):
        return None
    raise ValueError(
        f"{url.partition(':')[0]}: is no database we know: use sqlite:///FILE or postgresql://..."
    )


def _upgrade(engine: Engine) -> None:
    with engine.connect() as connection:
        if is_newest(connection):
            return
    import_module("app.storage.migrating").upgrade(engine)


def _postgresql() -> Any:
    return import_module("app.storage.postgresql")


def _plain(connection: Any) -> Any:
    connection.autocommit = False
    return connection
