"""The JSON-RPC endpoints: one a resource, and one for all, whose methods bear dotted names."""

from collections.abc import Mapping
from typing import Any

import rpc
from app.catalog import CARDS
from app.declare import RESOURCES, Resource
from app.settings import Settings
from app.web.jsonrpc import CODES, DISCOVER, UNAVAILABLE, VERBS, methods_of
from openapi import examples
from openapi.errors import META, answers
from openapi.paths import Paths, answer, start_of
from openapi.schemas import create_attributes, name_of, update_attributes
from openapi.values import UUID, Schema, answered, body_schema, ref

_MEDIA_TYPE = "application/json"
_MEDIA_TYPES = (_MEDIA_TYPE, "application/json-rpc")
MEANING = {
    rpc.PARSE_ERROR: "the body is no JSON",
    rpc.INVALID_REQUEST: "no call, or too many of them",
    rpc.METHOD_NOT_FOUND: "no such method",
    rpc.INVALID_PARAMS: "the parameters break rules; `data.errors` lists every fault",
    rpc.INTERNAL_ERROR: "a fault of ours, or a call that was not run since one before it failed",
    rpc.AUTHENTICATION: "no key, or none that is valid",
    rpc.FORBIDDEN: "you see the record, and may not do this",
    rpc.NOT_FOUND: "no such record, or none that you may see",
    rpc.CONFLICT: "at odds with what is there",
    UNAVAILABLE: "not now: ask again later",
}
assert set(CODES.values()) <= set(MEANING)
NAMES = {
    rpc.PARSE_ERROR: "ParseError",
    rpc.INVALID_REQUEST: "InvalidRequest",
    rpc.METHOD_NOT_FOUND: "MethodNotFound",
    rpc.INVALID_PARAMS: "InvalidParams",
    rpc.INTERNAL_ERROR: "InternalError",
    rpc.AUTHENTICATION: "Authentication",
    rpc.FORBIDDEN: "Forbidden",
    rpc.NOT_FOUND: "NotFound",
    rpc.CONFLICT: "Conflict",
    UNAVAILABLE: "Unavailable",
}
# What a method itself fails with; the rest is told before one is found.
OF_METHODS = (
    rpc.INVALID_PARAMS,
    rpc.INTERNAL_ERROR,
    rpc.FORBIDDEN,
    rpc.NOT_FOUND,
    rpc.CONFLICT,
    UNAVAILABLE,
)
ABOUT = (
    "JSON-RPC 2.0, one call or a batch. Calls run in order; a batch stops at the first failure: what went "
    f"before stays, the rest answer {rpc.INTERNAL_ERROR} with `data.cancelled` (`mode` names other ways). "
    f"At most {Settings.model_fields['batch_limit'].default} calls and "
    f"{Settings.model_fields['batch_seconds'].default} seconds, where the operator sets no other limit. "
    "Every answer has status 200, errors too. Codes: "
) + "; ".join(f"{code} {meaning}" for code, meaning in MEANING.items())

_ID: Schema = {
    "type": ["string", "number", "null"],
    "description": "Comes back as it came; without it, no answer.",
}


def schemas() -> dict[str, Schema]:
    """The schemas of calls and answers, of every card and of all."""
    found = {"RpcError": _ERROR, "RpcRefusal": _refusal(), "OpenRpc": _OPENRPC, "DiscoverCall": _DISCOVERY}
    for card in CARDS:
        name = name_of(card)
        found[f"{name}Record"] = _record(card)
        for method in methods_of(card):
            found[f"{name}Call.{method}"] = _call(card, method)
        found[f"{name}Calls"] = _calls(
            [*(ref("schemas", f"{name}Call.{method}") for method in methods_of(card)), _DISCOVER]
        )
        found[f"{name}Answers"] = _answers([ref("schemas", f"{name_of(one)}Record") for one in _told(card)])
    every = [_dotted(card, method) for card in CARDS for method in methods_of(card)]
    found["Calls"] = _calls([*every, _DISCOVER])
    found["Answers"] = _answers([ref("schemas", f"{name_of(card)}Record") for card in CARDS])
    return found


