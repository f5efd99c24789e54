"""The same story told to the service on SQLite and on PostgreSQL: equal answers, and those of a plain model.

Time, chance, ids and tokens are told to both, so that what they answer may be compared byte for byte.
POSTIL_MODEL_EXAMPLES says how many stories are told (25 by default).
"""

import json
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.attributes import wire_time
from app.commands.setting_up import found_organization
from app.main import build
from app.operations import records
from app.resources import entries as entry_rules
from app.resources.accounts import ACCOUNTS
from app.resources.api_keys import API_KEYS
from app.resources.datasets import DATASETS
from app.resources.entries import ENTRIES
from app.resources.project_members import PROJECT_MEMBERS
from app.resources.projects import PROJECTS
from app.settings import Settings
from app.storage.database import Database
from app.storage.opening import migrate, open_database
from app.work import SYSTEM, Sources, Work
from tests.conftest import new_postgresql_database
from workflow import entry as flow

EXAMPLES = int(os.environ.get("POSTIL_MODEL_EXAMPLES", "25"))
LONGEST = 40  # steps of a story
COMPARED = ("content-type", "location", "vary", "allow", "cache-control", "www-authenticate", "retry-after")


class Told:
    """Time, chance, ids and tokens, as the test tells them."""

    def __init__(self) -> None:
        self.story = self.made = self.taken = 0
        self.moment = datetime(2031, 1, 1, tzinfo=UTC)  # to come, so that no key is ever unused for long
        self.throw = 0.0

    def begin(self, story: int) -> None:
        self.story, self.made, self.taken = story, 0, 0
        self.throw = 0.0

    def tick(self) -> None:
        self.moment += timedelta(milliseconds=1001, microseconds=7)

    def sources(self) -> Sources:
        return Sources(
            clock=lambda: wire_time(self.moment), chance=lambda: self.throw, ids=self._next, token=self._take
        )

    def _next(self) -> str:
        self.made += 1
        return f"{self.story:08x}-0000-7000-8000-{self.made:012x}"

    def _take(self) -> str:
        self.taken += 1
        return f"{self.story:08x}{self.taken:016x}"


@dataclass
class Twin:
    """One of the two services."""

    client: TestClient
    database: Database
    told: Told
    keys: dict[str, str] = field(default_factory=dict)  # person -> key


Twins = tuple[Twin, Twin]
STORIES = iter(range(1, 2**31))


