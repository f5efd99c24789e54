"""The same page by its cursor: it is to cost no more than the first."""

from bench.data import Filled
from bench.measures.measure import Measure, Script, get
from bench.measures.page import target_of


def scripts_of(data: Filled) -> list[Script]:
    return [[get(target_of(data.main, f"&page[after]={data.deep_after}"))]]


CURSOR = Measure("cursor", "the same by cursor", 1, scripts_of, wanted={"floor": 0.9})
