"""What requests cost: SQL statements, and rows that are read to be thrown away. Never a time."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app.resources import tallies
from app.storage.transaction import SQLITE
from tests.lab import Lab, escaped
from tests.statements import Ran, ran_for_people, trips_for_people

BOX = {"type": "box", "x": 1, "y": 2, "width": 3, "height": 4}


@contextmanager
def statements(lab: Lab) -> Iterator[list[Ran]]:
    with pytest.MonkeyPatch.context() as patch, ran_for_people(lab.house.database) as ran:
        patch.setattr(tallies, "_FOLD_AT", "none")  # one move in 256 folds what is there
        yield ran


def cost(lab: Lab, ask: Any) -> int:
    """How many statements ASK runs."""
    ask()  # what is compiled and looked up once has been
    with statements(lab) as ran:
        assert ask().status < 300
    return len(ran)


def test_reads_cost_one_statement_and_a_list_another_for_its_tag(lab: Lab) -> None:
    entry = lab.new_entry()
    lab.new_annotation(entry)

    assert cost(lab, lambda: lab.owner.get(f"/entries/{entry}")) == 1
    assert cost(lab, lambda: lab.owner.get(f"/entries?filter[dataset_id]={lab.dataset}")) == 2
    assert cost(lab, lambda: lab.owner.get(f"/entries?filter[dataset_id]={lab.dataset}&count=true")) == 3
    assert cost(lab, lambda: lab.owner.get("/entries?include=annotations")) == 3


def test_a_create_costs_the_same_whatever_is_there(lab: Lab) -> None:
    few = cost(
        lab, lambda: lab.owner.create("annotations", entry_id=lab.entry, dimensions=BOX, annotation={})
    )
    for _ in range(30):
        lab.new_annotation()
    many = cost(
        lab, lambda: lab.owner.create("annotations", entry_id=lab.entry, dimensions=BOX, annotation={})
    )

    assert few == many <= 7  # one of them asks for the labels of the dataset


class Worker:
    """Somebody who has already taken and submitted: what is compiled and looked up once has been."""

    def __init__(self, lab: Lab) -> None:
        for _ in range(4):
            lab.new_entry()
        self._lab = lab
        self._person = lab.annotator
        self._entry = ""
        self.take()
        self.submit()
        self.submit()

    def take(self) -> None:
        self._entry = self._person.post(f"/datasets/{self._lab.dataset}/next").id

    def submit(self) -> None:
        assert self._person.act(self._entry, "submit").status == 200


def test_next_and_submit_cost_eighteen_statements(lab: Lab) -> None:
    worker = Worker(lab)

    with statements(lab) as taking:
        worker.take()
    with statements(lab) as submitting:
        worker.submit()

    moves = [one for one in (*taking, *submitting) if "INSERT INTO tallies" in one.sql]
    assert len(taking) + len(submitting) - len(moves) <= 16  # and a figure each, or all of them in one
    assert len(moves) <= (2 if lab.house.database.check()["database"].startswith("SQLite") else 12)


def test_next_makes_three_round_trips_and_submit_five(lab: Lab) -> None:
    if lab.house.database.check()["database"].startswith("SQLite"):
        pytest.skip("SQLite is no server")
    worker = Worker(lab)

    with trips_for_people(lab.house.database) as taking:
        worker.take()
    with trips_for_people(lab.house.database) as submitting:
        worker.submit()

    assert (len(taking) + 1, len(submitting) + 1) == (3, 5)  # and that of the commit


@pytest.mark.parametrize("count", [10, 400])
def test_a_batch_of_creates_costs_few_statements_however_long_it_is(lab: Lab, count: int) -> None:
    params = {"entry_id": lab.entry, "dimensions": BOX, "annotation": {"label": "a"}}
    calls = [{"jsonrpc": "2.0", "id": n, "method": "create", "params": params} for n in range(count)]

    # one for the labels of the dataset, and one more for each 128 records whose scope is checked
    assert cost(lab, lambda: lab.owner.rpc("/annotations", calls)) <= 7 + count // 128


# What is filtered and sorted by most: none of it reads every row, or sorts more than a page.
INDEXED = [
    "filter[dataset_id]={dataset}&filter[status]=ready,completed&sort=-priority",
    "filter[dataset_id]={dataset}&filter[status]=ready,completed&sort=-priority&page[number]=60",
    "filter[dataset_id]={dataset}&filter[status]=ready&sort=priority&page[after]=",
    "filter[dataset_id]={dataset}&sort=id",
    "filter[dataset_id]={dataset}&filter[external_id]=x",
    "filter[participated]=me&filter[dataset_id]={dataset}",
]


@pytest.mark.parametrize("query", INDEXED)
def test_an_index_serves_what_is_asked_most(lab: Lab, query: str) -> None:
    plans = plans_of(lab, f"/entries?{query.format(dataset=lab.dataset)}")

    assert plans
    assert not [step for step in plans if re.search(r"SCAN entries\b", step)]


@pytest.mark.parametrize("query", INDEXED[:3])
def test_an_order_of_the_index_is_not_sorted_again(lab: Lab, query: str) -> None:
    plans = plans_of(lab, f"/entries?{query.format(dataset=lab.dataset)}")
    sorts = [step for step in plans if "TEMP B-TREE" in step]

    # A page far down is found in the index, and its thousand rows are put in order again.
    assert len(sorts) <= ("page[number]" in query)
    assert not any(
        "60" in query and "COVERING" not in step for step in plans if "entries USING INDEX ix" in step
    )


def test_checker_detects_a_scan(lab: Lab) -> None:
    plans = plans_of(lab, "/entries?filter[resource__match]=x")

    assert [step for step in plans if re.search(r"SCAN entries\b|TEMP B-TREE", step)] or not plans


def plans_of(lab: Lab, path: str) -> list[str]:
    """How SQLite finds the rows of the list at PATH; PostgreSQL plans by what is there, and tells nothing."""
    for _ in range(3):
        lab.new_entry()
    with statements(lab) as ran:
        assert lab.owner.get(escaped_path(path)).status == 200
    lists = [one for one in ran if "FROM entries" in one.sql]
    if SQLITE.integrity_error.__module__.split(".")[0] not in type(lists[0].driver).__module__:
        pytest.skip("PostgreSQL plans by what is there")
    found = []
    for driver, text, values in lists:
        found += [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {text}", values).fetchall()]
    return found


def escaped_path(path: str) -> str:
    return path.replace("[", escaped("[")).replace("]", escaped("]"))
