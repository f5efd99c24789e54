"""The JSON:API operations of a card: its verbs, its actions, and what its links lead to."""

from itertools import product
from typing import Any

from app.declare import RESOURCES, Action, Link, Offer, Resource, Summary, ToOne
from app.operations.many import AT_ONCE
from app.web.errors import MEDIA_TYPE
from app.web.jsonapi import streams
from openapi import examples, lines, parameters
from openapi.errors import answers
from openapi.headers import CONTENT_LOCATION, ETAG, LIST_ETAG, LOCATION, PREFERENCE, REPLAYED
from openapi.parameters import CONDITION, KNOWN, LEASE, ONCE, STREAM, VERSIONS, target_of
from openapi.schemas import BODILESS, has_body, name_of, name_of_action, name_of_offer, name_of_summary
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
    known = [*(verbs[verb] for verb in verbs if verb in card.verbs), *_of_many(card)]
    for at, method, operation in known:
        found.setdefault(at, start_of(at))[method] = operation
    if card.has_trash:
        found[f"{record}/history"] = start_of(record) | {"get": _history(card)}
        found[f"{record}/difference"] = start_of(record) | {"get": _difference(card)}
    if card.has_trash and card.delete is None and "delete" in card.verbs:
        found[f"{record}/restore"] = start_of(record) | {"post": _restore(card)}
    for summary in card.summaries:
        told = {summary.method.lower(): _summary(card, summary)}
        found[f"{record}/{summary.name}"] = start_of(record) | told
    for action in card.actions:
        for method in action.methods:
            at = f"{record}/{action.name}"
            item = found.setdefault(at, start_of(at))
            item[method.lower()] = _deed(card, action, method, is_first=not _methods_of(item))
    for offer in card.offers:
        for parent, method in product(offer.parents, offer.methods):
            at = f"/{parent}/{{id}}/{offer.name}"
            item = found.setdefault(at, start_of(at))
            is_first = not _methods_of(item)
            item[method.lower()] = _offer(card, offer, RESOURCES[parent], method, is_first=is_first)
    for link in card.links:
        found[f"{record}/{link.name}"] = start_of(record) | {"get": _related(card, link)}
        found[f"{record}/relationships/{link.name}"] = start_of(record) | _relationship(card, link)
    return found


def start_of(path: str) -> dict[str, Any]:
    """A path's item with the parameters of all its operations."""
    names = ["id", "request-id"] if "{id}" in path else ["request-id"]
    return {"parameters": [ref("parameters", name) for name in names]}


def _methods_of(item: dict[str, Any]) -> set[str]:
    return item.keys() - {"parameters"}


def responses_of(card: Resource) -> dict[str, Any]:
    """The answers that operations of CARD share."""
    name = name_of(card)
    about, document = f"The record of {card.type}.", ref("schemas", f"{name}Document")
    shown = answer(about, document, examples.document(card))
    found = {
        name: shown | {"headers": ETAG},
        f"{name}Changed": shown | {"headers": ETAG | REPLAYED},
        f"{name}Offered": shown | {"headers": ETAG | CONTENT_LOCATION | REPLAYED},
        f"{name}Begun": shown | {"headers": ETAG | LOCATION | CONTENT_LOCATION | REPLAYED},
        f"{name}Told": shown | {"headers": ETAG | CONTENT_LOCATION},
        f"{name}OrNone": answer(
            f"The record of {card.type}, or null where there is none that you may see.",
            ref("schemas", f"{name}OrNoneDocument"),
            examples.document(card),
        ),
        f"{name}Page": _page_answer(card),
    }
    if "create" in card.verbs:
        found[f"{name}Created"] = _created(card)
    if card.is_feed:
        found[f"{name}Feed"] = _feed_answer(card, found[f"{name}Page"])
    for summary in card.summaries:
        title = name_of_summary(card, summary)
        document, example = ref("schemas", f"{title}Document"), examples.summary(card, summary)
        found[title] = answer(summary.about, document, example)
    return found


