"""A batch answers and leaves what its calls would, sent one at a time: in every mode, on both databases."""

import json
import re
from dataclasses import replace
from difflib import unified_diff
from itertools import count
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.declare import RESOURCES
from app.web.jsonrpc import methods_of, running
from tests.lab import Lab, Person

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
SECONDS = re.compile(r'"seconds_worked": [^,}]*[,]? ?')  # measured by the clock
NOBODY = "01890000-0000-7000-8000-000000000000"  # an id that nothing has
BOX = {"type": "box", "x": 1, "y": 2}
CANCELLED = "Batch execution cancelled due to previous error"

_sides = count(1)


class Side:
    """A dataset with three entries, of which one is completed, and ids for what is made in it."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.number = next(_sides)
        self.dataset = lab.new_dataset()
        self.entries = [
            lab.new_entry(id=self.id(900 + n), dataset_id=self.dataset, resource=f"{n}") for n in range(3)
        ]
        for approved in (None, None, True):
            body = {} if approved is None else {"approved": approved}
            assert lab.owner.act(self.entries[2], "submit", **body).status == 200

    def id(self, n: int) -> str:
        """Ids of one side sort as those of the other."""
        return f"{0xF0000000 + self.number:08x}-0000-7000-8000-{n:012x}"

    def call(self, step: tuple[Any, ...], n: int) -> Any:
        """STEP as a call of this side; it names what is there by numbers."""
        kind, which, what, is_silent = step
        entry = [*self.entries, NOBODY][which % 4]
        made = {"id": self.id(which)}
        params: dict[str, Any] = {
            "annotations.create": {"entry_id": entry, "dimensions": BOX, "annotation": {"n": what}},
            "annotations.create own id": made
            | {"entry_id": entry, "dimensions": BOX, "annotation": {"n": what}},
            "annotations.create wrong": {"entry_id": entry, "dimensions": what},
            "annotations.update": made | {"annotation": {"n": what}},
            "annotations.delete": made,
            "annotations.show": made,
            "entries.create": {"dataset_id": self.dataset, "resource": "x", "priority": what},
            "entries.create own id": {
                "id": self.id(500 + which),
                "dataset_id": self.dataset,
                "resource": "y",
            },
            "entries.create named": {"dataset_id": self.dataset, "resource": "z", "external_id": f"{what}"},
            "entries.update": {"id": entry, "priority": what},
            "entries.error": {"id": entry, "message": f"{what}"},
            "entries.show": {"id": entry},
            "entries.nothing": {},
        }[kind]
        if kind == "entries.nothing" and what == 0:
            return 1
        call = {"jsonrpc": "2.0", "method": kind.partition(" ")[0], "params": params}
        return call if is_silent else call | {"id": n}

    def plain(self, value: Any) -> Any:
        """VALUE without what differs between sides: ids are numbered as they first appear, times are T."""
        numbers: dict[str, str] = {}
        text = json.dumps(value, sort_keys=True)
        text = UUID.sub(lambda found: numbers.setdefault(found[0], f"#{len(numbers)}"), text)
        return json.loads(SECONDS.sub("", TIME.sub("T", text)))

    def state(self) -> Any:
        """All that can be read of the dataset: its records, what was done to them, and its figures."""
        owner = self.lab.owner
        found = {
            type: owner.get(f"/{type}?filter[dataset_id]={self.dataset}&page[size]=1000").data
            for type in ("entries", "annotations")
        }
        for one in (*found["entries"], *found["annotations"]):
            history = owner.get(f"/{one['type']}/{one['id']}/history").data
            one["history"] = [event["attributes"] | {"sequence": 0} for event in history]
        for type, records in found.items():  # in one order, whatever the server's own ids are
            found[type] = sorted(records, key=lambda one: UUID.sub("", TIME.sub("", json.dumps(one))))
        dataset = owner.get(f"/datasets/{self.dataset}").attributes
        figures = owner.get(f"/datasets/{self.dataset}/statistics").attributes
        figures.pop("ages", None)
        return self.plain(
            [found, dataset, {name: figures[name] for name in sorted(figures) if name != "as_of"}]
        )


class Alone(NamedTuple):
    """The answer to a call that was sent alone."""

    answer: Any
    is_silent: bool  # in a batch it would be a notification
    failed: bool


def one_at_a_time(person: Person, calls: list[Any], mode: str) -> list[Alone]:
    """The answers to CALLS, each sent alone, up to the first failure where MODE is not to continue."""
    answers: list[Alone] = []
    for call in calls:
        is_silent = isinstance(call, dict) and "id" not in call
        answer = person.rpc("", call | {"id": -1} if is_silent else call).document
        is_begun = "error" in answer and answer["error"]["code"] not in (-32600, -32601)
        answers.append(Alone(answer, is_silent, is_begun or (mode == "atomic" and "error" in answer)))
        if answers[-1].failed and mode != "continue":
            break
    return answers


def lines_that_differ(one: Any, other: Any) -> list[str]:
    before, after = (json.dumps(value, indent=1).splitlines() for value in (one, other))
    return [
        line for line in unified_diff(before, after, n=0, lineterm="") if line[:2] not in ("--", "++", "@@")
    ]


STEPS = st.tuples(
    st.sampled_from(
        [
            *["annotations.create"] * 4,
            *["annotations.create own id"] * 3,
            "annotations.create wrong",
            "annotations.update",
            "annotations.delete",
            "annotations.show",
            *["entries.create"] * 3,
            "entries.create own id",
            "entries.create named",
            "entries.update",
            "entries.error",
            "entries.show",
            "entries.nothing",
        ]
    ),
    st.integers(0, 5),
    st.integers(0, 2),
    st.sampled_from([False, False, False, True]),
)


def differences(lab: Lab, person: Person, steps: list[Any], mode: str, key: dict[str, str]) -> list[Any]:
    """What differs between STEPS as a batch and one at a time: nothing, where all is well."""
    batch, single = Side(lab), Side(lab)
    before = batch.state()
    calls = [batch.call(step, n) for n, step in enumerate(steps)]
    dry = person.post(f"/_rpc?mode={mode}&dry_run=true", calls)
    untouched = batch.state()
    reply = person.post(f"/_rpc?mode={mode}", calls, headers=key)
    again = person.post(f"/_rpc?mode={mode}", calls, headers=key) if key else reply
    alone = one_at_a_time(person, [single.call(step, n) for n, step in enumerate(steps)], mode)
    got = json.loads(reply.text or "[]")
    dry_got = json.loads(dry.text or "[]")
    if mode == "atomic" and alone[-1].failed:
        found = [
            *different("the refusal", batch.plain(refusals(got)), single.plain(told(alone[-1:]))),
            *different("what an atomic batch that failed left", batch.state(), before),
        ]
    else:
        done, cancelled, rest = parted(
            got, calls[len(alone) :], is_stopped=alone[-1].failed and mode == "stop"
        )
        found = [
            *different("answers", batch.plain(done), single.plain(told(alone))),
            *different("the number of cancelled calls", len(cancelled), len(rest)),
            *different("state", batch.state(), single.state()),
        ]
    return [
        *found,
        *different("what a dry run left", untouched, before),
        *different("a dry run's answers", batch.plain(dry_got), batch.plain(got)),
        *different("a repetition's answers", again.text, reply.text),
    ]


def different(what: str, one: Any, other: Any) -> list[Any]:
    return [] if one == other else [(what, *lines_that_differ(one, other))]


def told(alone: list[Alone]) -> list[Any]:
    """The answers that a client is sent: none to a notification."""
    return [one.answer for one in alone if not one.is_silent]


def refusals(answers: list[Any]) -> list[Any]:
    """Of the ANSWERS of an atomic batch that of the call which failed. What is no call is always told so."""
    own = [one for one in answers if "failed_call" not in one["error"].get("data", {})]
    return [one for one in own if one["error"]["code"] != -32600] or own[:1]


def parted(got: list[Any], left: list[Any], *, is_stopped: bool) -> tuple[list[Any], list[Any], list[Any]]:
    """The answers to what was run, those to what was cancelled, and the calls that are to be.

    LEFT are the items behind the failure: what is no call is told so after a stop as well.
    """
    cancelled = [one for one in got if one.get("error", {}).get("message") == CANCELLED]
    done = [one for one in got if one not in cancelled]
    no_calls = [one for one in left if not isinstance(one, dict)]
    rest = [one for one in left if isinstance(one, dict) and "id" in one]
    return (done[: len(done) - len(no_calls)] if is_stopped else done), cancelled, rest


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(STEPS, min_size=1, max_size=9),
    mode=st.sampled_from(["stop", "continue", "atomic"]),
    is_annotator=st.booleans(),
    is_keyed=st.booleans(),
)
def test_a_batch_is_as_its_calls_one_at_a_time(
    lab: Lab, steps: list[Any], mode: str, is_annotator: bool, is_keyed: bool
) -> None:
    person = lab.annotator if is_annotator else lab.owner
    key = {"Idempotency-Key": f"batch-{next(_sides)}"} if is_keyed else {}

    assert differences(lab, person, steps, mode, key) == []


RUN = [("annotations.create", 0, n % 3, False) for n in range(5)]


def test_checker_detects_a_run_that_forgets_its_events(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    annotations = RESOURCES["annotations"]
    assert differences(lab, lab.owner, RUN, "stop", {}) == []

    from app.operations import changes

    event = changes._event
    seen = count()
    monkeypatch.setattr(
        changes,
        "_event",
        lambda work, card, row, *more: (
            event(work, card, row, *more)
            | ({"v_kind": "update"} if card is annotations and next(seen) == 7 else {})
        ),
    )

    assert differences(lab, lab.owner, RUN, "stop", {}) != []


def test_checker_detects_a_dry_run_that_is_kept(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running._Dry, "__init__", lambda self, progress: setattr(self, "progress", progress))
    monkeypatch.setattr(running.Asked, "is_whole", False)
    step = running._run

    def kept(work: Any, progress: Any, asked: Any, batch: Any, *more: Any, **named: Any) -> Any:
        return step(work, progress, replace(asked, is_dry=False), batch, *more, **named)

    monkeypatch.setattr(running, "_run", kept)

    assert "what a dry run left" in [what for what, *_ in differences(lab, lab.owner, RUN, "stop", {})]


def test_neighbours_are_written_by_one_statement(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[int] = []
    made = methods_of(RESOURCES["annotations"])["create"]
    assert made.run_many is not None

    def counting(calling: Any, card: Any, many: Any) -> Any:
        runs.append(len(many))
        return made.run_many(calling, card, many)  # type: ignore[misc]

    changed = replace(made, run_many=counting)
    monkeypatch.setitem(methods_of(RESOURCES["annotations"]), "create", changed)
    side = Side(lab)

    lab.owner.post("/_rpc", [side.call(step, n) for n, step in enumerate(RUN)])

    assert runs == [5]


def test_a_batch_over_its_time_is_told_which_calls_were_not_run(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = count(0, 25)  # seconds, of which the tests' batches have 60
    monkeypatch.setattr(running._Time, "_taken", lambda self: next(ticks))
    side = Side(lab)
    steps = [("entries.update", 0, n, False) for n in range(5)]

    answers = lab.owner.post("/_rpc", [side.call(step, n) for n, step in enumerate(steps)]).document

    overdue = [one.get("error", {}).get("data", {}).get("code") == "batch_overdue" for one in answers]
    assert overdue[0] is False
    assert overdue[-1] is True
    assert answers[-1]["error"]["code"] == -32030


@pytest.mark.parametrize(
    "query", ["mode=all", "dry_run=perhaps", "mode=stop&mode=atomic", "nonsense=1", "mode=", "dry_run="]
)
def test_a_parameter_that_is_none_is_refused(lab: Lab, query: str) -> None:
    reply = lab.owner.post(f"/_rpc?{query}", [{"jsonrpc": "2.0", "id": 1, "method": "entries.show"}])

    assert reply.status == 200
    assert reply.document["error"]["code"] == -32600
    assert reply.document["error"]["data"]["code"].startswith("parameter_")
