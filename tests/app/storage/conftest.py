"""Databases for the tests of the storage, which open and break them themselves."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.storage.blobs import Blobs, open_blobs
from app.storage.database import Database
from app.storage.opening import open_database
from app.storage.sqlite import SqliteDatabase
from tests.app.storage.contents import Hours
from tests.conftest import new_database


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a migrated database of these tests' own."""
    with new_database(request, request.param) as url:
        yield url


@pytest.fixture(scope="session")
def kept(url: str) -> Iterator[Database]:
    """The open database at that URL."""
    with closing(open_database(url, connections=4)) as database:
        yield database


@pytest.fixture
def sqlite_database(request: pytest.FixtureRequest) -> Iterator[SqliteDatabase]:
    """A new SQLite database."""
    with new_database(request, "sqlite") as url, closing(open_database(url)) as database:
        assert isinstance(database, SqliteDatabase)
        yield database


@pytest.fixture
def postgresql_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a new PostgreSQL database."""
    with new_database(request, "postgresql") as url:
        yield url


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def folder(tmp_path: Path, hours: Hours) -> Blobs:
    return open_blobs("", tmp_path, clock=hours)
