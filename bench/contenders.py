"""Who is measured, and how each is started: a process of its own, on a copy of the same database."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATIENCE = 30  # seconds that a process is given to start, and to stop
LISTENING = "listening on http://127.0.0.1:"


@dataclass(frozen=True)
class Contender:
    """COMMAND, in which {folder} is that of the database, serves on a free port and prints LISTENING."""

    name: str
    about: str
    command: tuple[str, ...]


POSTIL = Contender(
    "postil", "this service, as it is run", ("-m", "app", "serve", "--data", "{folder}", "--port", "0")
)
OBVIOUS = Contender(
    "obvious",
    "the same work written the obvious way on the same packages",
    ("-m", "bench.obvious", "{folder}/postil.db"),
)
FLOOR = Contender(
    "floor", "the least Python that sends the same bytes", ("-m", "bench.floor", "{folder}/postil.db")
)
CONTENDERS = (POSTIL, OBVIOUS, FLOOR)


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
def serving(contender: Contender, folder: Path, core: int | None) -> Iterator[int]:
    """The port on which CONTENDER serves the database in FOLDER, until the end."""
    told = folder / "stderr.txt"
    command = [sys.executable, *(part.format(folder=folder) for part in contender.command)]
    with told.open("wb") as stderr, kept_on(core):
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=stderr, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith(LISTENING):
            raise RuntimeError(f"{contender.name} did not start: {line}{told.read_text()[-2000:]}")
        yield int(line.removeprefix(LISTENING))
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
        process.kill()
        process.communicate()
