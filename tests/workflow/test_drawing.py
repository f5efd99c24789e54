"""Drawings of workflows: all is in them, nothing lies on anything else, no text gets out of its place."""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from itertools import combinations, pairwise
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.dataset import graph_of
from workflow.drawing.labels import MOST_CELLS, cells, shortened, text_of
from workflow.drawing.layers import columns_of
from workflow.drawing.layout import Layout, Point, Room, Way, laid_out
from workflow.drawing.levels import BOX_HEIGHT, SLOT
from workflow.drawing.mermaid import mermaid_of
from workflow.drawing.shapes import LOOKS, line
from workflow.drawing.svg import svg_of
from workflow.graph import ERROR, Edge, Graph, Kind, Outcome, Rule, Step
from workflow.graph import Test as Asked  # by its own name pytest would collect it

SVG = "{http://www.w3.org/2000/svg}"
BOX_WIDTH = 100.0
HOSTILE = [
    '"]--> x',
    '"]\n    s9["x"] --> s0',
    "</text><script>alert(1)</script>",
    "]]>",
    "a\r\nb\u2028c",
    "#quot;",
    "#35;",
    "&lt;b&gt;",
    "`code` **bold** _it_",
    '%%{init: {"theme":"dark"}}%%',
    "%% x",
    "style x:#f00;",
    "|a|",
    "\ufb02°°34¶ß",
    "👩\u200d🚀 日本語",
    "a\u202eb\u2066c",
    "\x00\x1b\ufffe\ud800",
    "\\",
    "x" * 100_000,
    "界" * 100_000,
    " " * 100_000 + "x",
]
EVERY_KIND = graph_of(
    {
        "start": "end",  # a word of Mermaid's own
        "steps": {
            "end": {"kind": "open", "on": {"submit": "route", "skip": "end"}},
            "route": {
                "kind": "gate",
                "rules": [
                    {"rate": 0.2, "to": "graph"},
                    {"where": {"metadata.city": "London"}, "to": "graph"},
                    {"where": {"priority": {"gte": 1, "lt": 5}, "split": {"exists": False}}, "to": "o-x"},
                    {"where": {"external_id": {"in": ["a", "1", "true"]}}, "to": "o-x"},
                    {"agreement": {"lt": 0.8}, "to": "x__y_"},
                ],
                "else": "style",
            },
            "graph": {"kind": "review", "on": {"accept": "style", "reject": "end", "skip": "error"}},
            "o-x": {"kind": "agent", "roles": ["annotator"], "on": {"submit": "style", "fail": "again"}},
            "x__y_": {"kind": "consensus", "agreement": 1, "on": {"agree": "style", "disagree": "again"}},
            "again": {"kind": "annotate", "on": {"submit": "route"}},
            "style": {"kind": "done"},
        },
    }
)


def gate_of(texts: list[str]) -> Graph:
    """A gate that asks for each of TEXTS, by such a name."""
    rules = tuple(Rule("done", where={f"metadata.{text}": (Asked("eq", text),)}) for text in texts)
    steps = [Step("gate", Kind.GATE, rules=rules, otherwise="done"), Step("done", Kind.DONE)]
    return Graph("gate", {step.name: step for step in steps})


