"""What went wrong, in texts by which Segments' clients tell failures apart: they read words, not the status.

It must not know what was asked.
"""

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
from app.formats.errors import BadMember
from app.web.errors import STATUS as STATUS_OF_OURS
from app.web.errors import Unsatisfiable, Unsupported
from app.web.routing import MethodNotAllowed, PathUnknown
from workflow.errors import Refused

# class -> status, and what its text begins with: the words that the client looks for
TABLE: dict[type[Exception], tuple[int, str]] = {
    BadQuery: (400, ""),
    BadHeader: (400, ""),
    Malformed: (400, ""),
    Invalid: (400, ""),
    BadMember: (400, ""),
    Unauthenticated: (401, "Authentication credentials were not provided, or are none of ours."),
    Forbidden: (403, "You do not have permission to perform this action."),
    NotFound: (404, "Not found."),
    RelatedNotFound: (404, "Not found."),
    PathUnknown: (404, "Not found."),
    MethodNotAllowed: (405, ""),
    Conflict: (409, ""),
    Refused: (409, ""),
    Gone: (410, ""),
    PreconditionFailed: (412, ""),
    Unsupported: (415, ""),
    Unsatisfiable: (416, ""),
    Overloaded: (503, ""),
    Unavailable: (503, ""),
    OutcomeUnknown: (503, ""),
}
assert set(STATUS_OF_OURS) <= set(TABLE)
_TAKEN = frozenset({"value_taken", "id_taken"})
_ADMINISTRATORS = frozenset({"role_not_allowed"})


def refuse(request: Request, error: Exception) -> Response:
    """The answer to ERROR. Raises what is no failure to be told, but a fault of ours."""
    if type(error) not in TABLE:
        raise error
    status, words = TABLE[type(error)]
    told: dict[str, object] = {"detail": f"{words} {_detail_of(error)}".strip()}
    if isinstance(error, Problem | Refused | BadMember):
        told["code"] = error.code
    if isinstance(error, BadMember):
        told["pointer"] = error.pointer
    elif isinstance(error, Invalid):
        told["errors"] = [
            {"pointer": one.pointer, "code": one.code, "detail": one.detail} for one in error.faults
        ]
    return Response(msgspec.json.encode(told), status, _headers(status, error), media_type="application/json")


def _detail_of(error: Exception) -> str:
    if isinstance(error, Unauthenticated | PathUnknown):
        return ""
    code = getattr(error, "code", "")
    if code in _TAKEN:
        return "It already exists: its name is that of another."
    if code in _ADMINISTRATORS:
        return f"You need to be an administrator of the organization: {error}"
    return str(error)


def _headers(status: int, error: Exception) -> dict[str, str]:
    headers = {"Vary": "Authorization"}
    if isinstance(error, MethodNotAllowed):
        return headers | {"Allow": ", ".join(error.allowed)}
    if isinstance(error, Unsatisfiable):
        return headers | {"Content-Range": f"bytes */{error.size}", "Accept-Ranges": "bytes"}
    if status == 401:
        return headers | {"WWW-Authenticate": "APIKey"}
    return headers | ({"Retry-After": "1"} if status == 503 else {})
