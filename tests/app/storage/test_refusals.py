"""What breaks a rule of the tables is refused alike by both databases."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest
from pysqlite3 import dbapi2 as pysqlite3
from sqlalchemy import UniqueConstraint, bindparam, insert
from sqlmodel import SQLModel

from app.operations import reading
from app.operations.statements import delete_of
from app.query import Filter, Query
from app.resources.datasets import DATASETS
from app.resources.entries import ENTRIES
from app.storage.database import Database
from app.storage.statement import Statement
from app.storage.transaction import Duplicate, ParentGone
from app.work import Work
from tests.app.storage.working import (
    add_dataset,
    add_entry,
    write,
)


def unique_rules() -> list[Any]:
    """(table, columns) of every rule that makes rows unique."""
    found = []
    for table in SQLModel.metadata.sorted_tables:
        rules: list[Any] = [table.primary_key]
        rules += [rule for rule in table.constraints if isinstance(rule, UniqueConstraint)]
        rules += [index for index in table.indexes if index.unique]
        names = sorted(tuple(rule.columns.keys()) for rule in rules)
        found += [
            pytest.param(table.name, columns, id=f"{table.name}-{'-'.join(columns)}") for columns in names
        ]
    return found


def a_row(name: str) -> dict[str, Any]:
    """Values for every column of the table NAME: new ones, and no parent that is there. It is in no trash."""
    table = SQLModel.metadata.tables[name]
    row: dict[str, Any] = {}
    for column in table.columns:
        if column.computed is None:
            kind = column.type.python_type
            row[column.name] = str(uuid4()) if kind is str else kind(0)
    if "deleted_at" in row:
        row["deleted_at"] = None
    return row


def insert_into(work: Work, name: str, row: dict[str, Any]) -> None:
    table = SQLModel.metadata.tables[name]
    statement = Statement(lambda: insert(table).values({key: bindparam(f"v_{key}") for key in row}))
    work.run(statement, {f"v_{key}": value for key, value in row.items()})


def with_parents(work: Work, name: str, row: dict[str, Any]) -> dict[str, Any]:
    """ROW, once the rows that it refers to are there."""
    table = SQLModel.metadata.tables[name]
    for column in table.columns:
        for key in column.foreign_keys:
            parent = key.column.table.name
            other = with_parents(work, parent, a_row(parent))
            insert_into(work, parent, other)
            row[column.name] = other[key.column.name]
    return row


@pytest.mark.parametrize(("table", "columns"), unique_rules())
def test_a_second_row_of_the_same_is_refused_by_the_names_of_its_columns(
    table: str, columns: tuple[str, ...], kept: Database
) -> None:
    # Of libraries an organization has one.
    of_the_rule = {"kind": "library"} if (table, columns) == ("projects", ("organization_id",)) else {}

    def job(work: Work) -> None:
        first = with_parents(work, table, a_row(table) | of_the_rule)
        insert_into(work, table, first)
        again = with_parents(work, table, a_row(table))
        insert_into(work, table, {**again, **of_the_rule, **{key: first[key] for key in columns}})

    with pytest.raises(Duplicate) as caught:
        write(kept, job)

    assert (caught.value.table, caught.value.columns) == (table, columns)


def parents_of(table: str) -> tuple[str, ...]:
    return tuple(column.name for column in SQLModel.metadata.tables[table].columns if column.foreign_keys)


@pytest.mark.parametrize("table", [one.name for one in SQLModel.metadata.sorted_tables])
def test_a_row_that_breaks_every_rule_is_refused_by_one_of_them(table: str, kept: Database) -> None:
    rules = [one.values[1] for one in unique_rules() if one.values[0] == table]

    def job(work: Work) -> None:
        row = with_parents(work, table, a_row(table))
        insert_into(work, table, row)
        insert_into(work, table, row)

    with pytest.raises(Duplicate) as caught:
        write(kept, job)

    # SQLite asks the rules in another order than PostgreSQL: whoever cares which it is looks beforehand.
    assert caught.value.columns in rules


@pytest.mark.parametrize(
    "table", [one.name for one in SQLModel.metadata.sorted_tables if parents_of(one.name)]
)
def test_a_row_without_its_parent_is_refused(table: str, kept: Database) -> None:
    with pytest.raises(ParentGone):
        write(kept, lambda work: insert_into(work, table, a_row(table)))


def test_a_row_without_a_value_that_it_needs_is_a_fault_of_ours_and_no_lost_parent(kept: Database) -> None:
    with pytest.raises((pysqlite3.IntegrityError, psycopg.IntegrityError)):
        write(kept, lambda work: insert_into(work, "organizations", {**a_row("organizations"), "name": None}))


def test_a_value_of_a_wrong_type_is_refused(kept: Database) -> None:
    with pytest.raises((pysqlite3.Error, psycopg.Error)):
        write(
            kept,
            lambda work: insert_into(work, "organizations", {**a_row("organizations"), "version": "one"}),
        )


def test_what_belongs_to_a_row_goes_with_it(kept: Database) -> None:
    def job(work: Work) -> int:
        dataset = add_dataset(work)
        add_entry(work, dataset)
        work.run(delete_of(DATASETS), {"id": dataset})
        return entries_of(work, dataset)

    assert write(kept, job) == 0


def entries_of(work: Work, dataset: str) -> int:
    query = Query(filters=(Filter("dataset_id", "eq", (dataset,)),), count=True)
    return reading.index(work, ENTRIES, query, ("id",)).total or 0
