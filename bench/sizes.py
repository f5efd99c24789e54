"""How Postil's speed changes as a dataset grows: what one of 10,000 entries costs, and one of 10,000,000.

Rows are written directly, since so many creates would take days. Each size is a database and a process of its
own, on the same core, measured in turn round after round. The databases are gone in the end.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from rich.progress import Progress
from rich.table import Column, Table

from bench import data, databases
from bench.contenders import POSTIL, Started, serving
from bench.data import Filled
from bench.databases import Store
from bench.load import Figures
from bench.measures.cursor import CURSOR
from bench.measures.measure import Measure, Script, get
from bench.measures.memory import STREAM_MEMORY
from bench.measures.page import PAGE
from bench.measures.work import WORK
from bench.report import Result, medians_of
from bench.report import machine as machine_of
from bench.rounds import Bed, Pace, load_of, put_on

MOST_WORK = 300  # takes a round, and as many before it: the smallest dataset's queue must not run dry
LARGE = 1_000_000


def _statistics_of(data: Filled) -> list[Script]:
    return [[get(f"/datasets/{data.main}/statistics")]]


STATISTICS = Measure("statistics", "a dataset's statistics; 1 client", 1, _statistics_of, ("postil",))
STATISTICS_MS = 20  # at most
MEASURES = (PAGE, CURSOR, STATISTICS, WORK)


@dataclass(frozen=True)
class Sized:
    """A Postil that serves so many entries."""

    data: Filled
    started: Started


def wanted_of(entries: int) -> float:
    """How many times as long as at the least size a request may take."""
    return 1.2 if entries <= LARGE else 1.3


def result_of(
    store: Store, counts: Sequence[int], pace: Pace, progress: Progress, out: Path = databases.OUT
) -> Result:
    """The figures of datasets of so many entries, the least first. Raises RuntimeError."""
    found: dict[str, dict[int, list[Figures]]] = {
        measure.name: {count: [] for count in counts} for measure in MEASURES
    }
    with tempfile.TemporaryDirectory(dir=out, prefix="sizes-") as place, ExitStack() as running:
        sized = {}
        for count in counts:
            sized[count] = running.enter_context(_sized(store, count, Path(place), progress))
        task = progress.add_task("measuring", total=len(MEASURES) * pace.rounds * len(counts) + len(counts))
        for measure in MEASURES:
            for n in range(pace.rounds):
                for count, one in sized.items():
                    told = f"{measure.name}: round {n + 1} of {pace.rounds}, {count:,} entries"
                    progress.update(task, description=told, advance=1)
                    found[measure.name][count].append(_put_on(measure, one, pace))
        streams = {}
        for count, one in sized.items():
            progress.update(task, description=f"streaming {count:,} entries", advance=1)
            streams[count] = STREAM_MEMORY.weighed(one.started, one.data)
        bed = Bed(store, "", sized[counts[0]].data, out)
        machine = machine_of(bed)
    return {
        "machine": machine,
        "rounds": pace.rounds,
        "sizes": list(counts),
        "measures": {measure.name: _told(measure, found[measure.name], counts[0]) for measure in MEASURES},
        "stream_mebibytes": {str(count): added for count, added in streams.items()},
    }


@contextmanager
def _sized(store: Store, count: int, place: Path, progress: Progress) -> Iterator[Sized]:
    """A database of COUNT entries, and Postil on it."""
    folder = place / str(count)
    folder.mkdir()
    task = progress.add_task(f"filling in {count:,} entries", total=count)
    url, found = store.filled(
        data.for_sizes(count), lambda entries: progress.update(task, completed=entries), folder
    )
    with serving(POSTIL, url, folder) as started:
        yield Sized(replace(found, queue=found.main), started)


def _put_on(measure: Measure, sized: Sized, pace: Pace) -> Figures:
    most = MOST_WORK if measure is WORK else 0
    scripts = measure.scripts_of(sized.data)
    return put_on(
        load_of(measure, sized.started.port, scripts, pace, most), f"{sized.data.entries:,} entries"
    )


def _told(measure: Measure, figures: Mapping[int, list[Figures]], least: int) -> Result:
    base = median(one.per_second for one in figures[least])
    return {
        "about": measure.about,
        "medians": {str(count): medians_of(found) for count, found in figures.items()},
        "times_as_long": {
            str(count): round(base / median(one.per_second for one in found), 3)
            for count, found in figures.items()
            if count != least
        },
    }


def table_of(result: Result) -> Table:
    right = [Column(name, justify="right") for name in ("a second", "p50 ms", "takes", "wanted")]
    machine = result["machine"]
    title = f"medians of {result['rounds']} rounds; {machine['database']}, Python {machine['python']}"
    table = Table("measure", Column("entries", justify="right"), *right, title=title)
    for name, measure in result["measures"].items():
        for count in result["sizes"]:
            medians, times = measure["medians"][str(count)], measure["times_as_long"].get(str(count))
            limit = wanted_of(count)
            wanted = "" if times is None else _verdict(f"< {limit} x", times <= limit)
            if name == STATISTICS.name:
                wanted = _verdict(f"< {STATISTICS_MS} ms", medians["p50"] < STATISTICS_MS)
            table.add_row(
                name if count == result["sizes"][0] else "",
                f"{count:,}",
                f"{medians['per_second']:,.1f}",
                f"{medians['p50']:.2f}",
                "" if times is None else f"{times:.2f} x as long",
                wanted,
                end_section=count == result["sizes"][-1],
            )
    for count, added in result["stream_mebibytes"].items():
        told = "not to be had" if added is None else f"adds {added:g} MiB"
        wanted = _verdict(f"< {STREAM_MEMORY.most} MiB", added is not None and added < STREAM_MEMORY.most)
        table.add_row("stream", f"{int(count):,}", "", "", told, wanted)
    return table


def _verdict(wanted: str, is_met: bool) -> str:
    return wanted if is_met else f"[red]{wanted}[/red]"
