"""What one person said of an entry, as far as agreement goes. It must not know records or their keys."""

from dataclasses import dataclass

from workflow.agreement.confusion import Label
from workflow.agreement.shapes import Shape

Question = str

FURTHEST = 1e100  # its square, summed over a dataset, is still a number


@dataclass(frozen=True, slots=True)
class Annotation:
    """A SHAPE with its label, where it has one; or, without a shape, an answer to a question.

    An answer is either VALUE, and then LABEL names the question, or LABEL alone: then it answers the one
    question without a name, "". With a shape, VALUE is ignored. Raises ValueError where VALUE
    is NaN or further from 0 than FURTHEST.
    """

    person: str
    label: str | None = None
    shape: Shape | None = None
    value: str | float | bool | None = None

    def __post_init__(self) -> None:
        if isinstance(self.value, int | float) and not abs(self.value) <= FURTHEST:
            raise ValueError(f"a value is a text, true, false or a number up to {FURTHEST:.0e}")

    @property
    def question(self) -> Question:
        return self.label or "" if self.value is not None else ""

    @property
    def answer(self) -> Label | None:
        """A text or a number; None where nothing was said."""
        if isinstance(self.value, bool):
            return "true" if self.value else "false"  # to Python, True would be the same answer as 1
        return self.label if self.value is None else self.value
