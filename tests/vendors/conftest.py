"""What every vendor's SDK is given: a site of its own, which nothing serves yet."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import new_postgresql_database
from tests.vendors.serving import VendorSite


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VendorSite]:
    """A new organization on an SQLite database of its own."""
    with VendorSite.embedded(tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def sites(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VendorSite]:
    """The same on each kind of database."""
    folder = tmp_path_factory.mktemp("site")
    with _database(request, folder) as database, VendorSite(folder, database) as made:
        yield made


@contextmanager
def _database(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{folder}/postil.db"
        return
    with new_postgresql_database(request.getfixturevalue("postgresql")) as url:
        yield url
