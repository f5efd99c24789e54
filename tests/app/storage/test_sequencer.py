"""The sequencer of PostgreSQL's events, where its connection fails."""

from typing import Any

import psycopg
import pytest

from app.storage.postgresql import Sequencer
from tests.app.test_keeping import eventually


def test_a_connection_that_failed_is_closed(postgresql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[psycopg.Connection[Any]] = []

    def fail(self: Sequencer, connection: psycopg.Connection[Any]) -> bool:
        used.append(connection)
        raise psycopg.OperationalError("the server is away")

    monkeypatch.setattr(Sequencer, "_number", fail)
    sequencer = Sequencer(postgresql)
    try:
        eventually(lambda: len(used) > 1)
    finally:
        sequencer.close()

    assert [one for one in used if not one.closed] == []
