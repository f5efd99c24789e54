"""Scripts of work, by seed: what a team does in a project of its own, and what all do in one that they share.

A script decides by its seed and by what it is answered. So, where each request has one effect and one answer,
it is the same work each time it is played, however often its requests had to be sent.
"""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.campaigns.retrying import Retrying
from tests.campaigns.serving import Answer

SPLITS = ("train", "valid", "test", None)
FEW_EXTERNAL_IDS = 40  # so that some are taken
Effect = tuple[str, str, str]  # a record's id, what was done to it, the account that did


@dataclass(frozen=True)
class Person:
    """An account and how it speaks to the server."""

    account: str
    speaks: Retrying


@dataclass
class Team:
    """One client: the people whose requests it sends, one after another, and where they work."""

    people: dict[str, Person]  # owner, annotator, reviewer
    project: str
    datasets: list[str]
    shared: str  # the dataset that all teams work in
    worker: Person  # who works there for this team

    @property
    def speakers(self) -> list[Retrying]:
        return [one.speaks for one in (*self.people.values(), self.worker)]


@dataclass
class Script:
    """What TEAM does. TRANSCRIPT: what was asked and answered. EFFECTS: what it did to the shared dataset."""

    team: Team
    chance: random.Random
    transcript: list[str] = field(default_factory=list)
    effects: Counter[Effect] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)  # in the shared dataset, where all is to go well
    living: dict[str, list[str]] = field(default_factory=dict)  # type -> ids, in the order of their making
    gone: dict[str, list[str]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)  # record -> the ETag last seen
    tokens: dict[tuple[str, str], str] = field(default_factory=dict)  # who and entry -> the lease last told

    @property
    def requests(self) -> int:
        return sum(speaker.asked.total() for speaker in self.team.speakers)

    def play(self, requests: int) -> None:
        """Send so many requests, or a few more."""
        self.living["datasets"] = list(self.team.datasets)
        steps = {
            self._make_entry: 16,
            self._change_entry: 10,
            self._delete: 6,
            self._restore: 5,
            self._take_next: 10,
            self._submit: 18,
            self._report_error: 1,
            self._assign: 5,
            self._select: 4,
            self._lease: 4,
            self._draft: 5,
            self._annotate: 8,
            self._change_annotation: 6,
            self._open_feed: 5,
            self._comment: 6,
            self._settle_feed: 4,
            self._relate: 2,
            self._batch: 6,
            self._configure: 2,
            self._change_member: 1,
            self._share: 4,
        }
        while self.requests < requests:
            self.chance.choices(list(steps), list(steps.values()))[0]()

    # ---- entries

    def _make_entry(self) -> None:
        self._make("owner", "entries", **self._entry())

    def _entry(self) -> dict[str, Any]:
        values = {
            "dataset_id": self.chance.choice(self.team.datasets),
            "resource": f"{self.chance.randrange(10**6)}.png",
            "priority": self.chance.randrange(5),
        }
        if self.chance.random() < 0.3:
            values["external_id"] = str(self.chance.randrange(FEW_EXTERNAL_IDS))
        return values

    def _change_entry(self) -> None:
        if entry := self._one("entries"):
            self._change("owner", "entries", entry, **self._changes())

    def _changes(self) -> dict[str, Any]:
        options: list[dict[str, Any]] = [
            {"priority": self.chance.randrange(5)},
            {"metadata": {"n": self.chance.randrange(9)}},
            {"split": self.chance.choice(SPLITS)},
        ]
        return self.chance.choice(options)

    def _take_next(self) -> None:
        who = self.chance.choice(["annotator", "annotator", "reviewer"])
        path = f"/datasets/{self.chance.choice(self.team.datasets)}/next"
        if self.chance.random() < 0.3:
            path = f"/projects/{self.team.project}/next"
        answer = self._ask(who, "POST", path)
        if answer.status == 200:
            self._learn(who, answer)
            self.living.setdefault("held", []).append(answer.id)

    def _held(self) -> str | None:
        """An entry that is likely in somebody's hands."""
        return self._one(self.chance.choice(["held", "held", "entries"]))

    def _submit(self) -> None:
        if not (entry := self._held()):
            return
        who = self.chance.choice(["annotator", "annotator", "reviewer", "owner"])
        attributes: dict[str, Any] = {}
        if self.chance.random() < 0.5:
            attributes["approved"] = self.chance.random() < 0.6
            attributes["reason"] = self.chance.choice(["too coarse", "wrong", ""])
        if self.chance.random() < 0.4:
            attributes["annotations"] = [self._mark() for _ in range(self.chance.randint(1, 3))]
        self._act(who, entry, "submit", attributes)

    def _report_error(self) -> None:
        if entry := self._held():
            self._act(self._worker(), entry, "error", {"message": "it is all black"})

    def _assign(self) -> None:
        if entry := self._held():
            accounts = [self.team.people[who].account for who in ("annotator", "reviewer")]
            body = {"assigned_to_id": self.chance.choice([*accounts, None])}
            self._act("owner", entry, "assign", body, method="PATCH")

    def _select(self) -> None:
        if entry := self._one("entries"):
            self._act(self._worker(), entry, "select", {})
            self.living.setdefault("held", []).append(entry)

    def _lease(self) -> None:
        if entry := self._held():
            method = self.chance.choice(["POST", "DELETE"])
            self._act(self.chance.choice(["annotator", "reviewer", "owner"]), entry, "lease", {}, method)

    def _draft(self) -> None:
        if (drafts := self.living.get("drafts")) and self.chance.random() < 0.3:
            self._ask("owner", "POST", f"/drafts/{self.chance.choice(drafts)}/take_over")
            return
        if entry := self._held():
            body = {"data": {"attributes": {"content": {"annotations": [self._mark()]}}}}
            answer = self._ask(self._worker(), "PUT", f"/entries/{entry}/draft", body)
            if answer.status == 200 and answer.id not in self.living.setdefault("drafts", []):
                self.living["drafts"].append(answer.id)

    def _relate(self) -> None:
        if entry := self._one("entries"):
            dataset = self.chance.choice(self.team.datasets)
            body = {"data": {"type": "datasets", "id": dataset}}
            self._ask("owner", "PATCH", f"/entries/{entry}/relationships/dataset", body)

    # ---- annotations and notes

    def _mark(self) -> dict[str, Any]:
        x, y = self.chance.randrange(100), self.chance.randrange(100)
        label = self.chance.choice(["vessel", "lesion"])
        return {"dimensions": {"type": "point", "x": x, "y": y}, "annotation": {"label": label}}

    def _annotate(self) -> None:
        if entry := self._held():
            who = self.chance.choice(["annotator", "owner"])
            self._make(who, "annotations", entry_id=entry, **self._mark())

    def _change_annotation(self) -> None:
        if annotation := self._one("annotations"):
            self._change("owner", "annotations", annotation, annotation={"n": self.chance.randrange(9)})

    def _open_feed(self) -> None:
        if entry := self._held():
            who = self.chance.choice(["annotator", "owner"])
            self._make(who, "note_feeds", entry_id=entry, content_md="Is it one?")

    def _comment(self) -> None:
        if not (feed := self._one("note_feeds")):
            return
        if (comment := self._one("note_comments")) and self.chance.random() < 0.3:
            text = f"Two, or {self.chance.randrange(9)}."
            self._change("owner", "note_comments", comment, content_md=text)
        else:
            self._make("owner", "note_comments", note_feed_id=feed, content_md="Two.")

    def _settle_feed(self) -> None:
        if feed := self._one("note_feeds"):
            if self.chance.random() < 0.5:
                self._ask("owner", "POST", f"/note_feeds/{feed}/resolve")
            else:
                self._change("owner", "note_feeds", feed, content_md=f"{self.chance.randrange(9)} of them?")

    # ---- any type

    def _delete(self) -> None:
        type = self.chance.choice(["entries", "entries", "annotations", "note_feeds", "note_comments"])
        if self.chance.random() < 0.03:
            type = "datasets"
        if not (id := self._one(type)):
            return
        force = self.chance.choice(["", "?force=true"]) if type in ("entries", "datasets") else ""
        if self._ask("owner", "DELETE", f"/{type}/{id}{force}").status == 204:
            self.living[type].remove(id)
            self.gone.setdefault(type, []).append(id)

    def _restore(self) -> None:
        # A dataset is soon there again: without it nothing else can be done.
        options = ["datasets"] if self.gone.get("datasets") else list(self.gone)
        found = [(type, id) for type in options for id in self.gone[type]]
        if found:
            type, id = self.chance.choice(found)
            if self._ask("owner", "POST", f"/{type}/{id}/restore").status == 200:
                self.gone[type].remove(id)
                self.living[type].append(id)

    def _batch(self) -> None:
        calls: list[tuple[str, dict[str, Any]]] = []
        for _ in range(self.chance.randint(2, 6)):
            entry = self._one("entries")
            if entry is None or self.chance.random() < 0.4:
                calls.append(("entries.create", self._entry()))
            elif self.chance.random() < 0.5:
                calls.append(("entries.update", {"id": entry, **self._changes()}))
            elif self.chance.random() < 0.5:
                calls.append(("annotations.create", {"entry_id": entry, **self._mark()}))
            else:
                calls.append(("entries.submit", {"id": entry, "approved": True}))
        batch = [
            {"jsonrpc": "2.0", "id": n, "method": method, "params": params}
            for n, (method, params) in enumerate(calls)
        ]
        for answer, (method, _) in zip(
            self._ask("owner", "POST", "/_rpc", batch).document, calls, strict=True
        ):
            type, _, what = method.partition(".")
            if what == "create" and "result" in answer:
                self.living.setdefault(type, []).append(answer["result"]["id"])

    def _configure(self) -> None:
        if dataset := self._one("datasets"):
            sample_rate = self.chance.choice([0.0, 1.0])  # no dice: these would fall anew
            configuration = {"sample_rate": sample_rate}
            self._change("owner", "datasets", dataset, workflow_configuration=configuration)

    def _change_member(self) -> None:
        path = f"/project_members?filter[account_id]={self.team.people['reviewer'].account}"
        member = self.team.people["owner"].speaks.ask("GET", path).data[0]["id"]
        if self.chance.random() < 0.3:
            self._ask("owner", "DELETE", f"/project_members/{member}")
        else:
            self._change("owner", "project_members", member, role="reviewer", disabled_at=None)

    # ---- the dataset that all share

    def _share(self) -> None:
        """Make an entry, take the next one, which may be another's, and bring it to its end."""
        owner, worker = self.team.people["owner"], self.team.worker
        data = {"type": "entries", "attributes": {"dataset_id": self.team.shared, "resource": "shared.png"}}
        if not self._is_done(owner, "create", "/entries", {"data": data}):
            return
        entry = self._is_done(worker, "select", f"/datasets/{self.team.shared}/next")
        if entry and self._is_done(worker, "submit", f"/entries/{entry}/submit"):
            self._is_done(worker, "submit", f"/entries/{entry}/submit")

    def _is_done(self, who: Person, what: str, path: str, body: Any = None) -> str | None:
        """The id of the entry that WHAT was done to; None where it was refused, which is a surprise."""
        answer = who.speaks.ask("POST", path, body)
        if answer.status not in (200, 201):
            self.surprises.append(f"{path}: {answer}")
            return None
        self.effects[answer.id, what, who.account] += 1
        return answer.id

    # ---- asking

    def _worker(self) -> str:
        return self.chance.choice(["annotator", "reviewer"])

    def _one(self, type: str) -> str | None:
        """One of those there are, mostly of the newest: the old ones are at their end."""
        found = self.living.get(type)
        if not found:
            return None
        return self.chance.choice(found[-30:] if self.chance.random() < 0.9 else found)

    def _ask(
        self, who: str, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        answer = self.team.people[who].speaks.ask(method, path, body, headers)
        self.transcript.append(f"{who} {method} {path} {answer.status} {answer.body.decode()}")
        return answer

    def _make(self, who: str, type: str, **attributes: Any) -> None:
        answer = self._ask(who, "POST", f"/{type}", {"data": {"type": type, "attributes": attributes}})
        if answer.status == 201:
            self.living.setdefault(type, []).append(answer.id)
            self._learn(who, answer)

    def _change(self, who: str, type: str, id: str, **attributes: Any) -> None:
        has_match = id in self.tags and self.chance.random() < 0.4
        headers = {"If-Match": self.tags[id]} if has_match else {}  # which may be an old one
        body = {"data": {"type": type, "id": id, "attributes": attributes}}
        answer = self._ask(who, "PATCH", f"/{type}/{id}", body, headers)
        if answer.status == 200:
            self._learn(who, answer)

    def _act(
        self, who: str, entry: str, event: str, attributes: Mapping[str, Any], method: str = "POST"
    ) -> None:
        has_token = (who, entry) in self.tokens and self.chance.random() < 0.5
        headers = {"Postil-Lease": self.tokens[who, entry]} if has_token else {}
        body = {"data": {"attributes": attributes}} if attributes else None
        answer = self._ask(who, method, f"/entries/{entry}/{event}", body, headers)
        if answer.status == 200:
            self._learn(who, answer)

    def _learn(self, who: str, answer: Answer) -> None:
        """Remember the version and the lease that ANSWER tells."""
        if "etag" in answer.headers:
            self.tags[answer.id] = answer.headers["etag"]
        token = ((answer.data.get("meta") or {}).get("lease") or {}).get("token")
        if token:
            self.tokens[who, answer.id] = token
