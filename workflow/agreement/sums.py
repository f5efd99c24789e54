"""What one entry adds to a dataset's figures. It must not know how or where sums are kept.

There are sums for each question by itself, and under None those of the labels of shapes.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from workflow.agreement.annotations import Annotation, Question
from workflow.agreement.confusion import Confusion, Label
from workflow.agreement.fleiss import Fleiss
from workflow.agreement.krippendorff import Coincidences
from workflow.agreement.pairs import PairAgreement
from workflow.agreement.things import things_of

Unit = Mapping[str, Label]  # what each person said of one thing


@dataclass(frozen=True, slots=True)
class Sums:
    """Counts that can be added up over entries, and taken away again.

    CONFUSIONS are by pair of people, the one whose name sorts first before the other.
    """

    confusions: Mapping[tuple[str, str], Confusion] = field(default_factory=dict)
    coincidences: Coincidences = field(default_factory=Coincidences)
    fleiss: Fleiss = field(default_factory=Fleiss)

    def __add__(self, other: "Sums") -> "Sums":
        people = {**self.confusions, **other.confusions}
        sums = {pair: self._confusion(pair) + other._confusion(pair) for pair in people}
        return self._of(sums, self.coincidences + other.coincidences, self.fleiss + other.fleiss)

    def __sub__(self, other: "Sums") -> "Sums":
        people = {**self.confusions, **other.confusions}
        sums = {pair: self._confusion(pair) - other._confusion(pair) for pair in people}
        return self._of(sums, self.coincidences - other.coincidences, self.fleiss - other.fleiss)

    def _confusion(self, pair: tuple[str, str]) -> Confusion:
        return self.confusions.get(pair, Confusion())

    @staticmethod
    def _of(
        confusions: Mapping[tuple[str, str], Confusion], coincidences: Coincidences, fleiss: Fleiss
    ) -> "Sums":
        counted = {pair: confusion for pair, confusion in confusions.items() if confusion.counts}
        return Sums(counted, coincidences, fleiss)


def sums_of(
    annotations: Sequence[Annotation], people: Sequence[str], compared: Iterable[PairAgreement]
) -> dict[Question | None, Sums]:
    """What ANNOTATIONS by PEOPLE, who are in order, add to the sums, COMPARED being what they have in common.

    A pair's confusion of shapes has the labels of what both marked, by shape alone, and those of what only
    one did, beside None. A thing is rated by all who marked it. A mark without a label rates nothing. Who
    gave several answers to one question has no single one, and takes no part in its sums.
    """
    sums: dict[Question | None, Sums] = {
        question: _sums_of_answers(answers, people) for question, answers in _answers(annotations).items()
    }
    if any(annotation.shape is not None for annotation in annotations):
        sums[None] = _sums_of_shapes(annotations, list(compared))
    return sums


def _answers(annotations: Sequence[Annotation]) -> Mapping[Question, Mapping[str, list[Label]]]:
    """What each person answered, by question."""
    answers: dict[Question, dict[str, list[Label]]] = defaultdict(lambda: defaultdict(list))
    for annotation in annotations:
        answer = annotation.answer
        if annotation.shape is None and answer is not None:
            answers[annotation.question][annotation.person].append(answer)
    return answers


def _sums_of_answers(answers: Mapping[str, list[Label]], people: Sequence[str]) -> Sums:
    single = {person: given[0] for person, given in answers.items() if len(given) == 1}
    undivided = [person for person in people if person in single or person not in answers]
    confusions = {
        (one, other): Confusion({(single.get(one), single.get(other)): 1})
        for one, other in combinations(undivided, 2)
        if one in single or other in single
    }
    return _sums(confusions, [single])


def _sums_of_shapes(annotations: Sequence[Annotation], compared: Sequence[PairAgreement]) -> Sums:
    confusions = {(pair.one, pair.other): _confusion_of_shapes(annotations, pair) for pair in compared}
    person_of = {
        index: annotation.person
        for index, annotation in enumerate(annotations)
        if annotation.shape is not None
    }
    things = things_of((pair for one in compared for pair in one.by_shape.pairs), person_of)
    labels = [{person: annotations[mark].label for person, mark in thing.items()} for thing in things]
    units = [{person: label for person, label in unit.items() if label is not None} for unit in labels]
    return _sums({people: one for people, one in confusions.items() if one.counts}, units)


def _confusion_of_shapes(annotations: Sequence[Annotation], pair: PairAgreement) -> Confusion:
    label_of = [annotation.label for annotation in annotations]
    both = ((label_of[match.one], label_of[match.other]) for match in pair.by_shape.pairs)
    only_one = ((label_of[index], None) for index in pair.by_shape.only_one)
    only_other = ((None, label_of[index]) for index in pair.by_shape.only_other)
    # Where both have marked a thing and one left it without a label, there is nothing to compare.
    labelled = [labels for labels in both if None not in labels]
    single = [labels for labels in (*only_one, *only_other) if labels != (None, None)]
    return Confusion.of([*labelled, *single])


def _sums(confusions: Mapping[tuple[str, str], Confusion], units: Sequence[Unit]) -> Sums:
    return Sums(
        confusions,
        Coincidences.of(unit.values() for unit in units),
        Fleiss.of(Counter(unit.values()) for unit in units),
    )
