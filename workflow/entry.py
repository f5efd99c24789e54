"""An entry's way from arrival to done, on the default workflow.

start --submit--> annotate --submit--> review --submit, approved--> done
                  annotate --submit, not sampled-----------------> done
                  annotate <--submit, not approved-- review
                  annotate, review --error--> error
                  annotate <--send_back-- review, done, error

People are handed in and out as they are: the flow only compares them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from types import SimpleNamespace
from typing import Any

from transitions import Machine, MachineError

from workflow.errors import Missing, Refused


class Step(StrEnum):
    START = "start"
    ANNOTATE = "annotate"
    REVIEW = "review"
    DONE = "done"
    ERROR = "error"


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


@dataclass(frozen=True, slots=True)
class EntryState:
    """The part of an entry that a workflow event may change."""

    step: str = Step.START
    status: str = Status.READY
    assigned_to: Person | None = None
    submitted_by: Person | None = None
    reviewed_by: Person | None = None

    @property
    def is_finished(self) -> bool:
        return self.step in ENDS


@dataclass(frozen=True, slots=True)
class Submission:
    """What a submit brings. `sampled` matters at annotate, `approved` at review."""

    by: Person
    sampled: bool = True
    approved: bool | None = None


ENDS = frozenset({Step.DONE, Step.ERROR})
WORKED_BY: Mapping[str, str] = {Step.START: "annotator", Step.ANNOTATE: "annotator", Step.REVIEW: "reviewer"}
OPEN = frozenset({Step.START})  # steps where the first to submit keeps the entry
SERVED = frozenset({Status.READY, Status.IN_PROGRESS})  # what there is to do, at a step that is worked
COUNTED_AS_COMPLETED = frozenset({Status.COMPLETED, Status.ERRORED})

_TRANSITIONS: list[Any] = [
    # event     from            to             only when   unless
    ["submit", Step.START, Step.ANNOTATE],
    ["submit", Step.ANNOTATE, Step.REVIEW, "sampled"],
    ["submit", Step.ANNOTATE, Step.DONE, None, "sampled"],
    ["submit", Step.REVIEW, Step.DONE, "approved"],
    ["submit", Step.REVIEW, Step.ANNOTATE, None, "approved"],
    ["error", Step.ANNOTATE, Step.ERROR],
    ["error", Step.REVIEW, Step.ERROR],
    ["send_back", Step.REVIEW, Step.ANNOTATE],
    ["send_back", Step.DONE, Step.ANNOTATE],
    ["send_back", Step.ERROR, Step.ANNOTATE],
]

# One machine for every entry: a walker is handed to it for one event, and it keeps none.
_MACHINE = Machine(
    model=None,
    # By value: of an enum's member the library would take the name.
    states=[step.value for step in Step],
    transitions=[
        [one.value if isinstance(one, Step) else one for one in transition] for transition in _TRANSITIONS
    ],
    initial=Step.START.value,
    auto_transitions=False,
    send_event=False,
)


@cache
def _walk(step: str, event: str, **facts: bool) -> str:
    """The step that EVENT leads to from STEP. Raises Refused. There are few ways: each is walked once."""
    walker = SimpleNamespace(
        state=str(step), **{name: lambda value=value: value for name, value in facts.items()}
    )
    try:
        if _MACHINE.events[event].trigger(walker):
            return str(walker.state)
    except MachineError:
        pass
    raise Refused("invalid_transition", f"an entry at {step} cannot {event}", step)


def submit(entry: EntryState, submission: Submission) -> EntryState:
    """The entry after SUBMISSION. Raises Refused, or Missing at review without a verdict."""
    if entry.status == Status.WAITING_CHANGED:  # its labels were changed under it: confirmed
        return replace(entry, status=Status.COMPLETED)
    if entry.step == Step.REVIEW and submission.approved is None:
        raise Missing("approved")
    step = _walk(entry.step, "submit", sampled=submission.sampled, approved=bool(submission.approved))
    submitted_by = submission.by if entry.step == Step.ANNOTATE else entry.submitted_by
    reviewed_by = submission.by if entry.step == Step.REVIEW else entry.reviewed_by
    holder = {
        (Step.START, Step.ANNOTATE): submission.by,
        (Step.ANNOTATE, Step.REVIEW): entry.reviewed_by,
        (Step.REVIEW, Step.ANNOTATE): entry.submitted_by,
    }.get((Step(entry.step), Step(step)))
    status = Status.COMPLETED if step == Step.DONE else Status.IN_PROGRESS
    return EntryState(step, status, holder, submitted_by, reviewed_by)


def assign(entry: EntryState, person: Person | None) -> EntryState:
    """The entry in PERSON's hands, or in nobody's. Raises Refused."""
    _refuse_finished(entry)
    return replace(entry, assigned_to=person)


def select(entry: EntryState, person: Person, *, is_free: bool = False) -> EntryState:
    """The entry taken by PERSON. Raises Refused where it is finished, or another's and not IS_FREE by now."""
    _refuse_finished(entry)
    if entry.assigned_to and entry.assigned_to.account != person.account and not is_free:
        raise Refused(
            "already_assigned", "somebody else holds the entry: ask its project's owner to assign it"
        )
    return replace(entry, assigned_to=person)


def error(entry: EntryState) -> EntryState:
    """The entry set aside as faulty. Raises Refused."""
    return replace(entry, step=_walk(entry.step, "error"), status=Status.ERRORED)


def send_back(entry: EntryState) -> EntryState:
    """The entry to be annotated again, by who did before: as after a rejection. Raises Refused."""
    step = _walk(entry.step, "send_back")
    # What was set aside before its first submit is still with who had it.
    holder = entry.submitted_by or entry.assigned_to
    return replace(entry, step=step, status=Status.IN_PROGRESS, assigned_to=holder)


def worked_by(step: str) -> str | None:
    """The project role that works STEP; None at an end."""
    return WORKED_BY.get(step)


def _refuse_finished(entry: EntryState) -> None:
    if entry.is_finished:
        detail = f"the entry is at its end ({entry.step}): nobody can hold it"
        raise Refused("invalid_transition", detail, entry.step)
