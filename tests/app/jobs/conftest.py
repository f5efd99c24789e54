"""What tests of the housekeeping stand on: a database of their own, and hands to reach into it."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text

from app.storage.opening import engine_of


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    """The tests' own way to the tables, past the service."""
    with engine_of(database_url) as engine:
        yield engine


class Hands:
    """Reaches into the tables."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ask(self, sql: str, **values: Any) -> list[Any]:
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql), values)]

    def do(self, sql: str, **values: Any) -> int:
        with self._engine.connect() as connection:
            count = connection.execute(text(sql), values).rowcount
            connection.commit()
            return count


@pytest.fixture
def hands(engine: Engine) -> Hands:
    return Hands(engine)
