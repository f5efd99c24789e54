"""A change of many by a job: each once, whoever dies, and as far as who asked for it may by then."""

from typing import Any
from uuid import uuid4

import pytest

from app.jobs import many as job
from app.jobs.claims import Fenced
from app.jobs.kinds import Kind, Step
from app.jobs.worker import Worker
from app.operations import many
from app.resources.jobs import Job
from app.work import Work
from tests.app.test_keeping import eventually
from tests.app.test_many import ASYNC, change, doing, errors_of, events, run_all, setting, short, shown
from tests.lab import Lab, Person

__all__ = ["short"]  # a fixture


def test_more_than_fit_are_changed_by_a_job(lab: Lab, short: None) -> None:
    mine = [lab.new_entry(priority=n) for n in range(5)]

    reply = change(lab.project_owner, lab, setting(priority=3))
    run_all(lab)
    ended = lab.project_owner.get(reply.headers["location"])

    assert reply.status == 202
    assert (reply.data["type"], reply.attributes["kind"], reply.attributes["total"]) == ("jobs", many.KIND, 5)
    assert reply.headers["location"] == reply.headers["content-location"] == reply.data["links"]["self"]
    told = ended.attributes
    assert (told["state"], told["done"], told["total"], told["result"], told["errors_count"]) == (
        "succeeded",
        5,
        5,
        {"changed": 4},
        0,
    )
    assert {shown(lab)[id]["priority"] for id in mine} == {3.0}
    assert events(lab, mine[0])[-1]["actor_id"] == lab.project_owner.account


def test_few_are_changed_by_a_job_where_that_is_preferred(lab: Lab) -> None:
    id = lab.new_entry()

    reply = change(lab.owner.at("/api/v1/dataset"), lab, setting(priority=3), headers=ASYNC)
    run_all(lab)

    assert (reply.status, reply.headers["preference-applied"]) == (202, "respond-async")
    assert reply.data["type"] == "dataset:jobs"
    assert shown(lab)[id]["priority"] == 3.0


def test_a_job_tells_what_it_could_not_do_and_does_the_rest(lab: Lab, short: None) -> None:
    lab.at("start")
    done = [lab.at("done"), lab.at("done")]
    lab.at("start")

    reply = change(lab.owner, lab, doing("assign", assigned_to_id=lab.annotator.account))
    run_all(lab)

    told = lab.owner.get(f"/jobs/{reply.id}").attributes
    assert (told["state"], told["done"], told["errors_count"], told["result"]) == (
        "succeeded",
        4,
        2,
        {"changed": 2},
    )
    assert errors_of(lab, reply.id) == [(id, "invalid_transition") for id in done]
    assert [one["assigned_to_id"] for one in shown(lab).values() if one["wf_step"] == "start"] == [
        lab.annotator.account
    ] * 2


class Bench:
    """A change of five entries by a job of a kind that the service's own workers do not know."""

    def __init__(self, lab: Lab, person: Person, body: Any, query: str = "") -> None:
        self.lab = lab
        self.kind = f"test_{uuid4().hex}"
        self.entries = [lab.new_entry(priority=0) for _ in range(5)]
        kind, many.KIND = many.KIND, self.kind  # made as the service does, but for its kind
        try:
            self.id = change(person, lab, body, query, headers=ASYNC).id
        finally:
            many.KIND = kind

    def worker(self, run: Any = job.run, lease: float = 60.0) -> Worker:
        kinds = {self.kind: Kind(self.kind, run)}
        return Worker(self.lab.house.database, kinds, lease=lease, idle=0.01, threads=1)

    @property
    def told(self) -> Any:
        return self.lab.owner.get(f"/jobs/{self.id}").attributes

    @property
    def versions(self) -> list[int]:
        """Of every entry, as its history counts them."""
        return [len(events(self.lab, id)) for id in self.entries]


