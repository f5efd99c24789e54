"""The measuring itself: it runs, the contenders answer alike, and a result comes out. Never a time."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from rich.progress import Progress

from app.storage.opening import engine_of
from bench import data, databases, readme, report, rounds, sizes
from bench.__main__ import main
from bench.asking import Different
from bench.contenders import OBVIOUS
from bench.load import Figures, Load
from bench.measures import MEASURES, WEIGHTS
from bench.measures.measure import Measure, get
from bench.rounds import Bed, Pace
from bench.same import check

ENTRIES = 500
PACE = Pace(rounds=1, warm_seconds=0.01, seconds=0.05)


def bed_of(store: databases.Store, out: Path) -> Bed:
    url, filled = store.filled(data.for_measures(ENTRIES), lambda count: None)
    return Bed(store, url, filled, out)


@pytest.fixture(scope="module")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    out = tmp_path_factory.mktemp("bench")
    with databases.opened("sqlite", out) as store:
        yield bed_of(store, out)


def test_every_measure_gives_a_result_of_like_answers(bed: Bed, tmp_path: Path) -> None:
    told: list[str] = []
    names = (*MEASURES, "start", "stream")

    found = rounds.run(names, bed, PACE, told.append)  # raises where answers differ
    report.keep(report.result_of(found, bed, PACE), tmp_path / "result.json")

    result = json.loads((tmp_path / "result.json").read_bytes())
    assert result["measures"].keys() == MEASURES.keys()
    for name, measure in result["measures"].items():
        assert tuple(measure["medians"]) == MEASURES[name].contenders
        assert all(one["per_second"] > 0 for one in measure["medians"].values())
        assert measure["ratios"].keys() == set(MEASURES[name].contenders) - {"postil"}
        assert {one: ratio["wanted"] for one, ratio in measure["ratios"].items() if "wanted" in ratio} == (
            MEASURES[name].wanted
        )
    assert result["weights"].keys() == {"start", "stream"} <= WEIGHTS.keys()
    assert result["weights"]["start"]["median"] > 0
    lines = readme.table_of({"sqlite": result}).splitlines()
    assert sum(line.startswith("| ") for line in lines) == 1 + len(names)
    assert len(told) == rounds.steps_of(names, PACE, "sqlite")
    assert [table.row_count for table in report.tables_of(result)] == [
        sum(len(one.contenders) for one in MEASURES.values()),
        2,
    ]


def test_the_contenders_answer_alike_on_postgresql(postgresql: str, tmp_path: Path) -> None:
    with closing(databases.Postgresql(postgresql)) as store:
        bed = bed_of(store, tmp_path)

        found = rounds.run(tuple(MEASURES), bed, Pace(0, 0, 0), lambda step: None)  # no round: compared alone

    assert found.measures.keys() == MEASURES.keys()
    assert OBVIOUS.name not in found.measures["page"]


def test_sizes_are_compared_with_the_least(tmp_path: Path) -> None:
    with databases.opened("sqlite", tmp_path) as store, Progress(disable=True) as progress:
        result = sizes.result_of(store, [ENTRIES, 2 * ENTRIES], PACE, progress, tmp_path)

    assert result["measures"].keys() == {"page", "cursor", "statistics", "work"}
    for measure in result["measures"].values():
        assert measure["times_as_long"].keys() == {str(2 * ENTRIES)}
    assert sizes.table_of(result).row_count == 2 * len(result["measures"]) + 2


def test_a_filled_database_says_what_is_in_it(bed: Bed) -> None:
    """The dataset's counts and the tallies that were written directly are those of its entries."""
    statements = {
        "SELECT sum(value) FROM tallies WHERE name = 'entries' AND dataset_id = '{}'",
        "SELECT sum(value) FROM tallies WHERE name LIKE 'arrived:%' AND dataset_id = '{}'",
        "SELECT entries_total_count FROM datasets WHERE id = '{}'",
        "SELECT count(*) FROM entries WHERE dataset_id = '{}'",
    }
    with engine_of(bed.url) as engine, engine.connect() as connection:

        def asked(sql: str) -> Any:
            return connection.exec_driver_sql(sql.format(bed.data.main)).scalar_one()

        assert {asked(sql) for sql in statements} == {ENTRIES}
        completed = "FROM entries WHERE dataset_id = '{}' AND status IN ('completed', 'errored')"
        columns = "SELECT entries_completed_count FROM datasets WHERE id = '{}'"
        assert asked(columns) == asked(f"SELECT count(*) {completed}")


