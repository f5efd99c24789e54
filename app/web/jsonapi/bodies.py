"""From a body to checked values: the document's shape first, then each attribute and relationship.

The schema reads attributes; what is around them (the envelope, ids, relationships, read-only
attributes) is checked here, since the library trusts it. Members that we do not know are ignored.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from marshmallow import Schema

from app.attributes import is_id
from app.declare import Action, Link, Resource, ToOne, Values
from app.errors import Conflict, Fault, Forbidden, Invalid, Malformed, RelatedNotFound
from app.operations.many import Task
from app.operations.records import Assertion
from app.web.action_bodies import escaped, read_body_of
from app.web.jsonapi.mounts import plain
from app.web.schemas import asserted, read_attributes


@dataclass(frozen=True)
class Checked:
    """What a body asks to set, and what it says of fields that cannot be set."""

    values: Values
    assertions: tuple[Assertion, ...] = ()


def read_create(card: Resource, document: Any) -> Checked:
    """The record that DOCUMENT describes. Raises Malformed, Conflict, Invalid."""
    data = _data(card, document)
    attributes = _object(data, "attributes")
    linked, faults = _given_parents(card, data, attributes)
    values = _attributes(card, attributes, faults, is_partial=False)
    for name, link in card.parents.items():
        if link.key not in attributes and link.key not in linked and card.attributes[link.key].is_required:
            faults.append(Fault("parent_missing", f"{name} is required", _deepest(data, "relationships")))
    if "id" in data:
        values |= _own_id(data["id"], faults)
    if faults:
        raise Invalid(*faults)
    return Checked(values | linked)


def read_update(card: Resource, document: Any, id: str | None) -> Checked:
    """What DOCUMENT changes of the record ID; None: of many.

    A read-only attribute is an assertion, for later.
    """
    data = _data(card, document, id)
    attributes = _object(data, "attributes")
    assertions, changeable = asserted(card, attributes)
    for name, relationship in _object(data, "relationships").items():
        assertions += _asserted_link(card, name, relationship)
    faults: list[Fault] = []
    values = _attributes(card, changeable, faults, is_partial=True)
    if faults:
        raise Invalid(*faults)
    return Checked(values, tuple(assertions))


def read_task(card: Resource, document: Any) -> Task:
    """What DOCUMENT asks to be done to each of many: attributes to be set, or the action of its meta."""
    data = _data(card, document)
    for name in ("id", "lid"):
        if name in data:
            raise Malformed("the filters say which records are changed: leave the id out", f"/data/{name}")
    meta = document.get("meta", {})
    if not isinstance(meta, dict):
        raise Malformed("meta is an object", "/meta")
    is_update = "attributes" in data or "relationships" in data
    if is_update and "action" in meta:
        raise Malformed("attributes are set, or an action is done: send one of them", "/meta/action")
    if is_update:
        checked = read_update(card, document, None)
        return Task(card, checked.values, checked.assertions)
    if "action" not in meta:
        raise Malformed("name what is to be changed: data.attributes, or meta.action", "/data")
    action = _action_for_many(card, meta["action"])
    if not isinstance(meta.get("attributes", {}), dict):
        raise Malformed("attributes is an object", "/meta/attributes")
    at = "/meta/attributes" if "attributes" in meta else "/meta"
    return Task(card, read_body_of(action.body, _object(meta, "attributes"), at), action=action)


def _action_for_many(card: Resource, name: Any) -> Action:
    if not isinstance(name, str):
        raise Malformed("action is a string", "/meta/action")
    known = {action.name: action for action in card.actions if action.is_for_many}
    if name not in known:
        detail = f"there is no such action for many: {', '.join(known)}"
        raise Invalid(Fault("action_unknown", detail, "/meta/action"))
    return known[name]


def read_action(card: Resource, id: str, body: type[Schema] | None, document: Any) -> Values:
    """The attributes of an action's DOCUMENT (None: no body), whose type and id are optional."""
    if document is not None and not isinstance(document, dict):
        raise Malformed("the document is an object", "")
    if document and "data" not in document:
        raise Malformed('the document is {"data": {"attributes": {...}}}', "")
    data = (document or {}).get("data")
    if data is not None and not isinstance(data, dict):
        raise Malformed("data is an object", "/data")
    _check_named(card, data or {}, id)
    attributes = _object(data or {}, "attributes")
    has_attributes = bool(data) and "attributes" in (data or {})
    at = "/data/attributes" if has_attributes else "/data" if data is not None else ""
    return read_body_of(body, attributes, at)


