"""Query parameters: every filter by every operator, orders, pages, fields and what is included."""

import rpc
from app.attributes import Attribute, Kind
from app.catalog import CARDS
from app.declare import RESOURCES, Link, OwnFilter, Resource
from app.operations.idempotency import LONGEST_KEY
from app.query import MOST_OFFSET, MOST_VALUES, PAGE_SIZE
from app.web.jsonapi.filters import LONGEST_MATCH
from app.web.jsonapi.parse import MOST_INCLUDES, MOST_SORTS
from openapi.schemas import included_by
from openapi.values import UUID, Schema, filtered, own_filtered, ref

Parameter = dict[str, object]

_MEANING = {
    "": "Equal to one of these.",
    "eq": "Equal.",
    "in": "Equal to one of these.",
    "gt": "Greater, or later.",
    "gte": "Greater, later or equal.",
    "lt": "Less, or earlier.",
    "lte": "Less, earlier or equal.",
    "match": f"Contains this text, whatever the case of ASCII letters; at most {LONGEST_MATCH} characters.",
}


def _version(name: str, about: str) -> Parameter:
    schema: Schema = {"type": "integer", "format": "int64", "minimum": 0, "maximum": 10**18 - 1}
    return {"name": name, "in": "query", "required": True, "schema": schema, "description": about}


_TAG = '(W/)?"[0-9]{1,18}-[0-9a-f]{1,16}(-zstd|-gzip)?"'
_FLAG: Schema = {"type": "string", "enum": ["true", "false", "1", "0"]}
_CURSOR: Schema = {"type": "string", "format": "cursor"}
SHARED: dict[str, Parameter] = {
    "id": {"name": "id", "in": "path", "required": True, "schema": UUID, "description": "The record's id."},
    "request-id": {
        "name": "X-Request-Id",
        "in": "header",
        "schema": {"type": "string"},
        "description": "A name for the request, up to 64 of A-Z a-z 0-9 . _ -, which the answer and the "
        "log repeat. Any other is replaced by a new one.",
    },
    "idempotency-key": {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
        "description": "A name for the change, new for each: however often it is sent, it is made once, and "
        "answered as the first time. A batch of JSON-RPC counts its calls by it.",
    },
    "mode": {
        "name": "mode",
        "in": "query",
        "schema": {"type": "string", "enum": [mode.value for mode in rpc.Mode]},
        "description": "What becomes of a batch where a call fails. stop, the default: what went before "
        "stays, the rest is cancelled; continue: each call is on its own; atomic: all or nothing.",
    },
    "dry-run": {
        "name": "dry_run",
        "in": "query",
        "schema": _FLAG,
        "description": "Every answer as it would be, and nothing is kept.",
    },
    "if-match": {
        "name": "If-Match",
        "in": "header",
        "schema": {"type": "string", "pattern": f"^[ \\t]*(\\*|{_TAG}([ \\t]*,[ \\t]*{_TAG})*)[ \\t]*$"},
        "description": "The ETag of what was read: the change is made only to this version.",
    },
    "if-none-match": {
        "name": "If-None-Match",
        "in": "header",
        "schema": {"type": "string"},
        "description": "The ETag of what the client has: 304 where it is the same.",
    },
    "postil-lease": {
        "name": "Postil-Lease",
        "in": "header",
        "schema": {"type": "string"},
        "description": "The lease's token, as `meta.lease.token` of the record tells its holder. Without it, "
        "who holds the record counts.",
    },
    "prefer": {
        "name": "Prefer",
        "in": "header",
        "schema": {"type": "string"},
        "description": "`respond-async`: 202 and a job, however little there is to do; `return=minimal`: no "
        "body where many records are changed at once (RFC 7240). Others are ignored.",
    },
    "last-event-id": {
        "name": "Last-Event-ID",
        "in": "header",
        "schema": {"type": "string"},
        "description": "Of a stream: the number of the last event that the client has. It goes before "
        "`after`.",
    },
    "until": {
        "name": "until",
        "in": "query",
        "schema": {"type": "string", "enum": ["idle"]},
        "description": "Of a stream: it ends where nothing more is there.",
    },
    "as_of": {
        "name": "as_of",
        "in": "query",
        "schema": {"type": "string", "format": "date-time"},
        "description": "Show what was there at this time, to who may see it today.",
    },
    "from": _version("from", "The version before."),
    "to": _version("to", "The version after."),
    "page.number": {
        "name": "page[number]",
        "in": "query",
        "schema": {"type": "integer", "minimum": 1, "maximum": MOST_OFFSET + 1, "default": 1},
        "description": f"The page, from 1; at most {MOST_OFFSET} records deep. Not with a cursor.",
    },
    "page.size": {
        "name": "page[size]",
        "in": "query",
        "schema": {"type": "integer", "minimum": 1, "maximum": PAGE_SIZE, "default": PAGE_SIZE},
        "description": "Records on a page.",
    },
    "page.after": {
        "name": "page[after]",
        "in": "query",
        "schema": _CURSOR,
        "allowEmptyValue": True,
        "description": "A cursor, from a link or from a record's `meta.page.cursor`: the page begins "
        "after it. Empty: at the start. Take it with the sort that it came with.",
    },
    "page.before": {
        "name": "page[before]",
        "in": "query",
        "schema": _CURSOR,
        "description": "A cursor: the page ends before it. Not with page[after].",
    },
    "count": {
        "name": "count",
        "in": "query",
        "schema": _FLAG,
        "description": "Whether to count the whole collection, into `meta.count`.",
    },
    "force": {
        "name": "force",
        "in": "query",
        "schema": {"type": "string", "enum": ["true", "false"]},
        "description": "Whether to delete it though work has been done on it, for who owns the project.",
    },
}
PAGING = ("page.number", "page.size", "page.after", "page.before", "count")


