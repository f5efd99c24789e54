"""The measuring of data in and out: it runs, what it counts is right, and its table is told. Never a time."""

import json
from pathlib import Path

import pytest

from bench import databases
from bench.contenders import ROOT
from bench.data_flow import exporting, manifests, merging, plainly, readme
from bench.data_flow.__main__ import main
from bench.data_flow.driven import Cost
from bench.data_flow.run import NAMES, Size, run
from bench.readme import put

TINY = Size(items=40, entries=60, imported=20, annotations=400, rounds=1, quiet=0.05)


def test_every_measure_gives_figures_that_become_lines(tmp_path: Path) -> None:
    told: list[str] = []

    with databases.opened("sqlite", tmp_path) as store:
        found = run(NAMES, store, TINY, tmp_path, told.append)  # raises where counts are wrong

    assert tuple(found) == NAMES
    assert found["manifest"]["items"] == 40
    assert found["growth"]["entries"] == 60
    assert found["growth"]["rounds"].keys() == {"empty", "full"}
    assert found["export"]["plain"].keys() == plainly.WRITERS.keys()
    assert all(rates.keys() == {"release", "export", "both"} for rates in found["export"]["rates"].values())
    assert found["merge"]["meanwhile"]["writes"] > 0
    assert list(tmp_path.iterdir()) == []  # what was made is gone
    machine = {"database": "SQLite", "python": "3", "cpus": 2, "flush_ms": 0.1}
    kept = json.loads(json.dumps({"sqlite": {"machine": machine, "measures": found}}))
    lines = readme.lines_of(kept)
    assert sum(line.startswith("| ") for line in lines) == 1 + 2 + 1 + 2 + len(plainly.WRITERS) + 3


def test_a_table_takes_the_place_of_the_one_between_its_own_marks(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(
        "a\n<!-- figures: make bench -->\nother\n<!-- end of figures -->\nb\n" + readme.BEGIN + "\nold\n"
    )
    path.write_text(path.read_text() + "<!-- end of figures -->\nc\n")

    put(readme.BEGIN, "new\n", path)

    assert path.read_text() == (
        "a\n<!-- figures: make bench -->\nother\n<!-- end of figures -->\nb\n"
        f"{readme.BEGIN}\nnew\n<!-- end of figures -->\nc\n"
    )


def test_the_readme_has_the_marks_once() -> None:
    assert (ROOT / "README.md").read_text().count(readme.BEGIN) == 1


def test_a_measure_that_is_not_there_is_told() -> None:
    with pytest.raises(SystemExit) as exit:
        main(measure=["nothing"])

    assert str(exit.value) == (
        "bench: there is no measure nothing: it is one of manifest, growth, export, merge"
    )


def test_a_rate_is_how_many_times_as_fast_as_a_writer_the_best_round_was() -> None:
    costs = {
        "release": [Cost(4.0, 2.0, None, None), Cost(2.0, 3.0, None, None)],
        "export": [Cost(6.0, 2.0, None, None)],
    }

    rates = exporting.rates_of(costs, {"json": [{"seconds": 2.0, "cpu": 1.0}, {"seconds": 1.0, "cpu": 2.0}]})

    assert rates == {
        "json": {
            "release": {"seconds": 0.5, "cpu": 0.5},
            "export": {"seconds": 0.167, "cpu": 0.5},
            "both": {"seconds": 0.125, "cpu": 0.25},
        }
    }


def test_the_worst_of_times_is_told_with_the_middle() -> None:
    figures = merging.figures_of([5.0, *[1.0] * 60, *[2.0] * 39])

    assert figures == {"writes": 100, "p50": 1.0, "p99": 5.0, "worst": 5.0}


def test_manifests_of_two_series_share_no_item(tmp_path: Path) -> None:
    for series in ("one", "two"):
        manifests.write(tmp_path / series, series, 3)

    one, two = (
        [json.loads(line) for line in (tmp_path / name).read_text().splitlines()] for name in ("one", "two")
    )

    assert len(one) == len(two) == 3
    for member in ("url", "external_id"):
        assert len({item[member] for item in one + two}) == 6
