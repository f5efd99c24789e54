"""A transaction on PostgreSQL that makes few round trips.

What nobody waits for (BEGIN, the clock, an event, a figure) is sent along with the next statement whose
outcome somebody looks at, or with COMMIT. A round trip costs 165 us on a socket of the same machine, and what
the network takes elsewhere.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from operator import attrgetter, methodcaller
from typing import Any

import psycopg
from sqlmodel import SQLModel

from app.errors import OutcomeUnknown
from app.storage.statement import Statement
from app.storage.transaction import Dialect, Duplicate, ParentGone, Transaction, Waiting

_FAILED = count(1)
# The one clock of all processes.
NOW = """SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


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


POSTGRESQL = Dialect(
    attrgetter("for_postgresql"),
    psycopg.IntegrityError,
    psycopg.OperationalError,
    _postgresql_refusal,
    has_one_writer=False,
    cursor_of=methodcaller("cursor", "rows"),  # one with a name is the server's
    sorts_here=lambda driver, compiled: False,
)


class PipelinedTransaction(Transaction):
    """A transaction on CONNECTION that is begun by BEGIN with its first statement; where that is empty each
    round trip is one of its own, and the clock is asked only where a statement asks for the time.

    TOLD is the time where a test tells it; else the database's clock is asked, and STEADY keeps it from going
    back.
    """

    __slots__ = ("_clock", "_has_failed", "_is_whole", "_steady", "_waiting", "is_begun")

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        begin: str,
        steady: Callable[[str], str],
        told: str | None = None,
    ) -> None:
        super().__init__(connection, POSTGRESQL, "" if told is None else steady(told))
        self._steady = steady
        self._clock = Waiting(NOW) if told is None else None  # until it has told
        self._waiting = [Waiting(begin), *([self._clock] if self._clock else [])] if begin else []
        self._is_whole = bool(begin)
        self._has_failed = False  # whether a statement has, since what it was sent with was undone
        self.is_begun = False

    @property
    def now(self) -> str:
        if self._clock is not None:
            if not self._is_whole:
                self._waiting.append(self._clock)
            self._flush()
        return self._now

    def commit(self) -> None:
        """Make what was done durable. Raises OutcomeUnknown where the connection is lost meanwhile."""
        if not self._is_whole:
            return
        if not self.is_begun and len(self._waiting) == 1 + (self._clock is not None):
            return  # nothing was asked
        try:
            done = self._send("COMMIT").statusmessage
        except psycopg.OperationalError as error:
            if self.driver.closed:
                raise OutcomeUnknown(
                    "the connection to the database was lost during the commit: read the record to see"
                ) from error
            raise
        if done != "COMMIT":  # after a statement that failed PostgreSQL keeps nothing, and says only this
            raise RuntimeError(f"COMMIT was answered by {done}: the job went on after a statement failed")

    def roll_back(self) -> None:
        if not self.driver.closed and (self.driver.info.transaction_status or self._has_failed):
            self._undo("ROLLBACK")

    def run_many(self, statement: Statement, many: Sequence[Mapping[str, Any]]) -> None:
        try:
            super().run_many(statement, many)
        except BaseException:  # the driver makes a pipeline of them as well
            self._has_failed = True
            raise

    def run_many_later(self, statement: Statement, many: Sequence[Mapping[str, Any]]) -> None:
        for values in many:
            self._later(statement, values)

    def _send(self, sql: str, values: Sequence[Any] = ()) -> Any:
        last = Waiting(sql, values)
        self._waiting.append(last)
        self._flush()
        return last.cursor

    def _queue(self, waiting: Waiting) -> None:
        self._waiting.append(waiting)

    def _flush(self) -> None:
        sent, self._waiting = self._waiting, []
        try:
            if len(sent) == 1:
                sent[0].cursor = self.driver.execute(sent[0].sql, sent[0].values)
            elif sent:
                with self.driver.pipeline():
                    for one in sent:
                        one.cursor = self.driver.execute(one.sql, one.values)
        except BaseException:
            self._has_failed = True
            raise
        self.is_begun = True
        if self._clock is not None and self._clock.cursor is not None:
            self._now = self._steady(self._clock.cursor.fetchone()[0])
            self._clock = None
        for one in sent:
            one.check()

    def _forget(self) -> None:
        self._waiting.clear()

    def _undo(self, sql: str) -> None:
        """Run SQL, a ROLLBACK.

        What stood behind a statement that failed in a pipeline was never prepared, though the driver believes
        so. It forgets all that it has prepared when it sees a ROLLBACK whose text is new to it.
        """
        text = f"{sql} -- {next(_FAILED)}" if self._has_failed else sql
        self.driver.execute(text, prepare=False)
        self._has_failed = False
