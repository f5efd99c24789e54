"""Bad JSON (reliability, 3.8): one parser, at every route that reads a body, on both databases alike."""

from typing import Any

import pytest

from tests.lab import Lab, Person

ROUTES = [
    ("POST", "/entries"),
    ("PATCH", "/entries/{entry}"),
    ("POST", "/entries/{entry}/submit"),
    ("PATCH", "/entries/{entry}/relationships/dataset"),
]

INVALID = {
    "NaN": b'{"data": {"type": "entries", "attributes": {"priority": NaN}}}',
    "infinity": b'{"data": {"type": "entries", "attributes": {"priority": Infinity}}}',
    "minus infinity": b'{"data": {"type": "entries", "attributes": {"priority": -Infinity}}}',
    "beyond a double": b'{"data": {"type": "entries", "attributes": {"priority": 1e400}}}',
    "thousands of digits": b'{"data": {"type": "entries", "attributes": {"priority": ' + b"9" * 5000 + b"}}}",
    "a high surrogate": b'{"data": {"type": "entries", "attributes": {"resource": "\\ud800"}}}',
    "a low surrogate": b'{"data": {"type": "entries", "attributes": {"resource": "\\udc00"}}}',
    "surrogates the wrong way round": b'{"data": {"type": "entries", "meta": "\\udc00\\ud800"}}',
    "a surrogate in a key": b'{"data": {"type": "entries", "attributes": {"\\ud800 ": 1}}}',
    "a raw NUL": b'{"data": {"type": "entries\x00"}}',
    "a raw newline": b'{"data": {"type": "entries\n"}}',
    "bytes that are no UTF-8": b'{"data": {"type": "\xff\xfe"}}',
    "an overlong form": b'{"data": {"type": "\xc0\xaf"}}',
    "a surrogate in UTF-8": b'{"data": {"type": "\xed\xa0\x80"}}',
    "a byte order mark": b'\xef\xbb\xbf{"data": {"type": "entries"}}',
    "UTF-16": '{"data": {"type": "entries"}}'.encode("utf-16"),
    "UTF-32": '{"data": {"type": "entries"}}'.encode("utf-32"),
    "what comes behind": b'{"data": {"type": "entries"}} {}',
    "a comma too many": b'{"data": {"type": "entries",}}',
    "a comment": b'{"data": {"type": "entries"} /* mine */}',
    "a leading zero": b'{"data": {"type": "entries", "meta": 01}}',
    "an end too early": b'{"data": {"type": "entries"',
    "nothing but space": b" ",
}


@pytest.mark.parametrize("raw", INVALID.values(), ids=INVALID)
def test_what_is_no_json_is_refused(still: Lab, raw: bytes) -> None:
    for method, path in ROUTES:
        reply = still.owner.ask(method, path.format(entry=still.entry), raw=raw)

        assert (reply.status, reply.code) == (400, "json_invalid")


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 100_000,
        b"[" * 65 + b"]" * 65,
        b'{"a":' * 65 + b"1" + b"}" * 65,
        b'[{"a":' * 33 + b"1" + b"}]" * 33,
        b'{"data": {"type": "entries", "meta": ' + b"[" * 63 + b"]" * 63 + b"}}",
    ],
)
def test_what_is_too_deep_is_refused(still: Lab, raw: bytes) -> None:
    for method, path in ROUTES:
        reply = still.owner.ask(method, path.format(entry=still.entry), raw=raw)

        assert (reply.status, reply.code) == (400, "json_too_deep")


def test_64_levels_are_read(lab: Lab) -> None:
    levels: Any = 1
    for _ in range(60):  # the document, its data, the attributes and the metadata are four
        levels = [levels]

    reply = lab.owner.update("entries", lab.entry, metadata={"deep": levels})

    assert (reply.status, reply.attributes["metadata"]) == (200, {"deep": levels})


