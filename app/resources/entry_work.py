"""What is done to entries: assign, select, submit, skip, error, send back, reopen, and the leases of it.

At a consensus the same verbs are about the caller's seat: `app.resources.consensus`.
"""

from collections.abc import Callable
from typing import Any

from app.access import scope
from app.declare import RESOURCES, Values
from app.errors import Conflict, Fault, Forbidden, Invalid
from app.operations import changes, records
from app.operations.records import Told
from app.resources import consensus, entry_moves, leases, quality, seats, tallies
from app.resources.entry_moves import (
    Terms,
    annotate,
    asked_of,
    facts_of,
    handed_on,
    move,
    settled,
    summed,
    taken,
    terms_of,
)
from app.resources.entry_rows import Entry, held_rows
from app.work import Work, as_service
from workflow import entry as flow
from workflow.entry import EntryState, Status, Submission
from workflow.errors import BadFact, Missing
from workflow.graph import Kind
from workflow.machine import Workflow

Lead = Callable[[Workflow, EntryState, str | None], EntryState]  # to a step that may be named


@summed
def assign(work: Work, entry: Entry, body: Values) -> Entry:
    """Put the entry into a member's hands, or into nobody's."""
    account_id = body["assigned_to_id"]
    person = None
    if account_id is not None:
        member = entry_moves.member_of(work, entry, account_id)
        if member is None:
            pointer = "/data/attributes/assigned_to_id"
            raise Invalid(Fault("not_a_member", "the account is no enabled member of the project", pointer))
        person = member.person
    terms = terms_of(work, entry)
    state = flow.assign(terms.workflow, entry.state, person)
    if _is_consensus(entry, terms):
        return consensus.assign(work, entry, terms, account_id)
    lease = taken(work, entry, account_id, terms) if account_id else leases.end(work, entry, "take_away")
    return move(work, terms, entry, state, "assign", lease=lease)


@summed
def select_entry(work: Work, entry: Entry, body: Values) -> Entry | Told:
    """Take the entry, or renew the lease of who has it."""
    terms = terms_of(work, entry)
    if _is_consensus(entry, terms):
        return consensus.take_seat(work, entry, terms, body.get("lease"))
    if entry.assigned_to_id == work.actor.account_id and not terms.workflow.is_end(entry.wf_step):
        return _renewed(work, entry, terms, body)
    is_free = leases.has_run_out(entry, work.now)
    state = flow.select(terms.workflow, entry.state, terms.caller, is_free=is_free)
    entry_moves.refuse_paused(work, entry, terms)
    entry_moves.refuse_barred(work, entry, terms)
    if flow.is_spent(terms.workflow, entry.state):
        _fail(work, entry, terms)
        return Told(Conflict("programs took it as often as they may: it has gone on", code="tries_spent"))
    return move(work, terms, entry, state, "select", lease=taken(work, entry, terms.caller.account, terms))


def renew(work: Work, entry: Entry, body: Values) -> Entry:
    """Renew the lease of the holder."""
    terms = terms_of(work, entry)
    if _is_consensus(entry, terms):
        return consensus.renew(work, entry, terms, body.get("lease"))
    return _renewed(work, entry, terms, body)


def _renewed(work: Work, entry: Entry, terms: Terms, body: Values) -> Entry:
    if entry.assigned_to_id != work.actor.account_id:
        raise Conflict("only who holds the entry renews its lease: select it first", code="not_holder")
    flow.assign(terms.workflow, entry.state, entry.state.assigned_to)  # at its end nobody begins a lease anew
    if not leases.check(work, entry.id, body.get("lease"), entry.lease_token):
        raise Conflict("the lease was lost: select the entry again", code="lease_lost")
    if entry.lease_token is None:  # assigned, or dealt, and not yet begun
        entry_moves.refuse_paused(work, entry, terms)
        lease = taken(work, entry, work.actor.account_id, terms)
    else:
        lease = {"lease_expires_at": leases.expiry_of(work.now, terms.lease_at(entry.wf_step))}
    renewed: Entry = changes.adjust(work, RESOURCES["entries"], entry, lease)
    return renewed


