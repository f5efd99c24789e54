"""What a card's records look like on the wire: resource objects, documents, and what clients send."""

from marshmallow import Schema as Body

from app.catalog import CARDS
from app.declare import RESOURCES, Action, Link, Meta, Offer, Resource, Summary, ToOne
from app.web.jsonapi.mounts import SEED_PREFIX
from openapi.values import UUID, Schema, accepted, answered, body_schema, closed, or_null, ref

SHARED: dict[str, Schema] = {
    "JsonApi": {
        "type": "object",
        "required": ["version"],
        "properties": {"version": {"const": "1.1"}},
        "description": "The version of JSON:API.",
    },
    "Address": {"type": "string", "format": "uri"},
    "DocumentLinks": {
        "type": "object",
        "required": ["self"],
        "properties": {"self": ref("schemas", "Address")},
    },
    "RelationshipLinks": {
        "type": "object",
        "required": ["self", "related"],
        "properties": {name: ref("schemas", "Address") for name in ("self", "related")},
    },
    "PageLinks": {
        "type": "object",
        "required": ["self"],
        "description": "Those that there are. `last` needs count=true; with the cursor profile, `prev` "
        "and `next` are null where there is none.",
        "properties": {name: ref("schemas", "Address") for name in ("self", "related", "first", "last")}
        | {name: or_null(ref("schemas", "Address")) for name in ("prev", "next")},
    },
    "PageMeta": {
        "type": "object",
        "required": ["count", "total"],
        "description": "Sent where count=true was asked.",
        "properties": {
            "count": {"type": "integer", "description": "Of the whole collection."},
            "total": {"type": "integer", "description": "The same."},
            "page": {
                "type": "object",
                "required": ["total"],
                "properties": {"total": {"type": "integer"}},
            },
        },
    },
    "CursorMeta": {
        "type": "object",
        "required": ["page"],
        "description": "The record's place in the list, where it is paged by cursor.",
        "properties": {
            "page": {
                "type": "object",
                "required": ["cursor"],
                "properties": {"cursor": {"type": "string"}},
            }
        },
    },
    "ManyChanged": {
        "type": "object",
        "required": ["jsonapi", "meta"],
        "properties": {
            "jsonapi": ref("schemas", "JsonApi"),
            "meta": {
                "type": "object",
                "required": ["matched"],
                "properties": {
                    "matched": {"type": "integer", "description": "How many the filters found."},
                    "changed": {
                        "type": "integer",
                        "description": "How many have a new version: others were so already.",
                    },
                    "limit": {"type": "integer", "description": "How many are changed at once."},
                    "tried": {
                        "type": "boolean",
                        "enum": [False],
                        "description": "Sent with a dry run of what a job would do.",
                    },
                },
            },
        },
    },
    "Difference": {
        "type": "object",
        "required": ["jsonapi", "meta"],
        "properties": {
            "jsonapi": ref("schemas", "JsonApi"),
            "meta": {
                "type": "object",
                "required": ["from", "to", "changes"],
                "properties": {
                    "from": {"type": "integer", "format": "int64"},
                    "to": {"type": "integer", "format": "int64"},
                    "changes": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["pointer", "before", "after"],
                            "properties": {
                                "pointer": {
                                    "type": "string",
                                    "description": "A JSON pointer into the attributes.",
                                },
                                "before": {},
                                "after": {},
                            },
                        },
                    },
                },
            },
        },
    },
}

BODILESS = frozenset({"GET", "DELETE"})  # the methods that no body goes with


def name_of(card: Resource) -> str:
    """What schemas of CARD begin with, such as Entry."""
    return card.model.__name__


def name_of_action(card: Resource, action: Action) -> str:
    """What the body of ACTION is called, such as EntrySubmit."""
    return name_of(card) + _in_one(action.name)


def name_of_offer(parent: Resource, offer: Offer) -> str:
    """What the body of OFFER is called at PARENT, such as DatasetNext."""
    return name_of(parent) + _in_one(offer.name)


def name_of_summary(card: Resource, summary: Summary) -> str:
    """What the figures of CARD are called, such as DatasetStatistics."""
    return name_of(card) + _in_one(summary.name)


def _in_one(name: str) -> str:
    return name.title().replace("_", "").replace("/", "")


