"""What a unit of work is handed: an open transaction of either database."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from operator import attrgetter, methodcaller
from typing import Any

from pysqlite3 import dbapi2 as pysqlite3

from app.storage.statement import Compiled, Statement
from app.work import Fetch


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
    failure: type[Exception]  # of a whole transaction
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


class Waiting:
    """A statement that is to be run before the next, and its cursor once it has been."""

    __slots__ = ("cursor", "is_of_one", "sql", "values")

    def __init__(self, sql: str, values: Sequence[Any] = (), *, is_of_one: bool = False) -> None:
        self.sql = sql
        self.values = values
        self.is_of_one = is_of_one  # whether it changes one row, which is held
        self.cursor: Any = None

    def check(self) -> None:
        if self.is_of_one and self.cursor.rowcount != 1:
            raise RuntimeError(f"a row that is held was changed since it was read: {self.sql}")


class Transaction:
    """An open transaction, NOW. VALUES are a statement's parameters by name.

    NUMBERS are those of the feed, where they are drawn as events are written. Here a statement that may wait
    is run at once.
    """

    __slots__ = ("_held", "_now", "dialect", "driver", "numbers")

    def __init__(self, driver: Any, dialect: Dialect, now: str = "", numbers: Numbers | None = None) -> None:
        self.driver = driver  # the driver's connection
        self.dialect = dialect
        self.numbers = numbers
        self._now = now
        self._held: set[str] = set()

    def hold(self, id: str) -> None:
        """Nobody else changes the record any more before the transaction ends: its row was read so."""
        self._held.add(id)

    def holds(self, id: str) -> bool:
        """Whether the record is what was read of it, or what this transaction has made of it."""
        return id in self._held

    @property
    def now(self) -> str:
        """The time of the transaction."""
        return self._now

    @property
    def has_one_writer(self) -> bool:
        """Whether no other transaction writes meanwhile: then one row may hold what all of them move."""
        return self.dialect.has_one_writer

    @property
    def failure(self) -> type[Exception]:
        """What fails all of it, and no single statement: a full disk, a lost race, a lost connection."""
        return self.dialect.failure

    def draw(self, organization_id: str) -> int | None:
        """The next number of the organization's feed; None where events are numbered once committed."""
        return self.numbers.draw(organization_id) if self.numbers else None

    def rows(self, statement: Statement, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """What STATEMENT finds. Raises Duplicate or ParentGone where it breaks a rule."""
        found: list[tuple[Any, ...]] = self._execute(statement, self._timed(statement, values)).fetchall()
        return found

    def rows_together(self, *asked: tuple[Statement, Mapping[str, Any]]) -> list[list[tuple[Any, ...]]]:
        """What each of the statements ASKED finds, in one round trip."""
        timed = [(statement, self._timed(statement, values)) for statement, values in asked]
        waiting = [self._later(statement, values) for statement, values in timed[:-1]]
        last = self._execute(*timed[-1])
        return [*(one.cursor.fetchall() for one in waiting), last.fetchall()]

    def sorts_here(self, statement: Statement) -> bool:
        """Whether all that STATEMENT finds would be sorted in the memory of this process."""
        return self.dialect.sorts_here(self.driver, self.dialect.text_of(statement))

    @contextmanager
    def rows_of(self, statement: Statement, values: Mapping[str, Any]) -> Iterator[Fetch]:
        """What STATEMENT finds, as it is asked for."""
        compiled = self.dialect.text_of(statement)
        bound = compiled.bind(self._timed(statement, values))
        self._flush()
        with closing(self.dialect.cursor_of(self.driver)) as cursor:
            cursor.execute(compiled.sql, bound)
            yield cursor.fetchmany

    def run(self, statement: Statement, values: Mapping[str, Any]) -> int:
        """How many rows STATEMENT changed. Raises Duplicate or ParentGone where it breaks a rule."""
        count: int = self._execute(statement, self._timed(statement, values)).rowcount
        return count

    def run_later(self, statement: Statement, values: Mapping[str, Any], *, is_of_one: bool = False) -> None:
        """Run STATEMENT before the next one. IS_OF_ONE: it changes one record, which is held."""
        self._later(statement, self._timed(statement, values), is_of_one=is_of_one)

    def run_many(self, statement: Statement, many: Sequence[Mapping[str, Any]]) -> None:
        """Run STATEMENT for each of MANY values. Raises Duplicate or ParentGone where one breaks a rule."""
        compiled = self.dialect.text_of(statement)
        self._flush()
        try:
            self.driver.cursor().executemany(compiled.sql, [compiled.bind(values) for values in many])
        except self.dialect.integrity_error as error:
            raise self.dialect.refusal_of(error) or error from error

    def run_many_later(self, statement: Statement, many: Sequence[Mapping[str, Any]]) -> None:
        """The same before the next statement."""
        self.run_many(statement, many)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """What is done within is undone where it raises, and the transaction can go on."""
        mark, held = self.numbers.mark() if self.numbers else 0, set(self._held)
        self._send("SAVEPOINT attempt")
        try:
            yield
            self._flush()
        except BaseException:
            self._forget()
            self._held = held  # what was locked within is free again
            # Where the transaction is gone this raises as well, and what waits for it is told.
            self._undo("ROLLBACK TO SAVEPOINT attempt")
            self._send("RELEASE SAVEPOINT attempt")
            if self.numbers:
                self.numbers.give_back(mark)
            raise
        self._queue(Waiting("RELEASE SAVEPOINT attempt"))

    def _timed(self, statement: Statement, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """VALUES with the time, where STATEMENT asks for it and nobody else has told it."""
        if self.dialect.text_of(statement).asks_now and "now" not in values:
            return {**values, "now": self.now}
        return values

    def _execute(self, statement: Statement, values: Mapping[str, Any]) -> Any:
        compiled = self.dialect.text_of(statement)
        try:
            return self._send(compiled.sql, compiled.bind(values))
        except self.dialect.integrity_error as error:
            raise self.dialect.refusal_of(error) or error from error

    def _later(self, statement: Statement, values: Mapping[str, Any], *, is_of_one: bool = False) -> Waiting:
        compiled = self.dialect.text_of(statement)
        waiting = Waiting(compiled.sql, compiled.bind(values), is_of_one=is_of_one)
        try:
            self._queue(waiting)
        except self.dialect.integrity_error as error:
            raise self.dialect.refusal_of(error) or error from error
        return waiting

    def _send(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """The cursor of a statement that is run, after all that wait."""
        return self.driver.execute(sql, values)

    def _queue(self, waiting: Waiting) -> None:
        waiting.cursor = self._send(waiting.sql, waiting.values)
        waiting.check()

    def _flush(self) -> None:
        """Run what waits."""

    def _forget(self) -> None:
        """Do not run what waits."""

    def _undo(self, sql: str) -> None:
        """Run SQL, a ROLLBACK."""
        self._send(sql)


def _sqlite_refusal(error: Any) -> Exception | None:
    if found := re.match(r"UNIQUE constraint failed: (.+)", str(error)):
        columns = [name.strip().partition(".") for name in found[1].split(",")]
        return Duplicate(columns[0][0], tuple(column for _, _, column in columns))
    return ParentGone(str(error)) if str(error).startswith("FOREIGN KEY") else None


def _sqlite_sorts(driver: Any, compiled: Compiled) -> bool:
    # The library is built to keep in memory what it sorts, whatever temp_store says.
    plan = driver.execute(f"EXPLAIN QUERY PLAN {compiled.sql}", [None] * compiled.sql.count("?")).fetchall()
    return any("USE TEMP B-TREE" in step[3] for step in plan)


SQLITE = Dialect(
    attrgetter("for_sqlite"),
    pysqlite3.IntegrityError,
    pysqlite3.OperationalError,
    _sqlite_refusal,
    has_one_writer=True,
    cursor_of=methodcaller("cursor"),
    sorts_here=_sqlite_sorts,
)