@pytest.mark.parametrize(
    "raw",
    [
        b'{"data": {"type": "entries", "type": "entries"}}',
        b'{"data": {"type": "entries", "typ\\u0065": "entries"}}',
        b'{"data": {"type": "entries"}, "data": {"type": "entries"}}',
        b'{"data": {"type": "entries", "attributes": {"metadata": {"a": 1, "b": {"c": 1, "c": 2}}}}}',
        b'{"data": {"type": "entries", "attributes": {"metadata": {"a\\"": 1, "a\\"": 2}}}}',
        b'{"data": {"type": "entries", "attributes": {"metadata": {"\\\\": 1, "\\\\": 2}}}}',
        b'{"data": {"type": "entries", "attributes": {"metadata": {"": 1, "" : 2}}}}',
    ],
)
def test_a_key_that_stands_twice_is_refused(still: Lab, raw: bytes) -> None:
    for method, path in ROUTES:
        reply = still.owner.ask(method, path.format(entry=still.entry), raw=raw)

        assert (reply.status, reply.code) == (400, "json_duplicate_key")


def test_keys_that_only_look_alike_are_read(lab: Lab) -> None:
    metadata = {"a": 1, "A": 2, "a ": 3, '"a":': 4, "a\\": 5, "": ['"a":', '"a":']}

    reply = lab.owner.update("entries", lab.entry, metadata=metadata)

    assert (reply.status, reply.attributes["metadata"]) == (200, metadata)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'{"data": {"type": "entries", "attributes": {"resource": "a\\u0000"}}}', "character_not_allowed"),
        (
            b'{"data": {"type": "entries", "attributes": {"metadata": {"a": ["\\u0000"]}}}}',
            "character_not_allowed",
        ),
        (
            b'{"data": {"type": "entries", "attributes": {"metadata": {"\\u0000": 1}}}}',
            "character_not_allowed",
        ),
        (
            b'{"data": {"type": "entries", "attributes": {"priority": 9223372036854775808}}}',
            "number_out_of_range",
        ),
        (
            b'{"data": {"type": "entries", "attributes": {"priority": -9223372036854775809}}}',
            "number_out_of_range",
        ),
        (
            b'{"data": {"type": "entries", "attributes": {"metadata": {"a": 99999999999999999999}}}}',
            "number_out_of_range",
        ),
    ],
)
def test_values_that_a_database_cannot_keep_are_invalid(still: Lab, raw: bytes, code: str) -> None:
    for method, path in ROUTES:
        reply = still.owner.ask(method, path.format(entry=still.entry), raw=raw)

        assert (reply.status, reply.code) == (422, code)


@pytest.mark.parametrize(
    "metadata",
    [
        {"int": [2**63 - 1, -(2**63), 0]},
        {"float": [1e308, 5e-324, -0.5, 0.1, 1e22]},
        {"text": "\u0001\x7f\u2028é日\U0001f600\\u0000\"'<>&"},
        {"é": {"日": ["😀"]}, "$": None, "__proto__": {}, "a/b~c": True},
        {},
        {"list": [[], {}, [[]], None, False, ""]},
    ],
)
def test_a_json_attribute_comes_back_as_it_went(lab: Lab, metadata: dict[str, Any]) -> None:
    made = lab.owner.create("entries", resource="x", dataset_id=lab.dataset, metadata=metadata)

    assert made.status == 201
    assert lab.owner.get(f"/entries/{made.id}").attributes["metadata"] == metadata
    assert lab.owner.get("/entries").data[0]["attributes"]["metadata"] == metadata


def test_too_many_values_are_refused(still: Lab) -> None:
    raw = b'{"data": {"type": "entries", "meta": [' + b"1," * 100_000 + b"1]}}"

    reply = still.owner.post("/entries", raw=raw)

    assert (reply.status, reply.code) == (400, "json_too_large")


@pytest.mark.parametrize("value", ['{"a": NaN}', '{"a": "\\u0000"}', '{"a":1,"a":2}', "[" * 65, "\ufeff{}"])
def test_json_in_a_filter_is_read_as_strictly(still: Lab, value: str) -> None:
    person: Person = still.owner

    reply = person.ask("GET", f"/entries?filter[metadata]={value}")

    assert (reply.status, reply.source) == (400, {"parameter": "filter[metadata]"})
