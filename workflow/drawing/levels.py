"""How far down the boxes, labels and lanes of a drawing are. It must not know of their widths."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workflow.drawing.lanes import Lane, Upright, heights_of, lane_of

BOX_HEIGHT = 52.0
SLOT = 20.0  # the height of a label, with its line below it
_ROW_GAP = 22.0


@dataclass(frozen=True, slots=True)
class Levels:
    """The middles of nodes, the lines below the labels of ways, by their numbers, and lanes.

    Every column is centred on 0, HALVES of its height above and below it.
    """

    middles: Mapping[int, float]
    slots: Mapping[int, float]
    lanes: Mapping[Lane, float]
    halves: Sequence[float]


def levels_of(
    columns: Sequence[Sequence[int]],
    column: Mapping[int, int],
    pairs: Sequence[tuple[int, int]],
    uprights: Sequence[Upright],
    box_height: float = BOX_HEIGHT,
) -> Levels:
    """The levels of the nodes in COLUMNS, and of the ways that lead from and to PAIRS of them."""
    leaving: dict[int, list[int]] = {node: [] for node in column}
    for number, (start, _) in enumerate(pairs):
        leaving[start].append(number)
    tall = {node: max(box_height, SLOT * (len(numbers) + 1)) for node, numbers in leaving.items()}
    halves = [(sum(tall[node] + _ROW_GAP for node in nodes) - _ROW_GAP) / 2 for nodes in columns]
    lanes = heights_of(uprights, halves)
    row = {node: number for nodes in columns for number, node in enumerate(nodes)}

    def side(number: int) -> tuple[int, float]:
        """First what goes around above, then the next column from its top, last what goes around below.

        Of what goes around, that which goes farther from the columns is higher: it stays around the other.
        """
        start, end = pairs[number]
        lane = lane_of(start, end, column)
        if lane is None:
            return 1, row[end]
        return 2 if lane.is_back else 0, -abs(lanes[lane])

    middles: dict[int, float] = {}
    slots: dict[int, float] = {}
    for nodes, half in zip(columns, halves, strict=True):
        y = -half
        for node in nodes:
            middles[node] = y + tall[node] / 2
            highest = middles[node] - SLOT * (len(leaving[node]) - 1) / 2
            in_turn = sorted(leaving[node], key=side)
            slots.update((number, highest + SLOT * place) for place, number in enumerate(in_turn))
            y += tall[node] + _ROW_GAP
    return Levels(middles, slots, lanes, halves)
