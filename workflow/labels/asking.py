"""Whether answers fit questions, down to the last below them. It must not know classes or annotations."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from workflow.labels.answers import fault_of_value, is_answered, is_asked, parts_of, strange_member
from workflow.labels.declared import Question
from workflow.reading import escaped

MOST_FAULTS = 50  # told at once

Questions = Mapping[str, Question]


class Fault(NamedTuple):
    """What is wrong, at POINTER (RFC 6901) of {"dimensions": ..., "annotation": ...}."""

    code: str
    pointer: str
    detail: str


def is_sound(question: Question, answer: object) -> bool:
    """Whether ANSWER, below all, fits QUESTION, which is asked."""
    found: list[Fault] = []
    check(question, answer, "", found)
    return not found


def check(question: Question, answer: object, at: str, found: list[Fault]) -> None:
    if not isinstance(answer, dict):
        check_parts(question, answer, {}, at, found)
        return
    strange = strange_member(answer)
    if strange is not None:
        detail = "an answer is a value, or an object of value and attributes"
        found.append(Fault("label_attribute_invalid", f"{at}/{escaped(strange)}", detail))
    value, _ = parts_of(answer)
    check_parts(question, value, answer, at, found)


def check_parts(
    question: Question, value: object, parts: Mapping[str, Any], at: str, found: list[Fault]
) -> None:
    """Checks VALUE, and the answers to what is asked below, in PARTS, where these are."""
    detail = fault_of_value(question, value) if value is not None else None
    if detail is not None:
        place = f"{at}/value" if "value" in parts else at
        found.append(Fault("label_attribute_invalid", place, f"{question.id}: {detail}"))
    elif question.below or "attributes" in parts:
        check_below(question.below, parts.get("attributes", {}), value, parts, at, found)


def check_below(
    questions: Questions,
    given: object,
    value: object,
    parts: Mapping[str, Any],
    at: str,
    found: list[Fault],
) -> None:
    """Checks GIVEN, the answers to QUESTIONS below one answered by VALUE; they stand in PARTS, at AT."""
    place = f"{at}/attributes"
    if not isinstance(given, dict):
        found.append(Fault("label_attribute_invalid", place, "attributes are an object of answers by id"))
        return
    _check_given(questions, given, value, place, found)
    for id, question in questions.items():
        if question.is_required and is_asked(question, value) and not is_answered(parts_of(given.get(id))[0]):
            here = f"{place}/{escaped(id)}" if id in given else place if "attributes" in parts else at
            found.append(Fault("label_attribute_missing", here, f"the attribute {id} is required"))


def _check_given(
    questions: Questions, given: Mapping[str, Any], value: object, place: str, found: list[Fault]
) -> None:
    for id, answer in given.items():
        question = questions.get(id)
        if question is None:
            known = ", ".join(list(questions)[:10])
            detail = f"there is no attribute {id[:64]} here: there are {known or 'none'}"
            found.append(Fault("label_attribute_unknown", f"{place}/{escaped(id)}", detail))
        elif not is_asked(question, value):
            detail = f"{id} is not asked here: what it stands below is not chosen"
            found.append(Fault("label_attribute_unasked", f"{place}/{escaped(id)}", detail))
        elif answer is not None:
            check(question, answer, f"{place}/{escaped(id)}", found)
        if len(found) >= MOST_FAULTS:
            return
