"""The SQL of the outbox: what is due, and what is noted of it."""

from functools import lru_cache
from typing import Any

from sqlalchemy import and_, bindparam, delete, exists, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.jobs.letters import event_fields
from app.operations.changes import Event
from app.resources.events import EVENTS
from app.resources.webhook_deliveries import WEBHOOK_DELIVERIES
from app.resources.webhook_rows import DeliveryState, Webhook, WebhookDelivery
from app.resources.webhooks import WEBHOOKS
from app.storage.statement import Statement

LEASED = ("lease", "leased_until", "position", "replay_after")


def _due() -> Any:
    waiting: Any = aliased(WebhookDelivery)
    before: Any = aliased(WebhookDelivery)
    now: Any = bindparam("now")

    def is_pending(one: Any) -> Any:
        return and_(one.webhook_id == Webhook.id, one.state == DeliveryState.PENDING.value)

    is_held = exists().where(
        is_pending(before), before.record_id == waiting.record_id, before.sequence < waiting.sequence
    )
    has_due = exists().where(is_pending(waiting), waiting.next_attempt_at <= now, ~is_held)
    has_ping = exists().where(is_pending(waiting), waiting.sequence.is_(None))
    has_fresh = exists().where(
        col(Event.organization_id) == Webhook.organization_id, col(Event.sequence) > Webhook.position
    )
    is_open = and_(
        col(Webhook.disabled_at).is_(None),
        or_(col(Webhook.resting_until).is_(None), col(Webhook.resting_until) <= now),
    )
    has_work = or_(
        col(Webhook.replay_after).is_not(None),
        and_(col(Webhook.pending_count) < bindparam("window"), has_fresh),
        has_due,
    )
    return (
        select(*WEBHOOKS.columns.values())
        .where(
            col(Webhook.deleted_at).is_(None),
            or_(col(Webhook.leased_until).is_(None), col(Webhook.leased_until) <= now),
            col(Webhook.failures_in_a_row).between(bindparam("least"), bindparam("most")),
            or_(and_(is_open, has_work), has_ping),
        )
        .order_by(col(Webhook.leased_until).nulls_first(), col(Webhook.id))
        .limit(bindparam("count"))
        .with_for_update(of=WEBHOOKS.table, skip_locked=True, key_share=True)
    )


DUE = Statement(_due)
LEASE = Statement(
    lambda: (
        update(Webhook)
        .where(col(Webhook.id) == bindparam("k_id"))
        .values({name: bindparam(f"v_{name}") for name in LEASED})
    )
)
FORGET = Statement(
    lambda: update(Webhook).where(col(Webhook.lease).is_not(None)).values(lease=None, leased_until=None)
)
PENDING = Statement(
    lambda: (
        select(*WEBHOOK_DELIVERIES.columns.values())
        .where(
            col(WebhookDelivery.webhook_id) == bindparam("webhook_id"),
            col(WebhookDelivery.state) == DeliveryState.PENDING.value,
        )
        .order_by(col(WebhookDelivery.sequence).nulls_first(), col(WebhookDelivery.id))
    )
)
DROP = Statement(
    lambda: delete(WebhookDelivery).where(
        col(WebhookDelivery.webhook_id) == bindparam("k_webhook_id"),
        col(WebhookDelivery.state) == DeliveryState.PENDING.value,
        col(WebhookDelivery.sequence) > bindparam("after"),
    )
)
HURRY = Statement(
    lambda: (
        update(WebhookDelivery)
        .where(
            col(WebhookDelivery.webhook_id) == bindparam("k_webhook_id"),
            col(WebhookDelivery.state) == DeliveryState.PENDING.value,
        )
        .values(next_attempt_at=bindparam("v_next_attempt_at"))
    )
)
EVENT = Statement(
    lambda: select(*(EVENTS.columns[name] for name in event_fields())).where(col(Event.id) == bindparam("id"))
)


def _events(*conditions: Any) -> Any:
    return (
        select(col(Event.id), col(Event.sequence), col(Event.resource), col(Event.kind))
        .where(
            col(Event.organization_id) == bindparam("organization_id"),
            col(Event.sequence) > bindparam("after"),
            col(Event.sequence) <= bindparam("head"),
            *conditions,
        )
        .order_by(col(Event.sequence))
        .limit(bindparam("size"))
    )


FEED = Statement(_events)
PROJECT_FEED = Statement(lambda: _events(col(Event.project_id) == bindparam("project_id")))
PURGE = Statement(
    lambda: delete(WebhookDelivery).where(
        col(WebhookDelivery.id).in_(
            select(col(WebhookDelivery.id))
            .where(
                col(WebhookDelivery.state) != DeliveryState.PENDING.value,
                col(WebhookDelivery.at) < bindparam("before"),
            )
            .limit(bindparam("size"))
        )
    )
)


@lru_cache(4)
def let_go_of(fields: tuple[str, ...]) -> Statement:
    return Statement(
        lambda: (
            update(Webhook)
            .where(col(Webhook.id) == bindparam("k_id"), col(Webhook.lease) == bindparam("k_lease"))
            .values({name: bindparam(f"v_{name}") for name in fields})
        )
    )


@lru_cache(4)
def tried_of(fields: tuple[str, ...]) -> Statement:
    return Statement(
        lambda: (
            update(WebhookDelivery)
            .where(col(WebhookDelivery.id) == bindparam("k_id"))
            .values({name: bindparam(f"v_{name}") for name in fields})
        )
    )
