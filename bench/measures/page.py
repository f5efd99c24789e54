"""A page: 1,000 entries of 100,000, those of two statuses, the highest priority first. One client."""

from bench.data import Filled
from bench.measures.measure import Measure, get


def requests_of(data: Filled) -> list[bytes]:
    query = f"filter[dataset_id]={data.dataset}&filter[status__in]=ready,in_progress&sort=-priority"
    return [get(f"/entries?{query.replace('[', '%5B').replace(']', '%5D')}")]


PAGE = Measure("page", "1,000 entries, two statuses, sorted; 1 client", 1, requests_of)
