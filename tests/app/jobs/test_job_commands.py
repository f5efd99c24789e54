"""`postil job` and `postil work`: jobs are followed and worked from the command line."""

import io
import json
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx2
import pytest
from rich.console import Console
from sqlalchemy import select
from sqlmodel import col

from app.commands import watching
from app.commands.failures import Failed
from app.commands.opened import opened
from app.commands.serving import serve
from app.commands.setting_up import found_organization
from app.commands.watching import watch
from app.commands.working import work
from app.errors import Conflict
from app.jobs.kinds import ItemError, Step
from app.resources.jobs import Job, enqueue
from app.resources.organizations import Organization
from app.settings import Settings
from app.storage.statement import Statement
from app.work import SYSTEM, Work
from tests.app.jobs.test_worker import Shop
from tests.app.test_command_line import PATIENCE, ROOT, Server, environment, postil, serving
from tests.conftest import new_postgresql_database
from tests.lab import Lab

ORGANIZATION = Statement(lambda: select(col(Organization.id)))
HOSTILE = "\x1b]0;owned\x07[bold]line 1"


@pytest.fixture
def shop(lab: Lab) -> Shop:
    return Shop(lab)


def watched(shop: Shop, job: str) -> tuple[Any, str]:
    """What the job comes to, and what is shown of it meanwhile."""
    shown = io.StringIO()
    result = watch(shop.lab.house.database, job, console=Console(file=shown, width=200), pause=0.01)
    return result, shown.getvalue()


def test_a_job_is_watched_to_its_end(shop: Shop) -> None:
    job = shop.job(8)
    begin = threading.Timer(0.1, shop.worker().run_next)
    begin.start()

    result, shown = watched(shop, job)
    begin.join()

    assert result == {"made": 8}
    assert "succeeded" in shown
    assert "8/8" in shown
    assert '{"made": 8}' in shown


def test_what_a_job_could_not_do_is_shown_and_steers_no_terminal(shop: Shop) -> None:
    def picky(work: Work, job: Job, cursor: str) -> Step:
        return Step(None, 1, (ItemError(HOSTILE, "not_an_image"),) * 7, result={HOSTILE: 1})

    job = shop.job(1)
    shop.worker(picky).run_next()

    result, shown = watched(shop, job)

    assert result == {HOSTILE: 1}
    assert shown.count("not_an_image") == 5
    assert "7 errors in all" in shown
    assert "\x1b" not in shown
    assert "[bold]line 1" in shown


def test_a_job_that_fails_fails_whoever_waits_for_it(shop: Shop) -> None:
    def fails(work: Work, job: Job, cursor: str) -> Step:
        raise Conflict("the dataset is gone", code="dataset_gone")

    job = shop.job(1)
    shop.worker(fails).run_next()

    with pytest.raises(Failed, match=f"{job}.*failed"):
        watched(shop, job)
    with pytest.raises(Failed, match="no job"):
        watched(shop, "nobody")


# ---- as processes


def made_job(server: Server, key: str) -> str:
    """A job of the server's organization; its id."""
    reply = httpx2.patch(
        f"{server.url}/entries?filter[status]=ready",
        content=json.dumps({"data": {"type": "entries", "attributes": {"priority": 1}}}),
        headers={
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/vnd.api+json",
            "Prefer": "respond-async",
        },
        timeout=PATIENCE,
    )
    assert reply.status_code == 202, reply.text
    return str(reply.json()["data"]["id"])


def begun(settings: Settings) -> str:
    """The key of an organization in the database of SETTINGS, which is made."""
    settings.data.mkdir()
    with opened(settings) as database:
        made = database.write_now(SYSTEM, lambda work: found_organization(work, "a@x.example", "Lund"))
    return made["api_key"]


def test_jobs_are_listed_and_watched_beside_a_server_on_sqlite(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(data=tmp_path / "data")
    key = begun(settings)

    with serving(tmp_path / "log", "--data", str(settings.data)) as server:
        job = made_job(server, key)
        watching.follow(settings, job)
        watching.show(settings, is_open=False)
        with pytest.raises(Failed, match=f"POST /jobs/{job}/cancel"):
            watching.cancel(settings, job)
        answer = server.get(f"/jobs/{job}", key).json()["data"]["attributes"]

    shown = capsys.readouterr().out
    assert '{"changed": 0}' in shown
    assert job in shown
    assert answer["state"] == "succeeded"


def test_a_job_is_cancelled_where_no_server_runs(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    begun(settings)
    with opened(settings) as database:
        organization = database.write_now(SYSTEM, lambda work: work.rows(ORGANIZATION, {}))[0][0]
        job = database.write_now(SYSTEM, lambda work: enqueue(work, "forget_keys", organization)).id

    watching.cancel(settings, job)

    with pytest.raises(Failed, match="was cancelled"):
        watching.follow(settings, job)


def test_what_is_not_there_is_told_with_the_next_step(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")

    with pytest.raises(RuntimeError, match=r"no database at .* --data"):
        watching.show(settings, is_open=False)
    begun(settings)
    for command in (watching.follow, watching.cancel):
        with pytest.raises(Failed, match="postil job list"):
            command(settings, "nobody")


def test_on_sqlite_nobody_works_beside_the_server(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data", workers=0)

    with pytest.raises(Failed, match="postil serve"):
        work(settings, 1)
    with pytest.raises(Failed, match="POSTIL_WORKERS"):
        serve(settings)

    assert not settings.data.exists()


def test_a_server_without_workers_leaves_jobs_to_postil_work(postgresql: str, tmp_path: Path) -> None:
    with new_postgresql_database(postgresql) as url:
        where = ("--data", str(tmp_path / "data"), "--database", url)
        key = begun(Settings(data=tmp_path / "data", database=url))
        with serving(tmp_path / "log", *where, POSTIL_WORKERS="0") as server:
            job = made_job(server, key)
            waiting = server.get(f"/jobs/{job}", key).json()["data"]["attributes"]["state"]
            worker = working(*where)
            seen = postil("job", "watch", job, *where)
            worker.send_signal(signal.SIGTERM)
            ended = worker.wait(PATIENCE)

    assert waiting == "queued"
    assert (seen.returncode, '{"changed": 0}' in seen.stdout) == (0, True)
    assert ended == 0


def working(*where: str) -> subprocess.Popen[str]:
    """`postil work`, once it works."""
    command = [sys.executable, "-m", "app", "work", *where, "--threads", "1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment(), cwd=ROOT)
    assert process.stdout is not None
    assert process.stdout.readline() == "working in 1 threads\n"
    process.stdout.close()
    return process
