"""SQL that the two databases spell differently, so that both answer alike.

`json_contains(document, part)`: whether the JSON text DOCUMENT contains PART, as PostgreSQL's
jsonb operator @> has it. `contains_text(text, part)`: whether TEXT contains PART as it stands,
ASCII letters of either case alike.
"""

from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Boolean
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

# As decimals, since PostgreSQL compares what is written: 2^60 is not 1.152921504606847e18 there.
_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_parsed = lru_cache(256)(_decode)


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
