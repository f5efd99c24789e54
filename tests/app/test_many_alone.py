"""A change of many, at once and by a job, does what each change alone would do."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.jobs import many as job
from app.operations import changes, many
from app.work import Work
from tests.app.jsonrpc.test_batches import Side, lines_that_differ
from tests.app.test_many import ASYNC, doing, errors_of, run_all, setting
from tests.lab import House, Lab, Person, Reply

FILTERS = [
    *("", "&filter[wf_step]=start", "&filter[wf_step__in]=review,done,error", "&filter[status]=in_progress"),
    *("&filter[priority__gte]=1", "&filter[external_id]=x", "&filter[metadata][n]=1", "&filter[split]"),
    *("&filter[resource__match]=1", "&filter[participated]=me"),
]
DEEDS = [
    *("priority", "split", "metadata", "external_id", "status", "nothing"),
    *("assign", "assign nobody", "assign a stranger", "send back", "send back with words"),
]
EVENTS = ["submit", "approve", "error", "select", "delete"]


class Hall(Side):
    """Five entries, changed by filters or each alone."""

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab)
        for n in range(3, 5):
            values = {"priority": n, "metadata": {"n": 1}}
            self.entries.append(
                lab.new_entry(id=self.id(900 + n), dataset_id=self.dataset, resource=f"{n}", **values)
            )

    def body(self, deed: str, n: int) -> Any:
        given: dict[str, dict[str, Any]] = {
            "priority": setting(priority=n),
            "split": setting(split=["train", None][n % 2]),
            "metadata": setting(metadata={"n": n}),
            "external_id": setting(external_id="xyz"[n]),
            "status": setting(status="ready", priority=n),
            "nothing": setting(),
            "assign": doing("assign", assigned_to_id=self.lab.annotator.account),
            "assign nobody": doing("assign", assigned_to_id=None),
            "assign a stranger": doing("assign", assigned_to_id=self.lab.outsider.account),
            "send back": {"data": {"type": "entries"}, "meta": {"action": "send_back"}},
            "send back with words": doing("send_back", reason="r", comment="c"),
        }
        return given[deed]

    def ask(self, person: Person, query: str, body: Any, headers: dict[str, str]) -> Reply:
        return person.patch(f"/entries?filter[dataset_id]={self.dataset}{query}", body, headers=headers)

    def alone(self, person: Person, query: str, body: Any, *, goes_on: bool) -> list[tuple[int, str | None]]:
        """BODY done to each that QUERY finds; which entry it was, and the code where it was refused."""
        found = person.get(f"/entries?filter[dataset_id]={self.dataset}{query}&sort=id").ids
        told: list[tuple[int, str | None]] = []
        for id in found:
            if "meta" in body:
                action = body["meta"]["action"]
                attributes = body["meta"].get("attributes", {})
                reply = person.act(id, action, **attributes)
            else:
                reply = person.patch(f"/entries/{id}", body)
            told.append((self.entries.index(id), None if reply.status == 200 else reply.code))
            if reply.status != 200 and not goes_on:
                break
        return told

    def happen(self, event: str, n: int) -> None:
        """Something else goes on between: the two halls alike."""
        owner, id = self.lab.owner, self.entries[n]
        if event == "delete":
            owner.delete(f"/entries/{id}?force=true")
        elif event == "error":
            owner.act(id, "error", message="black")
        else:
            body = {"approved": True} if event == "approve" else {}
            owner.act(id, "select" if event == "select" else "submit", **body)


STEPS = st.tuples(
    st.sampled_from(FILTERS),
    st.sampled_from(DEEDS),
    st.integers(0, 2),
    st.sampled_from(EVENTS),
    st.integers(0, 4),
)


def differences(lab: Lab, steps: list[Any], *, by_job: bool) -> list[Any]:
    """What differs between STEPS by filters and each alone: nothing, where all is well."""
    together, single = Hall(lab), Hall(lab)
    person = lab.project_owner
    for query, deed, n, event, which in steps:
        for hall in (together, single):
            hall.happen(event, which)
        before = together.state()
        reply = together.ask(person, query, together.body(deed, n), ASYNC if by_job else {})
        if by_job:
            run_all(lab)
        wanted = single.alone(person, query, single.body(deed, n), goes_on=by_job)
        refused = [(which, code) for which, code in wanted if code]
        if by_job:
            found = [(together.entries.index(id), code) for id, code in errors_of(lab, reply.id)]
            if found != refused:
                return [found, refused]
        elif refused:
            meta = reply.document["errors"][0].get("meta", {})
            found = [(together.entries.index(meta["failed"]), reply.code)]
            return lines_that_differ(found, refused) + lines_that_differ(before, together.state())
        elif reply.document["meta"]["matched"] != len(wanted):
            return [reply.document, wanted]
        if apart := lines_that_differ(together.state(), single.state()):
            return apart
    return []


@pytest.fixture(scope="module")
def hall(house: House) -> Iterator[Lab]:
    house.dice.roll(0.0)
    lab = Lab(house, f"Hall {uuid4().hex[:8]}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job, "CHUNK", 2)
        yield lab


SETTINGS = partial(
    settings,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.function_scoped_fixture,
        HealthCheck.data_too_large,
    ],
)


@SETTINGS(max_examples=12)
@given(st.lists(STEPS, min_size=1, max_size=4))
def test_at_once_is_what_each_alone_would_be(hall: Lab, steps: list[Any]) -> None:
    assert not differences(hall, steps, by_job=False)


@SETTINGS(max_examples=8)
@given(st.lists(STEPS, min_size=1, max_size=4))
def test_by_a_job_is_what_each_alone_would_be(hall: Lab, steps: list[Any]) -> None:
    assert not differences(hall, steps, by_job=True)


SEEDED = {deed: [("&filter[wf_step]=start", deed, 2, "select", 4)] for deed in ("assign", "priority")}


@pytest.mark.parametrize("by_job", [False, True])
@pytest.mark.parametrize("deed", SEEDED)
def test_checker_detects_a_change_of_many_that_leaves_no_events(
    hall: Lab, monkeypatch: pytest.MonkeyPatch, by_job: bool, deed: str
) -> None:
    right = many.Task.do

    def silent(self: many.Task, work: Work, id: str) -> int:
        with monkeypatch.context() as patch:
            patch.setattr(changes, "note", lambda *given, **more: None)
            return right(self, work, id)

    def silent_too(work: Work, task: many.Task, ids: Sequence[str]) -> int | None:
        return None if task.action else sum(silent(task, work, id) > 1 for id in ids)

    assert not differences(hall, SEEDED[deed], by_job=by_job)
    monkeypatch.setattr(many.Task, "do", silent)
    monkeypatch.setattr(many, "together", silent_too)
    assert differences(hall, SEEDED[deed], by_job=by_job)
