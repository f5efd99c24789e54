"""Writes the README's table of figures from what is kept in bench/results: `python -m bench.readme`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from bench.contenders import ROOT

RESULTS = Path(__file__).parent / "results"
TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
BEGIN, END = "<!-- figures: make bench -->", "<!-- end of figures -->"

Result = dict[str, Any]


def main() -> None:
    """Put the table in place of the one that is there."""
    put(BEGIN, table_of(results_in(RESULTS)), ROOT / "README.md")


def put(begin: str, table: str, path: Path) -> None:
    """Put TABLE between the mark BEGIN of the file at PATH and the END behind it."""
    before, _, rest = path.read_text().partition(begin)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{begin}\n{table}{END}{after}")


def results_in(folder: Path) -> dict[str, Result]:
    """What is kept, by the database."""
    return {
        name: msgspec.json.decode((folder / f"{name}.json").read_bytes())
        for name in TITLES
        if (folder / f"{name}.json").exists()
    }


def table_of(results: dict[str, Result]) -> str:
    """A line a measure: on each database Postil's figure, its ratio to the others, what is wanted."""
    if not results:
        return ""
    first = next(iter(results.values()))
    heads = [f"{TITLES[name]} | beside | wanted" for name in results]
    lines = [f"| measure | {' | '.join(heads)} |", f"|---|{'---|' * 3 * len(results)}"]
    for name, measure in first["measures"].items():
        cells = [" | ".join(_cells(result["measures"][name])) for result in results.values()]
        lines.append(f"| {measure['about']} | {' | '.join(cells)} |")
    for name, weight in first["weights"].items():
        found = [result["weights"][name] for result in results.values()]
        told = [f"{_weighed(one)} | | < {one['wanted']:g} {one['unit']}" for one in found]
        lines.append(f"| {weight['about']} | {' | '.join(told)} |")
    return "\n".join(["", *lines, "", *_notes(results), ""])


def _cells(measure: Result) -> tuple[str, str, str]:
    rate = measure["medians"]["postil"]["per_second"]
    beside = [f"{ratio['of_medians']:.2f} x {other}" for other, ratio in measure["ratios"].items()]
    wanted = [
        f"{ratio['wanted']:g} x {other}" for other, ratio in measure["ratios"].items() if "wanted" in ratio
    ]
    if least := measure.get("wanted_per_second"):
        wanted.append(f"{least:,}/s")
    return f"{rate:,.0f}/s" if rate >= 100 else f"{rate:.1f}/s", ", ".join(beside), ", ".join(wanted)


def _weighed(weight: Result) -> str:
    return "-" if weight["median"] is None else f"{weight['median']:g} {weight['unit']}"


def _notes(results: dict[str, Result]) -> Iterator[str]:
    for result in results.values():
        machine = result["machine"]
        yield (
            f"{machine['database']}: medians of {result['rounds']} rounds, {result['entries']:,} entries, "
            f"Python {machine['python']}, {machine['cpus']} CPUs, {machine['flush_ms']} ms a disk flush."
        )
        yield ""


if __name__ == "__main__":
    main()
