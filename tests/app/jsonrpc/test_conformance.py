"""The JSON-RPC checklist of the contracts, by its numbers, over HTTP and with our methods.

Source of the examples: https://www.jsonrpc.org/specification#examples; what they call by the names of methods
that are not ours is here called by ours. `tests/rpc/test_specification.py` has them word for word.
"""

from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.app.jsonrpc.conftest import (
    INVALID,
    NOBODY,
    SECRET,
    UNPARSED,
    New,
    Send,
    call,
    cancelled,
    labels,
    unknown,
)
from tests.lab import Lab


@pytest.mark.parametrize("positions", [[NOBODY], [42, 23]])
def test_rpc_01_positions_are_refused_in_words(send: Send, positions: Any) -> None:
    reply = send(call("show", positions, id=1))

    assert (reply.status, reply.document["id"]) == (200, 1)
    assert reply.document["error"] == {
        "code": -32602,
        "message": "Invalid params: parameters go by name",
    }


def test_rpc_02_names_come_in_any_order(send: Send, new: New) -> None:
    params = new()

    results = [
        send(call("create", dict(order), id=3)).document["result"]
        for order in (list(params.items()), list(reversed(params.items())))
    ]

    one, other = ({name: result[name] for name in params} for result in results)
    assert one == other == params


def test_rpc_03_names_of_methods_and_parameters_are_case_sensitive(send: Send, made: str) -> None:
    assert send(call("Show", {"id": made}, id=1)).document == unknown(1)
    assert send(call("show", {"ID": made}, id=1)).document["error"]["code"] == -32602


@pytest.mark.parametrize("version", ["1.0", "2", 2.0, 2, None, "2.0 ", ["2.0"]])
def test_rpc_03_the_version_is_exactly_the_string(send: Send, made: str, version: Any) -> None:
    assert send(call("show", {"id": made}, id=1) | {"jsonrpc": version}).document == INVALID


def test_rpc_03_the_version_may_not_be_missing(send: Send, made: str) -> None:
    assert send({"method": "show", "params": {"id": made}, "id": 1}).document == INVALID


def test_rpc_04_a_notification_is_done_and_never_answered(lab: Lab, send: Send, new: New) -> None:
    reply = send(call("create", new("quiet")))

    assert (reply.status, reply.text) == (204, "")
    assert labels(lab) == ["quiet"]


@pytest.mark.parametrize(
    ("method", "params"),
    [("foobar", None), ("show", {"id": NOBODY}), ("create", {}), ("show", [1]), ("update", {"id": "x"})],
)
def test_rpc_04_nor_is_one_that_fails(send: Send, method: str, params: Any) -> None:
    reply = send(call(method, params))

    assert (reply.status, reply.text) == (204, "")


def test_rpc_04_nor_is_one_that_crashes(send: Send, made: str, crash: Callable[[str], None]) -> None:
    crash("show")

    assert (reply := send(call("show", {"id": made}))).status == 204
    assert reply.text == ""


@pytest.mark.parametrize("id", ["1", "", 1, 0, -1, None, 1.5, 0.1, 1e20])
def test_rpc_05_an_id_comes_back_with_its_type(send: Send, made: str, id: Any) -> None:
    for method in ("show", "foobar"):
        echoed = send(call(method, {"id": made}, id=id)).document["id"]

        assert (echoed, type(echoed)) == (id, type(id))


def test_rpc_06_an_unknown_method_is_refused_with_the_id(send: Send) -> None:
    assert send(call("foobar", id="1")).document == unknown("1")


@pytest.mark.parametrize(
    "body",
    [
        b'{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]',
        b'{"jsonrpc": "2.0", "method": "show", "id": 1',
        b"nonsense",
        b"\xff\xfe",
        b'{"jsonrpc": "2.0", "method": "show", "id": NaN}',
        b"{'jsonrpc': '2.0'}",
    ],
)
def test_rpc_07_what_is_not_json_is_told_without_an_id(send: Send, body: bytes) -> None:
    assert (reply := send(body)).status == 200
    assert reply.document == UNPARSED


def test_rpc_08_what_is_no_call_is_refused_without_an_id(send: Send) -> None:
    assert send({"jsonrpc": "2.0", "method": 1, "params": "bar"}).document == INVALID


def test_rpc_09_a_batch_that_is_not_json_is_refused_once(send: Send) -> None:
    body = b'[{"jsonrpc": "2.0", "method": "show", "params": {}, "id": "1"}, {"jsonrpc": "2.0", "method"]'

    assert send(body).document == UNPARSED


def test_rpc_10_an_empty_batch_is_refused_with_an_object(send: Send) -> None:
    for query in ("", "?mode=atomic", "?mode=continue", "?dry_run=true"):
        assert send([], query).document == INVALID


