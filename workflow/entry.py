"""An entry's way through a workflow: what each event makes of its state.

On the default workflow:

start --submit--> annotate --submit--> review --submit, approved--> done
                  annotate --submit, not sampled-----------------> done
                  annotate <--submit, not approved-- review
                  start, annotate --skip--> done
                  annotate, review --error--> error
                  annotate <--send_back-- review, done, error
                  annotate, review <--reopen-- done, error

People are handed in and out as they are: the flow only compares them. The seats of a consensus are told
by `workflow.seats`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from workflow.errors import BadFact, Missing, Refused
from workflow.graph import ERROR, MAKING, WORKED, Kind, Outcome, Step
from workflow.machine import Facts, Workflow


class Status(StrEnum):
    PENDING = "pending"  # something has to be done to its item first
    PROCESSING = "processing"  # a job is at its item
    READY = "ready"
    IN_PROGRESS = "in_progress"
    WAITING_CHANGED = "waiting_changed"  # finished, but its labels were changed under it
    COMPLETED = "completed"
    ERRORED = "errored"
    PROCESSING_ERROR = "processing_error"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works: an account, and its place in the project, where it has one."""

    account: str
    member: str | None = None


Hands = Mapping[str, tuple[str, ...]]  # step -> the accounts that worked it, who did last at the end


NOBODY: Hands = MappingProxyType({})


class EntryState(NamedTuple):
    """The part of an entry that a workflow event may change.

    HANDS has the steps in the order in which they were last worked. ENDED_FROM is the step that it came to
    its end from. TRIES counts how often a program took it at its step. REVIEWER was named to review it.
    """

    step: str
    status: str = Status.READY
    assigned_to: Person | None = None
    submitted_by: Person | None = None
    reviewed_by: Person | None = None
    hands: Hands = NOBODY
    ended_from: str | None = None
    tries: int = 0
    reviewer: Person | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """What a submit brings. At review it is a verdict: an OUTCOME, or APPROVED for accept and reject.

    HAS_CHANGES: annotations come along; a reviewer who accepts with them has fixed it.
    """

    by: Person
    approved: bool | None = None
    outcome: str | None = None
    reason: str | None = None
    has_changes: bool = False


class Passed(NamedTuple):
    """The state after an event, and by which outcome it came about; None where the entry is where it was."""

    state: EntryState
    outcome: Outcome | None


SERVED = frozenset({Status.READY, Status.IN_PROGRESS})  # what there is to do, at a step that is worked
COUNTED_AS_COMPLETED = frozenset({Status.COMPLETED, Status.ERRORED})
BEGUN = COUNTED_AS_COMPLETED | {Status.IN_PROGRESS, Status.WAITING_CHANGED}  # it was worked on
# Its item is not there, or not yet.
UNDONE = frozenset({Status.PENDING, Status.PROCESSING, Status.PROCESSING_ERROR})
NO_FACTS = Facts()


def submit(workflow: Workflow, entry: EntryState, submission: Submission, facts: Facts = NO_FACTS) -> Passed:
    """The entry after SUBMISSION, anywhere but at a consensus.

    Raises Refused; Missing at review without a verdict; BadFact for a verdict or a reason that the step does
    not know.
    """
    if entry.status == Status.WAITING_CHANGED:  # its labels were changed under it: confirmed
        return Passed(entry._replace(status=Status.COMPLETED), None)
    step = _worked(workflow, entry, "submit")
    outcome = _outcome(step, submission)
    _check_reason(step.reject_reasons, submission.reason, outcome is Outcome.REJECT)
    worked = _worked_by(entry, step, submission.by)
    if outcome is Outcome.FAIL:
        if entry.tries <= step.retries:  # once more, by whoever comes
            return Passed(entry._replace(assigned_to=None), None)
        if Outcome.FAIL not in step.on:
            return Passed(_ended(entry, ERROR, Status.ERRORED), outcome)
        worked = entry
    return Passed(_moved(workflow, worked, outcome, facts, submission.by), outcome)


