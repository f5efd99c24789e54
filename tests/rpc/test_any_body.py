"""What holds for every body; knows nothing of HTTP."""

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rpc import CONFLICT, Fault, Method, Mode, Rules, Undone, answer

Params = Mapping[str, Any]


def fine(params: Params) -> Any:
    return dict(params)


def refuse(params: Params) -> Any:
    raise Fault(CONFLICT, "Taken")


def crash(params: Params) -> Any:
    raise RuntimeError("secret")


METHODS = {"fine": Method(fine, ("a", "b")), "refuse": Method(refuse), "crash": Method(crash)}
LIMIT = 8  # calls

TEXT = st.text("a2.é🦉\ud800\x00", max_size=4)  # a lone surrogate too: some parsers let them in
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
IDS = (
    st.none()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text("a2é🦉", max_size=4)
)
PARAMS = st.lists(VALUES, max_size=3) | st.dictionaries(TEXT, VALUES, max_size=3)
CALLS = st.fixed_dictionaries(
    {"jsonrpc": st.just("2.0"), "method": st.sampled_from([*METHODS, "unknown", "rpc.x"])},
    optional={"id": IDS, "params": PARAMS, "extra": VALUES},
)
NEARLY_CALLS = st.fixed_dictionaries(
    {}, optional={"jsonrpc": st.just("2.0") | VALUES, "method": TEXT, "id": VALUES, "params": VALUES}
)
MODES = st.sampled_from(Mode)


def answered(body: Any, mode: Mode) -> Any:
    try:
        return answer(body, METHODS, limit=LIMIT, rules=Rules(mode, on_crash=lambda crash: None))
    except Undone as undone:
        return undone.reply


def assert_well_formed(reply: Any) -> None:
    assert reply.keys() in ({"jsonrpc", "result", "id"}, {"jsonrpc", "error", "id"})
    assert reply["jsonrpc"] == "2.0"
    if "error" in reply:
        assert type(reply["error"]["code"]) is int
        assert reply["error"]["message"]
        json.dumps(reply, allow_nan=False, ensure_ascii=False).encode()
    assert "secret" not in repr(reply)


@given(batch=st.lists(CALLS, min_size=1, max_size=LIMIT), mode=MODES)
def test_the_ids_answered_are_those_of_the_calls_that_are_no_notifications_in_order(
    batch: list[Any], mode: Mode
) -> None:
    answers = answered(batch, mode)

    assert [reply["id"] for reply in answers or []] == [call["id"] for call in batch if "id" in call]
    assert answers != []
    for reply in answers or []:
        assert_well_formed(reply)


@given(body=VALUES | NEARLY_CALLS | st.lists(VALUES | NEARLY_CALLS | CALLS, max_size=LIMIT + 2), mode=MODES)
def test_any_json_is_answered_well_formed(body: Any, mode: Mode) -> None:
    answers = answered(body, mode)

    assert answers != []
    for reply in answers if isinstance(answers, list) else [answers]:
        if reply is not None:
            assert_well_formed(reply)


@given(batch=st.lists(CALLS, min_size=1, max_size=LIMIT))
def test_nothing_but_cancellations_follows_the_failure_of_a_method(batch: list[Any]) -> None:
    answers = answered([call | {"id": 1} for call in batch], Mode.STOP)

    failures = [
        i for i, reply in enumerate(answers) if reply.get("error", {}).get("code") not in (None, -32601)
    ]
    for reply in answers[failures[0] + 1 :] if failures else []:
        assert reply["error"]["data"] == {"cancelled": True}
