"""Where the cards and lines of a drawn workflow stand, from what the API tells of it. It knows no page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflow.dataset import graph_of
from workflow.drawing.labels import cells, shortened, text_of
from workflow.drawing.layout import Point, Room, Way, laid_out
from workflow.drawing.shapes import head, line
from workflow.graph import Outcome, edges_of

ROOM = Room(width=150, height=128, fan=14, channel=26)  # of a card, in pixels
_CELL = 6.4  # the width of a label's character
_LEAST = 0.78  # of its size to which a drawing may shrink; what is wider is scrolled

Told = Mapping[str, Any]


@dataclass(frozen=True)
class Card:
    """A STEP at X and Y; COUNTS are its entries by status.."""

    step: Told
    counts: Mapping[str, int]
    x: float = 0
    y: float = 0

    @property
    def name(self) -> str:
        name: str = self.step["name"]
        return name

    @property
    def entries(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class Line:
    """A way from START to END, of which TEXT says when it is taken: LABEL, where there is little room."""

    start: str
    end: str
    text: str
    label: str
    path: str
    head: str
    at: Point
    is_back: bool


@dataclass(frozen=True)
class Flow:
    """A workflow drawn. What no way leads to or from, such as errors, stands APART."""

    width: int
    height: int
    cards: Sequence[Card]
    lines: Sequence[Line]
    apart: Sequence[Card]
    begin: Point  # where what is new comes in

    @property
    def least_width(self) -> int:
        return int(self.width * _LEAST)


def flow_of(told: Told, configuration: Told, by_step: Mapping[str, Mapping[str, int]]) -> Flow:
    """The workflow that is TOLD, with entries BY_STEP and status. CONFIGURATION says when gates open."""
    texts = _texts(configuration)
    edges = told["edges"]
    joined = {told["start"], *(edge[side] for edge in edges for side in ("from", "to"))}
    steps = [step for step in told["steps"] if step["name"] in joined]
    numbers = {step["name"]: number for number, step in enumerate(steps)}
    ways, labels = [], []
    for edge in edges:
        text = texts.get((edge["from"], edge["outcome"]), edge["outcome"])
        label = shortened(text, 18)
        labels.append((text, label))
        is_return = edge["outcome"] == Outcome.REJECT
        ways.append(
            Way(numbers[edge["from"]], numbers[edge["to"]], cells(label) * _CELL + 6, is_return=is_return)
        )
    first = numbers[told["start"]]
    layout = laid_out(len(steps), first, ways, ROOM)
    return Flow(
        int(layout.width),
        int(layout.height),
        [
            Card(step, by_step.get(step["name"], {}), at.x, at.y)
            for step, at in zip(steps, layout.boxes, strict=True)
        ],
        [
            Line(
                edge["from"],
                edge["to"],
                text,
                label,
                line(route),
                head(route.end),
                Point((route.slot.x + route.slot_end.x) / 2, route.slot.y - 5),
                route.is_back,
            )
            for edge, (text, label), route in zip(edges, labels, layout.routes, strict=True)
        ],
        [
            Card(step, by_step.get(step["name"], {}))
            for step in told["steps"]
            if step["name"] not in joined and by_step.get(step["name"])
        ],
        Point(layout.boxes[first].x, layout.boxes[first].y + ROOM.height / 2),
    )


def _texts(configuration: Told) -> dict[tuple[str, str], str]:
    """When each way is taken, by the step's name and the outcome."""
    graph = graph_of(configuration)
    return {
        (edge.start, edge.label): text_of(step, edge)
        for step in graph.steps.values()
        for edge in edges_of(step)
    }
