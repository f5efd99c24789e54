"""The model: all that a story has made, in plain dicts, and who may see and do what.

A record is a dict of its attributes by their names on the wire, and of what the service keeps for itself:
`version`, `deleted_at`, and names that begin with an underscore. People are account ids.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]

ANCESTORS = {  # type -> key -> type, of all that a record goes to the trash with
    "accounts": {},
    "projects": {},
    "project_members": {"project_id": "projects", "account_id": "accounts"},
    "datasets": {"project_id": "projects"},
    "entries": {"project_id": "projects", "dataset_id": "datasets"},
    "annotations": {"project_id": "projects", "dataset_id": "datasets", "entry_id": "entries"},
    "drafts": {"project_id": "projects", "dataset_id": "datasets", "entry_id": "entries"},
}
WORKED_BY = {"start": "annotator", "annotate": "annotator", "review": "reviewer"}  # step -> role
OVER = ("done", "error")  # steps
FINISHED = ("completed", "errored")  # statuses
LOST = ("take_over", "take_away")  # endings of a lease
THINNED: Record = {}  # what stands in place of a record that was thinned out


class Refusal(Exception):
    """That the service refuses, by STATUS and CODE."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(status, code)
        self.status = status
        self.code = code


@dataclass(frozen=True)
class Outcome:
    """What an answer is to be, and what it does to the model once it has come."""

    status: int
    apply: Callable[[Any], None] = lambda reply: None
    code: str | None = None
    shows: Callable[[], Record] | None = None  # the attributes in it, after it was applied


@dataclass
class Event:
    """A change, as the feed is to tell it."""

    sequence: int
    at: str
    kind: str
    resource: str
    record_id: str | None  # None: one that is not known
    version: int
    actor_id: str | None
    record: Record  # as it then stood


