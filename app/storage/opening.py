"""Find, migrate and open the database that a URL names."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import NullPool

from app.storage import postgresql, rings, sqlite
from app.storage.database import Database
from app.storage.streams import StreamLimits
from app.work import Sources

MIGRATIONS = Path(__file__).parent / "migrations"


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
    return postgresql.PostgresDatabase(url, sources, connections, streams)


def migrate(url: str) -> None:
    """Bring the tables at URL to the newest revision. On SQLite it holds the lock meanwhile."""
    if path := sqlite_path(url):
        path.parent.mkdir(parents=True, exist_ok=True)
        with sqlite.lock(path), engine_of(url) as engine:
            _upgrade(engine)
    else:
        with engine_of(url) as engine:
            _upgrade(engine)
        rings.migrate(url)


def migrate_within(connection: Connection, revision: str) -> None:
    """Bring the tables to REVISION (head: the newest) in the transaction of CONNECTION, which goes on."""
    config = configuration(connection.engine)
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def revisions() -> list[str]:
    """Every revision that this version knows, the newest first."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]


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
        engine = create_engine("sqlite://", creator=lambda: sqlite.connect(path), poolclass=NullPool)
    else:
        engine = create_engine(
            "postgresql+psycopg://",
            creator=lambda: _plain(postgresql.connect(url, **settings)),
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


def configuration(engine: Engine) -> Config:
    """What alembic needs to know."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = engine
    return config


def _upgrade(engine: Engine) -> None:
    command.upgrade(configuration(engine), "head")


def _plain(connection: Any) -> Any:
    connection.autocommit = False
    return connection
