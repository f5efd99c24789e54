"""SQL that the two databases spell differently, so that both answer alike.

`json_contains(document, part)`: whether the JSON text DOCUMENT contains PART, as PostgreSQL's
jsonb operator @> has it. `contains_text(text, part)`: whether TEXT contains PART as it stands,
ASCII letters of either case alike. `next_position(sequence)`: where an event stands among all, drawn when its
record's row is locked. `try_lock(name)`: whether nobody else holds the lock of that name, which is then held
to the end of the transaction; on SQLite there is one writer, and so always true.
"""

from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Boolean, ColumnElement, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

# As decimals, since PostgreSQL compares what is written: 2^60 is not 1.152921504606847e18 there.
_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_parsed = lru_cache(256)(_decode)


class json_contains(GenericFunction[bool]):
    type = Boolean()
    inherit_cache = True


class next_position(GenericFunction[int]):
    type = BigInteger()
    inherit_cache = True


class try_lock(GenericFunction[bool]):
    type = Boolean()
    inherit_cache = True


class json_member(GenericFunction[Any]):
    """Of a JSON text, the member of a name, as what a column of a kind would hold."""

    type = Text()
    inherit_cache = True


class contains_text(GenericFunction[bool]):
    type = Boolean()
    inherit_cache = True


class by_database(ColumnElement[Any]):
    """ON_SQLITE, and on PostgreSQL ON_POSTGRESQL: one value, which the two databases keep differently."""

    inherit_cache = False

    def __init__(self, on_sqlite: Any, on_postgresql: Any) -> None:
        self.on_sqlite = on_sqlite
        self.on_postgresql = on_postgresql
        self.type = on_sqlite.type


@compiles(by_database, "sqlite")
def _by_database_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.on_sqlite, **options))


@compiles(by_database, "postgresql")
def _by_database_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.on_postgresql, **options))


@compiles(next_position, "sqlite")
def _next_position_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    # The one writer numbers events as it writes them: that is their order.
    return str(compiler.process(*element.clauses, **options))


@compiles(next_position, "postgresql")
def _next_position_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return "nextval('events_position')"


@compiles(json_member, "sqlite")
def _json_member_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    text, name, cast = (compiler.process(clause, **options) for clause in element.clauses)
    return f"json_extract({text}, '$.' || {name})" if cast else ""


@compiles(json_member, "postgresql")
def _json_member_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    # As json, not jsonb: that would write an inner object anew.
    text, name, cast = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(CAST({text} AS json) ->> {name} AS {cast.strip(chr(39))})"


@compiles(try_lock, "sqlite")
def _try_lock_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"length({compiler.process(element.clauses, **options)}) > 0"


@compiles(try_lock, "postgresql")
def _try_lock_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    name = compiler.process(element.clauses, **options)
    return f"pg_try_advisory_xact_lock(hashtextextended(CAST({name} AS text), 0))"


@compiles(json_contains, "postgresql")
def _json_contains_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    document, part = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(CAST({document} AS jsonb) @> CAST({part} AS jsonb))"


@compiles(contains_text, "sqlite")
def _contains_text_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    text, part = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(instr(lower({text}), lower({part})) > 0)"


@compiles(contains_text, "postgresql")
def _contains_text_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    # No LIKE and no regular expression: both can be made slow, and this cannot.
    text, part = (compiler.process(clause, **options) for clause in element.clauses)
    return f'(strpos(lower({text} COLLATE "C"), lower(CAST({part} AS text) COLLATE "C")) > 0)'


def sqlite_json_contains(document: str | None, part: str) -> bool | None:
    """What SQLite runs for `json_contains`."""
    if document is None:
        return None
    whole, sought = _decode(document), _parsed(part)
    if isinstance(whole, list) and not isinstance(sought, list | dict):
        sought = [sought]  # the one place where @> takes a value for the list that holds it
    return _contains(whole, sought)


def _contains(whole: Any, part: Any) -> bool:
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            name in whole and _contains(whole[name], value) for name, value in part.items()
        )
    if isinstance(part, list):
        return isinstance(whole, list) and all(any(_contains(one, value) for one in whole) for value in part)
    if isinstance(part, bool) or isinstance(whole, bool):  # in Python True == 1, in JSON it is not
        return part is whole
    return type(whole) not in (dict, list) and whole == part