@contextmanager
def pointing_into(document: Any) -> Iterator[None]:
    """Make what is refused meanwhile point into DOCUMENT: the rules know fields, not how they came."""
    try:
        yield
    except Invalid as invalid:
        faults = (replace(one, pointer=_existing(one.pointer, document)) for one in invalid.faults)
        raise Invalid(*faults) from invalid
    except (Conflict, Forbidden, RelatedNotFound) as problem:
        problem.source = _existing(problem.source, document)
        raise


def _existing(pointer: str | None, document: Any) -> str | None:
    """POINTER, or where that is not in DOCUMENT, its parent's other spelling or the next thing above it."""
    if pointer is None or document is None:
        return None
    _, _, member, name, *_ = [*pointer.split("/"), "", "", "", ""]
    spellings = {
        "relationships": f"/data/attributes/{name}_id",
        "attributes": f"/data/relationships/{name.removesuffix('_id')}",
    }
    for one in (pointer, spellings.get(member, pointer)):
        if _is_in(document, one):
            return one
    return _existing(pointer.rpartition("/")[0], document)


def _is_in(document: Any, pointer: str) -> bool:
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict) and name in document:
            document = document[name]
        elif isinstance(document, list) and name.isdecimal() and int(name) < len(document):
            document = document[int(name)]
        else:
            return False
    return True


def read_identifiers(document: Any, link: Link) -> Any:
    """The linkage in a relationship's DOCUMENT. Raises Malformed, Conflict."""
    if not isinstance(document, dict) or "data" not in document:
        raise Malformed("the document needs data: a resource identifier", "")
    data = document["data"]
    if isinstance(link, ToOne):
        return None if data is None else _identifier(link, data, "/data")
    if not isinstance(data, list):
        raise Malformed("data is a list of resource identifiers", "/data")
    return [_identifier(link, one, f"/data/{n}") for n, one in enumerate(data)]


def _data(card: Resource, document: Any, id: str | None = None) -> Mapping[str, Any]:
    if not isinstance(document, dict):
        raise Malformed("the document is an object", "")
    if "data" not in document:
        raise Malformed("the document needs data: a resource object", "")
    data = document["data"]
    if not isinstance(data, dict):
        raise Malformed("data is a resource object", "/data")
    if "type" not in data:
        raise Malformed(f'data needs "type": "{card.type}"', "/data")
    _check_named(card, data, id)
    return data


def _check_named(card: Resource, data: Mapping[str, Any], id: str | None = None) -> None:
    """Raise where the type, or the id, that DATA bears is another than that of the address."""
    for name in ("type", "id", "lid"):
        if name in data and not isinstance(data[name], str):
            raise Malformed(f"{name} is a string", f"/data/{name}")
    if plain(data.get("type", card.type)) != card.type:
        raise Conflict(f"the type here is {card.type}", "/data/type", code="type_conflict")
    if id is not None and data.get("id", id).lower() != id:
        raise Conflict("the id is not that of the address", "/data/id", code="id_conflict")


def _object(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name, {})
    if not isinstance(value, dict):
        raise Malformed(f"{name} is an object", f"/data/{name}")
    return {key: one for key, one in value.items() if not key.startswith("@")}


def _own_id(text: str, faults: list[Fault]) -> Values:
    if is_id(text):
        return {"id": text.lower()}
    faults.append(Fault("id_invalid", "an id made by a client is a UUID", "/data/id"))
    return {}


