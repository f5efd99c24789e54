"""Whether an import of labels has the form that DataGym asks for, before its words are looked at.

It must not know the label configuration. What it finds is told to the client as one text (`message_of`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeGuard, TypeVar

from app.formats.datagym_words import Kind, escaped

MOST_TOLD = 50  # faults of one text
DEEPEST = 8  # levels of classifications
MOST_DIGITS = 12  # of a coordinate that is sent as a text
_NAMES = ("internal_media_ID", "internal_image_ID")  # of the medium; the second until 0.5.2


T = TypeVar("T")


class Fault(NamedTuple):
    """What is wrong at POINTER, a fragment such as `#/0/keepData`."""

    pointer: str
    detail: str


def media_id_of(item: Mapping[str, Any]) -> str | None:
    """The medium that ITEM of an import is about."""
    return next((item[name] for name in _NAMES if name in item), None)


def is_head(item: object) -> bool:
    """Whether ITEM is the first element of an export, which tells the classes: sent back it says nothing."""
    return isinstance(item, Mapping) and "label_classes" in item and media_id_of(item) is None


def message_of(faults: Sequence[Fault]) -> str:
    """FAULTS as one text, in DataGym's form; empty where there are none."""
    if not faults:
        return ""
    told = [f"{fault.pointer}\n{fault.detail}\n" for fault in faults[:MOST_TOLD]]
    return "\n\n".join((f"Schema validation failed with {len(faults)} error(s)", "\n".join(told)))


def faults_in(given: object, most: int = 100_000) -> list[Fault]:
    """All that is wrong with the form of GIVEN, an import of at most MOST items."""
    check = _Check()
    if isinstance(given, list) and len(given) > most:
        return [Fault("#", f"expected maximum item count: {most}, found: {len(given)}")]
    if given == []:
        check.tell("#", "expected minimum item count: 1, found: 0")
    check.all(given, "#", lambda check, item, at: None if is_head(item) else _item(check, item, at))
    return check.faults


def faults_of_item(item: object, at: str) -> list[Fault]:
    """All that is wrong with the form of ITEM of an import or an export, which stands at AT."""
    check = _Check()
    _item(check, item, at)
    return check.faults


def faults_of_mark(mark: object, at: str) -> list[Fault]:
    """All that is wrong with the form of MARK, an element of the labels, and of what is nested in it."""
    check = _Check()
    _mark(check, mark, at, can_nest=True)
    return check.faults


