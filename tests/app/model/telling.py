"""How a story is told: its cast, how they ask, and how every answer is held against the model."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from app.attributes import wire_time
from app.commands.setting_up import found_organization
from app.operations import records
from app.resources.accounts import ACCOUNTS
from app.resources.api_keys import API_KEYS
from app.resources.datasets import DATASETS
from app.resources.entries import ENTRIES
from app.resources.project_members import PROJECT_MEMBERS
from app.resources.projects import PROJECTS
from app.work import SYSTEM
from app.work import Work as Unit
from tests.app.model.twins import Reply, Twins
from tests.app.model.world import OVER, Event, Outcome, Record, Refusal, World

MEMBERS = {"lead": "project_owner", "ana": "annotator", "bo": "annotator", "rey": "reviewer"}
PEOPLE = ("owner", *MEMBERS, "outsider", "stranger")
WORDS = {  # type -> what the model knows of its records
    "accounts": ("organization_id", "email", "name", "organization_role", "disabled_at"),
    "projects": ("organization_id", "name"),
    "project_members": ("project_id", "account_id", "role", "disabled_at"),
    "datasets": ("project_id", "name", "lease", "assignment", "workflow_configuration"),
    "entries": (
        *("project_id", "dataset_id", "resource", "priority", "external_id", "wf_step", "status"),
        *("assigned_to_id", "submitted_by_id", "reviewed_by_id"),
    ),
    "annotations": ("project_id", "dataset_id", "entry_id", "annotation"),
    "drafts": ("project_id", "dataset_id", "entry_id", "account_id", "reason", "content"),
}
OF_ENTRIES = ("_token", "_expires", "_assigned_to", "_submitted_by", "_reviewed_by")  # the last: members
MINUTES = {"PT5M": 5, "PT30M": 30, "PT2H": 120}
KEPT = (409, 412, 422)  # statuses of refusals that are repeated
LARGE = "page[size]=1000&sort=id"

Predict = Callable[[], Outcome]
Rule = TypeVar("Rule", bound=Callable[..., None])
EVENTS: dict[str, tuple[int, st.SearchStrategy[Any]]] = {}  # name -> weight, and what is drawn
NUMBERS = st.integers(0, 99)
WHO = st.sampled_from([*PEOPLE, "owner", "owner", "lead", "ana", "rey"])
KEYED = st.booleans()
MOSTLY = st.sampled_from([True, True, False])
TAGS = st.sampled_from([None] * 6 + ["right", "stale"])


def event(weight: int = 2, **drawn: st.SearchStrategy[Any]) -> Callable[[Rule], Rule]:
    """A rule of stories, with what is DRAWN for it; one of twice the WEIGHT is taken twice as often.

    These are no rules of the machine's own: of those it switches some off, story by story, and what takes
    five of them (a lease lost, say, and the draft taken over) would hardly ever come about.
    """

    def noted(rule: Rule) -> Rule:
        EVENTS[rule.__name__] = (weight, st.fixed_dictionaries(drawn))
        return rule

    return noted


@dataclass(frozen=True)
class Request:
    """What somebody asks."""

    who: str
    method: str
    path: str
    body: str | None = None  # JSON
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Sent:
    """A request that was made with a key, and what the model expects of it."""

    request: Request
    predict: Predict
    key: str


@dataclass(frozen=True)
class Kept:
    """An answer that is kept for its key."""

    request: Request
    reply: Reply
    at: str


class Telling(RuleBasedStateMachine):
    """A story on both services. It has no rules of its own."""

    twins: ClassVar[Twins]

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.sent: list[Sent] = []
        self.kept: dict[tuple[str, str], Kept] = {}  # account and key
        self.moments: list[str] = []  # at which something was asked
        self.told = 0  # events that were looked at
        story = self.twins.begin()
        self.twins.tick()
        self.pass_time()
        made = [
            twin.database.write_now(SYSTEM, lambda work: set_up(work, f"Story {story}"))
            for twin in self.twins.both
        ]
        for twin, (keys, _) in zip(self.twins.both, made, strict=True):
            twin.keys = keys
        self.accounts: dict[str, str] = made[0][1]
        self.names = {account: name for name, account in self.accounts.items()}
        self.world.owner = self.accounts["owner"]
        self._learn_what_was_set_up()

    def _learn_what_was_set_up(self) -> None:
        for told in self.feed(0):
            words = WORDS.get(told["resource"], ())
            known = {name: told["record"][name] for name in words}
            if words:
                extra = dict.fromkeys(OF_ENTRIES) if told["resource"] == "entries" else {}
                fixed = {"id": told["record_id"], "version": 1, "deleted_at": None}
                self.world.records[told["resource"]][told["record_id"]] = known | extra | fixed
            which = (told["sequence"], told["at"], told["kind"], told["resource"], told["record_id"])
            self.world.events.append(Event(*which, told["record_version"], told["actor_id"], known))
        self.told = len(self.world.events)

    # -- asking

    def ask(self, request: Request, key: str | None = None) -> Reply:
        """What both answer, at a time that the model knows."""
        if request.who in self.accounts:  # who has no key is refused before anybody looks at a clock
            self.pass_time()
        headers = dict(request.headers) | ({"Idempotency-Key": key} if key else {})
        body = None if request.body is None else json.loads(request.body)
        return self.twins.ask(request.who, request.method, request.path, body, headers)

    def get(self, path: str, who: str = "owner") -> Any:
        """The data at PATH."""
        reply = self.ask(Request(who, "GET", path))
        assert reply.status == 200, (path, reply)
        return reply.data

    def pass_time(self) -> None:
        self.world.now = self.twins.now()

    def do(
        self, request: Request, predict: Predict, *, is_keyed: bool = False, key: str | None = None
    ) -> Reply:
        """Ask for a change, see that the answer is what the model expects, and change the model by it."""
        if is_keyed:
            key = f"key-{len(self.sent)}"
        self.twins.tick()
        if request.who in self.accounts:
            self.pass_time()
        kept = self._kept(request.who, key)
        expected = self.expected(request, predict, kept)
        self.taken = self.twins.told.taken
        reply = self.ask(request, key)
        self.moments.append(self.world.now)
        said = (request, key, expected, reply)
        assert (reply.status, reply.code) == (expected.status, expected.code), said
        is_replay = reply.headers["idempotency-replayed"] == "true"
        is_known = kept is not None and kept.request == request and self.signed_in(request.who)
        assert is_replay == is_known, said
        if kept is not None and is_replay:
            assert reply.text == kept.reply.text, said
            return reply
        expected.apply(reply)
        if expected.shows is not None:
            shown = expected.shows()
            assert shown == {name: reply.data["attributes"][name] for name in shown}, said
        if key and expected.code not in ("idempotency_key_reused", "unauthenticated"):
            self.sent.append(Sent(request, predict, key))
            if reply.status < 400 or reply.status in KEPT:
                self.kept[self.accounts[request.who], key] = Kept(request, reply, self.world.now)
        return reply

    def expected(self, request: Request, predict: Predict, kept: Kept | None) -> Outcome:
        if not self.signed_in(request.who):
            return Outcome(401, code="unauthenticated")
        if kept is not None:
            if kept.request != request:
                return Outcome(422, code="idempotency_key_reused")
            return Outcome(kept.reply.status, code=kept.reply.code)
        try:
            return predict()
        except Refusal as refusal:
            return Outcome(refusal.status, code=refusal.code)

    def signed_in(self, who: str) -> bool:
        return who in self.accounts and self.world.is_enabled(self.accounts[who])

    def _kept(self, who: str, key: str | None) -> Kept | None:
        return self.kept.get((self.accounts.get(who, ""), key)) if key else None

    # -- words for rules

    def me(self, who: str) -> str:
        return self.accounts.get(who, "")

    def pick(self, type: str, number: int) -> str:
        """The id of a record, mostly of one that lives and of an entry that is not at its end."""
        living, every = self.world.living(type), [*self.world.records[type], *self.world.gone[type]]
        known = self.world.records[type]
        open = [id for id in living if known[id].get("wf_step") not in OVER]
        ids = (every, living, open, open)[number % 4] or living or every
        return ids[number // 4 % len(ids)] if ids else "00000000-0000-7000-8000-000000000000"

    def somebody(self, who: str, entry: str) -> str:
        """WHO; for "holder" whoever holds the entry, or could take it."""
        record = self.world.records["entries"].get(entry)
        if who != "holder" or record is None:
            return who
        workers = (one for one in MEMBERS if self.world.works(self.accounts[one], record))
        return self.names.get(record["assigned_to_id"]) or next(workers, "owner")

    def tag(self, tag: str | None, type: str, id: str) -> int | None:
        """The version that If-Match is to name."""
        version: int = self.world.records[type].get(id, {"version": 1})["version"]
        return {None: None, "right": version, "stale": version + 1}[tag]

    def reach(
        self,
        me: str,
        type: str,
        id: str,
        allowed: Callable[[Record], bool],
        code: str = "forbidden",
        tag: int | None = None,
    ) -> Record:
        """The record that is to be changed, where I may, and in the version that I expect."""
        record = self.world.find(me, type, id)
        if not allowed(record):
            raise Refusal(403, code)
        if tag is not None and tag != record["version"]:
            raise Refusal(412, "precondition_failed")
        return record

    def shows(self, type: str, id: str) -> Callable[[], Record]:
        return lambda: self.world.shown(type, id)

    # -- looking at everything

    def feed(self, after: int) -> list[Any]:
        """The events after a number, as the owner is told them."""
        self.twins.settle()
        found: list[Any] = []
        while page := self.get(f"/events?after={after + len(found)}&page[size]=1000"):
            found += [one["attributes"] for one in page]
        return found

    def check(self) -> None:
        """Assert that the owner sees what the model has: every record, and what happened since."""
        for type in WORDS:
            found = {one["id"]: one["attributes"] for one in self.get(f"/{type}?{LARGE}")}
            living = self.world.living(type)
            assert sorted(found) == sorted(living), type
            for id in living:
                shown = self.world.shown(type, id)
                assert shown == {name: found[id][name] for name in shown}, (type, id)
            if type == "datasets":
                for id in living:
                    self._check_counts(id, found[id])
        self._check_feed()

    def _check_counts(self, dataset: str, shown: Record) -> None:
        """A dataset's counts, and its statistics by step and status."""
        mine = [
            one
            for one in self.world.records["entries"].values()
            if one["dataset_id"] == dataset and one["deleted_at"] is None
        ]
        statuses = [one["status"] for one in mine]
        completed = statuses.count("completed") + statuses.count("errored")
        assert shown["entries_total_count"] == len(mine)
        assert shown["entries_completed_count"] == completed
        assert shown["entries_in_progress_count"] == statuses.count("in_progress")
        assert shown["progress"] == (completed / len(mine) if mine else 0)
        told = self.get(f"/datasets/{dataset}/statistics")["attributes"]["entries"]
        assert told["total"] == len(mine)
        for step, counts in told["by_step"].items():
            at_step = [one["status"] for one in mine if one["wf_step"] == step]
            assert counts == {status: at_step.count(status) for status in at_step}, step

    def _check_feed(self) -> None:
        told, known = self.feed(self.told), self.world.events[self.told :]
        assert [one["sequence"] for one in told] == [one.sequence for one in known]
        for one, event in zip(told, known, strict=True):
            self.check_event(one, event)
        self.told += len(told)

    def check_event(self, told: Record, event: Event) -> None:
        assert told["record_id"] == event.record_id or event.record_id is None, (told, event)
        for name in ("sequence", "at", "kind", "resource", "actor_id"):
            assert told[name] == getattr(event, name), (name, told, event)
        assert told["record_version"] == event.version, (told, event)
        assert event.record == {name: told["record"][name] for name in event.record}, (told, event)

    def learn_marks(self, entry: str, labels: list[str], actor: str) -> None:
        """Add the annotations that were just made on ENTRY along with something else."""
        found = self.get(f"/annotations?filter[entry_id]={entry}&{LARGE}")
        fresh = [one for one in found if one["id"] not in self.world.records["annotations"]]
        assert [one["attributes"]["annotation"]["label"] for one in fresh] == labels
        for one in fresh:
            known = {name: one["attributes"][name] for name in WORDS["annotations"]}
            self.world.add("annotations", one["id"], known, actor)


