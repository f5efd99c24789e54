"""Note comments: the answers in a note feed."""

from typing import Annotated

from sqlalchemy import ColumnElement, Index, and_, or_, select
from sqlmodel import col

from app.access import in_my_projects, is_actor, scope
from app.attributes import FIXED, HIDDEN, READ_ONLY, Id, Time, at_most, filter_by
from app.declare import Access, Resource, ToOne, Values
from app.operations.records import parent
from app.resources.note_feeds import LONGEST_NOTE, NOTE_FEEDS, NoteFeed, readable_rows, stamp_edit
from app.storage.rows import STRICT, Row, parent_key, text
from app.work import Work


class NoteComment(Row, table=True):
    __tablename__ = "note_comments"
    __table_args__ = (Index(None, "note_feed_id", "id"), STRICT)

    organization_id: Annotated[Id, HIDDEN] = text()
    project_id: Annotated[Id, HIDDEN] = text()
    dataset_id: Annotated[Id, HIDDEN] = text(default="")
    entry_id: Annotated[Id, HIDDEN] = text(default="")
    annotation_id: Annotated[Id | None, HIDDEN] = text(default=None)
    note_feed_id: Annotated[Id, FIXED] = parent_key("note_feeds.id", "The feed it answers in.")
    content_md: Annotated[str, at_most(LONGEST_NOTE)] = text("The text, in Markdown.")
    created_by_email: Annotated[str, READ_ONLY, filter_by("match")] = text(
        "The email of who wrote it, at that time.", default=""
    )
    created_by_id: Annotated[Id, HIDDEN] = text(default="")
    edited_at: Annotated[Time | None, READ_ONLY] = text("When the text was last changed.", default=None)


def _place(work: Work, values: Values) -> None:
    feed = parent(work, NOTE_FEEDS, values, "note_feed_id")
    values |= {
        "organization_id": feed.organization_id,
        "project_id": feed.project_id,
        "dataset_id": feed.dataset_id,
        "entry_id": feed.entry_id,
        "annotation_id": feed.annotation_id,
        "created_by_email": work.actor.email,
        "created_by_id": work.actor.account_id,
    }


def _authored_rows() -> ColumnElement[bool]:
    return and_(is_actor(NoteComment.created_by_id), in_my_projects(NoteComment.project_id))


def _readable_rows() -> ColumnElement[bool]:
    feeds = select(col(NoteFeed.id)).where(readable_rows())
    return or_(_authored_rows(), col(NoteComment.note_feed_id).in_(feeds))


_own = scope(NoteComment.organization_id, _authored_rows)

NOTE_COMMENTS = Resource(
    NoteComment,
    type="note_comments",
    about="An answer in a note feed.",
    access=Access(
        read=scope(NoteComment.organization_id, _readable_rows), create=_own, update=_own, delete=_own
    ),
    ancestors={
        "project_id": "projects",
        "dataset_id": "datasets",
        "entry_id": "entries",
        "annotation_id": "annotations",
        "note_feed_id": "note_feeds",
    },
    example={"content_md": "Two: see the gap."},
    links=(ToOne("note_feed", NOTE_FEEDS.type, "note_feed_id"),),
    before_create=_place,
    before_change=stamp_edit,
)
