"""The JSON-RPC methods as an OpenRPC document, of the endpoint that has them all.

Source: https://spec.open-rpc.org, 1.3.2, whose schemas are those of JSON Schema draft 7. What a method takes
and gives is what `openapi.calls` says in the contract.
"""

from typing import Any

from app.catalog import CARDS
from app.declare import RESOURCES, Resource
from app.web.jsonapi.mounts import MOUNTS
from app.web.jsonrpc import DISCOVER, methods_of, needed
from openapi import examples
from openapi.calls import ABOUT, MEANING, NAMES, OF_METHODS, gives_record, params_of
from openapi.schemas import name_of
from openapi.values import Schema, ref

VERSION = "1.3.2"
_SUMMARIES = {
    "show": "Show one of",
    "create": "Make one of",
    "update": "Change one of",
    "delete": "Delete one of",
}

Document = dict[str, Any]


def openrpc(contract: Document) -> Document:
    """The methods of every card, by dotted names; CONTRACT, of OpenAPI, has their schemas."""
    methods = [_method(card, name) for card in CARDS for name in methods_of(card)]
    methods.append(_discovery())
    components = {"schemas": contract["components"]["schemas"], "errors": _errors()}
    info = contract["info"]
    return {
        "openrpc": VERSION,
        "info": {"title": info["title"], "version": info["version"], "description": f"{ABOUT}."},
        "servers": [{"name": mount.path or "plain", "url": f"{mount.path}/_rpc"} for mount in MOUNTS],
        "methods": methods,
        "components": needed(components, methods),
    }


def _method(card: Resource, name: str) -> Document:
    action = next((one for one in card.actions if one.name == name), None)
    summary = _SUMMARIES.get(name, f"{name.capitalize()} one of")
    return {
        "name": f"{card.type}.{name}",
        "tags": [{"name": card.type}],
        "summary": f"{summary} {card.type}".replace("_", " "),
        "description": action.about if action and action.about else card.about,
        "paramStructure": "by-name",
        "params": _descriptors(params_of(card, name)),
        "result": _result(_given_by(card, name), name),
        "errors": [ref("errors", NAMES[code]) for code in OF_METHODS],
        "examples": [_example(card, name)],
    }


def _discovery() -> Document:
    return {
        "name": DISCOVER,
        "summary": "Tell which methods there are",
        "description": "This document, of the endpoint that is asked.",
        "paramStructure": "by-name",
        "params": [],
        "result": {"name": "document", "schema": ref("schemas", "OpenRpc")},
        "errors": [],
    }


def _descriptors(params: Schema) -> list[Document]:
    """Each of PARAMS, an object's schema, by itself: required ones first, as OpenRPC wants them."""
    required = params.get("required", ())
    found = []
    for name, schema in params["properties"].items():
        plain = {member: value for member, value in schema.items() if member != "description"}
        about = {"description": schema["description"]} if "description" in schema else {}
        found.append({"name": name, **about, "required": name in required, "schema": plain})
    return sorted(found, key=lambda one: not one["required"])


def _result(card: Resource, name: str) -> Document:
    if gives_record(name):
        return {"name": "record", "schema": ref("schemas", f"{name_of(card)}Record")}
    return {"name": "nothing", "schema": {"type": "null"}}


def _given_by(card: Resource, name: str) -> Resource:
    """Of which card the record is that the method NAME of CARD gives."""
    action = next((one for one in card.actions if one.name == name), None)
    return RESOURCES[action.gives] if action and action.gives else card


def _example(card: Resource, name: str) -> Document:
    params = _given(card, name)
    value = examples.flat(_given_by(card, name)) if gives_record(name) else None
    return {
        "name": f"{card.type}.{name}",
        "params": [{"name": param, "value": value} for param, value in params.items()],
        "result": {"name": "result", "value": value},
    }


def _given(card: Resource, name: str) -> Document:
    """Parameters that METHOD of CARD may be given."""
    if name == "create":
        return examples.flat_creation(card)
    if name == "update":
        return examples.flat_change(card)
    action = next((one for one in card.actions if one.name == name), None)
    return {"id": examples.id_of(card.type), **((action and action.example) or {})}


def _errors() -> Document:
    return {NAMES[code]: {"code": code, "message": MEANING[code]} for code in MEANING}
