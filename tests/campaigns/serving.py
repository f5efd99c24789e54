"""Real server processes on a database of their own, killed and started again, and callers.

A `Site` is one database, an organization in it, and the processes that serve it. A `Caller` speaks HTTP/1.1
over one connection that is kept alive, for the holder of one key. Nothing here retries: what came of a
request that was not answered is the campaign's to find out.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from app.commands.opened import opened
from app.commands.setting_up import found_organization
from app.settings import Settings
from app.work import SYSTEM

ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"
GRACE = 60  # seconds in which a process that was asked to end has ended
PATIENCE = 120  # seconds that a caller waits for an answer
IDLE = 1  # seconds after which a connection is not used again: the server closes those that are idle
MEDIA_TYPE = "application/vnd.api+json"


class Lost(Exception):
    """No whole answer came: what was asked may have been done, or not."""


@dataclass(frozen=True)
class Answer:
    """What a server answered: its status, its headers (names in lower case) and its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def data(self) -> Any:
        return self.document["data"]

    @property
    def id(self) -> str:
        return str(self.data["id"])

    @property
    def code(self) -> str:
        return str(self.document["errors"][0]["code"])

    def __repr__(self) -> str:
        return f"<{self.status} {self.body[:2000]!r}>"


class Caller:
    """Speaks for the holder of KEY to the server at PORT, over one connection; for one thread at a time."""

    def __init__(self, port: int, key: str, *, patience: float = PATIENCE) -> None:
        self.key = key
        self._connection = http.client.HTTPConnection(HOST, port, timeout=patience)
        self._used = time.monotonic()

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer; BODY goes as JSON. Raises Lost; the next request then opens a new connection."""
        content = None if body is None else json.dumps(body).encode()
        kind = {} if body is None else {"Content-Type": "application/json"}
        return self.send(method, path, content, kind | dict(headers or {}))

    def send(self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]) -> Answer:
        """The same of CONTENT as it is."""
        sent = {"Authorization": f"Bearer {self.key}"}
        if time.monotonic() - self._used > IDLE:
            self._connection.close()
        try:
            self._connection.request(method, path, content, sent | dict(headers))
            response = self._connection.getresponse()
            read = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise Lost(f"{method} {path}: {error!r}") from error
        self._used = time.monotonic()
        named = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, named, read)

    def make(self, type: str, **attributes: Any) -> str:
        """The id of a new record of TYPE."""
        answer = self.ask("POST", f"/{type}", {"data": {"type": type, "attributes": attributes}})
        assert answer.status == 201, answer
        return answer.id

    def call(self, path: str, calls: Sequence[Any], **parameters: str) -> Any:
        """The answers to a batch of JSON-RPC CALLS, each a pair of method and params, in their order."""
        batch = [
            {"jsonrpc": "2.0", "id": n, "method": method, "params": params}
            for n, (method, params) in enumerate(calls)
        ]
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        answer = self.ask("POST", f"{path}/_rpc{'?' if query else ''}{query}", batch)
        assert answer.status == 200, answer
        return answer.document

    def every(self, path: str) -> list[Any]:
        """Every record of the list at PATH, page by page, by cursor."""
        found: list[Any] = []
        after = f"{path}{'&' if '?' in path else '?'}page[after]="
        while True:
            answer = self.ask("GET", after + (quote(found[-1]["meta"]["page"]["cursor"]) if found else ""))
            assert answer.status == 200, answer
            if not answer.data:
                return found
            found += answer.data

    def close(self) -> None:
        self._connection.close()


class Process:
    """One server process, on a port that stays its own when it is started again.

    Where it IS_WORKING it works jobs, and listens nowhere.
    """

    def __init__(
        self, command: Sequence[str], log: Path, settings: Mapping[str, str], *, is_working: bool = False
    ) -> None:
        self.port = 0 if is_working else free_port()
        self._command = [*command] if is_working else [*command, "--port", str(self.port)]
        self._says = "working in " if is_working else "listening on "
        self._log = log
        self._settings = settings
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Start it, and return when it is ready."""
        self.launch()
        self.await_ready()

    def launch(self) -> None:
        """Start it, and return at once."""
        assert self._process is None, "it runs already"
        with self._log.open("a") as errors:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=environment() | dict(self._settings),
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def await_ready(self) -> None:
        """Return when it is ready. Raises AssertionError, with its log, where it does not come up."""
        assert self._process
        assert self._process.stdout
        said = self._process.stdout.readline()
        assert said.startswith(self._says), said + self._log.read_text()[-4000:]

    def freeze(self, seconds: float) -> None:
        """Let it stand still for so many SECONDS: SIGSTOP, and SIGCONT."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once, wherever it is: SIGKILL."""
        self._end(by_force=True)

    def stop(self) -> None:
        """Ask it to end, and wait for it."""
        self._end(by_force=False)

    def _end(self, *, by_force: bool) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        with process:  # closes its pipe, and waits
            if by_force:
                process.kill()
            else:
                process.terminate()
                try:
                    process.wait(GRACE)
                except subprocess.TimeoutExpired:
                    process.kill()
                    raise


