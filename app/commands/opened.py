"""The database that settings name, open for a command."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.commands.sources import sources_of
from app.settings import Settings
from app.storage.database import Database, Readable
from app.storage.opening import migrate, open_database, sqlite_path
from app.storage.sqlite_reader import SqliteReader
from app.work import Sources


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database of SETTINGS, migrated, and closed in the end."""
    migrate(settings.database_url)
    database = open_database(settings.database_url, sources=sources_of(settings), connections=1)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def readable(settings: Settings) -> Iterator[Readable]:
    """The database of SETTINGS, to be read, also while a server has it. Nothing is migrated."""
    url = settings.database_url
    path = sqlite_path(url)
    database = SqliteReader(path, Sources()) if path else open_database(url, connections=1)
    try:
        yield database
    finally:
        database.close()
