"""Create, update, delete, and act on single records: the same for every resource."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.declare import Action, Resource, Values
from app.errors import Fault, Forbidden, Invalid, NotFound, PreconditionFailed, Problem, RelatedNotFound
from app.operations import changes
from app.operations.conditions import many_values
from app.operations.reading import may, not_found
from app.operations.statements import Hold, all_allowed_of, all_held_of, allowed_of, held_of
from app.work import Sight, Work

_CHUNK = 128  # records a statement


@dataclass(frozen=True)
class Assertion:
    """A value that the client sent for a field it may not change: accepted where it is what is there."""

    field: str
    value: Any
    pointer: str


class Made(NamedTuple):
    """A new record, and what is told of it once (an api key's secret)."""

    row: Any
    meta: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Told:
    """A refusal that is told although something was kept: a submit that came too late, and its draft."""

    problem: Problem


def create(work: Work, card: Resource, values: Values) -> Made:
    """Add a record. It must lie in the actor's create scope, or nothing is kept."""
    may(work, card.key_scope)
    meta = card.before_create(work, values)
    return Made(changes.add(work, card, values, card.access.create), meta)


def create_many(work: Work, card: Resource, many: Sequence[Values]) -> list[Made]:
    """Add records as `create` would, one after the other; it raises where one of them cannot be.

    For cards that are made in runs: what they belong to is looked up once, and stays what it is.
    """
    may(work, card.key_scope)
    remembering = work._replace(found={})
    metas = [card.before_create(remembering, values) for values in many]
    rows = changes.add_many(work, card, many)
    if not _all_lie_in(work, card, [row.id for row in rows], card.access.create):
        raise Forbidden(f"you may not create one of these records of {card.type}")
    return [Made(row, meta) for row, meta in zip(rows, metas, strict=True)]


def _all_lie_in(work: Work, card: Resource, ids: Sequence[str], scope: Any) -> bool:
    sight = work.actor.sight
    if sight is Sight.SYSTEM:
        return True
    statement = all_allowed_of(card, scope, sight, _CHUNK)
    found = 0
    for start in range(0, len(ids), _CHUNK):
        found += len(work.rows(statement, many_values("id", list(ids[start : start + _CHUNK]), _CHUNK)))
    return found == len(ids)


Versions = frozenset[int] | None  # those that the client expects the record to have; None: any


def update(
    work: Work,
    card: Resource,
    id: str,
    values: Values,
    assertions: tuple[Assertion, ...] = (),
    expected: Versions = None,
) -> Any:
    """Set VALUES. The record must lie in the actor's update scope before and after."""
    may(work, card.key_scope)
    row = find(work, card, id, card.access.update, "update")
    _check_version(row, expected)
    for assertion in assertions:
        _check_unchanged(row, assertion)
    card.before_change(work, row, values)
    after = changes.change(work, card, row, values)
    if after is not row and not lies_in(work, card, id, card.access.update):
        raise Forbidden("you may not change the record so that it leaves your hands")
    return after


def update_many(
    work: Work, card: Resource, ids: Sequence[str], values: Values, assertions: tuple[Assertion, ...] = ()
) -> int:
    """Set VALUES of each as `update` would, by few statements; how many have changed.

    It raises where one of them cannot be, without saying which. IDS are distinct, and from the least on.
    """
    may(work, card.key_scope)
    many = []
    for start in range(0, len(ids), _CHUNK):
        for row in _held(work, card, ids[start : start + _CHUNK]):
            for assertion in assertions:
                _check_unchanged(row, assertion)
            own = dict(values)  # rules may add to them
            card.before_change(work, row, own)
            many.append((row, own))
    changed = changes.change_many(work, card, many)
    if not _all_lie_in(work, card, [one.after.id for one in changed], card.access.update):
        raise Forbidden("you may not change a record so that it leaves your hands")
    return len(changed)


def _held(work: Work, card: Resource, ids: Sequence[str]) -> list[Any]:
    """The records, at most a chunk of them, where the actor may update each."""
    statement = all_held_of(card, card.access.update, work.actor.sight, _CHUNK)
    found = work.rows(statement, many_values("id", list(ids), _CHUNK))
    if len(found) != len(ids):
        raise not_found(card)
    if not all(is_allowed for *_, is_allowed in found):
        raise Forbidden(f"you may not update one of these records of {card.type}")
    return [card.of(values) for *values, _ in found]


def delete(
    work: Work, card: Resource, id: str, *, is_forced: bool = False, expected: Versions = None
) -> None:
    """Put the record into the trash, with all that is beneath it."""
    may(work, card.key_scope)
    row = find(work, card, id, card.access.delete, "delete")
    _check_version(row, expected)
    card.before_delete(work, row, is_forced)
    if card.delete is None:
        changes.remove(work, card, row)
    else:
        card.delete(work, row)


def restore(work: Work, card: Resource, id: str, expected: Versions = None) -> Any:
    """The record out of the trash, with all that was beneath it. Raises NotFound where it is not in it."""
    may(work, card.key_scope)
    row = find(work, card, id, card.access.delete, "restore", is_dead=True)
    _check_version(row, expected)
    card.before_restore(work, row)
    return changes.restore(work, card, row)


def act(work: Work, card: Resource, id: str, action: Action, body: Values, expected: Versions = None) -> Any:
    """The record as ACTION leaves it, which the actor may no longer be able to read; or a Told."""
    may(work, card.key_scope)
    try:
        row = find(work, card, id, action.allowed, action.name, action.refusal, action.refusal_code)
    except (NotFound, Forbidden):
        if action.salvage and (told := action.salvage(work, id, body)):
            return told
        raise
    _check_version(row, expected)
    return action.run(work, row, body)


def find(
    work: Work,
    card: Resource,
    id: str,
    scope: Any = None,
    verb: str = "change",
    refusal: str = "",
    code: str = Forbidden.code,
    hold: Hold = Hold.CHANGED,
    *,
    is_dead: bool = False,
) -> Any:
    """The record, where the actor may do VERB to it: where it lies in SCOPE (None: may be read).

    Raises NotFound where they may not even read it, and Forbidden where they may. It is held so
    that two changes of one record follow one another.
    """
    statement = held_of(card, scope or card.access.read, work.actor.sight, hold, is_dead=is_dead)
    record, is_allowed = _held_record(card, work.rows(statement, {"id": id}))
    if not is_allowed:
        raise Forbidden(refusal or f"you may not {verb} this record of {card.type}", code=code)
    if hold is Hold.CHANGED:
        work.connection.hold(record.id)
    return record


def find_with(
    work: Work, card: Resource, id: str, *others: tuple[Any, Values]
) -> tuple[Any, list[list[tuple[Any, ...]]]]:
    """The record, kept from being removed, where the actor may read it, and what the OTHERS find: statements
    that go along in one round trip. Raises NotFound.
    """
    statement = held_of(card, card.access.read, work.actor.sight, Hold.KEPT)
    found, *rest = work.rows_together((statement, {"id": id}), *others)
    return _held_record(card, found)[0], rest


def _held_record(card: Resource, found: list[tuple[Any, ...]]) -> tuple[Any, bool]:
    """The record that `held_of` has FOUND, and whether it lies in the scope. Raises NotFound."""
    if not found:
        raise not_found(card)
    *values, is_allowed = found[0]
    return card.of(values), bool(is_allowed)


def parent(work: Work, card: Resource, values: Values, key: str, hold: Hold = Hold.KEPT) -> Any:
    """The record of CARD that VALUES name by KEY. Raises where it is not given or out of sight."""
    pointer = f"/data/relationships/{key.removesuffix('_id')}"
    if values.get(key) is None:
        raise Invalid(Fault("parent_missing", f"{key.removesuffix('_id')} is required", pointer))
    asked = (card.type, values[key], hold)
    if work.found is not None and asked in work.found:
        return work.found[asked]
    try:
        record = find(work, card, values[key], hold=hold)
    except NotFound:
        raise RelatedNotFound(
            f"{key.removesuffix('_id')} names no record that you may see", pointer
        ) from None
    if work.found is not None:
        work.found[asked] = record
    return record


def lies_in(work: Work, card: Resource, id: str, scope: Any) -> bool:
    sight = work.actor.sight
    return sight is Sight.SYSTEM or bool(work.rows(allowed_of(card, scope, sight), {"id": id}))


def _check_unchanged(row: Any, assertion: Assertion) -> None:
    if getattr(row, assertion.field) != assertion.value:
        name = assertion.pointer.rpartition("/")[2]
        raise Forbidden(f"{name} cannot be changed", assertion.pointer, code="attribute_read_only")


def _check_version(row: Any, expected: Versions) -> None:
    if expected is not None and row.version not in expected:
        raise PreconditionFailed(
            f"the record is in version {row.version}: read it anew", meta={"version": row.version}
        )
