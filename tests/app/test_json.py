"""The one reader of JSON: what it refuses (contracts/reliability.md 3.8), and that it loses nothing else."""

import json
import time
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import json as reader
from app.errors import Invalid, Malformed
from app.json import MOST_DEPTH, MOST_NODES, parse

CHARACTERS = st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")
TEXTS = st.text(CHARACTERS, max_size=20)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
    | st.sampled_from(['"', "\\", '":', '\\":', '\\"', "\\\\", "[{", "]}", "\ud7ff\ue000", "😀"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5),
    max_leaves=40,
)


def refusal_of(body: bytes, **options: Any) -> str:
    """The code that BODY is refused with: as Malformed, or as Invalid where the JSON is sound."""
    with pytest.raises((Malformed, Invalid)) as caught:
        parse(body, **options)
    code = caught.value.code
    assert isinstance(caught.value, Malformed) == code.startswith("json_")
    return code


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"nul",
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b'{"a":NaN}',
        b"1e400",
        b"-1e400",
        b'{"a":[1e999]}',
        b"01",
        b"1.",
        b".5",
        b"+1",
        b"0x10",
        b"1" * 5000,
        b"[1,]",
        b'{"a":1,}',
        b"{'a':1}",
        b"{a:1}",
        b"// no\n1",
        b"[1] [2]",
        b"1 2",
        b"{}\0",
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
        '{"a":1}'.encode("utf-16-be"),
        '{"a":1}'.encode("utf-32"),
        b'"\xff"',
        b'"\xc0\xaf"',
        b'"\xed\xa0\x80"',
        b'{"\xed\xa0\x80":1}',
        b'"\xf4\x90\x80\x80"',
        b'"\n"',
        b'"\x00"',
        b'"\\x41"',
        b'"\\u12"',
        b"[" * 60 + b"]" * 59,
    ],
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    assert refusal_of(body) == "json_invalid"


@pytest.mark.parametrize(
    "body", [rb'"\ud800"', rb'"\udc00"', rb'"\ud800\ud800"', rb'"\uD800x"', rb'{"\ud800":1}', rb'["\udfff"]']
)
def test_lone_surrogates_are_refused(body: bytes) -> None:
    assert refusal_of(body) in {"json_invalid", "character_not_allowed"}


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert parse(rb'"\ud83d\uDE00"') == "😀"


@pytest.mark.parametrize("body", [rb'"\u0000"', rb'{"a\u0000":1}', rb'{"a":["x",{"b":"\u0000"}]}'])
def test_nul_is_refused_wherever_it_stands(body: bytes) -> None:
    assert refusal_of(body) == "character_not_allowed"


def test_a_text_that_looks_like_an_escaped_nul_is_read() -> None:
    assert parse(rb'"\\u0000"') == r"\u0000"


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 2**64 - 1, 2**64, 10**30, -(10**400)])
def test_whole_numbers_beyond_64_bits_are_refused(number: int) -> None:
    assert refusal_of(b'{"a":[%d]}' % number) == "number_out_of_range"


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63)])
def test_whole_numbers_of_64_bits_are_read(number: int) -> None:
    assert parse(b"[%d]" % number) == [number]


def test_many_digits_of_a_fraction_are_no_large_number() -> None:
    assert parse(b"0.1111111111111111111111111") == 0.1111111111111111111111111


NESTS = {
    "lists": (b"[", b"]"),
    "objects": (b'{"a":', b"}"),
    "lists in objects": (b'{"a":[', b"]}"),
    "objects in lists": (b'[{"a":', b"}]"),
    "lists beside text": (b'["]}",', b"]"),
}


@pytest.mark.parametrize("kind", NESTS)
def test_64_levels_are_read_and_65_are_not(kind: str) -> None:
    opening, closing = NESTS[kind]
    levels = opening.count(b"[") + opening.count(b"{")
    most = MOST_DEPTH // levels

    assert parse(opening * most + b"1" + closing * most) is not None
    assert refusal_of(opening * most + b"[]" + closing * most) == "json_too_deep"
    assert refusal_of(opening * (most + 1) + b"1" + closing * (most + 1)) == "json_too_deep"
    assert refusal_of(opening * 50_000 + b"1" + closing * 50_000) == "json_too_deep"


def test_brackets_in_texts_are_no_levels() -> None:
    value = ['[{"' * 100, '\\"[' * 100, "]" * 1000]

    assert parse(json.dumps(value).encode()) == value


def test_many_flat_lists_are_not_deep() -> None:
    assert parse(json.dumps([[]] * 5000).encode()) == [[]] * 5000


@pytest.mark.parametrize(
    "value",
    [
        [1] * (MOST_NODES - 1),
        {str(n): n for n in range(MOST_NODES - 1)},
        [[]] * (MOST_NODES - 1),
        {"a": [1] * (MOST_NODES - 2)},
    ],
    ids=["list", "object", "lists", "nested"],
)
def test_as_many_values_as_the_limit_are_read_and_one_more_is_not(value: Any) -> None:
    body = msgspec.json.encode(value)

    assert parse(body) == value
    assert refusal_of(body, most_nodes=MOST_NODES - 1) == "json_too_large"


