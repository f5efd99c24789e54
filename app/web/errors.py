"""From a problem to an error document (https://jsonapi.org/format/1.1/#errors).

JSON:API's, and that of all that has no format of its own: files, health, the contract, what is nowhere.
"""

from collections.abc import Callable
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
from app.web.routing import MethodNotAllowed, PathUnknown
from workflow.errors import Refused

MEDIA_TYPE = "application/vnd.api+json"


class Unsupported(Exception):
    """The body is of a media type that is not read here."""


class NotAcceptable(Exception):
    """The client takes no media type that is written here."""


class Unsatisfiable(Exception):
    """Nothing of the range that is asked for is there. SIZE is how many bytes are."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the range begins behind the end: there are {size} bytes")
        self.size = size


STATUS: dict[type[Problem], int] = {
    BadQuery: 400,
    BadHeader: 400,
    Malformed: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    RelatedNotFound: 404,
    Conflict: 409,
    Gone: 410,
    PreconditionFailed: 412,
    Invalid: 422,
    Overloaded: 503,
    Unavailable: 503,
    OutcomeUnknown: 503,
}
TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    410: "Gone",
    412: "Precondition failed",
    415: "Unsupported media type",
    416: "Range not satisfiable",
    422: "Invalid",
    503: "Not now",
}
_SOURCE: dict[type[Problem], str] = {BadQuery: "parameter", BadHeader: "header", Unauthenticated: "header"}
_HEADERS: dict[int, dict[str, str]] = {
    401: {"WWW-Authenticate": "Bearer"},
    503: {"Retry-After": "1"},
}


def error_response(request: Request, error: Exception) -> Response:
    """The answer to ERROR. Raises what is no failure to be told, but a fault of ours."""
    if isinstance(error, Problem):
        return _problem(request, error)
    describe = _OTHERS.get(type(error))
    if describe is None:
        raise error
    status, code, source, headers = describe(error)
    described = _error(request, status, code, TITLES[status], str(error), source)
    if isinstance(error, Refused) and error.step is not None:
        described["meta"] = {"wf_step": error.step}
    return _response(request, status, [described], headers)


def _problem(request: Request, problem: Problem) -> Response:
    status = STATUS[type(problem)]
    kind = _SOURCE.get(type(problem), "pointer")
    errors = []
    for fault in problem.faults:
        source = {kind: fault.pointer} if fault.pointer is not None else None
        error = _error(request, status, fault.code, TITLES[status], fault.detail, source)
        if problem.meta:
            error["meta"] = dict(problem.meta)
        if problem.about:
            error["links"] = {"type": problem.about}
        errors.append(error)
    return _response(request, status, errors, {})


def _error(
    request: Request, status: int, code: str, title: str, detail: str, source: Any = None
) -> dict[str, Any]:
    error = {
        "id": request.state.request_id,
        "status": str(status),
        "code": code,
        "title": title,
        "detail": detail,
    }
    return error | ({"source": source} if source else {})


def _response(
    request: Request, status: int, errors: list[dict[str, Any]], headers: dict[str, str]
) -> Response:
    content = msgspec.json.encode({"jsonapi": {"version": "1.1"}, "errors": errors})
    headers = {"Vary": "Accept, Authorization", **_HEADERS.get(status, {}), **headers}
    return Response(content, status, headers, media_type=MEDIA_TYPE)


Description = tuple[int, str, dict[str, str] | None, dict[str, str]]  # status, code, source, headers

_OTHERS: dict[type[Exception], Callable[[Any], Description]] = {
    Refused: lambda error: (409, error.code, None, {}),
    PathUnknown: lambda error: (404, "not_found", None, {}),
    MethodNotAllowed: lambda error: (405, "method_not_allowed", None, {"Allow": ", ".join(error.allowed)}),
    Unsupported: lambda error: (415, "media_type_unsupported", {"header": "Content-Type"}, {}),
    NotAcceptable: lambda error: (406, "not_acceptable", {"header": "Accept"}, {}),
    Unsatisfiable: lambda error: (
        416,
        "range_not_satisfiable",
        {"header": "Range"},
        {"Content-Range": f"bytes */{error.size}", "Accept-Ranges": "bytes"},
    ),
}
