"""What a unit of work is handed: an open transaction of either database."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import psycopg
from pysqlite3 import dbapi2 as pysqlite3
from sqlmodel import SQLModel

from app.storage.statement import Compiled, Statement


class Duplicate(Exception):
    """A row of TABLE with the same COLUMNS is there already."""

    def __init__(self, table: str, columns: tuple[str, ...]) -> None:
        super().__init__(f"{table} has such a row already: {', '.join(columns)}")
        self.table = table
        self.columns = columns


class ParentGone(Exception):
    """The row refers to one that has just been deleted."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one database is spoken to: its text of a statement, its refusals and what they mean."""

    text_of: Callable[[Statement], Compiled]
    integrity_error: type[Exception]
    refusal_of: Callable[[Any], Exception | None]  # None: a fault of ours, such as a value of a wrong type
    has_one_writer: bool


class Numbers:
    """The feeds' numbers, on a database with one writer: drawn from memory, given back with a savepoint."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver
        self._last: dict[str, int] = {}
        self._drawn: list[str] = []  # since the transaction began

    def draw(self, organization_id: str) -> int:
        last = self._last.get(organization_id)
        if last is None:
            last = self._driver.execute(
                "SELECT coalesce(max(sequence), 0) FROM events WHERE organization_id = ?", (organization_id,)
            ).fetchone()[0]
        self._last[organization_id] = last + 1
        self._drawn.append(organization_id)
        return int(last) + 1

    def mark(self) -> int:
        return len(self._drawn)

    def give_back(self, mark: int) -> None:
        """Undo what was drawn since MARK."""
        for organization_id in self._drawn[mark:]:
            self._last[organization_id] -= 1
        del self._drawn[mark:]

    def committed(self) -> None:
        self._drawn.clear()

    def forget(self) -> None:
        """Look the numbers up anew: the transaction failed."""
        self._last.clear()
        self._drawn.clear()


@dataclass(frozen=True, slots=True)
class Transaction:
    """An open transaction. VALUES are a statement's parameters by name."""

    driver: Any  # the driver's connection
    dialect: Dialect
    numbers: Numbers | None = None  # where the feed's numbers are drawn as events are written

    @property
    def has_one_writer(self) -> bool:
        """Whether no other transaction writes meanwhile: then one row may hold what all of them move."""
        return self.dialect.has_one_writer

    def draw(self, organization_id: str) -> int | None:
        """The next number of the organization's feed; None where events are numbered once committed."""
        return self.numbers.draw(organization_id) if self.numbers else None

    def rows(self, statement: Statement, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """What STATEMENT finds. Raises Duplicate or ParentGone where it breaks a rule."""
        found: list[tuple[Any, ...]] = self._execute(statement, values).fetchall()
        return found

    def run(self, statement: Statement, values: Mapping[str, Any]) -> int:
        """How many rows STATEMENT changed. Raises Duplicate or ParentGone where it breaks a rule."""
        count: int = self._execute(statement, values).rowcount
        return count

    def _execute(self, statement: Statement, values: Mapping[str, Any]) -> Any:
        compiled = self.dialect.text_of(statement)
        try:
            return self.driver.execute(compiled.sql, compiled.bind(values))
        except self.dialect.integrity_error as error:
            if refusal := self.dialect.refusal_of(error):
                raise refusal from error
            raise


def _sqlite_refusal(error: Any) -> Exception | None:
    if found := re.match(r"UNIQUE constraint failed: (.+)", str(error)):
        columns = [name.strip().partition(".") for name in found[1].split(",")]
        return Duplicate(columns[0][0], tuple(column for _, _, column in columns))
    return ParentGone(str(error)) if str(error).startswith("FOREIGN KEY") else None


def _postgresql_refusal(error: Any) -> Exception | None:
    table, name = error.diag.table_name, error.diag.constraint_name
    if isinstance(error, psycopg.errors.ForeignKeyViolation):
        return ParentGone(name)
    if not isinstance(error, psycopg.errors.UniqueViolation):
        return None
    rules: list[Any] = [
        *SQLModel.metadata.tables[table].constraints,
        *SQLModel.metadata.tables[table].indexes,
    ]
    columns = next((rule.columns.keys() for rule in rules if rule.name == name), [name])
    return Duplicate(table, tuple(columns))


SQLITE = Dialect(attrgetter("for_sqlite"), pysqlite3.IntegrityError, _sqlite_refusal, has_one_writer=True)
POSTGRESQL = Dialect(
    attrgetter("for_postgresql"), psycopg.IntegrityError, _postgresql_refusal, has_one_writer=False
)
