"""A workflow as a Mermaid flowchart, for a page or a README. It must not know what becomes of the text."""

import re
from collections.abc import Mapping

from workflow.drawing.labels import NOT_DECLARED, places_of, shortened, text_of
from workflow.graph import ERROR, Graph, Kind, edges_of

_SHAPES: Mapping[str, tuple[str, str]] = {  # kind -> what stands around the label
    Kind.OPEN: ("(", ")"),  # round corners
    Kind.ANNOTATE: ("[", "]"),  # a box
    Kind.REVIEW: ("{{", "}}"),  # a hexagon
    Kind.CONSENSUS: ("[[", "]]"),  # a box with double sides
    Kind.AGENT: ("[/", "/]"),  # a parallelogram
    Kind.GATE: ("{", "}"),  # a rhombus
    Kind.DONE: ("([", "])"),  # a stadium
    ERROR: ("(((", ")))"),  # a double circle
    NOT_DECLARED: (">", "]"),  # a flag
}
# Left as they are: letters and digits of any script, and what means nothing to Mermaid inside of quotes.
# Not `_` and the like, for it reads labels as Markdown; not `:`, for after the word `style` it takes a `;`
# away; and two `%` could begin a comment.
_UNSAFE = re.compile(r"[^\w .,=%…·“”≤≥-]|_|%(?=%)")

# With these Mermaid marks entity codes for itself, and looks for them in what it has drawn.
_MARKS = str.maketrans({"\ufb02": "fl", "¶": "\ufffd"})


def mermaid_of(graph: Graph, counts: Mapping[str, int] = {}) -> str:
    """GRAPH as the text of a flowchart, with COUNTS, of entries by step, in the steps' labels.

    A page may have to raise Mermaid's own limits, 500 edges and 50,000 characters, for a very large one.
    """
    places = places_of(graph, counts)
    # A name such as `end` would be read as syntax: steps are numbered instead.
    ids = {place.name: f"s{number}" for number, place in enumerate(places)}
    lines = ["flowchart LR"]
    for place in places:
        opening, closing = _SHAPES[place.kind]
        label = f"{_quotable(place.name)}<br/>{_quotable(place.subtitle)}"
        lines.append(f'    {ids[place.name]}{opening}"{label}"{closing}')
    if graph.start in graph.steps:
        lines += ['    entries(("entries"))', f"    entries ==> {ids[graph.start]}"]
    for step in graph.steps.values():
        for edge in edges_of(step):
            label = _quotable(shortened(text_of(step, edge)))
            lines.append(f'    {ids[edge.start]} -->|"{label}"| {ids[edge.end]}')
    return "\n".join(lines) + "\n"


def _quotable(text: str) -> str:
    """TEXT as it may stand in a label: all else as Mermaid's entity codes, which it shows as characters."""
    return _UNSAFE.sub(lambda found: f"#{ord(found[0])};", text.translate(_MARKS))
