"""The seats of a consensus: some people work on one entry at once, each on a seat, unseen by each other.

A seat is held until its work is submitted. Like any lease it can run out; only where no other seat is free
does it then go to somebody else.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from workflow.errors import Refused
from workflow.graph import Step


@dataclass(frozen=True, slots=True)
class Seat:
    """The seat NUMBER (from 1), whose it is, and until when (None: its work is submitted)."""

    number: int
    account: str
    expires_at: str | None = None

    @property
    def is_done(self) -> bool:
        return self.expires_at is None


def to_take(step: Step, seats: Sequence[Seat], account: str, now: str) -> tuple[int, Seat | None]:
    """The number of the seat that ACCOUNT, who holds none, gets, and the one whose time has run out by that.

    Raises Refused where they have submitted already, or all seats are held.
    """
    if any(seat.account == account for seat in seats):
        raise Refused("seat_submitted", "you have submitted your work on the entry: it waits for others")
    taken = {seat.number for seat in seats}
    free = (number for number in range(1, step.people + 1) if number not in taken)
    if (number := next(free, None)) is not None:
        return number, None
    left = [seat for seat in seats if seat.expires_at is not None and seat.expires_at <= now]
    if not left:
        raise Refused("already_assigned", "all who are to work on the entry have begun: take another one")
    first = min(left, key=lambda seat: (seat.expires_at or "", seat.number))
    return first.number, first


def is_complete(step: Step, seats: Sequence[Seat]) -> bool:
    """Whether all have submitted."""
    return sum(seat.is_done for seat in seats) >= step.people


def free_from(step: Step, seats: Sequence[Seat]) -> str | None:
    """When the first of all seats runs out; None where one is free now, or none will ever be again."""
    held = [seat.expires_at for seat in seats if seat.expires_at is not None]
    return min(held) if held and len(seats) >= step.people else None
