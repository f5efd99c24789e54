"""What the compiled writers write is what marshmallow-jsonapi's own dump would be, over every card."""

import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import template
from app.attributes import Attribute, Kind, wire_time
from app.catalog import CARDS
from app.declare import Resource, ToMany, ToOne
from app.json import text_of
from app.web.jsonapi import cursors
from app.web.jsonapi.mounts import MOUNTS, Place
from app.web.jsonapi.writer import Shape, identifier, writer_of
from app.web.jsonrpc import flat_of
from app.web.schemas import schema_of

PLACES = [Place(f"https://postil.example.org:8443{mount.path}", mount.type_prefix) for mount in MOUNTS]
FEW = settings(max_examples=int(os.environ.get("POSTIL_WRITER_EXAMPLES", "12")), deadline=None)
Row = dict[str, Any]  # field -> what the column holds

# ---- rows: any value that a column may hold

CHARACTERS = st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")
NASTY = [
    '"',
    "\\",
    "'",
    "{",
    "}",
    "{id}",
    "{{",
    '\\"',
    "\n",
    "\r",
    "\t",
    "\x01",
    "\x1f",
    "\x7f",
    "\u2028",
    "\ud7ff",
]
NASTY += [
    "</script>",
    "%s",
    "\\u0000",
    "\\n",
    "\ufeff",
    "\uffff",
    "😀",
    "é",
    "null",
    '","id":"x',
    "'}', f'{1}",
]
TEXTS = st.text(CHARACTERS, max_size=12) | st.lists(st.sampled_from(NASTY), max_size=6).map("".join)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
VALUES: Mapping[Kind, st.SearchStrategy[Any]] = {
    Kind.ID: st.uuids().map(str),
    Kind.TEXT: TEXTS,
    Kind.NAME: st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True),
    Kind.TIME: st.datetimes(datetime(1, 1, 1)).map(wire_time),
    Kind.NUMBER: st.floats(allow_nan=False, allow_infinity=False),
    Kind.INTEGER: st.integers(-(2**63), 2**63 - 1),
    Kind.OBJECT: st.dictionaries(TEXTS, JSON, max_size=3).map(text_of),
    Kind.TEXTS: st.lists(TEXTS, max_size=3).map(text_of),
}


def values_of(attribute: Attribute) -> st.SearchStrategy[Any]:
    values = st.sampled_from(attribute.choices) if attribute.choices else VALUES[attribute.kind]
    return st.none() | values if attribute.is_nullable else values


def rows_of(card: Resource) -> st.SearchStrategy[Row]:
    return st.fixed_dictionaries({field: values_of(one) for field, one in card.every_attribute.items()})


EVERY_CARD = pytest.mark.parametrize("card", CARDS, ids=[card.type for card in CARDS])
EVERY_PLACE = pytest.mark.parametrize("place", PLACES, ids=["plain", "seed"])


def names_of(card: Resource) -> list[str]:
    return [*card.attributes, *card.link_of]


# ---- the oracle


def dumped(card: Resource, place: Place, row: Row, only: frozenset[str] | None = None) -> Any:
    """The resource object of ROW by the library's own dump, with the link to itself that we add."""
    links = {f"_{link.name}": row[link.key] for link in card.links if isinstance(link, ToOne)}
    record = SimpleNamespace(**row, **links)
    schema = schema_of(card, place.prefix, place.base)(only=only if only is None else {"id", *only})
    data = schema.dump(record)["data"]
    return data | {"links": {"self": f"{place.base}{card.path}/{row['id']}"}}


def lean(card: Resource, data: Any) -> Any:
    """DATA as a list has it: of the relationships only the linkage that costs nothing."""
    linked = {
        name: {"data": data["relationships"][name]["data"]} for name in (one.name for one in card.to_ones)
    }
    rest = {name: value for name, value in data.items() if name != "relationships"}
    return rest | ({"relationships": linked} if linked else {})


