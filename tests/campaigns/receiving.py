"""A receiver of webhooks: a small server of threads that notes what it is sent."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from threading import Lock
from typing import Any

from tests.app.fetching.servers import reply, serving


@dataclass(frozen=True)
class Letter:
    """What was sent to PATH: the event ID, its attributes, and whether it was accepted."""

    path: str
    id: str
    data: Any
    is_accepted: bool


# Answers a letter: whether it accepts it. It is given the handler, which has read it, and the event's id.
Manner = Callable[[BaseHTTPRequestHandler, str], bool]


def kindly(handler: BaseHTTPRequestHandler, id: str) -> bool:
    """Accept everything."""
    reply(handler, 204, b"")
    return True


class Receiver:
    """What came, in the order in which it was answered. A letter is noted before its answer is sent."""

    def __init__(self, manner: Manner) -> None:
        self.url = ""
        self._letters: list[Letter] = []
        self._manner = manner
        self._lock = Lock()

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["content-length"]))
        id, is_accepted = handler.headers["webhook-id"], False
        try:
            is_accepted = self._manner(handler, id)
        finally:
            letter = Letter(handler.path, id, json.loads(body)["data"], is_accepted)
            with self._lock:
                self._letters.append(letter)

    @property
    def count(self) -> int:
        return len(self._letters)

    @property
    def letters(self) -> list[Letter]:
        with self._lock:
            return list(self._letters)


@contextmanager
def receiving(manner: Manner = kindly) -> Iterator[Receiver]:
    receiver = Receiver(manner)
    with serving(receiver, is_held_back=True) as port:
        receiver.url = f"http://127.0.0.1:{port}"
        yield receiver
