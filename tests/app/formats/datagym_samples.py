"""Label configurations and labels as DataGym's client sends them, for tests: some fixed, some any."""

from itertools import count
from typing import Any

from hypothesis import strategies as st

from app.formats.datagym_entries import Entry, entries_in
from app.formats.datagym_labels import entries_of, labels_of
from app.formats.datagym_words import FORBIDDEN
from workflow.labels.numbering import numbered
from workflow.labels.reading import canonical

Json = dict[str, Any]

EXTRAS: Json = {
    "entryKey": "extras",
    "entryValue": "Extras",
    "type": "checklist",
    "required": False,
    "options": {"a": "A", "b": "B"},
    "children": [
        {"entryKey": "note", "entryValue": "Note", "type": "freetext", "maxLength": 50, "children": []}
    ],
}
COLOR: Json = {
    "entryKey": "color",
    "entryValue": "Colour",
    "type": "select",
    "required": True,
    "options": {"red": "Red", "blue": "Blue"},
    "children": [],
}
CAR: Json = {
    "entryKey": "car",
    "entryValue": "Car",
    "type": "rectangle",
    "color": "#9A00CD",
    "shortcut": 2,
    "children": [
        COLOR,
        {
            "entryKey": "plate",
            "entryValue": "Plate",
            "type": "rectangle",
            "children": [{"entryKey": "number", "entryValue": "Number", "type": "freetext", "maxLength": 12}],
        },
        EXTRAS,
    ],
}
ENTRIES: list[Json] = [
    CAR,
    {"entryKey": "road", "entryValue": "Road", "type": "polygon", "children": []},
    {"entryKey": "lane", "entryValue": "Lane", "type": "line"},
    {"entryKey": "sign", "entryValue": "Sign", "type": "point"},
    {"entryKey": "sky", "entryValue": "Sky", "type": "image_segmentation"},
    {"entryKey": "caption", "entryValue": "Caption", "type": "freetext", "maxLength": 255},
    {
        "entryKey": "weather",
        "entryValue": "Weather",
        "type": "select",
        "options": {"sun": "Sun", "fog": "Fog"},
        "children": [{"entryKey": "sure", "entryValue": "Sure?", "type": "freetext", "maxLength": 9}],
    },
]


def kept(entries: Any = ENTRIES) -> Json:
    """The label configuration that ENTRIES become, as Postil keeps it."""
    return numbered({}, canonical(labels_of(entries_in(entries))))


def roots(entries: Any = ENTRIES) -> tuple[Entry, ...]:
    """ENTRIES, as they are known once they are kept."""
    return entries_of(kept(entries))


def ids() -> Any:
    """What gives a new id at each call."""
    numbers = count(1)
    return lambda: f"id-{next(numbers)}"


def box(x: float = 1, y: float = 2, w: float = 3, h: float = 4) -> list[Json]:
    return [{"x": x, "y": y, "w": w, "h": h}]


def ring(*points: tuple[float, float]) -> list[Json]:
    return [{"x": x, "y": y} for x, y in points or ((1, 1), (9, 2), (3, 8))]


# ---- any entries

_CHARACTERS = "abcXYZ 019_-"
keys = st.text(_CHARACTERS, min_size=1, max_size=8).filter(lambda key: key not in FORBIDDEN)
names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=10)
colors = st.none() | st.text("0123456789abcdefABCDEF", min_size=6, max_size=6).map(lambda hex: f"#{hex}")


@st.composite
def any_entries(draw: st.DrawFn) -> list[Json]:
    """A list of roots that breaks no rule, as JSON."""
    digits = draw(st.permutations(range(10)))
    shortcuts = iter(digits)
    found = []
    for key in draw(st.lists(keys, max_size=4, unique=True)):
        used = {key}
        found.append(_entry(draw, key, used, 1, True, shortcuts))
    return found


def _entry(draw: st.DrawFn, key: str, used: set[str], level: int, above: bool, shortcuts: Any) -> Json:
    geometries = ["point", "line", "polygon", "rectangle", "image_segmentation"]
    asked = ["select", "checklist", "freetext"]
    kind = draw(st.sampled_from(geometries + asked if level <= 2 and above else asked))
    told: Json = {"entryKey": key, "entryValue": draw(names), "type": kind}
    if kind in geometries:
        told["color"] = draw(colors)
        if draw(st.booleans()):
            told["shortcut"] = next(shortcuts, None)
    else:
        told["required"] = draw(st.booleans())
    if kind == "freetext":
        told["maxLength"] = draw(st.integers(1, 255))
    if kind in ("select", "checklist"):
        told["options"] = draw(st.dictionaries(names, names, min_size=1, max_size=3))
    if level < 4:
        below = draw(st.lists(keys.filter(lambda one: one not in used), max_size=2, unique=True))
        told["children"] = []
        for child in below:
            if child not in used:
                used.add(child)
                told["children"].append(_entry(draw, child, used, level + 1, kind in geometries, shortcuts))
    return told


# ---- any labels of entries

figures = st.integers(0, 5000)


@st.composite
def any_item(draw: st.DrawFn, entries: tuple[Entry, ...]) -> Json:
    """An item of an import under ENTRIES that says all that an export tells: what was asked is answered."""
    labels: Json = {}
    answers: Json = {}
    for entry in entries:
        if entry.kind.is_geometry:
            marks = [_mark(draw, entry, True) for _ in range(draw(st.integers(0, 2)))]
            if marks:
                labels[entry.key] = marks
        elif draw(st.booleans()):
            answers[entry.key] = _answer(draw, entry)
    return {"internal_media_ID": "m", "global_classifications": answers, "labels": labels}


def _mark(draw: st.DrawFn, entry: Entry, is_root: bool) -> Json:
    asked = [one for one in entry.classifications if one.required or draw(st.booleans())]
    told: Json = {
        entry.kind.value: _geometry(draw, entry.kind.value),
        "classifications": {one.key: _answer(draw, one) for one in asked},
    }
    if is_root:
        nested = {one.key: [_mark(draw, one, False)] for one in entry.geometries if draw(st.booleans())}
        told["nested_geometries"] = nested
    return told


def _geometry(draw: st.DrawFn, kind: str) -> list[Any]:
    points = st.tuples(figures, figures)
    if kind == "rectangle":
        return box(*draw(st.tuples(figures, figures, figures, figures)))
    if kind == "image_segmentation":
        rings = draw(st.lists(st.lists(points, min_size=3, max_size=5), min_size=1, max_size=3))
        return [ring(*one) for one in rings]
    least, most = {"point": (1, 1), "line": (2, 5), "polygon": (3, 6)}[kind]
    return ring(*draw(st.lists(points, min_size=least, max_size=most)))


def _answer(draw: st.DrawFn, entry: Entry) -> list[Any]:
    keys = [key for key, _ in entry.options]
    if entry.kind == "checklist":
        texts = draw(st.lists(st.sampled_from(keys), min_size=1, unique=True))
    elif entry.kind == "select":
        texts = [draw(st.sampled_from(keys))]
    else:
        texts = [draw(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=1))]
    below = [one for one in entry.children if one.required or draw(st.booleans())]
    return [*texts, *({one.key: _answer(draw, one)} for one in below)]
