"""Makes the rows of a team that has worked for some months: the same ones in every run."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import msgspec

from app.access import ProjectMember
from app.attributes import wire_time
from app.declare import RESOURCES
from app.operations.changes import Event, snapshot_of
from app.resources import ages, tallies
from app.resources.accounts import Account
from app.resources.annotations import Annotation
from app.resources.api_keys import ApiKey, hash_of
from app.resources.dataset_rows import Dataset
from app.resources.entry_rows import Entry
from app.resources.items import key_of
from app.resources.layer_rows import Layer
from app.resources.organizations import Organization
from app.resources.projects import Project
from app.resources.tallies import Tally

Row = dict[str, Any]
Rows = tuple[Any, list[Row]]  # of a model
State = tuple[str, str, str | None]  # step, status, the role that works it

OWNERS_KEY = "postil_bench-key-of-the-project-owner-000000"  # of an account that is no administrator
PEOPLE = 12  # an owner, two reviewers, annotators
WORKERS = tuple(f"postil_bench-key-of-an-annotator-0000000{n:04}" for n in range(3, PEOPLE))
BEGAN = datetime(2026, 1, 5, 8, tzinfo=UTC)
STEP = 37  # milliseconds from one record to the next
AT_ONCE = 5_000  # entries

_ROLES = ("project_owner", "reviewer", "reviewer", *["annotator"] * (PEOPLE - 3))
_REVIEWERS = range(1, 3)
_HANDS = ("assigned_to", "submitted_by", "reviewed_by")


@dataclass(frozen=True)
class Batch:
    """A dataset that is to be there: which share of its ENTRIES stands where, and what is marked on them."""

    name: str
    entries: int
    states: Mapping[State, int]
    marks: tuple[int, ...] = ()  # annotations of an entry that was begun: one of these, by chance
    mark_bytes: int = 0  # in each annotation beside its geometry
    events: int = 0  # entries whose making stands in the feed
    sides: tuple[int | None, int | None] = (None, None)  # width and height of each item, in pixels


@dataclass
class Count:
    """What a dataset's tallies say, as they would stand after they were folded."""

    now: int
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, entry: Row) -> None:
        self.moves[tallies.ENTRIES, f"{entry['wf_step']}:{entry['status']}"] += 1
        arrived = ages.microseconds_of(entry["step_since"])
        bucket = ages.bucket_of(arrived, self.now, ages.KEPT)[0]
        self.moves[tallies.ARRIVED + entry["wf_step"], str(bucket)] += 1
        if entry["assigned_to_id"]:
            self.moves[tallies.HELD, entry["assigned_to_id"]] += 1

    def rows(self, dataset: str) -> list[Row]:
        return [
            {"dataset_id": dataset, "name": name, "key": key, "part": 0, "value": value}
            for (name, key), value in sorted(self.moves.items())
        ]


