"""The JSON:API operations of a card: its verbs, its actions, and what its links lead to."""

from typing import Any

from app.declare import Action, Link, Resource, ToOne
from app.web.jsonapi.negotiation import MEDIA_TYPE
from openapi import examples, parameters
from openapi.errors import answers
from openapi.parameters import target_of
from openapi.schemas import name_of
from openapi.values import Schema, or_null, ref

Operation = dict[str, Any]
Paths = dict[str, dict[str, Any]]

MEDIA_TYPES = (MEDIA_TYPE, "application/json")  # of what clients send
_READING = (401, 403, 406, 503)
_WRITING = (*_READING, 404, 409, 413, 415, 422)


def paths_of(card: Resource) -> Paths:
    """Every path of CARD but its JSON-RPC endpoint, with its operations."""
    path, record = card.path, f"{card.path}/{{id}}"
    verbs = {
        "index": (path, "get", _index(card)),
        "create": (path, "post", _create(card)),
        "show": (record, "get", _show(card)),
        "update": (record, "patch", _update(card)),
        "delete": (record, "delete", _delete(card)),
    }
    found: Paths = {}
    for at, method, operation in (verbs[verb] for verb in verbs if verb in card.verbs):
        found.setdefault(at, start_of(at))[method] = operation
    for action in card.actions:
        found[f"{record}/{action.name}"] = start_of(record) | _deeds(card, action)
    for link in card.links:
        found[f"{record}/{link.name}"] = start_of(record) | {"get": _related(card, link)}
        found[f"{record}/relationships/{link.name}"] = start_of(record) | _relationship(card, link)
    return found


def start_of(path: str) -> dict[str, Any]:
    """A path's item with the parameters of all its operations."""
    names = ["id", "request-id"] if "{id}" in path else ["request-id"]
    return {"parameters": [ref("parameters", name) for name in names]}


def responses_of(card: Resource) -> dict[str, Any]:
    """The answers that operations of CARD share."""
    name = name_of(card)
    found = {
        name: answer(
            f"The record of {card.type}.", ref("schemas", f"{name}Document"), examples.document(card)
        ),
        f"{name}OrNone": answer(
            f"The record of {card.type}, or null where there is none that you may see.",
            ref("schemas", f"{name}OrNoneDocument"),
            examples.document(card),
        ),
        f"{name}Page": _page_answer(card),
    }
    if "create" in card.verbs:
        found[f"{name}Created"] = _created(card)
    return found


def bodies_of(card: Resource) -> dict[str, Any]:
    """The bodies that operations of CARD take."""
    name = name_of(card)
    found = {}
    if "create" in card.verbs:
        found[f"{name}Create"] = _body(f"{name}Create", examples.creation(card))
    if "update" in card.verbs:
        found[f"{name}Update"] = _body(f"{name}Update", examples.change(card))
    for action in card.actions:
        title = f"{name}{action.name.title()}"
        is_required = action.body is not None and any(one.required for one in action.body().fields.values())
        found[title] = _body(title, examples.deed(action), is_required=is_required)
    return found


# ---- verbs


def _index(card: Resource) -> Operation:
    return {
        **_start(card, "index", f"List {card.type}", card.about),
        "parameters": [*parameters.of_page(card), *parameters.of_record(card)],
        "responses": {"200": ref("responses", f"{name_of(card)}Page")} | answers(*_READING),
    }


def _create(card: Resource) -> Operation:
    return {
        **_start(card, "create", f"Make one of {card.type}", card.about),
        "parameters": parameters.of_record(card),
        "requestBody": ref("requestBodies", f"{name_of(card)}Create"),
        "responses": {"201": ref("responses", f"{name_of(card)}Created")} | answers(*_WRITING),
    }


def _show(card: Resource) -> Operation:
    return {
        **_start(card, "show", f"Show one of {card.type}", card.about),
        "parameters": parameters.of_record(card),
        "responses": {"200": ref("responses", name_of(card))} | answers(*_READING, 404),
    }


def _update(card: Resource) -> Operation:
    return {
        **_start(card, "update", f"Change one of {card.type}", card.about),
        "parameters": parameters.of_record(card),
        "requestBody": ref("requestBodies", f"{name_of(card)}Update"),
        "responses": {"200": ref("responses", name_of(card))} | answers(*_WRITING),
    }


def _delete(card: Resource) -> Operation:
    return {
        **_start(card, "delete", f"Delete one of {card.type}", card.about),
        "parameters": [ref("parameters", "force")],
        "responses": {"204": {"description": "It is gone."}} | answers(*_READING, 404, 409),
    }


