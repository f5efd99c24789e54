"""What becomes of what methods raise; knows nothing of HTTP."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from rpc import NOT_FOUND, Fault, Method, Rules, answer

Ask = Callable[..., Any]  # a body -> its answer
Build = Callable[..., dict[str, Any]]  # a method's name, parameters, members -> a call
Params = Mapping[str, Any]


def test_what_the_hook_gives_is_all_that_the_client_hears(ask: Ask, call: Build) -> None:
    seen = []

    def on_crash(crash: Exception) -> Any:
        seen.append(str(crash))
        return {"id": "7"}

    error = ask(call("crash", id=1), on_crash=on_crash)["error"]

    assert error == {"code": -32603, "message": "Internal error", "data": {"id": "7"}}
    assert seen == ["secret /var/x password=abc"]


def test_a_notification_that_crashes_is_reported(ask: Ask, call: Build) -> None:
    seen: list[Exception] = []

    ask(call("crash"), on_crash=seen.append)

    assert len(seen) == 1


def test_a_fault_is_no_crash(ask: Ask, call: Build) -> None:
    seen: list[Exception] = []

    ask(call("conflict", id=1), on_crash=seen.append)

    assert seen == []


def test_without_a_hook_a_crash_is_logged(ask: Ask, call: Build, caplog: pytest.LogCaptureFixture) -> None:
    ask(call("crash", id=1))

    assert "password=abc" in caplog.text


def test_a_hook_that_fails_loses_no_answer_and_no_report(
    ask: Ask, call: Build, caplog: pytest.LogCaptureFixture
) -> None:
    def on_crash(crash: Exception) -> Any:
        raise OSError("disk full")

    answers = ask([call("sum", [1], id=1), call("crash", id=2)], on_crash=on_crash)

    assert answers[0]["result"] == 1
    assert answers[1]["error"] == {"code": -32603, "message": "Internal error"}
    assert "disk full" in caplog.text
    assert "password=abc" in caplog.text


@pytest.mark.parametrize("crash", [KeyError("x"), TypeError("x"), RecursionError("x"), AssertionError("x")])
def test_no_kind_of_crash_passes_for_a_refusal(ask: Ask, call: Build, crash: Exception) -> None:
    def fall(params: Params) -> Any:
        raise crash

    assert ask(call("fall", id=1), more={"fall": Method(fall)})["error"]["code"] == -32603


def test_the_text_of_a_crash_is_not_told(ask: Ask, call: Build) -> None:
    def fall(params: Params) -> Any:
        raise RuntimeError("secret")

    assert "secret" not in json.dumps(ask(call("fall", id=1), more={"fall": Method(fall)}))


def test_what_may_pass_ends_the_batch(call: Build) -> None:
    ran = []

    def fall(params: Params) -> Any:
        ran.append(1)
        raise TimeoutError

    batch = [call("fall", id=1), call("fall", id=2)]
    with pytest.raises(TimeoutError):
        answer(batch, {"fall": Method(fall)}, limit=2, rules=Rules(passing=(TimeoutError,)))

    assert ran == [1]


def test_a_fault_passes_through_a_context_manager(ask: Ask, call: Build) -> None:
    @contextlib.contextmanager
    def unit() -> Iterator[None]:
        yield

    def refuse(params: Params) -> Any:
        with unit():
            raise Fault(NOT_FOUND, "No such entry")

    assert ask(call("refuse", id=1), more={"refuse": Method(refuse)})["error"]["code"] == NOT_FOUND


def test_a_fault_says_its_code_and_message() -> None:
    assert str(Fault(code=NOT_FOUND, message="No such entry")) == "-32004 No such entry"


def test_a_position_that_is_no_identifier_is_refused_where_it_is_declared() -> None:
    def run(params: Params) -> Any:
        return None

    with pytest.raises(ValueError, match="a b"):
        Method(run, ("a b",))