def paths() -> Paths:
    """Every JSON-RPC endpoint."""
    every = {"/_rpc": start_of("/_rpc") | {"post": _operation(None)}}
    return every | {f"{card.path}/_rpc": start_of(card.path) | {"post": _operation(card)} for card in CARDS}


def _operation(card: Resource | None) -> dict[str, Any]:
    name = name_of(card) if card else ""
    names = list(methods_of(card)) if card else ["entries.show", "annotations.create", "..."]
    about = f"{ABOUT}. Methods: {', '.join([*names, DISCOVER])}."
    call, told = _examples(card or CARDS[0], "" if card else f"{CARDS[0].type}.")
    sent = {kind: {"schema": ref("schemas", f"{name}Calls"), "example": call} for kind in _MEDIA_TYPES}
    done = answer("Answers, errors too.", ref("schemas", f"{name}Answers"), told, _MEDIA_TYPE)
    nothing = {"description": "Nothing to answer: there were notifications alone."}
    return {
        "operationId": f"{card.type}.rpc" if card else "rpc",
        "tags": [card.type if card else "json-rpc"],
        "summary": f"Call methods of {card.type if card else 'every resource'}".replace("_", " "),
        "description": about,
        "parameters": [ref("parameters", name) for name in ("mode", "dry-run", "idempotency-key")],
        "requestBody": {"required": True, "content": sent},
        "responses": {"200": done, "204": nothing} | answers() | _refusals(),
    }


def _refusals() -> dict[str, Any]:
    """What is refused before any call is read."""
    told = {
        401: (rpc.AUTHENTICATION, "No valid key."),
        413: (rpc.INVALID_REQUEST, "The body is too large."),
        415: (rpc.INVALID_REQUEST, "The body's media type or encoding is not read here."),
        503: (UNAVAILABLE, "Not now."),
    }
    refusals: dict[str, Any] = {}
    for status, (code, about) in told.items():
        example = {"jsonrpc": "2.0", "error": {"code": code, "message": about}, "id": None}
        refusals[str(status)] = answer(about, ref("schemas", "RpcRefusal"), example, _MEDIA_TYPE)
    return refusals


def _examples(card: Resource, prefix: str) -> tuple[Any, Any]:
    start = {"jsonrpc": "2.0", "id": 1}
    call = start | {"method": f"{prefix}show", "params": {"id": examples.id_of(card.type)}}
    return call, start | {"result": examples.flat(card)}


# ---- calls


def _calls(options: list[Schema]) -> Schema:
    most = Settings.model_fields["batch_limit"].default
    one = {"oneOf": options}
    return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1, "maxItems": most}]}


def _call(card: Resource, method: str) -> Schema:
    return _named(method, params_of(card, method), _must_have_params(card, method))


def _dotted(card: Resource, method: str) -> Schema:
    """The call of METHOD at the endpoint of all resources: its parameters are those of the card's own."""
    own = ref("schemas", f"{name_of(card)}Call.{method}")["$ref"]
    params = {"$ref": f"{own}/properties/params"}
    return _named(f"{card.type}.{method}", params, _must_have_params(card, method))


def _must_have_params(card: Resource, method: str) -> bool:
    return bool(params_of(card, method).get("required"))


def _named(name: str, params: Schema, must_have_params: bool) -> Schema:
    return {
        "type": "object",
        "required": ["jsonrpc", "method", *(["params"] if must_have_params else [])],
        "properties": {"jsonrpc": {"const": "2.0"}, "id": _ID, "method": {"const": name}, "params": params},
    }


def params_of(card: Resource, method: str) -> Schema:
    """The parameters of METHOD, by name, as an object."""
    if method in VERBS:
        return _VERBS[method](card)
    action = next(one for one in card.actions if one.name == method and "DELETE" not in one.methods)
    body = body_schema(action.body) if action.body else {"type": "object"}
    return _with_id(body)