@pytest.mark.parametrize(
    "body",
    [
        rb'{"a":1,"a":2}',
        rb'{"a":1,"a":1}',
        rb'{"a":1,"\u0061":2}',
        rb'{"a" :1,"a" : 2}',
        b'{"a"\n\t\r :1,"a":2}',
        rb'{"":1,"":2}',
        rb'{"a\\":1,"a\\":2}',
        rb'{"a\"":1,"a\"":2}',
        rb'{"a":1,"a":2,"b\\":3}',
        rb'{"a":1,"a":2,"c":"\":"}',
        rb'{"a":1,"a":2,"b\\":":"}',
        rb'{"x":[{"y":{"a":1,"a":2}}]}',
        rb'[{"a":1},{"a":1,"b":2,"a":3}]',
        '{"é":1,"\\u00e9":2}'.encode(),
        rb'{"\ud83d\ude00":1,"\uD83D\uDE00":2}',
        rb'{"a/b":1,"a\/b":2}',
        rb'{"a":1,"b":":","a":2}',
    ],
)
def test_doubled_keys_are_refused_however_they_are_spelled(body: bytes) -> None:
    assert refusal_of(body) == "json_duplicate_key"


@pytest.mark.parametrize(
    "body",
    [rb'{"a":"\":","b":":","c\\":1}', rb'[":",":",{"a":1}]', rb'[{"a":1},{"a":2}]', '{"é":1,"è":2}'.encode()],
)
def test_what_only_looks_like_doubled_keys_is_read(body: bytes) -> None:
    assert parse(body) == json.loads(body)


@settings(deadline=None)
@given(VALUES)
def test_what_is_written_is_read_again(value: Any) -> None:
    assert parse(msgspec.json.encode(value)) == value
    assert parse(json.dumps(value).encode()) == value
    assert parse(json.dumps(value, ensure_ascii=False, indent=1).encode()) == value


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_bytes_are_read_or_refused_and_nothing_else_happens(body: bytes) -> None:
    read_or_refused(body)


FRAGMENTS = st.sampled_from(
    [
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b"\\",
        b":",
        b",",
        b"a",
        b"\\u0000",
        b"\\ud800",
        b"\\udc00",
        b"1",
        b"e9",
        b"99999",
        b"-",
        b".",
        b" ",
        b"\n",
        b"null",
        b"\xff",
        b"\xc3\xa9",
        b'"a":',
        b'{"a":1',
        b'"a":1,',
        b'\\"',
        b"\\\\",
        b"\0",
    ]
)


@settings(deadline=None)
@given(st.lists(FRAGMENTS, max_size=40).map(b"".join))
def test_broken_json_is_read_or_refused_and_nothing_else_happens(body: bytes) -> None:
    read_or_refused(body)


def read_or_refused(body: bytes) -> None:
    """Assert that BODY is refused, or read as Python's own reader does."""
    try:
        value = parse(body)
    except (Malformed, Invalid):
        return
    assert value == json.loads(body)


@settings(deadline=None)
@given(st.lists(st.tuples(TEXTS, SCALARS), max_size=4))
def test_an_object_is_read_exactly_where_its_keys_differ(pairs: list[tuple[str, Any]]) -> None:
    body = "{" + ",".join(f"{json.dumps(key)}:{json.dumps(value)}" for key, value in pairs) + "}"

    if len(dict(pairs)) == len(pairs):
        assert parse(body.encode()) == dict(pairs)
    else:
        assert refusal_of(body.encode()) == "json_duplicate_key"


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 65 + b'"' + b'\\"' * 500_000,
        b"[" * 1_000_000,
        b"][" * 500_000,
        b'{"a":[' * 150_000,
        b'"' * 1_000_000 + b"[" * 65,
        b'"\\' * 500_000 + b"[" * 65,
        b"[" + b'" ' * 300_000 + b"]" * 65,
        b"[" + b'" :" ' * 200_000 + b"]" * 65,
    ],
    ids=["quotes", "lists", "unpaired", "both", "texts", "escapes", "spaces", "colons"],
)
def test_no_body_of_a_megabyte_takes_long(body: bytes) -> None:
    began = time.process_time()

    refusal_of(body)

    assert time.process_time() - began < 0.5  # seconds; it takes 0.03


def test_checker_detects_a_reader_that_lets_doubled_keys_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_check_shape", lambda body, value: None)

    with pytest.raises(pytest.fail.Exception):
        refusal_of(rb'{"a":1,"a":2}')


def test_checker_detects_a_reader_that_raises_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(msgspec.json, "decode", json.loads)

    with pytest.raises(json.JSONDecodeError):
        read_or_refused(b"{")
