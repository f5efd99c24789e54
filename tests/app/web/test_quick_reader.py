"""What the quick reader accepts is what the schema would have read, over every card."""

import math
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.attributes import Kind
from app.catalog import CARDS
from app.declare import Resource
from app.errors import Invalid
from app.web import quick_reader
from app.web.quick_reader import QuickReader
from app.web.schemas import read_attributes

WRITTEN = [card for card in CARDS if {"create", "update"} & card.verbs]
ID = "0194F5C8-0000-7000-8000-000000000001"
TEXTS = st.sampled_from(["", "a", "a" * 64, "a" * 65, "é" * 255, "a" * 5000, ID, ID.lower(), "PT30M", "true"])
ANY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXTS,
    st.dictionaries(TEXTS, st.integers() | TEXTS, max_size=3),
    st.lists(TEXTS | st.integers(), max_size=3),
)


def likely(card: Resource, name: str) -> st.SearchStrategy[Any]:
    """A value of the attribute, as often right as not."""
    attribute = card.attributes.get(name)
    if attribute is None:
        return ANY
    right: Mapping[Kind, Any] = {
        Kind.ID: st.just(ID),
        Kind.CHOICE: st.sampled_from(attribute.choices or ("x",)),
        Kind.OBJECT: st.dictionaries(TEXTS, TEXTS, max_size=2),
        Kind.INTEGER: st.integers(-5, 5),
        Kind.TEXT: TEXTS,
    }
    mostly: st.SearchStrategy[Any] = right.get(attribute.kind, ANY)
    return mostly | mostly | ANY


@st.composite
def asked(draw: st.DrawFn) -> tuple[Resource, dict[str, Any], bool]:
    card = draw(st.sampled_from(WRITTEN))
    names = draw(st.sets(st.sampled_from([*card.attributes, "unknown"]), max_size=6))
    if draw(st.booleans()):
        names |= {name for name, one in card.attributes.items() if one.is_required and not one.is_read_only}
    return card, {name: draw(likely(card, name)) for name in sorted(names)}, draw(st.booleans())


def by_schema(card: Resource, attributes: Mapping[str, Any], *, is_partial: bool) -> Any:
    """What the schema alone reads; None where it refuses."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QuickReader, "read", lambda *given, **more: None)
        try:
            return read_attributes(card, attributes, is_partial=is_partial)
        except Invalid:
            return None


def differs(card: Resource, attributes: Mapping[str, Any], *, is_partial: bool) -> bool:
    quick = QuickReader(card).read(attributes, is_partial=is_partial)
    return quick is not None and quick != by_schema(card, attributes, is_partial=is_partial)


@settings(max_examples=1000, deadline=None)
@given(asked())
def test_what_it_accepts_is_what_the_schema_reads(given_: tuple[Resource, dict[str, Any], bool]) -> None:
    card, attributes, is_partial = given_

    assert not differs(card, attributes, is_partial=is_partial)


@pytest.mark.parametrize("card", WRITTEN, ids=lambda card: card.type)
def test_it_reads_the_example_of_a_card_as_the_schema_does(card: Resource) -> None:
    quick = QuickReader(card).read(card.example, is_partial=True)

    assert quick in (None, by_schema(card, card.example, is_partial=True))


def test_it_reads_what_batches_are_made_of() -> None:
    annotations = next(card for card in CARDS if card.type == "annotations")

    assert QuickReader(annotations).read(annotations.example, is_partial=True) is not None


def test_checker_detects_a_reader_that_takes_any_length(monkeypatch: pytest.MonkeyPatch) -> None:
    lax = {**quick_reader._READS, Kind.TEXT: lambda attribute: lambda value: value}
    monkeypatch.setattr(quick_reader, "_READS", lax)
    projects = next(card for card in CARDS if card.type == "projects")

    assert differs(projects, {"name": "a" * 5000}, is_partial=True)
    assert differs(projects, {"name": math.pi}, is_partial=True)
