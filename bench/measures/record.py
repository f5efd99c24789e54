"""A record: one entry by its id, another each time. 16 clients."""

from bench.data import Filled
from bench.measures.measure import Measure, Script, get


def scripts_of(data: Filled) -> list[Script]:
    return [[get(f"/entries/{id}")] for id in data.entry_ids]


RECORD = Measure(
    "record",
    "one entry by its id; 16 clients",
    16,
    scripts_of,
    ("postil", "obvious", "floor"),
    {"floor": 0.35},
)
