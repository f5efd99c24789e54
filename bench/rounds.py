"""Runs the measures: every contender in turn, round after round, so that a slow minute strikes all alike."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from bench import databases
from bench.contenders import (
    CONTENDERS,
    POSTIL,
    ROOT,
    UNRECORDED,
    Contender,
    Started,
    cores,
    kept_on,
    serving,
)
from bench.data import Filled
from bench.databases import Store
from bench.load import Figures, Load
from bench.measures import MEASURES, WEIGHTS
from bench.measures.measure import Measure, Script
from bench.same import check

Told = Callable[[str], None]  # what is being done, told before each step


@dataclass(frozen=True)
class Pace:
    """How often and how long a contender is measured."""

    rounds: int
    warm_seconds: float
    seconds: float


Rounds = dict[str, list[Figures]]  # contender -> what each round gave


@dataclass
class Found:
    """What a run gave, by the names of measures and weights."""

    measures: dict[str, Rounds] = field(default_factory=dict)
    weights: dict[str, list[float | None]] = field(default_factory=dict)


@dataclass(frozen=True)
class Bed:
    """A filled database at URL, of which each contender that is measured gets a copy in a folder of OUT.

    OUT is to be on a disk, or a create would not be durable.
    """

    store: Store
    url: str
    data: Filled
    out: Path = databases.OUT


def contenders_of(names: Sequence[str], database: str) -> list[Contender]:
    """Those that the measures of NAMES compare on DATABASE."""
    wanted = {one for name in names if name in MEASURES for one in MEASURES[name].contenders}
    return [one for one in CONTENDERS.values() if one.name in wanted and database in one.databases]


def steps_of(names: Sequence[str], pace: Pace, database: str) -> int:
    """How many times `run` tells of a step."""
    started = contenders_of(names, database)
    counts = [
        1 + pace.rounds * len([one for one in started if one.name in MEASURES[name].contenders])
        for name in names
        if name in MEASURES
    ]
    return len(started) + sum(counts) + pace.rounds * len([name for name in names if name in WEIGHTS])


def run(names: Sequence[str], bed: Bed, pace: Pace, told: Told) -> Found:
    """What the measures and weights of NAMES give. Raises Different, RuntimeError."""
    found = Found()
    with tempfile.TemporaryDirectory(dir=bed.out, prefix="run-") as place, ExitStack() as running:
        started, urls = {}, {}
        for contender in contenders_of(names, bed.store.name):
            told(f"starting {contender.name}")
            urls[contender.name], started[contender.name] = running.enter_context(
                _copied(contender, bed, Path(place))
            )
        for name in MEASURES:
            if name in names:
                measure = MEASURES[name]
                found.measures[name] = _measured(measure, bed, pace, told, started, urls)
        running.close()
        for name in WEIGHTS:
            if name in names:
                found.weights[name] = _weighed(name, bed, pace, told, Path(place))
    return found


@contextmanager
def _copied(contender: Contender, bed: Bed, place: Path) -> Iterator[tuple[str, Started]]:
    """CONTENDER as it serves a copy of its own, and the URL of that."""
    folder = place / contender.name
    folder.mkdir(exist_ok=True)
    url = bed.store.copy_of(bed.url, folder)
    with serving(contender, url, folder) as started:
        yield url, started


def _measured(
    measure: Measure,
    bed: Bed,
    pace: Pace,
    told: Told,
    started: Mapping[str, Started],
    urls: Mapping[str, str],
) -> Rounds:
    scripts = measure.scripts_of(bed.data)
    ports = {name: one.port for name, one in started.items() if name in measure.contenders}
    told(f"{measure.name}: comparing answers")
    check(measure, scripts, ports)
    rounds: Rounds = {contender: [] for contender in ports}
    before = {name: _counts(urls[name], measure) for name in ports}
    for n in range(pace.rounds):
        for contender, port in ports.items():
            told(f"{measure.name}: round {n + 1} of {pace.rounds}, {contender}")
            load = load_of(measure, port, scripts, pace)
            rounds[contender].append(put_on(load, contender))
    for contender, figures in rounds.items() if measure.table else ():
        answered = sum(one.answered for one in figures) * measure.things
        check_kept(contender, answered, before[contender], _counts(urls[contender], measure))
    return rounds


def load_of(measure: Measure, port: int, scripts: list[Script], pace: Pace, most: int = 0) -> Load:
    texts = [[request.decode() for request in script] for script in scripts]
    return Load(port, measure.clients, texts, measure.status, pace.warm_seconds, pace.seconds, most)


def put_on(load: Load, contender: str) -> Figures:
    """What LOAD gives, run by a process of its own. Raises RuntimeError."""
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


def _counts(url: str, measure: Measure) -> tuple[int, int]:
    """The rows that MEASURE adds to, and the events."""
    if not measure.table:
        return 0, 0
    return databases.count(url, measure.table), databases.count(url, "events")


def check_kept(contender: str, answered: int, before: tuple[int, int], after: tuple[int, int]) -> None:
    """Raise RuntimeError where CONTENDER has not kept all that it said it had, or events are amiss."""
    kept, events = (now - then for now, then in zip(after, before, strict=True))
    if kept < answered:
        raise RuntimeError(f"{contender} answered {answered} creates and kept {kept}")
    if contender == POSTIL.name and events < kept:
        raise RuntimeError(f"{contender} kept {kept} records and {events} events")
    if contender == UNRECORDED.name and events:
        raise RuntimeError(f"{contender} wrote {events} events, and should have written none")


def _weighed(name: str, bed: Bed, pace: Pace, told: Told, place: Path) -> list[float | None]:
    weight, found = WEIGHTS[name], []
    for n in range(pace.rounds):
        told(f"{name}: round {n + 1} of {pace.rounds}")
        with _copied(POSTIL, bed, place) as (_, started):
            found.append(weight.weighed(started, bed.data))
    return found
