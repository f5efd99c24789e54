"""A Postil that is measured: asked over HTTP as the project's owner, and looked at as a process.

It knows no measure. Processor times and memory are those that Linux tells (proc(5)).
"""

import http.client
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

from bench.contenders import POSTIL, Started, serving
from bench.measures.memory import forget_peak, resident
from bench.rows import OWNERS_KEY

LOOKS = 0.05  # seconds between two looks whether a job has ended
PATIENCE = 3 * 3600  # seconds that a job is given
_HEADERS = {"Authorization": f"Bearer {OWNERS_KEY}", "Content-Type": "application/vnd.api+json"}
_TICKS = os.sysconf("SC_CLK_TCK")

Attributes = dict[str, Any]


@dataclass(frozen=True)
class Cost:
    """What something took: SECONDS by the clock, CPU seconds of the process, MiB of memory.

    PEAK is the most that was resident meanwhile, GROWTH how much more that is than before; None: not told.
    """

    seconds: float
    cpu: float
    peak: float | None
    growth: float | None


class Driven:
    """STARTED as it is asked."""

    def __init__(self, started: Started) -> None:
        self.pid = started.pid
        self.port = started.port

    def get(self, path: str) -> Any:
        """The `data` of the answer."""
        return self._asked("GET", path, b"")

    def made(self, type: str, **attributes: Any) -> Any:
        """The record of TYPE that was made."""
        return self._sent("POST", f"/{type}", {"type": type, "attributes": attributes})

    def changed(self, type: str, id: str, **attributes: Any) -> Any:
        """The record as it is with its new ATTRIBUTES."""
        return self._sent("PATCH", f"/{type}/{id}", {"type": type, "id": id, "attributes": attributes})

    def acted(self, path: str, **attributes: Any) -> Any:
        """What a POST of ATTRIBUTES to PATH gives."""
        return self._sent("POST", path, {"attributes": attributes})

    def ended(self, job_id: str) -> Attributes:
        """The job once it has succeeded. Raises RuntimeError where it has not."""
        until = perf_counter() + PATIENCE
        while perf_counter() < until:
            job: Attributes = self.get(f"/jobs/{job_id}")["attributes"]
            if job["finished_at"]:
                if job["state"] != "succeeded":
                    raise RuntimeError(f"a job of Postil has {job['state']}: {job}")
                return job
            sleep(LOOKS)
        raise RuntimeError(f"a job of Postil has not ended in {PATIENCE} seconds")

    def cost_of(self, run: Callable[[], Any]) -> tuple[Any, Cost]:
        """What RUN gives, and what the process takes for it."""
        before = resident(self.pid, "VmRSS")
        is_told = before is not None and forget_peak(self.pid)
        began, cpu = perf_counter(), cpu_of(self.pid)
        given = run()
        seconds, took = perf_counter() - began, cpu_of(self.pid) - cpu
        peak = resident(self.pid, "VmHWM") if is_told else None
        growth = None if peak is None or before is None else round(max(0.0, peak - before), 1)
        return given, Cost(round(seconds, 3), round(took, 2), peak, growth)

    def _sent(self, method: str, path: str, data: Attributes) -> Any:
        return self._asked(method, path, json.dumps({"data": data}).encode())

    def _asked(self, method: str, path: str, body: bytes) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        try:
            connection.request(method, path, body, _HEADERS)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status not in (200, 201, 202):
            raise RuntimeError(f"{method} {path} was answered {answer.status}: {content[:500]!r}")
        return json.loads(content)["data"]


@contextmanager
def driven(url: str, folder: Path) -> Iterator[Driven]:
    """A Postil on the database at URL, which may fetch from this machine. FOLDER takes its files."""
    with serving(
        replace(POSTIL, settings={"POSTIL_ALLOWED_PRIVATE_HOSTS": "127.0.0.1"}), url, folder
    ) as started:
        yield Driven(started)


def cpu_of(pid: int) -> float:
    """The seconds that the process has had of all processors; 0 where that is not told."""
    path = Path(f"/proc/{pid}/stat")
    if not path.exists():
        return 0.0
    user, system = path.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / _TICKS
