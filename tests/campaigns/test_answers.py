"""Answers that are dropped, and requests that are repeated: 20,000 a database by `make campaign-answers`."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from tests.campaigns.answers import DROPPED, Played, play
from tests.campaigns.conftest import BOTH, IS_CAMPAIGN
from tests.campaigns.outcomes import differences
from tests.campaigns.serving import Site
from tests.conftest import new_postgresql_database

REQUESTS = int(os.environ.get("POSTIL_CAMPAIGN_ANSWERS", "200"))  # a play
NewSite = Callable[[], Site]


@pytest.fixture(scope="module", params=BOTH if IS_CAMPAIGN else ["sqlite"])
def new_site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewSite]:
    """Makes sites on new databases of each kind, which end with the module."""
    with ExitStack() as stack:
        numbers = count()

        def make() -> Site:
            folder: Path = tmp_path_factory.mktemp(f"site{next(numbers)}")
            url = f"sqlite:///{folder}/postil.db"
            if request.param == "postgresql":
                url = stack.enter_context(new_postgresql_database(request.getfixturevalue("postgresql")))
            return stack.enter_context(Site(folder, url))

        yield make


@pytest.fixture(scope="module")
def straight(new_site: NewSite) -> Played:
    """What comes of the scripts where each request is sent once."""
    return play(new_site(), REQUESTS)


def test_what_is_repeated_with_its_key_is_as_if_it_had_been_sent_once(
    new_site: NewSite, straight: Played
) -> None:
    repeated = play(new_site(), REQUESTS, dropped=DROPPED)

    print(f"straight: {straight}\nrepeated: {repeated}")
    assert (straight.wrong, repeated.wrong) == ([], [])
    for team, (once, often) in enumerate(zip(straight.teams, repeated.teams, strict=True)):
        assert not (found := differences(once, often)), f"team {team}: {found}"
    assert repeated.shared == straight.shared
    assert (repeated.requests, repeated.events) == (straight.requests, straight.events)
    assert repeated.letters == straight.letters
    assert repeated.lost > repeated.requests * DROPPED / 2
    assert repeated.replayed > 0
    assert len(repeated.fates) == 7, "every way of dropping is to be seen"


@pytest.mark.parametrize("new_site", ["sqlite"], indirect=True)
def test_checker_detects_a_retry_that_counts_twice(new_site: NewSite, straight: Played) -> None:
    repeated = play(new_site(), REQUESTS, dropped=DROPPED, has_keys=False)

    print(f"without keys: {repeated}")
    assert repeated.wrong  # in what all share, too much was done
    assert any(
        {"events", "revisions", "records"} <= differences(once, often).keys()
        for once, often in zip(straight.teams, repeated.teams, strict=True)
    )