class World:
    """What there is."""

    def __init__(self) -> None:
        self.now = ""  # the service's time
        self.owner = ""  # the organization's owner, who may all
        self.records: dict[str, dict[str, Record]] = {type: {} for type in ANCESTORS}
        self.gone: dict[str, list[str]] = {type: [] for type in ANCESTORS}  # removed for good
        self.leases: dict[str, Record] = {}  # token -> entry, account, ending; in the order of taking
        self.events: list[Event] = []

    # -- what is there

    def record(self, type: str, id: str) -> Record:
        return self.records[type][id]

    def is_living(self, type: str, id: str) -> bool:
        """Whether neither the record nor anything above it is in the trash, or gone."""
        record = self.records[type].get(id)
        return record is not None and record["deleted_at"] is None and self.has_living_ancestors(type, record)

    def has_living_ancestors(self, type: str, record: Record) -> bool:
        parents = (self.records[above].get(record[key]) for key, above in ANCESTORS[type].items())
        return all(parent is not None and parent["deleted_at"] is None for parent in parents)

    def living(self, type: str) -> list[str]:
        return [id for id in self.records[type] if self.is_living(type, id)]

    def beneath(self, type: str, id: str) -> list[tuple[str, str]]:
        """All that names the record as one of its ancestors."""
        return [
            (child, one)
            for child, keys in ANCESTORS.items()
            for key, above in keys.items()
            if above == type
            for one, record in self.records[child].items()
            if record[key] == id
        ]

    def shown(self, type: str, id: str) -> Record:
        """The attributes of the record that the model knows."""
        return shown_of(self.records[type][id])

    # -- changes

    def add(self, type: str, id: str, values: Record, actor: str | None) -> None:
        assert not any(id in known for known in self.records.values()), "an id twice"
        self.records[type][id] = {**values, "id": id, "version": 1, "deleted_at": None}
        self.note(type, id, "create", actor)

    def change(self, type: str, id: str, values: Record, kind: str, actor: str | None) -> None:
        """Set VALUES; an update that changes nothing is none."""
        record = self.records[type][id]
        if kind == "update" and all(record[name] == value for name, value in values.items()):
            return
        record |= values
        record["version"] += 1
        self.note(type, id, kind, actor)

    def note(self, type: str, id: str, kind: str, actor: str | None) -> None:
        version, number = self.records[type][id]["version"], len(self.events) + 1
        snapshot = dict(self.shown(type, id))
        self.events.append(Event(number, self.now, kind, type, id, version, actor, snapshot))

    def note_job(self, kind: str, version: int) -> None:
        self.events.append(Event(len(self.events) + 1, self.now, kind, "jobs", None, version, None, {}))

    def vanish(self, type: str, id: str) -> None:
        """The record, and all that is beneath it, is gone for good."""
        for child, one in self.beneath(type, id):
            if one in self.records[child]:
                self.vanish(child, one)
        del self.records[type][id]
        self.gone[type].append(id)
        if type == "entries":
            self.leases = {token: one for token, one in self.leases.items() if one["entry"] != id}

    # -- who may

    def is_enabled(self, me: str) -> bool:
        return self.records["accounts"][me]["disabled_at"] is None

    def member(self, project: str, account: str) -> str | None:
        """The id of the account's enabled place in the project."""
        for id, one in self.records["project_members"].items():
            if (one["project_id"], one["account_id"], one["disabled_at"]) == (project, account, None):
                return id
        return None

    def role(self, me: str, project: str) -> str | None:
        member = self.member(project, me)
        role: str | None = self.records["project_members"][member]["role"] if member else None
        return role

    def owns(self, me: str, project: str) -> bool:
        return me == self.owner or self.role(me, project) == "project_owner"

    def works(self, me: str, entry: Record) -> bool:
        """Whether my role is the one that works the entry's step."""
        role = WORKED_BY.get(entry["wf_step"])
        return role is not None and self.role(me, entry["project_id"]) == role

    def is_free(self, entry: Record) -> bool:
        """Whether nobody holds the entry, or for longer than a lease."""
        return entry["assigned_to_id"] is None or self.has_run_out(entry)

    def has_run_out(self, entry: Record) -> bool:
        return entry["_expires"] is not None and entry["_expires"] <= self.now

    def holds(self, me: str, entry: Record) -> bool:
        return entry["assigned_to_id"] == me and self.role(me, entry["project_id"]) is not None

    def may_read(self, me: str, type: str, record: Record) -> bool:
        if me == self.owner or type == "accounts":
            return True
        project = record["id"] if type == "projects" else record["project_id"]
        role = self.role(me, project)
        if type in ("projects", "datasets", "project_members"):
            return role is not None
        if role == "project_owner":
            return True
        if type == "entries":
            hands = (record["assigned_to_id"], record["submitted_by_id"], record["reviewed_by_id"])
            return (me in hands and role is not None) or (self.is_free(record) and self.works(me, record))
        entry = self.records["entries"][record["entry_id"]]
        is_mine = type == "drafts" and record["account_id"] == me and role is not None
        return is_mine or self.holds(me, entry)

    def find(self, me: str, type: str, id: str) -> Record:
        """The record, where I may read it. Raises Refusal."""
        if not self.is_living(type, id) or not self.may_read(me, type, self.records[type][id]):
            raise Refusal(404, "not_found")
        return self.records[type][id]

    # -- leases

    def take(self, entry: Record, account: str, token: str) -> None:
        """A lease of ENTRY for ACCOUNT, by TOKEN; the one before ends by it."""
        self.end(entry, "take_over" if entry["assigned_to_id"] else "give_up")
        self.leases[token] = {"entry": entry["id"], "account": account, "ending": None}
        entry["_token"] = token

    def end(self, entry: Record, ending: str) -> None:
        if entry["_token"] is not None:
            self.leases[entry["_token"]]["ending"] = ending
        entry["_token"] = entry["_expires"] = None

    def was_lost(self, entry: str, account: str) -> bool:
        """Whether the account's last lease of the entry went to somebody else."""
        mine = [
            one["ending"]
            for one in self.leases.values()
            if (one["entry"], one["account"]) == (entry, account)
        ]
        return bool(mine) and mine[-1] in LOST

    def check_token(self, me: str, entry: Record, token: str | None) -> bool:
        """Whether TOKEN, if any, is that of the entry's lease; False where that went to somebody else."""
        if token is None or token == entry["_token"]:
            return True
        if len(token) != 24:
            raise Refusal(400, "lease_invalid")
        lease = self.leases.get(token)
        if lease is None:
            raise Refusal(409, "lease_unknown")
        if (lease["entry"], lease["account"]) != (entry["id"], me):
            raise Refusal(409, "lease_foreign")
        if lease["ending"] not in LOST:
            raise Refusal(409, "lease_ended")
        return False

    # -- the past

    def then(self, me: str, type: str, id: str, time: str) -> Record:
        """The record as it was at TIME, under my permissions of today. Raises Refusal."""
        if id not in self.records[type] or not self.may_read(me, type, self.records[type][id]):
            raise Refusal(404, "not_found")
        found = self.version_at(id, time)
        for key in ANCESTORS[type]:
            self.version_at(found[key], time)
        return found

    def version_at(self, id: str, time: str) -> Record:
        event = self.last_event(id, time)
        if event is None or event.kind == "delete":
            raise Refusal(404, "not_there_then")
        if event.record is THINNED:
            raise Refusal(410, "thinned")
        return event.record

    def last_event(self, id: str, time: str) -> Event | None:
        mine = [one for one in self.events if one.record_id == id and one.at <= time]
        return mine[-1] if mine else None

    def thin(self, before: str) -> None:
        """Forget the versions that were superseded before a time."""
        last: dict[str, Event] = {}
        for event in self.events:
            if event.at >= before:
                break
            if event.record_id in last:
                last[event.record_id].record = THINNED
            if event.record_id is not None:
                last[event.record_id] = event


def shown_of(record: Record) -> Record:
    """What of RECORD stands in its document and in its history."""
    kept = ("id", "version", "deleted_at")
    return {name: value for name, value in record.items() if name not in kept and name[0] != "_"}
