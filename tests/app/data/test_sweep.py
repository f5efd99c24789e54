"""The sweep of contents: what nothing refers to goes, and what anything does stays, whoever comes in."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import text

from app.attributes import wire_time
from app.fetching import Fetcher, hosts_of
from app.jobs import sweeping
from app.jobs.catalog import kinds_of
from app.jobs.kinds import Study, Watch, before
from app.jobs.worker import Worker
from app.main import build
from app.resources import files
from app.resources.jobs import Job, enqueue
from app.settings import Settings
from app.storage.blobs import hash_of, open_blobs
from app.storage.database import Database
from app.storage.opening import engine_of, open_database
from app.work import SYSTEM, Sources, Work
from tests.app.data.doing import ended, entries, imported
from tests.app.data.sending import post_file
from tests.app.filing import keep, picture_of
from tests.client import served
from tests.conftest import new_database
from tests.lab import Dice, House, Lab

DAYS = 24.0  # hours


class Hours:
    """The time, told by the test: that of the machine, and so many hours more."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> str:
        return wire_time(datetime.now(UTC) + timedelta(hours=self.ahead))


class Cellar(NamedTuple):
    """A service of the test's own, whose time it tells; the folder of its contents, its database's URL."""

    lab: Lab
    hours: Hours
    folder: Path
    url: str

    @property
    def database(self) -> Database:
        return self.lab.house.database

    def has(self, content: bytes) -> bool:
        return self.database.sources.blobs.size(hash_of(content)) is not None

    def has_row(self, content: bytes, lab: Lab | None = None) -> bool:
        """Whether the lab's organization has the content as a file."""
        asked = text("SELECT count(*) FROM files WHERE hash = :hash AND organization_id = :organization")
        values = {"hash": hash_of(content), "organization": (lab or self.lab).organization}
        with engine_of(self.url) as engine, engine.connect() as connection:
            return bool(connection.execute(asked, values).scalar())

    def change(self, sql: str, id: str) -> None:
        """Let SQL be done to the row ID, past all rules."""
        with engine_of(self.url) as engine, engine.begin() as connection:
            assert connection.execute(text(sql), {"id": id}).rowcount == 1

    def brought_again(self, content: bytes) -> None:
        """Put CONTENT, as at the time that the test tells: the disk's own clock knows nothing of that."""
        hash = self.database.sources.blobs.put(content)
        now = time.time() + self.hours.ahead * 3600
        os.utime(self.folder / "files" / hash[:2] / hash, (now, now))

    def sweep(self, lab: Lab | None = None, *, contents: bool = True) -> int:
        """Sweep, as the service does by itself once a day; how many rows went."""
        organization = (lab or self.lab).organization

        def job(work: Work) -> str:
            due = {"before": before(work, sweeping.DAY), "contents": contents}
            return str(enqueue(work, sweeping.KIND, organization, due).id)

        return int(ended(lab or self.lab, self.database.write_now(SYSTEM, job))["done"])


@pytest.fixture
def cellar(request: pytest.FixtureRequest, database_url: str, dice: Dice, tmp_path: Path) -> Iterator[Cellar]:
    kind = "sqlite" if database_url.startswith("sqlite:") else "postgresql"
    hours = Hours()
    blobs = open_blobs("", tmp_path, clock=hours)
    sources = Sources(clock=hours, chance=dice, blobs=blobs, fetcher=Fetcher(hosts_of("")))
    settings = Settings(data=tmp_path, allowed_hosts="testserver", workers=0)
    with new_database(request, kind) as url:
        database = open_database(url, sources=sources, connections=4)
        with served(build(settings, database)) as client:
            worker = Worker(database, kinds_of(settings), threads=1, idle=0.02)
            worker.start()
            yield Cellar(Lab(House(client, database, dice, settings), "Cellar"), hours, tmp_path, url)
            worker.stop()
    sources.fetcher.close()


