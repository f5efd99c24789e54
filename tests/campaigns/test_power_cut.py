"""Nothing acknowledged is lost in a power cut: each row of a file is there, and its whole content.

`make campaign-power` cuts ten times (POSTIL_CAMPAIGN_CUTS); `make test` does not.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.storage import sqlite
from app.storage.blobs import hash_of
from tests.campaigns.disks import MEMORY, cut, mounted, new_image, why_not
from tests.campaigns.serving import ROOT, environment

CUTS = int(os.environ.get("POSTIL_CAMPAIGN_CUTS", "0"))
LOAD = (0.3, 1.2)  # seconds of writing before a cut
BEGUN = 20  # files that are acknowledged before that time begins
PATIENCE = 60  # seconds

WHY_NOT = why_not() if CUTS else "make campaign-power cuts the power"
cuts_the_power = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT or "it can be cut")


@dataclass
class Found:
    """What came of the cuts: files acknowledged; of them, rows lost, and contents lost or damaged."""

    acknowledged: int = 0
    rows_lost: int = 0
    contents_lost: int = 0


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in memory."""
    with tempfile.TemporaryDirectory(prefix="postil-cut-", dir=MEMORY) as name:
        yield Path(name)


@cuts_the_power
def test_no_acknowledged_file_is_lost_in_a_power_cut(folder: Path) -> None:
    found = campaign(folder, CUTS)

    assert found.acknowledged >= BEGUN * CUTS
    assert (found.rows_lost, found.contents_lost) == (0, 0)


@cuts_the_power
def test_checker_detects_contents_that_are_never_flushed(folder: Path) -> None:
    found = campaign(folder, max(1, CUTS // 5), "hurried")

    assert found.contents_lost > 0
    assert found.rows_lost == 0  # the database flushes for itself


def campaign(folder: Path, cuts: int, how: str = "") -> Found:
    """Cut the power so many times while files are kept, and look after each at all that was acknowledged."""
    began, found = time.monotonic(), Found()
    image, copy = folder / "disk", folder / "copy"
    for n in range(cuts):
        ledger = folder / f"ledger-{n}"
        new_image(image)
        with mounted(image, folder / "before"):
            cut_short(folder / "before", ledger, image, copy, how)
        with mounted(copy, folder / "after"):
            look(folder / "after", ledger.read_text().splitlines(), found)
        copy.unlink()
    print(f"\n{how or 'as it is'}: {cuts} cuts in {time.monotonic() - began:.0f} s: {found}")
    return found


def cut_short(disk: Path, ledger: Path, image: Path, copy: Path, how: str) -> None:
    """Keep files on DISK, of IMAGE, until its power is cut: COPY is what is left."""
    command = [sys.executable, "-m", "tests.campaigns.writing_files", str(disk), str(ledger), how]
    writer = subprocess.Popen(command, cwd=ROOT, env=environment())
    until = time.monotonic() + PATIENCE
    while not ledger.exists() or ledger.stat().st_size < 65 * BEGUN:
        assert writer.poll() is None
        assert time.monotonic() < until
        time.sleep(0.01)
    time.sleep(random.uniform(*LOAD))
    cut(writer, image, copy)


def look(disk: Path, hashes: list[str], found: Found) -> None:
    """Add what is left of HASHES, all of them acknowledged, to FOUND."""
    with closing(sqlite.connect(disk / "postil.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = {hash for (hash,) in connection.execute("SELECT hash FROM files").fetchall()}
    found.acknowledged += len(hashes)
    found.rows_lost += len(set(hashes) - rows)
    found.contents_lost += sum(not is_whole(disk / "files" / hash[:2] / hash, hash) for hash in hashes)


def is_whole(path: Path, hash: str) -> bool:
    return path.exists() and hash_of(path.read_bytes()) == hash


def test_checker_detects_a_content_that_is_cut_short(tmp_path: Path) -> None:
    content = b"whole"
    path = tmp_path / "x"

    path.write_bytes(content)
    assert is_whole(path, hash_of(content))
    path.write_bytes(b"")

    assert not is_whole(path, hash_of(content))
    assert not is_whole(tmp_path / "y", hash_of(content))
