"""`python -m app` that kills itself at the N-th statement of the first batch that it is sent.

    python -m tests.app.jsonrpc.killed_server N FILE serve --data ...

Statements are counted at the drivers, the commit among them. One more than there are: it is killed after the
commit, and before it can answer. With N of 0 it lives. After the commit FILE holds how many there were.
"""

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import psycopg
from pysqlite3 import dbapi2 as pysqlite3

from app.__main__ import main
from app.resources import tallies
from app.storage.pipelines import PipelinedTransaction
from app.web.jsonrpc import running

LAST, FILE = int(sys.argv[1]), Path(sys.argv[2])


class Counting(threading.local):
    """The statements of the batch that a thread runs."""

    def __init__(self) -> None:
        self.is_on = False
        self.count = 0

    def step(self) -> None:
        if self.is_on:
            self.count += 1
            if self.count == LAST:
                os.kill(os.getpid(), signal.SIGKILL)

    def done(self, statement: Any) -> None:
        if self.is_on and statement == "COMMIT":
            FILE.write_text(str(self.count))
            self.step()
            self.is_on = False


counting = Counting()


class SqliteCursor(pysqlite3.Cursor):  # type: ignore[misc]
    def executemany(self, *given: Any) -> Any:
        counting.step()
        return super().executemany(*given)


class SqliteConnection(pysqlite3.Connection):  # type: ignore[misc]
    def execute(self, statement: str, *given: Any) -> Any:
        counting.step()
        done = super().execute(statement, *given)
        counting.done(statement)
        return done

    def cursor(self, *given: Any) -> Any:
        return super().cursor(*given or (SqliteCursor,))


def spoil() -> None:
    connect, execute, many = pysqlite3.connect, psycopg.Connection.execute, psycopg.Cursor.executemany
    run, commit = running._run, PipelinedTransaction.commit

    def counted(self: Any, statement: Any, *given: Any, **named: Any) -> Any:
        counting.step()
        return execute(self, statement, *given, **named)

    def committed(self: Any) -> None:
        commit(self)  # several statements are sent at once, and COMMIT is the last of them
        counting.done("COMMIT")

    def counted_many(self: Any, *given: Any, **named: Any) -> Any:
        counting.step()
        return many(self, *given, **named)

    def armed(*given: Any, **named: Any) -> Any:
        counting.is_on = True
        return run(*given, **named)

    pysqlite3.connect = lambda *given, **named: connect(*given, factory=SqliteConnection, **named)
    psycopg.Connection.execute = counted  # type: ignore[method-assign, assignment]
    psycopg.Cursor.executemany = counted_many  # type: ignore[method-assign]
    PipelinedTransaction.commit = committed  # type: ignore[method-assign]
    running._run = armed
    tallies._FOLD_AT = "none"  # by chance a batch would have some statements more than another


if __name__ == "__main__":
    sys.argv[1:] = sys.argv[3:]
    spoil()
    main()
