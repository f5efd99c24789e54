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


def _header(name: str, about: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "schema": {"type": "string"}, "description": about}


def _query(name: str, about: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": "string"}, "description": about}


_HASH = {
    "name": "hash",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "description": "SHA-256 of the content, hex.",
}
_NAMES = ("ETag", "Content-Disposition", "Content-Security-Policy", "X-Content-Type-Options", "Accept-Ranges")
_SENT: dict[str, Any] = {name: {"required": True, "schema": {"type": "string"}} for name in _NAMES}
_OF_PART = {"Content-Range": {"required": True, "schema": {"type": "string", "pattern": "^bytes "}}}
_BYTES = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
_JSON: dict[str, Any] = {"schema": {}, "example": {"labels": ["vessel"]}}
_RANGES = [
    _header("Range", "One range of bytes, as `bytes=0-499`; several are answered with the whole."),
    _header("If-Range", "The ETag of what the rest is wanted of; another is answered with the whole."),
]
_LINK = [
    _query("organization", "Of a link: whose file it is."),
    _query("expires", "Of a link: until when, in seconds since 1970."),
    _query("name", "Of a link: what the file is saved as."),
    _query("type", "Of a link: its media type."),
    _query("signature", "Of a link: what nobody else can make. No key is needed then."),
]


def _file(*media_types: str) -> dict[str, Any]:
    content = {media_type: _JSON if "json" in media_type else _BYTES for media_type in media_types}
    if "application/x-ndjson" in content:  # a file of lines is no list of ours
        content["application/x-ndjson"] = _JSON | {"x-data": {}, "x-last": {}}
    return {
        "200": {"description": "The content.", "headers": _SENT, "content": content},
        "206": {
            "description": "The part that Range asks for.",
            "headers": _SENT | _OF_PART,
            "content": content,
        },
        "304": {"description": "The client has it."},
    }


_KINDS = (
    "image/jpeg",
    "image/png",
    "image/webp",
    "video/mp4",
    "video/quicktime",
    "video/webm",
    "video/x-matroska",
    "video/x-msvideo",
    "text/plain",
    "text/csv",
    "application/json",
    "application/x-ndjson",
    "application/gzip",
    "application/zip",
    "application/octet-stream",
)
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
        "Show a file",
        _file(*_KINDS) | answers(401, 403, 404, 416, 503),
        parameters=[_HASH, ref("parameters", "if-none-match"), *_RANGES, *_LINK],
        security=[{"key": []}, {}],
        description="What entries of your organization show, and what was made for you to download: for"
        " whoever has a key, or a link that is signed. Only pictures are shown in place.",
    ),
    "/files/{hash}/thumbnail": _get(
        "files.thumbnail",
        "files",
        "Show a picture in small",
        _file("image/jpeg", "image/png") | answers(401, 403, 404, 416, 422, 503),
        parameters=[_HASH, ref("parameters", "if-none-match"), *_RANGES, *_LINK],
        security=[{"key": []}, {}],
        description="A picture as it is shown, turned as its EXIF data say, 512 pixels at most on a side.",
    ),
    "/openapi.json": _get(
        "contract",
        "health",
        "Show this document",
        {"200": _json("This document.", {"type": "object"}, {"openapi": "3.1.0"})} | answers(),
        **_OPEN,
    ),
}
