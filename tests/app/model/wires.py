"""Every verb by every wire with every odd value, on both databases, and a plain model of what it comes to."""

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import Any

from app.commands.setting_up import found_organization
from app.operations import records
from app.resources.accounts import ACCOUNTS
from app.resources.api_keys import API_KEYS
from app.resources.datasets import DATASETS
from app.resources.entries import ENTRIES
from app.resources.project_members import PROJECT_MEMBERS
from app.resources.projects import PROJECTS
from app.work import SYSTEM, Work
from tests.app.model.twins import Twins

# ---- the model: entries and counts, in plain Python


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


@dataclass(frozen=True)
class Step(ABC):
    """One thing that somebody does. NUMBER picks whatever it is done to."""

    person: str
    way: str
    number: int
    throw: float

    @abstractmethod
    def take(self, play: "Play") -> None:
        """Do it in PLAY, on both services."""


class Play:
    """Asks both services, compares their answers, and keeps the model."""

    def __init__(self, twins: Twins) -> None:
        self.twins = twins
        self.items: dict[str, Item] = {}
        self.rates: dict[str, float] = {}  # dataset -> sample_rate
        self.ids: dict[str, list[str]] = {}  # type -> every id that was ever made
        self.accounts: dict[str, str] = {}
        self.throw = 0.0
        story = twins.begin()
        twins.tick()
        found = []
        for twin in twins.both:
            found.append(twin.database.write_now(SYSTEM, lambda work: self._set_up(work, f"House {story}")))
        for twin, (keys, _) in zip(twins.both, found, strict=True):
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

    def ask(self, person: str, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """The status and the text that both answered."""
        reply = self.twins.ask(person, method, path, body)
        return reply.status, reply.text

    def call(self, person: str, way: str, call: Call) -> Answer:
        """The answer to CALL in the WAY of a wire."""
        if way.startswith("rpc"):
            _, text = self.ask(person, "POST", self._rpc_path(way, call.type), self.rpc_call(way, call, 1))
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

    def rpc_call(self, way: str, call: Call, number: int) -> dict[str, Any]:
        name = f"{call.type}.{call.verb}" if way == "rpc of all" else call.verb
        params = {**call.values, **({"id": call.id} if call.id is not None else {})}
        return {"jsonrpc": "2.0", "id": number, "method": name, "params": params}

    # -- steps

    def do(self, step: Step) -> None:
        """Take STEP, and look whether everything is as the model has it."""
        self.twins.tick()
        self.twins.throw(step.throw)
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
