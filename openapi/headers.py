"""The headers of answers."""

from typing import Any

from openapi.values import Schema, ref

Header = dict[str, Any]

_TAG: Schema = {"type": "string", "pattern": '^"[0-9]+-[0-9a-f]+"$'}
_ADDRESS = ref("schemas", "Address")


def components() -> dict[str, Header]:
    return {
        "etag": _header("The version of the record, and a mark of what is shown of it.", _TAG),
        "location": _header("Where it is.", _ADDRESS),
        "content-location": _header("Where the record is.", _ADDRESS),
        "replayed": _header(
            "Sent where the request had been made with this Idempotency-Key before: nothing was done again.",
            {"const": "true"},
            is_required=False,
        ),
    }


def _header(about: str, schema: Schema, *, is_required: bool = True) -> Header:
    return {"description": about, "required": is_required, "schema": schema}


ETAG = {"ETag": ref("headers", "etag")}
LOCATION = {"Location": ref("headers", "location")}
CONTENT_LOCATION = {"Content-Location": ref("headers", "content-location")}
REPLAYED = {"Idempotency-Replayed": ref("headers", "replayed")}
