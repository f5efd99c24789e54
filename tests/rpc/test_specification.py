"""The JSON-RPC checklist of the contracts, by its numbers; knows nothing of HTTP, hence no 28.

Source of the examples: https://www.jsonrpc.org/specification#examples.
"""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

import rpc
from rpc import Fault, Method, Mode

Ask = Callable[..., Any]  # a body -> its answer
Build = Callable[..., dict[str, Any]]  # a method's name, parameters, members -> a call
Ran = tuple[list[str], dict[str, Method]]
Params = Mapping[str, Any]

INVALID = {"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid Request"}, "id": None}


def result(value: Any, id: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "result": value, "id": id}


def cancelled(id: Any) -> dict[str, Any]:
    message = "Batch execution cancelled due to previous error"
    return {
        "jsonrpc": "2.0",
        "error": {"code": -32603, "message": message, "data": {"cancelled": True}},
        "id": id,
    }


@pytest.mark.parametrize(("params", "difference"), [([42, 23], 19), ([23, 42], -19)])
def test_rpc_01_positions_are_mapped_to_names(ask: Ask, call: Build, params: Any, difference: int) -> None:
    assert ask(call("subtract", params, id=1)) == result(difference, 1)


def test_rpc_01_a_method_without_names_refuses_positions_in_words(ask: Ask, call: Build) -> None:
    error = ask(call("echo", [1], id=1))["error"]

    assert error["code"] == -32602
    assert "by name" in error["message"]


def test_rpc_01_more_positions_than_names_are_refused_with_the_names(ask: Ask, call: Build) -> None:
    error = ask(call("subtract", [1, 2, 3], id=1))["error"]

    assert error["code"] == -32602
    assert "minuend, subtrahend" in error["message"]


def test_rpc_01_an_empty_list_of_positions_is_no_parameters(ask: Ask, call: Build) -> None:
    assert ask(call("echo", [], id=1)) == result({}, 1)


@pytest.mark.parametrize("params", [{"subtrahend": 23, "minuend": 42}, {"minuend": 42, "subtrahend": 23}])
def test_rpc_02_names_come_in_any_order(ask: Ask, call: Build, params: Any) -> None:
    assert ask(call("subtract", params, id=3)) == result(19, 3)


@pytest.mark.parametrize("params", [{"self": 1, "_params": 2}, {"": 1, "a b": 2}, {"args": 1, "context": 2}])
def test_rpc_02_any_string_may_name_a_parameter(ask: Ask, call: Build, params: Any) -> None:
    assert ask(call("echo", params, id=1)) == result(params, 1)


def test_rpc_03_names_of_methods_are_case_sensitive(ask: Ask, call: Build) -> None:
    assert ask(call("Subtract", [42, 23], id=1))["error"]["code"] == -32601


@pytest.mark.parametrize("version", ["1.0", "2", 2.0, 2, None, "2.0 ", ["2.0"]])
def test_rpc_03_the_version_is_exactly_the_string(ask: Ask, call: Build, version: Any) -> None:
    assert ask(call("echo", id=1, jsonrpc=version)) == INVALID


def test_rpc_03_the_version_may_not_be_missing(ask: Ask) -> None:
    assert ask({"method": "echo", "id": 1}) == INVALID


@pytest.mark.parametrize(
    ("method", "params"),
    [("update", [1, 2, 3, 4, 5]), ("foobar", None), ("conflict", None), ("crash", None), ("echo", [1])],
)
def test_rpc_04_a_notification_is_never_answered(ask: Ask, call: Build, method: str, params: Any) -> None:
    assert ask(call(method, params)) is None


@pytest.mark.parametrize("id", ["1", "", 1, 0, -1, None, 1.5, Decimal("1.10")])
def test_rpc_05_an_id_comes_back_with_its_type(ask: Ask, call: Build, id: Any) -> None:
    echoed = ask(call("get_data", id=id))["id"]

    assert echoed == id
    assert type(echoed) is type(id)


def test_rpc_06_an_unknown_method_is_refused_with_the_id(ask: Ask, call: Build) -> None:
    assert ask(call("foobar", id="1")) == {
        "jsonrpc": "2.0",
        "error": {"code": -32601, "message": "Method not found"},
        "id": "1",
    }


def test_rpc_07_and_09_what_is_not_json_has_a_ready_answer() -> None:
    assert rpc.parse_error() == {
        "jsonrpc": "2.0",
        "error": {"code": -32700, "message": "Parse error"},
        "id": None,
    }


def test_rpc_08_what_is_no_call_is_refused_without_an_id(ask: Ask) -> None:
    assert ask({"jsonrpc": "2.0", "method": 1, "params": "bar"}) == INVALID


def test_rpc_10_an_empty_batch_is_refused_with_an_object(ask: Ask) -> None:
    assert ask([]) == INVALID


def test_rpc_11_a_batch_of_one_that_is_no_call_is_refused_in_a_list(ask: Ask) -> None:
    assert ask([1]) == [INVALID]


