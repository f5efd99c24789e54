"""The feed: a reader that follows it, 1,000 events a page. One client."""

from bench.data import FEED, Filled
from bench.measures.measure import Measure, Script, escaped, get

PAGE = 1_000


def scripts_of(data: Filled) -> list[Script]:
    last = min(FEED, data.entries)
    return [[get(f"/events?after={n}&{escaped(f'page[size]={PAGE}')}")] for n in range(0, last, PAGE)]


FEED_READ = Measure(
    "feed",
    "GET /events?after=N, page by page; 1 client",
    1,
    scripts_of,
    ("postil",),
    least=20_000,
    things=PAGE,
    thing="event",
)
