"""decide_consensus: how far those who worked on one entry agree, where telling takes more than a moment."""

from typing import Any, NamedTuple

from app.jobs.kinds import Kind, Step, Study, Watch, arguments_of
from app.resources import agreements, consensus, entry_moves, seats
from app.resources.agreements import Mark
from app.resources.jobs import Job
from app.work import Work
from workflow.agreement.entry import EntryAgreement
from workflow.agreement.errors import TooMuch


class Found(NamedTuple):
    """How far PEOPLE agree by MARKS; None where it takes too long to tell."""

    people: list[str]
    marks: list[Mark]
    agreement: EntryAgreement | None


def look(work: Work, job: Job) -> tuple[list[str], list[Mark]]:
    entry_id = arguments_of(job)["entry_id"]
    return seats.accounts_at(work, entry_id), agreements.marks_of(work, entry_id)


def think(seen: tuple[list[str], list[Mark]], watch: Watch) -> Found:
    people, marks = seen
    try:
        return Found(people, marks, agreements.agreement_between(marks, people))
    except TooMuch:
        return Found(people, marks, None)


def run(work: Work, job: Job, cursor: str, found: Found | None = None) -> Step:
    """Lead the entry on, also in the trash; where its annotations have changed meanwhile, look again."""
    entry = consensus.waiting_for(work, job)
    if entry is None or found is None:
        return Step(None, 1)
    if look(work, job) != (found.people, found.marks):
        return Step("again")
    terms = entry_moves.terms_of(work, entry)
    decided: Any = consensus.decide(work, entry, terms, found.people, found.marks, found.agreement)
    result = {"wf_step": decided.wf_step, "agreement": decided.agreement}
    return Step(None, 1, total=1, result=result)


def failed(work: Work, job: Job) -> None:
    """Nobody knows how far they agree: who adjudicates decides."""
    entry = consensus.waiting_for(work, job)
    if entry is not None:
        people, marks = look(work, job)
        consensus.decide(work, entry, entry_moves.terms_of(work, entry), people, marks, None)


DECIDING = Kind(consensus.KIND, run, study=Study(look, think), failed=failed)
