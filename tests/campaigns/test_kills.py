"""Nothing acknowledged is lost when a server is killed: its writes, its counts, its feed.

`make test` kills a few times; `make campaign-kills` two hundred times a database (POSTIL_CAMPAIGN_ROUNDS).
"""

import copy
import os
import random
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from app.storage.opening import engine_of
from tests.campaigns.conftest import new_site
from tests.campaigns.killing import Rounds, campaign, shown
from tests.campaigns.ledger import Line, Reader, differences, missing
from tests.campaigns.mixed_load import LEAST

ROUNDS = int(os.environ.get("POSTIL_CAMPAIGN_ROUNDS", "1"))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def rounds(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rounds]:
    """All rounds of the campaign, played and found right."""
    folder = tmp_path_factory.mktemp("kills")
    with new_site(request, folder, request.param) as site, engine_of(site.database) as engine:
        played = Rounds(site, engine, random.Random())
        campaign(played, ROUNDS)
        yield played


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(rounds: Rounds) -> None:
    """The fixture has looked at every round; here is that there was something to lose."""
    kinds = {(line.type, line.kind) for line in rounds.lines}

    assert len(rounds.lines) >= LEAST * ROUNDS
    assert {("entries", "create"), ("entries", "submit"), ("annotations", "create")} <= kinds
    assert len(rounds.reader.events) > len(rounds.lines) / 2


def test_checker_detects_a_lost_write(rounds: Rounds) -> None:
    made = next(line for line in rounds.lines if line.type == "annotations" and line.kind == "create")
    without = [event for event in rounds.reader.events if event["record_id"] != made.id]
    other = Line(made.type, made.id, made.kind, made.version, {**made.attributes, "annotation": {"n": 0}})

    assert missing(rounds.lines, rounds.reader.events) == []
    assert made in missing(rounds.lines, without)
    assert missing([other], rounds.reader.events) == [other]
    assert missing([made, made], rounds.reader.events) == [made]  # one event for two changes


def test_checker_detects_a_lost_version(rounds: Rounds) -> None:
    changed = next(line for line in rounds.lines if line.type == "entries" and (line.version or 0) > 2)
    events = [
        event
        for event in rounds.reader.events
        if (event["record_id"], event["record_version"]) != (changed.id, changed.version)
    ]

    assert changed in missing(rounds.lines, events)
    assert read(events).faults


def read(events: list[Any]) -> Reader:
    reader = Reader()
    reader.read(events)
    return reader


def test_checker_detects_a_gap(rounds: Rounds) -> None:
    events = list(rounds.reader.events)
    at = len(events) // 2

    assert read(events).faults == []
    assert read(events[:at] + events[at + 1 :]).faults
    assert read([*events[: at + 1], *events[at:]]).faults
    assert read([*events[:at], events[at + 1], events[at], *events[at + 2 :]]).faults
    assert read(events[1:]).faults


def test_checker_detects_a_state_that_is_not_the_feeds(rounds: Rounds) -> None:
    rebuilt = rounds.reader.living("entries")
    is_shown = copy.deepcopy(shown(rounds.owner, "/entries"))
    one, other = list(is_shown)[:2]

    assert differences("entries", rebuilt, is_shown) == []
    is_shown[one]["updated_at"] = "2000-01-01T00:00:00.000000Z"
    del is_shown[other]
    assert len(differences("entries", rebuilt, is_shown)) == 2


GONE = "UPDATE entries SET deleted_at = 'x' WHERE dataset_id = :d AND deleted_at IS NULL"
BACK = "UPDATE entries SET deleted_at = NULL WHERE dataset_id = :d AND deleted_at = 'x'"
ONE_MORE = (
    "INSERT INTO tallies VALUES (:d, 'held', 'x', -1, 1)",
    "DELETE FROM tallies WHERE dataset_id = :d AND part = -1",
)
SHOWN = "UPDATE datasets SET entries_total_count = entries_total_count {} 1 WHERE id = :d"
MORE = "UPDATE tallies SET value = value {} 1 WHERE dataset_id = :d"
# On PostgreSQL a dataset's counts are read of its tallies.
SHOWN_BY_TALLIES = (
    "INSERT INTO tallies VALUES (:d, 'entries', 'start:ready', -1, 1)",
    "DELETE FROM tallies WHERE dataset_id = :d AND part = -1",
)


@pytest.mark.parametrize(
    ("doctored", "undone"),
    [
        (GONE, BACK),
        (MORE.format("+"), MORE.format("-")),
        ONE_MORE,
        (SHOWN.format("+"), SHOWN.format("-")),
    ],
    ids=["rows that went unseen", "every tally", "one tally", "the dataset's own count"],
)
def test_checker_detects_a_wrong_count(rounds: Rounds, doctored: str, undone: str) -> None:
    if doctored == SHOWN.format("+") and not rounds.site.is_embedded:
        doctored, undone = SHOWN_BY_TALLIES
    dataset = rounds.plays[-1].dataset

    def run(statement: str) -> None:
        with rounds.engine.begin() as connection:
            assert connection.execute(text(statement), {"d": dataset}).rowcount > 0

    rounds.check_counts(dataset)
    run(doctored)
    try:
        with pytest.raises(AssertionError):
            rounds.check_counts(dataset)
    finally:
        run(undone)
    rounds.check_counts(dataset)
