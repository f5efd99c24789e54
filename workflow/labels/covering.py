"""Whether all answers to a question, whatever they are, can be made to fit a changed one.

By the questions alone: no answer is looked at. Where it says yes, `fitting` finds a way for each.
"""

from collections.abc import Mapping

from workflow.labels.declared import WITH_OPTIONS, Question
from workflow.labels.fitting import by_default


def unanswered(before: Mapping[str, Question], after: Mapping[str, Question]) -> Question | None:
    """The first of AFTER that is required, and that answers to BEFORE may leave without an answer."""
    for id, question in after.items():
        if question.is_required and not is_covered(before.get(id), question):
            return question
    return None


def is_covered(before: Question | None, after: Question) -> bool:
    """Whether AFTER, which is required, has an answer wherever it is asked, of BEFORE or by default."""
    if by_default(after) is not None:
        return True
    is_answered = before is not None and before.is_required and before.option == after.option
    return before is not None and is_answered and takes_all(before, after)


def takes_all(before: Question, after: Question) -> bool:
    """Whether every value that fits BEFORE fits AFTER, and what is required below it is answered."""
    if before.kind != after.kind or unanswered(before.below, after.below) is not None:
        return False
    if before.kind in WITH_OPTIONS:
        return before.options <= after.options
    return _is_wider(before, after)


def _is_wider(before: Question, after: Question) -> bool:
    if after.minimum is not None and (before.minimum is None or before.minimum < after.minimum):
        return False
    if after.maximum is not None and (before.maximum is None or before.maximum > after.maximum):
        return False
    if after.step is not None and (after.step, after.minimum) != (before.step, before.minimum):
        return False
    return after.max_length is None or (
        before.max_length is not None and before.max_length <= after.max_length
    )