def test_rpc_12_each_item_that_is_no_call_is_refused(ask: Ask) -> None:
    assert ask([1, 2, 3]) == [INVALID, INVALID, INVALID]


@pytest.mark.parametrize("mode", [Mode.STOP, Mode.CONTINUE])
def test_rpc_13_the_specifications_mixed_batch(ask: Ask, mode: Mode) -> None:
    batch = json.loads("""[
        {"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
        {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},
        {"jsonrpc": "2.0", "method": "subtract", "params": [42,23], "id": "2"},
        {"foo": "boo"},
        {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
        {"jsonrpc": "2.0", "method": "get_data", "id": "9"}
    ]""")

    answers = ask(batch, mode=mode)

    assert answers == json.loads("""[
        {"jsonrpc": "2.0", "result": 7, "id": "1"},
        {"jsonrpc": "2.0", "result": 19, "id": "2"},
        {"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid Request"}, "id": null},
        {"jsonrpc": "2.0", "error": {"code": -32601, "message": "Method not found"}, "id": "5"},
        {"jsonrpc": "2.0", "result": ["hello", 5], "id": "9"}
    ]""")


def test_rpc_14_a_batch_of_notifications_is_not_answered(ask: Ask, call: Build) -> None:
    assert ask([call("notify_hello", [1]), call("notify_hello", [7]), call("crash"), call("foobar")]) is None


@pytest.mark.parametrize("params", ["bar", 1, 1.5, True, None])
def test_rpc_15_params_are_an_object_or_a_list(ask: Ask, params: Any) -> None:
    assert ask({"jsonrpc": "2.0", "method": "echo", "params": params, "id": 1}) == INVALID


def test_rpc_15_params_may_be_absent(ask: Ask, call: Build) -> None:
    assert ask(call("echo", id=1)) == result({}, 1)


@pytest.mark.parametrize("id", [{}, [], {"a": 1}, [1], True, False])
def test_rpc_16_an_id_is_no_object_list_or_boolean(ask: Ask, call: Build, id: Any) -> None:
    assert ask(call("echo", id=id)) == INVALID


@pytest.mark.parametrize("id", [float("nan"), float("inf"), "\ud800", "a\udfffb"])
def test_rpc_16_an_id_that_is_not_json_when_sent_back_is_refused(ask: Ask, call: Build, id: Any) -> None:
    assert ask(call("echo", id=id)) == INVALID


def test_rpc_17_a_result_of_null_is_present(ask: Ask, call: Build) -> None:
    assert ask(call("delete", id=1)) == {"jsonrpc": "2.0", "result": None, "id": 1}


def test_rpc_17_a_result_is_handed_on_untouched(ask: Ask, call: Build) -> None:
    made = object()

    def make(params: Params) -> Any:
        return made

    assert ask(call("make", id=1), more={"make": Method(make)})["result"] is made


def test_rpc_18_an_error_has_a_code_a_message_and_its_data(ask: Ask, call: Build) -> None:
    assert ask(call("conflict", id=1)) == {
        "jsonrpc": "2.0",
        "error": {"code": -32009, "message": "Taken", "data": {"id": "x"}},
        "id": 1,
    }


def test_rpc_18_no_data_is_no_member() -> None:
    assert "data" not in rpc.refusal(rpc.NOT_FOUND, "Not found", id=1)["error"]


def test_rpc_19_reserved_names_are_unknown(ask: Ask, call: Build) -> None:
    assert ask(call("rpc.discover", id=1))["error"]["code"] == -32601


def test_rpc_19_a_reserved_name_that_stands_in_the_table_is_a_method(ask: Ask, call: Build) -> None:
    def discover(params: Params) -> Any:
        return {"openrpc": "1.3.2"}

    assert ask(call("rpc.discover", id=1), more={"rpc.discover": Method(discover)}) == result(
        {"openrpc": "1.3.2"}, 1
    )


@pytest.mark.parametrize("params", [{"minuend": 1}, {"x": 1}, [1], {}])
def test_rpc_20_parameters_that_a_method_refuses_are_answered_with_the_id(
    ask: Ask, call: Build, params: Any
) -> None:
    reply = ask(call("subtract", params, id=8))

    assert (reply["error"]["code"], reply["id"]) == (-32602, 8)
    assert reply["error"]["data"] == {"missing": ["minuend"]}


def test_rpc_20_a_crash_leaks_nothing(ask: Ask, call: Build) -> None:
    assert ask(call("crash", id=1)) == {
        "jsonrpc": "2.0",
        "error": {"code": -32603, "message": "Internal error"},
        "id": 1,
    }


def test_rpc_21_answers_come_in_the_order_of_the_calls(ask: Ask, call: Build) -> None:
    batch = [call("get_data", id=1), call("sum", [1], id=3), call("get_data", id=2)]

    assert [reply["id"] for reply in ask(batch)] == [1, 3, 2]


def test_rpc_22_calls_of_one_id_are_both_answered(ask: Ask, call: Build) -> None:
    assert ask([call("sum", [1], id=1), call("sum", [2], id=1)]) == [result(1, 1), result(2, 1)]


