"""The one write path: every record that is made, changed or removed passes here, and leaves an event.

An event says who did what to which record, when, with which words, and how the record stood then. It is
written in the transaction of the change, so it is there exactly when the change is. The events of an
organization are its feed; those of a record are its history.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from operator import itemgetter
from typing import Annotated, Any

import msgspec
from sqlalchemy import Index, bindparam, insert
from sqlalchemy import text as sql_text

from app.attributes import HIDDEN, READ_ONLY, Id, JsonObject, Time
from app.declare import Change, Resource, Scope, Values
from app.errors import Conflict, Forbidden, RelatedNotFound
from app.operations.statements import allowed_of, any_of, insert_of, update_of
from app.storage.functions import next_position
from app.storage.rows import STRICT, Keyed, integer, text
from app.storage.statement import Statement
from app.storage.transaction import Duplicate, ParentGone
from app.template import Template, object_of
from app.work import Sight, Work


class Event(Keyed, table=True):
    """What was done to a record."""

    __tablename__ = "events"
    __table_args__ = (
        Index(None, "organization_id", "sequence", unique=True),
        Index(None, "record_id", "position"),
        Index(None, "organization_id", "at"),
        Index(
            "ix_events_unnumbered",
            "position",
            sqlite_where=sql_text("sequence IS NULL"),
            postgresql_where=sql_text("sequence IS NULL"),
        ),
        STRICT,
    )

    organization_id: Annotated[Id, HIDDEN] = text()
    position: Annotated[int, HIDDEN] = integer()  # in the order in which changes of one record happened
    sequence: Annotated[int | None, READ_ONLY] = integer(
        "Its number in the organization's feed: 1, 2, 3, without a gap.", default=None
    )
    kind: Annotated[str, READ_ONLY] = text(
        "What was done: create, update, delete, restore, or an event's name."
    )
    resource: Annotated[str, READ_ONLY] = text("The type of the record that it was done to.")
    record_id: Annotated[Id, READ_ONLY] = text("The record that it was done to.")
    record_version: Annotated[int, READ_ONLY] = integer("The record's version after it: 1, 2, 3.")
    project_id: Annotated[Id | None, READ_ONLY] = text("The record's project.", default=None)
    dataset_id: Annotated[Id | None, READ_ONLY] = text("The record's dataset.", default=None)
    entry_id: Annotated[Id | None, READ_ONLY] = text("The record's entry.", default=None)
    actor_id: Annotated[Id | None, READ_ONLY] = text(
        "The account that did it; null: the service.", default=None
    )
    at: Annotated[Time, READ_ONLY] = text("When it was done.")
    details: Annotated[JsonObject, READ_ONLY] = text(
        "The words that came with it: an error's message, a verdict, a reason.", default="{}"
    )
    record: Annotated[JsonObject, READ_ONLY] = text("The record after it, every column but secrets.")


def _insert() -> Any:
    values: dict[str, Any] = {
        name: bindparam(f"v_{name}") for name in Event.model_fields if name != "position"
    }
    return insert(Event).values({**values, "position": next_position(bindparam("v_sequence"))})


_EVENT = Statement(_insert)
_NO_DETAILS = "{}"
_OWN_KEY = {"projects": "v_project_id", "datasets": "v_dataset_id", "entries": "v_entry_id"}


def add(work: Work, card: Resource, values: Values, scope: Scope | None = None) -> Any:
    """A new record of VALUES, the rest by default.

    Raises Conflict where a unique value is taken, and Forbidden where it does not lie in the actor's SCOPE.
    """
    row = _new(work, card, values)
    sight = work.actor.sight
    is_allowed = True
    with _refused(card):
        # Of two rules that a row breaks, SQLite and PostgreSQL name different ones: the id's comes first.
        if "id" in values and work.rows(any_of(card), {"id": row.id}):
            raise Duplicate(card.table.name, ("id",))
        if scope is None or sight is Sight.SYSTEM:
            work.run(insert_of(card), _columns(card, row))
        else:  # in one round trip
            work.run_later(insert_of(card), _columns(card, row))
            is_allowed = bool(work.rows(allowed_of(card, scope, sight), {"id": row.id}))
    if not is_allowed:
        raise Forbidden(f"you may not create this record of {card.type}")
    note(work, card, row, "create")
    card.after_changes(work, [Change(None, row)])
    return row


def add_many(work: Work, card: Resource, many: Sequence[Values]) -> list[Any]:
    """New records of MANY values, with the events that one after the other would leave. Raises Conflict."""
    rows, events = [], []
    for values in many:
        row = _new(work, card, values)
        rows.append(row)
        events.append(_event(work, card, row, "create"))
    with _refused(card):
        work.connection.run_many(insert_of(card), [_columns(card, row) for row in rows])
    work.connection.run_many(_EVENT, events)
    card.after_changes(work, [Change(None, row) for row in rows])
    return rows


def _new(work: Work, card: Resource, values: Values) -> Any:
    times = {"created_at": work.now, "updated_at": work.now, "version": 1}
    return card.model.of({**_defaults_of(card), "id": work.sources.ids(), **times, **values})


@lru_cache(256)
def _defaults_of(card: Resource) -> Values:
    return {field: card.every_attribute[field].default for field in card.fields}


def _columns(card: Resource, row: Any) -> Values:
    held = vars(row)
    return {parameter: held[field] for field, parameter in _parameters_of(card)}


@lru_cache(256)
def _parameters_of(card: Resource) -> tuple[tuple[str, str], ...]:
    return tuple((field, f"v_{field}") for field in card.written_fields)


@contextmanager
def _refused(card: Resource) -> Iterator[None]:
    """What the database refuses, as clients are told of it."""
    try:
        yield
    except Duplicate as error:
        raise taken(card, error) from error
    except ParentGone as error:
        raise RelatedNotFound("a record that this one belongs to has just been deleted", "/data") from error


def change(
    work: Work,
    card: Resource,
    row: Any,
    values: Values,
    kind: str = "update",
    details: Mapping[str, Any] | None = None,
) -> Any:
    """ROW with VALUES set; itself, where they change nothing and KIND is a mere update."""
    after = _changed(work, card, row, values, kind, details)
    if after is not row:
        card.after_changes(work, [Change(row, after)])
    return after


def change_many(
    work: Work,
    card: Resource,
    many: Sequence[tuple[Any, Values]],
    details: Mapping[str, Any] | None = None,
) -> list[Change]:
    """Each of MANY rows, which are held, with its values set, by few statements; those that change.

    Leaves what `change` would, one after the other. Raises Conflict where a unique value is taken.
    """
    changed: list[Change] = []
    bound: dict[tuple[str, ...], list[Values]] = {}
    for row, values in many:
        if new := _news(work, card, row, values):
            changed.append(Change(row, card.altered(row, new)))
            bound.setdefault(tuple(new), []).append(_update_values(row, new))
    try:
        for fields, rows in bound.items():
            work.connection.run_many(update_of(card, fields), rows)
    except Duplicate as error:
        raise taken(card, error) from error
    if changed:
        work.connection.run_many(
            _EVENT, [_event(work, card, one.after, "update", details) for one in changed]
        )
        card.after_changes(work, changed)
    return changed


def adjust(work: Work, card: Resource, row: Any, values: Values) -> Any:
    """ROW with VALUES set that are no part of its history, such as a lease's expiry: no version, no event."""
    bound = {f"v_{field}": value for field, value in values.items()}
    work.run(update_of(card, tuple(values)), bound | {"k_id": row.id, "expected": row.version})
    return card.altered(row, values)


