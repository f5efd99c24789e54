"""The headers of answers."""

from typing import Any

from openapi.values import Schema, ref

Header = dict[str, Any]

_DRESS = "(-zstd|-gzip)?"  # of a compressed answer; W/ where a client sends back what a proxy made weak
_TAG: Schema = {"type": "string", "pattern": f'^(W/)?"[0-9]+-[0-9a-f]+{_DRESS}"$'}
_TAG_OF_LIST: Schema = {"type": "string", "pattern": f'^(W/)?"l-[0-9a-f]+{_DRESS}"$'}
_ADDRESS = ref("schemas", "Address")


def components() -> dict[str, Header]:
    return {
        "etag": _header("The version of the record, and a mark of what is shown of it.", _TAG),
        "list-etag": _header(
            "It moves with whatever may show in the list. What changes without an event has none: `as_of`, "
            "and lists that include jobs, webhooks or keys.",
            _TAG_OF_LIST,
            is_required=False,
        ),
        "location": _header("Where it is.", _ADDRESS),
        "content-location": _header("Where the record is.", _ADDRESS),
        "preference-applied": _header(
            "Which of the preferences in Prefer was followed.", {"type": "string"}, is_required=False
        ),
        "replayed": _header(
            "Sent where the request had been made with this Idempotency-Key before: nothing was done again.",
            {"const": "true"},
            is_required=False,
        ),
    }


def _header(about: str, schema: Schema, *, is_required: bool = True) -> Header:
    return {"description": about, "required": is_required, "schema": schema}


ETAG = {"ETag": ref("headers", "etag")}
LIST_ETAG = {"ETag": ref("headers", "list-etag")}
LOCATION = {"Location": ref("headers", "location")}
CONTENT_LOCATION = {"Content-Location": ref("headers", "content-location")}
PREFERENCE = {"Preference-Applied": ref("headers", "preference-applied")}
REPLAYED = {"Idempotency-Replayed": ref("headers", "replayed")}
