"""The tables of webhooks and of what they are sent, which their cards and the dispatcher share."""

from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import Index, bindparam, insert
from sqlalchemy import text as sql_text

from app.attributes import FIXED, HIDDEN, READ_ONLY, SECRET, Holds, Id, TextList, Time, at_most
from app.storage.rows import STRICT, Keyed, Row, integer, parent_key, text
from app.storage.statement import Statement
from app.work import Work

MOST_EVENT_TYPES = 50
EVENT_TYPE = r"(\*|([a-z_]+|\*)\.([a-z_]+|\*))"
EVENT_TYPES = {
    "items": {"type": "string", "pattern": f"^{EVENT_TYPE}$"},
    "minItems": 1,
    "maxItems": MOST_EVENT_TYPES,
}


class Webhook(Row, table=True):
    __tablename__ = "webhooks"
    __table_args__ = STRICT

    organization_id: Annotated[Id, HIDDEN] = text(index=True)
    project_id: Annotated[Id | None, FIXED] = parent_key(
        "projects.id", "Whose events alone are told; null: the organization's.", default=None, index=True
    )
    url: Annotated[str, at_most(2048)] = text("Where events are sent to, by POST. It must be public.")
    description: Annotated[str, at_most(1000)] = text("What it is for.", default="")
    event_types: Annotated[TextList, Holds(EVENT_TYPES)] = text(
        "What is told: entries.submit, annotations.*, *.delete, or * for everything.", default='["*"]'
    )
    disabled_at: Time | None = text(
        "Since when nothing is sent; null: enabled. What happens meanwhile is sent afterwards.", default=None
    )
    pending_count: Annotated[int, READ_ONLY] = integer("Deliveries that wait to be tried again.", default=0)
    failures_count: Annotated[int, READ_ONLY] = integer("Attempts that failed, ever.", default=0)
    failures_in_a_row: Annotated[int, READ_ONLY] = integer(
        "Attempts that failed since the last success.", default=0
    )
    last_success_at: Annotated[Time | None, READ_ONLY] = text("When one last succeeded.", default=None)
    last_failure_at: Annotated[Time | None, READ_ONLY] = text("When one last failed.", default=None)
    resting_until: Annotated[Time | None, READ_ONLY] = text(
        "Until when nothing is sent, since several attempts in a row failed.", default=None
    )
    secret: Annotated[str, SECRET] = text()  # kept as it is: a signature needs it
    # How far it is. No change of the record, and so no part of its history.
    position: Annotated[int, SECRET] = integer(default=0)  # the last event that was sent, or is pending
    replay_after: Annotated[int | None, SECRET] = integer(default=None)  # where to go back to
    lease: Annotated[str | None, SECRET] = text(default=None)  # of the dispatcher that sends for it
    leased_until: Annotated[Time | None, SECRET] = text(default=None)


PING = "ping"


class DeliveryState(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


_IS_PENDING = sql_text("state = 'pending'")


class WebhookDelivery(Keyed, table=True):
    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index(None, "webhook_id", "id"),
        Index(None, "state", "at"),
        Index(
            "ix_webhook_deliveries_pending",
            "webhook_id",
            "sequence",
            sqlite_where=_IS_PENDING,
            postgresql_where=_IS_PENDING,
        ),
        STRICT,
    )

    organization_id: Annotated[Id, HIDDEN] = text()
    webhook_id: Annotated[Id, READ_ONLY] = parent_key("webhooks.id", "To whom it goes.")
    event_type: Annotated[str, READ_ONLY] = text("What is told: entries.submit, or ping for a test.")
    event_id: Annotated[Id | None, READ_ONLY] = text("The event; null: a test.", default=None)
    sequence: Annotated[int | None, READ_ONLY] = integer("The event's number in the feed.", default=None)
    record_id: Annotated[Id | None, READ_ONLY] = text("The record of the event.", default=None)
    state: Annotated[DeliveryState, READ_ONLY] = text(
        "pending: to be tried, or tried again.", default=DeliveryState.PENDING.value
    )
    attempt: Annotated[int, READ_ONLY] = integer("How often it was tried.", default=0)
    status_code: Annotated[int | None, READ_ONLY] = integer("What was answered last.", default=None)
    error_code: Annotated[str | None, READ_ONLY] = text(
        "Why it last failed: not_accepted (no 2xx), timeout, unreachable, url_not_allowed, "
        "redirect_not_allowed, event_gone.",
        default=None,
    )
    created_at: Annotated[Time, READ_ONLY] = text("When it came up.")
    first_attempt_at: Annotated[Time | None, READ_ONLY] = text("When it was first tried.", default=None)
    at: Annotated[Time | None, READ_ONLY] = text("When it was last tried.", default=None)
    next_attempt_at: Annotated[Time | None, READ_ONLY] = text(
        "When it is tried next; null: no more.", default=None
    )


ADD = Statement(
    lambda: insert(WebhookDelivery).values(
        {name: bindparam(f"v_{name}") for name in WebhookDelivery.model_fields}
    )
)


def add(work: Work, **values: Any) -> None:
    """A new delivery of VALUES, the rest by default."""
    given = {"id": work.sources.ids(), "created_at": work.now, **values}
    known = {name: info.default for name, info in WebhookDelivery.model_fields.items()}
    work.run(ADD, {f"v_{name}": value for name, value in {**known, **given}.items()})


def add_ping(work: Work, organization_id: str, webhook_id: str) -> None:
    add(
        work,
        organization_id=organization_id,
        webhook_id=webhook_id,
        event_type=PING,
        next_attempt_at=work.now,
    )