def _with_id(schema: Schema, *, is_required: bool = True) -> Schema:
    """The flat parameters SCHEMA, with the record's id among them."""
    flat = {name: value for name, value in schema.items() if name != "patternProperties"}
    required = [*(["id"] if is_required else []), *schema.get("required", ())]
    properties = {"id": UUID, **schema.get("properties", {})}
    return flat | {"properties": properties} | ({"required": required} if required else {})


def _deletion(card: Resource) -> Schema:
    return _only(
        {"force": {"type": "boolean", "description": "Whether to delete it though work was done on it."}}
    )


def _only(properties: Mapping[str, Schema]) -> Schema:
    return _with_id({"type": "object", "properties": properties, "additionalProperties": False})


_VERBS = {
    "show": lambda card: _only({}),
    "create": lambda card: _with_id(create_attributes(card), is_required=False),
    "update": lambda card: _with_id(update_attributes(card)),
    "delete": _deletion,
}


def gives_record(method: str) -> bool:
    """Whether METHOD gives the record; else it gives null."""
    return method != "delete"


# ---- answers


def _record(card: Resource) -> Schema:
    properties = {one.name: answered(one) for one in card.attributes.values()}
    told = {"meta": {"type": "object", "description": "What is told once, such as the secret of a key."}}
    return {
        "type": "object",
        "description": card.about,
        "required": ["id", *properties],
        "properties": {"id": UUID, **properties, **told},
    }


def _told(card: Resource) -> list[Resource]:
    """The cards of what the methods of CARD give: its own, and those of jobs that its actions begin."""
    others = dict.fromkeys(action.gives for action in card.actions if action.gives)
    return [card, *(RESOURCES[type] for type in others)]


def _answers(results: list[Schema]) -> Schema:
    result = {"anyOf": [*results, ref("schemas", "OpenRpc"), {"type": "null"}]}
    success = {
        "type": "object",
        "required": ["jsonrpc", "result", "id"],
        "properties": {"jsonrpc": {"const": "2.0"}, "id": _ID, "result": result},
    }
    one = {"oneOf": [success, ref("schemas", "RpcRefusal")]}
    return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


def _refusal() -> Schema:
    return {
        "type": "object",
        "required": ["jsonrpc", "error", "id"],
        "properties": {"jsonrpc": {"const": "2.0"}, "id": _ID, "error": ref("schemas", "RpcError")},
    }


_DISCOVER = ref("schemas", "DiscoverCall")
_DISCOVERY = _named(DISCOVER, {"type": "object", "maxProperties": 0}, must_have_params=False)
_OPENRPC: Schema = {
    "type": "object",
    "description": "An OpenRPC document: the methods of the endpoint, their parameters, results and errors.",
    "required": ["openrpc", "info", "servers", "methods", "components"],
    "properties": {
        "openrpc": {"type": "string"},
        "info": {"type": "object"},
        "servers": {"type": "array", "items": {"type": "object"}},
        "methods": {"type": "array", "items": {"type": "object"}},
        "components": {"type": "object"},
    },
}
_FAULT: Schema = {
    "type": "object",
    "required": ["code", "detail"],
    "properties": {
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "pointer": {"type": "string", "description": "A JSON pointer that begins with /params."},
    },
}
_ERROR: Schema = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {
        "code": {"type": "integer", "enum": list(MEANING)},
        "message": {"type": "string"},
        "data": {
            "type": "object",
            "properties": {
                "code": {"type": "string", "description": "Stable: the same as in JSON:API."},
                "errors": {"type": "array", "items": _FAULT},
                "cancelled": {"const": True},
                "failed_call": {
                    "type": "integer",
                    "description": "The number, from 0, of the call that undid an atomic batch.",
                },
                "id": {"type": "string", "description": "The request's, under which the log has more."},
                **META,
            },
        },
    },
}
