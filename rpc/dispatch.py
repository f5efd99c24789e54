"""Runs checked calls; knows nothing of batches.

jsonrpcserver finds the method of a single call and binds its parameters. Its parsing, its texts and its
handling of crashes are passed by: it sends the text of exceptions to clients, and echoes ids that are not
JSON.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from jsonrpcserver import dispatch_to_serializable

from rpc.answers import Answer, refusal, refused, success
from rpc.calls import Call
from rpc.codes import INTERNAL_ERROR, INVALID_PARAMS, METHOD_NOT_FOUND
from rpc.methods import Fault, Method
from rpc.rules import OnCrash, Rules, log_crash

logger = logging.getLogger(__name__)


class Outcome(NamedTuple):
    """The answer to a call, and whether a method of the table failed in it, its parameters included."""

    answer: Answer
    failed: bool
    fault: Fault | None = None  # what the method raised or gave


def outcome_of(n: int, call: Call, methods: Mapping[str, Method], rules: Rules) -> Outcome:
    """The outcome of running CALL, the batch's number N. Raises nothing but what RULES let pass."""
    bound: Any = dispatch_to_serializable(
        # An id always, for a notification's outcome counts too, and jsonrpcserver would drop it.
        {"method": call.method, "params": call.params, "id": call.id},
        methods,
        deserializer=_as_it_is,
        validator=_as_it_is,
    )
    if "error" in bound:
        return _refused(bound["error"]["code"], call, methods)
    try:
        result = rules.performer.one(n, methods[call.method], bound["result"])
    except Fault as fault:
        return Outcome(refused(fault, call.id), True, fault)
    except rules.passing:
        raise
    except Exception as crash:
        told = _told(crash, rules.on_crash)
        return Outcome(refusal(INTERNAL_ERROR, "Internal error", told, call.id), failed=True)
    if isinstance(result, Fault):
        return Outcome(refused(result, call.id), True, result)
    return Outcome(success(result, call.id), failed=False)


def outcomes_of(n: int, calls: Sequence[Call], method: Method, rules: Rules) -> list[Outcome] | None:
    """The outcomes of CALLS of one method, run together; None where they have to be run one by one."""
    try:
        results = rules.performer.many(n, method, [dict(call.params) for call in calls])
    except Fault:
        return None
    except rules.passing:
        raise
    except Exception as crash:
        _told(crash, rules.on_crash)
        return None
    return [
        Outcome(success(result, call.id), failed=False) for result, call in zip(results, calls, strict=True)
    ]


def _refused(code: int, call: Call, methods: Mapping[str, Method]) -> Outcome:
    if code == METHOD_NOT_FOUND:
        return Outcome(refusal(code, "Method not found", id=call.id), failed=False)
    if code == INVALID_PARAMS:
        return Outcome(refusal(code, _positions_allowed(methods[call.method]), id=call.id), failed=True)
    # A failure of jsonrpcserver itself: its words are an exception's.
    return Outcome(refusal(INTERNAL_ERROR, "Internal error", id=call.id), failed=True)


def _positions_allowed(method: Method) -> str:
    if not method.names:
        return "Invalid params: parameters go by name"
    return f"Invalid params: positions are {', '.join(method.names)}"


def _told(crash: Exception, on_crash: OnCrash) -> Mapping[str, Any] | None:
    try:
        return on_crash(crash)
    except Exception:
        # The answers of the calls before this one must not be lost with the report of it.
        logger.exception("on_crash failed")
        log_crash(crash)
        return None


def _as_it_is(value: Any) -> Any:
    return value  # parsed by the face, checked by rpc.calls