def has_body(deed: Action | Offer | Summary) -> bool:
    if isinstance(deed, Summary):
        return deed.body is not None
    return not BODILESS.issuperset(deed.methods)


def components() -> dict[str, Schema]:
    """The schemas of every card."""
    found = {**SHARED}
    for card in CARDS:
        found |= _answers(card) | _requests(card)
    return found


def _answers(card: Resource) -> dict[str, Schema]:
    name = name_of(card)
    figures: dict[str, Schema] = {}
    for one in card.summaries:
        figures |= _summary(card, one)
    return figures | {
        name: _resource(card),
        f"{name}Attributes": {
            "type": "object",
            "description": "All of them, or those that `fields` names.",
            "properties": {one.name: answered(one) for one in card.attributes.values()},
        },
        f"{name}Identifier": _identifier([card.type]),
        f"{name}Document": _document(card, ref("schemas", name)),
        f"{name}OrNoneDocument": _document(card, or_null(ref("schemas", name))),
        f"{name}Page": _page(card, ref("schemas", name), card.include_paths),
        f"{name}LinkDocument": linkage_document(card, is_many=False),
        f"{name}LinksDocument": linkage_document(card, is_many=True),
    }


def _resource(card: Resource) -> Schema:
    name = name_of(card)
    properties: Schema = {
        "type": {"const": card.type},
        "id": UUID,
        "attributes": ref("schemas", f"{name}Attributes"),
    }
    if card.links:
        links = {link.name: _relationship(card, link) for link in card.links}
        properties["relationships"] = {"type": "object", "properties": links}
    meta = _meta_with(card.meta) if card.meta else ref("schemas", "CursorMeta")
    properties |= {"links": ref("schemas", "DocumentLinks"), "meta": meta}
    return {
        "type": "object",
        "description": card.about,
        "required": ["type", "id", "links"],
        "properties": properties,
    }


def _meta_with(meta: Meta) -> Schema:
    """What goes along with a record alone, or its place in a list."""
    place = SHARED["CursorMeta"]["properties"]
    about = "What is told of the record alone; `page` in a list that is paged by cursor."
    return {"type": "object", "description": about, "properties": {**place, **meta.told}}


def _summary(card: Resource, summary: Summary) -> dict[str, Schema]:
    name = name_of_summary(card, summary)
    figures = {"type": "object", "required": list(summary.told), "properties": summary.told}
    resource = {
        "type": "object",
        "description": summary.about,
        "required": ["type", "id", "attributes", "links"],
        "properties": {
            "type": {"const": summary.type},
            "id": UUID | {"description": f"That of the record of {card.type}."},
            "attributes": figures,
            "links": ref("schemas", "DocumentLinks"),
        },
    }
    document = {
        "type": "object",
        "required": ["jsonapi", "links", "data"],
        "properties": {
            "jsonapi": ref("schemas", "JsonApi"),
            "links": ref("schemas", "DocumentLinks"),
            "data": ref("schemas", name),
        },
    }
    return {name: resource, f"{name}Document": document}


def _relationship(card: Resource, link: Link) -> Schema:
    data = ref("schemas", f"{name_of(RESOURCES[link.type])}Identifier")
    if not isinstance(link, ToOne):
        data = {"type": "array", "items": data}
    elif card.every_attribute[link.key].is_nullable:
        data = or_null(data)
    return {
        "type": "object",
        "properties": {"links": ref("schemas", "RelationshipLinks"), "data": data},
    }


def _identifier(types: list[str]) -> Schema:
    return {
        "type": "object",
        "required": ["type", "id"],
        "properties": {"type": {"type": "string", "enum": types}, "id": UUID},
    }


def _document(card: Resource, data: Schema) -> Schema:
    included = _included(card, card.include_paths)
    return {
        "type": "object",
        "required": ["jsonapi", "links", "data"],
        "properties": {
            "jsonapi": ref("schemas", "JsonApi"),
            "links": ref("schemas", "DocumentLinks"),
            "data": data,
            **included,
            "meta": {"type": "object", "description": "What is told once, such as the secret of a key."},
        },
    }


def _page(card: Resource, item: Schema, paths: frozenset[str]) -> Schema:
    return {
        "type": "object",
        "required": ["jsonapi", "links", "data"],
        "properties": {
            "jsonapi": ref("schemas", "JsonApi"),
            "links": ref("schemas", "PageLinks"),
            "data": {"type": "array", "items": item},
            **_included(card, paths),
            "meta": ref("schemas", "PageMeta"),
        },
    }


