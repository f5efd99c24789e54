"""curl, as a process of its own: the lines of vendors' documentation as somebody types them."""

import json
import subprocess
from pathlib import Path
from typing import Any

PATIENCE = 120  # seconds


class Answer:
    """What curl printed: the STATUS, and the body."""

    def __init__(self, status: int, body: str, location: str) -> None:
        self.status, self.body, self.location = status, body, location

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def __repr__(self) -> str:
        return f"<{self.status} {self.body[:2000]}>"


def curl(folder: Path, *arguments: str) -> Answer:
    """The answer to `curl ARGUMENTS`, run in FOLDER."""
    written = "\n%{http_code} %{redirect_url}"
    command = ["curl", "--silent", "--show-error", "--globoff", "--write-out", written, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    body, _, tail = done.stdout.rpartition("\n")
    status, _, location = tail.partition(" ")
    return Answer(int(status), body, location)
