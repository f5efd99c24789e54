"""From the API's links between parts of a list to addresses of the page that shows them."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlencode

from app.web.dashboard.asking import Pairs
from app.web.dashboard.visits import Visit


def asked_page(visit: Visit) -> Pairs:
    """What the page's address says of which part of the list is shown."""
    return [(name, value) for name, value in visit.query if name.startswith("page[")]


def pages_of(visit: Visit, links: Mapping[str, str | None]) -> dict[str, str | None]:
    """The addresses of the part before and of the next one; None where there is none."""
    return {name: _address(visit, links.get(name)) for name in ("prev", "next")}


def _address(visit: Visit, link: str | None) -> str | None:
    if not link:
        return None
    own = [(name, value) for name, value in visit.query if not name.startswith("page[")]
    pages = [pair for pair in parse_qsl(link.partition("?")[2], True) if pair[0] in _PLACES]
    return f"{visit.path}?{urlencode([*own, *pages], quote_via=quote, safe='[],')}"


_PLACES = ("page[number]", "page[after]", "page[before]")
