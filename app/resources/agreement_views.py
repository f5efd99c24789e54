"""How far people agree in a dataset, and how well they do on reference entries. It reads sums, no entry."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import bindparam, literal, select
from sqlmodel import col

from app.declare import Resource, Values
from app.operations import reading
from app.operations.records import lies_in
from app.resources import agreements, quality, tallies
from app.resources.tallies import Tally
from app.storage.statement import Statement
from app.work import Work
from workflow.agreement.confusion import Confusion
from workflow.agreement.krippendorff import Scale
from workflow.agreement.sums import Sums
from workflow.quality import Rules

MOST_QUESTIONS = 100
MOST_LABELS = 50  # in a confusion matrix; of more, the figures alone are told


def of_dataset(work: Work, card: Resource, id: str, body: Values) -> Mapping[str, Any]:
    """How far those agree who worked on the same entries at a consensus: by question, label, pair of people.

    Figures are made of whole counts that every consensus moves. Everybody sees the totals; the lines of
    people are for owners, others see those that they are in.
    """
    reading.show(work, card, id, ("id",))
    sums = agreements.sums_from(work.rows(_FIGURES, {"dataset_id": id}))
    me = None if lies_in(work, card, id, card.access.update) else work.actor.account_id
    questions = sorted(sums, key=lambda question: (question is not None, question or ""))[:MOST_QUESTIONS]
    rules = quality.of_dataset(work, id)
    return {
        "at": work.now,
        "questions": [_question(question, sums[question], me) for question in questions],
        "scores": _scores(work, id, rules) if me is None else [],
    }


def _question(question: str | None, sums: Sums, me: str | None) -> dict[str, Any]:
    both = sum(sums.confusions.values(), Confusion())
    pairs = [pair for pair in sorted(sums.confusions) if me is None or me in pair]
    return {
        "question": question,
        "observed_agreement": both.observed_agreement,
        "fleiss_kappa": sums.fleiss.kappa,
        "krippendorff_alpha": {scale.value: _alpha(sums, scale) for scale in Scale},
        "labels": [_label(both, label) for label in both.labels],
        "pairs": [_pair(pair, sums.confusions[pair]) for pair in pairs],
        "confusion": _matrix(both),
    }


def _alpha(sums: Sums, scale: Scale) -> float | None:
    try:
        return sums.coincidences.alpha(scale)
    except ValueError:  # a text has no order and no distance
        return None


def _label(confusion: Confusion, label: Any) -> dict[str, Any]:
    # Who is first of two means nothing here: both ways have the same F-score, and no precision of its own.
    return {"label": label, "f_score": confusion.figures_of(label).f_score}


def _pair(pair: tuple[str, str], confusion: Confusion) -> dict[str, Any]:
    return {
        "account_ids": list(pair),
        "judged": confusion.judged,
        "observed_agreement": confusion.observed_agreement,
        "cohen_kappa": confusion.kappa,
        "confusion": _matrix(confusion),
    }


def _matrix(confusion: Confusion) -> list[dict[str, Any]] | None:
    if len(confusion.labels) > MOST_LABELS:
        return None
    counts = sorted(confusion.counts.items(), key=lambda one: msgspec.json.encode(one[0]))
    return [{"first": one, "second": other, "count": count} for (one, other), count in counts]


def _scores(work: Work, dataset_id: str, rules: Rules) -> list[dict[str, Any]]:
    """The score of each account as it stands: the mean of its last ones."""
    told = []
    for (account,) in work.rows(_SCORED, {"dataset_id": dataset_id}):
        scores = quality.last_scores(work, dataset_id, account, rules)
        mean = rules.mean_of(scores)
        told.append(
            {"account_id": account, "score": mean, "counted": len(scores), "is_low": rules.is_low(mean)}
        )
    return told


_FIGURES = tallies.figures_where(col(Tally.name).in_([literal(one) for one in agreements.FIGURES]))
_SCORED = Statement(
    lambda: (
        select(col(Tally.key))
        .where(col(Tally.dataset_id) == bindparam("dataset_id"), col(Tally.name) == quality.SCORED)
        .distinct()
        .order_by(col(Tally.key))
    )
)
