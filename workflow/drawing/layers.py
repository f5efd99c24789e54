"""Which column a node of a drawing stands in, and which row of it. It must not know what its nodes are."""

from collections.abc import Collection, Iterable, Mapping, Sequence

_PASSES = 6  # more hardly ever lessen the crossings

Pair = tuple[int, int]  # from a node to a node
Neighbours = Mapping[int, Sequence[int]]


def columns_of(
    count: int, first: int, pairs: Iterable[Pair], returns: Collection[Pair] = ()
) -> list[list[int]]:
    """The nodes 0 to COUNT - 1 in columns from left to right, each column from top to bottom.

    All PAIRS lead to the right, but for those that close a circle as seen from FIRST, which stands leftmost.
    It is those of RETURNS that do, wherever there is a choice. The time it takes is linear in PAIRS, but for
    some sorting.
    """
    ends = _ends(count, pairs)
    onward = _ends(
        count, ((a, b) for a, following in ends.items() for b in following if (a, b) not in returns)
    )
    reached = set(_order(onward, [first]))
    # Where nothing else leads, a return does not go back.
    ruling = _ends(count, ((a, b) for a in ends for b in ends[a] if b in onward[a] or b not in reached))
    order = _order(ruling, [first, *range(count)])
    rank = {node: number for number, node in enumerate(order)}
    column = [0] * count
    for node in order:
        for end in ends[node]:
            if rank[end] > rank[node]:
                column[end] = max(column[end], column[node] + 1)
    columns: list[list[int]] = [[] for _ in range(max(column, default=-1) + 1)]
    for node in range(count):
        columns[column[node]].append(node)
    return _untangled(columns, column, ends)


def _ends(count: int, pairs: Iterable[Pair]) -> dict[int, list[int]]:
    """Where PAIRS lead from each node, each end once."""
    ends: dict[int, list[int]] = {node: [] for node in range(count)}
    for start, end in dict.fromkeys(pairs):
        ends[start].append(end)
    return ends


def _order(ends: Neighbours, roots: Iterable[int]) -> list[int]:
    """All nodes that ROOTS lead to, so that a pair goes backward in it only where it closes a circle.

    It is the order in which a search in depth leaves them, turned around; done without recursion, so that a
    long chain is no matter.
    """
    left: list[int] = []
    seen: set[int] = set()
    for root in roots:
        path = [] if root in seen else [(root, iter(ends[root]))]
        seen.add(root)
        while path:
            node, ahead = path[-1]
            following = next((end for end in ahead if end not in seen), None)
            if following is None:
                left.append(node)
                path.pop()
            else:
                seen.add(following)
                path.append((following, iter(ends[following])))
    return left[::-1]


def _untangled(columns: list[list[int]], column: Sequence[int], ends: Neighbours) -> list[list[int]]:
    """COLUMNS with each node near the middle of its neighbours in the column before, or after, by turns."""
    after: dict[int, list[int]] = {node: [] for node in ends}
    before: dict[int, list[int]] = {node: [] for node in ends}
    for node, following in ends.items():
        for end in following:
            if column[end] == column[node] + 1:
                after[node].append(end)
                before[end].append(node)
    place = {node: _share(row, nodes) for nodes in columns for row, node in enumerate(nodes)}
    for number in range(_PASSES):
        neighbours, in_turn = (after, columns[::-1]) if number % 2 else (before, columns)
        for nodes in in_turn:
            middles = {node: _mean([place[near] for near in neighbours[node]], place[node]) for node in nodes}
            nodes.sort(key=lambda node: middles[node])
            place.update((node, _share(row, nodes)) for row, node in enumerate(nodes))
    return columns


def _share(row: int, nodes: Sequence[int]) -> float:
    """How far down ROW is, so that columns of unlike heights compare."""
    return (row + 0.5) / len(nodes)


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