def canonical(value: Any) -> str:
    """VALUE as text that tells 1 from 1.0 and 0.0 from -0.0, and no order of members."""
    return json.dumps(value, sort_keys=True, ensure_ascii=True)


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of PAIRS, none of whose members stands there twice."""
    assert len(dict(pairs)) == len(pairs), pairs
    return dict(pairs)


def check(shape: Shape, row: Row, expected: Any, linkages: tuple[dict[str, str], ...] = ()) -> None:
    """Assert that the writer of SHAPE writes ROW, and then the same again, as EXPECTED."""
    writer = writer_of(shape)
    columns = tuple(row[field] for field in writer.fields)

    texts = writer.write([columns, columns], *linkages)

    assert len(texts) == 2
    assert texts[0] == texts[1]
    assert canonical(json.loads(texts[0], object_pairs_hook=once)) == canonical(expected)
    texts[0].encode()


@EVERY_CARD
@EVERY_PLACE
@FEW
@given(data=st.data())
def test_a_single_record_is_written_as_the_schema_dumps_it(
    card: Resource, place: Place, data: st.DataObject
) -> None:
    row = data.draw(rows_of(card))

    check(Shape(card, place, is_full=True), row, dumped(card, place, row))


@EVERY_CARD
@EVERY_PLACE
@FEW
@given(data=st.data())
def test_a_record_of_a_list_is_written_as_the_schema_dumps_it(
    card: Resource, place: Place, data: st.DataObject
) -> None:
    row = data.draw(rows_of(card))

    check(Shape(card, place), row, lean(card, dumped(card, place, row)))


@EVERY_CARD
@EVERY_PLACE
@FEW
@given(data=st.data(), is_full=st.booleans())
def test_the_fields_that_are_asked_for_are_written_as_the_schema_dumps_them(
    card: Resource, place: Place, data: st.DataObject, is_full: bool
) -> None:
    row = data.draw(rows_of(card))
    only = frozenset(data.draw(st.lists(st.sampled_from(names_of(card)), unique=True)))

    check(Shape(card, place, only, is_full=is_full), row, dumped(card, place, row, only))


@EVERY_CARD
@FEW
@given(data=st.data())
def test_the_linkage_of_what_is_included_is_written_with_the_rest(
    card: Resource, data: st.DataObject
) -> None:
    place = data.draw(st.sampled_from(PLACES))
    row = data.draw(rows_of(card))
    many = [link for link in card.links if isinstance(link, ToMany)]
    linked = data.draw(st.lists(st.sampled_from(many), unique_by=lambda link: link.name)) if many else []
    ids = data.draw(st.lists(st.uuids().map(str), max_size=3))
    expected = dumped(card, place, row)
    texts = []
    for link in linked:
        identifiers = [{"type": place.prefix + link.type, "id": id} for id in ids]
        expected["relationships"][link.name]["data"] = identifiers
        texts.append({row["id"]: f"[{','.join(identifier(place, link, id) for id in ids)}]"} if ids else {})

    check(Shape(card, place, None, tuple(link.name for link in linked), True), row, expected, tuple(texts))


@EVERY_CARD
@FEW
@given(data=st.data())
def test_the_cursor_of_a_record_leads_back_to_it(card: Resource, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(PLACES))
    row = data.draw(rows_of(card))
    sortable = [one.field for one in card.attributes.values() if one.kind.is_scalar]
    fields = data.draw(st.lists(st.sampled_from(sortable), max_size=3, unique=True))
    sort = tuple(data.draw(st.sampled_from(["", "-"])) + field for field in fields)
    keys = tuple(row[field] for field in cursors.fields_of(sort))
    expected = lean(card, dumped(card, place, row)) | {
        "meta": {"page": {"cursor": cursors.write(",".join(sort), keys)}}
    }

    check(Shape(card, place, cursor_sort=sort), row, expected)
    found = cursors.read(card, sort, expected["meta"]["page"]["cursor"], "page[after]")
    assert canonical(list(found)) == canonical(list(keys))


@EVERY_CARD
@FEW
@given(data=st.data())
def test_a_flat_record_is_written_as_the_schema_dumps_its_attributes(
    card: Resource, data: st.DataObject
) -> None:
    row = data.draw(rows_of(card))
    flat = flat_of(card)
    columns = tuple(row[field] for field in flat.fields)
    expected = {"id": row["id"], **dumped(card, PLACES[0], row)["attributes"]}

    assert canonical(json.loads(flat.of(columns))) == canonical(expected)
    told = json.loads(flat.of_record(SimpleNamespace(**row), {"secret": 'a"b'}))
    assert canonical(told) == canonical(expected | {"meta": {"secret": 'a"b'}})


@EVERY_CARD
def test_a_writer_asks_for_no_more_than_it_writes(card: Resource) -> None:
    assert writer_of(Shape(card, PLACES[0], frozenset())).fields == ("id",)
    assert set(flat_of(card).fields) == {"id", *(one.field for one in card.attributes.values())}


@EVERY_CARD
def test_a_list_of_nothing_is_written_as_nothing(card: Resource) -> None:
    assert writer_of(Shape(card, PLACES[0])).write([]) == []


# ---- canaries


@pytest.fixture
def fresh() -> Iterator[None]:
    """Writers that are compiled in the test, and forgotten after it."""
    writer_of.cache_clear()
    flat_of.cache_clear()
    yield
    writer_of.cache_clear()
    flat_of.cache_clear()


def plain_row(card: Resource, **values: Any) -> Row:
    """A row of CARD of the simplest values."""
    simple: Mapping[Kind, Any] = {
        Kind.ID: "0190a1b2-0000-7000-8000-000000000001",
        Kind.TIME: "2026-01-31T12:00:00.000000Z",
        Kind.TEXT: "x",
        Kind.NAME: "x",
        Kind.NUMBER: 0.0,
        Kind.INTEGER: 0,
        Kind.OBJECT: "{}",
        Kind.TEXTS: "[]",
    }
    row = {
        field: None if one.is_nullable else one.choices[0] if one.choices else simple[one.kind]
        for field, one in card.every_attribute.items()
    }
    return row | values


ENTRIES = next(card for card in CARDS if card.type == "entries")


@pytest.mark.parametrize("text", ['"', "\\", "\n", "\x01", '","status":"completed'])
@pytest.mark.usefixtures("fresh")
def test_checker_detects_text_that_is_not_escaped(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    row = plain_row(ENTRIES, resource=text)
    check(Shape(ENTRIES, PLACES[0]), row, lean(ENTRIES, dumped(ENTRIES, PLACES[0], row)))
    writer_of.cache_clear()
    monkeypatch.setitem(template._GLOBALS, "text", lambda text: f'"{text}"')

    with pytest.raises((AssertionError, json.JSONDecodeError)):
        check(Shape(ENTRIES, PLACES[0]), row, lean(ENTRIES, dumped(ENTRIES, PLACES[0], row)))


@pytest.mark.usefixtures("fresh")
def test_checker_detects_an_attribute_that_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    row = plain_row(ENTRIES)
    expected = lean(ENTRIES, dumped(ENTRIES, PLACES[0], row))
    monkeypatch.setitem(ENTRIES.__dict__, "attributes", {**ENTRIES.attributes})
    del ENTRIES.attributes["priority"]

    with pytest.raises(AssertionError):
        check(Shape(ENTRIES, PLACES[0]), row, expected)


@pytest.mark.usefixtures("fresh")
def test_checker_detects_a_number_written_in_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    row = plain_row(ENTRIES, priority=1.0)
    expected = lean(ENTRIES, dumped(ENTRIES, PLACES[0], row))

    with pytest.raises(AssertionError):
        check(Shape(ENTRIES, PLACES[0]), row | {"priority": 1}, expected)
