"""The table of entries, and who may touch which of its rows."""

from enum import StrEnum
from typing import Annotated, Any

import msgspec
from sqlalchemy import ColumnElement, Index, and_, exists, func, or_, select
from sqlalchemy import text as sql_text
from sqlmodel import col

from app.access import (
    ACTOR,
    NOW,
    ORGANIZATION,
    Role,
    as_worker,
    in_my_projects,
    is_actor,
    is_public,
    names_actor,
)
from app.attributes import FIXED, HIDDEN, READ_ONLY, SECRET, Id, JsonObject, Name, Time, at_most, filter_by
from app.resources.dataset_rows import Dataset
from app.resources.layer_statuses import LayerStatus
from app.resources.leases import Lease
from app.storage.rows import STRICT, VENDOR, Row, added, integer, living_unique, number, parent_key, text
from app.work import Sight
from workflow.default import DefaultStep
from workflow.entry import EntryState, Person, Status

_FREE = sql_text(
    "assigned_to_id IS NULL AND lease_expires_at IS NULL AND worked_by IS NOT NULL AND deleted_at IS NULL"
)
_REFERENCES = sql_text("is_reference = 1 AND deleted_at IS NULL")
_RATED = sql_text("agreement IS NOT NULL")
_WITH_CONTENT = sql_text("content_hash IS NOT NULL")
_FROM_LIBRARY = sql_text("library_entry_id IS NOT NULL")
_LEASED = sql_text("lease_expires_at IS NOT NULL")
_WAITING = sql_text(
    "assigned_to_id IS NOT NULL AND lease_expires_at IS NULL AND worked_by IS NOT NULL AND deleted_at IS NULL"
)
_UNDER_WAY = sql_text("lease_expires_at IS NOT NULL AND worked_by IS NOT NULL AND deleted_at IS NULL")


class Split(StrEnum):
    TRAIN = "train"
    VALID = "valid"
    TEST = "test"