def bodies_of(card: Resource) -> dict[str, Any]:
    """The bodies that operations of CARD take."""
    name = name_of(card)
    found = {}
    if "create" in card.verbs:
        found[f"{name}Create"] = _body(f"{name}Create", examples.creation(card))
    if "update" in card.verbs:
        found[f"{name}Update"] = _body(f"{name}Update", examples.change(card))
    if card.is_changed_by_filter:
        found[f"{name}UpdateMany"] = _body(f"{name}UpdateMany", examples.change_of_many(card))
    for action in filter(has_body, card.actions):
        found[name_of_action(card, action)] = _deed_body(name_of_action(card, action), action)
    for offer in filter(has_body, card.offers):
        for parent in offer.parents:
            title = name_of_offer(RESOURCES[parent], offer)
            found[title] = _deed_body(title, offer)
    for summary in filter(has_body, card.summaries):
        title = name_of_summary(card, summary)
        found[title] = _deed_body(f"{title}Request", summary)
    return found


def _deed_body(title: str, deed: Action | Offer | Summary) -> dict[str, Any]:
    is_required = deed.body is not None and any(one.required for one in deed.body().fields.values())
    return _body(title, examples.deed(deed), is_required=is_required)


# ---- verbs


def _index(card: Resource) -> Operation:
    asked = [*parameters.of_page(card), *parameters.of_record(card), *parameters.of_past(card)]
    asked += STREAM if card.is_feed else []
    past = (410,) if card.has_trash else ()
    shown = f"{name_of(card)}{'Feed' if card.is_feed else 'Page'}"
    return {
        **_start(
            card, "index", f"List {card.type}", card.about + lines.ABOUT + (_STREAM if card.is_feed else "")
        ),
        "parameters": [*asked, *_known(card)],
        "responses": {"200": ref("responses", shown)} | _unchanged(card) | answers(*_READING, *past),
    }


def _known(card: Resource) -> list[Any]:
    """What a list of CARD is asked by to be sent only where it has changed."""
    return [KNOWN] if card.is_noted else []


def _unchanged(card: Resource) -> dict[str, Any]:
    """The answer to who has a list of CARD already."""
    return {"304": {"description": "Nothing has changed.", "headers": LIST_ETAG}} if card.is_noted else {}


_STREAM = (
    f" With `Accept: {streams.MEDIA_TYPE}`, a stream of server-sent events, each with its number as its id: "
    "first those behind Last-Event-ID or `after`, then what comes. A stream takes no other parameters but "
    "`until`."
)


def _create(card: Resource) -> Operation:
    return {
        **_start(card, "create", f"Make one of {card.type}", card.about),
        "parameters": [*parameters.of_record(card), ONCE],
        "requestBody": ref("requestBodies", f"{name_of(card)}Create"),
        "responses": {"201": ref("responses", f"{name_of(card)}Created")} | answers(*_WRITING),
    }


def _show(card: Resource) -> Operation:
    return {
        **_start(card, "show", f"Show one of {card.type}", card.about),
        "parameters": [*parameters.of_record(card), *parameters.of_past(card), KNOWN],
        "responses": {"200": ref("responses", name_of(card)), "304": _KNOWN}
        | answers(*_READING, 404, *((410,) if card.has_trash else ())),
    }


_KNOWN = {"description": "The client has it.", "headers": ETAG}


def _update(card: Resource) -> Operation:
    return {
        **_start(card, "update", f"Change one of {card.type}", card.about),
        "parameters": [*parameters.of_record(card), ONCE, CONDITION],
        "requestBody": ref("requestBodies", f"{name_of(card)}Update"),
        "responses": {"200": ref("responses", f"{name_of(card)}Changed")} | answers(*_WRITING, 412),
    }


def _of_many(card: Resource) -> list[tuple[str, str, Operation]]:
    return [(card.path, "patch", _change_many(card))] if card.is_changed_by_filter else []


