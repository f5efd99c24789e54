"""Jobs: their effect happens once, whoever dies; they can be followed, and ended."""

from collections.abc import Callable
from functools import partial
from threading import Thread
from uuid import uuid4

import pytest
from sqlalchemy import bindparam, update
from sqlmodel import col

from app.errors import Conflict
from app.jobs.claims import Fenced
from app.jobs.kinds import ItemError, Kind, Step
from app.jobs.worker import Worker
from app.operations import records
from app.resources.datasets import DATASETS
from app.resources.jobs import Job, enqueue
from app.storage.statement import Statement
from app.work import SYSTEM, Work
from tests.app.test_keeping import eventually, feed
from tests.lab import Lab, Reply

CHUNK = 3
TAKE = Statement(
    lambda: update(Job).where(col(Job.id) == bindparam("k_id")).values(attempt=col(Job.attempt) + 1)
)


def make_datasets(work: Work, job: Job, cursor: str) -> Step:
    """Makes datasets 0, 1, 2 and so on, up to the job's total, three at a time."""
    done = int(cursor or 0)
    numbers = range(done, min(done + CHUNK, job.total or 0))
    for number in numbers:
        records.create(work, DATASETS, {"project_id": job.project_id, "name": str(number)})
    end = numbers.stop
    return Step(None if end == job.total else str(end), len(numbers), result={"made": end})


