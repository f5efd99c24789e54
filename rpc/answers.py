"""Answers, as dicts with exactly one of `result` and `error`; knows nothing of how calls run."""

from typing import Any

from rpc.codes import INTERNAL_ERROR, INVALID_REQUEST, PARSE_ERROR

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


def cancelled(id: Any) -> Answer:
    """The answer to a call that was not run, since one before it failed. Source: the Dataset API."""
    message = "Batch execution cancelled due to previous error"
    return refusal(INTERNAL_ERROR, message, {"cancelled": True}, id)
