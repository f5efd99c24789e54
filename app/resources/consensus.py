"""Work at a consensus: each who works has a seat, unseen by the others, and the last submit leads on.

Where all agree, the work of who agrees most with the others stays, and that of the others goes to the trash:
what is kept was drawn by somebody. Where they do not, all of it stays for who decides.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from app.declare import RESOURCES, Values
from app.errors import Conflict, Fault, Forbidden, Invalid
from app.operations import changes
from app.operations.records import Told
from app.resources import agreements, entry_moves, jobs, leases, places, quality, seats, tallies
from app.resources.agreements import Mark
from app.resources.entry_moves import Terms, annotate, facts_of, handed_on, move, settled
from app.resources.entry_rows import Entry
from app.resources.seats import Held
from app.storage.statement import Statement
from app.work import Work, as_service
from workflow import entry as flow
from workflow.agreement.entry import EntryAgreement
from workflow.agreement.errors import TooMuch
from workflow.entry import EntryState, Person
from workflow.graph import Outcome, Step
from workflow.seats import is_complete

KIND = "decide_consensus"  # of job


def take_seat(work: Work, entry: Entry, terms: Terms, token: str | None) -> Entry:
    """A seat at ENTRY for the caller, or a longer lease of the one they have."""
    held = seats.of(work, entry)
    mine = seats.own(held, terms.caller.account)
    if mine is not None:
        return _renewed(work, entry, terms, held, mine, token)
    entry_moves.refuse_paused(work, entry, terms)
    if not held or terms.caller.account not in seats.accounts_of(held):
        entry_moves.refuse_barred(work, entry, terms)
    return _seated(work, entry, terms, held, terms.caller.account, "select")


def assign(work: Work, entry: Entry, terms: Terms, account_id: str | None) -> Entry:
    """A seat for the account, which is a member; None: all seats whose work is not in are taken away."""
    held = seats.of(work, entry)
    if account_id is not None:
        return _seated(work, entry, terms, held, account_id, "assign")
    for one in held:
        if not one.seat.is_done:
            held = seats.vacate(work, entry, held, one.seat.account, "take_away")
    return _written(work, entry, terms, entry.state, held, "assign")


def renew(work: Work, entry: Entry, terms: Terms, token: str | None) -> Entry:
    held = seats.of(work, entry)
    mine = seats.own(held, terms.caller.account)
    if mine is None:
        raise Conflict("only who has a seat renews its lease: select the entry first", code="not_holder")
    return _renewed(work, entry, terms, held, mine, token)


def give_up(work: Work, entry: Entry, terms: Terms) -> Entry:
    """Leave the caller's seat; an owner without one takes all away whose work is not in."""
    held = seats.of(work, entry)
    if seats.own(held, terms.caller.account) is None:
        return assign(work, entry, terms, None)
    held = seats.vacate(work, entry, held, terms.caller.account, "give_up")
    return _written(work, entry, terms, entry.state, held, "release")


def submit(work: Work, entry: Entry, terms: Terms, body: Values) -> Entry | Told:
    """The caller's work is in; once all is, the entry goes on."""
    held = seats.of(work, entry)
    mine = seats.own(held, terms.caller.account)
    current = mine.token if mine is not None else None
    if not leases.check(work, entry.id, body.get("lease"), current):
        return entry_moves.lost(work, entry, body)
    if mine is None:
        if told := entry_moves.salvage(work, entry.id, body):
            return told
        raise Forbidden("only who has a seat at the entry submits it: select it first", code="not_assignee")
    annotated = annotate(work, entry, body)
    quality.measure(work, annotated, terms.step_of(entry), terms.caller.account)
    words = {name: body[name] for name in ("reason", "comment") if body.get(name) is not None}
    held = seats.submitted(work, annotated, held, mine, words)
    state = flow.seated(terms.workflow, annotated.state, terms.caller)
    tallies.submitted(work, annotated, terms.step_of(entry), state, Outcome.SUBMIT, None)
    if not is_complete(_step(entry, terms), [one.seat for one in held]):
        return _written(work, annotated, terms, state, held, "submit")
    return _completed(work, annotated, terms, state, held)


def _completed(work: Work, entry: Entry, terms: Terms, state: EntryState, held: Sequence[Held]) -> Entry:
    """The entry once all work is in: decided at once, or by a job where that takes long."""
    marks = agreements.marks_of(work, entry.id)
    people = seats.accounts_of(list(held))
    try:
        agreement = agreements.agreement_between(marks, people, agreements.AT_ONCE)
    except TooMuch:
        job = jobs.enqueue(
            work,
            KIND,
            entry.organization_id,
            {"entry_id": entry.id},
            project_id=entry.project_id,
            dataset_id=entry.dataset_id,
            is_services=True,
        )
        waiting = {"job_id": job.id, "worked_by": None}
        return _written(work, entry, terms, state, list(held), "submit", waiting)
    submitted = _written(work, entry, terms, state, list(held), "submit")
    return decide(work, submitted, terms, people, marks, agreement)


