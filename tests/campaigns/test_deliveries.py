"""Webhooks that fail while the server is killed: `make campaign-webhooks` makes 20,000 events a database."""

import os
import random

import pytest

from tests.campaigns.deliveries import Moody, Phase, Post, faults
from tests.campaigns.receiving import Letter, receiving
from tests.campaigns.serving import Site

EVENTS = int(os.environ.get("POSTIL_CAMPAIGN_EVENTS", "80"))
KILLS = 1 if EVENTS < 10_000 else 10  # while it is sent, and as many while it is replayed
PATIENCE = 30  # seconds without any news; what failed is tried again each half
IN_A_HURRY = "tests.campaigns.impatient"
SEEDED = "tests.campaigns.seeded_deliveries"


def test_what_was_accepted_is_the_feed_whatever_happened_meanwhile(site: Site) -> None:
    with receiving(Moody(random.Random("moods"))) as receiver:
        post = Post(site, receiver, PATIENCE, EVENTS // 100, IN_A_HURRY)
        sent = post.send(EVENTS, KILLS)
        replayed = post.replay(KILLS)

    print(f"{site.kind}, {2 * KILLS} kills: {sent}; replayed from {replayed.after} on: {replayed}")
    assert (faults(sent), faults(replayed)) == ([], [])
    assert sum(not one.is_accepted for one in sent.letters) > EVENTS * 0.2


# A delivery that is noted before it was made is lost where a kill falls in between: seen among many alone.
BUGS = [("gives up", 60, 0), ("reuses any", 400, 0), *([("notes too soon", 1200, 8)] if EVENTS > 80 else [])]


@pytest.mark.parametrize(("bug", "events", "kills"), BUGS)
@pytest.mark.parametrize("site", ["sqlite"], indirect=True)
def test_checker_detects_a_lost_delivery(site: Site, bug: str, events: int, kills: int) -> None:
    with receiving(Moody(random.Random("moods"))) as receiver:
        sent = Post(site, receiver, 4, 1, SEEDED, POSTIL_SEEDED=bug).send(events, kills)

    assert any("was lost" in fault for fault in faults(sent))


def test_checker_detects_disorder_and_letters_of_no_event() -> None:
    events = [{"id": id, "record_id": "r", "sequence": n} for n, id in enumerate("abc", 1)]

    def found(ids: str) -> list[str]:
        return faults(Phase({"/p": events}, [Letter("/p", id, {}, True) for id in ids], 0))

    assert found("abc") == found("aabac") == []
    assert found("acb") == ["/p: r came as [1, 3, 2]"]
    assert found("abcd") == ["/p: d is of no event"]
    assert found("ac") == ["/p: b was lost"]
