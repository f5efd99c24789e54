"""Fills a database with what a team has after some months: 100,000 entries, annotations, people, a key.

The same seed gives the same rows in every run. A filled database is kept in bench/out, and every contender is
handed a copy of its own.
"""

import hashlib
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, insert, select

import app.catalog  # noqa: F401 - every table is to be known before a migration
from app.access import ProjectMember
from app.attributes import wire_time
from app.resources.accounts import Account
from app.resources.annotations import Annotation
from app.resources.api_keys import ApiKey, hash_of
from app.resources.datasets import Dataset
from app.resources.entry_rows import Entry
from app.resources.organizations import Organization
from app.resources.projects import Project
from app.storage.opening import MIGRATIONS, engine_of, migrate

OUT = Path(__file__).parent / "out"
KEY = "postil_bench-key-of-the-project-owner-000000"  # of an account that owns the project, no administrator
PEOPLE = 12
AT_ONCE = 5_000  # rows a statement
BEGAN = datetime(2026, 1, 5, 8, tzinfo=UTC)
# Of 100 entries, how many stand where: (step, status, worked by).
STATES = {
    ("start", "ready", "annotator"): 40,
    ("annotate", "in_progress", "annotator"): 10,
    ("review", "in_progress", "reviewer"): 6,
    ("done", "completed", None): 40,
    ("error", "errored", None): 4,
}

Row = dict[str, Any]
Told = Callable[[int], None]  # how many entries are there


@dataclass(frozen=True)
class Filled:
    """A filled database, and the ids that requests are made of."""

    path: Path
    entries: int
    dataset: str
    entry_ids: list[str] = field(repr=False)  # a sample of all
    open_ids: list[str] = field(repr=False)  # a sample of those that may be annotated

    def copy_to(self, folder: Path) -> Path:
        """A copy of the database in FOLDER, under the name that Postil looks for."""
        folder.mkdir(parents=True)
        return Path(shutil.copyfile(self.path, folder / "postil.db"))


