"""What a label configuration declares, as labels of Segments ask: classes by number, questions by name.

It must not know annotations. Compile it once for many labels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.formats.errors import BadMember
from app.formats.segments.questions import LONGEST_TEXT, is_number, is_within

MOST_TOLD = 10  # categories that a message names


@dataclass(frozen=True)
class Asked:
    """A question: DECLARED as it is kept, and its OPTIONS: name -> id."""

    declared: Mapping[str, Any]
    options: Mapping[str, str]

    @property
    def id(self) -> str:
        return str(self.declared["id"])

    def answer_in(self, value: object) -> Any:
        """VALUE, as Segments has it, as an answer; None where it is none that would be taken."""
        kind = self.declared["type"]
        if kind == "select":
            return self.options.get(value) if isinstance(value, str) else None
        if kind == "checklist":
            return self._checked(value)
        if kind == "boolean":
            return value if isinstance(value, bool) else None
        if kind == "number":
            return value if is_number(value) and self._is_taken(value) else None
        most = self.declared.get("max_length", LONGEST_TEXT)
        return value if isinstance(value, str) and 1 <= len(value) <= most else None

    def _checked(self, value: object) -> list[str] | None:
        if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
            return None
        ids = [self.options[one] for one in value if one in self.options]
        return ids if len(ids) == len(value) == len(set(ids)) else None

    def _is_taken(self, value: float) -> bool:
        """Whether VALUE is surely taken: of what may be off a step nothing is said here."""
        step, start = self.declared.get("step"), self.declared.get("minimum", 0)
        return is_within(value, dict(self.declared)) and (step is None or (value - start) % step == 0)

    def answer_out(self, answer: object) -> Any:
        """ANSWER as Segments has it, without what was asked below."""
        value = answer.get("value") if isinstance(answer, dict) else answer
        names = {id: name for name, id in self.options.items()}
        if isinstance(value, list):
            return [names.get(one, one) if isinstance(one, str) else one for one in value]
        return names.get(value, value) if isinstance(value, str) else value


class Questions:
    """Questions by id, and by the names that Segments knows."""

    def __init__(self, declared: Sequence[Mapping[str, Any]]) -> None:
        asked = [
            Asked(one, {option["name"]: option["id"] for option in one.get("options", ())})
            for one in declared
        ]
        self.by_id = {one.id: one for one in asked}
        self.by_name: dict[str, Asked] = {}
        for one in asked:
            self.by_name.setdefault(one.declared["name"], one)

    def answers_in(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The answers in GIVEN, by id; and the members that are none."""
        answers: dict[str, Any] = {}
        others: dict[str, Any] = {}
        for name, value in given.items():
            asked = self.by_name.get(name)
            answer = asked.answer_in(value) if asked else None
            if asked is None or answer is None:
                others[name] = value
            else:
                answers[asked.id] = answer
        return answers, others

    def answers_out(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """ANSWERS, by id, as Segments has them: by name. Nothing is told of what was not asked."""
        return {
            self.by_id[id].declared["name"]: self.by_id[id].answer_out(answer)
            for id, answer in answers.items()
            if id in self.by_id
        }


class Anything(Questions):
    """Where nothing is declared anything is an answer."""

    def __init__(self) -> None:
        super().__init__(())

    def answers_in(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        return dict(given), {}

    def answers_out(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        return dict(answers)


@dataclass(frozen=True)
class Known:
    """A class: its ID, its NUMBER in Segments, and what is ASKED of its marks."""

    id: str
    number: int
    asked: Questions


class Classes:
    """What CONFIGURATION, in the form that is kept, declares. Where it has no classes, any number is one."""

    def __init__(self, configuration: Mapping[str, Any]) -> None:
        self.is_typed = "classes" in configuration
        listed = configuration.get("classes", ())
        known = [Known(one["id"], one["number"], Questions(one.get("attributes", ()))) for one in listed]
        self._by_number = {one.number: one for one in known}
        self._by_id = {one.id: one for one in known}
        self.asked = Questions(configuration.get("classifications", ()))

    def of_category(self, number: object, at: str) -> Known:
        """The class whose number is the category NUMBER, which stands at AT. Raises BadMember."""
        if type(number) is not int:
            raise BadMember("category_unknown", at, "category_id is the whole number of a category")
        if not self.is_typed:
            return Known(str(number), number, _ANYTHING)
        if number not in self._by_number:
            some = [f"{one.number} ({one.id[:64]})" for one in list(self._by_id.values())[:MOST_TOLD]]
            more = ", ..." if len(self._by_id) > MOST_TOLD else ""
            there = f"there are {', '.join(some)}{more}" if some else "the dataset has none"
            raise BadMember("category_unknown", at, f"no category has the id {number}: {there}")
        return self._by_number[number]

    def of_label(self, label: object) -> Known | None:
        """The class that LABEL, of an annotation, names."""
        if self.is_typed or not isinstance(label, str):
            return self._by_id.get(label) if isinstance(label, str) else None
        number = number_in(label)
        return None if number is None else Known(label, number, _ANYTHING)


def number_in(text: str) -> int | None:
    """The whole number of 64 bits that TEXT is, as we would write it; None where it is none."""
    try:
        number = int(text) if len(text) <= 20 else None
    except ValueError:
        return None
    is_ours = number is not None and str(number) == text and -(2**63) <= number < 2**63
    return number if is_ours else None


_ANYTHING = Anything()