class Team:
    """An organization with one project, as it goes on making rows."""

    def __init__(self, *, counts_in_columns: bool) -> None:
        self.chance = random.Random(1)
        self.made = 0
        self.sequence = 0
        self.organization, self.project = self.id(), self.id()
        self.accounts = [self.id() for _ in _ROLES]
        self.members = [self.id() for _ in _ROLES]
        self.metadata = [_metadata(self.chance, n) for n in range(2_000)]
        self._counts_in_columns = counts_in_columns  # of a dataset, and not in its tallies alone
        self._now = ages.microseconds_of(wire_time(datetime.now(UTC)))

    def id(self) -> str:
        """A UUID of version 7, a moment after the last."""
        self.made += 1
        milliseconds = int(BEGAN.timestamp() * 1000) + self.made * STEP
        tail = self.chance.getrandbits(62) | 1 << 63
        text = f"{milliseconds:012x}7{self.chance.getrandbits(12):03x}{tail:016x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def row(self, **values: Any) -> Row:
        at = wire_time(BEGAN + timedelta(milliseconds=self.made * STEP, microseconds=self.made % 997))
        return {
            "id": self.id(),
            "created_at": at,
            "updated_at": at,
            "version": 1,
            "organization_id": self.organization,
            **values,
        }

    def everything_once(self) -> Iterator[Rows]:
        yield Organization, [self.row(id=self.organization, name="Lund Eye Clinic")]
        people = [{"email": f"person{n}@example.org", "name": f"Person {n}"} for n in range(PEOPLE)]
        yield (
            Account,
            [
                self.row(id=id, **person, organization_role="member")
                for id, person in zip(self.accounts, people, strict=True)
            ],
        )
        used = wire_time(datetime.now(UTC))
        signed = [(self.accounts[0], OWNERS_KEY), *zip(self.accounts[3:], WORKERS, strict=True)]
        yield (
            ApiKey,
            [
                self.row(
                    account_id=account,
                    last_used_at=used,
                    name="bench",
                    scopes='["read","write"]',
                    secret_hash=hash_of(key),
                )
                for account, key in signed
            ],
        )
        made_by = {"created_by_email": people[0]["email"], "created_by_id": self.accounts[0]}
        yield Project, [self.row(id=self.project, name="Retina", **made_by)]
        places = zip(self.members, self.accounts, people, _ROLES, strict=True)
        yield (
            ProjectMember,
            [
                self.row(id=id, project_id=self.project, account_id=account, **person, role=role)
                for id, account, person, role in places
            ],
        )

    def batch(self, batch: Batch) -> Iterator[Rows]:
        """The dataset of BATCH and what is in it; its tallies last."""
        dataset = self.row(project_id=self.project, name=batch.name, **_CONFIGURATION)
        if self._counts_in_columns:
            dataset |= _counts_of(batch)
        yield Dataset, [dataset]
        states = [state for state, share in batch.states.items() for _ in range(share)]
        count = Count(self._now)
        for start in range(0, batch.entries, AT_ONCE):
            numbers = range(start, min(start + AT_ONCE, batch.entries))
            # In turn and not by chance: the counts are then exactly the shares.
            entries = [self.entry(dataset["id"], n, states[n % len(states)], batch) for n in numbers]
            for entry in entries:
                count.add(entry)
            yield Entry, entries
            yield Layer, [_layer_of(entry) for entry in entries]
            if batch.marks:
                yield Annotation, [mark for entry in entries for mark in self.marks(entry, batch)]
            if start < batch.events:
                yield Event, [self.event(entry) for entry in entries[: batch.events - start]]
        yield Tally, count.rows(dataset["id"])

    def entry(self, dataset: str, n: int, state: State, batch: Batch) -> Row:
        step, status, worked_by = state
        resource = f"https://pictures.example.org/retina/{n // 1000:05}/{n:08}.jpg"
        width, height = batch.sides
        hands: dict[str, str | None] = dict.fromkeys(f"{name}_{end}" for name in _HANDS for end in _ENDS)
        if step in ("review", "done"):
            hands |= self.hand("submitted_by", range(PEOPLE)) | self.hand("reviewed_by", _REVIEWERS)
        if step == "review":
            hands |= {f"assigned_to_{end}": hands[f"reviewed_by_{end}"] for end in _ENDS}
        row = self.row(
            project_id=self.project,
            dataset_id=dataset,
            resource=resource,
            item_key=key_of(resource),
            width=width,
            height=height,
            priority=float(self.chance.randrange(100)),
            wf_step=step,
            status=status,
            external_id=f"scan-{n:08}",
            split=_SPLITS[n % len(_SPLITS)],
            metadata=self.metadata[n % len(self.metadata)],
            worked_by=worked_by,
            **hands,
        )
        return row | {
            "step_since": row["created_at"],
            "rank": row["priority"],
            "hands": _hands_of(row),
            "barred": row["submitted_by_id"] if step == "review" else "",
        }

    def hand(self, name: str, people: range) -> dict[str, str | None]:
        person = self.chance.choice(people)
        return {f"{name}_id": self.accounts[person], f"{name}_member_id": self.members[person]}

    def marks(self, entry: Row, batch: Batch) -> Iterator[Row]:
        """The annotations on ENTRY, once it has been worked on."""
        if entry["wf_step"] in ("start", "error"):
            return
        outline = "." * batch.mark_bytes
        for _ in range(self.chance.choice(batch.marks)):
            box = {name: self.chance.randrange(1500) for name in ("x", "y", "width", "height")}
            value = {"label": self.chance.choice(["lesion", "vessel", "disc"])}
            yield self.row(
                project_id=self.project,
                dataset_id=entry["dataset_id"],
                entry_id=entry["id"],
                layer_id=entry["id"],
                dimensions=msgspec.json.encode({"type": "box", **box}).decode(),
                annotation=msgspec.json.encode(value | ({"outline": outline} if outline else {})).decode(),
                metadata='{"tool":"box"}',
                created_by_email="person3@example.org",
                created_by_id=self.accounts[3],
            )

    def event(self, entry: Row) -> Row:
        """The event that ENTRY was made."""
        self.sequence += 1
        card = RESOURCES["entries"]
        columns = {field: entry.get(card.columns[field].name) for field in card.fields}
        return {
            "id": self.id(),
            "organization_id": self.organization,
            "position": self.sequence,
            "sequence": self.sequence,
            "kind": "create",
            "resource": "entries",
            "record_id": entry["id"],
            "record_version": 1,
            "project_id": self.project,
            "dataset_id": entry["dataset_id"],
            "entry_id": entry["id"],
            "actor_id": self.accounts[0],
            "at": entry["created_at"],
            "record": snapshot_of(card)(SimpleNamespace(**columns)),
        }