def test_the_same_seed_fills_the_same_rows(bed: Bed, tmp_path: Path) -> None:
    again = bed_of(databases.Sqlite(tmp_path), tmp_path)

    assert again.data == bed.data


def test_a_ratio_is_of_medians_with_the_least_and_most_of_a_round() -> None:
    ours, theirs = [_figures(rate) for rate in (30, 20, 10)], [_figures(rate) for rate in (10, 10, 20)]

    assert report.ratio(ours, theirs) == {"of_medians": 2.0, "least": 0.5, "most": 3.0}


def test_a_measure_that_is_not_there_is_told_in_a_line() -> None:
    with pytest.raises(SystemExit) as exit:
        main(measure=["nothing"])

    assert str(exit.value).startswith("bench: there is no measure nothing: it is one of page, offset, cursor")


def test_a_script_asks_for_the_record_of_the_answer_before() -> None:
    id = "0190a1b2-0000-7000-8000-000000000001"
    with _answering(lambda path: f'{{"data":{{"type":"entries","id":"{id}"}}}}') as (port, paths):
        script = [get("/next").decode(), get("/entries/{id}").decode()]

        figures = rounds.put_on(Load(port, 1, [script], 200, 0, 0, most=1), "one")

    assert figures.scripts == 1
    assert paths == ["/next", f"/entries/{id}"] * 2  # warmed up by one


def test_checker_detects_another_byte() -> None:
    measure = Measure("one", "", 1, lambda data: [], ("postil", "floor"))
    with _answering(lambda path: "[1]") as (ours, _), _answering(lambda path: "[2]") as (theirs, _):
        check(measure, [[get("/")]], {"postil": ours, "floor": ours})
        with pytest.raises(Different, match="from byte 1 on"):
            check(measure, [[get("/")]], {"postil": ours, "floor": theirs})


def test_checker_detects_another_record_though_ids_are_new() -> None:
    measure = Measure("one", "", 1, lambda data: [], ("postil", "floor"), is_changing=True)
    one, other = (f"0190a1b2-0000-7000-8000-00000000000{n}" for n in (1, 2))
    with _answering(lambda path: f"{one} {one}") as (ours, _):
        with _answering(lambda path: f"{other} {other}") as (like, _):
            check(measure, [[get("/")]], {"postil": ours, "floor": like})
        with (
            _answering(lambda path: f"{other} {one}") as (unlike, _),
            pytest.raises(Different),
        ):
            check(measure, [[get("/")]], {"postil": ours, "floor": unlike})


@pytest.mark.parametrize(
    ("contender", "kept", "events"), [("floor", 9, 0), ("postil", 10, 9), ("unrecorded", 10, 1)]
)
def test_checker_detects_what_was_not_kept(contender: str, kept: int, events: int) -> None:
    rounds.check_kept(contender, 10, (5, 5), (15, 5 if contender != "postil" else 15))
    with pytest.raises(RuntimeError, match=contender):
        rounds.check_kept(contender, 10, (5, 5), (5 + kept, 5 + events))


@contextmanager
def _answering(answer: Any) -> Iterator[tuple[int, list[str]]]:
    """A server that sends what ANSWER gives for a path; its port, and the paths that were asked."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            paths.append(self.path)
            body = answer(self.path).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1], paths
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _figures(rate: float) -> Figures:
    return Figures(1, 1, rate, 1, 1, 1, 1)
