"""What is to be sent to which webhook now, and what came of it: the dispatcher's work in the database.

A webhook is claimed by a lease, so that one dispatcher sends for it at a time, in whatever process. It
follows the numbered feed by its position; events that fail, and those of the same record behind them, become
pending deliveries, and the position goes on: one record's failures hold up no other's.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec

from app.attributes import wire_time
from app.jobs import outbox_statements as sql
from app.jobs.letters import Letter, letter_of, ping_of
from app.resources.webhook_deliveries import WEBHOOK_DELIVERIES
from app.resources.webhook_rows import DeliveryState, Webhook, WebhookDelivery, add
from app.resources.webhooks import WEBHOOKS, is_told, last_sequence
from app.work import Work

WINDOW = 100  # pending deliveries of a webhook; no new events are taken up beyond them
BATCH = 50  # letters a claim
SCANNED = 1000  # events a claim
SICK = 3  # failures in a row from which on a webhook rests between attempts
KEPT = timedelta(days=30)  # ended deliveries
PURGED = 5000  # rows a transaction


@dataclass(frozen=True)
class Pending:
    """A delivery that was tried before, or is held back by one that was; LETTER where it is due."""

    delivery: WebhookDelivery
    letter: Letter | None = None
    is_gone: bool = False  # its event is no longer there


@dataclass(frozen=True)
class Claim:
    """What is to be sent to one webhook, in order: first what is pending, then what is new."""

    webhook: Webhook
    lease: str
    pending: tuple[Pending, ...]
    fresh: tuple[Letter, ...]
    position: int  # where the webhook stands
    through: int  # where it stands once all that is fresh was dealt with


@dataclass(frozen=True)
class Attempt:
    """What came of sending a letter. ERROR_CODE is None where it was accepted."""

    at: str
    status_code: int | None
    error_code: str | None
    next_attempt_at: str | None = None  # None: it succeeded, or is given up


@dataclass
class Report:
    """What a dispatcher did of a claim."""

    tried: list[tuple[Pending, Attempt]] = field(default_factory=list)
    sent: list[tuple[Letter, Attempt]] = field(default_factory=list)
    held: list[Letter] = field(default_factory=list)
    position: int = 0
    failures_in_a_row: int = 0
    resting_until: str | None = None


def claim(work: Work, count: int, *, is_sick: bool, until: str) -> list[Claim]:
    """At most COUNT webhooks for which there is something to send, leased until UNTIL.

    IS_SICK picks those whose last attempts failed, or else the others: neither can take all the threads.
    """
    failures = {"least": 1, "most": 2**31} if is_sick else {"least": 0, "most": 0}
    found = work.rows(sql.DUE, {"count": count, "window": WINDOW, **failures})
    return [_claimed(work, WEBHOOKS.of(row), until) for row in found]


def record(work: Work, claim: Claim, report: Report) -> bool:
    """Keep what REPORT says of CLAIM, and let go of it. False where the lease was lost: nothing is kept."""
    webhook = claim.webhook
    attempts = [attempt for _, attempt in (*report.tried, *report.sent)]
    good = [attempt.at for attempt in attempts if attempt.error_code is None]
    bad = [attempt.at for attempt in attempts if attempt.error_code is not None]
    open_count = len(claim.pending) + len(report.held)
    open_count += sum(attempt.next_attempt_at is not None for _, attempt in report.sent)
    open_count -= sum(attempt.next_attempt_at is None for _, attempt in report.tried)
    values = {
        "position": report.position,
        "pending_count": open_count,
        "failures_count": webhook.failures_count + len(bad),
        "failures_in_a_row": report.failures_in_a_row,
        "last_success_at": max([*good, webhook.last_success_at or ""]) or None,
        "last_failure_at": max([*bad, webhook.last_failure_at or ""]) or None,
        "resting_until": report.resting_until,
        "lease": None,
        "leased_until": work.now,  # so that whoever was served longest ago is served next
    }
    bound = {f"v_{name}": value for name, value in values.items()}
    if not work.run(sql.let_go_of(tuple(values)), bound | {"k_id": webhook.id, "k_lease": claim.lease}):
        return False
    for pending, attempt in report.tried:
        _set(work, pending.delivery.id, _after(attempt, pending.delivery))
    for letter, attempt in report.sent:
        _add(work, webhook, letter, **_after(attempt, None))
    for letter in report.held:
        _add(work, webhook, letter, next_attempt_at=work.now)
    if good and webhook.failures_in_a_row >= SICK:  # it is well again: what waited is tried at once
        work.run(sql.HURRY, {"k_webhook_id": webhook.id, "v_next_attempt_at": work.now})
    return True


def forget_leases(work: Work) -> None:
    """Take back the leases of a process that was killed, where there can be no other."""
    if work.connection.has_one_writer:
        work.run(sql.FORGET, {})


def purge(work: Work) -> int:
    """Remove deliveries that ended long ago; how many there were, at most PURGED."""
    before = wire_time(datetime.fromisoformat(work.now) - KEPT)
    return work.run(sql.PURGE, {"before": before, "size": PURGED})


def _claimed(work: Work, webhook: Webhook, until: str) -> Claim:
    lease = work.sources.ids()
    position = webhook.position
    if webhook.replay_after is not None:
        position = min(position, webhook.replay_after)
        work.run(sql.DROP, {"k_webhook_id": webhook.id, "after": position})
    values = dict(zip(sql.LEASED, (lease, until, position, None), strict=True))
    work.run(sql.LEASE, {"k_id": webhook.id, **{f"v_{name}": value for name, value in values.items()}})
    is_open = webhook.disabled_at is None and (webhook.resting_until or "") <= work.now
    rows = work.rows(sql.PENDING, {"webhook_id": webhook.id})
    pending = tuple(_pending(work, webhook, rows, is_open=is_open))
    due = sum(one.letter is not None for one in pending)
    room = min(BATCH - due, WINDOW - len(pending)) if is_open else 0
    fresh, through = _fresh(work, webhook, position, room) if room > 0 else ((), position)
    return Claim(webhook, lease, pending, fresh, position, through)


def _pending(work: Work, webhook: Webhook, rows: list[Any], *, is_open: bool) -> Iterable[Pending]:
    """What waits, in order. Its letters are made where it is due and nothing of its record is before it."""
    blocked: set[str | None] = set()
    for row in rows:
        delivery = WEBHOOK_DELIVERIES.of(row)
        if delivery.sequence is None:
            yield Pending(delivery, ping_of(delivery.id, webhook.id, work.now))
        elif not is_open or delivery.record_id in blocked or delivery.next_attempt_at > work.now:
            blocked.add(delivery.record_id)
            yield Pending(delivery)
        else:
            event = work.rows(sql.EVENT, {"id": delivery.event_id})
            yield Pending(delivery, letter_of(event[0]) if event else None, is_gone=not event)


def _fresh(work: Work, webhook: Webhook, position: int, room: int) -> tuple[tuple[Letter, ...], int]:
    """At most ROOM letters of the events behind POSITION, and the position once these are dealt with."""
    head = last_sequence(work, webhook.organization_id)
    bound = {"organization_id": webhook.organization_id, "after": position, "head": head, "size": SCANNED}
    statement = sql.FEED if webhook.project_id is None else sql.PROJECT_FEED
    rows = work.rows(statement, bound | {"project_id": webhook.project_id})
    wanted = msgspec.json.decode(webhook.event_types)
    told = [(id, sequence) for id, sequence, resource, kind in rows if is_told(wanted, resource, kind)]
    letters = tuple(letter_of(work.rows(sql.EVENT, {"id": id})[0]) for id, _ in told[:room])
    if len(told) > room:
        return letters, told[room - 1][1]
    return letters, rows[-1][1] if len(rows) == SCANNED else head


def _after(attempt: Attempt, before: WebhookDelivery | None) -> dict[str, Any]:
    """What a delivery bears after ATTEMPT."""
    waits = attempt.next_attempt_at is not None
    ended = DeliveryState.FAILED if attempt.error_code else DeliveryState.SUCCEEDED
    return {
        "state": (DeliveryState.PENDING if waits else ended).value,
        "attempt": (before.attempt if before else 0) + 1,
        "status_code": attempt.status_code,
        "error_code": attempt.error_code,
        "first_attempt_at": (before and before.first_attempt_at) or attempt.at,
        "at": attempt.at,
        "next_attempt_at": attempt.next_attempt_at,
    }


def _add(work: Work, webhook: Webhook, letter: Letter, **values: Any) -> None:
    add(
        work,
        organization_id=webhook.organization_id,
        webhook_id=webhook.id,
        event_type=letter.event_type,
        event_id=letter.id,
        sequence=letter.sequence,
        record_id=letter.record_id,
        **values,
    )


def _set(work: Work, id: str, values: dict[str, Any]) -> None:
    bound = {f"v_{name}": value for name, value in values.items()}
    work.run(sql.tried_of(tuple(values)), bound | {"k_id": id})
