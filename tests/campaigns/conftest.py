"""What campaigns run on: a database of each kind, and an organization in it.

`make test` plays a little of each on one of them, the campaign's own target as much as it says on both.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.campaigns.serving import Site
from tests.conftest import new_postgresql_database


@contextmanager
def new_site(request: pytest.FixtureRequest, folder: Path, kind: str) -> Iterator[Site]:
    """A site in FOLDER on a new database, of the KIND sqlite or postgresql, that serves nothing yet."""
    if kind == "sqlite":
        with Site(folder, f"sqlite:///{folder}/postil.db") as made:
            yield made
        return
    with new_postgresql_database(request.getfixturevalue("postgresql")) as url, Site(folder, url) as made:
        yield made


IS_CAMPAIGN = any(name.startswith("POSTIL_CAMPAIGN_") for name in os.environ)
BOTH = ["sqlite", "postgresql"]


@pytest.fixture(params=BOTH if IS_CAMPAIGN else ["postgresql"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A new site on each kind of database."""
    with new_site(request, tmp_path, request.param) as made:
        yield made
