"""What the model plays against."""

from collections.abc import Iterator

import pytest

from app.web import auth
from tests.app.model.twins import Twins, open_twins


@pytest.fixture(scope="session")
def twins(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    """The service on SQLite and on PostgreSQL."""
    with open_twins(postgresql, tmp_path_factory.mktemp("twins")) as two:
        yield two


@pytest.fixture(autouse=True)
def keys_are_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key is believed until something is changed, and not by a clock that nobody tells."""
    monkeypatch.setattr(auth, "KNOWN_FOR", float("inf"))
