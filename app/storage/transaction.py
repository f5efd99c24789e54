"""What a unit of work is handed: an open transaction of either database."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from operator import attrgetter, methodcaller
from typing import Any

import psycopg
from pysqlite3 import dbapi2 as pysqlite3
from sqlmodel import SQLModel

from app.storage.statement import Compiled, Statement
from app.work import Fetch

# What fails a whole transaction, and no single statement of it: a full disk, a lost race, a lost connection.
FAILURES = (psycopg.OperationalError, pysqlite3.OperationalError)


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
    cursor_of: Callable[[Any], Any]  # of a connection: what reads no row before it is asked for
    sorts_here: Callable[[Any, Compiled], bool]  # whether a connection would sort all rows in our memory


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

    def sorts_here(self, statement: Statement) -> bool:
        """Whether all that STATEMENT finds would be sorted in the memory of this process."""
        return self.dialect.sorts_here(self.driver, self.dialect.text_of(statement))

    @contextmanager
    def rows_of(self, statement: Statement, values: Mapping[str, Any]) -> Iterator[Fetch]:
        """What STATEMENT finds, as it is asked for."""
        compiled = self.dialect.text_of(statement)
        with closing(self.dialect.cursor_of(self.driver)) as cursor:
            cursor.execute(compiled.sql, compiled.bind(values))
            yield cursor.fetchmany

    def run(self, statement: Statement, values: Mapping[str, Any]) -> int:
        """How many rows STATEMENT changed. Raises Duplicate or ParentGone where it breaks a rule."""
        count: int = self._execute(statement, values).rowcount
        return count

    def run_many(self, statement: Statement, many: Sequence[Mapping[str, Any]]) -> None:
        """Run STATEMENT for each of MANY values. Raises Duplicate or ParentGone where one breaks a rule."""
        compiled = self.dialect.text_of(statement)
        try:
            self.driver.cursor().executemany(compiled.sql, [compiled.bind(values) for values in many])
        except self.dialect.integrity_error as error:
            raise self.dialect.refusal_of(error) or error from error

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """What is done within is undone where it raises, and the transaction can go on."""
        mark = self.numbers.mark() if self.numbers else 0
        self.driver.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            # Where the transaction is gone this raises as well, and what waits for it is told.
            self.driver.execute("ROLLBACK TO SAVEPOINT attempt")
            self.driver.execute("RELEASE SAVEPOINT attempt")
            if self.numbers:
                self.numbers.give_back(mark)
            raise
        self.driver.execute("RELEASE SAVEPOINT attempt")

    def _execute(self, statement: Statement, values: Mapping[str, Any]) -> Any:
        compiled = self.dialect.text_of(statement)
        try:
            return self.driver.execute(compiled.sql, compiled.bind(values))
        except self.dialect.integrity_error as error:
            raise self.dialect.refusal_of(error) or error from error


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


def _sqlite_sorts(driver: Any, compiled: Compiled) -> bool:
    # The library is built to keep in memory what it sorts, whatever temp_store says.
    plan = driver.execute(f"EXPLAIN QUERY PLAN {compiled.sql}", [None] * compiled.sql.count("?")).fetchall()
    return any("USE TEMP B-TREE" in step[3] for step in plan)


SQLITE = Dialect(
    attrgetter("for_sqlite"),
    pysqlite3.IntegrityError,
    _sqlite_refusal,
    has_one_writer=True,
    cursor_of=methodcaller("cursor"),
    sorts_here=_sqlite_sorts,
)
POSTGRESQL = Dialect(
    attrgetter("for_postgresql"),
    psycopg.IntegrityError,
    _postgresql_refusal,
    has_one_writer=False,
    cursor_of=methodcaller("cursor", "rows"),  # one with a name is the server's
    sorts_here=lambda driver, compiled: False,
)
