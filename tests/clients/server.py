"""A server in a process of its own, as an operator starts it; knows no client."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

ROOT = Path(__file__).parents[2]
GRACE = 20  # seconds in which it must have ended


@dataclass(frozen=True)
class Server:
    url: str
    key: str
    organization: str

    def create(self, type: str, **attributes: Any) -> str:
        """The id of a new record of TYPE, made without any of the clients that are tried."""
        answer = httpx2.post(
            f"{self.url}/{type}",
            json={"data": {"type": type, "attributes": attributes}},
            headers={"Authorization": f"Bearer {self.key}"},
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["id"])


@contextmanager
def running(data: Path, program: str = "app") -> Iterator[Server]:
    """A server, PROGRAM, that keeps a new organization in the folder DATA. It must not crash once."""
    made = json.loads(_init(data).splitlines()[-1])
    log = data / "log.jsonl"
    command = [sys.executable, "-m", program, "serve", "--data", str(data), "--port", "0"]
    with (
        log.open("w") as errors,
        subprocess.Popen(
            command, cwd=ROOT, env=_environment(), stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        try:
            assert process.stdout
            url = process.stdout.readline().removeprefix("listening on ").strip()
            assert url.startswith("http://"), log.read_text()
            yield Server(url, made["api_key"], made["organization_id"])
        finally:
            process.terminate()
            process.wait(GRACE)
    assert '"crash"' not in log.read_text(), log.read_text()


def _init(data: Path) -> str:
    command = [sys.executable, "-m", "app", "init", "--data", str(data), "--json"]
    command += ["--email", "owner@clients.example", "--organization", "Clients"]
    return subprocess.run(
        command, cwd=ROOT, env=_environment(), check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def _environment() -> dict[str, str]:
    """The environment, without settings of Postil's that somebody has made for another server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("POSTIL_")}
