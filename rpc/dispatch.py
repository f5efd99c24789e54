"""Runs one checked call; knows nothing of batches.

jsonrpcserver finds the method and binds the parameters. Its parsing, its texts and its handling of crashes
are passed by: it sends the text of exceptions to clients, and echoes ids that are not JSON.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from jsonrpcserver import dispatch_to_serializable

from rpc.answers import Answer, refusal, success
from rpc.calls import Call
from rpc.codes import INTERNAL_ERROR, INVALID_PARAMS, METHOD_NOT_FOUND
from rpc.methods import Fault, Method

OnCrash = Callable[[Exception], Mapping[str, Any] | None]  # what a method raised -> what the client may see

logger = logging.getLogger(__name__)


class Outcome(NamedTuple):
    """The answer to a call, and whether a method of the table failed in it, its parameters included."""

    answer: Answer
    failed: bool


async def outcome_of(call: Call, methods: Mapping[str, Method], on_crash: OnCrash) -> Outcome:
    """The outcome of running CALL. Raises nothing but what ends the task, such as CancelledError."""
    bound: Any = dispatch_to_serializable(
        # An id always, for a notification's outcome counts too, and jsonrpcserver would drop it.
        {"method": call.method, "params": call.params, "id": call.id},
        methods,
        deserializer=_as_it_is,
        validator=_as_it_is,
    )
    if "error" in bound:
        return _refused(bound["error"]["code"], call, methods)
    return await _performed(bound["result"], call, on_crash)


async def _performed(perform: Callable[[], Awaitable[Any]], call: Call, on_crash: OnCrash) -> Outcome:
    try:
        return Outcome(success(await perform(), call.id), failed=False)
    except Fault as fault:
        return Outcome(refusal(fault.code, fault.message, fault.data, call.id), failed=True)
    except Exception as crash:
        told = _told(crash, on_crash)
        return Outcome(refusal(INTERNAL_ERROR, "Internal error", told, call.id), failed=True)


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


def log_crash(crash: Exception) -> None:
    """The hook where the caller gives none: the crash is logged, and the client is told no more."""
    logger.error("a method crashed", exc_info=crash)


def _as_it_is(value: Any) -> Any:
    return value  # parsed by the face, checked by rpc.calls
