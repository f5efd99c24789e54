"""Attributes as Segments declares them, and the questions of a label configuration (docs/labels.md).

An attribute that is no question of ours (vector3, quaternion, points, a select without values, a name that
was there before) is one of the others: they are kept as they are, with their places.
It must not know categories. `is_mandatory` and `step` bind people in Segments' editor and not its API:
they are kept and ask nothing of annotations.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from app.formats.errors import BadMember
from app.formats.segments.identities import id_of, is_id, is_name
from app.formats.segments.soundness import Json, pointer_to
from app.formats.segments.spelling import difference, kept_of, respelled, with_vendor

KINDS: Mapping[str, str] = {
    "select": "select",
    "multiselect": "checklist",
    "text": "text",
    "number": "number",
    "checkbox": "boolean",
}
INPUT_TYPES = {kind: name for name, kind in KINDS.items()}
MOST_VALUES = 5_000  # options of one attribute
LONGEST_TEXT = 10_000
FURTHEST = 1e100
_OURS = ("name", "options", "default", "minimum", "maximum", "vendor")  # what is told anew each time

Others = list[tuple[int, Json]]


def questions_of(
    given: object, at: str, taken: set[str], before: Sequence[Json]
) -> tuple[list[Json], list[Any]]:
    """The questions in the list GIVEN, whose ids are not TAKEN; and the others, each with its place.

    One that was there BEFORE keeps its id, and what we know of it and Segments does not.
    """
    if not isinstance(given, list):
        raise BadMember("attributes_invalid", at, "attributes are a list of objects")
    known = {one["name"]: one for one in before}
    taken |= {one["id"] for one in before}
    questions, others, names = [], [], set()
    for place, one in enumerate(given):
        name, kind = _named(one, pointer_to(at, place))
        was = known.get(name, {}) if known.get(name, {}).get("type") == kind else {}
        question = _question(one, kind, was, taken) if kind and name not in names else None
        names.add(name)
        if question is None:
            others.append([place, one])
        else:
            questions.append(question)
    return questions, others


def _named(given: object, at: str) -> tuple[str, str | None]:
    if not isinstance(given, dict):
        raise BadMember("attributes_invalid", at, "an attribute is an object")
    for member in ("name", "input_type"):
        if not isinstance(given.get(member), str):
            raise BadMember("attributes_invalid", pointer_to(at, member), f"{member} is a text")
    return given["name"], KINDS.get(given["input_type"])


def _question(given: Json, kind: str, was: Json, taken: set[str]) -> Json | None:
    if not is_name(given["name"]):
        return None
    question: Json = {name: value for name, value in was.items() if name not in _OURS}
    question |= {"name": given["name"], "type": kind}
    if kind in ("select", "checklist"):
        options = _options(given.get("values"), was)
        if options is None:
            return None
        question["options"] = options
    question |= _bounds(given) if kind == "number" else {}
    question |= _default(given, question)
    question["id"] = was["id"] if was else id_of(given["name"], taken)
    return with_vendor(question, was, difference(given, _plain(question)))


def _options(values: object, was: Json) -> list[Json] | None:
    """The options for VALUES; None where they are none."""
    if not isinstance(values, list) or not 1 <= len(values) <= MOST_VALUES:
        return None
    if not all(is_id(one) for one in values) or len(set(values)) != len(values):
        return None
    known = {one["name"]: one for one in was.get("options", ())}
    taken = {one["id"] for one in known.values()}
    return [known[one] if one in known else {"id": id_of(one, taken), "name": one} for one in values]


def _bounds(given: Json) -> Json:
    least, most = given.get("min"), given.get("max")
    found: Json = {"minimum": least} if is_number(least) else {}
    found |= {"maximum": most} if is_number(most) else {}
    return {} if len(found) == 2 and found["minimum"] > found["maximum"] else found


def _default(given: Json, question: Json) -> Json:
    value = given.get("default_value")
    kind = question["type"]
    if kind == "select":
        ids = [one["id"] for one in question["options"] if one["name"] == value]
        return {"default": ids[0]} if ids else {}
    is_sound = (
        (
            kind == "text"
            and isinstance(value, str)
            and 1 <= len(value) <= question.get("max_length", LONGEST_TEXT)
        )
        or (kind == "number" and is_number(value) and is_within(value, question) and "step" not in question)
        or (kind == "boolean" and isinstance(value, bool))
    )
    return {"default": value} if is_sound else {}


def is_number(value: object) -> TypeGuard[float]:
    return type(value) in (int, float) and abs(value) <= FURTHEST  # type: ignore[arg-type]


def is_within(value: float, question: Json) -> bool:
    """Whether VALUE is between the bounds of QUESTION."""
    return bool(question.get("minimum", value) <= value <= question.get("maximum", value))


def attributes_of(questions: Sequence[Json], others: object) -> list[Json]:
    """QUESTIONS as Segments declares attributes, with the OTHERS at their places."""
    listed = [respelled(_plain(one), kept_of(one), _changed(one)) for one in questions]
    for place, one in others_in(others):
        listed.insert(place, one)
    return listed


def others_in(kept: object) -> Others:
    """The others in what was KEPT of them, by place."""
    pairs = kept if isinstance(kept, list) else []
    found = [(one[0], one[1]) for one in pairs if isinstance(one, list) and len(one) == 2]
    sound = [
        (place, one) for place, one in found if type(place) is int and place >= 0 and isinstance(one, dict)
    ]
    return sorted(sound, key=lambda pair: pair[0])


def _plain(question: Json) -> Json:
    plain: Json = {"name": question["name"], "input_type": INPUT_TYPES[question["type"]]}
    if "options" in question:
        plain["values"] = [one["name"] for one in question["options"]]
    named = {"min": "minimum", "max": "maximum", "step": "step"}
    plain |= {name: question[member] for name, member in named.items() if member in question}
    if question.get("required"):
        plain["is_mandatory"] = True
    default = question.get("default")
    if question["type"] == "select" and default is not None:
        default = next(one["name"] for one in question["options"] if one["id"] == default)
    return plain if default is None or isinstance(default, list) else plain | {"default_value": default}


def _changed(question: Json) -> list[str]:
    """The members of which what was kept counts no more: there was none of ours, and somebody set one."""
    plain = _plain(question)
    return [name for name in ("name", "input_type", "values", "min", "max", "default_value") if name in plain]
