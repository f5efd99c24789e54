"""Hostile URLs in every field that takes one, over HTTP: nothing is fetched from what lies inside."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.fetching import Fetcher
from app.main import build
from app.settings import Settings
from app.storage.blobs import open_blobs
from app.storage.opening import open_database
from app.work import Sources
from tests.app.data.doing import acted, entries, errors, imported
from tests.app.fetching import grammar
from tests.app.fetching.hostile import hostile_urls
from tests.app.fetching.servers import Tripwire
from tests.app.fetching.test_hostile import inward
from tests.app.test_keeping import eventually
from tests.client import served
from tests.conftest import new_database
from tests.lab import Dice, House, Lab

SAMPLE = 150  # URLs for each field


@pytest.fixture
def tripwire() -> Iterator[Tripwire]:
    wire = Tripwire(is_wide=True)
    yield wire
    wire.close()


@pytest.fixture
def walled(request: pytest.FixtureRequest, tmp_path: Path, dice: Dice, tripwire: Tripwire) -> Iterator[Lab]:
    """A laboratory whose service may speak to the tripwire's port, and whose every name leads inside."""
    fetcher = Fetcher(ports=frozenset({80, 443, tripwire.port}), resolve=inward)
    sources = Sources(fetcher=fetcher, blobs=open_blobs("", tmp_path))
    settings = Settings(data=tmp_path, allowed_hosts="testserver", webhook_retry=60)
    with new_database(request, "sqlite") as url:
        database = open_database(url, sources=sources, connections=2)
        with served(build(settings, database)) as client:
            yield Lab(House(client, database, dice, settings), "Lab behind a wall")
    fetcher.close()


def sample(tripwire: Tripwire, start: int) -> list[str]:
    """Some of the hostile URLs that a JSON text of a URL can be, from the one of number START on."""
    known = dict.fromkeys([*hostile_urls(tripwire.port), *grammar.urls(tripwire.port)])
    urls = [url for url in known if 0 < len(url) <= 2000 and "\0" not in url and url.strip() == url]
    return urls[start :: len(urls) // SAMPLE]


def names(tripwire: Tripwire) -> list[str]:
    """URLs that nothing is wrong with, of names that lead inside."""
    return [f"http://{name}:{tripwire.port}/1.png" for name in grammar.names()]


def test_no_hostile_url_is_taken_for_a_webhook(walled: Lab, tripwire: Tripwire) -> None:
    codes = {
        (answer.status, answer.code)
        for url in sample(tripwire, 0)
        for answer in [walled.owner.create("webhooks", url=url)]
    }

    assert codes == {(422, "url_not_allowed")}
    assert tripwire.visits == []


def test_no_webhook_is_told_anything_at_a_name_that_leads_inside(walled: Lab, tripwire: Tripwire) -> None:
    hooks = [
        walled.owner.create("webhooks", url=url, event_types=["entries.*"]) for url in names(tripwire)[:8]
    ]
    walled.new_entry()

    def log() -> Any:
        told = [walled.owner.get(f"/webhook_deliveries?filter[webhook_id]={one.id}").data for one in hooks]
        return all(told) and [one[0]["attributes"] for one in told]

    assert {one.status for one in hooks} == {201}
    assert {one["error_code"] for one in eventually(log)} == {"url_not_allowed"}
    assert tripwire.visits == []


def test_no_manifest_is_fetched_from_a_hostile_url(walled: Lab, tripwire: Tripwire) -> None:
    path = f"/datasets/{walled.dataset}/imports"

    refused = {
        (answer.status, answer.code)
        for url in sample(tripwire, 1)
        for answer in [acted(walled, path, manifest_url=url)]
    }

    assert refused == {(422, "url_not_allowed")}
    assert tripwire.visits == []


@pytest.mark.parametrize("field", ["urls", "items"])
def test_no_item_is_fetched_from_a_hostile_url(walled: Lab, tripwire: Tripwire, field: str) -> None:
    urls = [*sample(tripwire, 2 if field == "urls" else 3), *names(tripwire)]
    given: list[Any] = urls if field == "urls" else [{"url": url} for url in urls]

    job, id = imported(walled, None, **{field: given, "download": True})

    assert {code for _, code in errors(walled, id)} == {"url_not_allowed"}
    assert job["errors_count"] == len(urls) == len(entries(walled))
    assert {one["status"] for one in entries(walled)} == {"processing_error"}
    assert tripwire.visits == []
