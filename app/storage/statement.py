"""A statement that SQLAlchemy compiles once for each database, and the driver then runs directly.

SQLAlchemy's own execute costs 143 us a statement; the driver's costs 9.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Any

from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite


class _SqliteCompiler(SQLiteCompiler):
    """Writes LIMIT and OFFSET as sums: where a bare parameter stands, SQLite plans by its value.

    So it would prepare the statement anew each time that one is bound, which took up to 120 us.
    """

    def limit_clause(self, select: Any, **options: Any) -> str:
        parts = (("LIMIT", select._limit_clause), ("OFFSET", select._offset_clause))
        return "".join(
            f"\n {word} {self.process(part, **options)} + 0" for word, part in parts if part is not None
        )


class _SqliteDialect(SQLiteDialect_pysqlite):
    statement_compiler = _SqliteCompiler
    supports_statement_cache = False  # statements are compiled once, by their owners


SQLITE = _SqliteDialect(paramstyle="qmark")
POSTGRESQL: Any = PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call]


class Compiled:
    """The text of a statement for one database, and the order of its parameters."""

    def __init__(self, build: Callable[[], Any], dialect: Any) -> None:
        compiled = build().compile(dialect=dialect)
        self.sql = str(compiled)
        if "POSTCOMPILE" in self.sql:  # SQLAlchemy would fill it in at its own execute
            raise ValueError(f"give in_() a list of bindparam or literal: {self.sql}")
        names: Sequence[str] = compiled.positiontup or ()
        self.names = frozenset(names)  # its parameters
        self.asks_now = "now" in self.names
        self._defaults = {name: compiled.params[name] for name in names if not compiled.binds[name].required}
        self._in_order = _picker(names)

    def bind(self, values: Mapping[str, Any]) -> Sequence[Any]:
        """VALUES in the order that the text asks for them. Raises KeyError where one is missing."""
        return self._in_order({**self._defaults, **values} if self._defaults else values)


def _picker(names: Sequence[str]) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    """What picks the values of NAMES, in this order."""
    if len(names) > 1:
        return itemgetter(*names)  # of one it would give the value, and no tuple
    return lambda values: [values[name] for name in names]


class Statement:
    """BUILD makes the SQLAlchemy statement; parameters are its bindparams, by name."""

    def __init__(self, build: Callable[[], Any]) -> None:
        self._build = build

    @cached_property
    def for_sqlite(self) -> Compiled:
        return Compiled(self._build, SQLITE)

    @cached_property
    def for_postgresql(self) -> Compiled:
        return Compiled(self._build, POSTGRESQL)
