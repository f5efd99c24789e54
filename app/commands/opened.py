"""The database that settings name, open for a command."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.settings import Settings
from app.storage.database import Database
from app.storage.opening import migrate, open_database


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database of SETTINGS, migrated, and closed in the end."""
    migrate(settings.database_url)
    database = open_database(settings.database_url, connections=1)
    try:
        yield database
    finally:
        database.close()