def _change_many(card: Resource) -> Operation:
    names = ", ".join(f"`{action.name}`" for action in card.actions if action.is_for_many)
    about = (
        f"Change all that the filters find, of what you may read: set attributes, or do an action ({names}) "
        f"that `meta` names, with its own attributes there. At least one filter is required. Up to {AT_ONCE} "
        "are changed at once: all of them or, where one is refused, none; `meta.failed` is its id then. More "
        "are changed by a job, which tells what it could not do."
    )
    done = answer("They are changed.", ref("schemas", "ManyChanged"), examples.many_changed())
    job = answer("A job changes them.", ref("schemas", "JobDocument"), examples.document(RESOURCES["jobs"]))
    return {
        **_start(card, "update_many", f"Change many of {card.type}", about),
        "parameters": [
            *parameters.of_filters(card),
            *(ref("parameters", name) for name in ("dry-run", "prefer")),
            ONCE,
        ],
        "requestBody": ref("requestBodies", f"{name_of(card)}UpdateMany"),
        "responses": {
            "200": done | {"headers": REPLAYED},
            "202": job | {"headers": LOCATION | CONTENT_LOCATION | PREFERENCE | REPLAYED},
            "204": {"description": "They are changed.", "headers": PREFERENCE | REPLAYED},
        }
        | answers(*_WRITING),
    }


def _delete(card: Resource) -> Operation:
    return {
        **_start(card, "delete", f"Delete one of {card.type}", card.about),
        "parameters": [ref("parameters", "force"), ONCE, CONDITION],
        "responses": {"204": _nothing("It is gone.")} | answers(*_READING, 404, 409, 412, 422),
    }


def _nothing(about: str) -> dict[str, Any]:
    return {"description": about, "headers": REPLAYED}


def _restore(card: Resource) -> Operation:
    about = "Take the record out of the trash, with all that went there with it."
    return {
        **_start(card, "restore", f"Restore one of {card.type}", about),
        "parameters": [*parameters.of_record(card), ONCE, CONDITION],
        "responses": {"200": ref("responses", f"{name_of(card)}Changed")} | answers(*_WRITING, 412),
    }


# ---- actions and offers


def _deed(card: Resource, action: Action, method: str, *, is_first: bool) -> Operation:
    """The operation of ACTION by METHOD; the first at its path bears its plain name."""
    name = action.name if is_first else f"{action.name}.{method.lower()}"
    operation = _start(card, name, f"{action.name.capitalize()} one of {card.type}", action.about)
    leased = [LEASE] if "lease_token" in card.every_attribute else []
    operation["parameters"] = [*parameters.of_record(card), ONCE, CONDITION, *leased]
    if method not in BODILESS:
        operation["requestBody"] = ref("requestBodies", name_of_action(card, action))
    if action.gives:
        given = {"202": ref("responses", f"{name_of(RESOURCES[action.gives])}Begun")}
    else:
        given = {"200": ref("responses", f"{name_of(card)}Changed")}
    return operation | {"responses": given | answers(*_WRITING, 412)}


def _offer(card: Resource, offer: Offer, parent: Resource, method: str, *, is_first: bool) -> Operation:
    """The operation at a path of PARENT that gives a record of CARD, or none."""
    name = offer.name if is_first else f"{offer.name}.{method.lower()}"
    operation = _start(parent, name, f"{offer.name.capitalize()} of one of {parent.type}", offer.about)
    operation["parameters"] = [
        *(parameters.of_filters(card) if offer.is_filtered else []),
        *parameters.of_record(card),
        KNOWN if offer.is_read else ONCE,
    ]
    if method not in BODILESS:
        operation["requestBody"] = ref("requestBodies", name_of_offer(parent, offer))
    if offer.is_read:
        given = {"200": ref("responses", f"{name_of(card)}Told"), "204": {"description": "There is none."}}
        return operation | {"responses": given | {"304": _KNOWN} | answers(*_READING, 404)}
    given = {"200": ref("responses", f"{name_of(card)}Offered"), "204": _nothing("There is none.")}
    return operation | {"responses": given | answers(*_WRITING)}


# ---- the past, and figures


def _history(card: Resource) -> Operation:
    events = RESOURCES["events"]
    about = "The events of the record, in order: every version it had, who made it, and with which words."
    return {
        **_start(card, "history", f"Show the history of one of {card.type}", about),
        "parameters": [*parameters.of_page(events), *parameters.of_record(events)],
        "responses": {"200": ref("responses", f"{name_of(events)}Page")} | answers(*_READING, 404),
    }


