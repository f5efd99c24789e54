"""A batch: 1,000 annotations on 100 entries, in one JSON-RPC request. One client."""

import msgspec

from bench.data import Filled
from bench.measures.create import values_of
from bench.measures.measure import Measure, Script, post

CALLS = 1_000
ENTRIES = 100


def scripts_of(data: Filled) -> list[Script]:
    entries = data.open_ids[:ENTRIES]
    calls = [
        {
            "jsonrpc": "2.0",
            "id": n,
            "method": "create",
            "params": {"entry_id": entries[n % len(entries)], **values_of(n)},
        }
        for n in range(CALLS)
    ]
    return [[post("/annotations/_rpc", msgspec.json.encode(calls), media="application/json")]]


BATCH = Measure(
    "batch",
    "1,000 annotations in one JSON-RPC batch; 1 client",
    1,
    scripts_of,
    wanted={"floor": 0.6},
    things=CALLS,
    thing="annotation",
    table="annotations",
    is_changing=True,
)