@pytest.fixture(scope="module")
def twins(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    """The service on SQLite and on PostgreSQL."""
    folder = tmp_path_factory.mktemp("twins")
    sqlite = f"sqlite:///{folder}/postil.db"
    migrate(sqlite)
    with ExitStack() as stack:
        both = []
        for url in (sqlite, stack.enter_context(new_postgresql_database(postgresql))):
            told = Told()
            database = open_database(url, sources=told.sources(), connections=2)
            app = build(Settings(data=folder, allowed_hosts="testserver"), database)
            client = stack.enter_context(TestClient(app, raise_server_exceptions=False))
            both.append(Twin(client, database, told))
        yield both[0], both[1]


# ---- the model: what contracts/api.md says of entries and counts, in plain Python


@dataclass(frozen=True)
class Item:
    """An entry, as the model has it. People are account ids."""

    dataset: str
    step: str = "start"
    status: str = "ready"
    holder: str | None = None
    submitted_by: str | None = None
    reviewed_by: str | None = None

    @property
    def is_over(self) -> bool:
        return self.step in ("done", "error")

    def submitted(self, by: str, is_sampled: bool, approved: bool | None) -> "Item | None":
        """The entry after a submit; None where it is refused."""
        if self.step == "start":
            return replace(self, step="annotate", status="in_progress", holder=by)
        if self.step == "annotate" and is_sampled:
            return replace(self, step="review", holder=self.reviewed_by, submitted_by=by)
        if self.step == "annotate":
            return replace(self, step="done", status="completed", holder=None, submitted_by=by)
        if self.step == "review" and approved:
            return replace(self, step="done", status="completed", holder=None, reviewed_by=by)
        if self.step == "review" and approved is False:
            return replace(self, step="annotate", holder=self.submitted_by, reviewed_by=by)
        return None

    @property
    def shown(self) -> dict[str, Any]:
        return {
            "dataset_id": self.dataset,
            "wf_step": self.step,
            "status": self.status,
            "assigned_to_id": self.holder,
            "submitted_by_id": self.submitted_by,
            "reviewed_by_id": self.reviewed_by,
        }


def counts_of(items: list[Item]) -> dict[str, Any]:
    """What a dataset of ITEMS shows of them."""
    total = len(items)
    completed = sum(item.status in ("completed", "errored") for item in items)
    begun = sum(item.step != "start" for item in items)
    status = "completed" if total and completed == total else "in_progress" if begun else "pending"
    return {
        "entries_total_count": total,
        "entries_completed_count": completed,
        "entries_in_progress_count": sum(item.status == "in_progress" for item in items),
        "status": status,
        "progress": completed / total if total else 0,
    }


# ---- the play

PEOPLE = ("owner", "lead", "ana", "bo", "rey", "outsider", "stranger")
MEMBERS = {"lead": "project_owner", "ana": "annotator", "bo": "annotator", "rey": "reviewer"}
SECRET = re.compile(r'"secret":"postil_[\w-]+"')  # of a new key: true chance, and told to nobody else
WAYS = ("plain", "seed", "rpc", "rpc of all")  # how something is asked
METHODS = {"create": "POST", "update": "PATCH", "delete": "DELETE", "show": "GET", "assign": "PATCH"}


@dataclass(frozen=True)
class Answer:
    """What both services answered, whatever wire it came by."""

    status: int  # of HTTP, or the code of JSON-RPC
    code: str | None  # None: it was done
    record: dict[str, Any] = field(default_factory=dict)  # id and attributes


@dataclass(frozen=True)
class Call:
    verb: str
    type: str
    id: str | None
    values: dict[str, Any]


class Play:
    """Asks both services, compares their answers, and keeps the model."""

    def __init__(self, twins: Twins) -> None:
        self.twins = twins
        self.items: dict[str, Item] = {}
        self.rates: dict[str, float] = {}  # dataset -> sample_rate
        self.ids: dict[str, list[str]] = {}  # type -> every id that was ever made
        self.accounts: dict[str, str] = {}
        self.throw = 0.0
        story = next(STORIES)
        found = []
        for twin in twins:
            twin.told.begin(story)
            twin.told.tick()
            found.append(twin.database.write_now(SYSTEM, lambda work: self._set_up(work, f"House {story}")))
        for twin, (keys, _) in zip(twins, found, strict=True):
            twin.keys = keys
        assert found[0][1] == found[1][1]
        self.accounts, self.ids = found[0][1]
        dataset = self.ids["datasets"][0]
        self.rates = {dataset: 0.5}
        self.items = {id: Item(dataset) for id in self.ids["entries"]}

    def _set_up(self, work: Work, name: str) -> Any:
        made = found_organization(work, "owner@house.example", name)
        keys, accounts = {"owner": made["api_key"]}, {"owner": made["account_id"]}
        organization = {"organization_id": made["organization_id"]}
        project = records.create(work, PROJECTS, {"name": "Retina", **organization}).row.id
        ids: dict[str, list[str]] = {"projects": [project], "project_members": []}
        for person in (*MEMBERS, "outsider"):
            email = {"email": f"{person}@house.example", "name": person.title()}
            account = records.create(work, ACCOUNTS, email | organization).row.id
            accounts[person] = account
            key = records.create(
                work, API_KEYS, {"account_id": account, "scopes": '["read","write","admin"]'}
            )
            keys[person] = (key.meta or {})["secret"]
            if role := MEMBERS.get(person):
                place = {"project_id": project, "account_id": account, "role": role}
                ids["project_members"].append(records.create(work, PROJECT_MEMBERS, place).row.id)
        dataset = {"project_id": project, "name": "Left", "workflow_configuration": '{"sample_rate":0.5}'}
        ids["datasets"] = [records.create(work, DATASETS, dataset).row.id]
        entries = [
            {"dataset_id": ids["datasets"][0], "resource": f"{n}.png", "priority": n} for n in range(3)
        ]
        ids["entries"] = [records.create(work, ENTRIES, {**entry}).row.id for entry in entries]
        ids["organizations"] = [made["organization_id"]]
        ids["accounts"] = list(accounts.values())
        return keys, (accounts, ids)

    # -- asking both

    def ask(self, person: str, method: str, path: str, body: Any = None) -> Any:
        """The status and the text that both answered."""
        found = []
        for twin in self.twins:
            headers = {"X-Request-Id": "story"}
            if person in twin.keys:
                headers["Authorization"] = f"Bearer {twin.keys[person]}"
            content = None if body is None else json.dumps(body).encode()
            if content is not None:
                headers["Content-Type"] = "application/json"
            reply = twin.client.request(method, path, content=content, headers=headers)
            assert reply.status_code < 500, (twin.database, method, path, body, reply.text)
            shown = {name: reply.headers.get(name) for name in COMPARED}
            found.append((reply.status_code, SECRET.sub("", reply.text), shown, twin.told.made))
        assert found[0] == found[1], (person, method, path, body)
        return found[0][0], found[0][1]

    def call(self, person: str, way: str, call: Call) -> Answer:
        """The answer to CALL in the WAY of a wire."""
        if way.startswith("rpc"):
            _, text = self.ask(person, "POST", self._rpc_path(way, call.type), self._rpc_call(way, call, 1))
            return rpc_answer(json.loads(text))
        path = ("/api/v1/dataset" if way == "seed" else "") + f"/{call.type}"
        path += f"/{call.id}" if call.verb != "create" else ""
        path += "" if call.verb in ("create", "update", "delete", "show") else f"/{call.verb}"
        values = {**call.values}
        if call.verb == "delete":
            path += "?force=true" if values.get("force") else ""
        data: dict[str, Any] = {
            "type": ("dataset:" if way == "seed" else "") + call.type,
            "attributes": values,
        }
        if "id" in values:
            data["id"] = values.pop("id")
        body = (
            {"data": data}
            if call.verb not in ("delete", "show") and (values or call.verb == "create")
            else None
        )
        status, text = self.ask(person, METHODS.get(call.verb, "POST"), path, body)
        return json_api_answer(status, json.loads(text) if text else None)

    def _rpc_path(self, way: str, type: str) -> str:
        return "/_rpc" if way == "rpc of all" else f"/{type}/_rpc"

    def _rpc_call(self, way: str, call: Call, number: int) -> dict[str, Any]:
        name = f"{call.type}.{call.verb}" if way == "rpc of all" else call.verb
        params = {**call.values, **({"id": call.id} if call.id is not None else {})}
        return {"jsonrpc": "2.0", "id": number, "method": name, "params": params}

    # -- steps

    def do(self, step: "Step") -> None:
        """Take STEP, and look whether everything is as the model has it."""
        for twin in self.twins:
            twin.told.tick()
            twin.told.throw = step.throw
        self.throw = step.throw
        step.take(self)
        self.check()

    def one(self, type: str, number: int) -> str:
        """An id of TYPE, which may be gone; of nothing, where none was ever made."""
        ids = self.ids.get(type, [])
        return ids[number % len(ids)] if ids else "00000000-0000-7000-8000-000000000000"

    def run(self, person: str, way: str, call: Call) -> Answer:
        answer = self.call(person, way, call)
        self.learn(person, call, answer)
        return answer

    def learn(self, person: str, call: Call, answer: Answer) -> None:
        """Keep the model in step with what was answered, and assert that it may be so."""
        item = self.items.get(call.id or "") if call.type == "entries" else None
        if answer.code is not None:
            self._expect_refusal(person, call, answer, item)
            return
        if call.verb == "create":
            self.ids.setdefault(call.type, []).append(answer.record["id"])
            if call.type == "entries":
                self.items[answer.record["id"]] = Item(call.values["dataset_id"])
        if call.type == "datasets" and call.verb in ("create", "update"):
            rate = answer.record["workflow_configuration"].get("sample_rate", 1)
            self.rates[answer.record["id"]] = rate
        if call.verb == "delete":
            self._forget(call)
        if (
            call.type == "project_members"
            and answer.record.get("disabled_at")
            and "disabled_at" in call.values
        ):
            self._take_away(answer.record["account_id"])
        if item is not None and call.verb in ("submit", "error", "select", "assign"):
            after = self._after(person, call, item)
            assert after is not None, (call, item)
            assert after.shown == {name: answer.record[name] for name in after.shown}, (call, item)
            self.items[call.id or ""] = after

    def _after(self, person: str, call: Call, item: Item) -> Item | None:
        """ITEM after the event CALL; None where its workflow refuses it."""
        account = self.accounts[person]
        if call.verb == "submit":
            return item.submitted(account, self.throw < self.rates[item.dataset], call.values.get("approved"))
        if item.is_over or (call.verb == "error" and item.step == "start"):
            return None
        if call.verb == "error":
            return replace(item, step="error", status="errored")
        if call.verb == "assign":
            return replace(item, holder=call.values["assigned_to_id"])
        return replace(item, holder=account) if item.holder in (None, account) else None

    def _expect_refusal(self, person: str, call: Call, answer: Answer, item: Item | None) -> None:
        """Assert that what was refused is no event that the workflow has for the owner, who may all."""
        if item is None or person != "owner" or answer.code == "cancelled":
            return
        if call.verb in ("submit", "error", "select"):
            assert self._after(person, call, item) is None or "annotations" in call.values, (
                call,
                item,
                answer,
            )
        if answer.code == "invalid_transition":
            assert self._after(person, call, item) is None

    def _forget(self, call: Call) -> None:
        if call.type == "entries":
            self.items.pop(call.id or "", None)
        if call.type == "datasets":
            self.rates.pop(call.id or "", None)
            self.items = {id: item for id, item in self.items.items() if item.dataset != call.id}
        if call.type == "project_members":
            at = self.ids["project_members"].index(call.id or "")
            self._take_away(self._account_of(at))

    def _account_of(self, place: int) -> str:
        return self.accounts[list(MEMBERS)[place]]

    def _take_away(self, account: str) -> None:
        for id, item in self.items.items():
            if item.holder == account:
                self.items[id] = replace(item, holder=None)

    def check(self) -> None:
        """Assert that the owner sees on both what the model has: every entry, every count."""
        _, text = self.ask("owner", "GET", "/datasets?sort=id&count=true")
        datasets = {one["id"]: one["attributes"] for one in json.loads(text)["data"]}
        assert datasets.keys() == self.rates.keys()
        for id, shown in datasets.items():
            expected = counts_of([item for item in self.items.values() if item.dataset == id])
            assert expected == {name: shown[name] for name in expected}, id
        _, text = self.ask("owner", "GET", "/entries?sort=-id&include=assigned_to")
        entries = {one["id"]: one["attributes"] for one in json.loads(text)["data"]}
        assert entries.keys() == self.items.keys()
        for id, item in self.items.items():
            assert item.shown == {name: entries[id][name] for name in item.shown}, id


def json_api_answer(status: int, document: Any) -> Answer:
    if status >= 400:
        return Answer(status, document["errors"][0]["code"])
    if document is None:
        return Answer(status, None)
    return Answer(status, None, {"id": document["data"]["id"], **document["data"]["attributes"]})


def rpc_answer(document: Any) -> Answer:
    if "error" in document:
        error = document["error"]
        data = error.get("data") or {}
        return Answer(
            error["code"], "cancelled" if data.get("cancelled") else data.get("code", error["message"])
        )
    return Answer(200, None, document["result"] or {})


# ---- the steps that a story is made of


@dataclass(frozen=True)
class Step(ABC):
    """One thing that somebody does. NUMBER picks whatever it is done to."""

    person: str
    way: str
    number: int
    throw: float

    @abstractmethod
    def take(self, play: Play) -> None:
        """Do it in PLAY, on both services."""


@dataclass(frozen=True)
class Do(Step):
    """A verb on a record. VALUES may name ids as functions of the play."""

    verb: str
    type: str
    values: dict[str, Any]

    def call(self, play: Play) -> Call:
        values = {name: one(play) if callable(one) else one for name, one in self.values.items()}
        return Call(
            self.verb, self.type, None if self.verb == "create" else play.one(self.type, self.number), values
        )

    def take(self, play: Play) -> None:
        play.run(self.person, self.way, self.call(play))


@dataclass(frozen=True)
class Batch(Step):
    """Several verbs in one body of JSON-RPC: the first failure ends it."""

    parts: tuple[Do, ...]

    def take(self, play: Play) -> None:
        calls = [part.call(play) for part in self.parts]
        body = [play._rpc_call("rpc of all", call, n) for n, call in enumerate(calls)]
        _, text = play.ask(self.person, "POST", "/_rpc", body)
        documents = json.loads(text)
        if isinstance(documents, dict):  # the body as a whole was refused
            assert "error" in documents
            return
        answers = [rpc_answer(one) for one in documents]
        assert len(answers) == len(calls)
        has_failed = False
        for call, answer in zip(calls, answers, strict=True):
            assert not has_failed or answer.code == "cancelled"
            has_failed = answer.code is not None
            play.learn(self.person, call, answer)


@dataclass(frozen=True)
class List(Step):
    """A list, and the pages that follow it."""

    query: Callable[[Play], str]

    def take(self, play: Play) -> None:
        path = ("/api/v1/dataset" if self.way == "seed" else "") + self.query(play)
        for _ in range(3):
            status, text = play.ask(self.person, "GET", path)
            following = json.loads(text).get("links", {}).get("next") if status == 200 else None
            if not following:
                return
            path = following.removeprefix("http://testserver")


CHARACTERS = st.characters(blacklist_categories=["Cs"])
TEXTS = st.text(CHARACTERS, max_size=6) | st.sampled_from(
    ["a", "B", "É", "é", "100%", "a_b", "\\", '"', "😀", "\x01"]
)
NUMBERS = st.sampled_from(
    [0, -0.0, 1, -1, 0.1, 1e300, -1e300, 5e-324, 2**53, 2**63 - 1, 2**63, 1e22]
) | st.integers(-3, 3)
OBJECTS = st.dictionaries(
    st.sampled_from(["city", "n", "type", ""]),
    st.none() | st.booleans() | NUMBERS | TEXTS | st.lists(NUMBERS, max_size=2) | st.just({"n": 1}),
    max_size=3,
)
TIMES = st.sampled_from(["2031-01-01T00:00:00Z", "2030-12-31T23:00:00.5-01:00", "2031-01-01", "soon"])
SOME_NUMBER = st.integers(0, 40)


def some(type: str) -> st.SearchStrategy[Callable[[Play], str]]:
    """The id of a record of TYPE."""
    return SOME_NUMBER.map(lambda number: lambda play: play.one(type, number))


def attributes(required: dict[str, Any], **optional: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional=optional)


DIMENSIONS = st.just({"type": "point", "x": 1, "y": 2.5}) | OBJECTS
ANNOTATION = {"dimensions": DIMENSIONS, "annotation": OBJECTS}
ENTRY: dict[str, Any] = {
    "priority": NUMBERS,
    "external_id": st.none() | st.sampled_from(["a", "b", "É", ""]),
    "split": st.sampled_from([None, "train", "valid", "test", "none"]),
    "metadata": OBJECTS,
}
WORDS = {"reason": TEXTS, "comment": TEXTS}
RESOURCE = st.sampled_from(["picture.png", "PICTURE.PNG", "É", "100%", "a_b", "1\\2"]) | TEXTS
DATASET: dict[str, Any] = {
    "name": TEXTS,
    "labels": st.lists(TEXTS, max_size=2),
    "workflow_configuration": st.sampled_from(
        [{}, {"sample_rate": 0}, {"sample_rate": 0.5}, {"sample_rate": 1}, {"x": 1}]
    ),
}
VERBS: list[tuple[str, str, st.SearchStrategy[dict[str, Any]]]] = [
    ("create", "entries", attributes({"dataset_id": some("datasets"), "resource": RESOURCE}, **ENTRY)),
    (
        "create",
        "entries",
        attributes({"dataset_id": some("datasets"), "resource": RESOURCE, "id": some("entries")}),
    ),
    ("update", "entries", attributes({}, resource=RESOURCE, **ENTRY)),
    ("delete", "entries", attributes({}, force=st.booleans())),
    ("show", "entries", st.just({})),
    ("submit", "entries", st.just({})),
    ("select", "entries", st.just({})),
    ("select", "entries", st.just({})),
    ("submit", "entries", attributes({"approved": st.booleans()}, **WORDS)),
    ("submit", "entries", attributes({}, approved=st.sampled_from([True, False]), **WORDS)),
    (
        "submit",
        "entries",
        attributes({"annotations": st.lists(attributes(ANNOTATION, metadata=OBJECTS), max_size=2)}),
    ),
    ("error", "entries", attributes({"message": TEXTS})),
    ("assign", "entries", attributes({"assigned_to_id": st.none() | some("accounts")})),
    ("create", "datasets", attributes({"project_id": some("projects")}, modality=TEXTS, **DATASET)),
    ("update", "datasets", attributes({}, labeling_configuration=OBJECTS, **DATASET)),
    ("delete", "datasets", attributes({}, force=st.booleans())),
    ("create", "annotations", attributes({"entry_id": some("entries"), **ANNOTATION}, metadata=OBJECTS)),
    ("update", "annotations", attributes({}, metadata=OBJECTS, **ANNOTATION)),
    ("delete", "annotations", st.just({})),
    (
        "create",
        "note_feeds",
        attributes(
            {"entry_id": some("entries")},
            content_md=TEXTS,
            position=OBJECTS,
            anchor_type=st.sampled_from(["entry", "annotation"]),
            annotation_id=some("annotations"),
        ),
    ),
    ("update", "note_feeds", attributes({}, content_md=TEXTS, position=OBJECTS)),
    ("resolve", "note_feeds", st.just({})),
    ("delete", "note_feeds", st.just({})),
    ("create", "note_comments", attributes({"note_feed_id": some("note_feeds"), "content_md": TEXTS})),
    ("update", "note_comments", attributes({"content_md": TEXTS})),
    ("delete", "note_comments", st.just({})),
    (
        "update",
        "project_members",
        attributes({}, role=st.sampled_from(["project_owner", "annotator", "reviewer", "king"]), name=TEXTS),
    ),
    ("update", "project_members", attributes({"disabled_at": st.none() | TIMES})),
    ("update", "project_members", attributes({"disabled_at": st.none()})),
    ("delete", "project_members", st.just({})),
    ("update", "projects", attributes({}, name=TEXTS, description=st.none() | TEXTS)),
    (
        "update",
        "accounts",
        attributes({}, name=TEXTS, username=st.none() | st.sampled_from(["ana", "Ana", "bo", "é"])),
    ),
    (
        "create",
        "api_keys",
        attributes({}, name=TEXTS, scopes=st.lists(st.sampled_from(["read", "write", "admin"]), max_size=2)),
    ),
    ("delete", "api_keys", st.just({})),
]

SORTS = [
    "priority",
    "-priority",
    "external_id",
    "-external_id,resource",
    "resource",
    "-split",
    "updated_at,-id",
    "status",
]
FILTERS: list[st.SearchStrategy[str]] = [
    st.sampled_from(["ready", "in_progress", "completed,errored"]).map("filter[status__in]={}".format),
    st.sampled_from(
        ["filter[split]=null", "filter[external_id]", "filter[split__in]=train,test", "filter[split]=x"]
    ),
    TEXTS.map(lambda text: f"filter[resource__match]={quote(text)}"),
    TEXTS.map(lambda text: f"filter[resource__in]={quote(text)}&filter[resource__in]=picture.png"),
    NUMBERS.map("filter[priority__gte]={}".format),
    NUMBERS.map("filter[priority]={}".format),
    OBJECTS.map(lambda value: f"filter[metadata]={quote(json.dumps(value))}"),
    st.sampled_from(["1", "null", "a", "0.1", "true", "É"]).map(
        lambda text: f"filter[metadata][n]={quote(text)}"
    ),
    st.sampled_from(["filter[participated]=me", "filter[assigned_to_id]=null", "filter[submitted_by_id]"]),
    st.sampled_from(
        [
            "count=true",
            "include=annotations,dataset.project",
            "include=note_feeds,reviewed_by",
            "fields[entries]=dataset,priority",
        ]
    ),
    st.sampled_from(
        ["page[size]=2", "page[size]=1&page[number]=2", "page[size]=2&page[after]=", "page[size]=0"]
    ),
    st.sampled_from(SORTS).map("sort={}".format),
]
QUERIES: st.SearchStrategy[Callable[[Play], str]] = st.one_of(
    st.lists(st.one_of(FILTERS), max_size=4).map(lambda parts: lambda play: "/entries?" + "&".join(parts)),
    st.sampled_from(
        [
            "/annotations?include=entry&sort=-id",
            "/annotations?filter[annotation][city]=a&count=true",
            "/note_feeds?include=note_comments,annotation&sort=-content_md",
            "/note_comments?sort=content_md&page[size]=2&page[after]=",
            "/project_members?include=account&sort=role,name&filter[enabled]=true",
            "/datasets?filter[name__match]=e&include=entries&sort=-progress,name",
            "/projects?include=datasets,project_members",
            "/accounts?sort=-username",
            "/api_keys?include=account&sort=-name",
            "/organizations",
        ]
    ).map(lambda path: lambda play: path),
    st.tuples(
        SOME_NUMBER,
        st.sampled_from(["", "/annotations", "/relationships/note_feeds", "/dataset", "/assigned_to"]),
    ).map(lambda pair: lambda play: f"/entries/{play.one('entries', pair[0])}{pair[1]}"),
)

WHO = st.sampled_from([*PEOPLE, "owner", "owner", "ana", "lead", "rey"])
THROWS = st.sampled_from([0.0, 0.4, 0.6, 0.99])
FRAME = {"person": WHO, "way": st.sampled_from(WAYS), "number": SOME_NUMBER, "throw": THROWS}
DOS = st.one_of(
    *(
        st.builds(Do, **FRAME, verb=st.just(verb), type=st.just(type), values=values)
        for verb, type, values in VERBS
    )
)
STEPS = st.one_of(
    DOS,
    DOS,
    DOS,
    st.builds(List, **FRAME, query=QUERIES),
    st.builds(Batch, **FRAME, parts=st.lists(DOS, min_size=1, max_size=4).map(tuple)),
)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a story is read, not shrunk: that takes minutes
    derandomize="POSTIL_MODEL_EXAMPLES" not in os.environ,  # the small run is the same every time
)
@given(steps=st.lists(STEPS, min_size=LONGEST // 2, max_size=LONGEST))
def test_both_databases_tell_the_same_story_and_it_is_the_models(twins: Twins, steps: list[Step]) -> None:
    play = Play(twins)
    for step in steps:
        play.do(step)


# ---- one story by hand, and the canaries


def entry_of(play: Play) -> Do:
    return Do(
        "owner",
        "plain",
        0,
        0.0,
        "create",
        "entries",
        {"dataset_id": play.one("datasets", 0), "resource": "x"},
    )


def event(person: str, verb: str, throw: float = 0.0, **values: Any) -> Do:
    return Do(person, "rpc", 0, throw, verb, "entries", values)


def tell(play: Play) -> None:
    """A story with a review, a rejection and an end."""
    play.do(event("ana", "submit"))
    play.do(event("ana", "submit", 0.4))
    play.do(event("rey", "select"))
    play.do(event("rey", "submit", approved=False))
    play.do(event("ana", "submit", 0.6))


def test_a_story_by_hand_comes_to_its_end(twins: Twins) -> None:
    play = Play(twins)

    tell(play)

    assert [item.step for item in play.items.values()] == ["done", "start", "start"]


def test_checker_detects_counts_that_are_not_kept(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry_rules, "count", lambda work, dataset_id, *moves: None)

    with pytest.raises(AssertionError):
        tell(Play(twins))


def test_checker_detects_a_count_that_forgets_what_has_failed(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = Play(twins)
    play.do(event("ana", "submit"))
    monkeypatch.setattr(flow, "COUNTED_AS_COMPLETED", frozenset({"completed"}))

    with pytest.raises(AssertionError):
        play.do(event("owner", "error", message="it is black"))


def test_checker_detects_a_transition_that_is_not_the_tables(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = flow.submit
    monkeypatch.setattr(flow, "submit", lambda *given: replace(right(*given), assigned_to=None))

    with pytest.raises(AssertionError):
        tell(Play(twins))


def test_checker_detects_two_services_that_answer_differently(twins: Twins) -> None:
    play = Play(twins)
    play.twins[1].told.moment += timedelta(microseconds=1)

    try:
        with pytest.raises(AssertionError):
            play.do(event("ana", "submit"))
    finally:
        play.twins[1].told.moment = play.twins[0].told.moment


def test_checker_detects_rows_that_only_one_of_them_has(twins: Twins) -> None:
    play = Play(twins)
    values = {"dataset_id": play.one("datasets", 0), "resource": "x"}
    twins[0].database.write_now(SYSTEM, lambda work: records.create(work, ENTRIES, {**values}))

    with pytest.raises(AssertionError):
        play.check()
