"""The ways in for bytes: files that become assets, signed addresses, and manifests as bodies of imports."""

from collections.abc import Mapping
from typing import Any

from app.declare import RESOURCES
from app.resources.imports import ImportBody
from app.web.uploads.manifests import LINES, OPTIONS
from app.web.uploads.parts import MOST_FILES
from app.web.uploads.signing import TYPE, UploadBody
from openapi import examples
from openapi.errors import answers
from openapi.headers import ETAG, LOCATION, REPLAYED
from openapi.parameters import ONCE
from openapi.paths import MEDIA_TYPES, Paths, answer, start_of
from openapi.schemas import name_of, name_of_action
from openapi.values import UUID, Schema, body_schema, or_null, ref

_ASSETS, _DATASETS = RESOURCES["assets"], RESOURCES["datasets"]
_BYTES: dict[str, Any] = {"schema": {}}  # anything at all
_FILE: Schema = {"type": "string", "contentMediaType": "application/octet-stream"}
_FORM: Schema = {
    "type": "object",
    "description": f"Up to {MOST_FILES} files; each part with a filename is one.",
    "properties": {"file": {"type": "array", "items": _FILE}},
}
_NAME = {
    "name": "X-filename",
    "in": "header",
    "schema": {"type": "string"},
    "description": "What a file that is the body is called, percent-encoded where it is not Latin-1. Of a "
    "path the last part is taken.",
}
_ABOUT = (
    "Bring files. As multipart/form-data, many: all of them become assets, or where one is refused none, and "
    "`source.pointer` tells which (`/files/2` is the third). Of any other media type, the body is one file, "
    "called as X-filename says. What a file is, its content decides. A picture has at most 64 MiB, anything "
    "else what the operator allows (1 GiB unless they say otherwise)."
)
_FIELDS: dict[str, Schema] = {
    "url": ref("schemas", "Address") | {"description": "Where the file is sent, without a key, once."},
    "method": {"const": "PUT", "description": "With the file as the body. POST takes a form, too."},
    "fields": {"type": "object", "description": "What a form needs beside the file: nothing."},
    "asset_id": UUID | {"description": "That of the asset which the file becomes."},
    "expires_at": {"type": "string", "format": "date-time"},
    "name": {"type": "string"},
    "size": or_null({"type": "integer", "format": "int64"}),
}
_EXAMPLE: dict[str, Any] = {
    "url": "https://postil.example.org/uploads/0197a3c0-7c1e-7000-8000-0000000000a1?key=...&signature=...",
    "method": "PUT",
    "fields": {},
    "asset_id": "0197a3c0-7c1e-7000-8000-0000000000a1",
    "expires_at": "2026-01-31T12:15:00.000000Z",
    "name": "0001.png",
    "size": None,
}


def schemas() -> dict[str, Schema]:
    document = _document(ref("schemas", "Upload"))
    sent = {
        "type": "object",
        "required": ["attributes"],
        "properties": {"type": {"type": "string"}, "attributes": body_schema(UploadBody)},
    }
    return {
        "Upload": {
            "type": "object",
            "description": "An address that takes one file without a key, for 15 minutes.",
            "required": ["type", "id", "attributes", "links"],
            "properties": {
                "type": {"const": TYPE},
                "id": UUID,
                "attributes": {"type": "object", "required": list(_FIELDS), "properties": _FIELDS},
                "links": ref("schemas", "DocumentLinks"),
            },
        },
        "UploadDocument": document,
        "UploadRequest": {"type": "object", "required": ["data"], "properties": {"data": sent}},
        "AssetsMade": _document({"type": "array", "items": ref("schemas", name_of(_ASSETS))}),
    }


def _document(data: Schema) -> Schema:
    links, version = ref("schemas", "DocumentLinks"), ref("schemas", "JsonApi")
    return {
        "type": "object",
        "required": ["jsonapi", "links", "data"],
        "properties": {"jsonapi": version, "links": links, "data": data},
    }


def paths() -> Paths:
    """The operations that no card has."""
    found = {"/assets": _post(), "/assets/uploads": _sign(), "/uploads/{id}": _receive()}
    return {at: start_of(at) | item for at, item in found.items()}