def _deeds(card: Resource, action: Action) -> dict[str, Operation]:
    """The operations of ACTION, one a method; the first bears its plain name."""
    found = {}
    for n, method in enumerate(action.methods):
        name = action.name if n == 0 else f"{action.name}.{method.lower()}"
        operation = _start(card, name, f"{action.name.title()} one of {card.type}", action.about)
        operation["parameters"] = parameters.of_record(card)
        if method != "GET":
            operation["requestBody"] = ref("requestBodies", f"{name_of(card)}{action.name.title()}")
        operation["responses"] = {"200": ref("responses", name_of(card))} | answers(*_WRITING)
        found[method.lower()] = operation
    return found


# ---- links


def _related(card: Resource, link: Link) -> Operation:
    target = target_of(link)
    about = link.about or f"What {link.name} of the record leads to."
    operation = _start(card, f"{link.name}.show", f"Show {link.name} of one of {card.type}", about)
    if isinstance(link, ToOne):
        asked, shown = parameters.of_record(target), f"{name_of(target)}OrNone"
    else:
        asked = [*parameters.of_page(target), *parameters.of_record(target)]
        shown = f"{name_of(target)}Page"
    return operation | {
        "parameters": asked,
        "responses": {"200": ref("responses", shown)} | answers(*_READING, 404),
    }


def _relationship(card: Resource, link: Link) -> dict[str, Operation]:
    target = target_of(link)
    shown = f"{name_of(target)}Link{'' if isinstance(link, ToOne) else 's'}Document"
    document = answer("The identifiers.", ref("schemas", shown), examples.linkage(card, link))
    asked = [] if isinstance(link, ToOne) else parameters.of_page(target)
    about = f"The identifiers of what {link.name} leads to."
    return {
        "get": {
            **_start(card, f"relationships.{link.name}.show", f"Identify {link.name}", about),
            "parameters": [*asked, *parameters.of_linkage(card, link)],
            "responses": {"200": document} | answers(*_READING, 404),
        }
    } | _changes(card, link, document)


def _changes(card: Resource, link: Link, document: dict[str, Any]) -> dict[str, Operation]:
    verbs = {"patch": "replace"} if isinstance(link, ToOne) else _OF_MANY
    return {method: _change(card, link, verb, document) for method, verb in verbs.items()}


_OF_MANY = {"patch": "replace", "post": "add", "delete": "remove"}


def _change(card: Resource, link: Link, verb: str, document: dict[str, Any]) -> Operation:
    reference = ref("schemas", f"{name_of(target_of(link))}Reference")
    if isinstance(link, ToOne):
        data, about = (
            or_null(reference),
            "Links are set when a record is made: this says what is there already.",
        )
        told = {"200": document}
    else:
        data, told = {"type": "array", "items": reference}, {}
        about = "Always refused: links are set from the other side, when a record is made."
    schema = {"type": "object", "required": ["data"], "properties": {"data": data}}
    name = f"relationships.{link.name}.{verb}"
    return {
        **_start(card, name, f"{verb.title()} {link.name}", about),
        "requestBody": _sent(schema, examples.given_linkage(link)),
        "responses": told | answers(*_WRITING),
    }


# ---- parts


def _start(card: Resource, name: str, summary: str, about: str) -> Operation:
    return {
        "operationId": f"{card.type}.{name}",
        "tags": [card.type],
        "summary": summary.replace("_", " "),
        "description": about,
    }


def answer(about: str, schema: Schema, example: Any, media_type: str = MEDIA_TYPE) -> dict[str, Any]:
    """An answer's description, with one EXAMPLE of its SCHEMA."""
    return {"description": about, "content": {media_type: {"schema": schema, "example": example}}}


def _page_answer(card: Resource) -> dict[str, Any]:
    name = name_of(card)
    page = answer(f"A page of {card.type}.", ref("schemas", f"{name}Page"), examples.page(card))
    return page | {"links": _links(card, "/data/0/id")}


def _created(card: Resource) -> dict[str, Any]:
    made = answer("It is made.", ref("schemas", f"{name_of(card)}Document"), examples.document(card))
    address = {"description": "Where it is.", "required": True, "schema": ref("schemas", "Address")}
    return made | {"headers": {"Location": address}, "links": _links(card, "/data/id")}


def _links(card: Resource, at: str) -> dict[str, Any]:
    """What may be asked next of the record whose id stands AT a place of the answer."""
    names: list[str] = [verb for verb in ("show", "update", "delete") if verb in card.verbs]
    names += [action.name for action in card.actions]
    names += [f"{link.name}.show" for link in card.links]
    return {
        name: {"operationId": f"{card.type}.{name}", "parameters": {"id": f"$response.body#{at}"}}
        for name in names
    }


def _body(name: str, example: Any, *, is_required: bool = True) -> dict[str, Any]:
    return _sent(ref("schemas", name), example, is_required=is_required)


def _sent(schema: Schema, example: Any, *, is_required: bool = True) -> dict[str, Any]:
    content = {kind: {"schema": schema, "example": example} for kind in MEDIA_TYPES}
    return {"required": is_required, "content": content}
