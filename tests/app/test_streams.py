"""Streams under way: one snapshot, constant memory, and nothing held for who does not read."""

import asyncio
import itertools
import tracemalloc
from collections.abc import Callable, Generator, Iterator
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from app.declare import Resource
from app.errors import Unavailable
from app.operations import reading
from app.query import Query
from app.resources.entry_rows import Entry
from app.storage.opening import migrate, sqlite_path
from app.storage.statement import Statement
from app.storage.streams import Stream
from app.storage.transaction import Transaction
from app.web.jsonapi import lines
from app.work import SYSTEM, Work
from tests.app.streaming import Reader, Slow, eventually, fill, held, opened
from tests.conftest import new_postgresql_database
from tests.lab import Lab, Person

LARGE = 20_000  # entries: some 18 MB of lines
ROOM = 6 << 20  # bytes that a stream may have at once, however long it is


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a migrated database of this file's own: each test opens it with limits of its own."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('streams')}/postil.db"
        migrate(url)
        yield url
        return
    with new_postgresql_database(request.getfixturevalue("postgresql")) as url:
        yield url


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every few records are a read and a piece of their own."""
    monkeypatch.setattr(lines, "FIRST", 2)
    monkeypatch.setattr(lines, "READ", 2_000)
    monkeypatch.setattr(lines, "PIECE", 1_000)
    monkeypatch.setattr(reading, "MOST_KEYS", 4)


def paged(person: Person, path: str) -> list[Any]:
    found: list[Any] = person.get(f"{path}&page[after]=").data
    return found


# ---- one snapshot


def check_snapshot(lab: Lab) -> None:
    """Raise AssertionError where a stream shows what was changed after its first piece."""
    fill(lab, 60)
    path = f"/entries?sort=priority&filter[dataset_id]={lab.dataset}"
    before = paged(lab.owner, path)

    async def change(body: bytes) -> None:
        if not reader.body:
            await asyncio.to_thread(changes)

    def changes() -> None:
        lab.owner.update("entries", before[0]["id"], priority=100)
        lab.owner.update("entries", before[-1]["id"], priority=-100)
        lab.owner.update("entries", before[-2]["id"], resource="another")
        lab.owner.delete(f"/entries/{before[-3]['id']}")
        lab.new_entry(priority=50)

    reader = Reader(lab.owner, path, change)
    asyncio.run(reader.run())

    assert reader.status == 200
    assert reader.records == [{**one, "links": _here(one["links"])} for one in before]
    assert reader.last == {"meta": {"end": True, "count": 61}}
    assert paged(lab.owner, path) != before


def _here(links: Any) -> Any:
    return {name: link.replace("http://testserver", "http://localhost") for name, link in links.items()}


@pytest.mark.usefixtures("small")
def test_a_stream_is_one_snapshot_whatever_is_written_meanwhile(url: str, tmp_path: Path) -> None:
    with opened(url, tmp_path, ahead=1) as lab:
        check_snapshot(lab)


@pytest.mark.usefixtures("small")
def test_checker_detects_a_stream_that_reads_outside_of_its_snapshot(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of_now(work: Work, card: Resource, query: Query, fields: tuple[str, ...]) -> Any:
        numbers = itertools.count(1)

        def fetch(size: int) -> Any:
            page = replace(query, number=next(numbers), size=5)
            job = partial(reading.index, card=card, query=page, fields=fields)
            return asyncio.run(lab.house.database.read(work.actor, job)).rows

        return nullcontext(fetch)

    with opened(url, tmp_path, ahead=1) as lab:
        monkeypatch.setattr(reading, "every", of_now)
        with pytest.raises(AssertionError):
            check_snapshot(lab)


# ---- constant memory


def check_memory(lab: Lab) -> None:
    """Raise AssertionError where a long stream takes more memory than it may have at once."""
    fill(lab, LARGE)
    sizes: list[int] = []

    async def count(body: bytes) -> None:
        sizes.append(len(body))

    reader = Forgetful(lab.owner, f"/entries?filter[dataset_id]={lab.dataset}", count)
    tracemalloc.start()
    try:
        asyncio.run(reader.run())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert reader.last == {"meta": {"end": True, "count": LARGE + 1}}
    assert sum(sizes) > 2 * ROOM
    assert peak < ROOM, f"{peak >> 20} MB for {sum(sizes) >> 20} MB of lines"


class Forgetful(Reader):
    """Keeps the last piece alone."""

    async def _send(self, message: Any) -> None:
        if message.get("body"):
            self.body = b""
        await super()._send(message)


def test_a_long_stream_takes_no_more_memory_than_a_short_one(url: str, tmp_path: Path) -> None:
    with opened(url, tmp_path) as lab:
        check_memory(lab)


def test_checker_detects_a_stream_that_is_read_before_it_is_sent(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces = lines._pieces

    def seeded(work: Work, *given: Any, **named: Any) -> Generator[Any, None, None]:
        yield from list(pieces(work, *given, **named))

    with opened(url, tmp_path) as lab:
        monkeypatch.setattr(lines, "_pieces", seeded)
        with pytest.raises(AssertionError, match="MB for"):
            check_memory(lab)


@pytest.mark.parametrize(
    ("sort", "is_whole"), [("id", True), ("-id", True), ("resource", False), ("-priority", False)]
)
def test_what_no_index_has_in_order_is_never_sorted_whole_in_our_memory(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sort: str, is_whole: bool
) -> None:
    read: list[Any] = []
    rows_of = Transaction.rows_of

    def noted(connection: Transaction, statement: Any, values: Any) -> Any:
        read.append(statement)
        return rows_of(connection, statement, values)

    with opened(url, tmp_path) as lab:
        fill(lab, 10)
        monkeypatch.setattr(Transaction, "rows_of", noted)
        reader = Reader(lab.owner, f"/entries?filter[dataset_id]={lab.dataset}&sort={sort}")
        asyncio.run(reader.run())

    assert reader.last == {"meta": {"end": True, "count": 11}}
    assert len(read) == (is_whole or not sqlite_path(url))  # PostgreSQL sorts in its own process


# ---- who does not read, leaves, or comes when all places are taken


def check_release(lab: Lab, url: str, ending: Callable[[Reader, Slow], None]) -> None:
    """Raise AssertionError where something is held for a reader that has stopped, once ENDING was done."""
    fill(lab, 300)
    path = f"/entries?filter[dataset_id]={lab.dataset}"

    async def run() -> None:
        before = held(url)
        slow = Slow()
        reader = Reader(lab.owner, path, slow)
        task = asyncio.create_task(reader.run())
        await slow.has_begun.wait()
        threads, connections = held(url)
        assert (threads, connections > before[1]) == (1, True)
        ending(reader, slow)
        await eventually(lambda: held(url) == before)
        slow.may_go_on.set()
        await task

    asyncio.run(run())


@pytest.mark.usefixtures("small")
def test_a_reader_that_takes_nothing_is_dropped_and_nothing_is_held(url: str, tmp_path: Path) -> None:
    with opened(url, tmp_path, ahead=1, stall=0.3, most=1) as lab:
        check_release(lab, url, lambda reader, slow: None)

        async def next_one() -> Reader:
            return await Reader(lab.owner, "/projects").run()

        assert asyncio.run(next_one()).status == 200


def test_a_head_has_freed_its_place_when_it_is_answered(url: str, tmp_path: Path) -> None:
    with opened(url, tmp_path, most=1) as lab:
        fill(lab, 300)
        path, headers = f"/entries?filter[dataset_id]={lab.dataset}", {"Accept": "application/x-ndjson"}

        assert {lab.owner.ask("HEAD", path, headers=headers).status for _ in range(30)} == {200}


@pytest.mark.usefixtures("small")
def test_a_reader_that_leaves_frees_its_place_at_once(url: str, tmp_path: Path) -> None:
    with opened(url, tmp_path, ahead=1) as lab:
        check_release(lab, url, lambda reader, slow: reader.leave())


@pytest.mark.usefixtures("small")
def test_checker_detects_a_stream_that_is_held_for_who_does_not_read(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.app.streaming.PATIENCE", 1)
    monkeypatch.setattr(Stream, "close", lambda stream: None)
    with opened(url, tmp_path, ahead=1, stall=3) as lab, pytest.raises(TimeoutError):
        check_release(lab, url, lambda reader, slow: reader.leave())


@pytest.mark.usefixtures("small")
def test_who_was_dropped_is_told_and_goes_on_behind_the_last_line(url: str, tmp_path: Path) -> None:
    with opened(url, tmp_path, ahead=1, stall=0.3) as lab:
        fill(lab, 100)
        path = f"/entries?filter[dataset_id]={lab.dataset}"

        async def run() -> tuple[Reader, Reader]:
            slow = Slow()
            cut = Reader(lab.owner, path, slow)
            task = asyncio.create_task(cut.run())
            await slow.has_begun.wait()
            await eventually(lambda: held(url)[0] == 0)
            slow.may_go_on.set()
            await task
            cursor = cut.records[-1]["meta"]["page"]["cursor"]
            return cut, await Reader(lab.owner, f"{path}&page[after]={cursor}").run()

        cut, rest = asyncio.run(run())

        [error] = cut.last["errors"]
        assert (error["status"], error["code"]) == ("503", "stream_stalled")
        assert 0 < len(cut.records) < 101
        assert len({one["id"] for one in cut.records + rest.records}) == 101
        assert rest.last == {"meta": {"end": True, "count": 101 - len(cut.records)}}


@pytest.mark.usefixtures("small")
def test_one_stream_more_than_there_are_places_is_refused_at_once(url: str, tmp_path: Path) -> None:
    with opened(url, tmp_path, ahead=1) as lab:
        fill(lab, 100)
        path = f"/entries?filter[dataset_id]={lab.dataset}"

        async def run() -> tuple[Reader, list[Reader], int, Reader]:
            slows = [Slow() for _ in range(4)]
            readers = [Reader(lab.owner, path, slow) for slow in slows]
            tasks = [asyncio.create_task(reader.run()) for reader in readers]
            await asyncio.gather(*(slow.has_begun.wait() for slow in slows))
            refused = await Reader(lab.owner, path).run()
            page = await asyncio.to_thread(lab.owner.get, path)
            for slow in slows:
                slow.may_go_on.set()
            await asyncio.gather(*tasks)
            return refused, readers, page.status, await Reader(lab.owner, path).run()

        refused, readers, page, after = asyncio.run(run())

        assert (refused.status, refused.headers["retry-after"]) == (503, "1")
        assert refused.lines[0]["errors"][0]["code"] == "streams_exhausted"
        assert [len(one.records) for one in readers] == [101] * 4
        assert (page, after.status) == (200, 200)


# ---- what ends a stream before its time


@pytest.mark.usefixtures("small")
def test_a_stream_that_lasts_too_long_ends_with_a_link_to_the_rest(url: str, tmp_path: Path) -> None:
    with opened(url, tmp_path, ahead=1, longest=0.5) as lab:
        fill(lab, 100)
        path = f"/entries?filter[dataset_id]={lab.dataset}&sort=-priority"
        whole = [one["id"] for one in paged(lab.owner, path)]

        async def run() -> list[Reader]:
            slow = Slow()
            first = Reader(lab.owner, path, slow)
            task = asyncio.create_task(first.run())
            await slow.has_begun.wait()
            await eventually(lambda: held(url)[0] == 0)
            slow.may_go_on.set()
            await task
            readers = [first]
            while not readers[-1].last["meta"]["end"]:
                rest = readers[-1].last["links"]["next"].removeprefix("http://localhost")
                readers.append(await Reader(lab.owner, rest).run())
            return readers

        first, *others = asyncio.run(run())

        assert first.last["meta"] == {"end": False, "count": len(first.records)}
        assert 0 < len(first.records) < 101
        assert [one["id"] for reader in (first, *others) for one in reader.records] == whole


@pytest.mark.usefixtures("small")
def test_a_revoked_key_ends_its_stream(url: str, tmp_path: Path) -> None:
    with opened(url, tmp_path, ahead=1) as lab:
        fill(lab, 200)
        secret = lab.key(lab.owner.account)
        id = lab.owner.get("/api_keys?sort=-created_at").ids[0]
        person = Person(lab.house, secret)

        async def revoke(body: bytes) -> None:
            if not reader.body:
                reply = await asyncio.to_thread(lab.owner.delete, f"/api_keys/{id}")
                assert reply.status == 204

        reader = Reader(person, f"/entries?filter[dataset_id]={lab.dataset}", revoke)
        asyncio.run(reader.run())

        assert reader.status == 200
        assert reader.last["errors"][0]["code"] == "unauthenticated"
        assert 0 < len(reader.records) < 201


@pytest.mark.usefixtures("small")
def test_an_account_that_may_less_meanwhile_is_shown_no_more(url: str, tmp_path: Path) -> None:
    with opened(url, tmp_path, ahead=1) as lab:
        fill(lab, 200)
        admin = lab.admin

        async def demote(body: bytes) -> None:
            if not reader.body:
                await asyncio.to_thread(
                    lab.owner.update, "accounts", admin.account, organization_role="member"
                )

        reader = Reader(admin, f"/entries?filter[dataset_id]={lab.dataset}", demote)
        asyncio.run(reader.run())

        assert reader.last["errors"][0]["code"] == "access_changed"
        assert 0 < len(reader.records) < 201


# ---- the stream itself


def test_what_a_job_raises_first_is_raised_and_later_is_raised_behind_its_pieces(
    url: str, tmp_path: Path
) -> None:
    def late(work: Work) -> Generator[int, None, None]:
        yield from range(20)
        raise ValueError("late")

    def early(work: Work) -> Generator[int, None, None]:
        raise ValueError("early")
        yield 0

    with opened(url, tmp_path) as lab:
        database = lab.house.database

        async def run() -> list[int]:
            with pytest.raises(ValueError, match="early"):
                await database.stream(SYSTEM, early)
            stream = await database.stream(SYSTEM, late)
            found = [await anext(stream) for _ in range(20)]
            with pytest.raises(ValueError, match="late"):
                await anext(stream)
            assert not stream.is_whole
            return found

        assert asyncio.run(run()) == list(range(20))
        asyncio.run(eventually(lambda: held(url)[0] == 0))


def test_a_stream_cannot_write(url: str, tmp_path: Path) -> None:
    def writing(work: Work) -> Generator[None, None, None]:
        work.run(Statement(lambda: update(Entry).values(priority=1.0)), {})
        yield None

    with opened(url, tmp_path) as lab, pytest.raises(Exception, match=r"read-?only") as told:
        asyncio.run(lab.house.database.stream(SYSTEM, writing))
    assert not isinstance(told.value, Unavailable)


def test_a_database_that_is_closed_ends_its_streams(url: str, tmp_path: Path) -> None:
    def endless(work: Work) -> Generator[int, None, None]:
        while True:
            yield 1

    async def run(lab: Lab) -> None:
        await lab.house.database.stream(SYSTEM, endless)
        assert held(url)[0] == 1

    with opened(url, tmp_path) as lab:
        asyncio.run(run(lab))
    assert held(url)[0] == 0
