"""A workflow as a picture in SVG, which stands alone. It must not know where it is shown.

It has no script, no style sheet and no link, so that it is the same under any policy of the page around it;
its light ground is its own, so that it can be read on a dark page. ElementTree escapes all that is in it.
"""

from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from workflow.drawing.labels import Place, cells, places_of, shortened, text_of
from workflow.drawing.layout import Layout, Point, Room, Route, Way, laid_out
from workflow.drawing.levels import BOX_HEIGHT
from workflow.drawing.shapes import LOOKS, head, line, outline
from workflow.graph import Edge, Graph, Outcome

_FONT = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
_CELL = 0.61  # the width of such a font's characters, of its size
_NAME, _KIND, _LABEL = 14, 11, 12  # sizes
_MOST_NAME = 24  # cells of a step's name in its box
_SIDES = 44.0  # what a box is wider than its text
_INK, _LINE, _BACK, _GROUND = "#1b2430", "#5b6673", "#a6231c", "#ffffff"


def svg_of(graph: Graph, counts: Mapping[str, int] = {}) -> str:
    """GRAPH as an SVG document, with COUNTS, of entries by step, in the steps' boxes.

    Its steps have data-step, their names; its ways data-edge, which is Edge.pointer, data-from and data-to.
    """
    places = places_of(graph, counts)
    numbers = {place.name: number for number, place in enumerate(places)}
    edges = list(graph.edges())
    texts = [text_of(graph.steps[edge.start], edge) for edge in edges]
    labels = [shortened(text) for text in texts]
    ways = [
        Way(numbers[edge.start], numbers[edge.end], _width(label, _LABEL) + 8, edge.label == Outcome.REJECT)
        for edge, label in zip(edges, labels, strict=True)
    ]
    box_width = _SIDES + max((_box_text(place) for place in places), default=0.0)
    first = numbers.get(graph.start, 0)
    layout = laid_out(len(places), first, ways, Room(box_width)) if places else Layout(80.0, 40.0, (), ())

    root = _root(layout, _told(graph, edges, labels))
    for edge, text, label, route in zip(edges, texts, labels, layout.routes, strict=True):
        _draw_edge(root, edge, text, label, route)
    led_to = {edge.end for edge in edges}
    for place, at in zip(places, layout.boxes, strict=True):
        _draw_place(root, place, at, box_width, place.name in led_to, place.name == graph.start)
    return tostring(root, encoding="unicode") + "\n"


def _root(layout: Layout, told: str) -> Element:
    width, height = f"{layout.width:g}", f"{layout.height:g}"
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "role": "img",
            "viewBox": f"0 0 {width} {height}",
            "width": width,
            "height": height,
            "font-family": _FONT,
            "text-anchor": "middle",
        },
    )
    SubElement(root, "title").text = "Workflow"
    SubElement(root, "desc").text = told
    SubElement(root, "rect", {"width": width, "height": height, "rx": "10", "fill": _GROUND})
    return root


def _draw_edge(root: Element, edge: Edge, text: str, label: str, route: Route) -> None:
    names = {"data-edge": edge.pointer, "data-from": edge.start, "data-to": edge.end}
    group = SubElement(root, "g", names)
    SubElement(group, "title").text = f"{edge.start}: {text} → {edge.end}"
    colour = _BACK if route.is_back else _LINE
    look = {"d": line(route), "fill": "none", "stroke": colour, "stroke-width": "1.5"}
    SubElement(group, "path", look)
    middle = Point((route.slot.x + route.slot_end.x) / 2, route.slot.y - 5)
    _write(group, label, middle, _LABEL, _INK)


def _draw_place(
    root: Element, place: Place, at: Point, width: float, is_led_to: bool, is_start: bool
) -> None:
    group = SubElement(root, "g", {"data-step": place.name, "data-kind": place.kind})
    SubElement(group, "title").text = f"{place.name}: {place.subtitle}"
    look = LOOKS[place.kind]
    port = Point(at.x, at.y + BOX_HEIGHT / 2)
    if is_start:
        mark = {"d": f"M18 {port.y:g} H{port.x:g}", "stroke": _INK, "stroke-width": "2.5"}
        SubElement(group, "path", mark)
        SubElement(group, "circle", {"cx": "18", "cy": f"{port.y:g}", "r": "6", "fill": _INK})
    if is_led_to or is_start:
        SubElement(group, "path", {"d": head(port), "fill": _INK if is_start else _LINE})
    box = {"d": outline(place.kind, at, width, BOX_HEIGHT), "fill": look.fill, "stroke": look.stroke}
    SubElement(group, "path", box | {"stroke-width": "1.5"})
    name = shortened(place.name, _MOST_NAME)
    _write(group, name, Point(at.x + width / 2, at.y + 23), _NAME, _INK, {"font-weight": "bold"})
    _write(group, place.subtitle, Point(at.x + width / 2, at.y + 40), _KIND, _INK)


def _write(
    group: Element, text: str, at: Point, size: int, colour: str, more: Mapping[str, str] = {}
) -> None:
    look = {"x": f"{at.x:g}", "y": f"{at.y:g}", "font-size": str(size), "fill": colour, **more}
    if not text.isascii():  # of another font, maybe: it takes no more room than was left for it
        look |= {"textLength": f"{_width(text, size):g}", "lengthAdjust": "spacingAndGlyphs"}
    SubElement(group, "text", look).text = text


def _told(graph: Graph, edges: Sequence[Edge], labels: Sequence[str]) -> str:
    """What the picture shows, in words, for those who do not see it."""
    ways = [f"{edge.start}, {label}: to {edge.end}." for edge, label in zip(edges, labels, strict=True)]
    return " ".join((f"{len(graph.steps)} steps; entries start at {graph.start}.", *ways))


def _box_text(place: Place) -> float:
    name = shortened(place.name, _MOST_NAME)
    return max(_width(name, _NAME), _width(place.subtitle, _KIND))


def _width(text: str, size: int) -> float:
    return cells(text) * size * _CELL
