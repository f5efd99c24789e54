"""Clients that annotate entries all the while, and know of each annotation how it was acknowledged last."""

import random
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from types import TracebackType
from typing import Any, Self

from tests.campaigns.retrying import Retrying

LABELS = ("bird", "cat")  # the second is merged in the midst
PAUSE = 0.02  # seconds between two writes

Json = dict[str, Any]


class Annotator:
    """Annotates ENTRIES, to which more may be added, in a thread of its own. A context: it ends with it.

    What is not answered is asked again with the same key, so that each write is done once. KNOWN are its
    annotations by id, as they were acknowledged. A write of a class that is gone is refused, and forgotten.
    """

    def __init__(self, port: int, key: str, name: str, entries: Sequence[str]) -> None:
        self.known: dict[str, Json] = {}
        self.writes = 0  # acknowledged
        self.entries = list(entries)
        self._client = (port, key, name)
        self._chance = random.Random(name)
        self._is_over = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()
        self.check()

    def check(self) -> None:
        """Raise what it failed with."""
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            with closing(Retrying(*self._client)) as client:
                n = 0
                while not self._is_over.is_set():
                    n += 1
                    self._change(client, n) if self.known and n % 3 == 0 else self._add(client, n)
                    time.sleep(PAUSE)
        except BaseException as error:  # told to who waits for the end
            self._failure = error

    def _add(self, client: Retrying, n: int) -> None:
        attributes = {
            "entry_id": self._chance.choice(self.entries),
            "dimensions": _box(n),
            "annotation": {"label": self._chance.choice(LABELS)},
        }
        answer = client.ask(
            "POST", "/annotations", {"data": {"type": "annotations", "attributes": attributes}}
        )
        if answer.status == 201:
            self._keep(answer.id, attributes)
        else:
            assert (answer.status, attributes["annotation"]) == (422, {"label": "cat"}), answer

    def _change(self, client: Retrying, n: int) -> None:
        id = self._chance.choice(list(self.known))
        attributes = {"dimensions": _box(n)}
        body = {"data": {"type": "annotations", "id": id, "attributes": attributes}}
        answer = client.ask("PATCH", f"/annotations/{id}", body)
        if answer.status == 200:
            self._keep(id, {**self.known[id], **attributes})
        else:
            assert (answer.status, self.known[id]["annotation"]) == (422, {"label": "cat"}), answer

    def _keep(self, id: str, attributes: Json) -> None:
        self.known[id] = attributes
        self.writes += 1


def _box(n: int) -> Json:
    return {"type": "box", "x": n % 900, "y": 1, "width": 20, "height": 30}