def tangle(size: int, rules: int) -> Graph:
    """SIZE steps, of which each leads to RULES others, here and there, and to the next."""
    steps = [
        Step(
            f"s{number}",
            Kind.GATE,
            rules=tuple(Rule(f"s{(number * 31 + rule * 17) % size}", rate=0.0) for rule in range(rules)),
            otherwise=f"s{number + 1}",
        )
        for number in range(size - 1)
    ]
    return Graph("s0", {step.name: step for step in (*steps, Step(f"s{size - 1}", Kind.DONE))})


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Steps that lead anywhere, most of which make no sense as a workflow."""
    names = [f"s{number}" for number in range(draw(st.integers(1, 12)))]
    ends = st.sampled_from([*names, ERROR])
    steps = {}
    for name in names:
        kind = draw(st.sampled_from(list(Kind)))
        rules = [Rule(end, rate=0.5) for end in draw(st.lists(ends, max_size=6))]
        on = draw(st.dictionaries(st.sampled_from(list(Outcome)), ends, max_size=4))
        steps[name] = Step(name, kind, on, rules=tuple(rules))
    return Graph(draw(st.sampled_from(names)), steps)


@st.composite
def tangles(draw: st.DrawFn) -> tuple[int, int, list[Way]]:
    count = draw(st.integers(1, 14))
    node = st.integers(0, count - 1)
    width = st.floats(10, 300)
    return count, draw(node), draw(st.lists(st.builds(Way, node, node, width, st.booleans()), max_size=40))


def root_of(graph: Graph, counts: Mapping[str, int] = {}) -> Element:
    return ElementTree.fromstring(svg_of(graph, counts))


def texts_of(element: Element | None) -> list[str]:
    assert element is not None
    return [text.text or "" for text in element.iter(f"{SVG}text")]


def with_(root: Element, attribute: str) -> dict[str, Element]:
    found = [element for element in root.iter() if attribute in element.attrib]
    by_name = {element.attrib[attribute]: element for element in found}
    assert len(by_name) == len(found)
    return by_name


def shown(label: str) -> str:
    """What Mermaid shows for LABEL: entity codes as the characters that they name."""
    return unescape(re.sub(r"#(\w+);", r"&#\1;", label))


def steps_in(flowchart: str) -> dict[str, tuple[str, ...]]:
    """Id -> the lines of its label."""
    found = re.findall(r'^    (s\d+)\W+"([^"]*)"\W+$', flowchart, re.MULTILINE)
    return {step: tuple(shown(line) for line in label.split("<br/>")) for step, label in found}


def edges_in(flowchart: str) -> list[tuple[str, str, str]]:
    """The name of a step, the label, and the name of the step that it leads to."""
    names = {step: label[0] for step, label in steps_in(flowchart).items()}
    found = re.findall(r'^    (s\d+) -->\|"([^"]*)"\| (s\d+)$', flowchart, re.MULTILINE)
    return [(names[start], shown(label), names[end]) for start, label, end in found]


def said(graph: Graph) -> list[tuple[str, str, str]]:
    return [
        (edge.start, shortened(text_of(graph.steps[edge.start], edge)), edge.end) for edge in graph.edges()
    ]


def assert_mermaid_has(graph: Graph) -> None:
    flowchart = mermaid_of(graph)
    ends = {edge.end for edge in graph.edges()}
    assert {label[0] for label in steps_in(flowchart).values()} == graph.steps.keys() | ends
    assert edges_in(flowchart) == said(graph)
    # A line for each step and each edge, for the kind of drawing, and two for the start.
    assert len(flowchart.splitlines()) == len(steps_in(flowchart)) + len(edges_in(flowchart)) + 3


def assert_svg_has(graph: Graph) -> None:
    root = root_of(graph)
    edges = {edge.pointer: edge for edge in graph.edges()}
    drawn = with_(root, "data-edge")
    assert with_(root, "data-step").keys() == graph.steps.keys() | {edge.end for edge in edges.values()}
    assert drawn.keys() == edges.keys()
    for pointer, edge in edges.items():
        assert drawn[pointer].find(f"{SVG}path") is not None
        assert (drawn[pointer].get("data-from"), drawn[pointer].get("data-to")) == (edge.start, edge.end)
        assert texts_of(drawn[pointer]) == [shortened(text_of(graph.steps[edge.start], edge))]


# ---- that all is there


@settings(deadline=None, max_examples=60)
@given(graphs())
def test_every_step_and_every_edge_is_in_both_drawings(graph: Graph) -> None:
    assert_mermaid_has(graph)
    assert_svg_has(graph)


def test_steps_of_every_kind_whatever_they_are_called_are_in_both_drawings() -> None:
    assert_mermaid_has(EVERY_KIND)
    assert_svg_has(EVERY_KIND)


def test_an_edge_says_its_outcome_or_what_its_rule_asks() -> None:
    gate = EVERY_KIND.steps["route"]
    edges = [edge for edge in EVERY_KIND.edges() if edge.start == "route"]

    assert [text_of(gate, edge) for edge in edges] == [
        "20 %",
        "metadata.city = London",
        "priority ≥ 1 and priority < 5 and split is missing",
        "external_id in (a, “1”, “true”)",
        "agreement < 0.8",
        "else",
    ]
    assert text_of(EVERY_KIND.steps["end"], Edge("end", "skip", "end", "")) == "skip"


def test_a_long_list_of_values_is_told_by_its_first() -> None:
    rule = Rule("done", where={"split": (Asked("in", tuple(range(100))),)})
    step = Step("gate", Kind.GATE, rules=(rule,))

    assert text_of(step, Edge("gate", "0", "done", "")) == "split in (0, 1, 2, 3, 4, 5 and 94 more)"


def test_live_counts_are_in_the_labels_of_their_steps_alone() -> None:
    counts = {"route": 0, "graph": 1, "o-x": 1234}
    told = {name: label for name, label in steps_in(mermaid_of(EVERY_KIND, counts)).values()}
    drawn = {
        name: texts_of(step)[1] for name, step in with_(root_of(EVERY_KIND, counts), "data-step").items()
    }

    assert told == drawn
    assert told["route"] == "gate · 0 entries"
    assert told["graph"] == "review · 1 entry"
    assert told["o-x"] == "agent · 1,234 entries"
    assert told["again"] == "annotate"


@pytest.mark.parametrize("name", [ERROR, "was-here-once"])
def test_what_is_not_declared_is_drawn_where_entries_are_at_it(name: str) -> None:
    graph = graph_of({})

    assert name not in mermaid_of(graph, {name: 0})
    assert name not in with_(root_of(graph, {name: 0}), "data-step")
    assert (name, 3) in {
        (label[0], int(label[1].split()[-2]))
        for label in steps_in(mermaid_of(graph, {name: 3})).values()
        if "·" in label[1]
    }
    assert name in with_(root_of(graph, {name: 3}), "data-step")


def test_what_is_not_declared_comes_last_by_name() -> None:
    names = [f"gone-{letter}" for letter in "abcdefgh"]
    counts = dict.fromkeys(reversed(names), 1)

    assert [label[0] for label in steps_in(mermaid_of(graph_of({}), counts)).values()][-8:] == names
    assert list(with_(root_of(graph_of({}), counts), "data-step"))[-8:] == names


def test_the_start_is_marked_in_both_drawings() -> None:
    graph = Graph("b", {name: Step(name, Kind.OPEN, {Outcome.SUBMIT: "a"}) for name in "ab"})
    marked = [
        name
        for name, step in with_(root_of(graph), "data-step").items()
        if step.find(f"{SVG}circle") is not None
    ]
    flowchart = mermaid_of(graph)

    assert marked == ["b"]
    begun = re.findall(r"entries ==> (\w+)", flowchart)
    assert [steps_in(flowchart)[step][0] for step in begun] == ["b"]


def test_the_kinds_have_shapes_of_their_own() -> None:
    steps = {kind.value: Step(kind.value, kind) for kind in Kind}
    graph = Graph("open", steps)
    flowchart = mermaid_of(graph, {ERROR: 1, "gone": 1})
    around = re.findall(r'^    s\d+(\W+)"[^"]*"(\W+)$', flowchart, re.MULTILINE)

    assert len(around) == len(set(around)) == len(LOOKS)
    assert len(set(LOOKS.values())) == len(LOOKS)


# ---- that text stays text


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_stays_text_in_mermaid(text: str) -> None:
    graph = gate_of([text])
    flowchart = mermaid_of(graph)
    (_, label, _), otherwise = edges_in(flowchart)

    assert otherwise == ("gate", "else", "done")
    assert len(flowchart.splitlines()) == 7
    assert "%%" not in flowchart
    assert len(flowchart) < 1000
    assert label == said(graph)[0][1].replace("\ufb02", "fl").replace("¶", "\ufffd")
    # Codes aside, nothing is in a label that means anything to Mermaid, to Markdown or to HTML.
    label_as_written = flowchart.splitlines()[5].split('|"')[1].split('"|')[0]
    assert not set(re.sub(r"#\d+;", "", label_as_written)) & set("\"'`#&<>|[]{}()*_~\\/:;$@\ufb02\n\r")


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_stays_text_in_svg(text: str) -> None:
    graph = gate_of([text])
    written = svg_of(graph)
    root = ElementTree.fromstring(written)
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}

    assert_svg_has(graph)
    assert tags == {"svg", "title", "desc", "rect", "g", "path", "circle", "text"}
    assert written.isprintable() or set(filter(lambda c: not c.isprintable(), written)) <= set(
        "\n\u200c\u200d"
    )
    assert len(written) < 10_000


def test_an_svg_runs_nothing_and_asks_for_nothing() -> None:
    root = root_of(gate_of(HOSTILE), {"gate": 3})
    names = {name for element in root.iter() for name in element.attrib}

    assert not {name for name in names if name.startswith(("on", "style", "class", "id")) or "href" in name}
    assert "url(" not in svg_of(EVERY_KIND)


def test_an_svg_is_told_to_those_who_do_not_see_it() -> None:
    root = root_of(EVERY_KIND)
    told = root.findtext(f"{SVG}desc") or ""

    assert root.get("role") == "img"
    assert root[0].tag == f"{SVG}title"
    assert root[0].text
    assert all(f"{start}, {label}: to {end}." in told for start, label, end in said(EVERY_KIND))


def test_a_long_text_is_cut_and_says_so() -> None:
    assert shortened("x" * MOST_CELLS) == "x" * MOST_CELLS
    assert shortened("x" * (MOST_CELLS + 1)) == "x" * (MOST_CELLS - 1) + "…"
    assert shortened("x" + " " * 1000 + "y") == "x…"
    assert shortened("界" * MOST_CELLS) == "界" * ((MOST_CELLS - 1) // 2) + "…"  # as wide as two


@given(st.text(max_size=300), st.integers(1, 50))
def test_a_text_is_never_wider_than_it_may_be(text: str, most: int) -> None:
    assert cells(shortened(text, most)) <= most


# ---- that it can be read


def boxes_in(layout: Layout) -> Iterator[tuple[float, float, float, float]]:
    """Left, top, right and bottom of each box."""
    for x, y in layout.boxes:
        yield x, y, x + BOX_WIDTH, y + BOX_HEIGHT


def labels_in(layout: Layout) -> Iterator[tuple[float, float, float, float]]:
    for route in layout.routes:
        yield route.slot.x, route.slot.y - SLOT, route.slot_end.x, route.slot.y


def is_over(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    near = 1e-6
    return a[0] < b[2] - near and b[0] < a[2] - near and a[1] < b[3] - near and b[1] < a[3] - near


def stretches_in(layout: Layout) -> Iterator[tuple[float, float, float, float]]:
    """The level and upright parts of all lines that go around, and the room of those that bend, as boxes."""
    for route in layout.routes:
        points: list[Point] = [route.slot_end, *route.corners, route.end]
        for a, b in pairwise(points):
            yield min(a.x, b.x), min(a.y, b.y), max(a.x, b.x), max(a.y, b.y)


def crosses(stretch: tuple[float, ...], box: tuple[float, ...]) -> bool:
    """Whether STRETCH, which may be a line, goes through the inside of BOX."""
    return stretch[0] < box[2] and box[0] < stretch[2] and stretch[1] < box[3] and box[1] < stretch[3]


@settings(deadline=None)
@given(tangles())
def test_no_two_boxes_or_labels_overlap_and_no_line_goes_through_one(
    tangle: tuple[int, int, list[Way]],
) -> None:
    layout = laid_out(*tangle, Room(BOX_WIDTH))
    taken = [*boxes_in(layout), *labels_in(layout)]

    assert not [pair for pair in combinations(taken, 2) if is_over(*pair)]
    assert not [(way, box) for way in stretches_in(layout) for box in taken if crosses(way, box)]


@settings(deadline=None)
@given(tangles())
def test_all_is_inside_of_the_drawing(tangle: tuple[int, int, list[Way]]) -> None:
    layout = laid_out(*tangle, Room(BOX_WIDTH))

    for left, top, right, bottom in (*boxes_in(layout), *labels_in(layout), *stretches_in(layout)):
        assert 0 < left <= right < layout.width
        assert 0 < top <= bottom < layout.height


@settings(deadline=None)
@given(tangles())
def test_a_line_leads_from_the_box_that_it_leaves_to_the_box_of_its_end(
    tangle: tuple[int, int, list[Way]],
) -> None:
    layout = laid_out(*tangle, Room(BOX_WIDTH))

    for way, route in zip(tangle[2], layout.routes, strict=True):
        start, end = layout.boxes[way.start], layout.boxes[way.end]
        assert route.leaving == Point(start.x + BOX_WIDTH, start.y + BOX_HEIGHT / 2)
        assert route.end == Point(end.x, end.y + BOX_HEIGHT / 2)
        assert route.slot_end.x - route.slot.x >= way.width - 1e-6
        assert route.is_back == (end.x <= start.x)


@settings(deadline=None)
@given(tangles())
def test_two_lines_lie_on_each_other_only_on_the_way_to_the_same_end(
    tangle: tuple[int, int, list[Way]],
) -> None:
    layout = laid_out(*tangle, Room(BOX_WIDTH))
    lanes = {
        (route.corners[1:3], way.end)
        for way, route in zip(tangle[2], layout.routes, strict=True)
        if route.corners
    }

    for ((a, b), end), ((c, d), other) in combinations(lanes, 2):
        if end != other and a.y == c.y:
            assert max(a.x, b.x) < min(c.x, d.x) or max(c.x, d.x) < min(a.x, b.x)


@settings(deadline=None)
@given(tangles())
def test_what_is_drawn_of_a_line_goes_all_its_way(tangle: tuple[int, int, list[Way]]) -> None:
    for route in laid_out(*tangle, Room(BOX_WIDTH)).routes:
        path = line(route)
        assert path.startswith(f"M{route.leaving.x:g} {route.leaving.y:g} ")
        assert f"H{route.slot_end.x:g} " in path
        assert all(f"Q{corner.x:g} {corner.y:g} " in path for corner in route.corners)
        assert path.endswith((f"H{route.end.x:g}", f" {route.end.x:g} {route.end.y:g}"))


def test_a_label_has_room_for_its_text_in_a_font_of_one_width() -> None:
    for edge in with_(root_of(EVERY_KIND), "data-edge").values():
        text, path = edge.find(f"{SVG}text"), edge.find(f"{SVG}path")
        assert text is not None
        assert path is not None
        around = [float(x) for x in re.findall(r"H([\d.]+)", path.attrib["d"])]
        assert any(x - float(text.attrib["x"]) >= cells(text.text or "") * 12 * 0.6 / 2 for x in around)


def test_a_chain_stands_in_a_row_and_what_is_rejected_goes_back() -> None:
    layout = laid_out(3, 0, [Way(0, 1, 9), Way(1, 2, 9), Way(2, 1, 9, True), Way(1, 1, 9)], Room(BOX_WIDTH))

    assert len({y for _, y in layout.boxes}) == 1
    assert [x for x, _ in layout.boxes] == sorted({x for x, _ in layout.boxes})
    assert [route.is_back for route in layout.routes] == [False, False, True, True]


def test_of_a_circle_it_is_the_return_that_goes_back_whichever_way_is_declared_first() -> None:
    pairs = [(0, 2), (0, 1), (2, 1), (1, 2)]

    assert columns_of(3, 0, pairs, {(2, 1)}) == [[0], [1], [2]]
    assert columns_of(3, 0, pairs[::-1], {(2, 1)}) == [[0], [1], [2]]
    assert columns_of(3, 0, pairs, {(1, 2)}) == [[0], [2], [1]]


def test_where_only_a_return_leads_is_after_what_leads_there() -> None:
    assert columns_of(3, 0, [(0, 1), (1, 2), (2, 1)], {(1, 2)}) == [[0], [1], [2]]


def test_columns_are_ordered_so_that_lines_cross_less() -> None:
    # Two ways down that would cross if the second column stood as declared.
    assert columns_of(5, 0, [(0, 1), (0, 2), (1, 4), (2, 3)]) == [[0], [1, 2], [4, 3]]


@pytest.mark.parametrize("kind", LOOKS)
def test_text_stands_out_from_its_ground(kind: str) -> None:
    def light(colour: str) -> float:  # as WCAG has it
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    ink = next(text for text in root_of(EVERY_KIND).iter(f"{SVG}text")).attrib["fill"]
    assert (light(LOOKS[kind].fill) + 0.05) / (light(ink) + 0.05) >= 7
    assert (light("#ffffff") + 0.05) / (light(LOOKS[kind].stroke) + 0.05) >= 4.5


# ---- that it can be relied on


@settings(deadline=None, max_examples=30)
@given(graphs(), st.dictionaries(st.sampled_from(["s0", "s1", ERROR, "gone"]), st.integers(0, 9)))
def test_the_same_input_gives_the_same_output(graph: Graph, counts: dict[str, int]) -> None:
    turned = dict(reversed(counts.items()))

    assert svg_of(graph, counts) == svg_of(graph, turned)
    assert mermaid_of(graph, counts) == mermaid_of(graph, turned)


@pytest.mark.parametrize(("size", "rules"), [(200, 0), (200, 50), (1, 0)])
def test_the_largest_and_the_smallest_are_drawn(size: int, rules: int) -> None:
    graph = tangle(size, rules)
    root = root_of(graph)

    assert len(with_(root, "data-step")) == size
    assert len(with_(root, "data-edge")) == (size - 1) * (rules + 1)
    assert len(edges_in(mermaid_of(graph))) == (size - 1) * (rules + 1)


def test_a_graph_without_steps_is_an_empty_drawing() -> None:
    graph = Graph("", {})

    assert mermaid_of(graph) == "flowchart LR\n"
    assert not with_(root_of(graph), "data-step")


def test_what_is_rejected_goes_back_in_an_svg() -> None:
    gate = Step("gate", Kind.GATE, rules=(Rule("check", rate=0.5),), otherwise="work")
    check = Step("check", Kind.REVIEW, {Outcome.REJECT: "work"})
    work = Step("work", Kind.ANNOTATE, {Outcome.SUBMIT: "check"})
    drawn = with_(root_of(Graph("gate", {step.name: step for step in (gate, check, work)})), "data-step")
    across = {name: float(next(step.iter(f"{SVG}text")).attrib["x"]) for name, step in drawn.items()}

    assert across["gate"] < across["work"] < across["check"]


def test_a_line_around_another_does_not_cross_it() -> None:
    inner, outer = laid_out(2, 0, [Way(1, 1, 9), Way(1, 0, 9), Way(0, 1, 9)], Room(BOX_WIDTH)).routes[:2]

    assert outer.slot.y < inner.slot.y
    assert outer.corners[0].x > inner.corners[0].x
    assert outer.corners[1].y > inner.corners[1].y
