"""Drafts: work in progress that is kept on the server, and what a submit carried that came too late."""

from enum import StrEnum
from typing import Annotated, Any

import msgspec
from marshmallow import Schema, ValidationError, fields
from sqlalchemy import ColumnElement, Index, and_, bindparam, or_, select
from sqlmodel import col

from app.access import Role, in_my_projects, is_actor, scope
from app.attributes import HIDDEN, READ_ONLY, Id, JsonObject
from app.declare import RESOURCES, Access, Action, Offer, Resource, ToOne, Values
from app.errors import Conflict, Fault, Invalid
from app.operations import changes, records
from app.operations.reading import may, show
from app.operations.statements import Hold
from app.resources import entry_moves, entry_work
from app.resources.accounts import Account
from app.resources.entries import ENTRIES, AnnotationBody
from app.resources.entry_rows import Entry, of_held_entries, readable_rows, seated_rows
from app.storage.rows import STRICT, Row, parent_key, text
from app.storage.statement import Statement
from app.work import Work


class Reason(StrEnum):
    SAVED = "saved"
    LEASE_LOST = "lease_lost"


class Draft(Row, table=True):
    __tablename__ = "drafts"
    __table_args__ = (Index(None, "entry_id", "account_id"), STRICT)

    organization_id: Annotated[Id, HIDDEN] = text()
    project_id: Annotated[Id, READ_ONLY] = text("The project of its entry.")
    dataset_id: Annotated[Id, READ_ONLY] = text("The dataset of its entry.")
    entry_id: Annotated[Id, READ_ONLY] = parent_key("entries.id", "What it is work on.")
    account_id: Annotated[Id, READ_ONLY] = text("Whose work it is.")
    reason: Annotated[Reason, READ_ONLY] = text(
        "saved: by its author, one an entry; lease_lost: by a submit that came too late.",
        default=Reason.SAVED.value,
    )
    content: JsonObject = text("The work: what a submit would carry, such as annotations.", default="{}")


def save(work: Work, parent: str, id: str, filters: Any, body: Values) -> Any:
    """Keep the caller's work on the entry, in place of what they saved before. Raises NotFound, Forbidden."""
    may(work, "write")
    entry = records.find(work, ENTRIES, id, _worked, "save work on", hold=Hold.KEPT)
    card = RESOURCES["drafts"]
    _hold_author(work, work.actor.account_id)
    found = work.rows(_HELD, {"entry_id": entry.id, "account_id": work.actor.account_id})
    if found:
        return changes.change(work, card, card.of(found[0]), {"content": body["content"]})
    return changes.add(
        work,
        card,
        {
            "organization_id": entry.organization_id,
            "project_id": entry.project_id,
            "dataset_id": entry.dataset_id,
            "entry_id": entry.id,
            "account_id": work.actor.account_id,
            "content": body["content"],
        },
    )


def saved(work: Work, parent: str, id: str, filters: Any, body: Values) -> Any:
    """The work on the entry that the caller saved; None where there is none. Raises NotFound."""
    (entry_id,) = show(work, ENTRIES, id, ("id",))
    found = work.rows(_SAVED, {"entry_id": entry_id, "account_id": work.actor.account_id})
    return RESOURCES["drafts"].of(found[0]) if found else None


def _check_newest(work: Work, draft: Draft) -> None:
    """Raise Conflict where the author has saved another draft of the entry meanwhile: one wins, the newer."""
    if draft.reason != Reason.SAVED:
        return
    _hold_author(work, draft.account_id)
    found = work.rows(_HELD, {"entry_id": draft.entry_id, "account_id": draft.account_id})
    if found:
        detail = "a newer draft was saved on the entry: delete that first, and then restore this one"
        meta = {"draft_id": RESOURCES["drafts"].of(found[0]).id}
        raise Conflict(detail, code="draft_superseded", meta=meta)


def _hold_author(work: Work, account_id: str) -> None:
    """Let no other transaction save or restore a draft of the account meanwhile: there is one an entry."""
    work.rows(_AUTHOR, {"account_id": account_id})


