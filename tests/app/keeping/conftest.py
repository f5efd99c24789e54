"""A service that is there to be backed up, and empty places to restore it into."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import psycopg
import pytest

from tests.app.keeping.scenes import Scene, backed_up, played
from tests.conftest import new_database


class Empty(Protocol):
    """Gives the URL of an empty place of a kind, sqlite or postgresql."""

    def __call__(self, kind: str) -> str: ...


@contextmanager
def empty_postgresql(server: str) -> Iterator[str]:
    """The URL of a database of SERVER without a table."""
    name = f"empty_{uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Empty]:
    opened: list[AbstractContextManager[str]] = []

    def make(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path}/{uuid4().hex[:8]}/postil.db"
        opened.append(empty_postgresql(request.getfixturevalue("postgresql")))
        return opened[-1].__enter__()

    yield make
    for one in opened:
        one.__exit__(None, None, None)


@pytest.fixture(scope="session")
def scenes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Scene]]:
    """The same story on each kind of database. Nobody writes to them."""
    with new_database(request, "sqlite") as one, new_database(request, "postgresql") as other:
        yield {
            "sqlite": played(one, tmp_path_factory.mktemp("files")),
            "postgresql": played(other, tmp_path_factory.mktemp("files")),
        }


@pytest.fixture(params=["sqlite", "postgresql"])
def scene(request: pytest.FixtureRequest, scenes: dict[str, Scene]) -> Scene:
    return scenes[request.param]


@pytest.fixture(scope="session")
def archive(scenes: dict[str, Scene], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the story on SQLite."""
    file = tmp_path_factory.mktemp("archive") / "backup.tar"
    backed_up(scenes["sqlite"], file)
    return file
