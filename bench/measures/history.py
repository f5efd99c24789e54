"""What history costs: the creates, beside a Postil that writes no events, and so has no history and feed."""

from bench.measures.create import scripts_of
from bench.measures.measure import Measure

HISTORY = Measure(
    "history",
    "creates with history and events, and without; 8 clients",
    8,
    scripts_of,
    ("postil", "unrecorded"),
    {"unrecorded": 0.6},
    status=201,
    thing="annotation",
    table="annotations",
    is_changing=True,
)
