"""A change of a record goes with the commit only where nobody else can have changed the record meanwhile."""

from contextlib import suppress
from typing import Any

import pytest

from app.errors import Conflict
from app.operations import changes, records
from app.operations.statements import Hold
from app.resources.entries import ENTRIES
from app.storage.postgresql import PostgresDatabase
from app.storage.transaction import Transaction
from app.work import SYSTEM, Work
from tests.lab import Lab


def stale(work: Work, entry: str) -> Any:
    """The record as somebody read it who holds nothing, before it was last changed."""
    row = records.find(work, ENTRIES, entry, hold=Hold.KEPT)
    return ENTRIES.altered(row, {"version": row.version - 1})


def seen_of(lab: Lab, entry: str) -> tuple[Any, int]:
    """The entry's attributes, and how many events there are of it."""
    history = lab.owner.get(f"/entries/{entry}/history")
    return lab.owner.get(f"/entries/{entry}").attributes, len(history.data)


def change_what_is_stale(lab: Lab, entry: str) -> None:
    lab.house.database.write_now(
        SYSTEM, lambda work: changes.change(work, ENTRIES, stale(work, entry), {"priority": 9.0})
    )


def test_what_was_read_unheld_and_changed_meanwhile_is_refused_and_nothing_kept(lab: Lab) -> None:
    entry = lab.new_entry()
    before = seen_of(lab, entry)

    with pytest.raises(Conflict):
        change_what_is_stale(lab, entry)

    assert seen_of(lab, entry) == before


def test_checker_detects_a_change_that_is_not_waited_for(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = lab.new_entry()
    before = seen_of(lab, entry)
    monkeypatch.setattr(Transaction, "holds", lambda self, id: True)

    with pytest.raises(RuntimeError):
        change_what_is_stale(lab, entry)

    # On PostgreSQL it went with the commit; SQLite runs everything at once.
    is_kept = isinstance(lab.house.database, PostgresDatabase)
    assert (seen_of(lab, entry) != before) == is_kept


def test_what_is_held_within_an_attempt_that_fails_is_held_no_more(lab: Lab) -> None:
    first, second = lab.new_entry(), lab.new_entry()

    def job(work: Work) -> tuple[bool, bool]:
        records.find(work, ENTRIES, first)
        with suppress(Conflict), work.connection.attempt():
            records.find(work, ENTRIES, second)
            raise Conflict("it is undone")
        return work.connection.holds(first), work.connection.holds(second)

    assert lab.house.database.write_now(SYSTEM, job) == (True, False)