_ENDS = ("id", "member_id")
_SPLITS = ("train", "train", "train", "valid", "test", None)
_CONFIGURATION = {
    "labels": '["lesion","vessel","disc"]',
    "modality": "image",
    "labeling_configuration": "{}",
    "workflow_configuration": "{}",  # all are reviewed
}


def _layer_of(entry: Row) -> Row:
    """The layer of the ground truth of ENTRY, which has its id."""
    shared = ("id", "created_at", "updated_at", "version", "organization_id", "project_id", "dataset_id")
    return {name: entry[name] for name in shared} | {"entry_id": entry["id"]}


def _hands_of(entry: Row) -> str:
    """Who worked ENTRY where, by the default workflow."""
    hands = {"annotate": entry["submitted_by_id"], "review": entry["reviewed_by_id"]}
    return msgspec.json.encode({step: [one] for step, one in hands.items() if one}).decode()


def _counts_of(batch: Batch) -> Row:
    """What the dataset's columns count."""
    shares = Counter(state for state, share in batch.states.items() for _ in range(share))
    total = sum(shares.values())
    ranks = [state for state, share in batch.states.items() for _ in range(share)]
    found = Counter({state: batch.entries // total * share for state, share in shares.items()})
    found.update(ranks[: batch.entries % total])
    return {
        "entries_total_count": batch.entries,
        "entries_completed_count": _of(found, "completed") + _of(found, "errored"),
        "entries_in_progress_count": _of(found, "in_progress"),
        "entries_begun_count": sum(count for (_, status, _), count in found.items() if status != "ready"),
    }


def _of(found: Mapping[State, int], status: str) -> int:
    return sum(count for (_, one, _), count in found.items() if one == status)


def _metadata(chance: random.Random, n: int) -> str:
    """What a clinic's export says of a picture: some 350 bytes."""
    taken = BEGAN - timedelta(minutes=chance.randrange(500_000))
    said = {
        "patient": f"P{chance.randrange(10**6):06}",
        "eye": chance.choice(["left", "right"]),
        "city": chance.choice(["Lund", "Malmö", "Göteborg", "Umeå"]),
        "camera": {"maker": "Topcon", "model": chance.choice(["NW400", "TRC-50DX"]), "field": 45},
        "taken_at": taken.isoformat(),
        "pixels": [chance.choice([2048, 3072]), 1536],
        "quality": round(chance.random(), 4),
        "tags": chance.sample(["dilated", "glare", "macula", "disc", "follow-up", "screening"], 3),
        "sha256": f"{chance.getrandbits(256):064x}",
        "note": f"series {n // 40}, picture {n % 40} of 40",
    }
    return msgspec.json.encode(said).decode()
