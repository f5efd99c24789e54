"""Included: 100 entries with their 500 annotations, in one document. One client."""

from bench.data import Filled
from bench.measures.measure import Measure, Script, escaped, get


def scripts_of(data: Filled) -> list[Script]:
    query = f"filter[dataset_id]={data.crowded}&page[size]=100&include=annotations"
    return [[get(f"/entries?{escaped(query)}")]]


INCLUDE = Measure(
    "include", "100 entries and their 500 annotations; 1 client", 1, scripts_of, wanted={"floor": 0.7}
)
