"""Webhooks: who is told of what happens, as Standard Webhooks has it (standardwebhooks.com).

Here is what clients see and set. What is sent when stands in `app.jobs`.
"""

import base64
import re
import secrets
from typing import Any

import msgspec
from marshmallow import Schema, fields, validate
from sqlalchemy import bindparam, func, select
from sqlmodel import col

from app.access import administrators
from app.declare import RESOURCES, Access, Action, Resource, ToMany, ToOne, Values
from app.errors import Fault, Invalid
from app.fetching import UrlNotAllowed
from app.operations import changes
from app.operations.changes import Event
from app.operations.records import parent
from app.resources.projects import PROJECTS
from app.resources.webhook_rows import EVENT_TYPE, MOST_EVENT_TYPES, Webhook, add_ping
from app.storage.statement import Statement
from app.work import Work

SECRET_PREFIX = "whsec_"
_EVENT_TYPE = re.compile(EVENT_TYPE)


_LAST = Statement(
    lambda: select(func.coalesce(func.max(col(Event.sequence)), 0)).where(
        col(Event.organization_id) == bindparam("organization_id")
    )
)


def last_sequence(work: Work, organization_id: str) -> int:
    """The number of the organization's last event; 0 where there is none."""
    return int(work.rows(_LAST, {"organization_id": organization_id})[0][0])


def new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def is_told(event_types: list[str], resource: str, kind: str) -> bool:
    """Whether an event of KIND on a record of RESOURCE is one of EVENT_TYPES."""
    options = {"*", f"{resource}.{kind}", f"{resource}.*", f"*.{kind}", "*.*"}
    return not options.isdisjoint(event_types)


def _place(work: Work, values: Values) -> dict[str, Any]:
    values["organization_id"] = work.actor.organization_id
    if values.get("project_id") is not None:
        values["organization_id"] = parent(work, PROJECTS, values, "project_id").organization_id
    _check(work, values)
    secret = new_secret()
    values |= {"secret": secret, "position": last_sequence(work, values["organization_id"])}
    return {"secret": secret}


def _check_change(work: Work, webhook: Webhook, values: Values) -> None:
    _check(work, values)


def _check(work: Work, values: Values) -> None:
    faults = [*_url_faults(work, values.get("url")), *_type_faults(values.get("event_types"))]
    if faults:
        raise Invalid(*faults)


def _url_faults(work: Work, url: str | None) -> list[Fault]:
    try:
        if url is not None:
            work.sources.fetcher.check_url(url)
    except UrlNotAllowed as error:
        return [Fault(error.code, f"url: {error.detail}", "/data/attributes/url")]
    return []


def _type_faults(event_types: str | None) -> list[Fault]:
    pointer = "/data/attributes/event_types"
    given = ["*"] if event_types is None else msgspec.json.decode(event_types)
    if not 1 <= len(given) <= MOST_EVENT_TYPES:
        return [Fault("attribute_invalid", f"1 to {MOST_EVENT_TYPES} event types are expected", pointer)]
    found = [_EVENT_TYPE.fullmatch(name) for name in given]
    detail = "event_types are such as entries.submit, annotations.*, *.delete or *"
    if not all(found):
        return [Fault("attribute_invalid", detail, pointer)]
    if any(one and one[2] not in (None, "*", *RESOURCES) for one in found):
        return [Fault("event_type_unknown", detail, pointer)]
    return []


def replay(work: Work, webhook: Webhook, body: Values) -> Webhook:
    """Send everything behind the event AFTER once more, in order, with the ids that it had."""
    after = body["after"]
    back = after if webhook.replay_after is None else min(after, webhook.replay_after)
    replayed: Webhook = changes.change(
        work, WEBHOOKS, webhook, {"replay_after": back}, "replay", {"after": after}
    )
    return replayed


def test(work: Work, webhook: Webhook, body: Values) -> Webhook:
    """Send a ping, once, also where it is disabled or resting. What came of it is among the deliveries."""
    add_ping(work, webhook.organization_id, webhook.id)
    return webhook


class ReplayBody(Schema):
    after = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(0, 2**53 - 1),
        metadata={"description": "the number of the event that comes before the first to be sent; 0: all"},
    )


_administered = administrators(Webhook.organization_id)

WEBHOOKS = Resource(
    Webhook,
    type="webhooks",
    about="A place that is told of what happens, at least once and in order per record, signed as Standard "
    "Webhooks has it. The secret is in `meta.secret` of the answer that makes it, and nowhere after.",
    access=Access(read=_administered, create=_administered, update=_administered, delete=_administered),
    ancestors={"project_id": "projects"},
    is_noted=False,  # how far it is, and what failed
    example={"url": "https://hooks.example.org/postil", "event_types": ["entries.submit", "annotations.*"]},
    links=(
        ToOne("project", PROJECTS.type, "project_id"),
        ToMany("webhook_deliveries", "webhook_deliveries", "webhook_id"),
    ),
    actions=(
        Action(
            "replay",
            ("POST",),
            replay,
            _administered,
            body=ReplayBody,
            example={"after": 0},
            about="Send everything behind the event `after` once more, in order, with the same ids.",
        ),
        Action(
            "test",
            ("POST",),
            test,
            _administered,
            about="Send a ping, once, also where the webhook is disabled. What came of it is among its "
            "deliveries, with the event_type ping.",
        ),
    ),
    key_scope="admin",
    before_create=_place,
    before_change=_check_change,
)
