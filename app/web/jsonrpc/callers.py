"""Who calls, and how a call is run: read, or written once for its key."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import msgspec

import rpc
from app.errors import Problem
from app.operations import idempotency
from app.operations.idempotency import Answer, Key
from app.web.jsonrpc.faults import KEPT, fault_of
from app.web.service import Service
from app.work import Actor, Work
from workflow.errors import Refused

_FAILED = 409  # the status under which a refusal is kept; what it says is in the body


@dataclass(frozen=True)
class Caller:
    """Who calls, what with, and the Idempotency-Key of the whole request."""

    service: Service
    actor: Actor
    request_id: str
    key: Key | None = None
    is_batch: bool = False
    numbers: Any = field(default_factory=count)  # of the calls of a batch that change something

    async def read(self, job: Callable[[Work], bytes]) -> msgspec.Raw:
        return msgspec.Raw(await self.service.database.read(self.actor, job))

    async def write(self, job: Callable[[Work], bytes | Problem | None]) -> Any:
        """What JOB gives, done once for the call's key. A problem that it gives is told, and not undone."""
        key = self._key()
        database = self.service.database
        try:
            answer = await database.write(
                self.actor, lambda work: idempotency.once(work, key, lambda: _answer(job(work)))
            )
        except KEPT as problem:
            if key and problem.code not in idempotency.NEVER_KEPT:
                refusal = _answer(problem)
                await database.write(self.actor, lambda work: idempotency.keep_refusal(work, key, refusal))
            raise
        if answer.status == _FAILED:
            raise rpc.Fault(**msgspec.json.decode(answer.body or b"{}"))
        return None if answer.body is None else msgspec.Raw(answer.body)

    def _key(self) -> Key | None:
        """The key of this call: call n of a batch has `<key>:<n>`."""
        if self.key is None or not self.is_batch:
            return self.key
        return Key(f"{self.key.text}:{next(self.numbers)}", self.key.fingerprint)


def _answer(result: bytes | Problem | Refused | None) -> Answer:
    if isinstance(result, Problem | Refused):
        fault = fault_of(result)
        told = {"code": fault.code, "message": fault.message, "data": fault.data}
        return Answer(_FAILED, msgspec.json.encode(told))
    return Answer(200, result)
