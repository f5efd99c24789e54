"""What requests hold in memory: a page a few times its bytes at most, and nothing once it is answered."""

import asyncio
import gc
import tracemalloc
from collections.abc import Iterator

import pytest

from tests.app.streaming import Reader
from tests.lab import Lab, Person

ENTRIES = 300


def read(person: Person, path: str) -> int:
    """How many bytes the answer to a GET of PATH has. No client's memory is measured with it."""
    reader = asyncio.run(Reader(person, path, accept="*/*").run())
    assert reader.status == 200
    return len(reader.body)


@pytest.fixture
def owner(lab: Lab) -> Person:
    """Somebody who sees many entries."""
    calls = [
        {
            "jsonrpc": "2.0",
            "id": n,
            "method": "create",
            "params": {"dataset_id": lab.dataset, "resource": f"{n}.jpg", "metadata": {"note": "x" * 2000}},
        }
        for n in range(ENTRIES)
    ]
    assert lab.owner.rpc("/entries", calls).status == 200
    return lab.owner


@pytest.fixture
def traced() -> Iterator[None]:
    gc.collect()
    tracemalloc.start()
    yield
    tracemalloc.stop()


def peak_of(person: Person, path: str) -> tuple[int, int]:
    """How many bytes are held at most while PATH is read, and how many it has."""
    read(person, path)  # what is compiled and kept once has been
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    size = read(person, path)
    return tracemalloc.get_traced_memory()[1] - before, size


@pytest.mark.usefixtures("traced")
def test_a_page_takes_four_times_its_bytes_at_most(lab: Lab, owner: Person) -> None:
    path = f"/entries?filter%5Bdataset_id%5D={lab.dataset}"

    peak, size = peak_of(owner, path)

    assert size > ENTRIES * 2000
    assert peak < 4 * size


def left_by(person: Person, path: str) -> int:
    """How many bytes 200 requests of PATH leave behind."""
    for _ in range(30):
        read(person, path)
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(200):
        read(person, path)
    gc.collect()
    return tracemalloc.get_traced_memory()[0] - before


@pytest.mark.usefixtures("traced")
def test_what_is_answered_is_let_go(lab: Lab, owner: Person) -> None:
    path = f"/entries?filter%5Bdataset_id%5D={lab.dataset}&page%5Bsize%5D=3"

    assert left_by(owner, path) < 8 * read(owner, path)  # of 200 answers


@pytest.mark.usefixtures("traced")
def test_checker_detects_what_is_kept(lab: Lab, owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"/entries?filter%5Bdataset_id%5D={lab.dataset}&page%5Bsize%5D=3"
    kept: list[bytes] = []
    run = Reader.run

    async def keeping(self: Reader) -> Reader:
        done = await run(self)
        kept.append(done.body)
        return done

    monkeypatch.setattr(Reader, "run", keeping)

    assert left_by(owner, path) > 8 * read(owner, path)
