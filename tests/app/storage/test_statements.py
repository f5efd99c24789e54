"""Statements: compiled once for each database, their parameters bound by name."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import bindparam, literal, select

from app.catalog import CARDS
from app.operations.statements import delete_of
from app.resources.organizations import ORGANIZATIONS
from app.storage.database import Database
from app.storage.statement import Compiled, Statement
from app.work import Work
from tests.app.storage.working import (
    add_organization,
    read,
    rename,
    write,
)


def test_parameters_are_bound_by_name_and_literals_by_their_value(kept: Database) -> None:
    both = Statement(lambda: select(bindparam("b"), literal("seven"), bindparam("a"), bindparam("b")))

    assert read(kept, lambda work: work.rows(both, {"a": "1", "b": "2", "c": "3"})) == [
        ("2", "seven", "1", "2")
    ]


def test_a_parameter_that_is_forgotten_is_no_null(kept: Database) -> None:
    statement = Statement(lambda: select(bindparam("a"), bindparam("b")))

    with pytest.raises(KeyError):
        read(kept, lambda work: work.rows(statement, {"a": "1"}))


def test_a_parameter_may_be_null_where_it_is_said(kept: Database) -> None:
    statement = Statement(lambda: select(bindparam("a")))

    assert read(kept, lambda work: work.rows(statement, {"a": None})) == [(None,)]


@pytest.mark.parametrize("attribute", ["for_sqlite", "for_postgresql"])
def test_a_list_that_the_driver_could_not_bind_is_refused(attribute: str) -> None:
    statement = Statement(
        lambda: select(ORGANIZATIONS.columns["id"]).where(ORGANIZATIONS.columns["id"].in_(["a"]))
    )

    with pytest.raises(ValueError, match="bindparam"):
        getattr(statement, attribute)


def test_a_statement_is_compiled_once(kept: Database) -> None:
    built = []

    def build() -> Any:
        built.append(1)
        return select(literal("x"))

    statement = Statement(build)
    for _ in range(3):
        read(kept, lambda work: work.rows(statement, {}))

    assert len(built) == 1


@pytest.mark.parametrize("text", ["%s", "%", "%%", "?", ":a", "{a}", "'", '"', "\\", "$1", "--", ";"])
def test_text_is_never_read_as_sql(text: str, kept: Database) -> None:
    statement = Statement(lambda: select(bindparam("a"), literal(text)))

    assert read(kept, lambda work: work.rows(statement, {"a": text})) == [(text, text)]


def test_a_statement_says_how_many_rows_it_changed(kept: Database) -> None:
    def job(work: Work) -> list[int]:
        id = add_organization(work)
        return [
            rename(work, id, "a"),
            rename(work, str(uuid4()), "a"),
            work.run(delete_of(ORGANIZATIONS), {"id": id}),
        ]

    assert write(kept, job) == [1, 0, 1]


def test_every_resource_is_read_by_statements_of_either_database() -> None:
    for card in CARDS:
        statement = Statement(lambda card=card: select(*card.columns.values()))  # type: ignore[misc]

        assert isinstance(statement.for_sqlite, Compiled)
        assert isinstance(statement.for_postgresql, Compiled)
