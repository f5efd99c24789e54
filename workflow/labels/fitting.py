"""Makes annotations fit what has changed: what fits stays, what does not is set aside. Nothing is lost.

It must not know why anything changed.
"""

from collections.abc import Mapping
from typing import Any

from workflow.labels.answers import fault_of_value, is_answered, is_asked, parts_of, strange_member
from workflow.labels.asking import is_sound
from workflow.labels.declared import Kind, LabelClass, Question

Json = dict[str, Any]
Answer = Any  # None: there is none

_PARTS = ("value", "attributes")


def fitted_mark(one: LabelClass, annotation: Json) -> tuple[Json, Json]:
    """ANNOTATION labelled ONE, as far as it fits; and what of it does not."""
    kept, aside = annotation | {"label": one.id}, _without_text(annotation, one.has_text)
    if aside:
        del kept["text"]
    given = annotation.get("attributes", {})
    found = fitted(one.attributes, given, True) if isinstance(given, dict) else None
    if found is None:
        return kept, aside
    attributes, strange = found
    if attributes or "attributes" in annotation:
        kept["attributes"] = attributes
    return kept, aside | ({"attributes": strange} if strange else {})


def fitted_answer(question: Question, annotation: Json) -> tuple[Json, Json]:
    """ANNOTATION, an answer to the classification QUESTION, as far as it fits; and what of it does not."""
    parts = {name: annotation[name] for name in _PARTS if name in annotation}
    aside = _without_text(annotation, False)
    rest = {name: value for name, value in annotation.items() if name not in parts and name not in aside}
    stays, goes = fit(question, parts)
    if stays is None:
        return rest | parts, aside
    if stays != parts:
        value, below = parts_of(stays)
        parts = {"value": value} | ({"attributes": below} if below else {})
    if goes is not None:
        aside |= goes if isinstance(goes, dict) else {"value": goes}
    return rest | parts, aside


def _without_text(annotation: Json, has_text: bool) -> Json:
    """The text of ANNOTATION, where it may have none."""
    return {} if has_text or not is_answered(annotation.get("text")) else {"text": annotation["text"]}


def fitted(
    questions: Mapping[str, Question], given: Mapping[str, Answer], value: object
) -> tuple[dict[str, Answer], dict[str, Answer]] | None:
    """What of GIVEN fits QUESTIONS below one that was answered by VALUE, and what does not.

    What is required is answered by its default where it is not; None where it has none that would do.
    """
    kept: dict[str, Answer] = {}
    aside: dict[str, Answer] = {}
    for id, answer in given.items():
        question = questions.get(id)
        if question is None or not is_asked(question, value):
            aside |= {} if answer is None else {id: answer}
            continue
        stays, goes = fit(question, answer)
        if stays is not None or answer is None:
            kept[id] = stays
        if goes is not None:
            aside[id] = goes
    for id, question in questions.items():
        if is_missing(question, kept.get(id), value):
            kept[id] = by_default(question)
            if kept[id] is None:
                return None
    return kept, aside


def fit(question: Question, answer: Answer) -> tuple[Answer, Answer]:
    """What of ANSWER fits QUESTION, which is asked, and what does not."""
    if is_sound(question, answer):
        return answer, None
    value, below = parts_of(answer)
    stays, goes = _fit_value(question, value)
    if not is_answered(stays) or strange_member(answer) is not None or not isinstance(below, dict):
        return None, answer
    found = fitted(question.below, below, stays)
    if found is None:
        return None, answer
    kept, aside = found
    return _joined(stays, kept), _apart(goes, aside)


def is_missing(question: Question, answer: Answer, value: object) -> bool:
    """Whether QUESTION, below one that was answered by VALUE, wants another answer than ANSWER."""
    return question.is_required and is_asked(question, value) and not is_answered(parts_of(answer)[0])


def by_default(question: Question) -> Answer:
    """The answer that QUESTION has unless one is given, with what is required below it; None without one."""
    if question.default is None:
        return None
    below: dict[str, Answer] = {}
    for id, one in question.below.items():
        if is_missing(one, None, question.default):
            below[id] = by_default(one)
            if below[id] is None:
                return None
    return _joined(question.default, below)


def _fit_value(question: Question, value: object) -> tuple[object, object]:
    """What of VALUE fits QUESTION, and what does not: of a checklist, each of its options by itself."""
    if value is None or fault_of_value(question, value) is None:
        return value, None
    if question.kind is not Kind.CHECKLIST or not isinstance(value, list):
        return None, value
    stays = [one for one in value if isinstance(one, str) and one in question.options]
    goes = [one for one in value if not (isinstance(one, str) and one in question.options)]
    return (stays, goes) if len(set(stays)) == len(stays) else (None, value)


def _joined(value: Answer, below: Mapping[str, Answer]) -> Answer:
    return {"value": value, "attributes": dict(below)} if below else value


def _apart(value: Answer, below: Mapping[str, Answer]) -> Answer:
    """What is set aside of an answer, of whose value VALUE, and of the answers below it BELOW."""
    if not below:
        return value
    return {"attributes": dict(below)} if value is None else {"value": value, "attributes": dict(below)}
