"""Answers a JSON-RPC body, one call or many; knows nothing of what methods do, and reads no bytes."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from rpc.answers import Answer, cancelled, invalid_request, over_limit
from rpc.calls import UNSET, read
from rpc.dispatch import OnCrash, log_crash, outcome_of
from rpc.methods import Method


class Mode(Enum):
    """What becomes of the calls of a batch after a failure."""

    STOP = "stop"
    CONTINUE = "continue"


async def answer(
    body: Any,
    methods: Mapping[str, Method],
    *,
    limit: int,
    mode: Mode = Mode.STOP,
    on_crash: OnCrash = log_crash,
) -> Answer | list[Answer] | None:
    """The answer to BODY, a parsed JSON value: one, a list of them, or None where nothing is to be said.

    Calls run one after the other, and are answered in their order. LIMIT is in calls; a longer batch, or an
    empty one, gets one refusal and nothing is run. ON_CRASH is handed what a method raised that is no Fault;
    what it gives becomes `error.data`, all that the client hears. Raises nothing but what ends the task.

    In Mode.STOP the first failure of a method stops the batch: a Fault, a crash, or parameters that do not
    fit (-32602), of a notification too. The calls after it are not run, and are answered as cancelled;
    notifications among them stay silent. An item that reached no method stops nothing, for nothing was
    begun: what is no call (-32600), and an unknown method (-32601). What is no call is told so after a stop
    too; an unknown method is then cancelled like any call. Sources: the specification's mixed batch, whose
    last call succeeds after one of each, and the Dataset API's `batch_failure` of "stop".
    """
    if not isinstance(body, list):
        answers = await _answers([body], methods, mode, on_crash)
        return answers[0] if answers else None
    if not body:
        return invalid_request()
    if len(body) > limit:
        return over_limit(limit)
    return await _answers(body, methods, mode, on_crash) or None


async def _answers(
    items: list[Any], methods: Mapping[str, Method], mode: Mode, on_crash: OnCrash
) -> list[Answer]:
    answers, stopped = [], False
    for item in items:
        call = read(item)
        if call is None:
            answers.append(invalid_request())
            continue
        if stopped:
            reply = cancelled(call.id)
        else:
            reply, failed = await outcome_of(call, methods, on_crash)
            stopped = failed and mode is Mode.STOP
        if call.id is not UNSET:
            answers.append(reply)
    return answers
