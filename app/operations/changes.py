"""The one write path: every row that is made, changed or removed passes here, and leaves a trace.

The trace (who did what to which record, when, with which words) is written in the same
transaction, so it is there exactly when the change is.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from sqlalchemy import bindparam, insert
from sqlmodel import Field, SQLModel

from app.attributes import Id, JsonObject, Time
from app.declare import Resource, Values
from app.errors import Conflict, RelatedNotFound
from app.operations.statements import delete_of, insert_of, update_of
from app.storage.rows import STRICT, TEXT
from app.storage.statement import Statement
from app.storage.transaction import Duplicate, ParentGone
from app.work import Work


class Change(SQLModel, table=True):
    """What was done to a record. DETAILS are the words that came with it: a message, a reason."""

    __tablename__ = "changes"
    __table_args__ = STRICT

    id: Annotated[str, Id] = Field(primary_key=True, sa_type=TEXT)
    organization_id: Annotated[str, Id] = Field(sa_type=TEXT)
    type: str = Field(sa_type=TEXT)
    record_id: Annotated[str, Id] = Field(sa_type=TEXT, index=True)
    action: str = Field(sa_type=TEXT)  # create, update, delete, or the name of an event
    account_id: Annotated[str, Id] = Field(sa_type=TEXT)
    at: Annotated[str, Time] = Field(sa_type=TEXT)
    details: Annotated[str, JsonObject] = Field(sa_type=TEXT)


_TRACE = Statement(
    lambda: insert(Change).values({name: bindparam(f"v_{name}") for name in Change.model_fields})
)
_NO_DETAILS = "{}"


def add(work: Work, card: Resource, values: Values) -> Any:
    """A new record of VALUES, the rest by default. Raises Conflict where a unique value is taken."""
    times = {"created_at": work.now, "updated_at": work.now, "version": 1}
    given = {"id": work.sources.ids(), **times, **values}
    row = card.of(tuple(_value(card, field, given) for field in card.fields))
    columns = {f"v_{field}": getattr(row, field) for field in card.written_fields}
    try:
        work.run(insert_of(card), columns)
    except Duplicate as error:
        raise taken(card, error) from error
    except ParentGone as error:
        raise RelatedNotFound("a record that this one belongs to has just been deleted", "/data") from error
    trace(work, card, row, "create")
    card.after_change(work, None, row)
    return row


def change(
    work: Work,
    card: Resource,
    row: Any,
    values: Values,
    action: str = "update",
    details: Mapping[str, Any] | None = None,
) -> Any:
    """ROW with VALUES set; itself, where they change nothing and ACTION is a mere update."""
    new = {field: value for field, value in values.items() if getattr(row, field) != value}
    if not new and action == "update":
        return row
    new |= {"updated_at": work.now, "version": row.version + 1}
    after = card.of(tuple(new.get(field, getattr(row, field)) for field in card.fields))
    bound = {f"v_{field}": value for field, value in new.items()}
    try:
        count = work.run(update_of(card, tuple(new)), bound | {"k_id": row.id, "expected": row.version})
    except Duplicate as error:
        raise taken(card, error) from error
    if count != 1:
        raise Conflict("somebody else has just changed the record: read it anew", code="changed_meanwhile")
    trace(work, card, after, action, details)
    card.after_change(work, row, after)
    return after


def remove(work: Work, card: Resource, row: Any) -> None:
    work.run(delete_of(card), {"id": row.id})
    trace(work, card, row, "delete")
    card.after_change(work, row, None)


def trace(
    work: Work, card: Resource, row: Any, action: str, details: Mapping[str, Any] | None = None
) -> None:
    """Write down that ACTION was done to ROW."""
    work.run(
        _TRACE,
        {
            "v_id": work.sources.ids(),
            "v_organization_id": getattr(row, "organization_id", row.id),
            "v_type": card.type,
            "v_record_id": row.id,
            "v_action": action,
            "v_account_id": work.actor.account_id,
            "v_at": work.now,
            "v_details": msgspec.json.encode(details).decode() if details else _NO_DETAILS,
        },
    )


def taken(card: Resource, error: Duplicate) -> Conflict:
    """The conflict that a broken unique rule is, pointing to the attribute that clients know."""
    field = error.columns[-1]
    if field == "id":
        return Conflict("the id is taken: leave it out, or make a new one", "/data/id", code="id_taken")
    pointer = next((f"/data/attributes/{name}" for name in card.attributes if name == field), "/data")
    return Conflict(f"{field} is taken by another record", pointer, code="value_taken")


def _value(card: Resource, field: str, given: Values) -> Any:
    return given[field] if field in given else card.every_attribute[field].default
