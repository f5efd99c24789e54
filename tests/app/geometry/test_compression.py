"""COCO's text for run lengths is that of pycocotools, byte for byte; and no text does harm."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco

from app.geometry import BadGeometry
from app.geometry.compression import MOST_GROUPS
from app.geometry.masks import compressed, counts_of
from app.geometry.shapes import MOST_COUNTS

# No larger: pycocotools 2.0.11 has room for six characters a length and none for the end of its text, so that
# lengths of 2**24 and more break its memory.
LENGTHS = st.integers(0, 70) | st.integers(0, 2**23)


def theirs(counts: list[int]) -> str:
    """What pycocotools writes of COUNTS."""
    written = coco.frPyObjects({"size": [1, sum(counts)], "counts": counts}, 1, sum(counts))
    text: bytes = written["counts"]
    return text.decode()


@settings(deadline=None, max_examples=300)
@given(st.lists(LENGTHS, min_size=1, max_size=12))
def test_lengths_are_written_as_pycocotools_writes_them(counts: list[int]) -> None:
    assert compressed(counts) == theirs(counts)


@settings(deadline=None, max_examples=300)
@given(st.lists(LENGTHS, min_size=1, max_size=12))
def test_what_pycocotools_wrote_is_read(counts: list[int]) -> None:
    assert counts_of(theirs(counts)) == counts


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=12))
def test_lengths_of_the_largest_mask_come_back(counts: list[int]) -> None:
    assert counts_of(compressed(counts)) == counts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12 3",
        "/",
        "p",
        "1\n",
        "1\0",
        "12é",
        "1\ud800",
        "１",  # noqa: RUF001 - a digit, but of no ASCII
        "o",  # ends within a number
        "12P",
        "O",  # minus one
        "333L",  # three less four
        "o" * MOST_GROUPS + "0",  # too large
        "o" * 100_000,
        "0" * (MOST_COUNTS + 1),
        "0" * (MOST_COUNTS * MOST_GROUPS + 1),
        "111N",  # a length less two: negative
    ],
)
def test_a_text_that_tells_no_lengths_is_refused(text: str) -> None:
    with pytest.raises(BadGeometry) as caught:
        counts_of(text)

    assert caught.value.pointer == "/counts"


@settings(max_examples=300)
@given(st.text(alphabet=[chr(48 + number) for number in range(64)], max_size=30))
def test_whatever_is_in_the_alphabet_tells_lengths_or_is_refused(text: str) -> None:
    with suppress(BadGeometry):
        counts = counts_of(text)

        assert min(counts) >= 0
        assert counts_of(compressed(counts)) == counts