def decide(
    workflow: Workflow, entry: EntryState, agreement: float | None, best: Person | None, facts: Facts
) -> Passed:
    """The entry after all who were to work on it at a consensus have, and agree so far (None: not known).

    BEST is whose work is kept where they agree.
    """
    step = _worked(workflow, entry, "decide")
    is_reached = agreement is not None and agreement >= step.agreement
    outcome = Outcome.AGREE if is_reached else Outcome.DISAGREE
    worked = entry._replace(submitted_by=best or entry.submitted_by)
    return Passed(_moved(workflow, worked, outcome, facts), outcome)


def seated(workflow: Workflow, entry: EntryState, by: Person) -> EntryState:
    """The entry after one of those who work on it at a consensus has submitted."""
    return _worked_by(entry, _worked(workflow, entry, "submit"), by)._replace(status=Status.IN_PROGRESS)


def skip(
    workflow: Workflow, entry: EntryState, by: Person, reason: str | None = None, facts: Facts = NO_FACTS
) -> EntryState:
    """The entry passed over by BY. Raises Refused where that is not allowed, and as `submit` does."""
    step = _worked(workflow, entry, "skip")
    if Outcome.SKIP not in step.on:
        raise Refused("skip_forbidden", f"nobody skips an entry at {step.name}", step.name)
    _check_reason(step.skip_reasons, reason, True)
    skipped = _moved(workflow, entry, Outcome.SKIP, facts)
    is_theirs = skipped.assigned_to is not None and skipped.assigned_to.account == by.account
    return skipped._replace(assigned_to=None) if is_theirs else skipped


def assign(workflow: Workflow, entry: EntryState, person: Person | None) -> EntryState:
    """The entry in PERSON's hands, or in nobody's. Raises Refused."""
    _refuse_finished(workflow, entry)
    return entry._replace(assigned_to=person)


def select(workflow: Workflow, entry: EntryState, person: Person, *, is_free: bool = False) -> EntryState:
    """The entry taken by PERSON. Raises Refused where it is finished, or another's and not IS_FREE by now."""
    _refuse_finished(workflow, entry)
    if entry.assigned_to and entry.assigned_to.account != person.account and not is_free:
        raise Refused(
            "already_assigned", "somebody else holds the entry: ask its project's owner to assign it"
        )
    step = workflow.step(entry.step)
    is_agents = step is not None and step.kind is Kind.AGENT
    return entry._replace(assigned_to=person, tries=entry.tries + is_agents)


def is_spent(workflow: Workflow, entry: EntryState) -> bool:
    """Whether programs took it as often as they may, and nothing came of it."""
    step = workflow.step(entry.step)
    return step is not None and step.kind is Kind.AGENT and entry.tries > step.retries


def fail(workflow: Workflow, entry: EntryState, facts: Facts = NO_FACTS) -> EntryState:
    """The entry after its last try."""
    if Outcome.FAIL not in _worked(workflow, entry, "fail").on:
        return _ended(entry, ERROR, Status.ERRORED)
    return _moved(workflow, entry, Outcome.FAIL, facts)


def error(workflow: Workflow, entry: EntryState) -> EntryState:
    """The entry set aside as faulty. Raises Refused."""
    step = _worked(workflow, entry, "error")
    if step.kind is Kind.OPEN:  # nobody has looked at it yet
        raise Refused("invalid_transition", f"an entry at {step.name} cannot error", step.name)
    return _ended(entry, ERROR, Status.ERRORED)._replace(assigned_to=entry.assigned_to)


def send_back(workflow: Workflow, entry: EntryState, to: str | None = None) -> EntryState:
    """The entry at an earlier step TO, by who worked it there before; unless said, to be annotated again.

    Raises Refused where there is no such step, BadFact where TO is none that it was worked at.
    """
    back = [name for name in _makers(workflow, entry) if name != entry.step]
    if entry.step == ERROR and (first := _set_aside_at(workflow, entry)) is not None:
        back.append(first)
    return _returned(workflow, entry, _chosen(entry, to, _been_at(workflow, entry), back, "send_back"))


