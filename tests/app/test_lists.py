"""Lists with several values of a filter: merged from an index where one serves, and always the same rows."""

import pytest

import app.catalog  # noqa: F401 - cards
from app.declare import RESOURCES
from app.operations.conditions import term_of
from app.operations.statements import Shape, orders_of, page_of
from app.query import Filter, Query
from app.storage.opening import sqlite_path
from app.storage.sqlite import connect
from app.work import Sight
from tests.lab import Lab

ENTRIES = RESOURCES["entries"]


def statement(statuses: tuple[str, ...], sort: tuple[str, ...], sight: Sight = Sight.ADMINISTRATOR) -> str:
    query = Query(filters=(Filter("dataset_id", "eq", ("d",)), Filter("status", "in", statuses)), sort=sort)
    terms = tuple(term_of(one) for one in query.filters)
    return page_of(Shape(ENTRIES, ENTRIES.fields, sight, terms, orders_of(query))).for_sqlite.sql


@pytest.mark.parametrize("sort", [("priority",), ("-priority",)])
@pytest.mark.parametrize("sight", [Sight.ADMINISTRATOR, Sight.MEMBER])
def test_a_page_of_several_statuses_is_read_in_order_and_never_sorted(
    database_url: str, sort: tuple[str, ...], sight: Sight
) -> None:
    path = sqlite_path(database_url)
    if path is None:
        return  # the plan is asked of SQLite; PostgreSQL's depends on how many rows there are
    sql = statement(("ready", "completed"), sort, sight)

    connection = connect(path, query_only=True)
    plan = [
        row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", [""] * sql.count("?")).fetchall()
    ]
    connection.close()

    assert not [step for step in plan if "TEMP B-TREE" in step or step.startswith("SCAN entries")], plan


@pytest.mark.parametrize("sort", [("created_at",), ("priority", "-status"), ("external_id",)])
def test_what_no_index_serves_is_sorted(sort: tuple[str, ...]) -> None:
    assert "UNION ALL" not in statement(("ready", "completed"), sort)


@pytest.mark.parametrize("sort", ["priority", "-priority"])
def test_every_way_of_asking_gives_the_same_rows(lab: Lab, sort: str) -> None:
    made = [lab.new_entry(priority=n % 3) for n in range(9)]
    for entry in made[::2]:
        lab.annotator.act(entry, "submit")
    of_dataset = f"filter[dataset_id]={lab.dataset}&sort={sort}"

    merged = lab.owner.get(f"/entries?{of_dataset}&filter[status__in]=ready,in_progress,ready&count=true")
    plain = lab.owner.get(f"/entries?{of_dataset}")
    paged: list[str] = []
    path = f"/entries?{of_dataset}&filter[status__in]=ready,in_progress&page[size]=2&page[after]="
    while path:
        page = lab.owner.get(path)
        paged += page.ids
        path = page.document["links"].get("next", "")

    assert merged.ids == plain.ids == paged
    assert sorted(paged) == sorted(made)
    assert merged.document["meta"]["count"] == 9