def components() -> dict[str, Parameter]:
    """The parameters of every card."""
    found = {**SHARED}
    for card in CARDS:
        found |= {f"{card.type}.{key}": one for key, one in _of_card(card).items()}
    return found


def of_page(card: Resource) -> list[Schema]:
    """What may be asked of a page of CARD, but what goes along with its records."""
    own = [ref("parameters", f"{card.type}.{key}") for key in ("sort", *_filters(card))]
    return [ref("parameters", name) for name in PAGING] + own


ONCE = ref("parameters", "idempotency-key")  # what a change is made once by
CONDITION = ref("parameters", "if-match")
KNOWN = ref("parameters", "if-none-match")
LEASE = ref("parameters", "postil-lease")
STREAM = [ref("parameters", name) for name in ("last-event-id", "until")]
VERSIONS = [ref("parameters", name) for name in ("from", "to")]


def of_past(card: Resource) -> list[Schema]:
    """What asks for how records of CARD stood."""
    return [ref("parameters", "as_of")] if card.has_trash else []


def of_filters(card: Resource) -> list[Schema]:
    return [ref("parameters", f"{card.type}.{key}") for key in _filters(card)]


def of_record(card: Resource) -> list[Schema]:
    """What may be asked of the answer: its fields, and what is included."""
    included = {one.type for path in card.include_paths for one in included_by(card, path)}
    names = [f"{card.type}.fields", *(f"{type}.fields-of" for type in sorted({card.type, *included}))]
    if card.include_paths:
        names += [f"{card.type}.include", f"{card.type}.included"]
    return [ref("parameters", name) for name in names]


def of_linkage(card: Resource, link: Link) -> list[Schema]:
    """What may be included with the identifiers of LINK, and the fields of that."""
    included = {one.type for path in _behind(card, link) for one in included_by(card, path)}
    names = [f"{type}.fields-of" for type in sorted(included)]
    names += [f"{card.type}.{name}.{link.name}" for name in ("include", "included")]
    return [ref("parameters", name) for name in names]