class Shop:
    """A kind of job of its own, which makes datasets in the lab's project, and workers who know it."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.kind = f"test_{uuid4().hex}"

    def worker(self, run: Callable[[Work, Job, str], Step] = make_datasets, lease: float = 60.0) -> Worker:
        return Worker(
            self.lab.house.database, {self.kind: Kind(self.kind, run)}, lease=lease, idle=0.01, threads=1
        )

    def job(self, total: int = 8) -> str:
        make = partial(
            enqueue,
            kind=self.kind,
            organization_id=self.lab.organization,
            project_id=self.lab.project,
            total=total,
        )
        return self.lab.house.database.write_now(SYSTEM, lambda work: make(work).id)

    def show(self, job: str) -> Reply:
        return self.lab.owner.get(f"/jobs/{job}")

    def state(self, job: str) -> str:
        return str(self.show(job).attributes["state"])

    @property
    def made(self) -> list[int]:
        listed = self.lab.owner.get(f"/datasets?filter[project_id]={self.lab.project}&sort=id").data
        return [int(one["attributes"]["name"]) for one in listed]


@pytest.fixture
def shop(lab: Lab) -> Shop:
    return Shop(lab)


def claimed(worker: Worker) -> Job:
    job = worker.claim()
    assert job is not None
    return job


def test_a_job_is_done_in_chunks_and_tells_how_far_it_is(shop: Shop) -> None:
    job, worker = shop.job(8), shop.worker()

    waiting = shop.show(job).attributes
    mine = claimed(worker)
    goes_on = worker.step(mine)
    half = shop.show(job).attributes
    rest = [worker.step(mine), worker.step(mine)]
    ended = shop.show(job).attributes

    assert (waiting["state"], waiting["done"], waiting["total"], waiting["started_at"]) == (
        "queued",
        0,
        8,
        None,
    )
    assert (goes_on, half["state"], half["done"], half["result"]) == (True, "running", 3, {"made": 3})
    assert (rest, ended["state"], ended["done"], ended["result"]) == (
        [True, False],
        "succeeded",
        8,
        {"made": 8},
    )
    assert ended["started_at"] < ended["finished_at"]
    assert worker.claim() is None
    assert shop.made == list(range(8))


def test_two_workers_never_claim_the_same_job(shop: Shop) -> None:
    jobs = {shop.job(1) for _ in range(12)}
    found: list[str] = []

    def take(worker: Worker) -> None:
        while job := worker.claim():
            found.append(job.id)

    threads = [Thread(target=take, args=(shop.worker(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 12
    assert set(found) == jobs


def test_a_job_whose_worker_died_goes_on_where_its_last_chunk_ended(shop: Shop) -> None:
    job = shop.job(8)
    lost = shop.worker(lease=0.05)
    lost.step(claimed(lost))  # and nothing more is heard of it

    again = eventually(shop.worker().run_next)

    assert again
    assert (shop.state(job), shop.made) == ("succeeded", list(range(8)))


def test_a_chunk_that_is_not_kept_has_no_effect(shop: Shop) -> None:
    job = shop.job(8)

    def killed(work: Work, job: Job, cursor: str) -> Step:
        make_datasets(work, job, cursor)
        raise Fenced  # as a lost lease would end it: whatever the chunk did is undone

    shop.worker(killed, lease=0.05).run_next()
    between = shop.made
    eventually(shop.worker().run_next)

    assert between == []
    assert (shop.state(job), shop.made) == ("succeeded", list(range(8)))


def test_a_stale_worker_that_wakes_up_changes_nothing(shop: Shop) -> None:
    job = shop.job(8)
    stale, fresh = shop.worker(lease=0.05), shop.worker()
    old = claimed(stale)
    stale.step(old)
    new = eventually(fresh.claim)
    fresh.step(new)

    with pytest.raises(Fenced):
        stale.step(old)
    fresh.step(new)
    with pytest.raises(Fenced):
        stale.step(old)

    assert (old.id, old.attempt, new.id, new.attempt) == (job, 1, job, 2)
    assert (shop.state(job), shop.made) == ("succeeded", list(range(8)))


def test_a_chunk_during_which_the_lease_went_to_another_is_undone(shop: Shop) -> None:
    job, thief = shop.job(3), shop.worker()

    def slow(work: Work, job: Job, cursor: str) -> Step:
        step = make_datasets(work, job, cursor)
        work.run(TAKE, {"k_id": job.id})
        return step

    worker = shop.worker(slow, lease=0.05)
    mine = claimed(worker)

    with pytest.raises(Fenced):
        worker.step(mine)
    between = shop.made
    eventually(thief.run_next)

    assert between == []
    assert (shop.state(job), shop.made) == ("succeeded", [0, 1, 2])


def test_a_job_is_cancelled_in_the_middle(shop: Shop) -> None:
    job, worker = shop.job(8), shop.worker()
    mine = claimed(worker)
    worker.step(mine)

    first, again = (shop.lab.owner.post(f"/jobs/{job}/cancel") for _ in range(2))
    with pytest.raises(Fenced):
        worker.step(mine)

    assert (first.status, again.status) == (200, 200)
    assert first.attributes == again.attributes
    assert (first.attributes["state"], first.attributes["done"]) == ("cancelled", 3)
    assert first.attributes["finished_at"] is not None
    assert shop.made == [0, 1, 2]
    assert worker.claim() is None


def test_a_job_that_has_ended_cannot_be_cancelled(shop: Shop) -> None:
    job = shop.job(1)
    shop.worker().run_next()

    refused = shop.lab.owner.post(f"/jobs/{job}/cancel")

    assert (refused.status, refused.code) == (409, "job_finished")
    assert shop.state(job) == "succeeded"


def test_what_a_job_could_not_do_is_kept_in_pages(shop: Shop) -> None:
    def picky(work: Work, job: Job, cursor: str) -> Step:
        number = int(cursor or 0)
        error = ItemError(f"line {number}", "not_an_image", "it is a film")
        return Step(None if number == 4 else str(number + 1), 1, (error,) if number % 2 else ())

    job = shop.job(5)
    shop.worker(picky).run_next()

    shown = shop.show(job).attributes
    page = shop.lab.owner.get(f"/jobs/{job}/errors?page[size]=1&page[number]=2&count=true").document
    related = shop.lab.owner.get(f"/jobs/{job}?included=errors").document["included"]

    assert (shown["state"], shown["done"], shown["errors_count"]) == ("succeeded", 5, 2)
    assert page["meta"]["count"] == 2
    assert [one["attributes"]["item"] for one in page["data"]] == ["line 3"]
    assert [(one["type"], one["attributes"]["code"]) for one in related] == [
        ("job_errors", "not_an_image")
    ] * 2


@pytest.mark.parametrize(
    ("error", "code"),
    [(Conflict("the dataset is gone", code="dataset_gone"), "dataset_gone"), (KeyError("secret"), "crashed")],
)
def test_a_job_that_fails_says_why_and_not_more(shop: Shop, error: Exception, code: str) -> None:
    def fails(work: Work, job: Job, cursor: str) -> Step:
        if cursor:
            raise error
        return make_datasets(work, job, cursor)

    job = shop.job(8)
    shop.worker(fails).run_next()

    shown = shop.show(job).attributes
    errors = shop.lab.owner.get(f"/jobs/{job}/errors")
    assert (shown["state"], shown["done"], shown["errors_count"]) == ("failed", 3, 1)
    assert [one["attributes"]["code"] for one in errors.data] == [code]
    assert "secret" not in errors.text
    assert shop.made == [0, 1, 2]


def test_a_job_that_kills_its_workers_is_given_up(shop: Shop) -> None:
    job = shop.job(8)
    for _ in range(5):
        eventually(shop.worker(lease=0.02).claim)

    eventually(shop.worker().run_next)

    assert shop.state(job) == "failed"
    assert shop.lab.owner.get(f"/jobs/{job}/errors").data[0]["attributes"]["code"] == "gave_up"
    assert shop.made == []


def test_a_worker_that_is_stopped_gives_its_job_back_at_once(shop: Shop) -> None:
    job = shop.job(3000)
    worker, other = shop.worker(), shop.worker()
    worker.start()
    eventually(lambda: shop.show(job).attributes["done"])

    worker.stop()
    made = shop.made
    mine = claimed(other)
    other.step(mine)

    assert 0 < len(made) < 1000
    assert shop.made == list(range(len(made) + CHUNK))


def test_only_who_started_it_and_the_projects_owner_see_and_cancel_a_job(shop: Shop, lab: Lab) -> None:
    job = shop.job()
    people = (lab.project_owner, lab.admin, lab.annotator, lab.outsider)

    seen = [person.get(f"/jobs/{job}").status for person in people]
    cancelled = [person.post(f"/jobs/{job}/cancel").status for person in reversed(people)]
    errors = [person.get(f"/job_errors?filter[job_id]={job}").data for person in people]

    assert seen == [200, 200, 404, 404]
    assert cancelled == [404, 404, 200, 200]
    assert errors == [[], [], [], []]


def test_the_feed_tells_of_a_job_when_it_is_made_begun_and_ended(shop: Shop) -> None:
    job = shop.job(8)
    shop.worker().run_next()

    def told() -> list[tuple[str, str]]:
        return [
            (one["kind"], one["record"]["state"]) for one in feed(shop.lab.owner) if one["record_id"] == job
        ]

    eventually(lambda: len(told()) == 3)
    history = shop.lab.owner.get(f"/jobs/{job}/history").data
    assert told() == [("create", "queued"), ("start", "running"), ("finish", "succeeded")]
    assert [one["attributes"]["record_version"] for one in history] == [1, 2, 3]
    assert "cursor" not in history[-1]["attributes"]["record"]
