"""How failures are told to DataGym's client, whose own classes take these members and no others.

A key that its table of messages does not know is told by `msg` alone. 500 stands for what DataGym's server
answers so: a rule of its own that was broken, and no crash of ours.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from app.errors import (
    BadHeader,
    BadQuery,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    Malformed,
    NotFound,
    OutcomeUnknown,
    Overloaded,
    PreconditionFailed,
    Problem,
    RelatedNotFound,
    Unauthenticated,
    Unavailable,
)
from app.formats.datagym_words import Refused
from app.geometry import BadGeometry
from app.web.edge import Refused as EdgeRefused
from app.web.routing import MethodNotAllowed, PathUnknown
from workflow.errors import Refused as FlowRefused

GENERIC = "gen_"  # what a key of a rule of DataGym's begins with
_OF_KEYS = {
    "validation": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "notfound": 404,
    "alreadyexists": 412,
    "already_contains": 412,
}
TABLE: Mapping[type[Problem], tuple[int, str]] = {
    BadQuery: (400, "validation"),
    BadHeader: (400, "validation"),
    Malformed: (400, "validation"),
    Invalid: (400, "validation"),
    Unauthenticated: (401, "unauthorized"),
    Forbidden: (403, "forbidden"),
    NotFound: (404, "notfound"),
    RelatedNotFound: (404, "notfound"),
    Conflict: (409, "conflict"),
    Gone: (410, "gone"),
    PreconditionFailed: (412, "precondition_failed"),
    Overloaded: (503, "unavailable"),
    Unavailable: (503, "unavailable"),
    OutcomeUnknown: (503, "outcome_unknown"),
}
_LATER = {"Retry-After": "1"}


def refuse(request: Request, error: Exception) -> Response:
    """The answer to ERROR. Raises what is no failure to be told, but a fault of ours."""
    if isinstance(error, Refused):
        return _refused(error)
    if isinstance(error, Problem):
        return _problem(request, error)
    if isinstance(error, FlowRefused | BadGeometry):
        return told(500, "gen_wrong_label_task_state", (), str(error))
    if isinstance(error, EdgeRefused):
        headers = {name.decode(): value.decode() for name, value in error.headers}
        return told(error.status, error.code, (), error.detail, headers=headers)
    if isinstance(error, PathUnknown):
        return told(404, "notfound", ("Path", "url", request.url.path), "there is nothing at this path")
    if isinstance(error, MethodNotAllowed):
        headers = {"Allow": ", ".join(error.allowed)}
        return told(405, "method_not_allowed", (), str(error), headers=headers)
    raise error


def told(
    status: int,
    key: str,
    params: Sequence[str],
    detail: str,
    details: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """What DataGym's client reads: KEY is without `ex_`."""
    body = {"key": f"ex_{key}", "params": list(params), "msg": detail, "code": status, "details": details}
    more = {"Vary": "Authorization", **(_LATER if status == 503 else {}), **(headers or {})}
    return Response(msgspec.json.encode(body), status, more, media_type="application/json")


def _refused(error: Refused) -> Response:
    status = 500 if error.key.startswith(GENERIC) else _OF_KEYS[error.key]
    details = [{"name": error.pointer, "key": f"ex_{error.key}", "msg": error.detail}]
    return told(status, error.key, error.params, str(error), details if error.pointer else ())


def _problem(request: Request, problem: Problem) -> Response:
    status, key = TABLE[type(problem)]
    if isinstance(problem, Unauthenticated) and _has_key(request):
        status, key = 403, "forbidden"  # DataGym says so of a token that it does not know
    named = list(request.scope.get("path_params", {}).values())
    params = ("Record", "id", named[-1] if named else "") if key == "notfound" else ()
    details = [
        {"name": fault.pointer or "", "key": fault.code, "msg": fault.detail} for fault in problem.faults
    ]
    return told(status, key, params, problem.detail, details if status == 400 else ())


def _has_key(request: Request) -> bool:
    return "authorization" in request.headers or bool(request.query_params.get("token"))
