"""Text: what matches, how it sorts, and that it comes back as it was."""

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import bindparam, select

from app.operations import reading
from app.query import Cursor, Filter, Query
from app.resources.entries import ENTRIES
from app.storage.database import Database
from app.storage.functions import contains_text
from app.storage.statement import Statement
from app.work import Work
from tests.app.storage.working import (
    MANY,
    TEXTS,
    add_dataset,
    add_entry,
    read,
    write,
)


def folded(text: str) -> str:
    """TEXT with the letters A to Z in lower case, and no others."""
    return "".join(char.lower() if char.isascii() else char for char in text)


_MATCH = Statement(lambda: select(contains_text(bindparam("text"), bindparam("part"))))


def matches(database: Database, text: str, part: str) -> bool:
    return bool(read(database, lambda work: work.rows(_MATCH, {"text": text, "part": part}))[0][0])


@pytest.mark.parametrize(
    ("text", "part", "is_found"),
    [
        ("Lund Eye Clinic", "EYE", True),
        ("Lund Eye Clinic", "eyec", False),
        ("100%", "%", True),
        ("100", "%", False),
        ("a_b", "_", True),
        ("ab", "_", False),
        ("ab", "a_", False),
        ("a\\b", "\\", True),
        ("ab", "\\", False),
        ("a\\%b", "\\%", True),
        ("a%b", "\\%", False),
        ("É", "é", False),
        ("é", "é", True),
        ("É x", "É X", True),
        ("İstanbul", "i", False),
        ("STRASSE", "straße", False),
        ("\u212a", "k", False),  # the sign for kelvin
        ("\u017f", "s", False),  # the long s
        ("ΣΑΣ", "σας", False),
        ("e\u0301", "é", False),
        ("😀 x", "😀 X", True),
        ("[a-z]*", "[a-z]*", True),
        ("abc", "[a-z]", False),
        ("", "", True),
    ],
)
def test_match_folds_ascii_alone_and_takes_every_character_as_it_stands(
    text: str, part: str, is_found: bool, kept: Database
) -> None:
    assert matches(kept, text, part) is is_found


@MANY
@given(text=TEXTS, part=TEXTS, data=st.data())
def test_match_is_what_it_is_in_python(text: str, part: str, data: st.DataObject, kept: Database) -> None:
    if text and data.draw(st.booleans()):
        start = data.draw(st.integers(0, len(text) - 1))
        part = text[start : start + 3].swapcase() or part

    assert matches(kept, text, part) is (folded(part) in folded(text))


NAMES = [
    "",
    " ",
    "A",
    "B",
    "Z",
    "a",
    "aa",
    "a b",
    "a-b",
    "ab",
    "b",
    "Ä",
    "ä",
    "z",
    "é",
    "e\u0301",
    "ß",
    "ss",
    "İ",
    "10",
    "9",
    "_",
    "%",
    "~",
    "\x01",
    "\t",
    "\x7f",
    "\uffff",
    "\ue000",
    "😀",
    "日本",
    "א",
    "\u200b",
    "a\u200b",
]


@pytest.mark.parametrize("is_descending", [False, True])
def test_text_sorts_by_its_bytes(is_descending: bool, kept: Database) -> None:
    def job(work: Work) -> list[str]:
        dataset = add_dataset(work)
        for name in NAMES:
            add_entry(work, dataset, resource=name)
        query = Query(
            filters=(Filter("dataset_id", "eq", (dataset,)),),
            sort=("-resource" if is_descending else "resource",),
        )
        return [row[0] for row in reading.index(work, ENTRIES, query, ("resource",)).rows]

    assert write(kept, job) == sorted(NAMES, key=str.encode, reverse=is_descending)


@MANY
@given(names=st.lists(TEXTS, min_size=2, max_size=6))
def test_texts_come_back_as_they_were_and_compare_by_their_bytes(names: list[str], kept: Database) -> None:
    def job(work: Work) -> list[str]:
        dataset = add_dataset(work)
        ids = [add_entry(work, dataset, resource=name) for name in names]
        assert len(ids) == len(names)
        filters = (Filter("dataset_id", "eq", (dataset,)),)
        query = Query(filters=filters, sort=("resource",))
        pages = [row[0] for row in reading.index(work, ENTRIES, query, ("resource",)).rows]
        after = Query(filters=filters, sort=("resource",), cursor=Cursor((pages[0], "~")))
        beyond = [row[0] for row in reading.index(work, ENTRIES, after, ("resource",)).rows]
        assert beyond == [name for name in pages if name.encode() > pages[0].encode()]
        for name in names:
            named = Query(filters=(*filters, Filter("resource", "eq", (name,))), count=True)
            assert reading.index(work, ENTRIES, named, ("id",)).total == names.count(name)
        return pages

    assert write(kept, job) == sorted(names, key=str.encode)


def test_nul_never_comes_this_far(kept: Database) -> None:
    # Every face refuses it. Here the two differ: PostgreSQL cannot keep it.
    statement = Statement(lambda: select(bindparam("a")))

    try:
        found = read(kept, lambda work: work.rows(statement, {"a": "\0"}))
    except psycopg.DataError:
        return
    assert found == [("\0",)]
