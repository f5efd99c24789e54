"""Kills processes in turn, every so often, while others do something beside it."""

import random
import threading
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from tests.campaigns.serving import Process


class Killer:
    """Kills PROCESSES in turn and starts them again, some SECONDS (from, to) after each other. A context.

    It does so at most MOST times. With FREEZES, in seconds, each third is frozen for so long instead.
    """

    def __init__(
        self,
        processes: Sequence[Process],
        chance: random.Random,
        seconds: tuple[float, float],
        *,
        most: int = 1_000_000,
        freezes: float = 0.0,
    ) -> None:
        self.told: Counter[str] = Counter()  # kills, freezes
        self._processes = processes
        self._chance = chance
        self._seconds = seconds
        self._most = most
        self._freezes = freezes
        self._is_over = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            for n in range(self._most):
                if self._is_over.wait(self._chance.uniform(*self._seconds)):
                    return
                self._suffer(n)
        except BaseException as error:  # told to who waits for the end
            self._failure = error

    def _suffer(self, n: int) -> None:
        process = self._processes[n % len(self._processes)]
        if self._freezes and n % 3 == 2:
            process.freeze(self._freezes)
            self.told["freezes"] += 1
            return
        process.kill()
        process.start()
        self.told["kills"] += 1