def test_what_nothing_refers_to_goes_after_a_day_and_not_before(cellar: Cellar) -> None:
    keep(cellar.lab, b"named by a row alone")
    cellar.database.sources.blobs.put(b"named by nothing")

    early = cellar.sweep()
    was = cellar.has(b"named by a row alone"), cellar.has(b"named by nothing")
    cellar.hours.ahead = 2 * DAYS
    rows = cellar.sweep()

    assert (early, was, rows) == (0, (True, True), 1)
    assert not cellar.has_row(b"named by a row alone")
    assert not cellar.has(b"named by a row alone")
    assert not cellar.has(b"named by nothing")


def test_nothing_goes_that_anything_refers_to(cellar: Cellar) -> None:
    lab = cellar.lab
    contents = [b"an asset", b"an asset in the trash", picture_of("PNG", 20), b"shown", b"shown elsewhere"]
    ids = [post_file(lab.owner, "x", one).id for one in contents[:3]]
    for one in contents[3:]:
        keep(lab, one)
    imported(lab, assets=[ids[2]])
    entry = entries(lab)[0]["id"]
    lab.new_entry(resource=f"/files/{hash_of(b'shown')}")
    lab.new_entry(resource=f"https://postil.example.org/files/{hash_of(b'shown elsewhere')}")
    exported, part = released(cellar)
    for path in (f"/assets/{ids[1]}", f"/assets/{ids[2]}", f"/entries/{entry}?force=true"):
        assert lab.owner.delete(path).status == 204
    cellar.change("DELETE FROM assets WHERE id = :id", ids[2])  # as the trash is emptied: the entry is left
    cellar.hours.ahead = 20 * DAYS

    rows = cellar.sweep()

    assert rows == 0
    blobs = cellar.database.sources.blobs
    assert all(cellar.has(one) and cellar.has_row(one) for one in contents)
    assert [blobs.size(one) is not None for one in (exported, part)] == [True, True]


def released(cellar: Cellar) -> tuple[str, str]:
    """The hashes of an export, and of a part of its release."""
    lab = cellar.lab
    release = lab.owner.create("releases", dataset_id=lab.dataset, name="v1")
    ended(lab, release.attributes["job_id"])
    export = lab.owner.create("exports", release_id=release.id, format="postil")
    ended(lab, export.attributes["job_id"])
    with engine_of(cellar.url) as engine, engine.connect() as connection:
        part = connection.execute(text("SELECT hash FROM release_parts")).scalar()
    return str(lab.owner.get(f"/exports/{export.id}").attributes["content_hash"]), str(part)


def test_the_thumbnail_goes_with_its_picture(cellar: Cellar) -> None:
    hash = cellar.database.sources.blobs.put(picture := picture_of("PNG"))
    cellar.database.sources.blobs.put_thumbnail(hash, b"small")
    cellar.hours.ahead = 2 * DAYS

    cellar.sweep()

    assert not cellar.has(picture)
    assert cellar.database.sources.blobs.thumbnail(hash) is None


def test_what_another_organization_has_stays(cellar: Cellar) -> None:
    other = Lab(cellar.lab.house, "Other")
    keep(cellar.lab, b"of both")
    post_file(other.owner, "x", b"of both")
    cellar.hours.ahead = 2 * DAYS

    cellar.sweep()

    assert cellar.has(b"of both")
    assert not cellar.has_row(b"of both")
    assert cellar.has_row(b"of both", other)


def test_what_is_brought_again_is_young_again(cellar: Cellar) -> None:
    keep(cellar.lab, b"again")
    cellar.hours.ahead = 2 * DAYS
    cellar.brought_again(b"again")
    keep(cellar.lab, b"again")
    cellar.brought_again(b"again")

    rows = cellar.sweep()

    assert rows == 0
    assert cellar.has(b"again")
    assert cellar.has_row(b"again")


def test_what_is_put_after_it_was_listed_stays(cellar: Cellar) -> None:
    cellar.database.sources.blobs.put(b"late")
    cellar.hours.ahead = 2 * DAYS
    start = f"contents:{hash_of(b'late')[:2]}"
    seen = cellar.database.read_now(SYSTEM, lambda work: study().look(work, job_at(start)))
    cellar.brought_again(b"late")

    study().think(seen, watch_of(cellar))

    assert seen.doomed == (hash_of(b"late"),)
    assert cellar.has(b"late")


def study() -> Study:
    assert sweeping.SWEEPING.study is not None
    return sweeping.SWEEPING.study


