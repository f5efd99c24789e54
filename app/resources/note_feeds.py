"""Note feeds: what the team has to say about an entry or an annotation, until it is settled."""

from enum import StrEnum
from typing import Annotated

from sqlalchemy import ColumnElement, Index, and_, or_, select
from sqlmodel import col

from app.access import Role, in_my_projects, is_actor, scope
from app.attributes import FIXED, HIDDEN, READ_ONLY, Id, JsonObject, Time, at_most, filter_by
from app.declare import Access, Action, Resource, ToMany, ToOne, Values
from app.errors import Conflict, Fault, Invalid, RelatedNotFound
from app.operations import changes
from app.operations.records import lies_in, parent
from app.resources import entry_moves
from app.resources.annotations import ANNOTATIONS
from app.resources.entries import ENTRIES
from app.resources.entry_rows import Entry, of_held_entries, seated_rows
from app.storage.rows import STRICT, Row, parent_key, text
from app.work import Work
from workflow import note_feed as flow
from workflow.entry import Status
from workflow.graph import Kind
from workflow.note_feed import NoteStatus

LONGEST_NOTE = 20_000  # characters


class Anchor(StrEnum):
    ENTRY = "entry"
    ANNOTATION = "annotation"


class NoteFeed(Row, table=True):
    __tablename__ = "note_feeds"
    __table_args__ = (Index(None, "entry_id", "id"), STRICT)

    organization_id: Annotated[Id, HIDDEN] = text()
    project_id: Annotated[Id, READ_ONLY] = text("The project of its entry.")
    dataset_id: Annotated[Id, READ_ONLY] = text("The dataset of its entry.")
    entry_id: Annotated[Id, FIXED] = parent_key("entries.id", "What it is about.")
    annotation_id: Annotated[Id | None, FIXED] = parent_key(
        "annotations.id", "The annotation it is about, where anchor_type says so.", default=None, index=True
    )
    created_by_email: Annotated[str, READ_ONLY, filter_by("match")] = text(
        "The email of who opened it, at that time.", default=""
    )
    created_by_id: Annotated[Id, HIDDEN] = text(default="")
    anchor_type: Annotated[Anchor, FIXED] = text("What it is pinned to.", default=Anchor.ENTRY.value)
    position: JsonObject = text("The place on the item.", default="{}")
    status: Annotated[NoteStatus, READ_ONLY] = text(
        "Whether it is settled.", default=NoteStatus.PENDING.value
    )
    content_md: Annotated[str, at_most(LONGEST_NOTE)] = text("The text, in Markdown.", default="")
    edited_at: Annotated[Time | None, READ_ONLY] = text("When the text was last changed.", default=None)


def resolve(work: Work, feed: NoteFeed, body: Values) -> NoteFeed:
    """Settle the feed. Settled, it stays as it is."""
    status = flow.resolve(feed.status)
    if status == feed.status:
        return feed
    settled: NoteFeed = changes.change(work, NOTE_FEEDS, feed, {"status": status.value}, "resolve")
    return settled


def _place(work: Work, values: Values) -> None:
    entry = parent(work, ENTRIES, values, "entry_id")
    _check_anchor(work, values, entry)
    values |= {
        "organization_id": entry.organization_id,
        "project_id": entry.project_id,
        "dataset_id": entry.dataset_id,
        "created_by_email": work.actor.email,
        "created_by_id": work.actor.account_id,
    }
    if not _is_in_work(work, entry) and not lies_in(work, ENTRIES, entry.id, ENTRIES.access.update):
        raise Conflict(
            "notes are opened while the entry is annotated or reviewed", code="entry_not_in_progress"
        )


def _is_in_work(work: Work, entry: Entry) -> bool:
    """Whether somebody works on ENTRY: at an open step nobody does before the first submit."""
    if entry.worked_by is None or (
        entry.status == Status.READY and not (entry.assigned_to_id or entry.barred)
    ):
        return False
    if entry.status != Status.READY:
        return bool(entry.status == Status.IN_PROGRESS)
    step = entry_moves.terms_of(work, entry).step_of(entry)
    return step is not None and step.kind is not Kind.OPEN


def _check_anchor(work: Work, values: Values, entry: Entry) -> None:
    is_on_annotation = values.get("anchor_type") == Anchor.ANNOTATION
    if is_on_annotation:
        annotation = parent(work, ANNOTATIONS, values, "annotation_id")
        if annotation.entry_id != entry.id:
            raise RelatedNotFound("the annotation is none of the entry's", "/data/relationships/annotation")
    elif values.get("annotation_id") is not None:
        detail = "anchor_type must be annotation where an annotation is given"
        raise Invalid(Fault("anchor_invalid", detail, "/data/attributes/anchor_type"))


def stamp_edit(work: Work, note: NoteFeed, values: Values) -> None:
    """Note the time where the text changes."""
    if values.get("content_md", note.content_md) != note.content_md:
        values["edited_at"] = work.now


def _owned_rows() -> ColumnElement[bool]:
    return in_my_projects(NoteFeed.project_id, Role.OWNER)


def _authored_rows() -> ColumnElement[bool]:
    return and_(is_actor(NoteFeed.created_by_id), in_my_projects(NoteFeed.project_id))


def readable_rows() -> ColumnElement[bool]:
    return or_(_owned_rows(), _authored_rows(), of_held_entries(NoteFeed.entry_id))


def _opened_rows() -> ColumnElement[bool]:
    """Those of owners, and on entries that the actor holds or has a seat at."""
    seats = select(col(Entry.id)).where(seated_rows(), in_my_projects(Entry.project_id))
    mine = and_(_authored_rows(), col(NoteFeed.entry_id).in_(seats))
    return or_(_owned_rows(), of_held_entries(NoteFeed.entry_id), mine)


def _resolvable_rows() -> ColumnElement[bool]:
    """Those of owners, of authors, and of reviewers who hold the entry."""
    is_reviewer = in_my_projects(NoteFeed.project_id, Role.REVIEWER)
    return or_(_owned_rows(), _authored_rows(), and_(of_held_entries(NoteFeed.entry_id), is_reviewer))


_own = scope(NoteFeed.organization_id, _authored_rows)

NOTE_FEEDS = Resource(
    NoteFeed,
    type="note_feeds",
    about="A thread of discussion pinned to an entry or to one annotation.",
    access=Access(
        read=scope(NoteFeed.organization_id, readable_rows),
        create=scope(NoteFeed.organization_id, _opened_rows),
        update=_own,
        delete=_own,
    ),
    ancestors={
        "project_id": "projects",
        "dataset_id": "datasets",
        "entry_id": "entries",
        "annotation_id": "annotations",
    },
    example={
        "anchor_type": "entry",
        "position": {"x": 120, "y": 80},
        "content_md": "Is this **one** lesion or two?",
    },
    links=(
        ToOne("entry", ENTRIES.type, "entry_id"),
        ToOne("annotation", ANNOTATIONS.type, "annotation_id"),
        ToMany("note_comments", "note_comments", "note_feed_id"),
    ),
    actions=(
        Action(
            "resolve",
            ("POST",),
            resolve,
            scope(NoteFeed.organization_id, _resolvable_rows),
            about="Settle the feed. Again, it changes nothing.",
            refusal="a feed is settled by who opened it, by the reviewer who holds the entry, or by an owner",
        ),
    ),
    before_create=_place,
    before_change=stamp_edit,
)
