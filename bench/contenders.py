"""Who is measured, and how each is started: a process of its own, on a copy of the same database."""

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

from bench.rows import OWNERS_KEY

ROOT = Path(__file__).parents[1]
PATIENCE = 30  # seconds that a process is given to start, and to stop
LISTENING = "listening on http://127.0.0.1:"


@dataclass(frozen=True)
class Contender:
    """COMMAND, in which {url} is that of the database, serves on a free port and prints LISTENING."""

    name: str
    about: str
    command: tuple[str, ...]
    databases: tuple[str, ...] = ("sqlite", "postgresql")
    settings: Mapping[str, str] = field(default_factory=dict)  # of its environment, beside those of this one


_SERVE = ("serve", "--data", "{folder}", "--database", "{url}", "--port", "0")
POSTIL = Contender("postil", "this service, as it is run", ("-m", "app", *_SERVE))
OBVIOUS = Contender(
    "obvious",
    "the same work written the obvious way on the same packages",
    ("-m", "bench.obvious", "{url}"),
    ("sqlite",),
)
FLOOR = Contender("floor", "the least Python that sends the same bytes", ("-m", "bench.floor", "{url}"))
UNRECORDED = Contender(
    "unrecorded", "this service without history and events", ("-m", "bench.unrecorded", *_SERVE)
)
CONTENDERS = {one.name: one for one in (POSTIL, OBVIOUS, FLOOR, UNRECORDED)}


@dataclass(frozen=True)
class Started:
    """A contender that serves."""

    port: int
    pid: int
    seconds_to_ready: float

    @contextmanager
    def opened(self, target: str, headers: dict[str, str]) -> Iterator[http.client.HTTPResponse]:
        """The answer to a GET of TARGET by the project's owner, to be read."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        try:
            connection.request("GET", target, headers={"Authorization": f"Bearer {OWNERS_KEY}", **headers})
            yield connection.getresponse()
        finally:
            connection.close()


@dataclass(frozen=True)
class Cores:
    """Where the servers run and where the load does; None: wherever they may."""

    server: int | None
    load: int | None


def cores() -> Cores:
    """One core for the server and another for the load, where there are two and they can be had."""
    if not hasattr(os, "sched_getaffinity"):
        return Cores(None, None)
    mine = sorted(os.sched_getaffinity(0))
    return Cores(mine[0], mine[1]) if len(mine) > 1 else Cores(None, None)


@contextmanager
def kept_on(core: int | None) -> Iterator[None]:
    """Processes started within run on CORE, with all their threads."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def serving(contender: Contender, url: str, folder: Path) -> Iterator[Started]:
    """CONTENDER as it serves the database at URL, until the end. FOLDER takes its files and what it logs."""
    told = folder / "stderr.txt"
    command = [sys.executable, *(part.format(folder=folder, url=url) for part in contender.command)]
    began = perf_counter()
    with told.open("wb") as stderr, kept_on(cores().server):
        process: Any = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | contender.settings,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    try:
        line = process.stdout.readline()
        if not line.startswith(LISTENING):
            raise RuntimeError(f"{contender.name} did not start: {line}{told.read_text()[-2000:]}")
        port = int(line.removeprefix(LISTENING))
        if contender.name in (POSTIL.name, UNRECORDED.name):
            _await_ready(port, began)
        yield Started(port, process.pid, round(perf_counter() - began, 3))
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
        process.kill()
        process.communicate()


def _await_ready(port: int, began: float) -> None:
    status = 0
    while status != 200 and perf_counter() - began < PATIENCE:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.request("GET", "/health/ready")
        status = connection.getresponse().status
        connection.close()
        if status != 200:
            sleep(0.01)
    if status != 200:
        raise RuntimeError(f"a Postil that serves says that it is not ready: {status}")
