"""From a problem to a fault that a JSON-RPC client is told."""

from collections.abc import Mapping
from typing import Any

import rpc
from app.errors import (
    BadHeader,
    BadQuery,
    Conflict,
    Fault,
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
from workflow.errors import Refused

UNAVAILABLE = -32030

CODES: Mapping[type[Problem], int] = {
    BadHeader: rpc.INVALID_PARAMS,
    BadQuery: rpc.INVALID_PARAMS,
    Malformed: rpc.INVALID_PARAMS,
    Invalid: rpc.INVALID_PARAMS,
    Unauthenticated: rpc.AUTHENTICATION,
    Forbidden: rpc.FORBIDDEN,
    NotFound: rpc.NOT_FOUND,
    RelatedNotFound: rpc.NOT_FOUND,
    Gone: rpc.NOT_FOUND,
    Conflict: rpc.CONFLICT,
    PreconditionFailed: rpc.CONFLICT,
    Overloaded: UNAVAILABLE,
    Unavailable: UNAVAILABLE,
    OutcomeUnknown: UNAVAILABLE,
}
# What an Idempotency-Key keeps of refusals: those that would be the same the next time.
KEPT = (Conflict, PreconditionFailed, Invalid, Refused)


def fault_of(problem: Problem | Refused) -> rpc.Fault:
    """What the client is told of PROBLEM."""
    if isinstance(problem, Refused):
        return rpc.Fault(rpc.CONFLICT, problem.detail, {"code": problem.code})
    errors = [_described(fault) for fault in problem.faults]
    data = {"code": problem.code, "errors": errors} | dict(problem.meta or {})
    return rpc.Fault(CODES[type(problem)], problem.detail, data)


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
