"""Answers, as dicts with exactly one of `result` and `error`; knows nothing of how calls run."""

from typing import Any

from rpc.codes import INTERNAL_ERROR, INVALID_REQUEST, PARSE_ERROR
from rpc.methods import Fault

Answer = dict[str, Any]  # {"jsonrpc": "2.0", "result" or "error": ..., "id": ...}


def success(value: Any, id: Any) -> Answer:
    """The answer carrying VALUE, untouched: JSON-able, or ready-made JSON that its writer knows."""
    return {"jsonrpc": "2.0", "result": value, "id": id}


def refusal(code: int, message: str, data: Any = None, id: Any = None) -> Answer:
    """The answer carrying an error. DATA of None is left out; ID is None where no call can be named."""
    error = {"code": code, "message": message}
    if data is not None:
        error["data"] = data
    return {"jsonrpc": "2.0", "error": error, "id": id}


def refused(fault: Fault, id: Any = None) -> Answer:
    """The answer that tells FAULT, word for word."""
    return refusal(fault.code, fault.message, fault.data, id)


def parse_error() -> Answer:
    """The answer to bytes that are not JSON, for whoever parses them."""
    return refusal(PARSE_ERROR, "Parse error")


def invalid_request() -> Answer:
    """The answer to what is no call. Its id is null even where one could be read.

    The specification names Invalid Request among the cases where the id was not detected.
    """
    return refusal(INVALID_REQUEST, "Invalid Request")


def over_limit(limit: int) -> Answer:
    """The one answer to a batch of more than LIMIT calls, of which none is run."""
    return refusal(INVALID_REQUEST, "Batch size limit exceeded", {"batch_limit": limit})


def cancelled(id: Any, failed: int | None = None) -> Answer:
    """The answer to a call of which nothing is kept, since another failed. Source: the Dataset API.

    FAILED is the number of that other, from 0, in a batch of which all is undone.
    """
    if failed is None:
        message = "Batch execution cancelled due to previous error"
        return refusal(INTERNAL_ERROR, message, {"cancelled": True}, id)
    message = "Batch undone: another call of it failed"
    return refusal(INTERNAL_ERROR, message, {"cancelled": True, "failed_call": failed}, id)