def test_rpc_11_a_batch_of_one_that_is_no_call_is_refused_in_a_list(send: Send) -> None:
    assert send([1]).document == [INVALID]


def test_rpc_12_each_item_that_is_no_call_is_refused(send: Send) -> None:
    for query in ("", "?mode=atomic", "?mode=continue", "?dry_run=true"):
        assert send([1, 2, 3], query).document == [INVALID, INVALID, INVALID]


@pytest.mark.parametrize("query", ["", "?mode=continue"])
def test_rpc_13_the_specifications_mixed_batch(lab: Lab, send: Send, new: New, made: str, query: str) -> None:
    batch = [
        call("create", new("sum"), id="1"),
        call("create", new("notify_hello")),
        call("update", {"id": made, "annotation": {"n": "subtract"}}, id="2"),
        {"foo": "boo"},
        call("foo.get", {"name": "myself"}, id="5"),
        call("show", {"id": made}, id="9"),
    ]

    answers = send(batch, query).document

    results = [one.get("result", {}).get("annotation") for one in answers]
    assert results == [{"n": "sum"}, {"n": "subtract"}, None, None, {"n": "subtract"}]
    assert [one["id"] for one in answers] == ["1", "2", None, "5", "9"]
    assert answers[2:4] == [INVALID, unknown("5")]
    assert labels(lab) == ["notify_hello", "subtract", "sum"]


@pytest.mark.parametrize("query", ["", "?mode=continue", "?mode=atomic"])
def test_rpc_14_a_batch_of_notifications_is_not_answered(lab: Lab, send: Send, new: New, query: str) -> None:
    reply = send([call("create", new(1)), call("create", new(2))], query)

    assert (reply.status, reply.text) == (204, "")
    assert labels(lab) == [1, 2]


def test_rpc_14_nor_is_one_of_which_each_fails(send: Send) -> None:
    for query in ("", "?mode=continue", "?mode=atomic", "?dry_run=true"):
        reply = send([call("show", {"id": NOBODY}), call("foobar"), call("create", {})], query)

        assert (reply.status, reply.text) == (204, "")


@pytest.mark.parametrize("params", ["bar", 1, 1.5, True, None])
def test_rpc_15_params_are_an_object_or_a_list(send: Send, params: Any) -> None:
    assert send({"jsonrpc": "2.0", "method": "show", "params": params, "id": 1}).document == INVALID


def test_rpc_15_params_may_be_absent(send: Send) -> None:
    assert send(call("rpc.discover", id=1)).document["result"]["openrpc"] == "1.3.2"
    assert send(call("show", id=1)).document["error"]["data"]["errors"] == [
        {"code": "attribute_missing", "detail": "id is required", "pointer": "/params"}
    ]


@pytest.mark.parametrize("id", [{}, [], {"a": 1}, [1], True, False])
def test_rpc_16_an_id_is_no_object_list_or_boolean(send: Send, made: str, id: Any) -> None:
    assert send(call("show", {"id": made}, id=id)).document == INVALID


def test_rpc_17_an_answer_has_a_result_or_an_error(send: Send, new: New, made: str) -> None:
    done, gone = send([call("show", {"id": made}, id=1), call("delete", {"id": made}, id=2)]).document
    refused = send(call("show", {"id": made}, id=3)).document

    assert done.keys() == {"jsonrpc", "result", "id"}
    assert gone == {"jsonrpc": "2.0", "result": None, "id": 2}
    assert refused.keys() == {"jsonrpc", "error", "id"}


def test_rpc_18_an_error_has_a_code_a_message_and_its_data(send: Send, made: str) -> None:
    error = send(call("update", {"id": made, "annotation": 1, "colour": 2}, id=1)).document["error"]

    assert error["code"] == -32602
    assert isinstance(error["message"], str)
    assert len(error["message"]) < 200
    pointers = [one["pointer"] for one in error["data"]["errors"]]
    assert sorted(pointers) == ["/params/annotation", "/params/colour"]


@pytest.mark.parametrize("name", ["rpc.", "rpc.show", "rpc.list_methods", "rpc.Discover"])
def test_rpc_19_reserved_names_are_unknown(send: Send, name: str) -> None:
    assert send(call(name, id=1)).document == unknown(1)


def test_rpc_19_but_for_discovery(send: Send) -> None:
    told = send(call("rpc.discover", {}, id=1)).document["result"]

    assert [one["name"] for one in told["methods"]] == ["show", "create", "update", "delete", "rpc.discover"]


def test_rpc_20_parameters_that_a_method_refuses_are_answered_with_the_id(send: Send, new: New) -> None:
    for params in ({}, new(colour=1), new(id="x"), new() | {"dimensions": 1}):
        reply = send(call("create", params, id=8)).document

        assert (reply["error"]["code"], reply["id"]) == (-32602, 8)


