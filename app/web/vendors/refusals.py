"""What went wrong, as clients are told of vendors who say nothing of it: a status, and JSON with a detail.

The bodies are ours. What differs by vendor is the scheme of authentication that a 401 names.
"""

from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app.errors import Invalid, Problem, RelatedNotFound
from app.web.errors import STATUS as STATUS_OF_OURS
from app.web.errors import Unsatisfiable
from app.web.routing import MethodNotAllowed, PathUnknown
from app.web.vendors.calls import told
from workflow.errors import Refused

# Whatever is wrong in a body is one thing to these clients.
STATUS: dict[type[Problem], int] = STATUS_OF_OURS | {Invalid: 400, RelatedNotFound: 400}


def refuse(scheme: str, request: Request, error: Exception) -> Response:
    """The answer to ERROR where keys come by SCHEME. Raises what is no failure to be told."""
    answer = partial(_answer, scheme)
    if isinstance(error, Problem):
        status = STATUS[type(error)]
        faults = [
            {"code": one.code, "detail": one.detail, "field": _field(one.pointer)} for one in error.faults
        ]
        return answer(status, {"detail": error.detail, "code": error.code, "errors": faults})
    if isinstance(error, Refused):
        return answer(409, {"detail": error.detail, "code": error.code})
    if isinstance(error, Unsatisfiable):
        response = answer(416, {"detail": str(error), "code": "range_not_satisfiable"})
        response.headers["Content-Range"] = f"bytes */{error.size}"
        return response
    if isinstance(error, PathUnknown):
        return answer(404, {"detail": "there is nothing at this path", "code": "not_found"})
    if isinstance(error, MethodNotAllowed):
        response = answer(405, {"detail": str(error), "code": "method_not_allowed"})
        response.headers["Allow"] = ", ".join(error.allowed)
        return response
    raise error


def _answer(scheme: str, status: int, body: dict[str, Any]) -> Response:
    answer = told(body, status)
    if status == 401:
        answer.headers["WWW-Authenticate"] = scheme
    if status == 503:
        answer.headers["Retry-After"] = "1"
    return answer


def _field(pointer: str | None) -> str:
    """Which field of the request POINTER means: what is below a record's attributes is a field here."""
    below = (pointer or "").removeprefix("/data")
    return below.removeprefix("/attributes").removeprefix("/relationships").strip("/")