def later(time: str, **span: float) -> str:
    """TIME and a SPAN."""
    return wire_time(datetime.fromisoformat(time) + timedelta(**span))


def body_of(type: str | None = None, id: str | None = None, **attributes: Any) -> str:
    """A JSON:API body."""
    data: Record = {"attributes": attributes}
    data |= {"type": type} if type else {}
    data |= {"id": id} if id else {}
    return json.dumps({"data": data})


def headers_of(tag: int | None = None, token: str | None = None) -> tuple[tuple[str, str], ...]:
    found = {"If-Match": f'"{tag}-0"'} if tag is not None else {}
    return tuple((found | ({"Postil-Lease": token} if token else {})).items())


def set_up(work: Unit, name: str) -> tuple[dict[str, str], dict[str, str]]:
    """Two projects and their people, by name: their keys, and their accounts."""
    made = found_organization(work, "owner@house.example", name)
    keys, accounts = {"owner": made["api_key"]}, {"owner": made["account_id"]}
    organization = {"organization_id": made["organization_id"]}
    for person in (*MEMBERS, "outsider"):
        values = {"email": f"{person}@house.example", "name": person.title()}
        accounts[person] = records.create(work, ACCOUNTS, values | organization).row.id
        key = {"account_id": accounts[person], "scopes": '["read","write","admin"]'}
        keys[person] = (records.create(work, API_KEYS, key).meta or {})["secret"]
    for title, rate in (("Retina", 0.5), ("Bricks", 1)):
        project = records.create(work, PROJECTS, {"name": title, **organization}).row.id
        for person, role in MEMBERS.items():
            place = {"project_id": project, "account_id": accounts[person], "role": role}
            records.create(work, PROJECT_MEMBERS, place)
        rules = {"workflow_configuration": json.dumps({"sample_rate": rate}, separators=(",", ":"))}
        dataset = records.create(work, DATASETS, {"project_id": project, "name": title, **rules}).row.id
        for number in range(2):
            records.create(
                work, ENTRIES, {"dataset_id": dataset, "resource": f"{number}.png", "priority": float(number)}
            )
    return keys, accounts
