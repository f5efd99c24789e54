"""`postil backup`, `restore` and `move` as processes, one of which is killed."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.keeping.refusals import Refused
from tests.app.keeping.conftest import Empty
from tests.app.keeping.scenes import Scene, digests_of, restored
from tests.app.test_command_line import PATIENCE, ROOT, environment, postil, serving

# What `postil` does until all rows are loaded; there it is killed.
KILLED = """
import os, signal
from app.keeping import places
from app.__main__ import cli
places.Place.finish = lambda self: os.kill(os.getpid(), signal.SIGKILL)
cli()
"""


def killed(*arguments: str) -> int:
    """How `postil` ends that is killed when everything is loaded and nothing is kept yet."""
    command = [sys.executable, "-c", KILLED, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment(), timeout=PATIENCE).returncode


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_restore_that_was_killed_is_simply_run_again(
    kind: str, scenes: dict[str, Scene], archive: Path, empty: Empty, tmp_path: Path
) -> None:
    url, scene = empty(kind), scenes["sqlite"]

    ended = killed("restore", str(archive), "--data", str(tmp_path), "--database", url)
    with pytest.raises(Refused, match="there is no database"):
        digests_of(scene.at(url, tmp_path))
    restored(scene, archive, url, tmp_path)

    assert ended == -signal.SIGKILL
    assert digests_of(scene.at(url, tmp_path)) == digests_of(scene)
    assert not list(tmp_path.rglob("*.restoring*"))


def test_a_served_database_is_backed_up_and_restored_elsewhere(tmp_path: Path) -> None:
    here, there = (("--data", str(tmp_path / name)) for name in ("here", "there"))
    assert postil("demo", *here).returncode == 0

    with serving(tmp_path / "log", *here):
        backup = postil("backup", str(tmp_path / "backup.tar"), *here)
    restore = postil("restore", str(tmp_path / "backup.tar"), *there)

    assert (backup.returncode, restore.returncode) == (0, 0), restore.stderr
    assert "It holds secrets" in backup.stdout
    urls = [f"sqlite:///{tmp_path}/{name}/postil.db" for name in ("here", "there")]
    one, other = (Scene(url, tmp_path, "", "", "") for url in urls)
    assert digests_of(one) == digests_of(other)
    kept = [
        sorted(path.name for path in (tmp_path / name / "files").rglob("?" * 64))
        for name in ("here", "there")
    ]
    assert kept[0] == kept[1] != []


def test_what_cannot_be_done_is_said_in_a_line(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.tar").write_bytes(archive.read_bytes()[:100_000])

    refused = postil("restore", str(tmp_path / "bad.tar"), "--data", str(tmp_path / "data"))

    assert refused.returncode == 1
    assert refused.stderr.startswith("postil: the archive is damaged")
    assert refused.stderr.count("\n") == 1