def remove(work: Work, card: Resource, row: Any, details: Mapping[str, Any] | None = None) -> None:
    """Put ROW into the trash, and with it all that is beneath: one event for all."""
    _changed(work, card, row, {"deleted_at": work.now}, "delete", details)
    card.after_changes(work, [Change(row, None)])


def restore(work: Work, card: Resource, row: Any) -> Any:
    """ROW, which is in the trash, as a living record, and with it all that was beneath."""
    after = _changed(work, card, row, {"deleted_at": None}, "restore", None)
    card.after_changes(work, [Change(None, after)])
    return after


def _changed(
    work: Work, card: Resource, row: Any, values: Values, kind: str, details: Mapping[str, Any] | None
) -> Any:
    new = _news(work, card, row, values, is_forced=kind != "update")
    if not new:
        return row
    after = card.altered(row, new)
    update, bound = update_of(card, tuple(new)), _update_values(row, new)
    if work.connection.holds(row.id) and not new.keys() & card.unique_fields:
        work.run_later(update, bound, is_of_one=True)  # nothing can come between, and it breaks no rule
    else:
        try:
            count = work.run(update, bound)
        except Duplicate as error:
            raise taken(card, error) from error
        if count != 1:
            raise Conflict(
                "somebody else has just changed the record: read it anew", code="changed_meanwhile"
            )
    note(work, card, after, kind, details)
    return after


