"""Reference entries, whose right answer is known: how well people do on them, and what a low score leads to.

Who works one cannot tell it from any other. What is written here is for owners alone.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, select
from sqlmodel import col

from app.access import ProjectMember
from app.declare import RESOURCES
from app.operations import changes, records
from app.resources import agreements, jobs, tallies
from app.resources.agreements import Mark
from app.storage.statement import Statement
from app.work import Work, as_service
from workflow.agreement.errors import TooMuch
from workflow.graph import MAKING, Kind, Step
from workflow.quality import Rules, rules_of

KIND = "score_reference"  # of job
SCORED = "scored"  # tally: scores by account
_PARTS = ("dimensions", "annotation")
REFERENCE = "reference"  # in place of an account: whose the right answer is


def measure(work: Work, entry: Any, step: Step | None, account_id: str) -> None:
    """Score what the account has just submitted at STEP, where ENTRY is a reference entry."""
    if not entry.is_reference or step is None or step.kind not in MAKING or step.kind is Kind.OPEN:
        return
    marks = agreements.marks_of(work, entry.id)
    if step.kind is Kind.CONSENSUS:
        marks = [mark for mark in marks if mark.account == account_id]
    answer = answer_of(work, entry.id)
    if answer is None:
        return
    known = [(mark.dimensions, mark.annotation) for mark in marks]
    try:
        score = score_of(known, answer, agreements.AT_ONCE)
    except TooMuch:
        service = as_service(work)
        arguments = {"entry_id": entry.id, "account_id": account_id, "wf_step": step.name, "marks": known}
        jobs.enqueue(
            service,
            KIND,
            entry.organization_id,
            arguments,
            project_id=entry.project_id,
            dataset_id=entry.dataset_id,
            is_services=True,
        )
        return
    keep(work, entry, step.name, account_id, score)


def answer_of(work: Work, entry_id: str) -> str | None:
    """The right answer of the entry, as JSON text; None where there is none."""
    found = work.rows(_ANSWER, {"entry_id": entry_id, "size": 1})
    return str(found[0][0]) if found else None


def score_of(marks: Sequence[Sequence[str]], content: str, steps: int | None = None) -> float:
    """How far MARKS (dimensions, annotation) agree with the right answer CONTENT. Raises TooMuch."""
    answer = msgspec.json.decode(content).get("annotations", [])
    said = [Mark("", "", dimensions, annotation) for dimensions, annotation in marks]
    right = [
        Mark("", REFERENCE, *(msgspec.json.encode(one.get(name) or {}).decode() for name in _PARTS))
        for one in answer
    ]
    agreement = agreements.agreement_between([*said, *right], ("", REFERENCE), steps)
    return agreement.score if agreement.score is not None else 0.0


def keep(work: Work, entry: Any, step: str, account_id: str, score: float) -> None:
    """Keep a SCORE of the account, and do what a low one leads to."""
    service = as_service(work)
    changes.add(
        service,
        RESOURCES["scores"],
        {
            "organization_id": entry.organization_id,
            "project_id": entry.project_id,
            "dataset_id": entry.dataset_id,
            "entry_id": entry.id,
            "account_id": account_id,
            "wf_step": step,
            "score": score,
        },
    )
    tallies.move(work, entry.dataset_id, {(SCORED, account_id): 1})
    rules = of_dataset(work, entry.dataset_id)
    mean = score_now(work, entry.dataset_id, account_id, rules)
    if rules.is_low(mean):
        _react(service, entry.project_id, account_id, rules)


def _react(work: Work, project_id: str, account_id: str, rules: Rules) -> None:
    found = work.rows(_PLACE, {"project_id": project_id, "account_id": account_id})
    if not found or rules.then == "nothing":
        return
    card = RESOURCES["project_members"]
    member = records.find(work, card, found[0][0])
    values = {"paused_at": work.now} if rules.then == "pause" and member.paused_at is None else {}
    changes.change(work, card, member, values, rules.then)  # no figure: everybody may read a member's history


def of_dataset(work: Work, dataset_id: str) -> Rules:
    """What low scores lead to in the dataset."""
    return rules_of(msgspec.json.decode(work.rows(_RULES, {"dataset_id": dataset_id})[0][0]))


def score_now(work: Work, dataset_id: str, account_id: str, rules: Rules) -> float | None:
    """The mean of the account's last scores in the dataset; None where there are too few."""
    return rules.mean_of(last_scores(work, dataset_id, account_id, rules))


def last_scores(work: Work, dataset_id: str, account_id: str, rules: Rules) -> list[float]:
    """The account's last scores in the dataset that count, the latest first."""
    asked = {"dataset_id": dataset_id, "account_id": account_id, "size": rules.window}
    return [score for (score,) in work.rows(_LAST, asked)]


def _answer() -> Any:
    columns = RESOURCES["reference_answers"].columns
    rows = select(columns["content"]).where(
        columns["entry_id"] == bindparam("entry_id"), columns["deleted_at"].is_(None)
    )
    return rows.order_by(columns["id"].desc()).limit(bindparam("size"))


def _rules() -> Any:
    columns = RESOURCES["datasets"].columns
    return select(columns["quality_configuration"]).where(columns["id"] == bindparam("dataset_id"))


def _last() -> Any:
    columns = RESOURCES["scores"].columns
    rows = select(columns["score"]).where(
        columns["dataset_id"] == bindparam("dataset_id"),
        columns["account_id"] == bindparam("account_id"),
        columns["deleted_at"].is_(None),
    )
    return rows.order_by(columns["id"].desc()).limit(bindparam("size"))


_ANSWER = Statement(_answer)
_RULES = Statement(_rules)
_LAST = Statement(_last)
_PLACE = Statement(
    lambda: select(col(ProjectMember.id)).where(
        col(ProjectMember.project_id) == bindparam("project_id"),
        col(ProjectMember.account_id) == bindparam("account_id"),
        col(ProjectMember.disabled_at).is_(None),
    )
)