def filled(entries: int, told: Told = lambda count: None, out: Path = OUT) -> Filled:
    """The database of so many ENTRIES: the one that was kept, or a new one."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"data-{entries}-{_edition()}.db"
    if not path.exists():
        for older in out.glob(f"data-{entries}-*"):
            older.unlink()
        draft = path.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        migrate(f"sqlite:///{draft}")
        _fill(draft, entries, told)
        draft.with_name(draft.name + ".lock").unlink()
        draft.rename(path)
    with engine_of(f"sqlite:///{path}") as engine, engine.connect() as connection:
        return Filled(path, entries, *_sample(connection))


def _edition() -> str:
    """What a kept database must agree with: this file and the tables."""
    files = [Path(__file__), *sorted((MIGRATIONS / "versions").glob("*.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def _sample(connection: Connection) -> tuple[str, list[str], list[str]]:
    chance = random.Random(2)
    dataset = connection.scalar(select(_table(Dataset).c.id))
    rows = connection.execute(select(_table(Entry).c.id, _table(Entry).c.status)).all()
    some = chance.sample(rows, min(1000, len(rows)))
    open_ids = [id for id, status in some if status not in ("completed", "errored")]
    return str(dataset), [id for id, _ in some], open_ids


def _table(model: Any) -> Table:
    table: Table = model.__table__
    return table


def _fill(path: Path, entries: int, told: Told) -> None:
    with engine_of(f"sqlite:///{path}") as engine, engine.connect() as connection:
        # The driver is in autocommit here: one transaction, or every row would be flushed to the disk.
        connection.exec_driver_sql("BEGIN")
        team = _Team(random.Random(1))
        for model, rows in team.rows(entries):
            connection.execute(insert(_table(model)), rows)
        for start in range(0, entries, AT_ONCE):
            batch = [team.entry(n) for n in range(start, min(start + AT_ONCE, entries))]
            connection.execute(insert(_table(Entry)), batch)
            marks = [mark for entry in batch for mark in team.marks(entry)]
            connection.execute(insert(_table(Annotation)), marks)
            told(start + len(batch))
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


class _Team:
    """An organization with one project and one dataset, as it goes on making rows."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.made = 0
        self.organization = self.id()
        self.project, self.dataset = self.id(), self.id()
        self.accounts = [self.id() for _ in range(PEOPLE)]
        self.members = [self.id() for _ in range(PEOPLE)]
        self.states = [state for state, share in STATES.items() for _ in range(share)]

    def id(self) -> str:
        """A UUID of version 7, a moment after the last."""
        self.made += 1
        milliseconds = int(BEGAN.timestamp() * 1000) + self.made * 37
        tail = self.chance.getrandbits(62) | 1 << 63
        text = f"{milliseconds:012x}7{self.chance.getrandbits(12):03x}{tail:016x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def row(self, **values: Any) -> Row:
        at = wire_time(
            BEGAN + timedelta(milliseconds=self.made * 37, microseconds=self.chance.randrange(1000))
        )
        return {"id": self.id(), "created_at": at, "updated_at": at, "version": 1, **values}

    def rows(self, entries: int) -> Iterator[tuple[Any, list[Row]]]:
        """Everything that there is once."""
        tenant = {"organization_id": self.organization}
        yield Organization, [self.row(id=self.organization, name="Lund Eye Clinic")]
        yield (
            Account,
            [
                self.row(
                    id=id,
                    **tenant,
                    email=f"person{n}@example.org",
                    name=f"Person {n}",
                    organization_role="member",
                )
                for n, id in enumerate(self.accounts)
            ],
        )
        key = {"name": "bench", "scopes": '["read","write"]', "secret_hash": hash_of(KEY)}
        used = wire_time(datetime.now(UTC))
        yield ApiKey, [self.row(**tenant, account_id=self.accounts[0], last_used_at=used, **key)]
        made_by = {"created_by_email": "person0@example.org", "created_by_id": self.accounts[0]}
        yield Project, [self.row(id=self.project, **tenant, name="Retina", **made_by)]
        roles = ["project_owner", "reviewer", "reviewer", *["annotator"] * (PEOPLE - 3)]
        yield (
            ProjectMember,
            [
                self.row(
                    id=id,
                    **tenant,
                    project_id=self.project,
                    account_id=account,
                    **_person(n),
                    role=roles[n],
                )
                for n, (id, account) in enumerate(zip(self.members, self.accounts, strict=True))
            ],
        )
        yield Dataset, [self.row(id=self.dataset, **tenant, **_dataset(self.project, entries))]

    def entry(self, n: int) -> Row:
        step, status, worked_by = self.chance.choice(self.states)
        hands: Row = {}
        if step != "start":
            hands |= self.hand("assigned_to" if step == "annotate" else "submitted_by")
        if step in ("review", "done"):
            hands |= self.hand("reviewed_by")
        row = self.row(
            organization_id=self.organization,
            project_id=self.project,
            dataset_id=self.dataset,
            resource=f"https://pictures.example.org/retina/{n // 1000:03}/{n:06}.jpg",
            priority=float(self.chance.randrange(100)),
            wf_step=step,
            status=status,
            job_id=None,
            external_id=f"scan-{n:06}",
            split=self.chance.choice(["train", "train", "train", "valid", "test", None]),
            metadata=self.metadata(n),
            worked_by=worked_by,
            **{name: hands.get(name) for name in _HANDS},
        )
        return {**row, "step_since": row["created_at"]}

    def hand(self, name: str) -> Row:
        person = self.chance.randrange(PEOPLE)
        return {f"{name}_id": self.accounts[person], f"{name}_member_id": self.members[person]}

    def metadata(self, n: int) -> str:
        """What a clinic's export says of a picture: some 350 bytes."""
        chance = self.chance
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

    def marks(self, entry: Row) -> Iterator[Row]:
        """The annotations on ENTRY: one or two, once it has been worked on."""
        if entry["wf_step"] in ("start", "error"):
            return
        for _ in range(self.chance.choice((1, 1, 2))):
            box = {name: self.chance.randrange(1500) for name in ("x", "y", "width", "height")}
            yield self.row(
                organization_id=self.organization,
                project_id=self.project,
                dataset_id=self.dataset,
                entry_id=entry["id"],
                dimensions=msgspec.json.encode({"type": "box", **box}).decode(),
                annotation=f'{{"label":"{self.chance.choice(["lesion", "vessel", "disc"])}"}}',
                metadata='{"tool":"box"}',
                created_by_email="person3@example.org",
                created_by_id=self.accounts[3],
            )


_HANDS = [
    f"{name}_{end}" for name in ("assigned_to", "submitted_by", "reviewed_by") for end in ("id", "member_id")
]


def _person(n: int) -> Row:
    return {"email": f"person{n}@example.org", "name": f"Person {n}"}


def _dataset(project: str, entries: int) -> Row:
    begun = [share for (step, _, _), share in STATES.items() if step != "start"]
    return {
        "project_id": project,
        "name": "Left eyes",
        "labels": '["lesion","vessel","disc"]',
        "modality": "image",
        "labeling_configuration": "{}",
        "workflow_configuration": '{"sample_rate":0.5}',
        "entries_total_count": entries,
        "entries_completed_count": entries * 44 // 100,
        "entries_in_progress_count": entries * 16 // 100,
        "entries_begun_count": entries * sum(begun) // 100,
    }
