"""A page: 1,000 entries of 100,000, those of two statuses, the highest priority first. One client."""

from bench.data import STATUSES, Filled
from bench.measures.measure import Measure, Script, escaped, get


def target_of(dataset: str, page: str = "") -> str:
    """The address of a page of DATASET; PAGE says which, the first by default."""
    query = f"filter[dataset_id]={dataset}&filter[status__in]={','.join(STATUSES)}&sort=-priority{page}"
    return f"/entries?{escaped(query)}"


def scripts_of(data: Filled) -> list[Script]:
    return [[get(target_of(data.main))]]


PAGE = Measure(
    "page",
    "1,000 entries, two statuses, sorted; 1 client",
    1,
    scripts_of,
    ("postil", "obvious", "floor"),
    {"floor": 0.9},
)