@summed
def give_up(work: Work, entry: Entry, body: Values) -> Entry:
    """Leave the entry to others: by its holder, or taken away by the project's owner."""
    terms = terms_of(work, entry)
    if _is_consensus(entry, terms):
        return consensus.give_up(work, entry, terms)
    state = flow.assign(terms.workflow, entry.state, None)
    if flow.is_spent(terms.workflow, entry.state):  # it was the last take
        return _fail(work, entry, terms)
    is_own = entry.assigned_to_id == work.actor.account_id
    lease = leases.end(work, entry, "give_up" if is_own else "take_away")
    return move(work, terms, entry, state, "release", lease=lease)


@summed
def submit(work: Work, entry: Entry, body: Values) -> Entry | Told:
    """Hand the entry on to its next step, with the annotations that come along."""
    terms = terms_of(work, entry)
    if _is_consensus(entry, terms):
        return consensus.submit(work, entry, terms, body)
    if (told := _refuse_unheld(work, entry, terms, body)) is not None:
        return told
    if not leases.check(work, entry.id, body.get("lease"), entry.lease_token):
        return entry_moves.lost(work, entry, body)
    entry_moves.refuse_barred(work, entry, terms)
    state, outcome = _submitted(work, entry, terms, body)
    details = _words(body)
    tallies.submitted(work, entry, terms.step_of(entry), state, outcome, body.get("reason"))
    step = terms.step_of(entry)
    is_open = step is not None and step.kind is Kind.OPEN
    if is_open and state.assigned_to == terms.caller:  # they come to hold it by this
        lease = handed_on(work, entry, state, terms, "submit")
        moved = move(work, terms, entry, state, "submit", details, lease)
        return annotate(work, moved, body)
    # At an open step nobody need have it, and who submits it may annotate it.
    annotated = annotate(as_service(work) if is_open else work, entry, body)
    kept = _kept_of(work, annotated, body)
    quality.measure(work, kept, step, terms.caller.account)
    lease = handed_on(work, kept, state, terms, "submit")
    return move(work, terms, kept, state, "submit", details, lease)


def _submitted(work: Work, entry: Entry, terms: Terms, body: Values) -> flow.Passed:
    submission = Submission(
        terms.caller,
        body.get("approved"),
        body.get("outcome"),
        body.get("reason"),
        bool(body.get("annotations")),
    )
    try:
        passed = flow.submit(terms.workflow, entry.state, submission, facts_of(work, entry, terms))
    except (Missing, BadFact) as error:
        raise asked_of(error) from None
    return passed._replace(state=settled(work, entry, terms, passed.state))


def _refuse_unheld(work: Work, entry: Entry, terms: Terms, body: Values) -> Told | None:
    """What is free is submitted at an open step alone: everywhere else one takes it first."""
    step = terms.step_of(entry)
    is_own = entry.assigned_to_id == work.actor.account_id
    is_open = step is not None and step.kind is Kind.OPEN
    if is_open and not is_own:  # to submit it is to take it
        entry_moves.refuse_paused(work, entry, terms)
    if is_own or is_open or terms.is_owner(work) or step is None or not step.is_worked:
        return None
    if told := entry_moves.salvage(work, entry.id, body):
        return told
    raise Forbidden(NOT_HOLDER, code="not_assignee")


NOT_HOLDER = "only who holds the entry, or its project's owner, may do this: select it first"


def _kept_of(work: Work, entry: Entry, body: Values) -> Entry:
    """ENTRY, with the annotations of the account alone that BODY says to keep, where it says so."""
    if body.get("keep") is None:
        return entry
    consensus.keep_of(work, entry, body["keep"])
    found: Entry = records.find(work, RESOURCES["entries"], entry.id)
    return found


@summed
def skip(work: Work, entry: Entry, body: Values) -> Entry | Told:
    """Pass the entry over, where its step allows it."""
    terms = terms_of(work, entry)
    if not leases.check(work, entry.id, body.get("lease"), _token_of(work, entry, terms)):
        return entry_moves.lost(work, entry, body)
    facts = facts_of(work, entry, terms)
    try:
        state = flow.skip(terms.workflow, entry.state, terms.caller, body.get("reason"), facts)
    except BadFact as error:
        raise asked_of(error) from None
    state = settled(work, entry, terms, state)
    tallies.skipped(work, entry, state, body.get("reason"))
    return _left(work, entry, terms, state, "skip", _words(body))