def _news(work: Work, card: Resource, row: Any, values: Values, *, is_forced: bool = False) -> Values:
    """What VALUES change of ROW, and what that brings along; nothing where all is so, unless IS_FORCED."""
    values = values | (card.amend(work, row, values) or {})
    held = vars(row)
    new = {field: value for field, value in values.items() if held[field] != value}
    if not new and not is_forced:
        return {}
    return new | {"updated_at": later(work.now, row.updated_at), "version": row.version + 1}


def _update_values(row: Any, new: Values) -> Values:
    """The parameters of `update_of` that set NEW of ROW, where it still has its version."""
    return {f"v_{field}": value for field, value in new.items()} | {"k_id": row.id, "expected": row.version}


def later(now: str, before: str) -> str:
    """NOW, or BEFORE where the clock went back: times of a record never do."""
    return max(now, before)


def note(work: Work, card: Resource, row: Any, kind: str, details: Mapping[str, Any] | None = None) -> None:
    """Write the event that KIND was done to ROW, which stands so now."""
    work.run_later(_EVENT, _event(work, card, row, kind, details))


def _event(
    work: Work, card: Resource, row: Any, kind: str, details: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    held = vars(row)
    id = held["id"]
    organization_id = held.get("organization_id", id)
    own_key = {_OWN_KEY[card.type]: id} if card.type in _OWN_KEY else {}
    return {
        "v_id": work.sources.ids(),
        "v_organization_id": organization_id,
        "v_sequence": work.connection.draw(organization_id),
        "v_kind": kind,
        "v_resource": card.type,
        "v_record_id": id,
        "v_record_version": held["version"],
        "v_project_id": held.get("project_id"),
        "v_dataset_id": held.get("dataset_id"),
        "v_entry_id": held.get("entry_id"),
        **own_key,
        "v_actor_id": work.actor.account_id or None,
        "v_at": work.now,
        "v_details": msgspec.json.encode(details).decode() if details else _NO_DETAILS,
        "v_record": snapshot_of(card)(row),
    }


class Snapshot:
    """Writes a record whole, but for secrets, as JSON text by field."""

    def __init__(self, card: Resource) -> None:
        template = Template(card)
        shown = [one for one in card.every_attribute.values() if not one.is_secret]
        self._write = template.compiled(object_of([template.attribute(one) for one in shown]))
        self._values_of = itemgetter(*template.fields)

    def __call__(self, row: Any) -> str:
        return self._write([self._values_of(vars(row))])[0]


@lru_cache(256)
def snapshot_of(card: Resource) -> Snapshot:
    return Snapshot(card)


def taken(card: Resource, error: Duplicate) -> Conflict:
    """The conflict that a broken unique rule is, pointing to the attribute that clients know."""
    field = error.columns[-1]
    if field == "id":
        return Conflict("the id is taken: leave it out, or make a new one", "/data/id", code="id_taken")
    pointer = next((f"/data/attributes/{name}" for name in card.attributes if name == field), "/data")
    return Conflict(f"{field} is taken by another record", pointer, code="value_taken")
