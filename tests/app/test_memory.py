"""What requests hold in memory: a page a few times its bytes at most, and nothing once it is answered."""

import asyncio
import gc
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.types import Message

from tests.lab import Lab, Person

ENTRIES = 300


class Reader:
    """Asks the application itself, so that no client's memory is measured with it."""

    def __init__(self, lab: Lab, person: Person) -> None:
        self._app = lab.house.client.app
        self._key = person.key

    def read(self, path: str) -> int:
        """How many bytes the answer to a GET of PATH has."""
        sizes: list[int] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            assert message.get("status", 200) == 200
            sizes.append(len(message.get("body", b"")))

        async def ask() -> None:
            await self._app(self._scope(path), receive, send)

        asyncio.run(ask())
        return sum(sizes)

    def _scope(self, path: str) -> dict[str, Any]:
        path, _, query = path.partition("?")
        headers = [(b"host", b"testserver"), (b"authorization", f"Bearer {self._key}".encode())]
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "state": {},
        }


@pytest.fixture
def reader(lab: Lab) -> Reader:
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
    return Reader(lab, lab.owner)


@pytest.fixture
def traced() -> Iterator[None]:
    gc.collect()
    tracemalloc.start()
    yield
    tracemalloc.stop()


def peak_of(reader: Reader, path: str) -> tuple[int, int]:
    """How many bytes are held at most while PATH is read, and how many it has."""
    reader.read(path)  # what is compiled and kept once has been
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    size = reader.read(path)
    return tracemalloc.get_traced_memory()[1] - before, size


@pytest.mark.usefixtures("traced")
def test_a_page_takes_four_times_its_bytes_at_most(lab: Lab, reader: Reader) -> None:
    path = f"/entries?filter%5Bdataset_id%5D={lab.dataset}"

    peak, size = peak_of(reader, path)

    assert size > ENTRIES * 2000
    assert peak < 4 * size


def left_by(reader: Reader, path: str) -> int:
    """How many bytes 200 requests of PATH leave behind."""
    for _ in range(30):
        reader.read(path)
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(200):
        reader.read(path)
    gc.collect()
    return tracemalloc.get_traced_memory()[0] - before


@pytest.mark.usefixtures("traced")
def test_what_is_answered_is_let_go(lab: Lab, reader: Reader) -> None:
    path = f"/entries?filter%5Bdataset_id%5D={lab.dataset}&page%5Bsize%5D=3"

    assert left_by(reader, path) < 8 * reader.read(path)  # of 200 answers


@pytest.mark.usefixtures("traced")
def test_checker_detects_what_is_kept(lab: Lab, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"/entries?filter%5Bdataset_id%5D={lab.dataset}&page%5Bsize%5D=3"
    kept: list[Any] = []
    read = Reader.read

    def keeping(self: Reader, path: str) -> int:
        size = read(self, path)
        kept.append(b"x" * size)
        return size

    monkeypatch.setattr(Reader, "read", keeping)

    assert left_by(reader, path) > 8 * reader.read(path)
