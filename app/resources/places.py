"""Where an entry is in its workflow, as the columns that say so. It must not know what brought it there."""

from collections.abc import Collection
from math import inf
from typing import Any

import msgspec

from app.declare import Values
from app.resources import ages
from app.resources.leases import expiry_of
from workflow.entry import EntryState, Person, place_of
from workflow.graph import Order, Step
from workflow.machine import Workflow, crew_of


def columns_of(
    workflow: Workflow, entry: Any, state: EntryState, now: str, seated: Collection[str] = ()
) -> Values:
    """The columns of ENTRY once it is in STATE. SEATED are the accounts that have a seat at its consensus."""
    step, barred = place_of(workflow, state)
    is_there = state.step == entry.wf_step
    values: Values = {
        "step_since": entry.step_since if is_there else now,
        "wf_step": str(state.step),
        "status": str(state.status),
        "worked_by": crew_of(step),
        "barred": " ".join(dict.fromkeys((*barred, *seated))),
        "hands": msgspec.json.encode(state.hands).decode(),
        "ended_from": state.ended_from,
        "tries": state.tries,
    }
    if not is_there:
        values["due_at"] = expiry_of(now, step.due) if step is not None and step.due else None
        values["rank"] = rank_of(step, entry.priority, entry.created_at, now)
    for name in ("assigned_to", "submitted_by", "reviewed_by"):
        person: Person | None = getattr(state, name)
        values[f"{name}_id"] = person and person.account
        values[f"{name}_member_id"] = person and person.member
    return values


def columns_at_start(workflow: Workflow, priority: float, now: str) -> Values:
    """The columns of a new entry."""
    step = workflow.graph.steps[workflow.start]
    return {
        "wf_step": workflow.start,
        "worked_by": crew_of(step),
        "step_since": now,
        "due_at": expiry_of(now, step.due) if step.due else None,
        "rank": rank_of(step, priority, now, now),
    }


def rank_of(step: Step | None, priority: float, made_at: str, now: str) -> float:
    """The place in STEP's queue of an entry that comes there NOW: the lowest first, of equals the oldest."""
    match step.order if step is not None else Order.PRIORITY:
        case Order.OLDEST:
            return inf  # no priority is: a change of that leaves it
        case Order.NEWEST:
            return -float(ages.microseconds_of(made_at))
        case Order.ARRIVAL:
            return float(ages.microseconds_of(now))
    return priority
