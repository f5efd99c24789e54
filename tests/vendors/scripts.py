"""Runs scripts with an SDK's own Python, and hands their one JSON value back."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from threading import Timer
from typing import Any

from tests.vendors.environments import Environment, installed
from tests.vendors.pauses import MARK

PATIENCE = 180  # seconds that a script may take
SECRETS = ("SEGMENTS_API_KEY",)  # what an SDK would take from the environment of whoever runs the tests


def said_by(
    environment: str,
    module: str,
    *arguments: str,
    folder: Path,
    at_pause: Callable[[str], None] | None = None,
) -> Any:
    """The JSON value on the last line that MODULE prints, run in FOLDER by the Python of ENVIRONMENT.

    AT_PAUSE is called with the word of each pause. Raises AssertionError, with what it said, where it fails.
    """
    place = installed(environment)
    log = folder / f"{module}.log"
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [str(place.python), "-m", module, *arguments],
            cwd=folder,
            env=_environment(place),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        timer = Timer(PATIENCE, process.kill)
        timer.start()
        try:
            said = _listen(process, at_pause)
        finally:
            timer.cancel()
            process.kill()
    assert process.returncode == 0, log.read_text()[-8000:] + said
    return json.loads(said.splitlines()[-1])


def _listen(process: "subprocess.Popen[str]", at_pause: Callable[[str], None] | None) -> str:
    """All that PROCESS prints until it ends, its pauses aside."""
    assert process.stdin
    assert process.stdout
    said = []
    for line in process.stdout:
        if not line.startswith(MARK):
            said.append(line)
            continue
        assert at_pause, f"the script pauses at {line.removeprefix(MARK)!r}, and nobody expects it"
        at_pause(line.removeprefix(MARK).strip())
        process.stdin.write("\n")
        process.stdin.flush()
    process.wait()
    return "".join(said)


def _environment(place: Environment) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in SECRETS} | dict(place.variables)
