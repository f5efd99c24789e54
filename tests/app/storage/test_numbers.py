"""Nulls and numbers: how they sort and compare, and that they come back to the last bit."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.operations import reading
from app.query import Cursor, Filter, Query
from app.resources import tallies
from app.resources.datasets import DATASETS
from app.resources.entries import ENTRIES
from app.resources.organizations import ORGANIZATIONS
from app.resources.projects import PROJECTS
from app.storage.database import Database
from app.work import Work
from tests.app.storage.working import (
    MANY,
    add,
    add_dataset,
    add_entry,
    add_organization,
    write,
)


@pytest.mark.parametrize("sort", ["external_id", "-external_id"])
@pytest.mark.parametrize("is_before", [False, True])
def test_nulls_sort_before_everything_and_cursors_pass_over_each_record_once(
    sort: str, is_before: bool, kept: Database
) -> None:
    def job(work: Work) -> tuple[list[Any], list[Any]]:
        dataset = add_dataset(work)
        for value in (None, "b", None, "a", "", None):
            add_entry(work, dataset, external_id=value)
        query = Query(filters=(Filter("dataset_id", "eq", (dataset,)),), sort=(sort,), size=2)
        fields = ("external_id", "id")
        rows = reading.index(work, ENTRIES, Query(filters=query.filters, sort=(sort,)), fields).rows
        walked: list[Any] = [rows[-1] if is_before else rows[0]]
        while True:
            step = Query(filters=query.filters, sort=(sort,), size=2, cursor=Cursor(walked[-1], is_before))
            page = reading.index(work, ENTRIES, step, fields)
            walked += page.rows[::-1] if is_before else page.rows
            if not (page.has_previous if is_before else page.has_next):
                return rows, walked[::-1] if is_before else walked

    rows, walked = write(kept, job)

    keys = [row[0] for row in rows]
    assert keys == (
        ["b", "a", "", None, None, None] if sort.startswith("-") else [None, None, None, "", "a", "b"]
    )
    assert walked == rows
    ties = [id for key, id in rows if key is None]
    assert ties == sorted(ties, reverse=sort.startswith("-"))


NUMBERS = [
    -1.7976931348623157e308,
    -1e22,
    -(2.0**63),
    -1.0,
    -1 / 3,
    -5e-324,
    0.0,
    5e-324,
    2.2250738585072014e-308,
    0.1,
    1 / 3,
    1.0,
    2.0**53,
    2.0**53 + 2,
    2.0**63,
    1e22,
    1.7976931348623157e308,
]


def test_numbers_come_back_to_the_last_bit_and_in_order(kept: Database) -> None:
    def job(work: Work) -> list[float]:
        dataset = add_dataset(work)
        for number in reversed(NUMBERS):
            add_entry(work, dataset, priority=number)
        filters = (Filter("dataset_id", "eq", (dataset,)),)
        for n, number in enumerate(NUMBERS):
            for operator, expected in (
                ("eq", 1),
                ("lt", n),
                ("gte", len(NUMBERS) - n),
                ("gt", len(NUMBERS) - n - 1),
            ):
                query = Query(filters=(*filters, Filter("priority", operator, (number,))), count=True)
                assert reading.index(work, ENTRIES, query, ("id",)).total == expected, (operator, number)
        found = reading.index(work, ENTRIES, Query(filters=filters, sort=("priority",)), ("priority",)).rows
        return [row[0] for row in found]

    assert [repr(number) for number in write(kept, job)] == [repr(number) for number in NUMBERS]


@MANY
@given(number=st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0))
def test_every_double_comes_back(number: float, kept: Database) -> None:
    def job(work: Work) -> Any:
        dataset = add_dataset(work)
        id = add_entry(work, dataset, priority=number)
        return reading.show(work, ENTRIES, id, ("priority",))[0]

    assert repr(write(kept, job)) == repr(number)


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63), 0, 2**53 + 1])
def test_whole_numbers_of_64_bits_come_back(number: int, kept: Database) -> None:
    def job(work: Work) -> Any:
        return reading.show(work, ORGANIZATIONS, add_organization(work, version=number), ("version",))[0]

    assert write(kept, job) == number


def test_counts_and_progress_are_computed_alike(kept: Database) -> None:
    def job(work: Work) -> list[Any]:
        organization = add_organization(work)
        project = add(work, PROJECTS, organization_id=organization, name="x")
        found = []
        for total, completed, begun in [
            (0, 0, 0),
            (3, 0, 0),
            (3, 0, 1),
            (3, 1, 1),
            (3, 2, 3),
            (3, 3, 3),
            (7, 5, 7),
        ]:
            counts = {
                "entries_total_count": total,
                "entries_completed_count": completed,
                "entries_begun_count": begun,
            }
            id = add(work, DATASETS, organization_id=organization, project_id=project, **counts)
            moves = {"start:ready": total - begun, "annotate:in_progress": begun - completed}
            moves |= {"done:completed": completed}  # what PostgreSQL reads them from
            tallies.move(work, id, {(tallies.ENTRIES, state): count for state, count in moves.items()})
            found.append(reading.show(work, DATASETS, id, ("status", "progress")))
        return found

    assert write(kept, job) == [
        ("pending", 0.0),
        ("pending", 0.0),
        ("in_progress", 0.0),
        ("in_progress", 1 / 3),
        ("in_progress", 2 / 3),
        ("completed", 1.0),
        ("in_progress", 5 / 7),
    ]
