"""A queue of entries from which somebody takes the first that is not barred to them, without a search.

Entries are kept apart by who is barred from them: of these sets there are few, and in each a heap. What was
taken by another way is dropped when it comes up. It must not know steps, time or people: all are numbers.
"""

from heapq import heappop, heappush
from typing import NamedTuple

Barred = frozenset[int]
NOBODY: Barred = frozenset()


class Place(NamedTuple):
    """ENTRY's place in a queue, the lowest RANK first. It is void once the entry's stamp is not STAMP."""

    rank: int
    entry: int
    stamp: int


class Queue:
    def __init__(self) -> None:
        self._heaps: dict[Barred, list[Place]] = {}

    def add(self, place: Place, barred: Barred) -> None:
        heappush(self._heaps.setdefault(barred, []), place)

    def first(self, worker: int, stamps: list[int]) -> Place | None:
        """The first place that WORKER may take: linear in the sets of who is barred, not in the entries."""
        best: Place | None = None
        emptied = []
        for barred, heap in self._heaps.items():
            if worker in barred:
                continue
            while heap and stamps[heap[0].entry] != heap[0].stamp:
                heappop(heap)
            if not heap:
                emptied.append(barred)
            elif best is None or heap[0] < best:
                best = heap[0]
        for barred in emptied:
            del self._heaps[barred]
        return best
