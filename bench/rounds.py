"""Runs the measures: every contender in turn, round after round, so that a slow minute strikes all alike."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import msgspec
from pysqlite3 import dbapi2

from bench.contenders import CONTENDERS, ROOT, Contender, cores, kept_on, serving
from bench.data import Filled
from bench.load import Figures, Load
from bench.measures import MEASURES
from bench.same import check

Told = Callable[[str], None]  # what is being done, told before each step


@dataclass(frozen=True)
class Pace:
    """How often and how long a contender is measured."""

    rounds: int
    warm_seconds: float
    seconds: float


Rounds = dict[str, list[Figures]]  # contender -> what each round gave


def steps_of(names: Sequence[str], pace: Pace, contenders: Sequence[Contender] = CONTENDERS) -> int:
    """How many times `run` tells of a step."""
    return len(contenders) + len(names) * (1 + pace.rounds * len(contenders))


def run(
    names: Sequence[str],
    data: Filled,
    pace: Pace,
    told: Told,
    out: Path,
    contenders: Sequence[Contender] = CONTENDERS,
) -> dict[str, Rounds]:
    """What the measures of NAMES give. Raises Different, RuntimeError.

    OUT is where the contenders' databases lie meanwhile: on a disk, or a create would not be durable.
    """
    with tempfile.TemporaryDirectory(dir=out, prefix="run-") as place, ExitStack() as running:
        folders = {contender.name: Path(place) / contender.name for contender in contenders}
        ports = {}
        for contender in contenders:
            told(f"starting {contender.name}")
            folder = folders[contender.name]
            data.copy_to(folder)
            ports[contender.name] = running.enter_context(serving(contender, folder, cores().server))
        found = {name: _measured(name, data, pace, told, ports) for name in names}
        running.close()
        for name, rounds in found.items():
            _check_kept(name, data, folders, rounds)
        return found


def _measured(name: str, data: Filled, pace: Pace, told: Told, ports: dict[str, int]) -> Rounds:
    measure = MEASURES[name]
    requests = measure.requests_of(data)
    told(f"{name}: comparing answers")
    check(measure, requests, ports)
    rounds: Rounds = {contender: [] for contender in ports}
    for n in range(pace.rounds):
        for contender, port in ports.items():
            told(f"{name}: round {n + 1} of {pace.rounds}, {contender}")
            texts = [request.decode() for request in requests]
            load = Load(port, measure.clients, texts, measure.status, pace.warm_seconds, pace.seconds)
            rounds[contender].append(_put_on(load, contender))
    return rounds


def _put_on(load: Load, contender: str) -> Figures:
    """What LOAD gives, run by a process of its own."""
    with kept_on(cores().load):
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.load"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    answer, why = process.communicate(msgspec.json.encode(load))
    if process.returncode:
        raise RuntimeError(f"{contender}: {why.decode()}")
    return msgspec.json.decode(answer, type=Figures)


def _check_kept(name: str, data: Filled, folders: dict[str, Path], rounds: Rounds) -> None:
    """Raise RuntimeError where a contender has not kept all that it said it had."""
    if not (table := MEASURES[name].table):
        return
    before = _count(data.path, table)
    for contender, figures in rounds.items():
        kept = _count(folders[contender] / "postil.db", table) - before
        told = sum(one.answered for one in figures)
        if kept < told:
            raise RuntimeError(f"{contender} answered {told} creates and kept {kept}")


def _count(path: Path, table: str) -> int:
    connection = dbapi2.connect(str(path))
    try:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    finally:
        connection.close()
