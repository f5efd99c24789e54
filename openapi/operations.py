"""The atomic operations: what each may be of every card, and what they are answered by."""

from collections.abc import Mapping
from typing import Any

from app.catalog import CARDS
from app.declare import Resource, ToOne
from app.settings import Settings
from app.web.jsonapi.negotiation import ATOMIC, content_type
from app.web.jsonapi.targets import MEMBER
from openapi import examples
from openapi.errors import answers
from openapi.headers import REPLAYED
from openapi.parameters import ONCE, target_of
from openapi.paths import Paths, answer, start_of
from openapi.schemas import components, name_of, spellings
from openapi.values import UUID, Schema, or_null, ref

MEDIA_TYPE = content_type(frozenset(), ATOMIC)
_LIMIT = Settings.model_fields["batch_limit"].default
_SECONDS = Settings.model_fields["batch_seconds"].default
_ABOUT = (
    f"[Atomic operations]({ATOMIC}): they are done in order, in one transaction; where one is refused "
    "nothing is kept, and the answer is that one's, with pointers below its place in the list. An operation "
    "names its target by `ref` or by `href`, which may be any address of a collection, a record or a "
    "relationship; what it takes is what the single request takes. A record that an operation adds with a "
    "`lid` is named by it afterwards. Relationships are confirmed, and never changed; actions (`submit` and "
    f"its like) are no operations. At most {_LIMIT} operations and {_SECONDS} seconds, where the operator "
    "sets no other limit. An Idempotency-Key is that of all of them."
)
_LID: Schema = {"type": "string", "description": "A name for the record within this request."}
_HREF: Schema = {"type": "string", "format": "uri-reference"}


def schemas() -> dict[str, Schema]:
    """The schemas of operations, of every card, and of their results."""
    found: dict[str, Schema] = {}
    for card in CARDS:
        found |= _of_card(card)
    items = [ref("schemas", name) for name in found if not name.endswith("Named")]
    results: list[Schema] = [ref("schemas", name_of(card)) for card in CARDS]
    results += [ref("schemas", f"{name_of(card)}Identifier") for card in CARDS]
    return found | {
        "Operations": {
            "type": "object",
            "required": [MEMBER],
            "properties": {
                MEMBER: {"type": "array", "minItems": 1, "maxItems": _LIMIT, "items": {"anyOf": items}}
            },
            "not": {"anyOf": [{"required": ["data"]}, {"required": ["included"]}]},
        },
        "Results": {
            "type": "object",
            "required": ["jsonapi", "atomic:results"],
            "properties": {
                "jsonapi": ref("schemas", "JsonApi"),
                "atomic:results": {
                    "type": "array",
                    "minItems": 1,
                    "description": "One of each operation, in their order; that of a removal is empty.",
                    "items": {
                        "type": "object",
                        "properties": {
                            "data": {"anyOf": [*results, {"type": "null"}]},
                            "meta": {"type": "object", "description": "What is told once."},
                        },
                    },
                },
            },
        },
    }


def paths() -> Paths:
    """The endpoint."""
    card = next(card for card in CARDS if card.type == "annotations")
    sent = {"schema": ref("schemas", "Operations"), "example": _example(card)}
    told = {"jsonapi": {"version": "1.1"}, "atomic:results": [{"data": examples.document(card)["data"]}]}
    done = answer("All is done.", ref("schemas", "Results"), told, MEDIA_TYPE) | {"headers": REPLAYED}
    nothing = {"description": "All is done, and was removal.", "headers": REPLAYED}
    operation = {
        "operationId": "operations",
        "tags": ["operations"],
        "summary": "Make many changes, all or none",
        "description": _ABOUT,
        "parameters": [ref("parameters", "dry-run"), ONCE],
        "requestBody": {"required": True, "content": {MEDIA_TYPE: sent}},
        "responses": {"200": done, "204": nothing} | answers(401, 403, 404, 406, 409, 413, 415, 422, 503),
    }
    return {"/operations": start_of("/operations") | {"post": operation}}


def _example(card: Resource) -> dict[str, Any]:
    return {MEMBER: [{"op": "add", **examples.creation(card)}]}


def _of_card(card: Resource) -> dict[str, Schema]:
    """The operations that CARD takes, and how they name its records."""
    name, sent = name_of(card), components()
    found: dict[str, Schema] = {f"{name}Named": _named(card)}
    if "create" in card.verbs:
        data = _with_lids(sent[f"{name}Create"]["properties"]["data"])
        found[f"{name}Add"] = _operation("add", {"href": _HREF, "data": data}, ["data"])
    if "update" in card.verbs:
        data = _with_lids(sent[f"{name}Update"]["properties"]["data"])
        found[f"{name}Set"] = _operation("update", _targets(card) | {"data": data}, ["data"]) | _one_of(
            {"required": ["ref"]}, {"required": ["href"]}, _named_by_data(card)
        )
    if "delete" in card.verbs:
        ways = _one_of({"required": ["ref"]}, {"required": ["href"]})
        found[f"{name}Remove"] = _operation("remove", _targets(card), []) | ways
    for link in card.links:
        if isinstance(link, ToOne):
            found[f"{name}Set.{link.name}"] = _confirmation(card, link)
    return found


def _operation(op: str, properties: Mapping[str, Schema], required: list[str]) -> Schema:
    return {
        "type": "object",
        "required": ["op", *required],
        "properties": {"op": {"const": op}, **properties},
    }


def _one_of(*ways: Schema) -> Schema:
    return {"oneOf": list(ways)}


def _targets(card: Resource) -> dict[str, Schema]:
    return {"ref": ref("schemas", f"{name_of(card)}Named"), "href": _HREF}


def _named_by_data(card: Resource) -> Schema:
    """That neither ref nor href is there, and the data's own id or lid names the record."""
    named = {"oneOf": [{"required": ["id"]}, {"required": ["lid"]}]}
    others = {"anyOf": [{"required": ["ref"]}, {"required": ["href"]}]}
    return {"required": ["data"], "properties": {"data": named}, "not": others}


def _named(card: Resource) -> Schema:
    """A record of CARD by its id, or by the lid that it was added with."""
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"type": "string", "enum": spellings(card)}, "id": UUID, "lid": _LID},
        "oneOf": [{"required": ["id"]}, {"required": ["lid"]}],
    }


def _confirmation(card: Resource, link: ToOne) -> Schema:
    """That a to-one of CARD is what it is."""
    named = _named(card)
    at = named | {
        "required": ["type", "relationship"],
        "properties": named["properties"] | {"relationship": {"const": link.name}},
    }
    data = or_null(ref("schemas", f"{name_of(target_of(link))}Named"))
    ways = _one_of({"required": ["ref"]}, {"required": ["href"]})
    return _operation("update", {"ref": at, "href": _HREF, "data": data}, ["data"]) | ways


def _with_lids(data: Schema) -> Schema:
    """The resource object DATA, which may bear a lid, and name others by theirs."""
    widened: Schema = _widened(data)
    return widened | {"properties": widened["properties"] | {"lid": _LID}}


def _widened(node: Any) -> Any:
    if isinstance(node, list):
        return [_widened(one) for one in node]
    if not isinstance(node, dict):
        return node
    if (at := node.get("$ref", "")).endswith("Reference"):
        return {"$ref": f"{at.removesuffix('Reference')}Named"}
    return {name: _widened(one) for name, one in node.items()}