@pytest.mark.parametrize("id", [2**53 + 1, 10**40, -(2**64), "ж" * 300, "🦉", "\u0000", "\u2028"])
def test_rpc_23_big_and_unicode_ids_survive(ask: Ask, call: Build, id: Any) -> None:
    assert ask(call("get_data", id=id))["id"] == id


@pytest.mark.parametrize("body", [5, "x", None, True, 1.5, {}])
def test_rpc_24_a_body_that_is_neither_call_nor_batch_is_refused(ask: Ask, body: Any) -> None:
    assert ask(body) == INVALID


def test_rpc_25_a_batch_over_the_limit_is_refused_whole(ask: Ask, call: Build, ran: Ran) -> None:
    names, more = ran

    reply = ask([call("mark", {"name": "a"}, id=i) for i in range(3)], limit=2, more=more)

    assert reply == {
        "jsonrpc": "2.0",
        "error": {"code": -32600, "message": "Batch size limit exceeded", "data": {"batch_limit": 2}},
        "id": None,
    }
    assert names == []


def test_rpc_25_a_batch_at_the_limit_is_run(ask: Ask, call: Build) -> None:
    assert len(ask([call("get_data", id=i) for i in range(2)], limit=2)) == 2


@pytest.mark.parametrize("failing", ["conflict", "crash"])
def test_rpc_26_a_failure_cancels_the_calls_after_it(ask: Ask, call: Build, failing: str) -> None:
    batch = [call("sum", [1], id=1), call(failing, id=2), call("sum", [1], id=3), call("foobar", id=None)]

    answers = ask(batch)

    assert answers[0] == result(1, 1)
    assert answers[1]["error"]["message"] != cancelled(2)["error"]["message"]
    assert answers[2:] == [cancelled(3), cancelled(None)]


def test_rpc_26_cancelled_notifications_stay_silent(ask: Ask, call: Build, ran: Ran) -> None:
    names, more = ran
    batch = [call("conflict", id=1), call("mark", {"name": "a"}), call("sum", id=2)]

    answers = ask(batch, more=more)

    assert [reply["id"] for reply in answers] == [1, 2]
    assert names == []


@pytest.mark.parametrize(("method", "params"), [("conflict", None), ("crash", None), ("echo", [1])])
def test_rpc_26_a_failing_notification_cancels_in_silence(
    ask: Ask, call: Build, method: str, params: Any
) -> None:
    assert ask([call(method, params), call("sum", id=1)]) == [cancelled(1)]


def test_rpc_26_parameters_that_do_not_fit_cancel_like_any_failure(ask: Ask, call: Build) -> None:
    assert ask([call("echo", [1], id=1), call("sum", id=2)])[1] == cancelled(2)


def test_rpc_26_what_reached_no_method_cancels_nothing(ask: Ask, call: Build) -> None:
    batch = [7, call("foobar", id=1), call("foobar"), call("sum", [1], id=2)]

    assert ask(batch)[-1] == result(1, 2)


def test_rpc_26_what_is_no_call_is_told_so_after_a_stop_too(ask: Ask, call: Build) -> None:
    assert ask([call("conflict", id=1), 7, call("sum", id=2)])[1:] == [INVALID, cancelled(2)]


def test_rpc_26_a_batch_that_continues_runs_every_call(ask: Ask, call: Build) -> None:
    batch = [call("conflict", id=1), call("crash", id=2), call("echo", [1]), call("sum", [1], id=3)]

    answers = ask(batch, mode=Mode.CONTINUE)

    assert [reply.get("error", {}).get("code") for reply in answers] == [-32009, -32603, None]


def test_rpc_27_what_ran_before_a_stop_has_run_and_nothing_after(ask: Ask, call: Build, ran: Ran) -> None:
    names, more = ran
    batch = [call("mark", {"name": "a"}), call("crash", id=1), call("mark", {"name": "b"}, id=2)]

    ask(batch, more=more)

    assert names == ["a"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("PARSE_ERROR", -32700),
        ("INVALID_REQUEST", -32600),
        ("METHOD_NOT_FOUND", -32601),
        ("INVALID_PARAMS", -32602),
        ("INTERNAL_ERROR", -32603),
        ("AUTHENTICATION", -32001),
        ("FORBIDDEN", -32003),
        ("NOT_FOUND", -32004),
        ("CONFLICT", -32009),
    ],
)
def test_rpc_29_a_code_is_stable_and_reaches_the_client(ask: Ask, call: Build, name: str, code: int) -> None:
    def refuse(params: Params) -> Any:
        raise Fault(getattr(rpc, name), "No")

    assert ask(call("refuse", id=1), more={"refuse": Method(refuse)})["error"] == {
        "code": code,
        "message": "No",
    }


def test_members_that_are_not_of_the_protocol_are_ignored(ask: Ask, call: Build) -> None:
    assert ask(call("sum", [1], id=1, auth="x", result=3)) == result(1, 1)