class Site:
    """The database DATABASE, an organization in it with its owner's key, and the processes that serve it.

    A context: its processes end with it, and none of them may have logged a crash.
    """

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self.database = database
        self.is_embedded = database.startswith("sqlite:")
        self.processes: list[Process] = []
        self._callers: list[Caller] = []
        name = uuid4().hex[:12]
        with opened(Settings(data=folder, database=database)) as store:
            made = store.write_now(
                SYSTEM, lambda work: found_organization(work, f"{name}@campaigns.example", name)
            )
        self.organization = made["organization_id"]
        self.owner_id = made["account_id"]
        self.key = made["api_key"]

    @property
    def kind(self) -> str:
        return "SQLite" if self.is_embedded else "PostgreSQL"

    @property
    def log(self) -> Path:
        return self.folder / "log.jsonl"

    def serve(self, processes: int = 1, module: str = "app", **settings: str) -> list[Process]:
        """Start so many more processes of MODULE, which takes the command line of `app`; all are ready then.

        SETTINGS are of the environment: POSTIL_LOG_LEVEL="error".
        """
        return self._begun("serve", processes, module, settings)

    def work(self, processes: int, module: str = "app", **settings: str) -> list[Process]:
        """Start so many processes of MODULE that work jobs and serve nothing; all are at it then."""
        return self._begun("work", processes, module, settings)

    def _begun(self, verb: str, count: int, module: str, settings: Mapping[str, str]) -> list[Process]:
        command = [sys.executable, "-m", module, verb, *self._place()]
        given = {"POSTIL_LOG_LEVEL": "error"} | dict(settings)
        begun = [Process(command, self.log, given, is_working=verb == "work") for _ in range(count)]
        self.processes += begun
        for process in begun:
            process.launch()
        for process in begun:
            process.await_ready()
        return begun

    def caller(self, key: str = "", process: int = 0) -> Caller:
        """Who speaks for the holder of KEY (the owner's) to a process of the site; closed with it."""
        caller = Caller(self.processes[process].port, key or self.key)
        self._callers.append(caller)
        return caller

    def __enter__(self) -> "Site":
        return self

    def __exit__(self, *error: Any) -> None:
        for caller in self._callers:
            caller.close()
        for process in self.processes:
            process.stop()
        log = self.log.read_text() if self.log.exists() else ""
        assert '"crash"' not in log, log[-4000:]

    def _place(self) -> list[str]:
        return ["--data", str(self.folder), "--database", self.database]


@dataclass(frozen=True)
class People:
    """A project, and the accounts that work in it: (account's id, key), in the order of their making."""

    project: str
    members: list[tuple[str, str]]

    @property
    def keys(self) -> list[str]:
        return [key for _, key in self.members]


def settle(owner: Caller, organization: str, roles: Sequence[str]) -> People:
    """A new project of ORGANIZATION, and for each of ROLES an account in it with a key."""
    project = owner.make("projects", name="Campaign", organization_id=organization)
    members = []
    for role in roles:
        name = uuid4().hex[:12]
        account = owner.make("accounts", email=f"{name}@campaigns.example", name=name)
        owner.make("project_members", project_id=project, account_id=account, role=role)
        data = {"type": "api_keys", "attributes": {"account_id": account, "scopes": ["read", "write"]}}
        key = owner.ask("POST", "/api_keys", {"data": data}).document["meta"]["secret"]
        members.append((account, key))
    return People(project, members)


def fill(owners: Sequence[Caller], dataset: str, count: int) -> list[str]:
    """COUNT new entries of DATASET, of the priorities 0, 1, 2, made by all of OWNERS at once: their ids."""
    batches = [range(start, min(count, start + 100)) for start in range(0, count, 100)]

    def made(n: int) -> list[str]:
        ids: list[str] = []
        for batch in batches[n :: len(owners)]:
            calls = [
                ("create", {"dataset_id": dataset, "resource": f"{one}.png", "priority": one})
                for one in batch
            ]
            ids += [answer["result"]["id"] for answer in owners[n].call("/entries", calls)]
        return ids

    with ThreadPoolExecutor(len(owners)) as pool:
        return [id for ids in pool.map(made, range(len(owners))) for id in ids]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def environment() -> dict[str, str]:
    """The environment, without settings of Postil's that somebody has made for another server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("POSTIL_")}
