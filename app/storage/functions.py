"""SQL that the two databases spell differently, so that both answer alike.

`json_contains(document, part)`: whether the JSON text DOCUMENT contains PART, as PostgreSQL's
jsonb operator @> has it. `contains_text(text, part)`: whether TEXT contains PART as it stands,
ASCII letters of either case alike.
"""

from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Boolean
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

parsed = lru_cache(256)(msgspec.json.decode)


class json_contains(GenericFunction[bool]):
    type = Boolean()
    inherit_cache = True


class contains_text(GenericFunction[bool]):
    type = Boolean()
    inherit_cache = True


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
    return _contains(msgspec.json.decode(document), parsed(part))


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
