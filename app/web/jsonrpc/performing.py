"""How a call is performed: undone where it fails, and done once for its key."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

import rpc
from app.errors import Problem
from app.operations import idempotency
from app.operations.idempotency import Answer, Key
from app.web.jsonrpc.faults import KEPT, fault_of
from app.work import Work

_FAILED = 409  # the status under which a refusal is kept; what it says is in the body


class Performed(rpc.Performer):
    """Calls in the transaction of WORK. KEYS names the key of a call by its number, where it has one."""

    def __init__(self, work: Work, keys: Callable[[int], Key | None]) -> None:
        self._work = work
        self._keys = keys

    def one(self, n: int, method: rpc.Method, run: Callable[[], Any]) -> Any:
        if method.is_read:
            return run()
        try:
            return self._once(self._keys(n), run)
        except Problem as problem:  # with the key: what a method raises is a Fault
            raise fault_of(problem) from problem

    def _once(self, key: Key | None, run: Callable[[], Any]) -> Any:
        try:
            with self._work.connection.attempt():
                if key is None:
                    return run()
                return _result(idempotency.once(self._work, key, lambda: answer_of(run())))
        except rpc.Fault as fault:
            if key and is_kept(fault):
                idempotency.keep_refusal(self._work, key, answer_of(fault))
            raise

    def many(self, n: int, method: rpc.Method, params: Sequence[Mapping[str, Any]]) -> list[Any]:
        assert method.run_many is not None
        keys = [key for at in range(n, n + len(params)) if (key := self._keys(at))]
        try:
            with self._work.connection.attempt():
                idempotency.claim(self._work, keys)
                results = method.run_many(params)
                if keys:
                    idempotency.keep_many(self._work, keys, [answer_of(result) for result in results])
        except Problem as problem:
            raise fault_of(problem) from problem
        return results


def is_kept(fault: rpc.Fault) -> bool:
    """Whether the call's key keeps FAULT: it would be the same the next time."""
    problem = fault.__cause__
    return isinstance(problem, KEPT) and problem.code not in idempotency.NEVER_KEPT


def answer_of(result: Any) -> Answer:
    """RESULT, or a Fault, as a key keeps it."""
    if isinstance(result, rpc.Fault):
        told = {"code": result.code, "message": result.message, "data": result.data}
        return Answer(_FAILED, msgspec.json.encode(told))
    return Answer(200, None if result is None else bytes(result))


def _result(answer: Answer) -> Any:
    if answer.status == _FAILED:
        return rpc.Fault(**msgspec.json.decode(answer.body or b"{}"))
    return None if answer.body is None else msgspec.Raw(answer.body)
