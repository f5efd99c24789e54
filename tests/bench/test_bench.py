"""The measuring itself: it runs, the contenders answer alike, and a result comes out. Never a time."""

import json
from pathlib import Path

import pytest

from bench import data, report, rounds
from bench.__main__ import main
from bench.contenders import CONTENDERS
from bench.load import Figures
from bench.measures import MEASURES
from bench.rounds import Pace

ENTRIES = 2_000


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> data.Filled:
    return data.filled(ENTRIES, out=tmp_path_factory.mktemp("bench"))


def test_every_measure_gives_a_result_of_like_answers(filled: data.Filled, tmp_path: Path) -> None:
    told: list[str] = []
    pace = Pace(rounds=1, warm_seconds=0.01, seconds=0.05)

    found = rounds.run(list(MEASURES), filled, pace, told.append, tmp_path)  # raises where answers differ
    report.keep(report.result_of(found, filled, pace), tmp_path / "result.json")

    result = json.loads((tmp_path / "result.json").read_bytes())
    assert result["measures"].keys() == MEASURES.keys()
    for measure in result["measures"].values():
        assert measure["medians"].keys() == {contender.name for contender in CONTENDERS}
        assert all(one["requests_per_second"] > 0 for one in measure["medians"].values())
        assert measure["ratios"].keys() == {"postil/obvious", "postil/floor"}
    assert len(told) == rounds.steps_of(list(MEASURES), pace)


def test_the_same_seed_fills_the_same_rows(filled: data.Filled, tmp_path: Path) -> None:
    again = data.filled(ENTRIES, out=tmp_path)

    assert (again.dataset, again.entry_ids) == (filled.dataset, filled.entry_ids)


def test_a_ratio_is_of_medians_with_the_least_and_most_of_a_round() -> None:
    ours, theirs = [_figures(rate) for rate in (30, 20, 10)], [_figures(rate) for rate in (10, 10, 20)]

    assert report.ratio(ours, theirs) == {"of_medians": 2.0, "least": 0.5, "most": 3.0}


def test_a_measure_that_is_not_there_is_told_in_a_line() -> None:
    with pytest.raises(SystemExit) as exit:
        main(measure=["nothing"])

    assert str(exit.value) == "bench: there is no measure nothing: it is one of page, record, create"


def _figures(rate: float) -> Figures:
    return Figures(1, 1, rate, 1, 1, 1, 1)
