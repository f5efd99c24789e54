"""The heaviest one-to-one assignment of rows to columns. It must not know what is assigned.

The method is that of shortest augmenting paths with prices (Kuhn 1955; Jonker and Volgenant 1987): rows are
placed one after another, each by the cheapest chain of moves among those placed before, and the prices keep
every remaining move's cost from being negative.
"""

from collections.abc import Sequence
from math import inf

from workflow.agreement.allowance import Allowance


def heaviest(weights: Sequence[Sequence[float]], allowance: Allowance) -> list[int]:
    """For each row of WEIGHTS, the column that it is given, so that the sum of weights is the greatest.

    There are at least as many columns as rows, and every row is given one. With n rows and m columns it takes
    n * n * m steps at most. Raises TooMuch.
    """
    table = _Table(weights, allowance)
    for row in range(len(weights)):
        table.place(row)
    column_of = {row: column for column, row in enumerate(table.row_of) if row is not None}
    return [column_of[row] for row in range(len(weights))]


class _Table:
    def __init__(self, weights: Sequence[Sequence[float]], allowance: Allowance) -> None:
        self.costs = [[-weight for weight in line] for line in weights]
        self.width = len(weights[0]) if weights else 0
        self.row_prices = [0.0] * len(weights)
        self.column_prices = [0.0] * self.width
        self.row_of: list[int | None] = [None] * self.width
        self.allowance = allowance

    def place(self, row: int) -> None:
        """ROW gets a column, and who has to make room for it gets another."""
        search = _Search(self, row)
        self.row_prices[row] += search.reached
        for column, mover in search.passed:
            slack = search.reached - search.distances[column]
            self.row_prices[mover] += slack
            self.column_prices[column] -= slack
        self._shift(search, row)

    def _shift(self, search: "_Search", row: int) -> None:
        """Every row on the way found moves on to the next column, and ROW gets the first."""
        column = search.free
        while column is not None:
            before = search.previous[column]
            self.row_of[column] = row if before is None else self.row_of[before]
            column = before


class _Search:
    """The shortest way from ROW to a free column of TABLE (Dijkstra 1959)."""

    def __init__(self, table: _Table, row: int) -> None:
        self.distances = [inf] * table.width
        self.previous: list[int | None] = [None] * table.width
        self.passed: list[tuple[int, int]] = []  # columns that are taken, each with its row
        self.reached = 0.0
        self._ahead = list(range(table.width))
        self._look(table, row, None)
        while (holder := table.row_of[nearest := self._nearest()]) is not None:
            self.passed.append((nearest, holder))
            self._look(table, holder, nearest)
        self.free: int | None = nearest

    def _nearest(self) -> int:
        """The column ahead with the shortest way to it: it is reached by that."""
        nearest = min(self._ahead, key=self.distances.__getitem__)
        self._ahead.remove(nearest)
        self.reached = self.distances[nearest]
        return nearest

    def _look(self, table: _Table, row: int, before: int | None) -> None:
        """Shortens the ways ahead by those over ROW, which would leave the column BEFORE."""
        table.allowance.spend(len(self._ahead))
        start = self.reached - table.row_prices[row]
        costs, prices = table.costs[row], table.column_prices
        for column in self._ahead:
            distance = start + costs[column] - prices[column]
            if distance < self.distances[column]:
                self.distances[column] = distance
                self.previous[column] = before