def linkage_document(target: Resource, *, is_many: bool) -> Schema:
    """A relationship's own document: the identifiers of records of TARGET."""
    identifier = ref("schemas", f"{name_of(target)}Identifier")
    data = {"type": "array", "items": identifier} if is_many else or_null(identifier)
    any_of_them = [ref("schemas", name_of(card)) for card in CARDS]
    return {
        "type": "object",
        "required": ["jsonapi", "links", "data"],
        "properties": {
            "jsonapi": ref("schemas", "JsonApi"),
            "links": ref("schemas", "PageLinks"),
            "data": data,
            "included": {"type": "array", "items": _one_of(any_of_them)},
            "meta": ref("schemas", "PageMeta"),
        },
    }


def _included(card: Resource, paths: frozenset[str]) -> dict[str, Schema]:
    if not paths:
        return {}
    names = sorted({name_of(one) for path in paths for one in included_by(card, path)})
    items = _one_of([ref("schemas", name) for name in names])
    return {"included": {"type": "array", "description": "What `include` asked for.", "items": items}}


def included_by(card: Resource, path: str) -> list[Resource]:
    """The cards whose records come with an include of PATH."""
    found = []
    for name in path.split("."):
        card = RESOURCES[card.link_of[name].type]
        found.append(card)
    return found


def _one_of(options: list[Schema]) -> Schema:
    if len(options) == 1:
        return options[0]
    mapping = {card.type: ref("schemas", name_of(card))["$ref"] for card in CARDS}
    chosen = {type: at for type, at in mapping.items() if {"$ref": at} in options}
    return {"oneOf": options, "discriminator": {"propertyName": "type", "mapping": chosen}}


# ---- what clients send


def _requests(card: Resource) -> dict[str, Schema]:
    name = name_of(card)
    found = {f"{name}Reference": _identifier(spellings(card))}
    if "create" in card.verbs:
        found[f"{name}Create"] = _enclosed(_create(card))
    if "update" in card.verbs:
        found[f"{name}Update"] = _enclosed(_update(card))
    if card.is_changed_by_filter:
        found[f"{name}UpdateMany"] = _update_many(card)
    for action in filter(has_body, card.actions):
        found[name_of_action(card, action)] = _deed(card, action.body)
    for offer in filter(has_body, card.offers):
        for parent in map(RESOURCES.__getitem__, offer.parents):
            found[name_of_offer(parent, offer)] = _deed(parent, offer.body)
    for summary in filter(has_body, card.summaries):
        found[f"{name_of_summary(card, summary)}Request"] = _deed(card, summary.body)
    return found


def spellings(card: Resource) -> list[str]:
    """The card's type in both spellings, which every request may use."""
    return [card.type, SEED_PREFIX + card.type]


def _enclosed(data: Schema) -> Schema:
    return {"type": "object", "required": ["data"], "properties": {"data": data}}


def _create(card: Resource) -> Schema:
    parents = {name: _parent(card, link) for name, link in card.parents.items()}
    keys = {link.key for link in card.parents.values()}
    attributes = create_attributes(card)
    required = [name for name in attributes.get("required", ()) if name not in keys]
    attributes = _requiring(attributes, required)
    properties: Schema = {
        "type": {"type": "string", "enum": spellings(card)},
        "id": UUID | {"description": "Of the client's own making; a new one by default."},
        "attributes": attributes,
    }
    if parents:
        properties["relationships"] = closed({"type": "object", "properties": parents})
    schema: Schema = {
        "type": "object",
        "required": ["type", *(["attributes"] if required else [])],
        "properties": properties,
    }
    ways = [_either_way(name, link.key) for name, link in card.parents.items() if _must_have(card, link)]
    return schema | ({"allOf": ways} if ways else {})


def create_attributes(card: Resource) -> Schema:
    """The attributes that a new record may be given; parents among them, by their ids."""
    given = [one for one in card.attributes.values() if not one.is_read_only]
    properties = {one.name: accepted(one, with_default=True) for one in given}
    required = [one.name for one in given if one.is_required]
    return _requiring(closed({"type": "object", "properties": properties}), required)


