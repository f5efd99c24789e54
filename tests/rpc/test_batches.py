"""Modes, runs of like calls, and batches that are run bit by bit; knows nothing of HTTP."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpc import CONFLICT, Batch, Fault, Method, Mode, Performer, Progress, Rules, Undone, answer

Params = Mapping[str, Any]
CANCELLED = {"cancelled": True}


class Shelf:
    """Keeps what calls put on it, and undoes what a failed one did."""

    def __init__(self) -> None:
        self.kept: list[int] = []
        self.runs: list[int] = []  # how many calls each run had

    def put(self, params: Params) -> Any:
        self.kept.append(params["n"])
        if params["n"] < 0:
            raise Fault(CONFLICT, "negative")
        return params["n"] * 2

    def put_many(self, many: Sequence[Params]) -> list[Any]:
        self.runs.append(len(many))
        return [self.put(params) for params in many]

    def leave(self, params: Params) -> Any:
        self.kept.append(params["n"])
        return Fault(CONFLICT, "too late, but kept")

    @property
    def methods(self) -> dict[str, Method]:
        return {
            "put": Method(self.put, run_many=self.put_many),
            "put_alone": Method(self.put),
            "leave": Method(self.leave),
        }


class Undoing(Performer):
    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def one(self, n: int, method: Method, run: Callable[[], Any]) -> Any:
        before = list(self._shelf.kept)
        try:
            return run()
        except BaseException:
            self._shelf.kept = before
            raise

    def many(self, n: int, method: Method, params: Sequence[Params]) -> list[Any]:
        many: list[Any] = self.one(n, method, lambda: super(Undoing, self).many(n, method, params))
        return many


def calls_of(*numbers: int, method: str = "put") -> list[Any]:
    return [
        {"jsonrpc": "2.0", "method": method, "params": {"n": n}, "id": at} for at, n in enumerate(numbers)
    ]


def run(body: list[Any], mode: Mode = Mode.STOP, **rules: Any) -> tuple[Shelf, Any]:
    shelf = Shelf()
    return shelf, answer(body, shelf.methods, limit=1000, rules=Rules(mode, Undoing(shelf), **rules))


def told(replies: list[Any]) -> list[Any]:
    """What each answer says: its result, or its code and whether it was cancelled."""
    return [
        reply["result"]
        if "result" in reply
        else (reply["error"]["code"], (reply["error"].get("data") or {}).get("cancelled", False))
        for reply in replies
    ]


def test_like_calls_run_together() -> None:
    shelf, replies = run(calls_of(1, 2, 3))

    assert (told(replies), shelf.kept, shelf.runs) == ([2, 4, 6], [1, 2, 3], [3])


def test_a_run_ends_where_another_method_begins() -> None:
    shelf, replies = run(
        [*calls_of(1, 2), *calls_of(3, method="put_alone"), *calls_of(4), 5, *calls_of(6, 7)]
    )

    assert shelf.kept == [1, 2, 3, 4, 6, 7]
    assert shelf.runs == [2, 2]
    assert replies[4]["error"]["code"] == -32600


@pytest.mark.parametrize(
    ("mode", "replies", "kept"),
    [
        (Mode.STOP, [2, (CONFLICT, False), (-32603, True), (-32603, True)], [1]),
        (Mode.CONTINUE, [2, (CONFLICT, False), 6, 8], [1, 3, 4]),
    ],
)
def test_a_failure_in_a_run_is_that_of_its_call(mode: Mode, replies: list[Any], kept: list[int]) -> None:
    shelf, answers = run(calls_of(1, -2, 3, 4), mode)

    assert (told(answers), shelf.kept) == (replies, kept)


def test_an_atomic_batch_says_which_call_undid_it() -> None:
    shelf = Shelf()

    with pytest.raises(Undone) as undone:
        answer(calls_of(1, 2, -3, 4), shelf.methods, limit=9, rules=Rules(Mode.ATOMIC, Undoing(shelf)))

    assert undone.value.failed == 2
    assert told(undone.value.reply) == [(-32603, True), (-32603, True), (CONFLICT, False), (-32603, True)]
    assert undone.value.reply[0]["error"]["data"] == {"cancelled": True, "failed_call": 2}


@pytest.mark.parametrize("item", [1, {"jsonrpc": "2.0", "method": "unknown", "id": 9}])
def test_an_atomic_batch_is_undone_by_what_is_no_call_of_a_method(item: Any) -> None:
    with pytest.raises(Undone) as undone:
        run([*calls_of(1), item], Mode.ATOMIC)

    assert undone.value.failed == 1
    assert undone.value.reply[1]["error"]["code"] in (-32600, -32601)


def test_a_fault_that_is_given_fails_and_what_was_done_stays() -> None:
    shelf, replies = run([*calls_of(1, method="leave"), *calls_of(2)])

    assert (told(replies), shelf.kept) == ([(CONFLICT, False), (-32603, True)], [1])


def test_a_crash_in_a_run_is_reported_and_its_calls_run_one_by_one() -> None:
    crashes: list[Exception] = []

    def put_many(many: Sequence[Params]) -> list[Any]:
        raise RuntimeError

    shelf = Shelf()
    methods = {"put": Method(shelf.put, run_many=put_many)}
    replies = answer(calls_of(1, 2), methods, limit=9, rules=Rules(on_crash=crashes.append))

    assert told(replies) == [2, 4]
    assert len(crashes) == 1


def test_what_is_overdue_is_refused() -> None:
    asked: list[int] = []

    def overdue() -> Fault | None:
        asked.append(1)
        return Fault(-32030, "no time left") if len(asked) > 2 else None

    _, replies = run(calls_of(1, 2, 3, 4, method="put_alone"), overdue=overdue)

    assert told(replies) == [2, 4, (-32030, False), (-32030, False)]


NUMBERS = st.lists(st.integers(-1, 5), min_size=1, max_size=12)
METHODS = st.sampled_from(["put", "put_alone", "leave", "unknown"])


@given(
    calls=st.lists(st.tuples(METHODS, st.integers(-1, 5)), min_size=1, max_size=12),
    mode=st.sampled_from([Mode.STOP, Mode.CONTINUE]),
    pauses=st.lists(st.booleans(), max_size=40),
)
def test_bit_by_bit_and_together_are_as_one_at_a_time(
    calls: list[tuple[str, int]], mode: Mode, pauses: list[bool]
) -> None:
    body = [
        {"jsonrpc": "2.0", "method": method, "params": {"n": n}, "id": at}
        for at, (method, n) in enumerate(calls)
    ]
    plain, shelf = Shelf(), Shelf()
    alone = {name: Method(method.run) for name, method in plain.methods.items()}
    one_at_a_time = answer(body, alone, limit=99, rules=Rules(mode, Undoing(plain)))

    batch, progress, left = Batch(body, limit=99), Progress(), list(pauses)
    rules = Rules(mode, Undoing(shelf), is_due=lambda: bool(left) and left.pop())
    while not batch.is_done(progress):
        progress = batch.run(shelf.methods, progress, rules)

    assert batch.reply(progress) == one_at_a_time
    assert shelf.kept == plain.kept
