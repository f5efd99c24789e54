"""What holds for every page: it opens, shows what is hostile as text, fits 360 px, and axe finds nothing."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from app.web.dashboard import declared
from app.web.dashboard.assets import FOLDER
from app.web.dashboard.catalog import PAGES
from tests.dashboard.hostile import FOUND, MARKUP, Hostile, hostile
from tests.dashboard.manners import NARROW, WIDE
from tests.lab import House

AXE = FOLDER.parent / "front" / "node_modules" / "axe-core" / "axe.min.js"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
WEIGHTS = """[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .filter(one => one.initiatorType !== "img").map(one => [one.initiatorType, one.encodedBodySize])"""
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}  # all that is otherwise in the dark
SCHEMES: dict[Literal["light", "dark"], Any] = {"light": RULES, "dark": CONTRAST}
FIRST_PAGE = 200_000  # bytes that it may weigh, compressed, besides pictures
UNSAFE = ("|safe", "| safe", "autoescape", "Markup(", " style=", "javascript:", " onclick", "hx-on")
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # no page knows a database
AREAS = [page.path for page in PAGES if page.path != "/ui"] + ["/ui/sign-in"]


@pytest.fixture(scope="session")
def place(house: House) -> Iterator[Hostile]:
    with hostile(house) as made:
        yield made


class Seen:
    """A page as a browser shows it: what went wrong, and what it weighed."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.faults.append(said.text)


@pytest.fixture
def seen(browser: Browser, place: Hostile) -> Iterator[Seen]:
    context = browser.new_context(base_url=place.url, viewport=WIDE)
    key = place.lab.owner.key or ""
    assert context.request.post("/ui/sign-in", form={"key": key}, max_redirects=0).status == 303
    yield Seen(context.new_page())
    context.close()


def opened(seen: Seen, place: Hostile, area: str, query: str = "") -> Page:
    answer = seen.page.goto(place.path_of(area) + query, wait_until="load")
    assert answer is not None
    assert answer.status == 200, f"{area}: {answer.status}"
    return seen.page


@on_sqlite
@pytest.mark.parametrize("area", AREAS)
def test_it_shows_what_is_hostile_as_text_and_everybody_can_use_it(
    seen: Seen, place: Hostile, area: str
) -> None:
    """By screen reader and keyboard, as far as axe can tell, in light and dark; and on a narrow screen."""
    page = opened(seen, place, area)

    assert page.locator(FOUND).count() == 0
    assert "49}}" not in page.content()
    assert seen.faults == []
    page.evaluate(axe())
    serious = []
    for scheme, rules in SCHEMES.items():
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate("rules => axe.run(document, rules)", rules)["violations"]
        serious += [told(one) for one in found if one["impact"] in ("serious", "critical")]
    page.set_viewport_size(NARROW)

    assert serious == []
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


@cache
def axe() -> str:
    return AXE.read_text()


def told(violation: dict[str, Any]) -> str:
    places = [node["html"][:160] for node in violation["nodes"][:3]]
    return f"{violation['id']}: {violation['help']} at {places}"


def test_the_first_page_is_light(seen: Seen, place: Hostile) -> None:
    page = opened(seen, place, "/ui/projects")

    weights = dict(page.evaluate(WEIGHTS))

    assert {"script", "link", "navigation"} <= weights.keys()
    assert sum(weights.values()) < FIRST_PAGE


def test_the_mark_stands_on_the_pages_that_are_looked_at(seen: Seen, place: Hostile) -> None:
    """Else nothing of the above would be shown."""
    page = opened(seen, place, "/ui/projects")

    assert MARKUP in page.inner_text("main")


def test_a_page_that_took_text_for_markup_would_be_seen(seen: Seen, place: Hostile) -> None:
    page = opened(seen, place, "/ui/projects")

    page.evaluate("text => { document.querySelector('main').innerHTML = text }", MARKUP)

    assert page.locator(FOUND).count() > 0


def test_no_template_leaves_anything_unescaped() -> None:
    templates = sorted((Path(declared.__file__).parent / "templates").rglob("*.html"))

    assert templates
    for path in templates:
        text = path.read_text()
        for word in (
            "|safe",
            "| safe",
            "autoescape",
            "Markup(",
            " style=",
            "javascript:",
            " onclick",
            "hx-on",
        ):
            assert word not in text, f"{path.name}: {word}"