def job_at(cursor: str, organization: str = "", until: str = "") -> Any:
    arguments = f'{{"before":"{until}","contents":false}}'
    return Job(organization_id=organization, kind=sweeping.KIND, cursor=cursor, arguments=arguments)


def watch_of(cellar: Cellar) -> Watch:
    return Watch(cellar.database.sources)


def test_what_is_referred_to_after_the_first_look_stays(cellar: Cellar) -> None:
    """The row is as old as it was: only the second look sees the entry."""
    keep(cellar.lab, b"late")
    dataset, organization = cellar.lab.dataset, cellar.lab.organization
    cellar.hours.ahead = 2 * DAYS
    job = job_at("", organization, wire_time(datetime.now(UTC) + timedelta(days=1)))
    seen = cellar.database.read_now(SYSTEM, lambda work: study().look(work, job))
    cellar.lab.new_entry(dataset_id=dataset, resource=f"/files/{hash_of(b'late')}")

    step = cellar.database.write_now(SYSTEM, lambda work: sweeping.SWEEPING.run(work, job, "", found=seen))  # type: ignore[call-arg]

    assert seen.doomed == (hash_of(b"late"),)
    assert step.done == 0
    assert cellar.has_row(b"late")


@pytest.mark.parametrize("sweeps_first", [True, False])
def test_who_brings_a_file_while_its_row_is_swept_has_it(cellar: Cellar, sweeps_first: bool) -> None:
    keep(cellar.lab, b"met")
    organization = cellar.lab.organization
    cellar.hours.ahead = 2 * DAYS
    hash = hash_of(b"met")
    time_before = wire_time(datetime.now(UTC) + timedelta(days=1))

    def swept(work: Work) -> None:
        sweeping._remove(work, organization, (hash,), time_before)

    def brought(work: Work) -> None:
        files.add(work, organization, files.Content(hash, "text/plain", 3))

    with ThreadPoolExecutor(1) as other:
        first, second = (swept, brought) if sweeps_first else (brought, swept)

        def run(work: Work) -> Any:
            first(work)
            after = other.submit(cellar.database.write_now, SYSTEM, second)
            time.sleep(0.1)  # it comes while we are not through; whether it does, the outcome is the same
            return after

        cellar.database.write_now(SYSTEM, run).result()

    assert cellar.has_row(b"met")


def test_what_an_unfinished_job_works_on_stays_however_long_it_takes(cellar: Cellar) -> None:
    other = Lab(cellar.lab.house, "Other")
    job = cellar.database.write_now(
        SYSTEM, lambda work: enqueue(work, "nobody_does_it", other.organization, {})
    )
    cellar.database.sources.blobs.put(b"gathered")
    cellar.hours.ahead = 9 * DAYS

    cellar.sweep()
    was = cellar.has(b"gathered")
    cellar.change("UPDATE jobs SET finished_at = created_at WHERE id = :id", job.id)
    cellar.sweep()

    assert (was, cellar.has(b"gathered")) == (True, False)


def test_more_files_than_a_chunk_are_swept_in_chunks(cellar: Cellar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "AT_ONCE", 4)
    kept = [b"%d" % n for n in range(19)]
    for one in kept:
        keep(cellar.lab, one)
    post_file(cellar.lab.owner, "x", kept[7])
    cellar.hours.ahead = 2 * DAYS

    rows = cellar.sweep()

    assert rows == 18
    assert [one for one in kept if cellar.has(one)] == [kept[7]]


def test_a_sweep_is_due_where_something_is_old(cellar: Cellar) -> None:
    def due() -> list[Any]:
        organizations = (cellar.lab.organization, other.organization)
        found = [cellar.database.write_now(SYSTEM, partial(_due, id)) for id in organizations]
        return [one and one["contents"] for one in found]

    other = Lab(cellar.lab.house, "Other")
    at_first = due()
    keep(other, b"of the other")
    cellar.hours.ahead = 2 * DAYS

    assert at_first == [None, None]
    assert due() == [True, False]


def _due(organization: str, work: Work) -> Any:
    assert sweeping.SWEEPING.due is not None
    return sweeping.SWEEPING.due(work, organization)
