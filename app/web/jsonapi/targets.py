"""What each operation of a request is about (https://jsonapi.org/ext/atomic/#operation-objects)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from app.declare import RESOURCES, Link, Resource, ToMany
from app.errors import BadQuery, Forbidden, Invalid, Malformed, Problem
from app.web.jsonapi.mounts import MOUNTS, Place, plain
from app.web.jsonapi.parse import flag, split

MEMBER = "atomic:operations"


class Op(StrEnum):
    ADD = "add"
    UPDATE = "update"
    REMOVE = "remove"


_VERBS = {Op.ADD: "create", Op.UPDATE: "update", Op.REMOVE: "delete"}


class Target(NamedTuple):
    """A collection, a record by its id or local id, or LINK of a record. AT names where it was told."""

    card: Resource
    at: str = ""
    id: str | None = None
    lid: str | None = None
    link: Link | None = None
    is_forced: bool = False  # whether a record is removed though work was done on it

    @property
    def is_record(self) -> bool:
        return self.id is not None or self.lid is not None


@dataclass(frozen=True)
class Operation:
    """What is to be done to TARGET. GIVEN is the operation object as it was sent."""

    op: Op
    target: Target
    given: Mapping[str, Any]


def read(document: Any, limit: int, place: Place) -> list[Operation]:
    """The operations of DOCUMENT, at most LIMIT of them. Raises Malformed, Forbidden."""
    if not isinstance(document, dict):
        raise Malformed("the document is an object", "")
    for name in ("data", "included"):
        if name in document:
            raise Malformed(f"{name} does not go with {MEMBER}", f"/{name}")
    if MEMBER not in document:
        raise Malformed(f"the document needs {MEMBER}", "")
    given = document[MEMBER]
    if not isinstance(given, list) or not given:
        raise Malformed(f"{MEMBER} is a list of at least one operation", f"/{MEMBER}")
    if len(given) > limit:
        detail = f"at most {limit} operations are done at once: send the rest in further requests"
        raise Malformed(detail, f"/{MEMBER}", code="batch_too_large", meta={"batch_limit": limit})
    return [_read(n, one, place) for n, one in enumerate(given)]


@contextmanager
def pointing_to(n: int) -> Iterator[None]:
    """Make what is refused meanwhile point to operation N, or into it."""
    at = f"/{MEMBER}/{n}"
    try:
        yield
    except Invalid as invalid:
        faults = (replace(one, pointer=at + (one.pointer or "")) for one in invalid.faults)
        raise Invalid(*faults) from invalid
    except Problem as problem:
        problem.source = at + (problem.source or "")
        raise


def _read(n: int, given: Any, place: Place) -> Operation:
    with pointing_to(n):
        if not isinstance(given, dict):
            raise Malformed("an operation is an object", "")
        if given.get("op") not in list(Op):
            raise Malformed("op is add, update or remove", "/op" if "op" in given else "")
        op = Op(given["op"])
        target = _target(op, given, place)
        _check(op, target)
        return Operation(op, target, given)


def _check(op: Op, target: Target) -> None:
    """Raise where OP is none for TARGET."""
    if target.link:
        if op is not Op.UPDATE and not isinstance(target.link, ToMany):
            raise Malformed(
                f"{target.link.name} leads to one record: it takes update alone", "/op", code="target_unfit"
            )
    elif target.is_record is (op is Op.ADD):
        wanted = "a collection" if op is Op.ADD else "a record"
        raise Malformed(f"{op} takes {wanted}, or a relationship", target.at, code="target_unfit")
    elif _VERBS[op] not in target.card.verbs:
        detail = f"{target.card.type} takes no {op}"
        raise Forbidden(detail, "/op", code="operation_unsupported")
    if target.is_forced and (op is not Op.REMOVE or target.link):
        raise Malformed("force goes with the removal of a record", target.at, code="target_unfit")


def _target(op: Op, given: Mapping[str, Any], place: Place) -> Target:
    if "ref" in given and "href" in given:
        raise Malformed("ref and href exclude one another", "/href")
    if "ref" in given:
        return _target_of_ref(given["ref"])
    if "href" in given:
        return _target_of_href(given["href"], place)
    if op is Op.REMOVE:
        raise Malformed("remove needs a ref or an href", "")
    data = given.get("data")
    if not isinstance(data, dict):
        raise Malformed("the operation needs data: a resource object; or a ref to a relationship", "")
    return Target(_card_of(data, "/data")) if op is Op.ADD else _identified(data, "/data")


def _target_of_ref(ref: Any) -> Target:
    if not isinstance(ref, dict):
        raise Malformed("ref is an object with type and id", "/ref")
    target = _identified(ref, "/ref")
    if "relationship" not in ref:
        return target
    return target._replace(link=_link_of(target.card, ref["relationship"], "/ref/relationship"))


def _identified(given: Mapping[str, Any], at: str) -> Target:
    """The record that GIVEN names, which stands AT a place of the operation."""
    card = _card_of(given, at)
    named = [name for name in ("id", "lid") if name in given]
    for name in named:
        if not isinstance(given[name], str):
            raise Malformed(f"{name} is a string", f"{at}/{name}")
    if len(named) != 1:
        raise Malformed("a record is named by its id or by its lid", at)
    return Target(card, at, given.get("id"), given.get("lid"))


def _card_of(given: Mapping[str, Any], at: str) -> Resource:
    if "type" not in given:
        raise Malformed("type is missing", at)
    type = given["type"]
    if not isinstance(type, str):
        raise Malformed("type is a string", f"{at}/type")
    if plain(type) not in RESOURCES:
        raise Malformed("there is no such type", f"{at}/type", code="type_unknown")
    return RESOURCES[plain(type)]


def _link_of(card: Resource, name: Any, at: str) -> Link:
    if not isinstance(name, str) or name not in card.link_of:
        raise Malformed(f"{card.type} has no such relationship", at, code="relationship_unknown")
    return card.link_of[name]


def _target_of_href(href: Any, place: Place) -> Target:
    """What HREF leads to: an address as our links have it, or relative to that of the operations."""
    if not isinstance(href, str):
        raise Malformed("href is a string", "/href")
    try:
        address = urlsplit(urljoin(f"{place.base}/operations", href))
    except ValueError:
        raise Malformed("href is no address", "/href", code="href_invalid") from None
    if address[:2] != urlsplit(place.base)[:2]:
        raise Malformed("href leads to another service", "/href", code="href_invalid")
    mounts = [one.path for one in MOUNTS if address.path.startswith(f"{one.path}/")]
    path = address.path.removeprefix(max(mounts, key=len, default=""))
    type, *rest = [unquote(part) for part in path.strip("/").split("/")]
    match [RESOURCES.get(type), *rest]:
        case [Resource() as card]:
            target = Target(card, "/href")
        case [Resource() as card, str(id)]:
            target = Target(card, "/href", id)
        case [Resource() as card, str(id), "relationships", name]:
            target = Target(card, "/href", id, link=_link_of(card, name, "/href"))
        case _:
            raise Malformed(
                "href leads to no collection, record or relationship", "/href", code="href_invalid"
            )
    try:
        return target._replace(is_forced=flag(split(address.query.encode()), "force"))
    except BadQuery as error:
        raise Malformed(error.detail, "/href", code=error.code) from error
