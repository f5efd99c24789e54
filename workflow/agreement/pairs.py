"""How far two people agree on one entry. It must not know of a third, nor of other entries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workflow.agreement.allowance import Allowance
from workflow.agreement.annotations import Annotation
from workflow.agreement.confusion import Label
from workflow.agreement.matching import Matching, Pair, best, candidates
from workflow.agreement.shapes import Shape


@dataclass(frozen=True, slots=True)
class Terms:
    """What counts as the same: shapes whose IoU is at least BOUND and, unless told, labels alike."""

    bound: float = 0.5
    must_labels_agree: bool = True


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """How far the people ONE and OTHER agree. Annotations are named by their indexes in what was given.

    MATCHED has the pairs of shapes by the terms, and equal answers, as pairs whose IoU is 1; BY_SHAPE has the
    shapes alone, whatever their labels: of that, labels are counted. MEAN_IOU is that of the matched shapes,
    0 to 1, None where there is none. F_SCORE is twice the matched pairs over all annotations of both
    (Dice 1945). SCORE is twice the sum of the pairs' IoU over the same: the F-score times the mean IoU, which
    is the panoptic quality of Kirillov et al. 2019. Where neither marked anything both are 1: they agree that
    there is nothing.
    """

    one: str
    other: str
    matched: Matching
    by_shape: Matching
    mean_iou: float | None
    f_score: float
    score: float


def compare(
    annotations: Sequence[Annotation], one: str, other: str, terms: Terms, allowance: Allowance
) -> PairAgreement:
    """What ONE and OTHER have in common among ANNOTATIONS, which may be other people's too.

    Raises TooMuch, and ValueError where the bound of TERMS is not over 0 and at most 1.
    """
    ones, others = _shapes_of(annotations, one), _shapes_of(annotations, other)
    pairs = candidates(ones, others, terms.bound, allowance)
    by_shape = shapes = best(pairs, ones, others, allowance)
    if terms.must_labels_agree:
        alike = (pair for pair in pairs if annotations[pair.one].label == annotations[pair.other].label)
        shapes = best(alike, ones, others, allowance)
    matched = _joined(shapes, _equal_answers(annotations, one, other))
    overlaps = [pair.iou for pair in shapes.pairs]
    both = 2 * len(matched.pairs) + len(matched.only_one) + len(matched.only_other)
    return PairAgreement(
        one,
        other,
        matched,
        by_shape,
        mean_iou=sum(overlaps) / len(overlaps) if overlaps else None,
        f_score=2 * len(matched.pairs) / both if both else 1.0,
        score=2 * sum(pair.iou for pair in matched.pairs) / both if both else 1.0,
    )


def _shapes_of(annotations: Sequence[Annotation], person: str) -> dict[int, Shape]:
    return {
        index: annotation.shape
        for index, annotation in enumerate(annotations)
        if annotation.person == person and annotation.shape is not None
    }


def _equal_answers(annotations: Sequence[Annotation], one: str, other: str) -> Matching:
    """Pairs of the same answer to the same question, in the order in which they were given."""
    ones, others = _answers_of(annotations, one), _answers_of(annotations, other)
    pairs = [
        Pair(index, other_index, 1.0)
        for said, indexes in ones.items()
        for index, other_index in zip(indexes, others.get(said, ()), strict=False)
    ]
    taken, others_taken = {pair.one for pair in pairs}, {pair.other for pair in pairs}
    return Matching(
        tuple(pairs),
        tuple(index for indexes in ones.values() for index in indexes if index not in taken),
        tuple(index for indexes in others.values() for index in indexes if index not in others_taken),
    )


def _answers_of(annotations: Sequence[Annotation], person: str) -> Mapping[tuple[str, Label], list[int]]:
    """Where PERSON gave which answer to which question."""
    places: dict[tuple[str, Label], list[int]] = defaultdict(list)
    for index, annotation in enumerate(annotations):
        answer = annotation.answer
        if annotation.person == person and annotation.shape is None and answer is not None:
            places[annotation.question, answer].append(index)
    return places


def _joined(shapes: Matching, answers: Matching) -> Matching:
    return Matching(
        tuple(sorted((*shapes.pairs, *answers.pairs))),
        tuple(sorted((*shapes.only_one, *answers.only_one))),
        tuple(sorted((*shapes.only_other, *answers.only_other))),
    )
