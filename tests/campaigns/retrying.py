"""Clients that repeat what was not answered, with the same Idempotency-Key, until it is."""

import random
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from tests.campaigns.serving import Answer, Caller, Lost

MOST_TRIES = 3000  # ten minutes
QUICK_TRIES = 10  # after which the server seems to be away
# "Not now", in a status or in an answer of a batch: it is asked again as if nothing had come.
_NOT_NOW = (b'"idempotency_in_progress"', b'"overloaded"', b'"unavailable"', b'"outcome_unknown"')


class Reading(Caller):
    """A caller that reads again where its connection, which was idle for long, has been closed."""

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        try:
            return super().ask(method, path, body, headers)
        except Lost:
            if method != "GET":
                raise
            return super().ask(method, path, body, headers)


class Retrying:
    """Speaks for the holder of KEY to the server at PORT; NAME is no other client's.

    Without HAS_KEYS it repeats blindly: what a client does that knows no keys.
    """

    def __init__(self, port: int, key: str, name: str, *, has_keys: bool = True) -> None:
        self.lost = 0  # tries without an answer
        self.replayed = 0  # answers that were of an earlier try
        self.asked: Counter[str] = Counter()  # requests by method, each once
        self._caller = Caller(port, key)
        self._name = name
        self._has_keys = has_keys

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer, however often it takes to get one."""
        self.asked[method] += 1
        key = {"Idempotency-Key": f"{self._name}-{self.asked.total()}"} if self._has_keys else {}
        for n in range(MOST_TRIES):
            try:
                answer = self._caller.ask(method, path, body, {**(headers or {}), **key})
            except Lost:
                self.lost += 1
                time.sleep(0.2 if n > QUICK_TRIES else 0)
                continue
            if not any(code in answer.body for code in _NOT_NOW):
                self.replayed += "idempotency-replayed" in answer.headers
                return answer
            time.sleep(random.uniform(0.002, 0.02))
        raise AssertionError(f"{method} {path} was not answered")

    def close(self) -> None:
        self._caller.close()
