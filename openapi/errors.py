"""The answers to failures: JSON:API error documents, and the codes that stand in them."""

from http import HTTPStatus
from typing import Any

from app.operations.idempotency import KEPT_STATUSES
from app.web.errors import MEDIA_TYPE, TITLES
from openapi.codes import codes
from openapi.headers import REPLAYED
from openapi.values import UUID, Schema, ref

CODES = codes()
EDGE = ("400", "408", "414", "431", "500")  # what may be said before a request reaches any route
_REQUEST_ID = "5f0c8d4e9a1b4c7d8e2f3a4b5c6d7e8f"
_ABOUT = {
    400: "The request cannot be read: a parameter, the body, or the Host. `source` names the part.",
    401: "No key was sent, or one that is unknown, expired or revoked.",
    403: "You may see the record, and may not do this; or the key lacks a scope.",
    404: "There is no such record, or you may not see it: the two are answered alike.",
    406: "None of the media types in Accept is written here.",
    408: "The request came too slowly.",
    409: "At odds with what is there: a taken id, a wrong type, a state that forbids it, a lost lease.",
    410: "It was there, and is no longer kept.",
    412: "The record is not in the version that If-Match names: `meta.version` is the one it is in.",
    413: "The body is too large.",
    414: "The address is too long.",
    415: "The body's media type or encoding is not read here.",
    416: "Range asks for what is not there: Content-Range tells how many bytes are.",
    422: "The body can be read, and breaks rules: every fault is listed, with its place in `source.pointer`.",
    431: "The headers are too large.",
    500: "A fault of ours. The log has the rest under `id`.",
    503: "Not now: nothing was changed, unless the code is outcome_unknown. Ask again later.",
}
_HEADERS: dict[int, dict[str, str]] = {
    401: {"WWW-Authenticate": "Bearer"},
    416: {"Content-Range": "bytes */SIZE"},
    503: {"Retry-After": "Seconds to wait."},
}
# What is kept of refusals is repeated to who sends the same Idempotency-Key again.
_SHARED_HEADERS = dict.fromkeys(KEPT_STATUSES, REPLAYED)
_SOURCES: dict[int, dict[str, str]] = {
    400: {"parameter": "filter[colour]"},
    401: {"header": "Authorization"},
    406: {"header": "Accept"},
    409: {"pointer": "/data/type"},
    415: {"header": "Content-Type"},
    416: {"header": "Range"},
    422: {"pointer": "/data/attributes/name"},
}
_EXAMPLES: dict[int, tuple[str, str]] = {
    400: ("filter_unknown", "entries has no filter colour"),
    401: ("unauthenticated", "the key is unknown, expired or revoked"),
    403: ("scope_missing", "the key lacks the scope write: use one that has it"),
    404: ("not_found", "there is no such record of entries, or you may not see it"),
    406: ("not_acceptable", f"accept {MEDIA_TYPE}, with no parameter but profile"),
    409: ("type_conflict", "the type here is entries"),
    416: ("range_not_satisfiable", "the range begins behind the end: there are 4096 bytes"),
    415: ("media_type_unsupported", f"send {MEDIA_TYPE}, with no parameter but profile"),
    410: ("thinned", "what it was then has been thinned out: later versions are there"),
    412: ("precondition_failed", "the record is in version 3: read it anew"),
    422: ("attribute_invalid", "name: 1 to 255 characters are expected"),
    503: ("overloaded", "too much is waiting to be written: ask again later"),
}
# What comes with some of the codes.
META: dict[str, Schema] = {
    "version": {"type": "integer", "format": "int64", "description": "That the record is in."},
    "draft_id": UUID | {"description": "Of the draft that keeps what was sent."},
    "wf_step": {"type": "string", "description": "The step that the entry is at."},
    "failed": UUID | {"description": "Of the record that refused a change of many."},
    "matched": {"type": "integer", "description": "How many records a change of many was about."},
    "limit": {"type": "integer", "description": "How many are changed at once."},
    "batch_limit": {"type": "integer", "description": "The most that a batch may hold."},
    "batch_seconds": {"type": "number", "description": "How long a batch may take."},
    "page": {
        "type": "object",
        "properties": {"maxSize": {"type": "integer", "description": "The most records a page has."}},
    },
}


def schemas() -> dict[str, Schema]:
    """The error object, and the error document of each status."""
    return {"Error": _ERROR} | {f"Errors{status}": _document(status) for status in _ABOUT}


def responses() -> dict[str, Any]:
    """The answer of each status, by `error.404` and its like."""
    return {f"error.{status}": _response(status) for status in _ABOUT}


def answers(*statuses: int | str) -> dict[str, Schema]:
    """References to the answers of STATUSES, and of what may befall any request."""
    names = sorted({*map(str, statuses), *EDGE})
    return {name: ref("responses", f"error.{name}") for name in names}


def table() -> str:
    """Every code by its status, in Markdown."""
    rows = [f"| {status} | {', '.join(f'`{code}`' for code in some)} |" for status, some in CODES.items()]
    return "\n".join(["| status | codes |", "|---|---|", *rows])


_ERROR: Schema = {
    "type": "object",
    "required": ["id", "status", "code", "title", "detail"],
    "properties": {
        "id": {"type": "string", "description": "The request's, as in X-Request-Id."},
        "status": {"type": "string", "pattern": "^[45][0-9][0-9]$"},
        "code": {"type": "string", "description": "Stable, never reused."},
        "title": {"type": "string"},
        "detail": {"type": "string", "description": "What was wrong, and what to do."},
        "source": {
            "type": "object",
            "description": "The part of the request at fault.",
            "properties": {
                "pointer": {"type": "string", "description": "A JSON pointer into the body."},
                "parameter": {"type": "string"},
                "header": {"type": "string"},
            },
        },
        "links": {
            "type": "object",
            "properties": {
                "type": {"type": "string", "description": "A URI that names the kind of problem."}
            },
        },
        "meta": {"type": "object", "properties": META},
    },
}


def _document(status: int) -> Schema:
    said = {"status": {"const": str(status)}, "code": {"enum": CODES[status]}}
    items = {**ref("schemas", "Error"), "properties": said}
    return {
        "type": "object",
        "required": ["errors"],
        "properties": {
            "jsonapi": ref("schemas", "JsonApi"),
            "errors": {"type": "array", "minItems": 1, "items": items},
        },
    }


def _response(status: int) -> dict[str, Any]:
    headers = {
        name: {"description": about, "required": True, "schema": {"type": "string"}}
        for name, about in _HEADERS.get(status, {}).items()
    } | _SHARED_HEADERS.get(status, {})
    content = {MEDIA_TYPE: {"schema": ref("schemas", f"Errors{status}"), "example": _example(status)}}
    return {"description": _ABOUT[status], "content": content} | ({"headers": headers} if headers else {})


def _example(status: int) -> dict[str, Any]:
    title = TITLES.get(status, HTTPStatus(status).phrase)
    code, detail = _EXAMPLES.get(status, (CODES[status][0], _ABOUT[status]))
    error: dict[str, Any] = {
        "id": _REQUEST_ID,
        "status": str(status),
        "code": code,
        "title": title,
        "detail": detail,
    }
    if status in _SOURCES:
        error["source"] = _SOURCES[status]
    if status == 412:
        error["meta"] = {"version": 3}
    return {"jsonapi": {"version": "1.1"}, "errors": [error]}