def reopen(workflow: Workflow, entry: EntryState, to: str | None = None) -> EntryState:
    """The entry, which is at its end, at a step TO that it was worked at; unless said, the last one.

    Raises Refused where it is at no end, BadFact where TO is no such step.
    """
    if not workflow.is_end(entry.step):
        raise Refused("invalid_transition", f"an entry at {entry.step} cannot reopen", entry.step)
    been = _been_at(workflow, entry)
    last = entry.ended_from
    back = [*been, last] if last is not None and _is_worked(workflow, last) else been
    return _returned(workflow, entry, _chosen(entry, to, back, back, "reopen"))


# ---- what steps know of an entry


class Place(NamedTuple):
    """Who an entry waits for: a step (None: nobody), and the accounts that may not have it there."""

    step: Step | None
    barred: tuple[str, ...] = ()


def place_of(workflow: Workflow, entry: EntryState) -> Place:
    """Who ENTRY waits for. Whose seats at a consensus are taken is not known here."""
    step = workflow.step(entry.step)
    if step is None or not step.is_worked:
        return Place(None)
    return Place(step, _barred(workflow, step, entry))


# ---- the parts of it


def _worked(workflow: Workflow, entry: EntryState, event: str) -> Step:
    """The step of ENTRY, which somebody works. Raises Refused."""
    step = workflow.step(entry.step)
    if step is None or not step.is_worked:
        raise Refused("invalid_transition", f"an entry at {entry.step} cannot {event}", entry.step)
    return step


def _outcome(step: Step, submission: Submission) -> Outcome:
    if step.kind is Kind.REVIEW:
        return _verdict(step, submission)
    given = submission.outcome
    if step.kind is Kind.AGENT and given == Outcome.FAIL:
        return Outcome.FAIL
    if given not in (None, Outcome.SUBMIT):
        raise BadFact("outcome", f"at {step.name} the outcome is submit")
    return Outcome.SUBMIT


def _verdict(step: Step, submission: Submission) -> Outcome:
    known = [Outcome.ACCEPT, Outcome.REJECT, *([Outcome.FIX] if Outcome.FIX in step.on else [])]
    given = submission.outcome
    if given is not None:
        if given not in known:
            raise BadFact("outcome", f"at {step.name} the outcome is one of {', '.join(known)}")
        if submission.approved is not None and submission.approved != (given != Outcome.REJECT):
            raise BadFact("outcome", "outcome and approved say different things")
        return Outcome(given)
    if submission.approved is None:
        raise Missing("approved")
    if submission.approved and submission.has_changes and Outcome.FIX in known:
        return Outcome.FIX
    return Outcome.ACCEPT if submission.approved else Outcome.REJECT


def _check_reason(known: tuple[str, ...], reason: str | None, is_asked: bool) -> None:
    if is_asked and known and reason not in known:
        raise BadFact("reason", f"the reason is one of {', '.join(known)}")


def _worked_by(entry: EntryState, step: Step, by: Person) -> EntryState:
    before = entry.hands.get(step.name, ())
    others = tuple(account for account in before if account != by.account)
    hands = {name: accounts for name, accounts in entry.hands.items() if name != step.name}
    hands[step.name] = (*others, by.account)
    is_review = step.kind is Kind.REVIEW
    is_making = step.kind in MAKING and step.kind is not Kind.OPEN
    return entry._replace(
        hands=hands,
        submitted_by=by if is_making else entry.submitted_by,
        reviewed_by=by if is_review else entry.reviewed_by,
    )


def _moved(
    workflow: Workflow, entry: EntryState, outcome: Outcome, facts: Facts, by: Person | None = None
) -> EntryState:
    """ENTRY where OUTCOME leads, of what BY has just done."""
    name = workflow.after(entry.step, outcome, facts)
    step = workflow.step(name)
    if step is None:
        return _ended(entry, name, Status.ERRORED)
    if step.kind is Kind.DONE:
        return _ended(entry, name, Status.COMPLETED)
    left = workflow.step(entry.step)
    is_kept = left is not None and left.kind is Kind.OPEN and outcome is Outcome.SUBMIT
    is_kept = is_kept and step.kind is not Kind.CONSENSUS
    is_theirs = is_kept and by is not None and by.account not in _barred(workflow, step, entry)
    holder = by if is_theirs else _preferred(workflow, step, entry)
    return entry._replace(step=name, status=Status.IN_PROGRESS, assigned_to=holder, ended_from=None, tries=0)


