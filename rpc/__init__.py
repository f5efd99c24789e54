"""JSON-RPC 2.0 over any method table; knows the protocol alone: no HTTP, no SQL, nothing of what methods do.

Source: https://www.jsonrpc.org/specification. Calls may come from anywhere that has parsed JSON, and
answers are dicts for whoever writes JSON.
"""

from rpc.answers import Answer, parse_error, refusal
from rpc.batches import Batch, Progress, Undone, answer
from rpc.calls import UNSET, Call
from rpc.codes import (
    AUTHENTICATION,
    CONFLICT,
    FORBIDDEN,
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    NOT_FOUND,
    PARSE_ERROR,
)
from rpc.methods import Fault, Method, Run, RunMany
from rpc.rules import Mode, OnCrash, Performer, Rules

__all__ = [
    "AUTHENTICATION",
    "CONFLICT",
    "FORBIDDEN",
    "INTERNAL_ERROR",
    "INVALID_PARAMS",
    "INVALID_REQUEST",
    "METHOD_NOT_FOUND",
    "NOT_FOUND",
    "PARSE_ERROR",
    "UNSET",
    "Answer",
    "Batch",
    "Call",
    "Fault",
    "Method",
    "Mode",
    "OnCrash",
    "Performer",
    "Progress",
    "Rules",
    "Run",
    "RunMany",
    "Undone",
    "answer",
    "parse_error",
    "refusal",
]
