"""A record: one entry by its id, another each time. 16 clients."""

from bench.data import Filled
from bench.measures.measure import Measure, get


def requests_of(data: Filled) -> list[bytes]:
    return [get(f"/entries/{id}") for id in data.entry_ids]


RECORD = Measure("record", "one entry by its id; 16 clients", 16, requests_of)
