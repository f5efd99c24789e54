"""A disk whose power can be cut: an ext4 image in memory, copied while whoever writes to it stands still.

What the kernel still holds back is not in the copy, which is what a power cut leaves. Needs root.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")
SIZE = 512 << 20  # bytes
PATIENCE = 30  # seconds in which a process stands still


def why_not() -> str:
    """Why no disk can be cut here; empty where one can."""
    if os.name != "posix" or os.geteuid() != 0:
        return "needs root, to mount a disk"
    if not Path("/dev/loop-control").exists():
        return "there are no loop devices"
    if missing := [name for name in ("mkfs.ext4", "mount", "umount") if shutil.which(name) is None]:
        return f"{', '.join(missing)} is not installed"
    return "" if MEMORY.is_dir() else "there is no /dev/shm"


def new_image(path: Path) -> None:
    """An empty disk at PATH. Its journal is written when it is asked to be, and else after a minute."""
    with path.open("wb") as file:
        file.truncate(SIZE)
    _run("mkfs.ext4", "-q", "-F", str(path))


@contextmanager
def mounted(image: Path, at: Path) -> Iterator[Path]:
    """The disk IMAGE, mounted at AT: what a journal still holds is brought into order first."""
    at.mkdir(exist_ok=True)
    _run("mount", "-o", "loop,commit=60", str(image), str(at))
    try:
        yield at
    finally:
        _run("umount", str(at))


def cut(process: "subprocess.Popen[bytes]", image: Path, copy: Path) -> None:
    """Stop PROCESS wherever it is, copy IMAGE as it is then, and end the process."""
    process.send_signal(signal.SIGSTOP)
    try:
        _await_standstill(process.pid)
        _run("cp", "--sparse=always", str(image), str(copy))
    finally:
        process.kill()
        process.wait()


def _await_standstill(pid: int) -> None:
    until = time.monotonic() + PATIENCE
    while not all(_state_of(task) == "T" for task in Path(f"/proc/{pid}/task").iterdir()):
        assert time.monotonic() < until, "the process does not stand still"
        time.sleep(0.001)


def _state_of(task: Path) -> str:
    return (task / "stat").read_text().rpartition(")")[2].split()[0]


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
