"""How far all who annotated one entry agree. It must not know other entries, nor what a score leads to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from workflow.agreement.allowance import Allowance
from workflow.agreement.annotations import Annotation, Question
from workflow.agreement.pairs import PairAgreement, Terms, compare
from workflow.agreement.sums import Sums, sums_of

UNLESS_SAID = Terms()


@dataclass(frozen=True, slots=True)
class EntryAgreement:
    """PAIRS of people in the order of their names, the entry's SCORE, and its SUMS by question.

    SCORE is the mean of the pairs' scores, 0 to 1: in ascending order the worst entries come first. It is
    None where fewer than two people worked on the entry. SUMS are what the entry adds to the dataset's;
    those of the labels of shapes stand under None.
    """

    pairs: tuple[PairAgreement, ...]
    score: float | None
    sums: Mapping[Question | None, Sums]


def agreement_of(
    annotations: Sequence[Annotation],
    people: Collection[str] = (),
    terms: Terms = UNLESS_SAID,
    allowance: Allowance | None = None,
) -> EntryAgreement:
    """The agreement of those who made ANNOTATIONS, and of PEOPLE besides, who may have marked nothing.

    Somebody who looked and found nothing disagrees with who found something: only PEOPLE tells of them.
    Raises TooMuch where it takes more than ALLOWANCE (a full one, if none) or a person has more than
    MOST_MARKS shapes, and ValueError where the bound of TERMS is not over 0 and at most 1.
    """
    allowance = allowance or Allowance()
    names = sorted({*people, *(annotation.person for annotation in annotations)})
    pairs = []
    for one, other in combinations(names, 2):
        allowance.spend(1 + len(annotations))  # each pair looks through all of them
        pairs.append(compare(annotations, one, other, terms, allowance))
    score = sum(pair.score for pair in pairs) / len(pairs) if pairs else None
    return EntryAgreement(tuple(pairs), score, sums_of(annotations, names, pairs))
