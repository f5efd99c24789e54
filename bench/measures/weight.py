"""What is weighed of one process of Postil, and not timed under a load."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.contenders import Started
from bench.data import Filled

MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Weight:
    """WEIGHED gives a figure in UNIT of a Postil that has just been started; None where it cannot be had."""

    name: str
    about: str
    unit: str
    most: float  # that is wanted
    weighed: Callable[[Started, Filled], float | None]
