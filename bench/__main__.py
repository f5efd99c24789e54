"""The command line: `python -m bench`, also `make bench ARGS='--quick'`."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bench import data, databases, profiling, report, rounds, sizes
from bench.asking import Different
from bench.measures import MEASURES, NAMES
from bench.rounds import Bed, Pace

LEAST_ENTRIES = 2_000  # so that a page is full
RESULTS = Path(__file__).parent / "results"
FULL = Pace(rounds=5, warm_seconds=0.5, seconds=2.0)
QUICK = Pace(rounds=1, warm_seconds=0.05, seconds=0.2)

HELP = f"""Measure Postil side by side with other programs, on the same data and packages.

The **floor** is the least Python that sends Postil's bytes: no key, no check, no history, no framework. The
**obvious** program is what a good developer writes in an afternoon: ORM objects, one session and one commit a
request, marshmallow-jsonapi's dump (on SQLite alone). **Unrecorded** is Postil that writes no events. All are
started as servers of their own and must first give the same answers. Then they are measured in turn, round
after round (postil, floor, postil, ...), so that whatever else the machine does strikes all alike: trust the
ratios, not the absolute figures. Where there are two cores, the server has one and the load the other;
PostgreSQL, which the run starts and ends, takes what is left of both.

The measures are {", ".join(NAMES)}. The table has medians over the rounds; "postil is" gives how many times
as many requests Postil answers as that contender, and in brackets the least and the most of any one round;
"wanted" is what it should be, in red where it is less. All of it is kept as JSON in bench/results, of quick
or partial runs in bench/out. `--sizes` measures Postil alone as its dataset grows, and takes long.

Try: `python -m bench --quick`, then `python -m bench --measure page --rounds 5`, then `python -m bench
--profile page --database postgresql`.
"""

cli = App(name="python -m bench", help=HELP, help_format="markdown", version_flags=[])


@cli.default
def main(
    *,
    database: Annotated[
        Literal["sqlite", "postgresql"], Parameter(help="Which database they all use.")
    ] = "sqlite",
    rounds: Annotated[int | None, Parameter(help=f"Rounds: {FULL.rounds}; with --quick 1.")] = None,
    measure: Annotated[
        list[str] | None, Parameter(help="One of those above, or several. All by default.")
    ] = None,
    entries: Annotated[int, Parameter(help="How many entries there are, 2,000 at least.")] = 100_000,
    quick: Annotated[
        bool, Parameter(negative="", help="A look, to see that all runs; its figures say little.")
    ] = False,
    profile: Annotated[
        str | None, Parameter(help="Print where Postil's time goes in this measure, and no more.")
    ] = None,
    sizes: Annotated[
        list[int] | None,
        Parameter(help="Numbers of entries, the least first: how speed changes with size, and no more."),
    ] = None,
    results: Annotated[Path | None, Parameter(help="Folder of the JSON.")] = None,
) -> None:
    """Measure Postil side by side with other programs."""
    names = list(dict.fromkeys(measure or NAMES))
    _check_names(names, NAMES)
    _check_names([profile] if profile else [], tuple(MEASURES))
    least = min([entries, *(sizes or [])])
    if least < LEAST_ENTRIES or (rounds is not None and rounds < 1):
        sys.exit(f"bench: give {LEAST_ENTRIES:,} entries and 1 round, or more")
    pace = QUICK if quick else FULL
    pace = replace(pace, rounds=rounds or pace.rounds)
    is_whole = names == list(NAMES) and not quick
    folder = results or (RESULTS if is_whole else databases.OUT)
    try:
        if sizes:
            _measure_sizes(database, sizes, pace, folder)
            return
        with _bed(database, entries) as (bed, progress):
            if profile:
                progress.stop()
                profiling.profile(profile, bed)
                return
            result = report.result_of(_run(names, bed, pace, progress), bed, pace)
    except (Different, RuntimeError) as error:
        sys.exit(f"bench: {error}")
    _tell(report.tables_of(result))
    _keep(result, folder / f"{database}{'' if is_whole or quick else '-' + '-'.join(names)}.json")


def _check_names(names: list[str], known: tuple[str, ...]) -> None:
    if unknown := set(names) - set(known):
        sys.exit(f"bench: there is no measure {', '.join(sorted(unknown))}: it is one of {', '.join(known)}")


@contextmanager
def _bed(database: str, entries: int) -> Iterator[tuple[Bed, Progress]]:
    with databases.opened(database) as store, _progress() as progress:
        batches = data.for_measures(entries)
        total = sum(batch.entries for batch in batches)
        task = progress.add_task(f"filling a database with {total:,} entries", total=total)
        url, found = store.filled(batches, lambda count: progress.update(task, completed=count))
        progress.update(task, completed=total)
        yield Bed(store, url, found), progress


def _run(names: list[str], bed: Bed, pace: Pace, progress: Progress) -> rounds.Found:
    task = progress.add_task("", total=rounds.steps_of(names, pace, bed.store.name) + 1)

    def told(step: str) -> None:
        progress.update(task, description=step, advance=1)

    try:
        found = rounds.run(names, bed, pace, told)
    except (Different, RuntimeError):
        progress.stop()
        raise
    progress.update(task, description="measured", advance=1)
    return found


def _measure_sizes(database: str, counts: list[int], pace: Pace, folder: Path) -> None:
    with databases.opened(database) as store, _progress() as progress:
        result = sizes.result_of(store, sorted(counts), pace, progress)
    _tell([sizes.table_of(result)])
    _keep(result, folder / f"{database}-sizes.json")


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))


def _tell(tables: list[Table]) -> None:
    console = Console()
    if not console.is_terminal:  # a file, or a pipe: as wide as a README
        console = Console(width=120)
    for table in tables:
        console.print(table)


def _keep(result: report.Result, path: Path) -> None:
    report.keep(result, path)
    Console(stderr=True).print(f"kept in {path}")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *given: sys.exit(143))  # so that what was started is ended
    cli()