@pytest.mark.parametrize("query", ["", "?mode=continue", "?mode=atomic", "?dry_run=true"])
@pytest.mark.parametrize("is_batch", [False, True])
def test_rpc_20_a_crash_leaks_nothing_and_is_found_by_its_id(
    send: Send, made: str, crash: Callable[[str], None], query: str, is_batch: bool
) -> None:
    crash("update")
    crashing = call("update", {"id": made, "annotation": {}}, id=7)

    reply = send([crashing] if is_batch else crashing, query)

    answer = reply.document[0] if is_batch else reply.document
    assert reply.status == 200
    assert answer == {
        "jsonrpc": "2.0",
        "error": {
            "code": -32603,
            "message": "Internal error",
            "data": {"id": reply.headers["x-request-id"]},
        },
        "id": 7,
    }
    assert "hunter2" not in reply.text + str(reply.headers)


def test_rpc_20_a_crash_among_creates_leaves_nothing_of_its_own(
    lab: Lab, send: Send, new: New, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.operations import changes

    event = changes._event

    def spoiled(work: Any, card: Any, row: Any, *more: Any) -> Any:
        if card.type == "annotations" and '"bad"' in row.annotation:
            raise RuntimeError(SECRET)
        return event(work, card, row, *more)

    monkeypatch.setattr(changes, "_event", spoiled)
    batch = [call("create", new(n), id=n) for n in ("a", "b", "bad", "c")]

    with capture_logs() as logged:
        reply = send(batch)
    assert [one["event"] for one in logged if one["event"] == "crash"] == [
        "crash",
        "crash",
    ]  # together, and alone
    assert ["result" in one for one in reply.document] == [True, True, False, False]
    assert reply.document[3] == cancelled("c")
    assert "hunter2" not in reply.text
    assert labels(lab) == ["a", "b"]

    with capture_logs():
        reply = send(batch, "?mode=continue")
    assert ["result" in one for one in reply.document] == [True, True, False, True]
    assert labels(lab) == ["a", "a", "b", "b", "c"]


def test_rpc_21_answers_come_in_the_order_of_the_calls(send: Send, made: str, new: New) -> None:
    batch = [call("show", {"id": made}, id=1), call("create", new(), id=3), call("show", {"id": made}, id=2)]

    assert [one["id"] for one in send(batch).document] == [1, 3, 2]


@pytest.mark.parametrize("query", ["", "?mode=continue", "?mode=atomic"])
def test_rpc_22_calls_of_one_id_are_both_answered(send: Send, new: New, query: str) -> None:
    answers = send([call("create", new(n), id=1) for n in range(2)], query).document

    assert [(one["id"], one["result"]["annotation"]["n"]) for one in answers] == [(1, 0), (1, 1)]


@pytest.mark.parametrize("id", [2**53 + 1, 2**63 - 1, -(2**63), "ж" * 300, "🦉", "\u2028", '"\\\u0001'])
def test_rpc_23_big_and_unicode_ids_survive(send: Send, made: str, id: Any) -> None:
    reply = send(call("show", {"id": made}, id=id))

    assert reply.document["id"] == id


@pytest.mark.parametrize("id", [2**64, -(10**40), "\u0000"])
def test_rpc_23_an_id_that_our_json_has_not_is_refused(send: Send, id: Any) -> None:
    error = send(call("rpc.discover", id=id)).document["error"]

    assert error["code"] == -32600
    assert error["data"]["code"] in ("number_out_of_range", "character_not_allowed")


@pytest.mark.parametrize("body", [5, "x", None, True, 1.5, {}])
def test_rpc_24_a_body_that_is_neither_call_nor_batch_is_refused(send: Send, body: Any) -> None:
    assert send(body).document == INVALID


@pytest.mark.parametrize("body", [b"", b" ", b"\n"])
def test_rpc_24_an_empty_body_is_no_json(send: Send, body: bytes) -> None:
    assert send(body).document == UNPARSED


@pytest.mark.parametrize("query", ["", "?mode=atomic"])
def test_rpc_25_a_batch_over_the_limit_is_refused_whole(lab: Lab, send: Send, new: New, query: str) -> None:
    reply = send([call("create", new(n), id=n) for n in range(1001)], query)

    assert (reply.status, reply.document) == (
        200,
        {
            "jsonrpc": "2.0",
            "error": {"code": -32600, "message": "Batch size limit exceeded", "data": {"batch_limit": 1000}},
            "id": None,
        },
    )
    assert labels(lab) == []


def test_rpc_25_a_batch_at_the_limit_is_run(send: Send) -> None:
    answers = send([call("foobar", id=n) for n in range(1000)]).document

    assert answers == [unknown(n) for n in range(1000)]
