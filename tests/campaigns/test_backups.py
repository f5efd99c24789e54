"""A backup that is made under load is restored whole, into either database.

`make test` makes one of each database; `make campaign-backup` twenty (POSTIL_CAMPAIGN_BACKUPS).
"""

import os
import random
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from tests.app.keeping.conftest import empty_postgresql
from tests.campaigns.backing_up import Backups, campaign, check_feed
from tests.campaigns.conftest import new_site
from tests.campaigns.killing import feed
from tests.campaigns.ledger import missing
from tests.campaigns.mixed_load import LEAST

ROUNDS = int(os.environ.get("POSTIL_CAMPAIGN_BACKUPS", "1"))
# One round alone is played on the database where a snapshot is the harder to have.
KINDS = ["sqlite", "postgresql"] if ROUNDS > 1 else ["postgresql"]


@pytest.fixture(scope="module", params=KINDS)
def backups(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backups]:
    """All rounds of the campaign, played and found right; every second goes into the other kind."""
    folder: Path = tmp_path_factory.mktemp("backups")
    server = request.getfixturevalue("postgresql")

    def place(number: int) -> AbstractContextManager[str]:
        if (request.param == "sqlite") == (number % 2 == 0):
            return nullcontext(f"sqlite:///{folder}/restored{number}/postil.db")
        return empty_postgresql(server)

    with new_site(request, tmp_path_factory.mktemp("site"), request.param) as site:
        played = Backups(site, random.Random())
        campaign(played, ROUNDS, place, folder)
        yield played


def test_what_was_acknowledged_before_a_backup_began_is_in_it(backups: Backups) -> None:
    """The fixture has looked at every round; here is that there was something to lose, and a load."""
    kinds = {(line.type, line.kind) for line in backups.lines}

    assert len(backups.lines) >= LEAST * ROUNDS
    assert {("entries", "create"), ("annotations", "create")} <= kinds
    assert backups.during > 0


def test_checker_detects_what_is_not_in_a_backup(backups: Backups) -> None:
    events = feed(backups.owner, 0)
    made = next(line for line in backups.lines if line.type == "annotations" and line.kind == "create")

    assert missing([made], events) == []
    assert missing([replace(made, version=2)], events)
    with pytest.raises(AssertionError):
        check_feed(backups.owner, events[:-1])
