"""The seats of an entry at a consensus, as leases keep them: who has one, until when, and whose work is in.

What becomes of the entry when all have submitted is not known here.
"""

from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, select, update
from sqlmodel import col

from app.declare import Values
from app.resources import leases, tallies
from app.resources.leases import Lease
from app.storage.rows import TEXT
from app.storage.statement import Statement
from app.work import Work
from workflow.graph import Step
from workflow.seats import Seat, free_from, to_take


class Held(NamedTuple):
    """A seat, and the lease that it is held by."""

    seat: Seat
    token: str


def of(work: Work, entry: Any) -> list[Held]:
    """The seats of ENTRY that somebody has or had, in order. The entry is held: none comes or goes."""
    return [
        Held(Seat(number, account, None if ended else expires), token)
        for number, account, expires, ended, token in work.rows(_SEATS, {"entry_id": entry.id})
    ]


def accounts_at(work: Work, entry_id: str) -> list[str]:
    """Who has or had a seat at the entry's consensus, by seat."""
    return [account for _, account, *_ in work.rows(_SEATS, {"entry_id": entry_id})]


def told(work: Work, entry_id: str, account_id: str) -> Values | None:
    """What the account is told of the seat that it has at the entry; None where it has none."""
    found = work.rows(_OWN, {"entry_id": entry_id, "account_id": account_id})
    return {"lease": {"expires_at": found[0][1], "token": found[0][0]}} if found else None


def own(held: list[Held], account_id: str) -> Held | None:
    """The seat that ACCOUNT_ID has, and whose work is not yet in."""
    return next((one for one in held if one.seat.account == account_id and not one.seat.is_done), None)


def take(work: Work, entry: Any, step: Step, held: list[Held], account_id: str, duration: str) -> list[Held]:
    """The seats once ACCOUNT_ID has one. Raises Refused."""
    number, left = to_take(step, [one.seat for one in held], account_id, work.now)
    if left is not None:
        held = vacate(work, entry, held, left.account, "take_over")
    until = leases.expiry_of(work.now, duration)
    token = leases.begin(work, entry, account_id, number, until)
    return [*held, Held(Seat(number, account_id, until), token)]


def renew(work: Work, held: list[Held], mine: Held, duration: str) -> list[Held]:
    """The seats with a longer lease of MINE."""
    until = leases.expiry_of(work.now, duration)
    work.run(_RENEW, {"k_token": mine.token, "v_expires_at": until})
    renewed = Held(Seat(mine.seat.number, mine.seat.account, until), mine.token)
    return [renewed if one is mine else one for one in held]


def submitted(work: Work, entry: Any, held: list[Held], mine: Held, words: Values) -> list[Held]:
    """The seats once the work of MINE is in, with WORDS. It stays taken."""
    said = msgspec.json.encode(words).decode() if words else None
    _end(work, entry, mine, "submit", mine.seat.number, said)
    done = Held(Seat(mine.seat.number, mine.seat.account), mine.token)
    return [done if one is mine else one for one in held]


def vacate(work: Work, entry: Any, held: list[Held], account_id: str, ending: str) -> list[Held]:
    """The seats without that of ACCOUNT_ID, whose work is not in."""
    mine = own(held, account_id)
    if mine is None:
        return held
    _end(work, entry, mine, ending, None)
    return [one for one in held if one is not mine]


def end_all(work: Work, entry: Any, ending: str) -> Values:
    """What ENTRY, which leaves its consensus, has to bear. Who has not submitted loses their seat."""
    if not entry.barred:  # nobody has a seat
        return {}
    held = of(work, entry)
    for one in held:
        if not one.seat.is_done:
            _end(work, entry, one, ending, None)
    if not held:
        return {}
    work.run_later(_CLEAR, {"k_entry_id": entry.id})
    return {"lease_token": None, "lease_expires_at": None, "job_id": None}


def columns_of(step: Step, held: list[Held]) -> Values:
    """What an entry has to bear of its seats: when the first comes free."""
    return {"lease_token": None, "lease_expires_at": free_from(step, [one.seat for one in held])}


def accounts_of(held: list[Held]) -> list[str]:
    return [one.seat.account for one in held]


def said_at(work: Work, entry_id: str) -> dict[str, Any]:
    """What those who have seats at the entry have said along with their work, by account."""
    found = work.rows(_SAID, {"entry_id": entry_id})
    return {account: msgspec.json.decode(said) for account, said in found}


def _end(work: Work, entry: Any, mine: Held, ending: str, seat: int | None, said: str | None = None) -> None:
    ended = {"v_ended_at": work.now, "v_ending": ending, "v_seat": seat, "v_said": said}
    bound = {"k_token": mine.token, **ended}
    for account_id, taken_at, expires_at in work.rows(_END, bound):
        until = min(work.now, expires_at) if expires_at else work.now
        tallies.lease_ended(work, entry.dataset_id, account_id, taken_at, until)


_SEATS = Statement(
    lambda: (
        select(
            col(Lease.seat),
            col(Lease.account_id),
            col(Lease.expires_at),
            col(Lease.ended_at),
            col(Lease.token),
        )
        .where(col(Lease.entry_id) == bindparam("entry_id"), col(Lease.seat).is_not(None))
        .order_by(col(Lease.seat))
    )
)
_SAID = Statement(
    lambda: (
        select(col(Lease.account_id), col(Lease.said))
        .where(
            col(Lease.entry_id) == bindparam("entry_id"),
            col(Lease.seat).is_not(None),
            col(Lease.said).is_not(None),
        )
        .order_by(col(Lease.seat))
    )
)
_OWN = Statement(
    lambda: select(col(Lease.token), col(Lease.expires_at)).where(
        col(Lease.entry_id) == bindparam("entry_id"),
        col(Lease.account_id) == bindparam("account_id"),
        col(Lease.seat).is_not(None),
        col(Lease.ended_at).is_(None),
    )
)
_RENEW = Statement(
    lambda: (
        update(Lease)
        .where(col(Lease.token) == bindparam("k_token"))
        .values({"expires_at": bindparam("v_expires_at")})
    )
)
_END = Statement(
    lambda: (
        update(Lease)
        .where(col(Lease.token) == bindparam("k_token"))
        .values(
            {
                "ended_at": bindparam("v_ended_at"),
                "ending": bindparam("v_ending"),
                "seat": bindparam("v_seat"),
                "said": bindparam("v_said", type_=TEXT),
            }
        )
        .returning(col(Lease.account_id), col(Lease.taken_at), col(Lease.expires_at))
    )
)
_CLEAR = Statement(
    lambda: (
        update(Lease)
        .where(col(Lease.entry_id) == bindparam("k_entry_id"), col(Lease.seat).is_not(None))
        .values({"seat": None})
    )
)