@summed
def error(work: Work, entry: Entry, body: Values) -> Entry | Told:
    """Set the entry aside as faulty. The message is kept in its history."""
    terms = terms_of(work, entry)
    if not leases.check(work, entry.id, body.get("lease"), _token_of(work, entry, terms)):
        return entry_moves.lost(work, entry, body)
    state = flow.error(terms.workflow, entry.state)
    lease = {**leases.end(work, entry, "error"), **seats.end_all(work, entry, "take_away")}
    return move(work, terms, entry, state, "error", {"message": body["message"]}, lease)


@summed
def send_back(work: Work, entry: Entry, body: Values) -> Entry:
    """Have the entry worked again at an earlier step, by who did before where they may, else by anybody."""
    return _returned(work, entry, body, flow.send_back, "send_back")


@summed
def reopen(work: Work, entry: Entry, body: Values) -> Entry:
    """Take the entry back from its end to a step where it was worked."""
    return _returned(work, entry, body, flow.reopen, "reopen")


def _returned(work: Work, entry: Entry, body: Values, lead: Lead, event: str) -> Entry:
    """ENTRY where LEAD takes it, with who worked it there where they are an enabled member still."""
    terms = terms_of(work, entry)
    try:
        state = lead(terms.workflow, entry.state, body.get("step"))
    except BadFact as error:
        raise asked_of(error) from None
    if state.assigned_to is not None:
        found = entry_moves.member_of(work, entry, state.assigned_to.account)
        is_there = found is not None and not found.is_paused and state.step not in terms.paused
        state = state._replace(assigned_to=found.person if found is not None and is_there else None)
    return _left(work, entry, terms, state, event, _words(body))


def _left(work: Work, entry: Entry, terms: Terms, state: EntryState, event: str, details: Values) -> Entry:
    """ENTRY away from where it was, whoever worked on it there."""
    is_own = entry.assigned_to_id == work.actor.account_id
    ending = event if is_own and event == "skip" else "take_away"
    lease = {
        **seats.end_all(work, entry, "take_away"),
        **handed_on(work, entry, state, terms, ending),
    }
    return move(work, terms, entry, state, event, details, lease)


def take(work: Work, entry: Entry, terms: Terms) -> Entry | None:
    """The entry in the caller's hands; None where it is not to be had, and has gone on."""
    with tallies.together(work) as adding:
        if _is_consensus(entry, terms):
            return consensus.take_seat(adding, entry, terms, None)
        if flow.is_spent(terms.workflow, entry.state):
            _fail(adding, entry, terms)
            return None
        state = flow.select(terms.workflow, entry.state, terms.caller, is_free=True)
        lease = taken(adding, entry, work.actor.account_id, terms)
        return move(adding, terms, entry, state, "select", lease=lease)


def _fail(work: Work, entry: Entry, terms: Terms) -> Entry:
    """Send on what programs took as often as they may."""
    state = flow.fail(terms.workflow, entry.state, facts_of(work, entry, terms))
    state = settled(work, entry, terms, state)
    lease = handed_on(work, entry, state, terms, "take_away")
    return move(work, terms, entry, state, "fail", {}, lease)


def _token_of(work: Work, entry: Entry, terms: Terms) -> str | None:
    """The token of the lease that the entry is held by; at a consensus of the caller's seat."""
    if not _is_consensus(entry, terms):
        token: str | None = entry.lease_token
        return token
    mine = seats.own(seats.of(work, entry), terms.caller.account)
    return mine.token if mine is not None else None


def _is_consensus(entry: Entry, terms: Terms) -> bool:
    step = terms.step_of(entry)
    return step is not None and step.kind is Kind.CONSENSUS and entry.status != Status.WAITING_CHANGED


def _words(body: Values) -> dict[str, Any]:
    """What came with it that the history tells."""
    told = ("approved", "outcome", "reason", "comment", "step", "keep")
    return {name: body[name] for name in told if body.get(name) is not None}


def find_held(work: Work, id: str) -> Entry:
    """The entry, where the caller holds it or owns its project."""
    scope_of_holders = scope(Entry.organization_id, held_rows)
    found: Entry = records.find(work, RESOURCES["entries"], id, scope_of_holders, "annotate")
    return found
