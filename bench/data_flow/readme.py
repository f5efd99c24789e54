"""Writes the README's figures of data in and out from what is kept: `python -m bench.data_flow.readme`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from bench.contenders import ROOT
from bench.readme import RESULTS, TITLES, put

NAME = "data.json"
BEGIN = "<!-- figures: make bench-data -->"

Result = Mapping[str, Any]
Line = tuple[str, str, str]  # what is measured, what came of it, what is wanted


def main() -> None:
    """Put the table in place of the one that is there."""
    put(BEGIN, "\n".join(["", *lines_of(results_in(RESULTS / NAME)), ""]), ROOT / "README.md")


def results_in(path: Path) -> dict[str, Any]:
    """What is kept at PATH, by the database."""
    found: dict[str, Any] = msgspec.json.decode(path.read_bytes()) if path.exists() else {}
    return found


def lines_of(results: Mapping[str, Result]) -> list[str]:
    """A line for each figure of each database."""
    lines = ["| measure | database | figure | wanted |", "|---|---|---|---|"]
    for name, result in results.items():
        for measure, found in result["measures"].items():
            lines += [
                f"| {told} | {TITLES[name]} | {figure} | {wanted} |"
                for told, figure, wanted in _LINES[measure](found)
            ]
    return [*lines, "", *_notes(results)]


def _manifest(found: Result) -> Iterator[Line]:
    yield (
        found["about"],
        f"{found['seconds']:.1f} s, {found['cpu']:.1f} s of CPU",
        f"{found['wanted_seconds']} s",
    )
    yield "the process meanwhile", _memory(found), f"< {found['wanted_mebibytes']} MiB"


def _growth(found: Result) -> Iterator[Line]:
    figure = f"{found['ratio']:.2f} x, {found['ratio_of_cpu']:.2f} x of CPU"
    yield found["about"], figure, f"< {found['wanted_ratio']:g} x"


def _export(found: Result) -> Iterator[Line]:
    for part in ("release", "export"):
        best = min(found["parts"][part], key=lambda one: one["seconds"])
        worst = max(found["parts"][part], key=lambda one: one["growth"] or 0)
        figure = (
            f"{found['annotations'] / best['seconds']:,.0f}/s, {best['cpu']:.1f} s of CPU, {_memory(worst)}"
        )
        yield f"{found['about']}: the {part}", figure, f"adds < {found['wanted_growth']} MiB"
    for writer, rates in found["rates"].items():
        wanted = f"{found['wanted_rate']:g} x" if writer == found["beside"] else ""
        figure = ", ".join(f"{name} {rate['cpu']:.2f} x" for name, rate in rates.items())
        yield f"beside `sqlite3` and {writer}, by CPU", figure, wanted


def _merge(found: Result) -> Iterator[Line]:
    alone, meanwhile = found["alone"], found["meanwhile"]
    for about, one in ((found["about"], meanwhile), ("the same while nothing else goes on", alone)):
        figure = f"p50 {one['p50']:.1f}, p99 {one['p99']:.1f}, worst {one['worst']:.1f} ms"
        yield about, figure, f"< {found['wanted_worst']} ms" if one is meanwhile else ""
    yield "the merge itself", f"{found['annotations'] / found['seconds']:,.0f}/s, {_memory(found)}", ""


def _memory(found: Result) -> str:
    if found["peak"] is None:
        return "memory is not told here"
    return f"{found['peak']:.0f} MiB at most, {found['growth']:.0f} more than before"


_LINES = {"manifest": _manifest, "growth": _growth, "export": _export, "merge": _merge}


def _notes(results: Mapping[str, Result]) -> Iterator[str]:
    for result in results.values():
        machine = result["machine"]
        told = f"Python {machine['python']}, {machine['cpus']} CPUs, {machine['flush_ms']} ms a disk flush"
        yield f"{machine['database']}: {told}."
        yield ""


if __name__ == "__main__":
    main()
