"""The command line: `python -m bench`, also `make bench ARGS='--quick'`."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench import profiling, report, rounds
from bench.data import OUT, Filled, filled
from bench.measures import MEASURES
from bench.rounds import Pace
from bench.same import Different

LEAST_ENTRIES = 2_000  # so that a page is full
RESULTS = Path(__file__).parent / "results"
FULL = Pace(rounds=7, warm_seconds=0.5, seconds=2.0)
QUICK = Pace(rounds=1, warm_seconds=0.05, seconds=0.2)

HELP = """Measure Postil on SQLite, side by side with two other programs, on the same data and packages.

The **obvious** program is what a good developer writes in an afternoon: ORM objects, one session and one
commit a request, marshmallow-jsonapi's dump. The **floor** is the least Python that sends Postil's bytes:
no key, no check, no framework. All three are started as servers of their own and must first give the same
answers. Then they are measured in turn, round after round (postil, obvious, floor, postil, ...), so that
whatever else the machine does strikes all alike: trust the ratios, not the absolute figures. Where there
are two cores, the server has one and the load the other.

The measures are **page** (1,000 of 100,000 entries, two statuses, sorted, one client), **record** (one
entry by its id, 16 clients) and **create** (one annotation, durable, 16 clients). The table has medians
over the rounds; "postil is" gives how many times as many requests Postil answers as that contender, and in
brackets the least and the most of any one round. All of it is kept as JSON in bench/results, of quick runs
in bench/out.

Try: `python -m bench --quick`, then `python -m bench --measure page --rounds 5`, then `python -m bench
--profile page`.
"""

cli = App(name="python -m bench", help=HELP, help_format="markdown", version_flags=[])


@cli.default
def main(
    *,
    rounds: Annotated[int | None, Parameter(help=f"Rounds: {FULL.rounds}; with --quick 1.")] = None,
    measure: Annotated[
        list[str] | None, Parameter(help=f"One of {', '.join(MEASURES)}, or several. All by default.")
    ] = None,
    entries: Annotated[int, Parameter(help="How many entries there are, 2,000 at least.")] = 100_000,
    quick: Annotated[
        bool, Parameter(negative="", help="A look, to see that all runs; its figures say little.")
    ] = False,
    profile: Annotated[
        str | None, Parameter(help="Print where Postil's time goes in this measure, and no more.")
    ] = None,
    results: Annotated[Path | None, Parameter(help="Folder of the JSON.")] = None,
) -> None:
    """Measure Postil side by side with two other programs."""
    names = list(dict.fromkeys(measure or MEASURES))
    _check_names([*names, *([profile] if profile else [])])
    if entries < LEAST_ENTRIES or (rounds is not None and rounds < 1):
        sys.exit(f"bench: give {LEAST_ENTRIES:,} entries and 1 round, or more")
    console = Console(stderr=True)
    with _progress(console) as progress:
        data = _filled(entries, progress)
        if not profile:
            pace = QUICK if quick else FULL
            pace = replace(pace, rounds=rounds or pace.rounds)
            result = report.result_of(_run(names, data, pace, progress), data, pace)
    if profile:
        profiling.profile(profile, data, OUT)
        return
    Console().print(report.table_of(result))
    name = "sqlite" if names == list(MEASURES) else "-".join(names)
    path = (results or (OUT if quick else RESULTS)) / f"{name}.json"
    report.keep(result, path)
    console.print(f"kept in {path}")


def _check_names(names: list[str]) -> None:
    if unknown := set(names) - MEASURES.keys():
        known = ", ".join(MEASURES)
        sys.exit(f"bench: there is no measure {', '.join(sorted(unknown))}: it is one of {known}")


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


def _filled(entries: int, progress: Progress) -> Filled:
    task = progress.add_task(f"filling a database with {entries:,} entries", total=entries)
    data = filled(entries, lambda count: progress.update(task, completed=count))
    progress.update(task, completed=entries)
    return data


def _run(names: list[str], data: Filled, pace: Pace, progress: Progress) -> dict[str, rounds.Rounds]:
    task = progress.add_task("", total=rounds.steps_of(names, pace) + 1)

    def told(step: str) -> None:
        progress.update(task, description=step, advance=1)

    try:
        found = rounds.run(names, data, pace, told, OUT)
    except (Different, RuntimeError) as error:
        progress.stop()
        sys.exit(f"bench: {error}")
    progress.update(task, description="measured", advance=1)
    return found


if __name__ == "__main__":
    cli()