def _given_parents(
    card: Resource, data: Mapping[str, Any], attributes: dict[str, Any]
) -> tuple[Values, list[Fault]]:
    """The parents that are given as relationships, by key."""
    linked: Values = {}
    faults: list[Fault] = []
    for name, relationship in _object(data, "relationships").items():
        pointer = f"/data/relationships/{escaped(name)}"
        link = card.link_of.get(name)
        if link is None or name not in card.parents:
            faults.append(
                Fault("relationship_unknown", f"there is no relationship {name} to be set", pointer)
            )
            continue
        identifier = _linkage(link, relationship, pointer)
        if _is_another(attributes.get(link.key, identifier), identifier):
            faults.append(Fault("parent_conflict", f"{link.key} names another record than {name}", pointer))
        elif identifier is None and not card.attributes[link.key].is_nullable:
            faults.append(Fault("parent_missing", f"{name} is required", pointer))
        linked[link.key] = identifier
    return linked, faults


def _is_another(given: Any, identifier: str | None) -> bool:
    """Whether the attribute GIVEN names another record. What is no id is refused elsewhere."""
    return given.lower() != identifier if isinstance(given, str) else given is None and identifier is not None


def _linkage(link: Link, relationship: Any, pointer: str) -> str | None:
    if not isinstance(relationship, dict) or "data" not in relationship:
        raise Malformed("a relationship is an object with data", pointer)
    data = relationship["data"]
    return None if data is None else _identifier(link, data, f"{pointer}/data")


def _identifier(link: Link, data: Any, pointer: str) -> str:
    """The id that a resource identifier object bears."""
    if not isinstance(data, dict):
        raise Malformed("a resource identifier is an object with type and id", pointer)
    for name in ("type", "id", "lid"):
        if name in data and not isinstance(data[name], str):
            raise Malformed(f"{name} is a string", f"{pointer}/{name}")
    if "type" not in data or not ("id" in data or "lid" in data):
        raise Malformed("a resource identifier needs type and id", pointer)
    if plain(data["type"]) != link.type:
        raise Conflict(f"{link.name} is of the type {link.type}", f"{pointer}/type", code="type_conflict")
    id = data.get("id", "")
    if not is_id(id):
        at = pointer.removesuffix("/data")
        raise RelatedNotFound(f"{link.name} names no record that you may see", at)
    return str(id).lower()


def _attributes(
    card: Resource, attributes: dict[str, Any], faults: list[Fault], *, is_partial: bool
) -> Values:
    try:
        return read_attributes(card, attributes, is_partial=is_partial)
    except Invalid as invalid:
        faults += [_placed(fault, attributes) for fault in invalid.faults]
        return {}


def _placed(fault: Fault, attributes: dict[str, Any]) -> Fault:
    """FAULT, pointing at something that is there."""
    if fault.pointer == "/data/attributes" and not attributes:
        return Fault(fault.code, fault.detail, "/data")
    return fault


def _deepest(data: Mapping[str, Any], name: str) -> str:
    return f"/data/{name}" if name in data else "/data"


def _asserted_link(card: Resource, name: str, relationship: Any) -> list[Assertion]:
    pointer = f"/data/relationships/{escaped(name)}"
    link = card.link_of.get(name)
    if link is None:
        raise Invalid(Fault("relationship_unknown", f"there is no relationship {name}", pointer))
    if not isinstance(relationship, dict):
        raise Malformed("a relationship is an object", pointer)
    if "data" not in relationship:
        if not relationship or relationship.keys() & {"links", "meta"}:
            return []  # whole records come back: ours as it was, or what a client kept of a null
        raise Malformed("a relationship is an object with data", pointer)
    if not isinstance(link, ToOne):
        raise Forbidden(f"{name} cannot be replaced as a whole", pointer, code="relationship_read_only")
    return [Assertion(link.key, _linkage(link, relationship, pointer), pointer)]
