"""A bar for each part of a backup, on a terminal; elsewhere nothing is shown."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn


class Bars:
    """Shows each part as it is told of it."""

    def __init__(self, shown: Progress) -> None:
        self._shown = shown
        self._task = shown.add_task("", visible=False)

    def begin(self, part: str, total: int) -> None:
        self._task = self._shown.add_task(part, total=total)

    def advance(self, by: int) -> None:
        self._shown.advance(self._task, by)


@contextmanager
def bars() -> Iterator[Bars]:
    """Bars on standard error, where that is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    console = Console(stderr=True)
    with Progress(*columns, TimeElapsedColumn(), console=console, disable=not sys.stderr.isatty()) as shown:
        yield Bars(shown)
