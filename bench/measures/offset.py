"""The page that begins 90 % down the list, by its number: the 91st of 100,000 entries."""

from bench.data import Filled
from bench.measures.measure import Measure, Script, get
from bench.measures.page import target_of


def scripts_of(data: Filled) -> list[Script]:
    return [[get(target_of(data.main, f"&page[number]={data.deep_number}"))]]


OFFSET = Measure(
    "offset",
    "the same at offset 90,000",
    1,
    scripts_of,
    ("postil", "obvious", "floor"),
    {"floor": 0.9},
)
