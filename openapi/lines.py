"""Lists by lines: what a stream's lines are."""

import json
from typing import Any

from app.declare import Resource
from app.web.jsonapi.negotiation import LINES
from openapi import examples
from openapi.schemas import name_of
from openapi.values import Schema, ref

ENDED_BY = (401, 403, 503)  # what may end a stream before its time: the status that its last line tells
ABOUT = (
    f" With `Accept: {LINES}`, every match, a record a line, out of one snapshot: `include`, `count`, "
    "`as_of` and `page` are refused but for `page[after]`, which goes on behind a line by its "
    "`meta.page.cursor`. The last line is no record. It tells `meta.end`: true where all was sent, false "
    "where time was up and `links.next` has the rest; or the `errors` that ended the stream. Without such a "
    "line it was cut off."
)


def content(card: Resource) -> dict[str, Any]:
    """A stream of records of CARD, by its media type."""
    record = json.dumps(examples.record(card), separators=(",", ":"))
    return {
        LINES: {
            "schema": {"type": "string"},
            "x-data": ref("schemas", name_of(card)),
            "x-last": ref("schemas", "StreamEnd"),
            "example": f'{record}\n{{"meta":{{"end":true,"count":1}}}}\n',
        }
    }


def schemas() -> dict[str, Schema]:
    return {
        "StreamEnd": {
            "description": "The last line of a stream.",
            "anyOf": [_END, *(ref("schemas", f"Errors{status}") for status in ENDED_BY)],
        }
    }


_END: Schema = {
    "type": "object",
    "required": ["meta"],
    "properties": {
        "links": {
            "type": "object",
            "required": ["next"],
            "description": "Where the rest is, in a snapshot of then.",
            "properties": {"next": ref("schemas", "Address")},
        },
        "meta": {
            "type": "object",
            "required": ["end", "count"],
            "properties": {
                "end": {"type": "boolean", "description": "Whether every match has been sent."},
                "count": {"type": "integer", "description": "The records of this stream."},
            },
        },
    },
}
