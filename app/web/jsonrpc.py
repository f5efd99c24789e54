"""JSON-RPC 2.0 over every card: `/annotations/_rpc` and its like, and `/_rpc` with dotted names.

The protocol is `rpc`'s; here stand the methods, and what their failures are called.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response

import rpc
from app.attributes import is_id
from app.declare import RESOURCES, Action, Resource
from app.errors import (
    BadQuery,
    Conflict,
    Fault,
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    OutcomeUnknown,
    Overloaded,
    Problem,
    RelatedNotFound,
    Unauthenticated,
    Unavailable,
)
from app.operations import reading, records
from app.web.action_bodies import read_body_of
from app.web.edge import read_body
from app.web.json import parse as parse_json
from app.web.routing import Entry
from app.web.schemas import asserted, read_attributes
from app.web.service import Service
from app.web.template import Template, Write, member, object_of
from app.work import Actor, Work
from workflow.errors import Refused

LARGEST_BODY = 16 << 20  # bytes
_MOST_NODES = 2_000_000  # values in a whole batch; its bytes bound it sooner
VERBS = ("show", "create", "update", "delete")
MEDIA_TYPES = frozenset({"application/json", "application/json-rpc", "application/vnd.api+json"})
UNAVAILABLE = -32030

CODES: Mapping[type[Problem], int] = {
    BadQuery: rpc.INVALID_PARAMS,
    Malformed: rpc.INVALID_PARAMS,
    Invalid: rpc.INVALID_PARAMS,
    Unauthenticated: rpc.AUTHENTICATION,
    Forbidden: rpc.FORBIDDEN,
    NotFound: rpc.NOT_FOUND,
    RelatedNotFound: rpc.NOT_FOUND,
    Conflict: rpc.CONFLICT,
    Overloaded: UNAVAILABLE,
    Unavailable: UNAVAILABLE,
    OutcomeUnknown: UNAVAILABLE,
}

log = structlog.get_logger("postil.rpc")

Params = dict[str, Any]
Run = Callable[["Caller", Resource, Params], Awaitable[Any]]


@dataclass(frozen=True)
class Caller:
    """Who calls, and what with."""

    service: Service
    actor: Actor
    request_id: str


def routes_of(path: str, service: Service) -> list[Entry]:
    """The endpoints below PATH: one a resource, and one for all."""
    entries = [Entry("POST", f"{path}/_rpc", partial(_answer, service, None), refuse)]
    for card in RESOURCES.values():
        entries.append(Entry("POST", f"{path}{card.path}/_rpc", partial(_answer, service, card), refuse))
    return entries


def methods_of(card: Resource) -> dict[str, Run]:
    """The methods of CARD, by name."""
    runs: dict[str, Run] = {"show": _show, "create": _create, "update": _update, "delete": _delete}
    found = {name: runs[name] for name in VERBS if name in card.verbs}
    return found | {action.name: partial(_act, action) for action in card.actions}


async def _answer(service: Service, card: Resource | None, request: Request) -> Response:
    media_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media_type not in MEDIA_TYPES:
        return _refusal(415, rpc.refusal(rpc.INVALID_REQUEST, "send application/json"))
    caller = Caller(service, await service.keys.actor_of(request.headers), request.state.request_id)
    body = await read_body(request.scope, request.receive, LARGEST_BODY)
    try:
        calls = parse_json(body, _MOST_NODES)
    except (Malformed, Invalid) as error:
        return _json(rpc.parse_error() if error.code == "json_invalid" else _malformed(error))
    methods = _Methods(caller, card)
    answer = await rpc.answer(calls, methods, limit=service.batch_limit, on_crash=partial(_on_crash, caller))
    return Response(status_code=204) if answer is None else _json(answer)


class _Methods(Mapping[str, rpc.Method]):
    """The methods that a caller may name, bound to the caller when they are looked up."""

    def __init__(self, caller: Caller, card: Resource | None) -> None:
        self._caller = caller
        self._card = card
        self._bound: dict[str, rpc.Method] = {}

    def __getitem__(self, name: str) -> rpc.Method:
        if name not in self._bound:
            card, run = _method(self._card, name)
            self._bound[name] = rpc.Method(partial(_guarded, self._caller, card, run))
        return self._bound[name]

    def __iter__(self) -> Any:
        cards = [self._card] if self._card else RESOURCES.values()
        return (
            f"{'' if self._card else card.type + '.'}{name}" for card in cards for name in methods_of(card)
        )

    def __len__(self) -> int:
        return sum(1 for _ in self)


@lru_cache(1024)
def _known(card: Resource) -> dict[str, Run]:
    return methods_of(card)


def _method(card: Resource | None, name: str) -> tuple[Resource, Run]:
    """The method that NAME names. Raises KeyError."""
    if card is None:
        type, _, name = name.partition(".")
        card = RESOURCES[type]
    return card, _known(card)[name]


async def _guarded(caller: Caller, card: Resource, run: Run, params: Mapping[str, Any]) -> Any:
    """What RUN gives; its failures as faults that the client is told."""
    try:
        result = await run(caller, card, dict(params))
        if card.key_scope == "admin":
            caller.service.keys.forget()
        return result
    except Refused as error:
        raise rpc.Fault(rpc.CONFLICT, error.detail, {"code": error.code}) from error
    except Problem as error:
        raise _fault(error) from error


def _fault(problem: Problem) -> rpc.Fault:
    errors = [_described(fault) for fault in problem.faults]
    return rpc.Fault(CODES[type(problem)], problem.detail, {"code": problem.code, "errors": errors})


def _described(fault: Fault) -> dict[str, Any]:
    described = {"code": fault.code, "detail": fault.detail}
    return described | ({"pointer": _pointer(fault.pointer)} if fault.pointer is not None else {})


def _pointer(pointer: str) -> str:
    """POINTER into a JSON:API document as one into the parameters, which lie flat."""
    if pointer.startswith("/data/relationships/"):
        return f"/params/{pointer.removeprefix('/data/relationships/')}_id"
    for start in ("/data/attributes", "/data"):
        if pointer.startswith(start):
            return "/params" + pointer.removeprefix(start)
    return pointer


async def _show(caller: Caller, card: Resource, params: Params) -> Any:
    id = _take_id(card, params)
    _refuse_more(params)
    flat = flat_of(card)

    def job(work: Work) -> Any:
        return flat.of(reading.show(work, card, id, flat.fields))

    return await caller.service.database.read(caller.actor, job)


async def _create(caller: Caller, card: Resource, params: Params) -> Any:
    own_id = {"id": _own_id(params.pop("id"))} if params.get("id") is not None else {}
    params.pop("id", None)
    values = read_attributes(card, params, is_partial=False, at="/params")
    missing = [link.key for link in card.parents.values() if card.attributes[link.key].is_required]
    if faults := [_missing(name) for name in missing if values.get(name) is None]:
        raise Invalid(*faults)

    def job(work: Work) -> Any:
        made = records.create(work, card, values | own_id)
        return flat_of(card).of_record(made.row, made.meta)

    return await caller.service.database.write(caller.actor, job)


async def _update(caller: Caller, card: Resource, params: Params) -> Any:
    id = _take_id(card, params)
    assertions, changeable = asserted(card, params, "/params")
    values = read_attributes(card, changeable, is_partial=True, at="/params")

    def job(work: Work) -> Any:
        return flat_of(card).of_record(records.update(work, card, id, dict(values), tuple(assertions)))

    return await caller.service.database.write(caller.actor, job)


async def _delete(caller: Caller, card: Resource, params: Params) -> Any:
    id = _take_id(card, params)
    is_forced = params.pop("force", False)
    _refuse_more(params)
    if not isinstance(is_forced, bool):
        raise Invalid(Fault("attribute_invalid", "force is true or false", "/params/force"))
    await caller.service.database.write(
        caller.actor, lambda work: records.delete(work, card, id, is_forced=is_forced)
    )
    return None


async def _act(action: Action, caller: Caller, card: Resource, params: Params) -> Any:
    id = _take_id(card, params)
    values = read_body_of(action.body, params, "/params")

    def job(work: Work) -> Any:
        return flat_of(card).of_record(records.act(work, card, id, action, values))

    return await caller.service.database.write(caller.actor, job)


class Flat:
    """Writes a record's id and attributes side by side, as JSON text."""

    def __init__(self, card: Resource) -> None:
        template = Template(card)
        members = [member("id", '"{id}"'), *(template.attribute(one) for one in card.attributes.values())]
        self._write: Write = template.compiled(object_of([",".join(members) + "{rest}"]), "rest")
        self.fields = template.fields

    def of(self, row: tuple[Any, ...], rest: str = "") -> msgspec.Raw:
        """The record whose `fields` are ROW; REST is the text of further members."""
        return msgspec.Raw(self._write([row], rest)[0].encode())

    def of_record(self, record: Any, meta: Mapping[str, Any] | None = None) -> msgspec.Raw:
        rest = f',"meta":{msgspec.json.encode(meta).decode()}' if meta else ""
        return self.of(tuple(getattr(record, field) for field in self.fields), rest)