def test_a_job_is_cancelled_between_two_chunks(lab: Lab, short: None) -> None:
    bench = Bench(lab, lab.owner, setting(priority=1))
    worker = bench.worker()
    mine = worker.claim()
    assert mine
    worker.step(mine)

    lab.owner.post(f"/jobs/{bench.id}/cancel")
    with pytest.raises(Fenced):
        worker.step(mine)

    assert (bench.told["state"], bench.told["done"], bench.versions) == ("cancelled", 2, [2, 2, 1, 1, 1])


def killed(work: Work, mine: Job, cursor: str) -> Step:
    """Does the chunk, and dies before it is kept."""
    step = job.run(work, mine, cursor)
    if cursor:
        raise Fenced
    return step


def run_over_a_death(bench: Bench, run: Any) -> None:
    """Do the job by two workers: the first dies in its second chunk."""
    bench.worker(killed, lease=0.05).run_next()
    eventually(bench.worker(run).run_next)


def test_a_job_whose_worker_died_has_changed_each_once(lab: Lab, short: None) -> None:
    bench = Bench(lab, lab.owner, doing("assign", assigned_to_id=lab.annotator.account))

    run_over_a_death(bench, job.run)

    assert (bench.told["state"], bench.told["done"], bench.told["result"]) == ("succeeded", 5, {"changed": 5})
    assert bench.versions == [2] * 5


def test_checker_detects_a_chunk_that_runs_twice(lab: Lab, short: None) -> None:
    def forgetful(work: Work, mine: Job, cursor: str) -> Step:
        if cursor == mine.cursor and mine.tries == 0 and mine.done == 2:
            job.run(work, mine, "")  # the first chunk, once more
        return job.run(work, mine, cursor)

    bench = Bench(lab, lab.owner, doing("assign", assigned_to_id=lab.annotator.account))
    bench.worker(forgetful).run_next()

    assert bench.told["state"] == "succeeded"
    assert bench.versions != [2] * 5


@pytest.mark.parametrize("way", ["account", "key", "role"])
def test_a_job_acts_as_who_asked_for_it_may_by_then(lab: Lab, short: None, way: str) -> None:
    lead = lab.person("project_owner")
    bench = Bench(lab, lead, setting(priority=1))
    worker = bench.worker()
    mine = worker.claim()
    assert mine
    worker.step(mine)

    if way == "account":
        lab.owner.update("accounts", lead.account, disabled_at="2020-01-01T00:00:00Z")
    elif way == "key":
        keys = lab.owner.get(f"/api_keys?filter[account_id]={lead.account}").ids
        assert [lab.owner.delete(f"/api_keys/{id}").status for id in keys] == [204]
    else:
        lab.owner.update("project_members", str(lead.member), role="annotator")
    while worker.step(mine):
        pass

    assert bench.versions == [2, 2, 1, 1, 1]
    state, errors = bench.told["state"], errors_of(lab, bench.id)
    if way == "role":  # they still read free entries, and may not change them
        assert (state, errors) == ("succeeded", [(id, "forbidden") for id in bench.entries[2:]])
    else:
        assert (state, errors) == ("failed", [("", "unauthenticated")])


def test_a_job_changes_what_matches_when_it_comes_to_it_up_to_the_last_there_was(
    lab: Lab, short: None
) -> None:
    out_of_it = lab.new_entry(priority=5)
    bench = Bench(lab, lab.owner, setting(priority=1), "&filter[priority]=0")
    worker = bench.worker()
    mine = worker.claim()
    assert mine
    worker.step(mine)

    lab.owner.update("entries", bench.entries[3], priority=5)  # moves out, before its turn
    lab.owner.update("entries", bench.entries[0], priority=0)  # moves in, behind
    late = lab.new_entry(priority=0)  # comes after the end
    while worker.step(mine):
        pass

    found = shown(lab)
    assert [found[id]["priority"] for id in bench.entries] == [0, 1, 1, 5, 1]
    assert (found[late]["priority"], found[out_of_it]["priority"]) == (0, 5)
    assert (bench.told["total"], bench.told["done"], bench.told["result"]) == (4, 4, {"changed": 4})