class Entry(Row, table=True):
    __tablename__ = "entries"
    __table_args__ = (
        living_unique("dataset_id", "external_id"),
        # Lists: what is not in the trash, in order, without a look at the rows that are skipped.
        Index(None, "dataset_id", "status", "deleted_at", "priority", "id"),
        Index(None, "dataset_id", "id"),
        Index(None, "project_id", "id"),
        Index(None, "dataset_id", "item_key"),
        Index(
            "ix_entries_content",
            *("dataset_id", "content_hash"),
            sqlite_where=_WITH_CONTENT,
            postgresql_where=_WITH_CONTENT,
        ),
        Index(
            "ix_entries_library",
            *("dataset_id", "library_entry_id"),
            unique=True,
            sqlite_where=_FROM_LIBRARY,
            postgresql_where=_FROM_LIBRARY,
        ),
        Index(
            "ix_entries_agreement",
            "dataset_id",
            "agreement",
            "id",
            sqlite_where=_RATED,
            postgresql_where=_RATED,
        ),
        # The queue: what is free, in the order in which it is served; and what may come free by time.
        Index(
            "ix_entries_free",
            "dataset_id",
            "wf_step",
            "rank",
            "id",
            sqlite_where=_FREE,
            postgresql_where=_FREE,
        ),
        Index(
            "ix_entries_references",
            *("dataset_id", "wf_step", "rank", "id"),
            sqlite_where=_REFERENCES,
            postgresql_where=_REFERENCES,
        ),
        Index(
            "ix_entries_leased",
            "dataset_id",
            "lease_expires_at",
            sqlite_where=_LEASED,
            postgresql_where=_LEASED,
        ),
        # What somebody has: in whose hands it is, and what was assigned to them and not yet begun.
        Index(
            "ix_entries_under_way",
            *("assigned_to_id", "dataset_id", "priority", "id"),
            sqlite_where=_UNDER_WAY,
            postgresql_where=_UNDER_WAY,
        ),
        Index(
            "ix_entries_waiting",
            *("assigned_to_id", "dataset_id", "priority", "id"),
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        STRICT,
    )

    organization_id: Annotated[Id, HIDDEN] = text()
    project_id: Annotated[Id, READ_ONLY] = text("The project of its dataset.")
    dataset_id: Annotated[Id, FIXED] = parent_key("datasets.id", "Whose entry it is.")
    resource: Annotated[str, at_most(4096), filter_by("match")] = text(
        "Where the data item is: an address or a name."
    )
    priority: float = number("Lower is served sooner, ties oldest first.", default=0.0)
    wf_step: Annotated[Name, READ_ONLY] = text(
        "Where in the workflow it is.", default=DefaultStep.START.value
    )
    workflow_version: Annotated[int, READ_ONLY] = integer(
        "The version of its dataset's workflow that it goes by.", default=1, **added("1")
    )
    status: Annotated[Status, READ_ONLY] = text("How it stands.", default=Status.READY.value)
    job_id: Annotated[str | None, at_most(255)] = text("The job that prepares its item.", default=None)
    assigned_to_id: Annotated[Id | None, READ_ONLY] = text(
        "The account that holds it.", default=None, index=True
    )
    submitted_by_id: Annotated[Id | None, READ_ONLY] = text(
        "The account that submitted it for review.", default=None, index=True
    )
    reviewed_by_id: Annotated[Id | None, READ_ONLY] = text(
        "The account that reviewed it.", default=None, index=True
    )
    external_id: Annotated[str | None, at_most(512)] = text(
        "The client's own id, unique in the dataset.", default=None
    )
    width: int | None = integer("Of the picture, in pixels, as it is shown.", default=None)
    height: int | None = integer("The same of its height.", default=None)
    content_hash: Annotated[str | None, READ_ONLY] = text(
        "SHA-256 of the item, hex, where Postil has it: it is served at /files/{content_hash}.", default=None
    )
    media_type: Annotated[str | None, READ_ONLY] = text("What the item is, by its content.", default=None)
    label_status: Annotated[LayerStatus | None, READ_ONLY] = text(
        "How far the labels of its ground truth are; null: nobody has said anything of it.", default=None
    )
    split: Split | None = text("Which part of the data set for training it belongs to.", default=None)
    metadata_: JsonObject = text(
        "What else is to be known of it.", default="{}", sa_column_kwargs={"name": "metadata"}
    )
    media: JsonObject | None = text(
        "What the item is made of where it is more than one file: frames, a point cloud, sensors.",
        default=None,
    )
    reviewer_id: Id | None = text("The account that is to review it, where one was named.", default=None)
    vendor: JsonObject | None = text(VENDOR, default=None)
    due_at: Annotated[Time | None, READ_ONLY] = text(
        "Until when its step is to be done, where the workflow says so.", default=None
    )
    agreement: Annotated[float | None, READ_ONLY] = number(
        "How far those who worked on it at once agree, 0 to 1; null: not known.", default=None
    )
    # The members that the accounts above are, so that lists can link to them without a join.
    assigned_to_member_id: Annotated[Id | None, HIDDEN] = text(default=None, index=True)
    submitted_by_member_id: Annotated[Id | None, HIDDEN] = text(default=None)
    reviewed_by_member_id: Annotated[Id | None, HIDDEN] = text(default=None)
    # The crew that works its step (`workflow.machine.crew_of`); null: nobody does.
    worked_by: Annotated[str | None, HIDDEN] = text(default=None)
    step_since: Annotated[Time, HIDDEN] = text()  # when it came to its step
    lease_token: Annotated[str | None, SECRET] = text(default=None)
    # At a consensus: when the first of its seats comes free; null while one is.
    lease_expires_at: Annotated[Time | None, HIDDEN] = text(default=None)
    is_reference: Annotated[int, SECRET] = integer(
        default=0, **added("0")
    )  # whether its right answer is known
    # Below is what the history need not tell: it follows from the events.
    rank: Annotated[float, SECRET] = number(
        default=0.0, **added("0")
    )  # its place in its step's queue, ties oldest first
    hands: Annotated[JsonObject, SECRET] = text(
        default="{}", **added("'{}'")
    )  # step -> the accounts that worked it
    # The accounts that may not have it at its step.
    barred: Annotated[str, SECRET] = text(default="", **added("''"))
    ended_from: Annotated[str | None, SECRET] = text(default=None)  # the step it came to its end from
    tries: Annotated[int, SECRET] = integer(
        default=0, **added("0")
    )  # how often a program took it at its step
    # What tells its item from others, so that an import does not take it twice (`app.resources.items`).
    item_key: Annotated[str | None, SECRET] = text(default=None)
    # Whether it is of a library that has attachments: they are to have it too.
    is_shared: Annotated[int, SECRET] = integer(default=0, **added("0"))
    library_entry_id: Annotated[Id | None, READ_ONLY] = text(
        "The library's own entry of the item, where its dataset is attached to one.", default=None
    )

    @property
    def state(self) -> EntryState:
        return EntryState(
            self.wf_step,
            self.status,
            _person(self.assigned_to_id, self.assigned_to_member_id),
            _person(self.submitted_by_id, self.submitted_by_member_id),
            _person(self.reviewed_by_id, self.reviewed_by_member_id),
            _hands_of(self.hands),
            self.ended_from,
            self.tries,
            _person(self.reviewer_id, None),
        )


_hands_of = msgspec.json.Decoder(dict[str, tuple[str, ...]]).decode


def _person(account: str | None, member: str | None) -> Person | None:
    return Person(account, member) if account else None


def owned_rows() -> ColumnElement[bool]:
    return in_my_projects(Entry.project_id, Role.OWNER)


def worked_rows() -> ColumnElement[bool]:
    """What the actor works, and what is at its end, where the workflow itself refuses."""
    return or_(as_worker(Entry.project_id, Entry.worked_by), _over_rows())


def free_rows() -> ColumnElement[bool]:
    """What nobody holds, or somebody whose lease has run out."""
    is_unheld = and_(col(Entry.assigned_to_id).is_(None), col(Entry.lease_expires_at).is_(None))
    return or_(is_unheld, col(Entry.lease_expires_at) <= NOW)


def run_out(sight: Sight) -> Any:
    """How many leases have run out where the actor has a place, and when the last of them did.

    Time lets one more run out, later than those before; a renewal, which leaves no event, takes one back.
    """
    mine = select(col(Dataset.id)).where(
        col(Dataset.organization_id) == ORGANIZATION, in_my_projects(Dataset.project_id)
    )
    return select(func.count(), func.max(col(Entry.lease_expires_at))).where(
        col(Entry.dataset_id).in_(mine), col(Entry.lease_expires_at) <= NOW
    )


def readable_rows() -> ColumnElement[bool]:
    mine = or_(
        is_actor(Entry.assigned_to_id, Entry.submitted_by_id, Entry.reviewed_by_id),
        names_actor(Entry.barred),  # they have a seat at its consensus, or their work lies before it
    )
    free = and_(free_rows(), as_worker(Entry.project_id, Entry.worked_by))
    return or_(owned_rows(), and_(mine, in_my_projects(Entry.project_id)), free)


def held_rows() -> ColumnElement[bool]:
    return or_(owned_rows(), is_actor(Entry.assigned_to_id), _over_rows(), seated_rows())


def _over_rows() -> ColumnElement[bool]:
    """What is at its end: the workflow itself refuses. What is in progress, and worked by nobody, waits for a
    job.
    """
    return and_(col(Entry.worked_by).is_(None), col(Entry.status) != Status.IN_PROGRESS.value)


def of_held_entries(entry_id: Any) -> ColumnElement[bool]:
    """The rows on entries that the actor holds."""
    held = select(col(Entry.id)).where(is_actor(Entry.assigned_to_id), in_my_projects(Entry.project_id))
    return col(entry_id).in_(held)


def of_readable_entries(entry_id: Any) -> ColumnElement[bool]:
    """The rows on entries that the actor may read."""
    return exists().where(col(Entry.id) == col(entry_id), shown_rows())


def of_public_datasets(dataset_id: Any) -> ColumnElement[bool]:
    """The rows in datasets that all of the organization may read."""
    is_ours = col(Dataset.organization_id) == ORGANIZATION
    return col(dataset_id).in_(select(col(Dataset.id)).where(is_ours, is_public(Dataset.visibility)))


def shown_rows() -> ColumnElement[bool]:
    """What the actor may read: by their part in the work, or as all may."""
    return or_(readable_rows(), of_public_datasets(Entry.dataset_id))


def seated_rows() -> ColumnElement[bool]:
    """What the actor has a seat at, at a consensus."""
    seats = select(col(Lease.entry_id)).where(
        col(Lease.account_id) == ACTOR, col(Lease.seat).is_not(None), col(Lease.ended_at).is_(None)
    )
    return col(Entry.id).in_(seats)


def submittable_rows() -> ColumnElement[bool]:
    """What the actor holds, and what is free: at an open step the first to submit keeps it."""
    return or_(held_rows(), and_(free_rows(), as_worker(Entry.project_id, Entry.worked_by)))


def owned_or_worked_rows() -> ColumnElement[bool]:
    return or_(owned_rows(), worked_rows())
