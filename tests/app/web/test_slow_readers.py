"""Who reads a file slowly, or leaves: no more of it is read than they take, and their place is free again."""

import asyncio
import os
from collections.abc import Iterator

import pytest

from app.storage.blobs import Blobs
from app.web.files import sending
from tests.app.filing import keep
from tests.app.streaming import PATIENCE, Reader, Slow
from tests.lab import Lab

SIZE = 4 << 20  # bytes


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of all pieces that are read from now on."""
    seen: list[int] = []
    read = Blobs.read

    def noted(blobs: Blobs, hash: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        for piece in read(blobs, hash, start, end):
            seen.append(len(piece))
            yield piece

    monkeypatch.setattr(Blobs, "read", noted)
    return seen


def test_no_more_is_read_than_is_taken(lab: Lab, pieces: list[int]) -> None:
    content = os.urandom(SIZE)
    path = f"/files/{keep(lab, content)}"

    async def read_slowly() -> bytes:
        slow = Slow()
        reader = Reader(lab.owner, path, slow, accept="*/*")
        running = asyncio.create_task(reader.run())
        await slow.has_begun.wait()
        assert len(pieces) == 1
        slow.may_go_on.set()
        await running
        return reader.body

    assert asyncio.run(asyncio.wait_for(read_slowly(), PATIENCE)) == content
    assert sum(pieces) == SIZE
    assert max(pieces) <= SIZE // 8


def test_who_leaves_is_read_for_no_longer_and_makes_room(
    lab: Lab, pieces: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/files/{keep(lab, os.urandom(SIZE))}"
    monkeypatch.setattr(sending, "MOST", 1)

    async def leave() -> tuple[int, int]:
        slow = Slow()
        reader = Reader(lab.owner, path, slow, accept="*/*")
        running = asyncio.create_task(reader.run())
        await slow.has_begun.wait()
        refused = await Reader(lab.owner, path, accept="*/*").run()
        reader.leave()
        await running
        assert sum(pieces) < SIZE
        taken = await Reader(lab.owner, path, accept="*/*").run()
        return refused.status, taken.status

    assert asyncio.run(asyncio.wait_for(leave(), PATIENCE)) == (503, 200)
