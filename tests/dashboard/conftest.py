"""What the journeys are given: a browser, a studio on each database, and people who are signed in."""

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.conftest import new_postgresql_database
from tests.dashboard import chromium
from tests.dashboard.manners import MANNER, in_manner, viewport
from tests.dashboard.studio import Studio, studio_of
from tests.vendors.serving import VendorSite

HERE = Path(__file__).parent
PICTURES = HERE.parents[1] / "build" / "journeys"  # what was seen, kept as build output
PATIENCE = 20_000  # milliseconds that a page may take on a machine that does much else

expect.set_options(timeout=PATIENCE)

IS_CAMPAIGN = MANNER != ""

SignIn = Callable[..., Page]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """The browser's loop runs in tests of this folder alone: this is called for all."""
    if not item.path.is_relative_to(HERE):
        return (yield)
    with chromium.at_work():
        return (yield)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium.found()
    if path is None:
        assert not os.environ.get("CI"), chromium.ABSENT
        pytest.skip(chromium.ABSENT)
    with chromium.launched(path) as browser:
        chromium.resume()
        yield browser


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What the pages do is the API's, which is tried on both databases: so are the main journeys, and in the
    campaign all of them."""
    if "site" in metafunc.fixturenames:
        is_on_both = IS_CAMPAIGN or metafunc.definition.get_closest_marker("main_journey")
        kinds = ["sqlite", "postgresql"] if is_on_both else ["sqlite"]
        metafunc.parametrize("site", kinds, indirect=True, scope="session")


@pytest.fixture(scope="session")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VendorSite]:
    """A server in a process of its own, on a kind of database."""
    folder = tmp_path_factory.mktemp("studio")
    if request.param == "sqlite":
        with VendorSite(folder, f"sqlite:///{folder}/postil.db") as site:
            site.serve(POSTIL_ALLOWED_PRIVATE_HOSTS="127.0.0.1")  # a webhook of a test
            yield site
        return
    with (
        new_postgresql_database(request.getfixturevalue("postgresql")) as url,
        VendorSite(folder, url) as site,
    ):
        site.serve(POSTIL_ALLOWED_PRIVATE_HOSTS="127.0.0.1")
        yield site


@pytest.fixture
def studio(site: VendorSite) -> Studio:
    """New people and a new project at the site."""
    return studio_of(site)


@pytest.fixture
def sign_in(browser: Browser, studio: Studio) -> Iterator[SignIn]:
    """Opens a page for one of the studio's people; nothing may go wrong in it."""
    contexts, faults = [], []

    def signed_in(name: str = "", **options: Any) -> Page:
        given: dict[str, Any] = {"viewport": viewport(), "base_url": studio.site.url} | options
        context = browser.new_context(**given)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        key = studio.people[name].key if name else studio.site.key
        assert context.request.post("/ui/sign-in", form={"key": key}, max_redirects=0).status == 303
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
        page.on(
            "console", lambda said: faults.append(f"{page.url}: {said.text}") if _is_fault(said) else None
        )
        return page

    with in_manner():
        yield signed_in
    for context in contexts:
        context.close()
    assert faults == []


def _is_fault(said: ConsoleMessage) -> bool:
    # A refusal that a page tells of is written there by the browser too, and a server that is restarted.
    is_told = "the server responded with a status of 4" in said.text or "net::ERR_" in said.text
    return said.type == "error" and not is_told


@pytest.fixture
def keep(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Keeps a picture of a page, by a name."""

    def kept(page: Page, name: str) -> None:
        kind = "postgresql" if "postgresql" in request.node.name else "sqlite"
        (PICTURES / kind).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / kind / f"{name}.png", full_page=True)

    return kept