def _ended(entry: EntryState, name: str, status: Status) -> EntryState:
    return entry._replace(step=name, status=status, assigned_to=None, ended_from=entry.step, tries=0)


def _preferred(workflow: Workflow, step: Step, entry: EntryState) -> Person | None:
    """Who is to have ENTRY at STEP before all others."""
    named = entry.reviewer if step.kind is Kind.REVIEW else None
    if named is not None and named.account not in _barred(workflow, step, entry):
        return named
    for name in step.prefer:
        if (last := _last_at(workflow, name, step, entry)) is not None:
            return last
    return None


def _last_at(workflow: Workflow, name: str, step: Step, entry: EntryState) -> Person | None:
    """Who worked ENTRY last at the step NAME, of those who may have it at STEP."""
    barred = _barred(workflow, step, entry)
    accounts = (one for one in reversed(entry.hands.get(name, ())) if one not in barred)
    return next((_person(entry, one) for one in accounts), None)


def _barred(workflow: Workflow, step: Step, entry: EntryState) -> tuple[str, ...]:
    """Who may not have ENTRY at STEP: whose work lies before it now.

    Who did such work earlier may: else, rejected often enough, it would be left to nobody.
    """
    barred: dict[str, None] = {}
    for name in step.not_by:
        done = workflow.step(name)
        barred |= dict.fromkeys(entry.hands.get(name, ())[-(done.people if done else 1) :])
    return tuple(barred)


def _person(entry: EntryState, account: str) -> Person:
    known = (entry.assigned_to, entry.submitted_by, entry.reviewed_by)
    return next((one for one in known if one is not None and one.account == account), Person(account))


def _is_worked(workflow: Workflow, name: str) -> bool:
    step = workflow.step(name)
    return step is not None and step.kind in WORKED


def _been_at(workflow: Workflow, entry: EntryState) -> list[str]:
    """The steps that it was worked at, other than where it is; the last one at the end."""
    return [name for name in entry.hands if _is_worked(workflow, name) and name != entry.step]


def _makers(workflow: Workflow, entry: EntryState) -> list[str]:
    """Of these, those where it was annotated."""
    kinds = MAKING - {Kind.OPEN}
    steps = (workflow.step(name) for name in entry.hands)
    return [step.name for step in steps if step is not None and step.kind in kinds]


def _set_aside_at(workflow: Workflow, entry: EntryState) -> str | None:
    """Where it was set aside before it was annotated."""
    step = workflow.step(entry.ended_from or "")
    return step.name if step is not None and step.kind in MAKING - {Kind.OPEN} else None


def _chosen(entry: EntryState, to: str | None, known: list[str], usual: list[str], event: str) -> str:
    if to is not None:
        if to not in known:
            told = ", ".join(known) or "none"
            raise BadFact(
                "step", f"the entry was not worked at {to[:64]}: of the steps before there is {told}"
            )
        return to
    if not usual:
        raise Refused("invalid_transition", f"an entry at {entry.step} cannot {event}", entry.step)
    return usual[-1]


def _returned(workflow: Workflow, entry: EntryState, to: str) -> EntryState:
    """ENTRY at the step TO again, with who had it there."""
    step = workflow.step(to)
    if step is None or step.kind is Kind.CONSENSUS:
        holder = None
    elif entry.hands.get(to):
        holder = _last_at(workflow, to, step, entry)
    else:
        holder = entry.assigned_to  # it was set aside before its first submit, and is still with who had it
        if holder is not None and holder.account in _barred(workflow, step, entry):
            holder = None
    return entry._replace(step=to, status=Status.IN_PROGRESS, assigned_to=holder, ended_from=None, tries=0)


def _refuse_finished(workflow: Workflow, entry: EntryState) -> None:
    if workflow.is_end(entry.step):
        detail = f"the entry is at its end ({entry.step}): nobody can hold it"
        raise Refused("invalid_transition", detail, entry.step)
