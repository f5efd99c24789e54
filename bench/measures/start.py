"""The start: from the command to the first answer that it is ready, with a filled database."""

from bench.contenders import Started
from bench.data import Filled
from bench.measures.weight import Weight


def weighed(postil: Started, data: Filled) -> float:
    return postil.seconds_to_ready


START = Weight("start", "from start to ready", "s", 1.5, weighed)