def decide(
    work: Work,
    entry: Entry,
    terms: Terms,
    people: Sequence[str],
    marks: Sequence[Mark],
    agreement: EntryAgreement | None,
) -> Entry:
    """The entry after its consensus, of which AGREEMENT is known, if it is."""
    score = agreement.score if agreement is not None else None
    best = agreements.best_of(agreement, people) if agreement is not None else None
    member = entry_moves.member_of(work, entry, best) if best is not None else None
    person = member.person if member is not None else Person(best) if best is not None else None
    facts = facts_of(work, entry, terms, score)
    passed = flow.decide(terms.workflow, entry.state, score, person, facts)
    state = settled(work, entry, terms, passed.state)
    if agreement is not None:
        tallies.move(work, entry.dataset_id, agreements.moves_of(agreement))
    if passed.outcome is Outcome.AGREE and best is not None:
        _keep(work, marks, best)
        entry = RESOURCES["entries"].of(work.rows(_ENTRY, {"id": entry.id})[0])  # its annotations touched it
    tallies.decided(work, entry, state)
    said = seats.said_at(work, entry.id)
    lease = {
        **seats.end_all(work, entry, "take_away"),
        **handed_on(work, entry, state, terms, "take_away"),
        "agreement": score,
        "job_id": None,
    }
    # What each has said along with their work is told now: before, it was unseen like the work itself.
    details = {"outcome": passed.outcome, "agreement": score, "said": said}
    return move(work, terms, entry, state, "decide", details, lease)


def waiting_for(work: Work, job: Any) -> Entry | None:
    """The entry that waits for what JOB comes to, be it in the trash; None where none does any more."""
    found = work.rows(_ENTRY, {"id": msgspec.json.decode(job.arguments)["entry_id"]})
    entry: Entry | None = RESOURCES["entries"].of(found[0]) if found else None
    return entry if entry is not None and entry.job_id == job.id else None


def _row_of(type: str) -> Any:
    columns = RESOURCES[type].columns
    return select(*columns.values()).where(columns["id"] == bindparam("id")).with_for_update()


_ENTRY = Statement(lambda: _row_of("entries"))
_ANNOTATION = Statement(lambda: _row_of("annotations"))


def keep_of(work: Work, entry: Entry, account_id: str) -> None:
    """Put the annotations on ENTRY that others than the account made into the trash. Raises Invalid."""
    marks = agreements.marks_of(work, entry.id)
    if account_id not in {mark.account for mark in marks}:
        detail = "the account has made no annotation on the entry"
        raise Invalid(Fault("keep_unknown", detail, "/data/attributes/keep"))
    _keep(work, marks, account_id)


def _keep(work: Work, marks: Sequence[Mark], account_id: str) -> None:
    card, service = RESOURCES["annotations"], as_service(work)
    for mark in marks:
        if mark.account != account_id:
            changes.remove(service, card, card.of(work.rows(_ANNOTATION, {"id": mark.id})[0]))


def _seated(work: Work, entry: Entry, terms: Terms, held: list[Held], account_id: str, event: str) -> Entry:
    if (mine := seats.own(held, account_id)) is not None:
        return _renewed(work, entry, terms, held, mine, None)
    step = _step(entry, terms)
    held = seats.take(work, entry, step, held, account_id, terms.lease_at(step.name))
    return _written(work, entry, terms, entry.state, held, event)


def _renewed(
    work: Work, entry: Entry, terms: Terms, held: list[Held], mine: Held, token: str | None
) -> Entry:
    if not leases.check(work, entry.id, token, mine.token):
        raise Conflict("the lease was lost: select the entry again", code="lease_lost")
    held = seats.renew(work, held, mine, terms.lease_at(entry.wf_step))
    values = seats.columns_of(_step(entry, terms), held)
    renewed: Entry = changes.adjust(work, RESOURCES["entries"], entry, values)
    return renewed


def _written(
    work: Work,
    entry: Entry,
    terms: Terms,
    state: EntryState,
    held: list[Held],
    event: str,
    more: Values | None = None,
) -> Entry:
    """ENTRY, which stays at its consensus, with the seats HELD."""
    values: dict[str, Any] = {
        **places.columns_of(terms.workflow, entry, state, work.now, seats.accounts_of(held)),
        **seats.columns_of(_step(entry, terms), held),
        **(more or {}),
    }
    written: Entry = changes.change(work, RESOURCES["entries"], entry, values, event)
    return written


def _step(entry: Entry, terms: Terms) -> Step:
    return terms.workflow.graph.steps[entry.wf_step]
