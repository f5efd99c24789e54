"""Bodies on their way to disk: the same files however they come, and never in memory."""

import asyncio
import gzip
import os
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from app.errors import Malformed
from app.storage.blobs import hash_of, open_blobs
from app.web.edge import Refused
from app.web.uploads.parts import EVERY_FILE, Parts
from app.web.uploads.receiving import Receiver
from app.work import Sources
from tests.app.data.sending import BOUNDARY, closed, form
from tests.app.filing import picture_of

MIB = 1 << 20


@pytest.fixture
def sources(tmp_path: Path) -> Iterator[Sources]:
    found = Sources(blobs=open_blobs("", tmp_path / "kept"))
    yield found
    found.fetcher.close()
    found.decoder.close()


def request_of(pieces: Iterator[bytes], *headers: tuple[bytes, bytes], ends: bool = True) -> Request:
    """A request whose body comes in PIECES; unless it ENDS, the client then leaves."""

    async def messages() -> AsyncIterator[dict[str, Any]]:
        for piece in pieces:
            yield {"type": "http.request", "body": piece, "more_body": True}
        yield {"type": "http.request", "body": b""} if ends else {"type": "http.disconnect"}

    coming = messages()
    scope = {"type": "http", "method": "POST", "path": "/", "headers": list(headers)}
    return Request(scope, lambda: anext(coming))


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b.png", "ü"]), st.binary(max_size=60)), min_size=1, max_size=5),
    st.lists(st.integers(0, 400), max_size=8),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_files_of_a_form_are_the_same_in_whatever_pieces_it_comes(
    sources: Sources, tmp_path: Path, files: list[tuple[str, bytes]], cuts: list[int]
) -> None:
    files = [(name, b"x" + content) for name, content in files]  # no picture by chance
    body = form(*files)
    parts = Parts(sources, tmp_path, MIB, BOUNDARY.encode(), EVERY_FILE)

    for start, end in pairwise([0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]):
        parts.write(body[start:end])

    found = parts.finish()
    assert [(one.name, one.digest) for one in found] == [(name, hash_of(content)) for name, content in files]
    assert [one.is_file() for one in tmp_path.iterdir()] == [False]


@given(
    st.binary(max_size=300)
    | st.lists(st.sampled_from([f"--{BOUNDARY}".encode(), b"\r\n", b"--", b"a: b"])).map(b"".join)
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_comes_is_a_form_or_refused(sources: Sources, tmp_path: Path, body: bytes) -> None:
    parts = Parts(sources, tmp_path, MIB, BOUNDARY.encode(), EVERY_FILE)
    try:
        parts.write(body)
        found = parts.finish()
    except Malformed:
        found = []
    finally:
        parts.remove()

    assert found == []
    assert [one.name for one in tmp_path.iterdir()] in ([], ["kept"])


def test_a_large_file_never_lies_in_memory(sources: Sources, tmp_path: Path) -> None:
    receiver = Receiver(sources, tmp_path / "drafts", 100 * MIB)
    piece = os.urandom(64 << 10)
    tracemalloc.start()

    found = asyncio.run(receiver.one(request_of(piece for _ in range(64 * 16)), lambda: "a.bin"))
    form = asyncio.run(receiver.many(request_of(form_of(piece)), BOUNDARY.encode(), EVERY_FILE))

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.content is not None
    assert found.content.size == form[0].content.size == 64 * MIB  # type: ignore[union-attr]
    assert peak < 6 * MIB


def test_what_lies_in_no_file_is_bounded(sources: Sources, tmp_path: Path) -> None:
    parts = Parts(sources, tmp_path, MIB, BOUNDARY.encode(), EVERY_FILE)
    parts.write(f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n\r\n'.encode())

    with pytest.raises(Malformed, match="no file"):
        parts.write(b"a" * 17 * MIB)


def test_a_packed_form_has_no_more_bytes_than_a_file(sources: Sources, tmp_path: Path) -> None:
    receiver = Receiver(sources, tmp_path / "drafts", MIB)
    packed = gzip.compress(form(("a", b"a" * (MIB - 1)), ("b", b"b" * 2000)))
    request = request_of(iter([packed]), (b"content-encoding", b"gzip"))

    with pytest.raises(Refused) as caught:
        asyncio.run(receiver.many(request, BOUNDARY.encode(), EVERY_FILE))

    assert caught.value.status == 413
    assert os.listdir(tmp_path / "drafts") == []


def form_of(piece: bytes) -> Iterator[bytes]:
    head, tail = closed(b'Content-Disposition: form-data; filename="a"\r\n\r\n|').split(b"|")
    yield head
    yield from (piece for _ in range(64 * 16))
    yield tail


@pytest.mark.parametrize("is_form", [True, False])
def test_who_leaves_in_the_middle_leaves_nothing_behind(
    sources: Sources, tmp_path: Path, is_form: bool
) -> None:
    receiver = Receiver(sources, tmp_path / "drafts", MIB)
    request = request_of(iter([form(("a", b"a" * 900_000))[:600_000]]), ends=False)

    async def send() -> None:
        if is_form:
            await receiver.many(request, BOUNDARY.encode(), EVERY_FILE)
        else:
            await receiver.one(request, lambda: "a")

    with pytest.raises((Refused, Malformed)):
        asyncio.run(send())

    assert os.listdir(tmp_path / "drafts") == []


def test_who_is_cut_off_leaves_nothing_behind(sources: Sources, tmp_path: Path) -> None:
    receiver = Receiver(sources, tmp_path / "drafts", MIB)

    async def send() -> None:
        waits = asyncio.Event()

        async def receive() -> Any:
            if waits.is_set():
                await asyncio.sleep(60)
            waits.set()
            return {"type": "http.request", "body": b"a" * 300_000, "more_body": True}

        request = Request({"type": "http", "method": "POST", "headers": []}, receive)
        task = asyncio.create_task(receiver.one(request, lambda: "a"))
        await waits.wait()
        await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(send())

    assert os.listdir(tmp_path / "drafts") == []


def test_files_are_kept_in_a_bucket_of_s3_as_in_a_folder(s3: Any, tmp_path: Path) -> None:
    blobs = open_blobs(f"s3://postil/{uuid4().hex}", tmp_path, environment=s3)
    sources = Sources(blobs=blobs)
    receiver = Receiver(sources, tmp_path / "files" / "drafts", 20 * MIB)
    large = os.urandom(6 * MIB)
    body = form(("cat.png", cat := picture_of("PNG")), ("a.bin", large), ("half.png", cat[:90]))

    found = asyncio.run(receiver.many(request_of(iter([body])), BOUNDARY.encode(), EVERY_FILE))

    assert [one.content is not None for one in found] == [True, True, False]
    assert [blobs.get(hash_of(one)) == one for one in (cat, large)] == [True, True]
    assert os.listdir(tmp_path / "files" / "drafts") == []
    sources.fetcher.close()
    sources.decoder.close()
