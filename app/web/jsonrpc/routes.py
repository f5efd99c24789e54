"""The endpoints: `/annotations/_rpc` and its like for one resource, `/_rpc` with dotted names for all."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

import rpc
from app.declare import RESOURCES, Resource
from app.errors import (
    BadHeader,
    BadQuery,
    Invalid,
    Malformed,
    OutcomeUnknown,
    Overloaded,
    Unauthenticated,
    Unavailable,
)
from app.json import parse as parse_json
from app.web.edge import Refused, read_body
from app.web.jsonrpc import running
from app.web.jsonrpc.faults import UNAVAILABLE
from app.web.jsonrpc.running import Asked
from app.web.request_keys import key_of
from app.web.routing import Entry
from app.web.service import Service

LARGEST_BODY = 16 << 20  # bytes
MEDIA_TYPES = frozenset({"application/json", "application/json-rpc", "application/vnd.api+json"})
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_UNSUPPORTED = {"code": "media_type_unsupported"}
_MOST_NODES = 2_000_000  # values in a whole batch; its bytes bound it sooner


def routes_of(path: str, service: Service) -> list[Entry]:
    """The endpoints below PATH: one a resource, and one for all."""
    places = [(None, f"{path}/_rpc"), *((card, f"{path}{card.path}/_rpc") for card in RESOURCES.values())]
    return [Entry("POST", at, partial(_answer, service, card, at), refuse) for card, at in places]


async def _answer(service: Service, card: Resource | None, at: str, request: Request) -> Response:
    media_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media_type not in MEDIA_TYPES:
        return _refusal(415, rpc.refusal(rpc.INVALID_REQUEST, "send application/json", _UNSUPPORTED))
    actor = await service.keys.actor_of(request.headers)
    mode, is_dry = _mode_of(request)
    body = await read_body(request.scope, request.receive, LARGEST_BODY)
    try:
        calls = parse_json(body, _MOST_NODES)
    except (Malformed, Invalid) as error:
        return _json(rpc.parse_error() if error.code == "json_invalid" else _malformed(error))
    address = f"{service.public_url}{at}"
    asked = Asked(actor, request.state.request_id, address, mode, is_dry, key_of(request, body))
    answer = await running.answer(service, card, calls, asked)
    return Response(status_code=204) if answer is None else _json(answer)


def _mode_of(request: Request) -> tuple[rpc.Mode, bool]:
    """The mode that the query names, and whether nothing is to be kept. Raises BadQuery."""
    mode, is_dry = rpc.Mode.STOP, False
    given = request.query_params.multi_items()
    for name, value in given:
        if len([one for one, _ in given if one == name]) > 1:
            raise BadQuery(f"{name} is given twice", name, code="parameter_duplicate")
        if name == "mode":
            try:
                mode = rpc.Mode(value)
            except ValueError:
                raise BadQuery("mode is stop, continue or atomic", name) from None
        elif name == "dry_run":
            if value not in _FLAGS:
                raise BadQuery("dry_run is true or false", name)
            is_dry = _FLAGS[value]
        else:
            raise BadQuery(f"{name} is no parameter of this endpoint", name, code="parameter_unknown")
    return mode, is_dry


def refuse(request: Request, error: Exception) -> Response:
    """The answer to a failure at the level of HTTP."""
    if isinstance(error, Unauthenticated):
        answer = rpc.refusal(rpc.AUTHENTICATION, error.detail, {"code": error.code})
        return _refusal(401, answer, {"WWW-Authenticate": "Bearer"})
    if isinstance(error, Overloaded | Unavailable | OutcomeUnknown):
        answer = rpc.refusal(UNAVAILABLE, error.detail, {"code": error.code})
        return _refusal(503, answer, {"Retry-After": "1"})
    if isinstance(error, Refused) and error.status in (413, 415):
        answer = rpc.refusal(rpc.INVALID_REQUEST, error.detail, {"code": error.code})
        return _refusal(error.status, answer, {n.decode(): value.decode() for n, value in error.headers})
    if isinstance(error, BadHeader | BadQuery):
        return _json(rpc.refusal(rpc.INVALID_REQUEST, error.detail, {"code": error.code}))
    raise error


def _malformed(error: Malformed | Invalid) -> Any:
    return rpc.refusal(rpc.INVALID_REQUEST, error.detail, {"code": error.code})


def _refusal(status: int, answer: Any, headers: Mapping[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(answer), status, headers, media_type="application/json")


def _json(answer: Any) -> Response:
    return Response(msgspec.json.encode(answer), media_type="application/json")
