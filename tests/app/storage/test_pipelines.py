"""What fails in a pipeline costs nothing that comes after it."""

import pytest

from app.storage.pipelines import PipelinedTransaction
from app.storage.postgresql import PostgresDatabase
from tests.lab import Lab

TIMES = 60  # so that each connection prepares statements in pipelines that fail, and needs them afterwards


def statuses_of(lab: Lab) -> set[int]:
    """How creates are answered, of which every other breaks a rule."""
    if not isinstance(lab.house.database, PostgresDatabase):
        pytest.skip("SQLite has no pipelines")
    found = set()
    for n in range(TIMES):
        for name in ("taken", f"free {n}"):
            given = {"dataset_id": lab.dataset, "resource": "x.jpg"}
            data = {"type": "entries", "attributes": {**given, "external_id": name}}
            found.add(lab.owner.post("/entries", {"data": data}).status)
            calls = [
                {"jsonrpc": "2.0", "id": 1, "method": "create", "params": {**given, "external_id": one}}
                for one in (f"more {n} {name}", name, *(f"{n} {name} {m}" for m in range(8)))
            ]
            found.add(lab.owner.rpc("/entries", calls).status)
    return found


def test_statements_are_prepared_anew_after_one_failed(lab: Lab) -> None:
    assert statuses_of(lab) == {200, 201, 409}


def test_checker_detects_a_driver_that_believes_in_what_was_never_prepared(
    timed_lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PipelinedTransaction, "_undo", lambda self, sql: self.driver.execute(sql))

    with pytest.raises(AssertionError, match="internal_error"):  # in a database of its own: it stays broken
        statuses_of(timed_lab)
