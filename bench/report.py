"""What came of a run: a table to look at, and JSON to keep. Neither says whose machine it was."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import msgspec
from pysqlite3 import dbapi2
from rich.table import Column, Table

from bench.contenders import CONTENDERS, POSTIL, cores
from bench.data import Filled
from bench.load import Figures
from bench.measures import MEASURES
from bench.rounds import Pace, Rounds

Result = dict[str, Any]
_FLUSHES = 100


def result_of(found: dict[str, Rounds], data: Filled, pace: Pace) -> Result:
    """FOUND, with all that has to be known to read it."""
    return {
        "at": datetime.now(UTC).date().isoformat(),
        "machine": machine(data.path.parent),
        "entries": data.entries,
        "rounds": pace.rounds,
        "seconds": pace.seconds,
        "contenders": {contender.name: contender.about for contender in CONTENDERS},
        "measures": {name: _measure(name, rounds) for name, rounds in found.items()},
    }


def machine(folder: Path) -> Result:
    """What the figures depend on, and no name or path. FOLDER: where the databases were."""
    at = cores()
    return {
        "cpus": os.cpu_count(),
        "processor": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "sqlite": dbapi2.sqlite_version,
        "is_pinned": at.server is not None,  # the server to one core, the load to another
        "flush_ms": _flush_ms(folder),
    }


def _flush_ms(folder: Path) -> float:
    """The median time of flushing 4 KiB to the disk that FOLDER lies on, in milliseconds."""
    path, times = folder / "flush", []
    with path.open("wb", buffering=0) as file:
        for _ in range(_FLUSHES):
            began = perf_counter()
            file.write(b"\0" * 4096)
            os.fsync(file.fileno())
            times.append((perf_counter() - began) * 1000)
    path.unlink()
    return round(median(times), 3)


def _measure(name: str, rounds: Rounds) -> Result:
    return {
        "about": MEASURES[name].about,
        "medians": {contender: _medians(figures) for contender, figures in rounds.items()},
        "ratios": {
            f"{POSTIL.name}/{contender}": ratio(rounds[POSTIL.name], figures)
            for contender, figures in rounds.items()
            if POSTIL.name in rounds and contender != POSTIL.name
        },
        "rounds": {
            contender: [msgspec.structs.asdict(one) for one in figures]
            for contender, figures in rounds.items()
        },
    }


def _medians(figures: Sequence[Figures]) -> Result:
    names = ("requests_per_second", "p50", "p95", "p99")
    return {name: round(median(getattr(one, name) for one in figures), 3) for name in names}


def ratio(ours: Sequence[Figures], theirs: Sequence[Figures]) -> Result:
    """How many times as many requests a second we answer: of the medians; least and most of any one round."""

    def rate(one: Figures) -> float:
        return one.requests_per_second

    paired = [rate(our) / rate(their) for our, their in zip(ours, theirs, strict=True)]
    whole = median(map(rate, ours)) / median(map(rate, theirs))
    return {"of_medians": round(whole, 3), "least": round(min(paired), 3), "most": round(max(paired), 3)}


def table_of(result: Result) -> Table:
    right = [Column(name, justify="right") for name in ("requests/s", "p50 ms", "p99 ms", "postil is")]
    table = Table("measure", "contender", *right, title=_title(result))
    for name, measure in result["measures"].items():
        for n, (contender, medians) in enumerate(measure["medians"].items()):
            found = measure["ratios"].get(f"{POSTIL.name}/{contender}")
            table.add_row(
                name if n == 0 else "",
                contender,
                f"{medians['requests_per_second']:,.1f}",
                f"{medians['p50']:.2f}",
                f"{medians['p99']:.2f}",
                f"{found['of_medians']:.2f} x ({found['least']:.2f} to {found['most']:.2f})" if found else "",
                end_section=n == len(measure["medians"]) - 1,
            )
    return table


def _title(result: Result) -> str:
    machine = result["machine"]
    return (
        f"medians of {result['rounds']} rounds, {result['entries']:,} entries; Python {machine['python']}, "
        f"SQLite {machine['sqlite']}, {machine['cpus']} CPUs, a flush {machine['flush_ms']} ms"
    )


def keep(result: Result, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n")
