"""Contents by their hash: one contract, held by a folder and by a real S3."""

import io
import os
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.contents import Draft
from app.errors import NotFound
from app.storage.blobs import Blobs, hash_of, is_hash, open_blobs
from tests.app.seaweed import BUCKET
from tests.app.storage.contents import HOUR, NONE, Hours, whole

PART = 5 << 20  # bytes, from which S3 is sent several parts


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path, hours: Hours) -> Blobs:
    """An empty place for contents, of each kind."""
    if request.param == "folder":
        return open_blobs("", tmp_path, clock=hours)
    environment = request.getfixturevalue("s3")
    place = f"s3://{BUCKET}/{tmp_path.name}/deep"
    return open_blobs(place, tmp_path, clock=hours, environment=environment)


# ---- the contract


@pytest.mark.parametrize("content", [b"", b"x", b"\0" * 1000, os.urandom(PART + 1)], ids=len)
def test_what_is_put_is_got_by_its_hash(blobs: Blobs, content: bytes) -> None:
    hash = blobs.put(content)

    assert hash == hash_of(content)
    assert blobs.get(hash) == content
    assert whole(blobs, hash) == content
    assert blobs.size(hash) == len(content)


def test_the_same_put_again_changes_nothing(blobs: Blobs) -> None:
    assert blobs.put(b"same") == blobs.put(b"same")
    assert blobs.get(hash_of(b"same")) == b"same"


def test_what_is_not_there_is_told(blobs: Blobs) -> None:
    for ask in (blobs.get, lambda hash: whole(blobs, hash), blobs.open):
        with pytest.raises(NotFound) as told:
            ask(NONE)
        assert told.value.code == "content_missing"
    assert blobs.size(NONE) is None
    assert blobs.thumbnail(NONE) is None
    assert not blobs.delete(NONE)


NO_HASHES = [
    "",
    "../../etc/passwd",
    "a/" * 32,
    "0" * 63,
    "0" * 65,
    "0" * 63 + "A",
    "0" * 63 + "\n",
    "\0" * 64,
]


@pytest.mark.parametrize("hash", NO_HASHES)
def test_nothing_but_a_hash_is_looked_for(blobs: Blobs, hash: str) -> None:
    assert not is_hash(hash)
    for ask in (
        blobs.get,
        blobs.size,
        blobs.delete,
        blobs.open,
        blobs.thumbnail,
        lambda one: whole(blobs, one),
    ):
        with pytest.raises(ValueError, match="SHA-256"):
            ask(hash)


@given(start=st.integers(0, 3_000_001), length=st.integers(0, 3_000_001))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_range_is_that_part(blobs: Blobs, start: int, length: int) -> None:
    content = bytes(range(251)) * 11_953  # three pieces and a bit
    end = min(start + length, len(content))

    part = whole(blobs, blobs.put(content), start, max(start, end))

    assert part == content[start:end]


def test_a_content_is_read_in_pieces(blobs: Blobs) -> None:
    hash = blobs.put(os.urandom(3 << 20))

    pieces = [len(piece) for piece in blobs.read(hash)]

    assert len(pieces) > 2
    assert max(pieces) <= 1 << 19


def test_a_file_is_put_as_a_content_is(blobs: Blobs, tmp_path: Path) -> None:
    content = os.urandom(2 * PART + 7)
    path = tmp_path / "given"
    path.write_bytes(content)

    hash = blobs.put_file(path)

    assert hash == hash_of(content)
    assert blobs.get(hash) == content
    assert path.read_bytes() == content


def test_what_is_written_is_kept_at_the_end(blobs: Blobs) -> None:
    with blobs.writer() as draft:
        draft.write(b"one ")
        draft.write(memoryview(b"two"))
        assert blobs.size(hash_of(b"one two")) is None

    assert (draft.hash, draft.size) == (hash_of(b"one two"), 7)
    assert blobs.get(draft.hash) == b"one two"


def test_what_fails_while_it_is_written_is_not_kept(blobs: Blobs, tmp_path: Path) -> None:
    def fail(draft: Draft) -> None:
        draft.write(b"half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), blobs.writer() as draft:
        fail(draft)

    assert blobs.size(hash_of(b"half")) is None
    assert list((tmp_path / "files" / "drafts").iterdir()) == []


def test_an_archive_is_written_as_it_comes_and_read_by_ranges(blobs: Blobs) -> None:
    members = {f"{n}.bin": os.urandom(300_000) for n in range(5)}

    with blobs.writer() as draft, zipfile.ZipFile(draft, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)

    with blobs.open(draft.hash) as file, zipfile.ZipFile(file) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == members


def test_a_file_can_be_sought_in(blobs: Blobs) -> None:
    content = os.urandom(700_000)

    with blobs.open(blobs.put(content)) as file:
        assert file.seek(-10, io.SEEK_END) == 699_990
        assert file.read() == content[-10:]
        assert file.read(1) == b""
        file.seek(5)
        assert file.read(300_000) == content[5:300_005]
        file.seek(0)
        assert file.read() == content


def test_text_is_written_through_a_wrapper(blobs: Blobs) -> None:
    with blobs.writer() as draft:
        text = io.TextIOWrapper(draft, "utf-8", newline="")
        text.write("größe\n")
        text.flush()

    assert blobs.get(draft.hash) == "größe\n".encode()


def test_many_put_the_same_at_once(blobs: Blobs) -> None:
    content = os.urandom(100_000)
    start = threading.Barrier(8)

    def put() -> str:
        start.wait()
        return blobs.put(content)

    with ThreadPoolExecutor(8) as pool:
        hashes = {one.result() for one in [pool.submit(put) for _ in range(8)]}

    assert hashes == {hash_of(content)}
    assert blobs.get(hash_of(content)) == content


def test_what_is_removed_is_gone_with_its_thumbnail(blobs: Blobs) -> None:
    hash = blobs.put(b"gone")
    blobs.put_thumbnail(hash, b"small")
    assert blobs.thumbnail(hash) == b"small"

    assert blobs.delete(hash)

    assert blobs.size(hash) is None
    assert blobs.thumbnail(hash) is None
    assert not blobs.delete(hash)


def test_what_has_been_there_for_an_hour_is_listed(blobs: Blobs, hours: Hours) -> None:
    hashes = {blobs.put(b"%d" % n): 1 for n in range(5)}
    blobs.put_thumbnail(next(iter(hashes)), b"no content of its own")
    assert list(blobs.hashes()) == []

    hours.ahead = 1.1

    found = list(blobs.hashes())
    assert {hash: size for hash, size, _ in found} == hashes
    assert all(HOUR <= age < 1.3 * HOUR for _, _, age in found)


def test_a_sweep_leaves_alone_what_is_young(blobs: Blobs, hours: Hours) -> None:
    hash = blobs.put(b"swept")

    assert not blobs.delete(hash, age=HOUR)
    hours.ahead = 1.1
    assert blobs.delete(hash, age=HOUR)
