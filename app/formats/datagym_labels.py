"""DataGym's entries as a label configuration of Postil, and any of Postil's as entries. It knows no marks.

A root geometry is a class; one nested in it is a class whose `parent` it is; what is asked of either are
attributes; a root classification is a classification. What Postil has no word for stands in `vendor.datagym`:
`nested` (a class is nested, and does not merely stand below another), `color` as it was written, `order` of
children of both sorts.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.formats.datagym_entries import Entry, walk
from app.formats.datagym_words import Kind

VENDOR = "datagym"
_GEOMETRIES: Mapping[Kind, list[str]] = {
    Kind.POINT: ["point"],
    Kind.LINE: ["polyline"],
    Kind.POLYGON: ["polygon"],
    Kind.IMAGE_SEGMENTATION: ["polygon", "mask"],
    Kind.RECTANGLE: ["box"],
}
_KINDS: Mapping[str, Kind] = {
    "box": Kind.RECTANGLE,
    "rotated_box": Kind.POLYGON,
    "polygon": Kind.POLYGON,
    "polyline": Kind.LINE,
    "point": Kind.POINT,
    "mask": Kind.IMAGE_SEGMENTATION,
}
_ANY = tuple(dict.fromkeys(_KINDS.values()))
_QUESTIONS: Mapping[Kind, str] = {Kind.SELECT: "select", Kind.CHECKLIST: "checklist", Kind.FREETEXT: "text"}
_ASKED = {word: kind for kind, word in _QUESTIONS.items()} | {
    "number": Kind.FREETEXT,
    "boolean": Kind.SELECT,
}
YES_OR_NO = (("true", "true"), ("false", "false"))

Json = dict[str, Any]


# ---- from entries


def labels_of(entries: Sequence[Entry], times: Mapping[str, int] | None = None) -> Json:
    """ENTRIES, the roots, as a label configuration; colours and numbers are left to whoever keeps it.

    TIMES: how often each key is that of an entry, where not all of them are known.
    """
    taken = Counter(one.key for one in walk(entries)) if times is None else times
    classes = []
    for root in entries:
        if root.kind.is_geometry:
            classes.append(_class_of(root, root.key, None))
            classes += [
                _class_of(one, nested_id(root.key, one.key, taken.get(one.key, 0)), root.key)
                for one in root.geometries
            ]
    questions = [_question_of(root) for root in entries if not root.kind.is_geometry]
    order = _order_of(entries)
    return (
        {"classes": classes}
        | ({"classifications": questions} if questions else {})
        | ({"vendor": {VENDOR: {"order": order}}} if order else {})
    )


def nested_id(root: str, key: str, times: int) -> str:
    """The id of the class of the geometry KEY in ROOT, which so many TIMES is the key of an entry."""
    return key if times == 1 else f"{root}/{key}"


def _class_of(one: Entry, id: str, parent: str | None) -> Json:
    told: Json = {"id": id, "name": one.value, "geometries": _GEOMETRIES[one.kind]}
    kept: Json = {"nested": True} if parent else {}
    if one.color:
        told["color"] = _usual(one.color)
        kept |= {"color": one.color} if one.color != told["color"] else {}
    if parent:
        told["parent"] = parent
    if one.shortcut:
        told["shortcut"] = one.shortcut
    if one.classifications:
        told["attributes"] = [_question_of(each) for each in one.classifications]
    if order := _order_of(one.children):
        kept["order"] = order
    return told | ({"vendor": {VENDOR: kept}} if kept else {})


def _question_of(one: Entry) -> Json:
    told: Json = {"id": one.key, "name": one.value, "type": _QUESTIONS[one.kind]}
    if one.required:
        told["required"] = True
    if one.max_length:
        told["max_length"] = one.max_length
    if one.options:
        told["options"] = [{"id": key, "name": name} for key, name in one.options]
    if one.children:
        told["attributes"] = [_question_of(child) for child in one.children]
    return told


def _order_of(children: Sequence[Entry]) -> list[str]:
    """The keys of CHILDREN, where geometries do not come before what is asked."""
    sorts = [one.kind.is_geometry for one in children]
    return [one.key for one in children] if sorts != sorted(sorts, reverse=True) else []


def _usual(color: str) -> str:
    """COLOR as Postil keeps it."""
    short = color[1:] if len(color) == 4 else ""
    return ("#" + "".join(2 * digit for digit in short) if short else color).lower()


# ---- to entries


def entries_of(labels: Mapping[str, Any]) -> tuple[Entry, ...]:
    """LABELS, a configuration as it is kept, as roots with what stands below them.

    A class that stands below another without being nested in its marks is a root of its own. Of shapes that
    DataGym has no word for nothing is told.
    """
    classes = labels.get("classes", [])
    roots = {one["id"] for one in classes if not _is_nested(one)}
    nested: dict[str, list[Json]] = {}
    for one in classes:
        if _is_nested(one) and one["parent"] in roots:
            nested.setdefault(one["parent"], []).append(one)
    inside = {one["id"] for children in nested.values() for one in children}
    found = [_root(one, nested.get(one["id"], ())) for one in classes if one["id"] not in inside]
    found += [_entry_of(one) for one in labels.get("classifications", ())]
    return tuple(_ordered(found, _kept(labels)))


def _is_nested(one: Mapping[str, Any]) -> bool:
    return bool(_kept(one).get("nested")) and "parent" in one


def _kept(one: Mapping[str, Any]) -> Mapping[str, Any]:
    kept = one.get("vendor", {}).get(VENDOR, {})
    return kept if isinstance(kept, Mapping) else {}


def _root(one: Json, nested: Iterable[Json]) -> Entry:
    return _geometry_of(one, one["id"], [_geometry_of(child, _nested_key(child), ()) for child in nested])


def _nested_key(one: Json) -> str:
    id: str = one["id"]
    return id.rpartition("/")[2]


def _geometry_of(one: Json, key: str, nested: Sequence[Entry]) -> Entry:
    takes = _takes(one.get("geometries", []))
    asked = [_entry_of(each) for each in one.get("attributes", ())]
    return Entry(
        key,
        one["name"],
        takes[0] if takes else Kind.POLYGON,
        color=_color_of(one),
        shortcut=one.get("shortcut"),
        children=tuple(_ordered([*nested, *asked], _kept(one))),
        class_id=one["id"],
        takes=takes,
    )


def _takes(geometries: Sequence[str]) -> tuple[Kind, ...]:
    """The kinds of marks that a class takes which takes GEOMETRIES; the usual one first."""
    if sorted(geometries) == ["mask", "polygon"]:
        return (Kind.IMAGE_SEGMENTATION,)
    return tuple(dict.fromkeys(_KINDS[one] for one in geometries if one in _KINDS)) if geometries else _ANY


def _color_of(one: Json) -> str | None:
    """As it was written, unless it was changed since."""
    written, color = _kept(one).get("color"), one.get("color")
    is_same = isinstance(written, str) and _usual(written) == color
    return written if is_same else color


def _entry_of(one: Json) -> Entry:
    options = [(each["id"], each["name"]) for each in one.get("options", ())]
    below = [*one.get("attributes", ())]
    for option in one.get("options", ()):
        below += option.get("attributes", ())
    native = one["type"] if one["type"] in ("number", "boolean") else None
    return Entry(
        one["id"],
        one["name"],
        _ASKED[one["type"]],
        required=one.get("required", False),
        max_length=one.get("max_length"),
        options=YES_OR_NO if native == "boolean" else tuple(options),
        children=tuple(_entry_of(child) for child in below),
        class_id=one["id"],
        native=native,
    )


def _ordered(children: list[Entry], kept: Mapping[str, Any]) -> list[Entry]:
    order = kept.get("order")
    places = {key: n for n, key in enumerate(order)} if isinstance(order, list) else {}
    return sorted(children, key=lambda one: places.get(one.key, len(places)))