class _Check:
    """Notes what is wrong."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def tell(self, at: str, detail: str) -> None:
        self.faults.append(Fault(at, detail))

    def is_a(self, given: Any, kind: type[T], at: str, name: str) -> TypeGuard[T]:
        if isinstance(given, kind):
            return True
        self.tell(at, f"expected type: {name}, found: {_TYPES.get(type(given), 'Number')}")
        return False

    def each(self, given: object, at: str, run: "Callable[[_Check, object, str], None]") -> None:
        """Runs RUN over the members of the object GIVEN."""
        if self.is_a(given, dict, at, "JSONObject"):
            for name, value in given.items():
                run(self, value, f"{at}/{escaped(name)}")

    def all(self, given: object, at: str, run: "Callable[[_Check, object, str], None]") -> None:
        """Runs RUN over the elements of the list GIVEN."""
        if self.is_a(given, list, at, "JSONArray"):
            for n, value in enumerate(given):
                run(self, value, f"{at}/{n}")


_TYPES = {str: "String", bool: "Boolean", list: "JSONArray", dict: "JSONObject", type(None): "Null"}


Look = Callable[[_Check, object, str], None]


def _item(check: _Check, item: object, at: str) -> None:
    if not check.is_a(item, dict, at, "JSONObject"):
        return
    media_id = media_id_of(item)
    if media_id is None:
        check.tell(at, "required key [internal_media_ID] not found")
    else:
        check.is_a(media_id, str, f"{at}/internal_media_ID", "String")
    if "keepData" in item:
        check.is_a(item["keepData"], bool, f"{at}/keepData", "Boolean")
    if "global_classifications" in item:
        check.each(item["global_classifications"], f"{at}/global_classifications", _classification)
    if "labels" in item:
        check.each(item["labels"], f"{at}/labels", _marks)


def _marks(check: _Check, given: object, at: str) -> None:
    check.all(given, at, lambda check, mark, at: _mark(check, mark, at, can_nest=True))


def _nested(check: _Check, given: object, at: str) -> None:
    check.all(given, at, lambda check, mark, at: _mark(check, mark, at, can_nest=False))


def _mark(check: _Check, given: object, at: str, can_nest: bool) -> None:
    if not check.is_a(given, dict, at, "JSONObject"):
        return
    for name in given:
        if name not in _LOOKS or (name == "nested_geometries" and not can_nest):
            check.tell(at, f"extraneous key [{name[:100]}] is not permitted")
    for name, look in _LOOKS.items():
        if name in given:
            look(check, given[name], f"{at}/{name}")


def _points(least: int, most: int | None = None) -> Look:
    def look(check: _Check, given: object, at: str) -> None:
        _count(check, given, at, least, most)
        check.all(given, at, _point)

    return look


def _rectangle(check: _Check, given: object, at: str) -> None:
    _count(check, given, at, 1, 1)
    check.all(given, at, _corner_with_sides)


def _count(check: _Check, given: object, at: str, least: int, most: int | None) -> None:
    if isinstance(given, list):
        if len(given) < least:
            check.tell(at, f"expected minimum item count: {least}, found: {len(given)}")
        if most is not None and len(given) > most:
            check.tell(at, f"expected maximum item count: {most}, found: {len(given)}")


def _corner(check: _Check, given: object, at: str) -> None:
    """Whatever `geometry` may be made of: a point, or a rectangle."""
    has_sides = isinstance(given, dict) and ("w" in given or "h" in given)
    (_corner_with_sides if has_sides else _point)(check, given, at)


def _point(check: _Check, given: object, at: str) -> None:
    _figures(check, given, at, ("x", "y"))


def _corner_with_sides(check: _Check, given: object, at: str) -> None:
    _figures(check, given, at, ("x", "y", "w", "h"))


def _figures(check: _Check, given: object, at: str, names: Sequence[str]) -> None:
    if not check.is_a(given, dict, at, "JSONObject"):
        return
    for name in names:
        if name not in given:
            check.tell(at, f"required key [{name}] not found")
        elif not _is_figure(given[name]):
            check.tell(f"{at}/{name}", "expected a number from 0 on, or a text of digits")
    for name in given:
        if name not in names:
            check.tell(at, f"extraneous key [{name[:100]}] is not permitted")


def _is_figure(value: object) -> bool:
    if isinstance(value, str):
        return value.isascii() and value.isdigit() and len(value) <= MOST_DIGITS
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _classification(check: _Check, given: object, at: str, depth: int = 1) -> None:
    """Texts, null for no answer, and objects of what is answered below, in any order."""
    if not check.is_a(given, list, at, "JSONArray"):
        return
    for n, one in enumerate(given):
        if isinstance(one, dict):
            if depth == DEEPEST:
                check.tell(f"{at}/{n}", f"nested deeper than {DEEPEST} levels")
                continue
            for name, below in one.items():
                _classification(check, below, f"{at}/{n}/{escaped(name)}", depth + 1)
        elif one is not None and not isinstance(one, str):
            check.tell(f"{at}/{n}", f"expected type: String, found: {_TYPES.get(type(one), 'Number')}")


_LOOKS: Mapping[str, Look] = {  # what each member of a mark is to look like
    Kind.POINT.value: _points(1, 1),
    Kind.LINE.value: _points(2),
    Kind.POLYGON.value: _points(3),
    Kind.RECTANGLE.value: _rectangle,
    Kind.IMAGE_SEGMENTATION.value: lambda check, given, at: check.all(given, at, _points(3)),
    "geometry": lambda check, given, at: check.all(given, at, _corner),
    "classifications": lambda check, given, at: check.each(given, at, _classification),
    "nested_geometries": lambda check, given, at: check.each(given, at, _nested),
}
