"""An atomic batch that fails at any of its statements leaves nothing, on both databases.

In this process a statement fails as with a lost connection, or as by a fault of ours; a server of its own is
killed. POSTIL_KILLS tells how many statements are tried of the last: 0 for each.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from pysqlite3 import dbapi2 as pysqlite3
from structlog.testing import capture_logs

from app.commands.setting_up import found_organization
from app.storage.opening import migrate, open_database
from app.storage.transaction import Transaction
from app.web.jsonrpc import running
from app.work import SYSTEM
from tests.app.jsonrpc.scenes import Scene, State, change, fault, scene, state_of
from tests.conftest import new_postgresql_database
from tests.lab import Lab

KILLS = int(os.environ.get("POSTIL_KILLS", "2"))
ROOT = Path(__file__).parents[3]
GRACE = 20  # seconds in which a server must have ended
SECRET = "hunter2"


def lose(driver: Any) -> None:
    """End the transaction of DRIVER as a lost connection or a full disk does, and raise what tells so."""
    if isinstance(driver, psycopg.Connection):
        driver.close()
        raise psycopg.OperationalError(f"server closed the connection: {SECRET}")
    driver.execute("ROLLBACK")
    raise sqlite_error(13, "database or disk is full")


def refuse(driver: Any) -> None:
    """Raise what a database raises that cannot run this one statement now."""
    if isinstance(driver, psycopg.Connection):
        raise psycopg.errors.LockNotAvailable(SECRET)
    raise sqlite_error(10, "disk I/O error")


def sqlite_error(code: int, about: str) -> Exception:
    """What SQLite raises: its CODE stands in an attribute (sqlite.org/rescode.html)."""
    error = pysqlite3.OperationalError(f"{about}: {SECRET}")
    error.sqlite_errorcode = code
    return error  # type: ignore[no-any-return]


def crash(driver: Any) -> None:
    raise RuntimeError(SECRET)


class Failing:
    """Fails the LAST-th statement of a batch by FAIL; COUNT are those that came so far."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fail: Callable[[Any], None]) -> None:
        self.last = self.count = 0
        self._fail = fail
        self._thread = 0
        run, execute, later, many = (
            running._run,
            Transaction._execute,
            Transaction._later,
            Transaction.run_many,
        )

        def armed(*given: Any, **named: Any) -> Any:
            self._thread = threading.get_ident()
            try:
                return run(*given, **named)
            finally:
                self._thread = 0

        monkeypatch.setattr(running, "_run", armed)
        monkeypatch.setattr(Transaction, "_execute", self._counted(execute))
        monkeypatch.setattr(Transaction, "_later", self._counted(later))
        monkeypatch.setattr(Transaction, "run_many", self._counted(many))

    def _counted(self, run: Callable[..., Any]) -> Callable[..., Any]:
        def counted(transaction: Transaction, *given: Any, **named: Any) -> Any:
            if threading.get_ident() == self._thread:
                self.count += 1
                if self.count == self.last:
                    self._fail(transaction.driver)
            return run(transaction, *given, **named)

        return counted


class Trial:
    """Batches of a laboratory whose statements fail one after the other, and what was seen of them."""

    def __init__(self, lab: Lab, url: str, failing: Failing) -> None:
        self.lab = lab
        self.url = url
        self.failing = failing
        self.faults: list[str] = []

    def state(self) -> State:
        return state_of(self.url, self.lab.organization)

    def scene(self) -> Scene:
        return scene(lambda type, **given: self.lab.owner.create(type, **given).id, self.lab.project)

    def send(self, scene: Scene, last: int) -> Any:
        """The answer to the batch of SCENE, of which the statement number LAST fails; 0: none does."""
        self.failing.last, self.failing.count = last, 0
        headers = scene.headers | {"Authorization": f"Bearer {self.lab.owner.key}"}
        content = json.dumps(scene.calls).encode()
        # Past the contract's judge: a 503 is no failure here.
        return self.lab.house.client.post(scene.path, content=content, headers=headers)

    def run(self) -> int:
        """Fail every statement once; how many there were."""
        first = self.scene()
        before = self.state()
        self._check_done(first, self.send(first, 0).json())
        whole = change(before, self.state())
        last, now, is_done = 1, self.scene(), False
        while not is_done:
            before = self.state()
            reply = self.send(now, last)
            is_done = self.failing.count < last
            after = self.state()
            if found := fault(before, after, whole):
                self.faults.append(f"statement {last}: {found}")
                return last
            self._check_told(last, reply, is_kept=after != before)
            if after != before:
                now = now if is_done else self.scene()
            last += 1
        self._check_done(now, reply.json())
        return last - 2

    def _check_told(self, last: int, reply: Any, *, is_kept: bool) -> None:
        """The answer is that of what was done, and tells nothing of why it failed."""
        is_told = reply.status_code == 200 and all("result" in one for one in reply.json())
        if is_told != is_kept:
            self.faults.append(f"statement {last}: kept is {is_kept}, and told {reply.text}")
        if SECRET in reply.text:
            self.faults.append(f"statement {last} leaks {reply.text}")

    def _check_done(self, scene: Scene, answers: Any) -> None:
        """All of SCENE is done; its key keeps it from being done again, and the service works."""
        assert ["result" in one for one in answers] == [True] * (len(scene.calls) - 1), answers
        before = self.state()
        again = self.send(scene, 0)
        assert again.json() == answers
        assert self.state() == before


