"""Reads attributes and classifications, and what is asked below them. It must not know classes."""

from collections.abc import Iterable, Mapping
from typing import Any

from workflow.labels.answers import fault_of_value, is_answered
from workflow.labels.compiling import question_of
from workflow.labels.declared import WITH_OPTIONS, Kind
from workflow.labels.members import Reader, without_defaults

MOST_DEPTH = 4  # levels of attributes, the attributes of a class or the classifications being the first
LONGEST_TEXT = 10_000  # characters of an answer, where the question says no less

Placed = tuple[dict[str, Any], str]  # what was read, and the pointer to where it stands

_COMMON = frozenset({"id", "name", "type", "required", "default", "attributes", "vendor"})
_MEMBERS: Mapping[Kind, frozenset[str]] = {
    Kind.SELECT: _COMMON | {"options"},
    Kind.CHECKLIST: _COMMON | {"options"},
    Kind.TEXT: _COMMON | {"max_length"},
    Kind.NUMBER: _COMMON | {"minimum", "maximum", "step"},
    Kind.BOOLEAN: _COMMON,
}
_OF_OPTION = frozenset({"id", "name", "attributes", "vendor"})


def questions_of(reader: Reader, given: Mapping[str, Any], name: str, at: str, depth: int) -> list[Placed]:
    """The questions in the list NAME of GIVEN, which stand DEPTH levels deep. Their ids are not compared."""
    if depth > MOST_DEPTH and given.get(name):
        detail = f"attributes are nested at most {MOST_DEPTH} levels deep"
        reader.refuse(f"{at}/{name}", detail, "labels_too_deep")
        return []
    return reader.each(given, name, at, lambda one, place: (_question(reader, one, place, depth), place))


def check_ids(reader: Reader, siblings: Iterable[Placed]) -> None:
    """Refuse the ids that SIBLINGS have twice."""
    seen: dict[str, str] = {}
    for one, at in siblings:
        id = one.get("id")
        if not id:
            continue
        if id in seen:
            detail = f"the id {id[:64]} is that of {seen[id]}: those that are answered beside it have others"
            reader.refuse(at, detail, "labels_id_twice")
        seen.setdefault(id, at)


def _question(reader: Reader, given: Any, at: str, depth: int) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        reader.refuse(at, "an attribute is an object with its name and its type")
        return {}
    id, name = reader.identity(given, at)
    kind = given.get("type")
    if not isinstance(kind, str) or kind not in set(Kind):
        reader.refuse(f"{at}/type" if "type" in given else at, f"type is one of {', '.join(Kind)}")
        return {"id": id}
    reader.known(given, _MEMBERS[Kind(kind)], at, f"an attribute of type {kind}")
    before = reader.refused
    options, below = _options(reader, given, at, depth) if kind in WITH_OPTIONS else ([], [])
    asked = questions_of(reader, given, "attributes", at, depth + 1)
    check_ids(reader, [*asked, *below])
    kept = {"id": id, "name": name, "type": str(kind)} | without_defaults(
        options=[one for one, _ in options],
        required=reader.flag(given, "required", at),
        **_bounds(reader, given, at),
    )
    if reader.refused == before:
        kept |= _default(reader, given, at, kept)
    return kept | without_defaults(
        attributes=[one for one, _ in asked], vendor=reader.free(given, "vendor", at)
    )


def _options(
    reader: Reader, given: Mapping[str, Any], at: str, depth: int
) -> tuple[list[Placed], list[Placed]]:
    """The options, and all that is asked below any of them: one answer has a place for them all."""
    below: list[Placed] = []

    def read(one: Any, place: str) -> Placed:
        if not isinstance(one, Mapping):
            reader.refuse(place, "an option is an object with its name")
            return {}, place
        reader.known(one, _OF_OPTION, place, "an option")
        id, name = reader.identity(one, place)
        asked = questions_of(reader, one, "attributes", place, depth + 1)
        below.extend(asked)
        kept = without_defaults(
            attributes=[one for one, _ in asked], vendor=reader.free(one, "vendor", place)
        )
        return {"id": id, "name": name} | kept, place

    options = reader.each(given, "options", at, read)
    if not options:
        place = f"{at}/options" if "options" in given else at
        reader.refuse(place, "options is a list of at least one")
    check_ids(reader, options)
    return options, below


def _bounds(reader: Reader, given: Mapping[str, Any], at: str) -> dict[str, Any]:
    found = {name: reader.number(given, name, at) for name in ("minimum", "maximum", "step")}
    least, most, step = found.values()
    if least is not None and most is not None and least > most:
        reader.refuse(f"{at}/minimum", "minimum is above maximum: no number fits")
    if step is not None and step <= 0:
        reader.refuse(f"{at}/step", "step is above 0")
    return found | {"max_length": reader.whole(given, "max_length", at, 1, LONGEST_TEXT)}


def _default(reader: Reader, given: Mapping[str, Any], at: str, kept: Mapping[str, Any]) -> dict[str, Any]:
    if "default" not in given:
        return {}
    value = given["default"]
    detail = fault_of_value(question_of(kept), value) if is_answered(value) else "it says nothing"
    if detail is not None:
        reader.refuse(f"{at}/default", f"default is no answer: {detail}", "labels_default_invalid")
        return {}
    return {"default": value}
