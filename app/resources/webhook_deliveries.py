"""Webhook deliveries: what was sent to whom, what came of it, and what is to be tried again."""

from sqlalchemy import false

from app.access import administrators
from app.declare import Access, Resource, ToOne
from app.resources.events import EVENTS
from app.resources.webhook_rows import WebhookDelivery
from app.resources.webhooks import WEBHOOKS

WEBHOOK_DELIVERIES = Resource(
    WebhookDelivery,
    type="webhook_deliveries",
    about="What was sent to a webhook, and what came of it: kept for 30 days.",
    access=Access(
        read=administrators(WebhookDelivery.organization_id),
        create=lambda sight: false(),
        update=lambda sight: false(),
        delete=lambda sight: false(),
    ),
    ancestors={"webhook_id": WEBHOOKS.type},
    is_noted=False,  # what came of them
    example={},
    links=(ToOne("webhook", WEBHOOKS.type, "webhook_id"), ToOne("event", EVENTS.type, "event_id")),
    verbs=frozenset({"index", "show"}),
)