def _requiring(schema: Schema, names: list[str]) -> Schema:
    """SCHEMA with NAMES alone required."""
    bare = {name: value for name, value in schema.items() if name != "required"}
    return bare | ({"required": names} if names else {})


def _must_have(card: Resource, link: ToOne) -> bool:
    return card.attributes[link.key].is_required


def _either_way(name: str, key: str) -> Schema:
    """That a parent is given, as a relationship or as an attribute."""
    ways = {"attributes": key, "relationships": name}
    return {
        "anyOf": [
            {"required": [place], "properties": {place: {"required": [member]}}}
            for place, member in ways.items()
        ]
    }


def _parent(card: Resource, link: ToOne) -> Schema:
    data = ref("schemas", f"{name_of(RESOURCES[link.type])}Reference")
    if card.attributes[link.key].is_nullable:
        data = or_null(data)
    return {"type": "object", "required": ["data"], "properties": {"data": data}}


def _update(card: Resource) -> Schema:
    properties: Schema = {
        "type": {"type": "string", "enum": spellings(card)},
        "id": UUID | {"description": "That of the address, where it is sent."},
        "attributes": update_attributes(card),
    }
    if card.links:
        links = {link.name: _asserted(link) for link in card.links}
        properties["relationships"] = closed({"type": "object", "properties": links}) | {
            "description": "As they are: no update changes one."
        }
    return {"type": "object", "required": ["type"], "properties": properties}


def _update_many(card: Resource) -> Schema:
    """Attributes to be set, or an action and what it is given: to what the filters find, so without an id."""
    update = _update(card)
    properties = {name: one for name, one in update["properties"].items() if name != "id"}
    changed = {**update, "properties": properties, "not": _any_of("id", "lid")}
    changed |= _any_of("attributes", "relationships")
    bare = {
        "type": "object",
        "required": ["type"],
        "properties": {"type": properties["type"]},
        "not": _any_of("id", "lid", "attributes", "relationships"),
    }
    no_deed = {"type": "object", "not": {"required": ["action"]}}
    deeds = [_deed_of_many(action) for action in card.actions if action.is_for_many]
    deed = {
        "type": "object",
        "required": ["data", "meta"],
        "properties": {"data": bare, "meta": {"oneOf": deeds}},
    }
    change = _enclosed(changed)
    change["properties"]["meta"] = no_deed
    return {"oneOf": [change, deed]}


def _any_of(*names: str) -> Schema:
    """That one of these members is there."""
    return {"anyOf": [{"required": [name]} for name in names]}


def _deed_of_many(action: Action) -> Schema:
    attributes = body_schema(action.body) if action.body else {"type": "object"}
    required = ["action", *(["attributes"] if "required" in attributes else [])]
    properties = {"action": {"const": action.name}, "attributes": attributes}
    return {"type": "object", "required": required, "properties": properties}


def update_attributes(card: Resource) -> Schema:
    """The attributes that an update may name: what it does not name stays."""
    schema = closed(
        {
            "type": "object",
            "properties": {one.name: accepted(one, with_default=False) for one in card.attributes.values()},
        }
    )
    about = "Those to be set. Read-only and fixed ones may be sent as they are: clients send whole records."
    return schema | {"description": about}


def _asserted(link: Link) -> Schema:
    data = ref("schemas", f"{name_of(RESOURCES[link.type])}Reference")
    data = or_null(data) if isinstance(link, ToOne) else {"type": "array", "items": data}
    # Whole records come back: ours as it was, or what a client kept of a null.
    ways = [*({"required": [name]} for name in ("data", "links", "meta")), {"maxProperties": 0}]
    return {"type": "object", "properties": {"data": data}, "anyOf": ways}


def _deed(card: Resource, body: type[Body] | None) -> Schema:
    """What is sent with an action on a record of CARD, or with what is offered there."""
    attributes = body_schema(body) if body else {"type": "object"}
    is_required = "required" in attributes
    data: Schema = {
        "type": "object" if is_required else ["object", "null"],
        "properties": {
            "type": {"type": "string", "enum": spellings(card)},
            "id": UUID | {"description": "That of the address, where it is sent."},
            "attributes": attributes,
        },
    }
    schema: Schema = {"type": "object", "properties": {"data": data}}
    if is_required:
        data["required"] = ["attributes"]
        return schema | {"required": ["data"]}
    return schema | {"anyOf": [{"required": ["data"]}, {"maxProperties": 0}]}
