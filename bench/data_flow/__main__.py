"""The command line: `python -m bench.data_flow`, also `make bench-data ARGS='--quick'`."""

import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter
from rich.console import Console

from bench import databases, report
from bench.data_flow import readme
from bench.data_flow.run import FULL, NAMES, QUICK, run
from bench.readme import RESULTS

HELP = f"""Measure how data comes into Postil, goes out, and is relabelled: jobs of one process, from outside.

The measures are {", ".join(NAMES)}. Where there are two cores, the server has one; CPU seconds are those of
its process, so that a busy machine makes them differ less than seconds. On SQLite an export stands beside
what the driver reads and a JSON library writes of the same rows, and no more than that. A whole run fills
1,000,000 entries, and 1,000,000 annotations, directly, needs 10 GB for it, and takes a quarter of an hour.

Results are kept in bench/results/data.json, those of quick or partial runs in bench/out.
"""

cli = App(name="python -m bench.data_flow", help=HELP, help_format="markdown", version_flags=[])


@cli.default
def main(
    *,
    database: Annotated[Literal["sqlite", "postgresql"], Parameter(help="Which database it has.")] = "sqlite",
    measure: Annotated[list[str] | None, Parameter(help="One of those above, or several; all.")] = None,
    quick: Annotated[
        bool, Parameter(negative="", help="A look, to see that all runs; its figures say nothing.")
    ] = False,
    rounds: Annotated[int | None, Parameter(help="Of imports and of exports.")] = None,
    entries: Annotated[int | None, Parameter(help="Of the dataset that is full.")] = None,
    annotations: Annotated[int | None, Parameter(help="That are exported and relabelled.")] = None,
    out: Annotated[Path, Parameter(help="Where databases are made.")] = databases.OUT,
    results: Annotated[Path | None, Parameter(help="Folder of the JSON.")] = None,
) -> None:
    """Measure data in and out."""
    names = list(dict.fromkeys(measure or NAMES))
    if unknown := set(names) - set(NAMES):
        sys.exit(f"bench: there is no measure {', '.join(sorted(unknown))}: it is one of {', '.join(NAMES)}")
    size = QUICK if quick else FULL
    asked = {"rounds": rounds, "entries": entries, "annotations": annotations}
    size = replace(size, **{name: number for name, number in asked.items() if number is not None})
    is_whole = set(names) == set(NAMES) and size == FULL
    console = Console(stderr=True)
    try:
        with databases.opened(database, out) as store:
            found = {
                "at": datetime.now(UTC).date().isoformat(),
                "machine": report.machine_of(store, out),
                "measures": run(names, store, size, out, console.print),
            }
    except RuntimeError as error:
        sys.exit(f"bench: {error}")
    Console().print("\n".join(readme.lines_of({database: found})), markup=False)
    path = (results or (RESULTS if is_whole else databases.OUT)) / readme.NAME
    report.keep(readme.results_in(path) | {database: found}, path)
    console.print(f"kept in {path}")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *given: sys.exit(143))  # so that what was started is ended
    cli()
