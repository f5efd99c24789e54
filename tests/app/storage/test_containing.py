"""Whether JSON contains JSON, as PostgreSQL has it, on both databases."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, select

from app.storage import functions, sqlite
from app.storage.database import Database
from app.storage.functions import json_contains
from app.storage.statement import Statement
from app.work import Work
from tests.app.storage.working import (
    MANY,
    read,
)

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.integers(-2, 2)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([0.0, -0.0, 1.0, 2.0**53, 2.0**60, 1e18, 10**18, 2**60, 0.1, 1e22])
    | st.sampled_from(["", "a", "1", "é", "null"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", ""]), inner, max_size=3)
    ),
    max_leaves=8,
)


@st.composite
def parts_of(draw: st.DrawFn, whole: Any) -> Any:
    """A value that is likely contained in WHOLE, or nearly so."""
    if isinstance(whole, dict):
        names = draw(st.lists(st.sampled_from(sorted(whole)), unique=True)) if whole else []
        return {name: draw(parts_of(whole[name])) for name in names}
    if isinstance(whole, list):
        some = draw(st.lists(st.sampled_from(whole), max_size=4)) if whole else []
        return [draw(parts_of(one)) for one in some]
    return draw(st.just(whole) | st.sampled_from([0, 1, True, None, [], {}, [whole], {"a": whole}, "1"]))


PAIRS = JSON.flatmap(lambda whole: st.tuples(st.just(whole), parts_of(whole) | JSON))


class Containing:
    """The same question to PostgreSQL itself and to the function that SQLite runs."""

    def __init__(self, url: str, path: Path) -> None:
        self.of_postgresql = psycopg.connect(url, autocommit=True)
        self.of_sqlite = sqlite.connect(path)

    def ask(self, whole: str, part: str) -> tuple[bool, bool]:
        ours = self.of_sqlite.execute("SELECT json_contains(?, ?)", (whole, part)).fetchone()
        theirs = self.of_postgresql.execute("SELECT %s::jsonb @> %s::jsonb", (whole, part)).fetchone()
        assert theirs is not None
        return bool(ours[0]), theirs[0]

    def close(self) -> None:
        self.of_postgresql.close()
        self.of_sqlite.close()


@pytest.fixture(scope="module")
def containing(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Containing]:
    with closing(Containing(postgresql, tmp_path_factory.mktemp("json") / "x.db")) as both:
        yield both


def text_of(value: Any) -> str:
    return msgspec.json.encode(value).decode()


@settings(MANY, max_examples=500)
@given(pair=PAIRS)
def test_json_contains_is_postgresqls_own(containing: Containing, pair: tuple[Any, Any]) -> None:
    ours, theirs = containing.ask(*map(text_of, pair))

    assert ours is theirs


@pytest.mark.parametrize(
    ("whole", "part", "is_found"),
    [
        ('{"a":1,"b":2}', '{"a":1}', True),
        ('{"a":1}', '{"a":1.0}', True),
        ('{"a":1}', '{"a":true}', False),
        ('{"a":0}', '{"a":false}', False),
        ('{"a":-0.0}', '{"a":0}', True),
        ('{"a":1}', '{"a":"1"}', False),
        ('{"a":null}', '{"a":null}', True),
        ("{}", '{"a":null}', False),
        ('{"a":[1,2,2]}', '{"a":[2,1,1,2]}', True),
        ('{"a":[[1,2]]}', '{"a":[[1]]}', True),
        ('{"a":[1,2]}', '{"a":1}', False),
        ('{"a":[{"b":1,"c":2}]}', '{"a":[{"c":2}]}', True),
        ('{"a":[]}', '{"a":{}}', False),
        ("[1,2]", "1", True),
        ("[[1]]", "1", False),
        ("1", "[1]", False),
        ('{"a":1152921504606846976}', '{"a":1.152921504606847e18}', False),
        ('{"a":9007199254740993}', '{"a":9007199254740992.0}', False),
        ('{"a":1e22}', '{"a":10000000000000000000000.0}', True),
    ],
)
def test_json_contains_by_example(containing: Containing, whole: str, part: str, is_found: bool) -> None:
    assert containing.ask(whole, part) == (is_found, is_found)


def test_json_is_filtered_by_what_it_contains(kept: Database) -> None:
    statement = Statement(lambda: select(json_contains(bindparam("whole"), bindparam("part"))))

    def job(work: Work) -> list[Any]:
        pairs = [('{"a":[1,{"b":null}]}', '{"a":[{"b":null}]}'), ('{"a":1}', '{"b":1}'), (None, "{}")]
        return [work.rows(statement, {"whole": whole, "part": part})[0][0] for whole, part in pairs]

    assert [value if value is None else bool(value) for value in read(kept, job)] == [True, False, None]


def test_checker_detects_a_function_that_takes_true_for_one(
    containing: Containing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(functions, "_contains", lambda whole, part: whole == part)

    ours, theirs = containing.ask('{"a":1}', '{"a":true}')

    assert ours is not theirs
