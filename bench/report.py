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
from rich.table import Column, Table

from bench.contenders import FLOOR, POSTIL, cores
from bench.databases import Store
from bench.load import Figures
from bench.measures import MEASURES, WEIGHTS
from bench.measures.measure import Measure
from bench.rounds import Bed, Found, Pace, Rounds, contenders_of

Result = dict[str, Any]
POSTGRESQL_SHARE = 0.6  # of what is wanted beside the floor on SQLite
_FLUSHES = 100


def result_of(found: Found, bed: Bed, pace: Pace) -> Result:
    """FOUND, with all that has to be known to read it."""
    return {
        "at": datetime.now(UTC).date().isoformat(),
        "machine": machine(bed),
        "entries": bed.data.entries,
        "rounds": pace.rounds,
        "seconds": pace.seconds,
        "contenders": {
            contender.name: contender.about
            for contender in contenders_of(list(found.measures), bed.store.name)
        },
        "measures": {
            name: _measure(MEASURES[name], rounds, bed.store.name) for name, rounds in found.measures.items()
        },
        "weights": {name: _weight(name, figures) for name, figures in found.weights.items()},
    }


def machine(bed: Bed) -> Result:
    """What the figures depend on, and no name or path."""
    return machine_of(bed.store, bed.out)


def machine_of(store: Store, out: Path) -> Result:
    """The same of databases of STORE that lie in OUT."""
    at = cores()
    return {
        "cpus": os.cpu_count(),
        "processor": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "database": store.version,
        "is_pinned": at.server is not None,  # the server to one core, the load to another
        "flush_ms": _flush_ms(out),
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


def _measure(measure: Measure, rounds: Rounds, database: str) -> Result:
    ratios = {
        contender: ratio(rounds[POSTIL.name], figures) | _wanted(measure, contender, database)
        for contender, figures in rounds.items()
        if contender != POSTIL.name
    }
    medians = {contender: medians_of(figures, measure.things) for contender, figures in rounds.items()}
    return {
        "about": measure.about,
        "thing": measure.thing,
        "medians": medians,
        "ratios": ratios,
        **({"wanted_per_second": measure.least} if measure.least else {}),
        "rounds": {
            contender: [msgspec.structs.asdict(one) for one in figures]
            for contender, figures in rounds.items()
        },
    }


def _weight(name: str, figures: Sequence[float | None]) -> Result:
    weight = WEIGHTS[name]
    known = [one for one in figures if one is not None]
    return {
        "about": weight.about,
        "unit": weight.unit,
        "wanted": weight.most,
        "median": round(median(known), 3) if known else None,
        "rounds": list(figures),
    }


def _wanted(measure: Measure, contender: str, database: str) -> Result:
    """How many times as much as CONTENDER Postil is to do, where that is said."""
    if contender not in measure.wanted:
        return {}
    is_remote = database == "postgresql" and contender == FLOOR.name
    return {"wanted": round(measure.wanted[contender] * (POSTGRESQL_SHARE if is_remote else 1), 2)}


def medians_of(figures: Sequence[Figures], things: int = 1) -> Result:
    """The medians over rounds: THINGS a script, a second; and milliseconds of a script."""
    times = {name: round(median(getattr(one, name) for one in figures), 3) for name in ("p50", "p95", "p99")}
    return {"per_second": round(median(one.per_second for one in figures) * things, 2), **times}


def ratio(ours: Sequence[Figures], theirs: Sequence[Figures]) -> Result:
    """How many times as many requests a second we answer: of the medians; least and most of any one round."""
    paired = [our.per_second / their.per_second for our, their in zip(ours, theirs, strict=True)]
    whole = median(one.per_second for one in ours) / median(one.per_second for one in theirs)
    return {"of_medians": round(whole, 3), "least": round(min(paired), 3), "most": round(max(paired), 3)}


def tables_of(result: Result) -> list[Table]:
    return [
        table
        for table, part in ((_measures(result), "measures"), (_weights(result), "weights"))
        if result[part]
    ]


def _measures(result: Result) -> Table:
    right = [
        Column(name, justify="right") for name in ("a second", "p50 ms", "p99 ms", "postil is", "wanted")
    ]
    table = Table("measure", "contender", *right, title=_title(result))
    for name, measure in result["measures"].items():
        for n, (contender, medians) in enumerate(measure["medians"].items()):
            found = measure["ratios"].get(contender)
            wanted = (found or {}).get("wanted")
            least = measure.get("wanted_per_second") if contender == POSTIL.name else None
            table.add_row(
                name if n == 0 else "",
                contender,
                f"{medians['per_second']:,.1f}",
                f"{medians['p50']:.2f}",
                f"{medians['p99']:.2f}",
                f"{found['of_medians']:.2f} x ({found['least']:.2f} to {found['most']:.2f})" if found else "",
                _verdict(wanted and f"{wanted} x", bool(found and wanted and found["of_medians"] >= wanted))
                or _verdict(least and f"{least:,}/s", bool(least and medians["per_second"] >= least)),
                end_section=n == len(measure["medians"]) - 1,
            )
    return table


def _weights(result: Result) -> Table:
    right = [Column(name, justify="right") for name in ("median", "wanted")]
    table = Table("weight", "", *right)
    for name, weight in result["weights"].items():
        found, most, unit = weight["median"], weight["wanted"], weight["unit"]
        told = "not to be had" if found is None else f"{found:g} {unit}"
        table.add_row(
            name, weight["about"], told, _verdict(f"< {most:g} {unit}", found is not None and found < most)
        )
    return table


def _verdict(wanted: str | None, is_met: bool) -> str:
    return "" if not wanted else wanted if is_met else f"[red]{wanted}[/red]"


def _title(result: Result) -> str:
    machine = result["machine"]
    return (
        f"medians of {result['rounds']} rounds, {result['entries']:,} entries; Python {machine['python']}, "
        f"{machine['database']}, {machine['cpus']} CPUs, a flush {machine['flush_ms']} ms"
    )


def keep(result: Result, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n")