@lru_cache(256)
def flat_of(card: Resource) -> Flat:
    return Flat(card)


def _take_id(card: Resource, params: Params) -> str:
    """The id among PARAMS, taken out. A malformed one is that of no record."""
    if "id" not in params:
        raise Invalid(_missing("id"))
    id = params.pop("id")
    if not is_id(id):
        raise reading.not_found(card)
    return str(id).lower()


def _own_id(id: Any) -> str:
    if not is_id(id):
        raise Invalid(Fault("id_invalid", "an id made by a client is a UUID", "/params/id"))
    return str(id).lower()


def _missing(name: str) -> Fault:
    return Fault("attribute_missing", f"{name} is required", "/params")


def _refuse_more(params: Params) -> None:
    if params:
        faults = (
            Fault("attribute_unknown", f"there is no parameter {name}", f"/params/{name}") for name in params
        )
        raise Invalid(*faults)


def _on_crash(caller: Caller, error: Exception) -> dict[str, str]:
    """What a client is told of a crash: the id under which the log has the rest."""
    log.error("crash", request_id=caller.request_id, exc_info=error)
    return {"id": caller.request_id}


def refuse(request: Request, error: Exception) -> Response:
    """The answer to a failure at the level of HTTP."""
    if isinstance(error, Unauthenticated):
        answer = rpc.refusal(rpc.AUTHENTICATION, error.detail, {"code": error.code})
        return _refusal(401, answer, {"WWW-Authenticate": "Bearer"})
    if isinstance(error, Overloaded | Unavailable | OutcomeUnknown):
        return _refusal(
            503, rpc.refusal(UNAVAILABLE, error.detail, {"code": error.code}), {"Retry-After": "1"}
        )
    raise error


def _malformed(error: Malformed | Invalid) -> Any:
    return rpc.refusal(rpc.INVALID_REQUEST, error.detail, {"code": error.code})


def _refusal(status: int, answer: Any, headers: Mapping[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(answer), status, headers, media_type="application/json")


def _json(answer: Any) -> Response:
    return Response(msgspec.json.encode(answer), media_type="application/json")
