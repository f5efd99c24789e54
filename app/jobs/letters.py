"""What a webhook is sent: the body, and the headers that sign it.

As Standard Webhooks 1.0 has it: https://github.com/standard-webhooks/standard-webhooks
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from app.resources.events import EVENTS
from app.resources.webhook_rows import PING
from app.template import Template, Write, object_of


@dataclass(frozen=True)
class Letter:
    """What is to be sent once. ID stays the same however often it is sent: receivers tell by it."""

    id: str
    event_type: str
    body: bytes
    sequence: int | None = None  # None: a ping
    record_id: str | None = None


def letter_of(event: tuple[Any, ...]) -> Letter:
    """The letter that tells of EVENT: the columns that `event_fields` names."""
    told = dict(zip(event_fields(), event, strict=True))
    event_type = f"{told['resource']}.{told['kind']}"
    data = _writer()[1]([event])[0]
    return Letter(
        told["id"], event_type, _body(event_type, told["at"], data), told["sequence"], told["record_id"]
    )


def ping_of(delivery_id: str, webhook_id: str, now: str) -> Letter:
    return Letter(delivery_id, PING, _body(PING, now, f'{{"webhook_id":{quoted(webhook_id)}}}'))


def event_fields() -> tuple[str, ...]:
    return _writer()[0]


def headers_of(letter: Letter, secret: str, timestamp: int) -> dict[str, str]:
    """The headers of LETTER. TIMESTAMP is in seconds, and SECRET as it was told: whsec_ and base64."""
    return {
        "content-type": "application/json",
        "webhook-id": letter.id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": _signature(secret, f"{letter.id}.{timestamp}.".encode() + letter.body),
    }


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.partition("_")[2])
    return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()


def _body(event_type: str, at: str, data: str) -> bytes:
    return f'{{"type":{quoted(event_type)},"timestamp":{quoted(at)},"data":{data}}}'.encode()


@lru_cache(1)
def _writer() -> tuple[tuple[str, ...], Write]:
    """The fields of an event that are needed, and what writes its attributes."""
    template = Template(EVENTS)
    write = template.compiled(object_of([template.attribute(one) for one in EVENTS.attributes.values()]))
    return template.fields, write
