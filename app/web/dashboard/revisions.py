"""What became of an entry's annotations between two moments. It knows no page, and asks nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.web.dashboard.records import Record

_WORKED = ("select", "submit", "assign", "label")  # with one of these somebody began
_VERDICTS = ("accept", "reject", "fix")
_SAID = {
    "accept": "accepted",
    "reject": "rejected",
    "fix": "fixed and accepted",
    "send_back": "sent back",
    "reopen": "reopened",
}
FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True)
class Moment:
    """A time AT which an entry stood as it had been left: by whom, and what they said."""

    at: str
    name: str
    by: str | None = None
    outcome: str = ""
    reason: str = ""
    comment: str = ""


@dataclass(frozen=True)
class Step:
    """One thing that happened to an entry, as people are told of it."""

    at: str
    kind: str
    by: str | None
    step: str  # where it was then
    outcome: str
    reason: str
    comment: str


def steps_of(history: Sequence[Record]) -> list[Step]:
    """What HISTORY, the events of an entry from its oldest on, tells of work and verdicts."""
    told, step = [], ""
    for event in history:
        record = event.record if isinstance(event.record, Mapping) else {}
        if event.kind != "update":
            told.append(_step(event, step or str(record.get("wf_step", ""))))
        step = str(record.get("wf_step") or step)
    return told


def _step(event: Record, step: str) -> Step:
    details: Mapping[str, Any] = event.details if isinstance(event.details, Mapping) else {}
    outcome = details.get("outcome")
    if outcome is None and "approved" in details:
        outcome = "accept" if details["approved"] else "reject"
    said = str(details.get("comment") or details.get("message") or "")
    by = event.actor_id or None
    return Step(event.at, event.kind, by, step, str(outcome or ""), str(details.get("reason") or ""), said)


def moments_of(steps: Sequence[Step], making: Collection[str]) -> list[Moment]:
    """The times to compare with, the likeliest first: what was rejected or handed in, and what came before.

    MAKING are the steps at which annotations are made. What stands now was handed in last, so that moment is
    none of them.
    """
    verdicts = [one for one in steps if one.outcome in _VERDICTS or one.kind in ("send_back", "reopen")]
    made = [one for one in steps if one.kind == "submit" and one.step in making]
    found = [_moment(one) for one in reversed(verdicts)]
    found += [_moment(one) for one in reversed(made[:-1])]
    if begun := next((one for one in steps if one.kind in _WORKED), None):
        found.append(Moment(_just_before(begun.at), "before anybody worked on it"))
    return found


def _moment(step: Step) -> Moment:
    name = _SAID.get(step.outcome) or _SAID.get(step.kind) or f"submitted at {step.step}"
    return Moment(step.at, name, step.by, step.outcome, step.reason, step.comment)


def seats_of(steps: Sequence[Step], at: str) -> dict[str, bool]:
    """Who has a seat at the consensus AT which an entry is, as STEPS tell; and whether their work is in."""
    seats: dict[str, bool] = {}
    for one in steps:
        if one.step != at or one.kind == "decide":
            seats = {}
        elif one.kind == "assign":  # by whom is told, to whom is not: all whose work is not in may have gone
            seats = {account: is_in for account, is_in in seats.items() if is_in}
        elif one.kind == "release":
            seats.pop(one.by or "", None)
        elif one.kind in ("select", "submit"):
            seats[one.by or ""] = one.kind == "submit"
    return seats


def _just_before(time: str) -> str:
    """A microsecond before TIME: what happened at once with it had not happened."""
    return (datetime.fromisoformat(time) - timedelta(microseconds=1)).strftime(FORMAT)


@dataclass(frozen=True)
class Change:
    """What became of an annotation: MARK is added, removed, changed or same; HOW says of a change."""

    mark: str
    before: Record | None
    after: Record | None
    how: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return self.one.id

    @property
    def one(self) -> Record:
        """It as it stands, or as it last stood."""
        found = self.after or self.before
        assert found is not None
        return found


def changes_between(before: Sequence[Record], after: Sequence[Record]) -> list[Change]:
    """What became of each annotation, those that changed first."""
    were = {one.id: one for one in before}
    are = {one.id for one in after}
    found = [_compared(were.get(one.id), one) for one in after]
    found += [Change("removed", one, None) for one in before if one.id not in are]
    order = ("changed", "added", "removed", "same")
    return sorted(found, key=lambda one: order.index(one.mark))


def _compared(before: Record | None, after: Record) -> Change:
    if before is None:
        return Change("added", None, after)
    how = []
    if before.dimensions != after.dimensions:
        how.append("its shape")
    was, is_now = _value(before), _value(after)
    for name in sorted({*was, *is_now}):
        if was.get(name) != is_now.get(name):
            how.append(f"{name}: {_told(was.get(name))} → {_told(is_now.get(name))}")
    return Change("changed" if how else "same", before, after, tuple(how))


def _value(annotation: Record) -> dict[str, Any]:
    """What an ANNOTATION says, its attributes beside its label."""
    value = dict(annotation.annotation) if isinstance(annotation.annotation, Mapping) else {}
    attributes = value.pop("attributes", None)
    return {**value, **(attributes if isinstance(attributes, Mapping) else {})}


def _told(value: Any) -> str:
    return "none" if value is None else str(value)