def _behind(card: Resource, link: Link) -> list[str]:
    return sorted(path for path in card.include_paths if path.partition(".")[0] == link.name)


def _of_card(card: Resource) -> dict[str, Parameter]:
    names = sorted([*card.attributes, *card.link_of])
    found = {"sort": _sort(card), **_filters(card)}
    found["fields"] = _list("fields", names, f"The fields of {card.type} to be sent; all by default.")
    found["fields-of"] = _list(f"fields[{card.type}]", names, f"The fields of {card.type} to be sent.")
    if card.include_paths:
        found |= _includes(sorted(card.include_paths), "")
    for link in card.links:
        found |= _includes(_behind(card, link), f".{link.name}")
    return found


def _includes(paths: list[str], tail: str) -> dict[str, Parameter]:
    about = f"What is sent along, each record once, as far as you may read it: up to {MOST_INCLUDES} paths."
    return {
        f"include{tail}": _list("include", paths, about),
        f"included{tail}": _list("included", paths, "The same as include."),
    }


def _sort(card: Resource) -> Parameter:
    names = ["id", *(one.name for one in card.attributes.values() if one.kind.is_scalar)]
    choices = [sign + name for name in names for sign in ("", "-")]
    about = "The order; a leading - is descending. The id comes last. By default: "
    about += f"{','.join(card.order) or 'id'}."
    return _list("sort", choices, about, MOST_SORTS, fewest=1)


def _list(name: str, choices: list[str], about: str, most: int | None = None, fewest: int = 0) -> Parameter:
    schema: Schema = {"type": "array", "items": {"type": "string", "enum": choices}}
    schema |= {"maxItems": most} if most else {}
    schema |= {"minItems": fewest} if fewest else {}
    return {
        "name": name,
        "in": "query",
        "style": "form",
        "explode": False,
        "schema": schema,
        "description": about,
    }


def _filters(card: Resource) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}
    for attribute in (card.every_attribute["id"], *card.attributes.values()):
        for operator in ("", *sorted(attribute.operators)):
            key = f"{attribute.name}__{operator}" if operator else attribute.name
            found[f"filter.{key}"] = _filter(f"filter[{key}]", attribute, operator)
    for own in card.filters:
        found[f"filter.{own.name}"] = _own_filter(own)
    return found


def _filter(name: str, attribute: Attribute, operator: str) -> Parameter:
    about = f"{attribute.about} {_MEANING[operator]}".strip()
    if attribute.kind is Kind.OBJECT:
        return _containing(name, attribute)
    if attribute.kind is Kind.TEXTS:
        schema: Schema = {"type": "array", "items": {"type": "string"}, "minItems": 1}
        return _query(name, schema, f"{attribute.about} Contains all of these.")
    value = filtered(attribute, operator)
    if operator not in ("", "in"):
        return _query(name, value, about)
    return _query(name, _several(value), about, explode=not attribute.kind.splits_at_commas)


def _containing(name: str, attribute: Attribute) -> Parameter:
    about = f'{attribute.about} Contains this object; {name}[city]=London asks for {{"city": "London"}}.'
    content = {"application/json": {"schema": {"type": "object"}}}
    return {"name": name, "in": "query", "content": content, "description": about}


def _own_filter(own: OwnFilter) -> Parameter:
    name, value = own.name if own.is_plain else f"filter[{own.name}]", own_filtered(own)
    if not own.takes_several:
        return _query(name, value, own.about)
    return _query(name, _several(value), own.about, explode=not own.kind.splits_at_commas)


def _several(value: Schema) -> Schema:
    return {"type": "array", "items": value, "minItems": 1, "maxItems": MOST_VALUES}


def _query(name: str, schema: Schema, about: str, *, explode: bool = True) -> Parameter:
    style = {} if explode else {"style": "form", "explode": False}
    return {"name": name, "in": "query", **style, "schema": schema, "description": about}


def target_of(link: Link) -> Resource:
    """The card of the records that LINK leads to."""
    return RESOURCES[link.type]
