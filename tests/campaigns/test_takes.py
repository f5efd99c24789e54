"""Two people never get the same entry: many clients take at once, and no take is doubled.

`make test` takes a thousand; `make campaign-takes` a hundred thousand (POSTIL_CAMPAIGN_TAKES).
"""

import os
import time

import pytest

from tests.campaigns.serving import Site, fill, settle
from tests.campaigns.taking import Deed, Log, doubled, take_all

TAKES = int(os.environ.get("POSTIL_CAMPAIGN_TAKES", "300"))
CLIENTS = 16


def play(site: Site, entries: int, module: str = "app") -> tuple[dict[str, str | None], Log]:
    """Who has each of so many new entries after all clients took them (None: nobody), and what they saw."""
    processes = 1 if site.is_embedded else 2
    site.serve(processes, module)
    owner = site.caller()
    people = settle(owner, site.organization, ["annotator"] * CLIENTS)
    dataset = owner.make("datasets", project_id=people.project, name="Queue")
    fill([site.caller() for _ in range(8)], dataset, entries)
    callers = {account: site.caller(key, n % processes) for n, (account, key) in enumerate(people.members)}
    began = time.monotonic()
    log = take_all(callers, dataset)
    print(
        f"{site.kind}, {processes} process(es): {len(log.takes)} takes by {CLIENTS} clients in "
        f"{time.monotonic() - began:.0f} s, {len(doubled(log.takes))} doubled"
    )
    found = owner.every(f"/datasets/{dataset}/entries?fields=assigned_to_id")
    return {one["id"]: one["attributes"]["assigned_to_id"] for one in found}, log


def test_nobody_gets_what_somebody_else_has(site: Site) -> None:
    holders, log = play(site, TAKES)

    assert log.refused == []
    assert doubled(log.takes) == []
    assert len(log.takes) == len(holders) == TAKES
    assert {take.entry: take.client for take in log.takes} == holders


def test_checker_detects_a_select_then_update(site: Site) -> None:
    _, log = play(site, 100, "tests.campaigns.seeded_take")

    assert doubled(log.takes)


def take(client: str, invoked: float, returned: float) -> Deed:
    return Deed(client, "entry", invoked, returned)


@pytest.mark.parametrize(
    ("takes", "releases"),
    [
        ([take("ana", 0, 1), take("ana", 2, 3)], []),
        ([take("ana", 0, 1), take("ben", 4, 5)], [take("ana", 2, 3)]),
        ([take("ana", 0, 1), take("ben", 1.5, 5)], [take("ana", 2, 6)]),
        ([take("ana", 0, 1), take("ben", 4, 5), take("ana", 8, 9)], [take("ana", 2, 3), take("ben", 6, 7)]),
    ],
    ids=["its own again", "after a release", "while it is released", "to and fro"],
)
def test_a_take_after_a_release_is_no_double(takes: list[Deed], releases: list[Deed]) -> None:
    assert doubled(takes, releases) == []


@pytest.mark.parametrize(
    ("takes", "releases"),
    [
        ([take("ana", 0, 1), take("ben", 0, 1)], []),
        ([take("ana", 0, 1), take("ben", 2, 3)], [take("ana", 4, 5)]),
        ([take("ana", 3, 4), take("ben", 5, 6)], [take("ana", 1, 2)]),
        ([take("ana", 0, 1), take("ben", 4, 5)], [take("eve", 2, 3)]),
        ([take("ana", 0, 1), take("ben", 4, 5), take("eve", 6, 7)], [take("ana", 2, 3)]),
    ],
    ids=["at once", "released later", "released before", "released by another", "one release for two"],
)
def test_checker_detects_a_take_of_what_somebody_has(takes: list[Deed], releases: list[Deed]) -> None:
    assert len(doubled(takes, releases)) == 1
