"""What an answer to a question is, when it is asked, and what fits it. It must not know annotations.

An answer is a value; or, with answers to what is asked below it, {"value": ..., "attributes": {...}}.
"""

from typing import Any

from workflow.labels.declared import Kind, Question
from workflow.labels.members import FURTHEST, is_number

LONGEST_TEXT = 10_000  # characters, where the question says no less
_MEMBERS = frozenset({"value", "attributes"})
_NEAR = 1e-9  # how far from a step a number may be, as floats are, in steps


def is_answered(value: object) -> bool:
    """Whether VALUE says something: null, an empty text and an empty list do not."""
    return value is not None and value != "" and value != []


def is_asked(question: Question, value: object) -> bool:
    """Whether QUESTION is asked below one that was answered by VALUE.

    What stands below an option is asked once it is chosen; any other once VALUE says something but false.
    """
    if question.option is None:
        return is_answered(value) and value is not False
    return question.option in value if isinstance(value, list) else question.option == value


def parts_of(answer: object) -> tuple[object, object]:
    """The value of ANSWER, and the answers below it: {} where it has none."""
    if not isinstance(answer, dict):
        return answer, {}
    return answer.get("value"), answer.get("attributes", {})


def strange_member(answer: object) -> str | None:
    """The first member of ANSWER that no answer has."""
    if not isinstance(answer, dict) or answer.keys() <= _MEMBERS:
        return None
    return next(str(name) for name in answer if name not in _MEMBERS)


def fault_of_value(question: Question, value: Any) -> str | None:
    """Why VALUE, which is not null, does not fit QUESTION; None where it does."""
    kind = question.kind
    if kind is Kind.SELECT:
        is_sound = isinstance(value, str) and value in question.options
        return None if is_sound else f"one of {_told(question)} is expected"
    if kind is Kind.BOOLEAN:
        return None if isinstance(value, bool) else "true or false is expected"
    if kind is Kind.NUMBER:
        return _fault_of_number(question, value)
    if kind is Kind.CHECKLIST:
        is_sound = _are_options(question, value)
        return None if is_sound else f"a list of different ones of {_told(question)} is expected"
    most = question.max_length or LONGEST_TEXT
    is_sound = isinstance(value, str) and len(value) <= most
    return None if is_sound else f"a text of at most {most} characters is expected"


def _are_options(question: Question, value: Any) -> bool:
    if not isinstance(value, list) or len(value) > len(question.options):
        return False
    are_known = all(isinstance(one, str) and one in question.options for one in value)
    return are_known and len(set(value)) == len(value)


def _fault_of_number(question: Question, value: Any) -> str | None:
    if not is_number(value):
        return f"a number is expected, at most {FURTHEST:g} from 0"
    if question.minimum is not None and value < question.minimum:
        return f"a number from {question.minimum:g} on is expected"
    if question.maximum is not None and value > question.maximum:
        return f"a number up to {question.maximum:g} is expected"
    if question.step is not None and not _is_on_step(value, question.minimum or 0, question.step):
        return f"a number in steps of {question.step:g} from {question.minimum or 0:g} is expected"
    return None


def _is_on_step(value: float, start: float, step: float) -> bool:
    steps = (float(value) - float(start)) / float(step)
    if abs(steps) >= 2**52:  # and infinity: floats so far apart are not told from steps
        return True
    return abs(steps - round(steps)) <= _NEAR * max(1.0, abs(steps))


def _told(question: Question) -> str:
    """The options, as far as a message is to be read."""
    some = sorted(question.options)[:10] if len(question.options) <= 1000 else []
    told = ", ".join(one[:64] for one in some)
    more = len(question.options) - len(some)
    return f"{told} and {more} more" if some and more else told or f"{more} options"
