"""Work: the entry to do next is taken, then submitted, by eight people at once who share a queue."""

from bench.data import Filled
from bench.measures.measure import Measure, Script, post
from bench.rows import WORKERS

CLIENTS = 8


def scripts_of(data: Filled) -> list[Script]:
    return [
        [post(f"/datasets/{data.queue}/next", key=key), post("/entries/{id}/submit", key=key)]
        for key in WORKERS[:CLIENTS]
    ]


WORK = Measure(
    "work",
    "next and submit; 8 clients",
    CLIENTS,
    scripts_of,
    wanted={"floor": 0.4},
    thing="next + submit",
    is_changing=True,
)
