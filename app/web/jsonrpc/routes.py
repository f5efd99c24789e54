"""The endpoints: `/annotations/_rpc` and its like for one resource, `/_rpc` with dotted names for all."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response

import rpc
from app.declare import RESOURCES, Resource
from app.errors import (
    BadHeader,
    Invalid,
    Malformed,
    OutcomeUnknown,
    Overloaded,
    Problem,
    Unauthenticated,
    Unavailable,
)
from app.web.edge import read_body
from app.web.json import parse as parse_json
from app.web.jsonrpc.callers import Caller
from app.web.jsonrpc.faults import UNAVAILABLE, fault_of
from app.web.jsonrpc.methods import Run, methods_of
from app.web.request_keys import key_of
from app.web.routing import Entry
from app.web.service import Service
from workflow.errors import Refused

LARGEST_BODY = 16 << 20  # bytes
MEDIA_TYPES = frozenset({"application/json", "application/json-rpc", "application/vnd.api+json"})
_MOST_NODES = 2_000_000  # values in a whole batch; its bytes bound it sooner

log = structlog.get_logger("postil.rpc")


def routes_of(path: str, service: Service) -> list[Entry]:
    """The endpoints below PATH: one a resource, and one for all."""
    entries = [Entry("POST", f"{path}/_rpc", partial(_answer, service, None), refuse)]
    for card in RESOURCES.values():
        entries.append(Entry("POST", f"{path}{card.path}/_rpc", partial(_answer, service, card), refuse))
    return entries


async def _answer(service: Service, card: Resource | None, request: Request) -> Response:
    media_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media_type not in MEDIA_TYPES:
        return _refusal(415, rpc.refusal(rpc.INVALID_REQUEST, "send application/json"))
    actor = await service.keys.actor_of(request.headers)
    body = await read_body(request.scope, request.receive, LARGEST_BODY)
    try:
        calls = parse_json(body, _MOST_NODES)
    except (Malformed, Invalid) as error:
        return _json(rpc.parse_error() if error.code == "json_invalid" else _malformed(error))
    key = key_of(request, body)
    caller = Caller(service, actor, request.state.request_id, key, is_batch=isinstance(calls, list))
    answer = await rpc.answer(
        calls, _Methods(caller, card), limit=service.batch_limit, on_crash=partial(_on_crash, caller)
    )
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

    def __iter__(self) -> Iterator[str]:
        cards = [self._card] if self._card else RESOURCES.values()
        return (
            f"{'' if self._card else card.type + '.'}{name}" for card in cards for name in methods_of(card)
        )

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _method(card: Resource | None, name: str) -> tuple[Resource, Run]:
    """The method that NAME names. Raises KeyError."""
    if card is None:
        type, _, name = name.partition(".")
        card = RESOURCES[type]
    return card, methods_of(card)[name]


async def _guarded(caller: Caller, card: Resource, run: Run, params: Mapping[str, Any]) -> Any:
    """What RUN gives; its failures as faults that the client is told."""
    try:
        result = await run(caller, card, dict(params))
    except (Problem, Refused) as error:
        raise fault_of(error) from error
    if card.key_scope == "admin":
        caller.service.keys.forget()
    return result


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
        answer = rpc.refusal(UNAVAILABLE, error.detail, {"code": error.code})
        return _refusal(503, answer, {"Retry-After": "1"})
    if isinstance(error, BadHeader):
        return _json(rpc.refusal(rpc.INVALID_REQUEST, error.detail, {"code": error.code}))
    raise error


def _malformed(error: Malformed | Invalid) -> Any:
    return rpc.refusal(rpc.INVALID_REQUEST, error.detail, {"code": error.code})


def _refusal(status: int, answer: Any, headers: Mapping[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(answer), status, headers, media_type="application/json")


def _json(answer: Any) -> Response:
    return Response(msgspec.json.encode(answer), media_type="application/json")
