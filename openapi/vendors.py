"""The contracts of the faces that other systems' clients know, each a document of its own."""

import re
from collections.abc import Mapping
from typing import Any

from app.web.vendors.calls import Face, Route
from openapi.older import older

_PARAMETER = re.compile(r"\{(\w+)\*?\}")
_ABOUT = {200: "Done.", 201: "Made.", 202: "Begun.", 204: "Done; there is nothing to tell."}


def document(face: Face, version: str) -> dict[str, Any]:
    """What FACE answers, in OpenAPI 3.0, which all tools read."""
    paths: dict[str, Any] = {}
    for route in face.routes:
        paths.setdefault(route.path.replace("*}", "}"), {})[route.method.lower()] = _operation(face, route)
    whole = {
        "openapi": "3.1.0",
        "info": {"title": f"Postil as {face.name}", "version": version, "description": face.about},
        "servers": [{"url": mount or "/"} for mount in (*(("/",) if face.is_at_root else ()), *face.mounts)],
        "security": [{"key": []}],
        "paths": paths,
        "components": {"securitySchemes": {"key": _key(face)}},
    }
    return older(whole)


def _key(face: Face) -> dict[str, Any]:
    if face.token:
        return {"type": "apiKey", "in": "query", "name": face.token, "description": "A key of Postil."}
    return {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "The scheme, and a key.",
    }


def _operation(face: Face, route: Route) -> dict[str, Any]:
    named = re.sub(r"\W+", "_", f"{route.method.lower()}{route.path}").strip("_")
    operation: dict[str, Any] = {
        "operationId": named,
        "summary": route.about,
        "parameters": [_in_path(name) for name in _PARAMETER.findall(route.path)]
        + [_in_query(name, about) for name, about in route.query.items()],
        "responses": {str(status): _answer(status, schema) for status, schema in route.answers.items()},
    }
    if route.body is not None:
        operation["requestBody"] = {"content": {route.media_type: {"schema": route.body}}}
    if route.is_open:
        operation["security"] = []
    return operation


def _answer(status: int, schema: Mapping[str, Any]) -> dict[str, Any]:
    about = {"description": _ABOUT.get(status, "What went wrong.")}
    return about if status == 204 else about | {"content": {"application/json": {"schema": schema}}}


def _in_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _in_query(name: str, about: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": "string"}, "description": about}
