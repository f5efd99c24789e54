"""The command line, as processes: `python -m app`, which is `postil`."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import new_postgresql_database

ROOT = Path(__file__).parents[2]
PATIENCE = 60  # seconds that a command may take


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("POSTIL_")}
    return kept | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"} | more


def postil(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=environment(**more),
        cwd=ROOT,
    )


def init(*where: str) -> Any:
    made = postil("init", *where, "--email", "ana@example.org", "--organization", "Lund", "--json")
    assert made.returncode == 0, made.stderr
    return json.loads(made.stdout.splitlines()[-1])


class Server:
    """A running `postil serve`."""

    def __init__(self, process: subprocess.Popen[str], url: str, log: Path) -> None:
        self.process = process
        self.url = url
        self.log = log

    def get(self, path: str, key: str | None = None) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx2.get(self.url + path, headers=headers, timeout=PATIENCE)


@contextmanager
def serving(
    log: Path, *where: str, python_path: str = str(ROOT), cwd: Path = ROOT, **more: str
) -> Iterator[Server]:
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "serve", *where, "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=environment(PYTHONPATH=python_path, **more),
            cwd=cwd,
        )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line.startswith("listening on http://127.0.0.1:"), line + log.read_text()
        yield Server(process, line.split()[-1], log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
        process.stdout.close()


@pytest.fixture
def where(tmp_path: Path) -> tuple[str, str]:
    return ("--data", str(tmp_path / "data"))


def test_init_makes_an_organization_whose_key_works_at_once(where: tuple[str, str], tmp_path: Path) -> None:
    made = init(*where)

    with serving(tmp_path / "log", *where) as server:
        accounts = server.get("/accounts", made["api_key"]).json()

    assert set(made) == {"organization_id", "account_id", "api_key"}
    assert [one["id"] for one in accounts["data"]] == [made["account_id"]]


def test_the_same_commands_serve_postgresql(postgresql: str, tmp_path: Path) -> None:
    with new_postgresql_database(postgresql) as url:
        where = ("--data", str(tmp_path / "data"), "--database", url)
        made = init(*where)

        with serving(tmp_path / "one", *where) as first, serving(tmp_path / "two", *where) as second:
            answers = [server.get("/organizations", made["api_key"]) for server in (first, second)]

    assert [answer.json()["data"][0]["attributes"]["name"] for answer in answers] == ["Lund", "Lund"]


def test_an_organization_is_made_once(where: tuple[str, str]) -> None:
    init(*where)

    again = postil("init", *where, "--email", "eva@example.org", "--organization", "Lund")

    assert again.returncode == 1
    assert "postil key create" in again.stderr
    assert "Traceback" not in again.stderr


def test_a_second_process_on_sqlite_is_refused_with_the_way_out(
    where: tuple[str, str], tmp_path: Path
) -> None:
    init(*where)

    with serving(tmp_path / "log", *where):
        second = postil("serve", *where, "--port", "0")

    assert second.returncode == 1
    assert "in use by another Postil process" in second.stderr
    assert "--database postgresql://" in second.stderr


def test_a_server_logs_json_lines_without_keys_and_ends_on_a_signal(
    where: tuple[str, str], tmp_path: Path
) -> None:
    made = init(*where)

    with serving(tmp_path / "log", *where) as server:
        reply = server.get("/projects?filter[name]=secret-in-query", made["api_key"])
        ready = server.get("/health/ready")
        metrics = server.get("/metrics")

    assert (reply.status_code, ready.json(), server.process.returncode) == (200, {"status": "ok"}, 0)
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    request = next(line for line in lines if line.get("path") == "/projects")
    assert request["request_id"] == reply.headers["x-request-id"]
    assert request["route"] == "/projects"
    assert 'route="/projects"' in metrics.text
    logged = (tmp_path / "log").read_text()
    assert made["api_key"] not in logged
    assert "secret-in-query" not in logged


def test_keys_are_made_listed_and_revoked(where: tuple[str, str], tmp_path: Path) -> None:
    init(*where)

    made = postil(
        "key", "create", *where, "--email", "ana@example.org", "--name", "nightly", "--scope", "read"
    )
    secret = made.stdout.strip()
    listed = postil("key", "list", *where).stdout
    id = next(line for line in listed.splitlines() if "nightly" in line).replace("│", " ").split()[0]
    with serving(tmp_path / "before", *where) as server:
        before = server.get("/accounts", secret).status_code
    revoked = postil("key", "revoke", id, *where)
    with serving(tmp_path / "after", *where) as server:
        after = server.get("/accounts", secret).status_code

    assert secret not in listed
    assert revoked.returncode == 0, revoked.stderr
    assert (before, after) == (200, 401)


def test_check_reports_versions_and_integrity(where: tuple[str, str]) -> None:
    init(*where)

    report = json.loads(postil("check", *where).stdout)

    assert report["is_sound"] is True
    assert (report["integrity"], report["pragmas"]["synchronous"]) == ("ok", 2)


def test_what_is_wrong_is_said_in_a_line(where: tuple[str, str]) -> None:
    wrong = postil("migrate", *where, "--database", "mysql://nowhere")

    assert wrong.returncode == 1
    assert wrong.stderr.startswith("postil: mysql: is no database we know")


def test_the_sample_is_played_once_and_shows_its_pictures(where: tuple[str, str], tmp_path: Path) -> None:
    first = postil("demo", *where)
    second = postil("demo", *where)
    old, new = (run.stdout.split()[-1] for run in (first, second))

    with serving(tmp_path / "log", *where) as server:
        entries = server.get("/entries?sort=priority&fields=resource,wf_step", new).json()["data"]
        picture = server.get(entries[0]["attributes"]["resource"], new)
        unsigned = server.get(entries[0]["attributes"]["resource"])
        refused = server.get("/entries", old)

    assert len(entries) == 13
    assert {entry["attributes"]["wf_step"] for entry in entries} == {
        "start",
        "annotate",
        "review",
        "done",
        "error",
    }
    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert (unsigned.status_code, refused.status_code) == (401, 401)


def test_a_package_without_git_is_whole(tmp_path: Path) -> None:
    copy, target = tmp_path / "copy", tmp_path / "installed"
    ignored = shutil.ignore_patterns(".*", "data", "node_modules", "__pycache__")
    shutil.copytree(ROOT, copy, ignore=ignored)

    built = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(copy)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert built.returncode == 0, built.stderr
    where = ("--data", str(tmp_path / "data"))
    with serving(tmp_path / "log", *where, python_path=str(target), cwd=tmp_path) as server:
        pages = [server.get(path).status_code for path in ("/openapi.json", "/docs", "/docs/swagger-ui.css")]

    assert pages == [200, 200, 200]
    assert (target / "bin" / "postil").exists()
