"""The operations that belong to no resource: health, figures, pictures, and this document."""

from typing import Any

from app.web.errors import MEDIA_TYPE
from openapi.errors import answers
from openapi.paths import Paths, answer, start_of
from openapi.values import Schema, ref

_OPEN: dict[str, Any] = {"security": []}  # no key is needed
_STATUS: Schema = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"type": "string"}},
}
_PICTURE = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}


def paths() -> Paths:
    return {path: start_of(path) | item for path, item in _PATHS.items()}


def _get(name: str, tag: str, summary: str, responses: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"get": {"operationId": name, "tags": [tag], "summary": summary, **more, "responses": responses}}


def _json(about: str, schema: Schema, example: Any) -> dict[str, Any]:
    return answer(about, schema, example, "application/json")


def _ready() -> dict[str, Any]:
    unready = _json("The database does not answer.", _STATUS, {"status": "the database does not answer"})
    unready["content"][MEDIA_TYPE] = {"schema": ref("schemas", "Errors503")}
    return {"200": _json("Ready.", _STATUS, {"status": "ok"}), "503": unready} | answers()


_HASH = {
    "name": "hash",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "description": "SHA-256 of the content, hex.",
}
_FILE = {
    "200": {
        "description": "The picture.",
        "headers": {"ETag": {"required": True, "schema": {"type": "string"}}},
        "content": {"image/png": _PICTURE, "image/jpeg": _PICTURE},
    },
    "206": {
        "description": "The part that Range asks for.",
        "content": {"image/png": _PICTURE, "image/jpeg": _PICTURE},
    },
    "304": {"description": "The client has it."},
    "416": {
        "description": "Range asks for what is not there.",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    },
}
_FIGURES = {"content": {"text/plain": {"schema": {"type": "string"}}}}

_PATHS: Paths = {
    "/health/live": _get(
        "health.live",
        "health",
        "Whether the service lives",
        {"200": _json("It lives.", _STATUS, {"status": "ok"})} | answers(),
        **_OPEN,
    ),
    "/health/ready": _get("health.ready", "health", "Whether it can read its database", _ready(), **_OPEN),
    "/metrics": _get(
        "metrics",
        "health",
        "Figures for Prometheus",
        {"200": {"description": "Text, in the format of Prometheus.", **_FIGURES}} | answers(),
        **_OPEN,
    ),
    "/files/{hash}": _get(
        "files.show",
        "files",
        "Show a picture",
        _FILE | answers(401, 403, 404, 503),
        parameters=[_HASH, ref("parameters", "if-none-match")],
        description="A picture that entries of your organization show.",
    ),
    "/openapi.json": _get(
        "contract",
        "health",
        "Show this document",
        {"200": _json("This document.", {"type": "object"}, {"openapi": "3.1.0"})} | answers(),
        **_OPEN,
    ),
}
