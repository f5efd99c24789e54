"""Leases: for how long an entry is in somebody's hands, and who had it before. No HTTP.

Taking an entry gives a token and an expiry. Expiry alone changes nothing: until somebody else takes the
entry, its holder may go on. At a consensus an entry has several seats, each with a lease of its own
(`app.resources.seats`); everywhere else it has one, and the entry itself bears its token.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any, NamedTuple

from sqlalchemy import Index, bindparam, case, insert, select, update
from sqlalchemy import text as sql_text
from sqlmodel import col

from app.attributes import Id, Time, wire_time
from app.declare import Values
from app.errors import BadHeader, Conflict
from app.operations.conditions import many, many_values, padded
from app.resources import tallies
from app.storage.rows import STRICT, Keyed, integer, text
from app.storage.statement import Statement
from app.work import Work
from workflow.durations import seconds_of

DEFAULT = "PT30M"
LOST = frozenset({"take_over", "take_away"})
_TOKEN = re.compile(r"[A-Za-z0-9_-]{24}")
_IN_SEAT = sql_text("seat IS NOT NULL")


class Lease(Keyed, table=True):
    """That ACCOUNT_ID had the entry from TAKEN_AT to ENDED_AT (null: still has it).

    SEAT is the number of the seat at the consensus where the entry is; of one that it has left, and
    everywhere else, null. While a seat is held, EXPIRES_AT is when its time runs out.
    """

    __tablename__ = "leases"
    __table_args__ = (
        Index(None, "entry_id", "account_id"),
        # No two people hold one seat.
        Index(
            "uq_leases_seat",
            "entry_id",
            "seat",
            unique=True,
            sqlite_where=_IN_SEAT,
            postgresql_where=_IN_SEAT,
        ),
        Index("ix_leases_seated", "account_id", "entry_id", sqlite_where=_IN_SEAT, postgresql_where=_IN_SEAT),
        STRICT,
    )

    organization_id: Id = text()
    dataset_id: Id = text()
    entry_id: Id = text()
    account_id: Id = text()
    wf_step: str = text()
    taken_at: Annotated[str, Time] = text()
    ended_at: Time | None = text(default=None)
    expires_at: Time | None = text(default=None)  # when it would have, once it has ended
    ending: str | None = text(default=None)  # submit, error, give_up, take_away, take_over
    token: str = text(unique=True)
    seat: int | None = integer(default=None)
    said: str | None = text(default=None)  # what its holder said along with the work, as JSON: for later


def expiry_of(now: str, duration: str) -> str:
    """When a span of DURATION ends that begins NOW."""
    moment = datetime.fromisoformat(now).astimezone(UTC)
    return wire_time(moment + timedelta(seconds=seconds_of(duration)))


def has_run_out(entry: Any, now: str) -> bool:
    """Whether somebody has had ENTRY for as long as its lease. What was dealt has none before it is taken."""
    return entry.lease_expires_at is not None and bool(entry.lease_expires_at <= now)


def taken(work: Work, entry: Any, account_id: str, duration: str) -> Values:
    """What ENTRY has to bear when ACCOUNT_ID takes it; the lease before ends by it."""
    end(work, entry, "take_over" if entry.assigned_to_id else "give_up")
    expires_at = expiry_of(work.now, duration)
    return {"lease_token": begin(work, entry, account_id), "lease_expires_at": expires_at}


def begin(work: Work, entry: Any, account_id: str, seat: int | None = None, until: str | None = None) -> str:
    """The token of a new lease on ENTRY; at a consensus on a SEAT of it, UNTIL its time runs out."""
    token = work.sources.token()
    row = {
        "id": work.sources.ids(),
        "organization_id": entry.organization_id,
        "dataset_id": entry.dataset_id,
        "entry_id": entry.id,
        "account_id": account_id,
        "wf_step": entry.wf_step,
        "taken_at": work.now,
        "ended_at": None,
        "expires_at": until,
        "ending": None,
        "token": token,
        "seat": seat,
        "said": None,
    }
    work.run_later(_TAKE, {f"v_{name}": value for name, value in row.items()})
    return token


def end(work: Work, entry: Any, ending: str) -> Values:
    """What ENTRY has to bear when its lease ends, if it has one: then its time counts as worked."""
    if entry.lease_token is not None:
        expiry = entry.lease_expires_at
        bound = {"v_ended_at": work.now, "v_expires_at": expiry, "v_ending": ending}
        for account_id, taken_at in work.rows(_END, {"k_entry_id": entry.id, **bound}):
            tallies.lease_ended(work, entry.dataset_id, account_id, taken_at, min(work.now, expiry))
    return {"lease_token": None, "lease_expires_at": None}


def was_lost(work: Work, entry_id: str, account_id: str) -> bool:
    """Whether ACCOUNT_ID had the entry, and somebody else took it."""
    found = work.rows(_LAST, {"entry_id": entry_id, "account_id": account_id, "size": 1})
    return bool(found) and found[0][0] in LOST


class Span(NamedTuple):
    """That the account had the entry from TAKEN_AT to ENDED_AT."""

    entry_id: str
    account_id: str
    taken_at: str
    ended_at: str


def spans_of(work: Work, entry_ids: Sequence[str]) -> list[Span]:
    """For how long each of the entries was in whose hands, as far as that is over."""
    found: list[Span] = []
    for start in range(0, len(entry_ids), _CHUNK):
        some = list(entry_ids[start : start + _CHUNK])
        count = padded(len(some))
        found += [Span(*row) for row in work.rows(_spans(count), many_values("k", some, count))]
    return found


def check(work: Work, entry_id: str, token: str | None, current: str | None) -> bool:
    """Whether TOKEN, if any, is that of the entry's lease; False where that lease was lost to somebody.

    Raises BadHeader for what is no token, Conflict for one of no lease, of another entry or person.
    """
    if token is None or token == current:
        return True
    if not _TOKEN.fullmatch(token):
        raise BadHeader("Postil-Lease is a token that a lease gave", "Postil-Lease", code="lease_invalid")
    found = work.rows(_OF_TOKEN, {"token": token})
    if not found:
        raise Conflict("there is no such lease: take the entry first", code="lease_unknown")
    leased_entry, account_id, ending = found[0]
    if leased_entry != entry_id or account_id != work.actor.account_id:
        raise Conflict("the lease is another entry's or another person's", code="lease_foreign")
    if ending not in LOST:
        raise Conflict("the lease has ended: take the entry again", code="lease_ended")
    return False


_TAKE = Statement(lambda: insert(Lease).values({name: bindparam(f"v_{name}") for name in Lease.model_fields}))
# Who waited for the row has an earlier time than who took it meanwhile: a lease never ends before it begins.
_ENDED_AT = case(
    (col(Lease.taken_at) > bindparam("v_ended_at"), col(Lease.taken_at)), else_=bindparam("v_ended_at")
)
_END = Statement(
    lambda: (
        update(Lease)
        .where(col(Lease.entry_id) == bindparam("k_entry_id"), col(Lease.ended_at).is_(None))
        .values(
            {
                "ended_at": _ENDED_AT,
                "expires_at": bindparam("v_expires_at"),
                "ending": bindparam("v_ending"),
            }
        )
        .returning(col(Lease.account_id), col(Lease.taken_at))
    )
)
_LAST = Statement(
    lambda: (
        select(col(Lease.ending))
        .where(col(Lease.entry_id) == bindparam("entry_id"), col(Lease.account_id) == bindparam("account_id"))
        .order_by(col(Lease.taken_at).desc(), col(Lease.id).desc())
        .limit(bindparam("size"))
    )
)
_CHUNK = 128  # entries a statement


@lru_cache(16)
def _spans(count: int) -> Statement:
    entry_id = col(Lease.entry_id)
    columns = (entry_id, col(Lease.account_id), col(Lease.taken_at), col(Lease.ended_at))
    return Statement(
        lambda: select(*columns).where(
            entry_id.in_(many("k", count, entry_id)), col(Lease.ended_at).is_not(None)
        )
    )


_OF_TOKEN = Statement(
    lambda: select(col(Lease.entry_id), col(Lease.account_id), col(Lease.ending)).where(
        col(Lease.token) == bindparam("token")
    )
)