def _difference(card: Resource) -> Operation:
    told = answer("What changed.", ref("schemas", "Difference"), examples.difference())
    return {
        **_start(
            card, "difference", f"Compare two versions of one of {card.type}", "What changed between them."
        ),
        "parameters": VERSIONS,
        "responses": {"200": told} | answers(*_READING, 404, 410),
    }


def _summary(card: Resource, summary: Summary) -> Operation:
    title = name_of_summary(card, summary)
    words = summary.name.replace("/", " ")
    operation = _start(card, summary.name.replace("/", "."), f"{words} of one of {card.type}", summary.about)
    given = {"200": ref("responses", title)}
    if summary.body is None:
        return operation | {"responses": given | answers(*_READING, 404)}
    operation["requestBody"] = ref("requestBodies", title)
    operation["parameters"] = [ONCE] if summary.changes else []
    if summary.is_by_job:
        operation["parameters"] = [ref("parameters", "prefer"), *operation["parameters"]]
        document = answer(
            "A job does it.", ref("schemas", f"{title}Document"), examples.summary(card, summary)
        )
        given["202"] = document | {"headers": LOCATION | PREFERENCE | REPLAYED}
    return operation | {"responses": given | answers(*_WRITING)}


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
        operation["description"] = about + lines.ABOUT
    is_many = not isinstance(link, ToOne)
    return operation | {
        "parameters": [*asked, *(_known(target) if is_many else [])],
        "responses": {"200": ref("responses", shown)}
        | (_unchanged(target) if is_many else {})
        | answers(*_READING, 404),
    }


def _relationship(card: Resource, link: Link) -> dict[str, Operation]:
    target = target_of(link)
    shown = f"{name_of(target)}Link{'' if isinstance(link, ToOne) else 's'}Document"
    document = answer("The identifiers.", ref("schemas", shown), examples.linkage(card, link))
    asked, same, tagged = [], {}, document
    if not isinstance(link, ToOne):
        asked, same = [*parameters.of_page(target), *_known(target)], _unchanged(target)
        tagged = document | {"headers": LIST_ETAG}
    about = f"The identifiers of what {link.name} leads to."
    return {
        "get": {
            **_start(card, f"relationships.{link.name}.show", f"Identify {link.name}", about),
            "parameters": [*asked, *parameters.of_linkage(card, link)],
            "responses": {"200": tagged} | same | answers(*_READING, 404),
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
        told = {"200": document | {"headers": REPLAYED}}
    else:
        data, told = {"type": "array", "items": reference}, {}
        about = "Always refused: links are set from the other side, when a record is made."
    schema = {"type": "object", "required": ["data"], "properties": {"data": data}}
    name = f"relationships.{link.name}.{verb}"
    return {
        **_start(card, name, f"{verb.title()} {link.name}", about),
        "parameters": [ONCE],
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
    """A page of CARD, or all of it by lines. That of a feed is also how histories are answered: no lines."""
    name = name_of(card)
    page = answer(f"A page of {card.type}.", ref("schemas", f"{name}Page"), examples.page(card))
    page["content"] |= {} if card.is_feed else lines.content(card)
    page |= {"headers": LIST_ETAG} if card.is_noted else {}
    return page | {"links": _links(card, "/data/0/id")}


def _created(card: Resource) -> dict[str, Any]:
    made = answer("It is made.", ref("schemas", f"{name_of(card)}Document"), examples.document(card))
    return made | {"headers": LOCATION | ETAG | REPLAYED, "links": _links(card, "/data/id")}


def _feed_answer(card: Resource, page: dict[str, Any]) -> dict[str, Any]:
    """PAGE, or the whole by lines, or a stream of events, whose `data` are records of CARD."""
    stream = {
        "schema": {"type": "string"},
        "x-data": ref("schemas", name_of(card)),
        "example": examples.stream(card),
    }
    return page | {"content": page["content"] | lines.content(card) | {streams.MEDIA_TYPE: stream}}


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
