"""Webhooks whose receiver fails, is slow or answers twice, sent by a server that is killed meanwhile.

Clients change entries in several projects, each of which has a webhook; the organization has another, for a
few types. While they do, and while the server sends, it is killed and started again. What was accepted in the
end is the feed, in order per record; and again from the middle of the feed on, once that is replayed.
"""

import random
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from threading import Lock
from typing import Any

from tests.app.fetching.servers import reply
from tests.campaigns.answers import feed_of
from tests.campaigns.receiving import Letter, Receiver
from tests.campaigns.retrying import Retrying
from tests.campaigns.serving import HOST, Site

PROJECTS = 4
CALLS = 20  # changes a request
FAILING = 0.3  # of all letters
SLOW = 0.003
TWICE = 0.2  # of what is accepted
SOME, SOME_TYPES = "/some", ["annotations.*", "entries.delete"]
TOO_LONG = 1.5  # seconds; receivers are given one
Wanted = Mapping[str, Sequence[Any]]  # a webhook's path -> the events that it is to be told, in order


class Moody:
    """Accepts a letter, or fails at it in one of several ways, by CHANCE."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._lock = Lock()

    def __call__(self, handler: BaseHTTPRequestHandler, id: str) -> bool:
        with self._lock:
            mood, way = self._chance.random(), self._chance.randrange(3)
            is_twice = self._chance.random() < TWICE
        if mood < SLOW:
            time.sleep(TOO_LONG)
            reply(handler)
            return False  # it came too late
        if mood < SLOW + FAILING:
            self._fail(handler, way)
            return False
        whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        handler.wfile.write(whole * 2 if is_twice else whole)
        return True

    def _fail(self, handler: BaseHTTPRequestHandler, way: int) -> None:
        if way == 0:
            reply(handler, 503)
            return
        if way == 1:
            handler.wfile.write(b"HTTP/1.1 200 O")  # and no more
        handler.close_connection = True  # it may have been processed: nobody knows


@dataclass(frozen=True)
class Phase:
    """What was to be sent, of the events behind the number AFTER, and what came meanwhile."""

    wanted: Wanted
    letters: list[Letter]
    after: int

    def __str__(self) -> str:
        due = sum(one["sequence"] > self.after for events in self.wanted.values() for one in events)
        accepted = [(one.path, one.id) for one in self.letters if one.is_accepted]
        again = len(accepted) - len(set(accepted))
        failed = len(self.letters) - len(accepted)
        return f"{due} due, {len(self.letters)} sent, {failed} of them failed, {again} accepted again"


class Post:
    """Webhooks of a new SITE, served by MODULE, that lead to RECEIVER.

    What has not come after PATIENCE, in seconds without any news, does not come. BETWEEN two kills so many
    letters come.
    """

    def __init__(
        self, site: Site, receiver: Receiver, patience: float, between: int, module: str, **settings: str
    ) -> None:
        given = {"POSTIL_ALLOWED_PRIVATE_HOSTS": HOST, "POSTIL_WEBHOOK_RETRY": "0.2"} | settings
        self._site = site
        self._receiver = receiver
        self._patience = patience
        self._between = between
        self._process = site.serve(1, module, **given)[0]
        self._chance = random.Random("kills")
        with closing(self._owner("maker")) as owner:
            self._projects = [
                _made(owner, "projects", name=f"Project {n}", organization_id=site.organization)
                for n in range(PROJECTS)
            ]
            self._feed()  # what came before has its number now: webhooks are told of what follows
            self._webhooks = {  # id -> path
                _made(
                    owner, "webhooks", url=f"{receiver.url}/{one}", event_types=["*"], project_id=one
                ): f"/{one}"
                for one in self._projects
            }
            some = _made(owner, "webhooks", url=receiver.url + SOME, event_types=SOME_TYPES)
            self._webhooks[some] = SOME

    def send(self, events: int, kills: int) -> Phase:
        """What came of so many new EVENTS, while the server was killed so often."""
        with ThreadPoolExecutor(PROJECTS) as pool:
            load = [
                pool.submit(_change, self._process.port, self._site.key, project, events // PROJECTS)
                for project in self._projects
            ]
            self._kill(kills)
            for one in load:
                one.result()
        return self._phase(0, 0)

    def replay(self, kills: int) -> Phase:
        """What came once the second half of the feed was replayed."""
        came = len(self._receiver.letters)
        after = self._feed()[-1]["sequence"] // 2
        with closing(self._owner("replayer")) as owner:
            for id in self._webhooks:
                body = {"data": {"attributes": {"after": after}}}
                assert owner.ask("POST", f"/webhooks/{id}/replay", body).status == 200
        self._kill(kills)
        return self._phase(came, after)

    def _kill(self, count: int) -> None:
        """Kill the server so often, each time while it sends and when some letters have come."""
        for _ in range(count):
            enough, end = self._receiver.count + self._between, time.monotonic() + self._patience
            while self._receiver.count < enough and time.monotonic() < end:
                time.sleep(0.005)
            time.sleep(self._chance.uniform(0, 0.3))
            self._process.kill()
            self._process.start()

    def _owner(self, name: str) -> Retrying:
        return Retrying(self._process.port, self._site.key, name)

    def _feed(self) -> list[Any]:
        with closing(self._site.caller()) as owner:
            return [one["attributes"] | {"id": one["id"]} for one in feed_of(owner, self._site.organization)]

    def _phase(self, skip: int, after: int) -> Phase:
        """What came, but for the first SKIP letters, once all behind the number AFTER has."""
        wanted = _wanted(self._feed(), self._webhooks)
        due = {(path, one["id"]) for path, all in wanted.items() for one in all if one["sequence"] > after}
        count, quiet_since = 0, time.monotonic()
        while time.monotonic() - quiet_since < self._patience:
            letters = self._receiver.letters[skip:]
            due -= {(one.path, one.id) for one in letters if one.is_accepted}
            if not due:
                break
            if len(letters) > count:
                count, quiet_since = len(letters), time.monotonic()
            time.sleep(0.2)
        return Phase(wanted, self._receiver.letters[skip:], after)


def _made(owner: Retrying, type: str, **attributes: Any) -> str:
    answer = owner.ask("POST", f"/{type}", {"data": {"type": type, "attributes": attributes}})
    assert answer.status == 201, answer
    return answer.id


def _change(port: int, key: str, project: str, events: int) -> None:
    """Make and change entries and annotations of PROJECT, until so many events have come of it."""
    chance = random.Random(events)
    with closing(Retrying(port, key, project)) as owner:
        dataset = _made(owner, "datasets", project_id=project, name="Left eyes")
        entries: list[str] = []
        mark = {"dimensions": {"type": "point", "x": 1, "y": 2}, "annotation": {"label": "vessel"}}
        for done in range(0, events, CALLS):
            calls: list[tuple[str, dict[str, Any]]] = []
            for n in range(CALLS):
                if not entries or chance.random() < 0.2:
                    calls.append(("entries.create", {"dataset_id": dataset, "resource": f"{done + n}.png"}))
                elif chance.random() < 0.2:
                    calls.append(("annotations.create", {"entry_id": chance.choice(entries), **mark}))
                else:
                    priority = {"priority": done + n + 1}  # another one each time
                    calls.append(("entries.update", {"id": chance.choice(entries), **priority}))
            if entries and chance.random() < 0.3:
                calls.append(("entries.delete", {"id": entries.pop(0)}))
            batch = [
                {"jsonrpc": "2.0", "id": n, "method": method, "params": params}
                for n, (method, params) in enumerate(calls)
            ]
            answers = owner.ask("POST", "/_rpc", batch).document
            for answer, (method, _) in zip(answers, calls, strict=True):
                assert "result" in answer, answer
                if method == "entries.create":
                    entries.append(answer["result"]["id"])


def _wanted(feed: Iterable[Any], webhooks: Mapping[str, str]) -> Wanted:
    """What each of WEBHOOKS (id -> path) is to be told: of its own making, and what came after it."""
    wanted: dict[str, list[Any]] = {path: [] for path in webhooks.values()}
    begun: set[str] = set()
    for event in feed:
        if event["resource"] == "webhooks" and event["record_id"] in webhooks:
            begun.add(webhooks[event["record_id"]])
        kinds = {f"{event['resource']}.{event['kind']}", f"{event['resource']}.*"}
        for path in begun:
            if path == f"/{event['project_id']}" or (path == SOME and kinds & set(SOME_TYPES)):
                wanted[path].append(event)
    return wanted


def faults(phase: Phase) -> list[str]:
    """What was lost, what was made up, and what was first accepted in another order than it happened."""
    found = []
    for path, events in phase.wanted.items():
        known = {one["id"]: one for one in events}
        came = [one for one in phase.letters if one.path == path]
        accepted = [id for id in dict.fromkeys(one.id for one in came if one.is_accepted) if id in known]
        due = {id for id, one in known.items() if one["sequence"] > phase.after}
        found += [f"{path}: {id} was lost" for id in due - set(accepted)]
        found += [f"{path}: {id} is of no event" for id in {one.id for one in came} - known.keys()]
        numbers: dict[str, list[int]] = defaultdict(list)
        for id in accepted:
            if id in due:
                numbers[known[id]["record_id"]].append(known[id]["sequence"])
        found += [f"{path}: {id} came as {order}" for id, order in numbers.items() if order != sorted(order)]
    return found
