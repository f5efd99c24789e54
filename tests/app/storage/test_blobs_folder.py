"""Contents in a folder: what is flushed, what is damaged, and what a crash leaves behind."""

import os
import resource
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.errors import NotFound, Unavailable
from app.storage.blobs import Blobs, open_blobs
from tests.app.storage.contents import HOUR, Hours, whole


def test_the_layout_of_the_folder_is_what_it_was(folder: Blobs, tmp_path: Path) -> None:
    hash = folder.put(b"here")

    assert (tmp_path / "files" / hash[:2] / hash).read_bytes() == b"here"


def test_a_damaged_content_is_not_given_as_whole(folder: Blobs, tmp_path: Path) -> None:
    hash = folder.put(b"whole")
    path = tmp_path / "files" / hash[:2] / hash

    path.write_bytes(b"whale")
    with pytest.raises(NotFound):
        folder.get(hash)
    path.write_bytes(b"wh")
    with pytest.raises(NotFound):
        whole(folder, hash, 0, 5)


def test_a_damaged_content_is_mended_when_it_is_put_again(folder: Blobs, tmp_path: Path) -> None:
    hash = folder.put(b"whole")
    (tmp_path / "files" / hash[:2] / hash).write_bytes(b"")

    folder.put(b"whole")

    assert folder.get(hash) == b"whole"


@pytest.fixture
def flushed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What is flushed and renamed from now on, in order: (what is done, the path)."""
    done: list[tuple[str, str]] = []
    fsync: Callable[[Any], None] = os.fsync
    rename: Callable[[Any, Any], None] = os.rename

    def noted_fsync(handle: int) -> None:
        done.append(("flush", os.readlink(f"/proc/self/fd/{handle}")))
        fsync(handle)

    def noted_rename(source: Any, target: Any) -> None:
        done.append(("rename", str(target)))
        rename(source, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "rename", noted_rename)
    return done


def test_a_content_is_flushed_before_it_has_its_name_and_its_name_after(
    folder: Blobs, tmp_path: Path, flushed: list[tuple[str, str]]
) -> None:
    hash = folder.put(b"durable")

    files = str(tmp_path / "files")
    above = [f"{files}/{hash[:2]}", files, str(tmp_path), str(tmp_path.parent)]
    [draft, renamed, *names] = flushed
    assert draft[1].startswith(f"{files}/drafts/")
    assert renamed == ("rename", f"{files}/{hash[:2]}/{hash}")
    assert names == [("flush", path) for path in above]


def test_what_somebody_else_has_just_put_is_flushed_as_well(
    folder: Blobs, tmp_path: Path, flushed: list[tuple[str, str]]
) -> None:
    open_blobs("", tmp_path).put(b"shared")
    flushed.clear()

    hash = folder.put(b"shared")

    assert ("flush", f"{tmp_path}/files/{hash[:2]}") in flushed
    assert ("flush", f"{tmp_path}/files") in flushed


def test_what_was_being_written_at_a_crash_is_cleared_after_a_day(tmp_path: Path, hours: Hours) -> None:
    open_blobs("", tmp_path, clock=hours)
    left = tmp_path / "files" / "drafts" / "left"
    left.write_bytes(b"half")

    open_blobs("", tmp_path, clock=hours)
    assert left.exists()
    hours.ahead = 25
    open_blobs("", tmp_path, clock=hours)

    assert not left.exists()


def test_a_full_disk_is_told_and_leaves_nothing_behind(
    folder: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable) as told:
        folder.put(b"too much")

    assert told.value.code == "files_unavailable"
    assert list((tmp_path / "files" / "drafts").iterdir()) == []
    monkeypatch.undo()
    assert folder.get(folder.put(b"too much")) == b"too much"


def test_a_disk_that_fills_while_something_is_written_is_told(folder: Blobs, tmp_path: Path) -> None:
    def write_too_much() -> None:
        with folder.writer() as draft:
            limit = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limit[1]))  # as if the disk were full
            try:
                draft.write(b"x" * 1_000_000)
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, limit)

    with pytest.raises(Unavailable):
        write_too_much()

    assert list((tmp_path / "files" / "drafts").iterdir()) == []


def test_a_folder_signs_no_address_of_its_own(folder: Blobs) -> None:
    assert folder.signed(folder.put(b"x"), 60, "inline", "text/plain") is None


def test_what_is_put_again_is_young_again(folder: Blobs, tmp_path: Path) -> None:
    hash = folder.put(b"old")
    long_ago = datetime.now(UTC).timestamp() - 2 * HOUR
    os.utime(tmp_path / "files" / hash[:2] / hash, (long_ago, long_ago))
    assert [one for one, _, _ in folder.hashes()] == [hash]

    folder.put(b"old")

    assert list(folder.hashes()) == []
    assert not folder.delete(hash, age=HOUR)