_AUTHOR = Statement(
    lambda: (
        select(col(Account.id))
        .where(col(Account.id) == bindparam("account_id"))
        .with_for_update(key_share=True)
    )
)


def _saved() -> Any:
    return select(*RESOURCES["drafts"].columns.values()).where(
        col(Draft.entry_id) == bindparam("entry_id"),
        col(Draft.account_id) == bindparam("account_id"),
        col(Draft.reason) == Reason.SAVED.value,
        col(Draft.deleted_at).is_(None),
    )


_SAVED = Statement(_saved)
_HELD = Statement(lambda: _saved().with_for_update())


def take_over(work: Work, draft: Draft, body: Values) -> Draft:
    """Write the draft's annotations to its entry, as the caller's own work, and put the draft away."""
    entry = entry_work.find_held(work, draft.entry_id)
    entry_moves.annotate(work, entry, {"annotations": _annotations_of(draft)})
    changes.remove(work, RESOURCES["drafts"], draft)
    return draft


def _annotations_of(draft: Draft) -> list[Values]:
    """The annotations that DRAFT holds, as a submit would carry them. Raises Invalid: any is saved."""
    try:
        found = AnnotationBody(many=True).load(msgspec.json.decode(draft.content).get("annotations", []))
    except ValidationError:
        detail = "the draft's annotations are not such as a submit carries: see its content"
        raise Invalid(Fault("draft_invalid", detail)) from None
    return [{name: _as_kept(value) for name, value in one.items()} for one in found]


def _as_kept(value: Any) -> str:
    return msgspec.json.encode(value).decode() if isinstance(value, dict) else str(value)


class DraftBody(Schema):
    content = fields.Dict(required=True, metadata={"description": "the work: what a submit would carry"})


_worked = scope(Entry.organization_id, readable_rows)  # not what is read because it is public


def _owned_rows() -> ColumnElement[bool]:
    return in_my_projects(Draft.project_id, Role.OWNER)


def _readable_rows() -> ColumnElement[bool]:
    """Those of the author, of who holds the entry, and of the project's owner."""
    mine = and_(is_actor(Draft.account_id), in_my_projects(Draft.project_id))
    return or_(_owned_rows(), mine, of_held_entries(Draft.entry_id))


def _usable_rows() -> ColumnElement[bool]:
    """Those of owners, on what the actor holds, and their own where they have a seat."""
    seats = select(col(Entry.id)).where(seated_rows(), in_my_projects(Entry.project_id))
    seated = and_(is_actor(Draft.account_id), col(Draft.entry_id).in_(seats))
    return or_(_owned_rows(), of_held_entries(Draft.entry_id), seated)


_own = scope(
    Draft.organization_id, lambda: and_(is_actor(Draft.account_id), in_my_projects(Draft.project_id))
)

DRAFTS = Resource(
    Draft,
    type="drafts",
    about="Work on an entry that is not submitted: saved on the way, or carried by a submit that came too "
    "late.",
    access=Access(read=scope(Draft.organization_id, _readable_rows), create=_own, update=_own, delete=_own),
    ancestors={"project_id": "projects", "dataset_id": "datasets", "entry_id": "entries"},
    example={"content": {"annotations": []}},
    links=(ToOne("entry", ENTRIES.type, "entry_id"),),
    actions=(
        Action(
            "take_over",
            ("POST",),
            take_over,
            scope(Draft.organization_id, _usable_rows),
            about="Write the draft's annotations to its entry, which one holds or owns; the draft goes.",
            refusal="only who holds the entry, or its project's owner, takes a draft over",
        ),
    ),
    offers=(
        Offer(
            "draft",
            ("entries",),
            save,
            "Keep one's work on the entry, in place of what was saved before.",
            ("PUT",),
            DraftBody,
            {"content": {"annotations": []}},
        ),
        Offer(
            "draft", ("entries",), saved, "One's saved work on the entry; 204 where there is none.", ("GET",)
        ),
    ),
    before_restore=_check_newest,
    verbs=frozenset({"index", "show", "update", "delete"}),
)