@pytest.fixture
def quiet() -> Iterator[None]:
    """Crashes are not written out, which takes longer than all else."""
    with capture_logs():
        yield


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("fail", [lose, refuse, crash])
def test_a_batch_that_fails_at_a_statement_leaves_nothing(
    lab: Lab, database_url: str, monkeypatch: pytest.MonkeyPatch, fail: Callable[[Any], None]
) -> None:
    trial = Trial(lab, database_url, Failing(monkeypatch, fail))

    count = trial.run()

    assert trial.faults == []
    assert count > 30


@pytest.mark.usefixtures("quiet")
def test_checker_detects_a_batch_in_two_transactions(
    lab: Lab, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running.Asked, "is_whole", False)
    monkeypatch.setattr(running, "SLICE", -1)
    trial = Trial(lab, database_url, Failing(monkeypatch, lose))

    trial.run()

    assert "neither nothing nor all" in trial.faults[0]


# ---- a server that is killed


class Servers:
    """Servers of one database, one after the other; each may be told to be killed at a statement."""

    def __init__(self, url: str, data: Path) -> None:
        self._url = url
        self._data = data
        self._counted = data / "counted"
        database = open_database(url)
        made = database.write_now(SYSTEM, lambda work: found_organization(work, "a@x.example", "Killed"))
        database.close()
        self.organization = made["organization_id"]
        self._headers = {"Authorization": f"Bearer {made['api_key']}"}

    @contextmanager
    def running(self, last: int) -> Iterator[httpx2.Client]:
        """Whoever talks to a server that is killed at the statement LAST of a batch; 0: it is not."""
        command = [sys.executable, "-m", "tests.app.jsonrpc.killed_server", str(last), str(self._counted)]
        command += ["serve", "--data", str(self._data), "--database", self._url, "--port", "0"]
        with (
            (self._data / "log").open("a") as errors,
            subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
        ):
            try:
                assert process.stdout
                url = process.stdout.readline().removeprefix("listening on ").strip()
                with httpx2.Client(base_url=url, headers=self._headers, timeout=GRACE) as client:
                    yield client
            finally:
                if last == 0:
                    process.terminate()
                ended = process.wait(GRACE)
            assert ended == (-signal.SIGKILL if last else 0)

    def send(self, client: httpx2.Client, scene: Scene) -> Any:
        return client.post(scene.path, content=json.dumps(scene.calls).encode(), headers=scene.headers)

    def scene(self, client: httpx2.Client) -> Scene:
        def make(type: str, **attributes: Any) -> str:
            reply = client.post(f"/{type}", json={"data": {"type": type, "attributes": attributes}})
            assert reply.status_code == 201, reply.text
            return str(reply.json()["data"]["id"])

        project = make("projects", name="Retina", organization_id=self.organization)
        return scene(make, project)

    def state(self) -> State:
        return state_of(self._url, self.organization)

    def committed(self) -> int:
        """How many statements a batch had that was committed since this was asked; 0: none was."""
        count = int(self._counted.read_text()) if self._counted.exists() else 0
        self._counted.unlink(missing_ok=True)
        return count


@pytest.fixture(params=["sqlite", "postgresql"])
def servers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Servers]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'postil.db'}"
        migrate(url)
        yield Servers(url, tmp_path)
    else:
        with new_postgresql_database(request.getfixturevalue("postgresql")) as url:
            yield Servers(url, tmp_path)


def chosen(count: int) -> list[int]:
    """KILLS of the statements before the last of COUNT, spread over them; that one; and after it."""
    step = max(1, count // KILLS) if KILLS else 1
    return [*range(1, count, step), count, count + 1]


def test_a_batch_whose_server_is_killed_is_there_as_a_whole_or_not_at_all(servers: Servers) -> None:
    with servers.running(0) as client:
        first, now = servers.scene(client), servers.scene(client)
    before = servers.state()
    with servers.running(0) as client:
        servers.send(client, first).raise_for_status()
    whole = change(before, servers.state())
    seen = set()
    for last in chosen(servers.committed()):
        before = servers.state()
        with servers.running(last) as client, pytest.raises(httpx2.TransportError):
            servers.send(client, now)
        after = servers.state()

        assert fault(before, after, whole) is None, last
        seen.add(is_kept := after != before)
        assert is_kept == bool(servers.committed()), last
    assert seen == {False, True}

    # What was committed, and not answered, is answered now, and not done again.
    with servers.running(0) as client:
        answers = servers.send(client, now).json()
        assert ["result" in one for one in answers] == [True] * (len(now.calls) - 1)
        assert servers.state() == after