def _post() -> dict[str, Any]:
    made = answer(
        "The assets, in the order sent; or the one that the body became.",
        {"anyOf": [ref("schemas", f"{name_of(_ASSETS)}Document"), ref("schemas", "AssetsMade")]},
        examples.document(_ASSETS),
    )
    headers = {
        name: {"description": "Of the one.", "schema": {"type": "string"}} for name in (*ETAG, *LOCATION)
    }
    bodies = {"multipart/form-data": {"schema": _FORM}, "application/octet-stream": _BYTES, "*/*": _BYTES}
    return {
        "post": {
            "operationId": "assets.create",
            "tags": ["assets"],
            "summary": "Bring files",
            "description": _ABOUT,
            "parameters": [_NAME, ONCE],
            "requestBody": {"required": True, "content": bodies},
            "responses": {"201": made | {"headers": headers | REPLAYED}}
            | answers(401, 403, 404, 406, 409, 413, 415, 422, 503),
        }
    }


def _sign() -> dict[str, Any]:
    body = {"data": {"attributes": {"name": "0001.png", "size": 4_000_000}}}
    links = {"self": "https://postil.example.org/assets/uploads"}
    resource = {"type": TYPE, "id": _EXAMPLE["asset_id"], "attributes": _EXAMPLE, "links": links}
    document = {"jsonapi": {"version": "1.1"}, "links": links, "data": resource}
    given = answer("The address.", ref("schemas", "UploadDocument"), document)
    content = {kind: {"schema": ref("schemas", "UploadRequest"), "example": body} for kind in MEDIA_TYPES}
    return {
        "post": {
            "operationId": "assets.uploads",
            "tags": ["assets"],
            "summary": "Sign an address to which one file may be sent without a key",
            "description": "It holds for 15 minutes, and for one file, of the account that asks for it.",
            "parameters": [ONCE],
            "requestBody": {"required": True, "content": content},
            "responses": {"201": given | {"headers": REPLAYED}}
            | answers(401, 403, 404, 406, 409, 413, 415, 422, 503),
        }
    }


def _receive() -> dict[str, Any]:
    def operation(method: str, content: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "operationId": f"uploads.{method}",
            "tags": ["assets"],
            "summary": "Send a file to an address that was signed",
            "description": "Once. Of a form, the first part that is called `file` is taken.",
            "security": [],
            "parameters": [
                {"name": name, "in": "query", "schema": {"type": "string"}, "description": "Of the address."}
                for name in ("key", "expires", "name", "size", "signature")
            ],
            "requestBody": {"required": True, "content": content},
            "responses": {"204": {"description": "The asset is there."}}
            | answers(403, 409, 413, 415, 422, 503),
        }

    form = {"multipart/form-data": {"schema": _FORM}}
    any_body = {"application/octet-stream": _BYTES, "*/*": _BYTES}
    return {"put": operation("put", any_body | form), "post": operation("post", form | any_body)}


def extend(found: Paths) -> Paths:
    """FOUND, with what cards' own operations take beside documents, and what no card has."""
    for at, item in paths().items():
        found.setdefault(at, {}).update(item)
    operation = found[f"{_DATASETS.path}/{{id}}/imports"]["post"]
    operation["description"] += (
        " A manifest may also be the body itself, as application/json (an array) or application/x-ndjson, up "
        "to 100 MB: it is kept as an asset, and the options are parameters."
    )
    operation["parameters"] += [_option(name) for name in OPTIONS] + [_NAME]
    return found


def _option(name: str) -> Schema:
    schema = dict(body_schema(ImportBody)["properties"][name])
    about = schema.pop("description", "")
    about = f"Of a manifest that is the body: {about}."
    return {"name": name, "in": "query", "schema": schema, "description": about}


def manifests(bodies: dict[str, Any]) -> dict[str, Any]:
    """BODIES, of which that of imports may be a manifest."""
    (action,) = (one for one in _DATASETS.actions if one.name == "imports")
    body = bodies[name_of_action(_DATASETS, action)]
    item = {"url": "https://pictures.example.org/1.jpg", "external_id": "one", "split": "train"}
    listed = {"type": "array", "items": {"type": "object"}}
    content = dict(body["content"])
    document = content["application/json"]
    content["application/json"] = document | {"schema": {"anyOf": [document["schema"], listed]}}
    content[LINES] = {"schema": {"type": "string"}, "example": f'{{"url": "{item["url"]}"}}\n'}
    return bodies | {name_of_action(_DATASETS, action): body | {"content": content}}
