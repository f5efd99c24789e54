"""Jobs that think for long: they keep their job, tell how far they are, and stop where they are to."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from app.jobs import kinds
from app.jobs.claims import Fenced
from app.jobs.kinds import ItemError, Kind, Step, Study, Watch
from app.jobs.worker import Worker
from app.resources.jobs import Job
from app.work import SYSTEM, Work
from tests.app.jobs.test_worker import CHUNK, Shop, make_datasets
from tests.app.test_keeping import eventually
from tests.lab import Lab

LEASE = 0.3  # seconds

Thought = Callable[[Any, Watch], Any]


class Thinker:
    """A kind of job that thinks by THOUGHT before each chunk, and a worker of it that begins at once."""

    def __init__(self, shop: Shop, thought: Thought, total: int = CHUNK) -> None:
        self.shop = shop
        self.found: list[Any] = []
        self.job = shop.job(total)
        self.worker = self.another(thought)
        self._thread = threading.Thread(target=self.worker.run_next)
        self._thread.start()

    def another(self, thought: Thought, lease: float = LEASE) -> Worker:
        """A worker that thinks otherwise."""

        def run(work: Work, job: Job, cursor: str, found: Any = None) -> Step:
            self.found.append(found)
            return make_datasets(work, job, cursor)

        study = Study(lambda work, job: job.cursor, thought)
        kind = Kind(self.shop.kind, run, study=study)
        return Worker(self.shop.lab.house.database, {kind.name: kind}, lease=lease, threads=1)

    def shown(self) -> Any:
        return self.shop.show(self.job).attributes

    def end(self) -> Any:
        """The job, once the worker has left it."""
        self._thread.join(20)
        assert not self._thread.is_alive()
        return self.shown()


@pytest.fixture
def shop(lab: Lab) -> Shop:
    return Shop(lab)


def test_a_thought_longer_than_the_lease_keeps_its_job(shop: Shop) -> None:
    over = threading.Event()
    thinker = Thinker(shop, lambda seen, watch: over.wait(20))
    other = thinker.another(lambda seen, watch: None)
    eventually(lambda: thinker.shown()["state"] == "running")

    threading.Event().wait(4 * LEASE)
    taken = other.claim()
    over.set()
    ended = thinker.end()

    assert (taken, ended["state"], shop.made) == (None, "succeeded", [0, 1, 2])


def test_a_thought_tells_how_far_it_is_without_a_version(shop: Shop) -> None:
    over = threading.Event()

    def think(seen: Any, watch: Watch) -> None:
        watch.tell(40, 120)
        assert over.wait(20)
        watch.tell(60)

    thinker = Thinker(shop, think)
    told = eventually(lambda: thinker.shown()["done"] and thinker.shown())
    over.set()
    ended = thinker.end()

    history = shop.lab.owner.get(f"/jobs/{thinker.job}/history").data
    assert (told["state"], told["done"], told["total"]) == ("running", 40, 120)
    assert (ended["state"], ended["done"], ended["total"]) == ("succeeded", 60, 120)
    assert [one["attributes"]["kind"] for one in history] == ["create", "start", "finish"]


def test_each_thought_sees_where_the_last_chunk_ended(shop: Shop) -> None:
    thinker = Thinker(shop, lambda seen, watch: seen, total=8)

    ended = thinker.end()

    assert (ended["state"], ended["done"]) == ("succeeded", 8)
    assert thinker.found == ["", "3", "6"]


def test_what_a_thought_cannot_do_is_kept_with_its_chunk_and_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kinds, "LISTED", 20)

    def loses(seen: Any, watch: Watch) -> None:
        watch.miss(ItemError("line 7", "not_an_image", "it is a film"))
        raise Fenced  # as a worker that loses its job leaves it

    def misses(seen: Any, watch: Watch) -> None:
        for line in range(25):
            watch.miss(ItemError(f"line {line}", "not_an_image"))

    thinker = Thinker(shop, loses)
    thinker.end()
    eventually(thinker.another(misses).run_next)

    shown = thinker.shown()
    page = shop.lab.owner.get(f"/jobs/{thinker.job}/errors?page[size]=1&count=true").document
    assert (shown["state"], shown["errors_count"]) == ("succeeded", 25)
    assert (page["meta"]["count"], page["data"][0]["attributes"]["item"]) == (20, "line 0")


@pytest.mark.parametrize("ends_by", ["value", "error"])
def test_a_cancel_stops_a_thought_and_what_it_came_to_is_thrown_away(shop: Shop, ends_by: str) -> None:
    asked = threading.Event()

    def think(seen: Any, watch: Watch) -> str:
        while watch.go_on():
            asked.set()
        if ends_by == "error":
            raise OSError("half a file")
        return "half"

    thinker = Thinker(shop, think)
    assert asked.wait(20)
    cancelled = shop.lab.owner.post(f"/jobs/{thinker.job}/cancel")
    ended = thinker.end()

    assert (cancelled.status, ended) == (200, cancelled.attributes)
    assert (ended["state"], ended["errors_count"]) == ("cancelled", 0)
    assert (thinker.found, shop.made) == ([], [])


def test_a_thought_that_never_asks_changes_nothing_after_a_cancel(shop: Shop) -> None:
    begun, over = threading.Event(), threading.Event()

    def think(seen: Any, watch: Watch) -> None:
        begun.set()
        assert over.wait(20)

    thinker = Thinker(shop, think)
    assert begun.wait(20)
    shop.lab.owner.post(f"/jobs/{thinker.job}/cancel")
    over.set()
    ended = thinker.end()

    assert (ended["state"], thinker.found, shop.made) == ("cancelled", [], [])


def test_a_worker_that_is_stopped_gives_back_what_it_thinks_of(shop: Shop) -> None:
    asked = threading.Event()

    def think(seen: Any, watch: Watch) -> None:
        while watch.go_on():
            asked.set()

    thinker = Thinker(shop, think)
    assert asked.wait(20)
    thinker.worker.stop()
    given_back = thinker.end()
    again = thinker.another(lambda seen, watch: "whole", lease=60.0).run_next()

    assert (given_back["state"], again, thinker.found) == ("running", True, ["whole"])
    assert (thinker.shown()["state"], shop.made) == ("succeeded", [0, 1, 2])


def test_a_thought_that_fails_fails_its_job(shop: Shop) -> None:
    thinker = Thinker(shop, lambda seen, watch: 1 / 0)

    ended = thinker.end()

    assert (ended["state"], ended["errors_count"], shop.made) == ("failed", 1, [])


def test_a_thought_has_the_services_own_way_out(shop: Shop) -> None:
    fetchers: list[Any] = []
    thinker = Thinker(shop, lambda seen, watch: fetchers.append(watch.sources.fetcher))
    thinker.end()

    own = shop.lab.house.database.read_now(SYSTEM, lambda work: work.sources.fetcher)

    assert fetchers == [own]
