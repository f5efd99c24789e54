"""The methods of a card: show, create, update, delete, and its actions. Parameters go by name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import msgspec

from app.attributes import is_id
from app.declare import RESOURCES, Action, Resource, Values
from app.errors import Conflict, Fault, Invalid, Problem
from app.operations import reading, records
from app.web.action_bodies import read_body_of
from app.web.jsonrpc.discovery import document_of
from app.web.jsonrpc.faults import fault_of
from app.web.jsonrpc.flat import flat_of
from app.web.schemas import asserted, read_attributes
from app.work import Work

Params = dict[str, Any]

VERBS = ("show", "create", "update", "delete")


@dataclass(frozen=True)
class Calling:
    """The transaction that calls run in, and whether all of it is undone where one of them fails.

    ADDRESS is the URL of the endpoint.
    """

    work: Work
    is_atomic: bool = False
    address: str = ""


@dataclass(frozen=True)
class Verb:
    """What a method of a card does: RUN for one call; RUN_MANY for many together, with the same results."""

    run: Callable[[Calling, Any, Params], Any]
    is_read: bool = False
    run_many: Callable[[Calling, Any, Sequence[Params]], list[Any]] | None = None


@lru_cache(256)
def methods_of(card: Resource) -> dict[str, Verb]:
    """The methods of CARD, by name."""
    verbs = {
        "show": Verb(_show, is_read=True),
        "create": Verb(_create, run_many=_create_many if card.is_made_in_runs else None),
        "update": Verb(_update),
        "delete": Verb(_delete),
    }
    found = {name: verb for name, verb in verbs.items() if name in card.verbs}
    actions = (action for action in card.actions if "DELETE" not in action.methods)
    return found | {action.name: Verb(partial(_act, action)) for action in actions}


def _discover(calling: Calling, card: Resource | None, params: Params) -> Any:
    _refuse_more(params)
    return document_of(card, calling.address)


DISCOVERY = Verb(_discover, is_read=True)  # of every endpoint; no method of a card


def _show(calling: Calling, card: Resource, params: Params) -> Any:
    id = _take_id(card, params)
    _refuse_more(params)
    flat = flat_of(card)
    return _raw(flat.of(reading.show(calling.work, card, id, flat.fields)))


def _create(calling: Calling, card: Resource, params: Params) -> Any:
    made = records.create(calling.work, card, _values_of_new(card, params))
    return _raw(flat_of(card).of_record(made.row, made.meta))


def _create_many(calling: Calling, card: Resource, many: Sequence[Params]) -> list[Any]:
    values = [_values_of_new(card, params) for params in many]
    flat = flat_of(card)
    return [
        _raw(flat.of_record(made.row, made.meta)) for made in records.create_many(calling.work, card, values)
    ]


def _values_of_new(card: Resource, params: Params) -> Values:
    given = params.pop("id", None)
    own_id = {} if given is None else {"id": _own_id(given)}
    values = read_attributes(card, params, is_partial=False, at="/params")
    missing = [link.key for link in card.parents.values() if card.attributes[link.key].is_required]
    if faults := [_missing(name) for name in missing if values.get(name) is None]:
        raise Invalid(*faults)
    return values | own_id


def _update(calling: Calling, card: Resource, params: Params) -> Any:
    id = _take_id(card, params)
    assertions, changeable = asserted(card, params, "/params")
    values = read_attributes(card, changeable, is_partial=True, at="/params")
    return _raw(flat_of(card).of_record(records.update(calling.work, card, id, values, tuple(assertions))))


def _delete(calling: Calling, card: Resource, params: Params) -> Any:
    id = _take_id(card, params)
    is_forced = params.pop("force", False)
    _refuse_more(params)
    if not isinstance(is_forced, bool):
        raise Invalid(Fault("attribute_invalid", "force is true or false", "/params/force"))
    records.delete(calling.work, card, id, is_forced=is_forced)


def _act(action: Action, calling: Calling, card: Resource, params: Params) -> Any:
    id = _take_id(card, params)
    values = read_body_of(action.body, params, "/params")
    row = records.act(calling.work, card, id, action, values)
    if not isinstance(row, records.Told):
        return _raw(flat_of(RESOURCES[action.gives] if action.gives else card).of_record(row))
    if calling.is_atomic:
        raise _unkept(row.problem)
    return fault_of(row.problem)


def _unkept(problem: Problem) -> Problem:
    """PROBLEM, which tells of something kept, in a batch of which nothing is."""
    return Conflict(
        f"{problem.code}: nothing of an atomic batch is kept; send the call alone to have it kept",
        code=problem.code,
    )


def _raw(text: bytes) -> msgspec.Raw:
    return msgspec.Raw(text)


def _take_id(card: Resource, params: Params) -> str:
    """The id among PARAMS, taken out. A malformed one is that of no record."""
    if "id" not in params:
        raise Invalid(_missing("id"))
    id = params.pop("id")
    if not is_id(id):
        raise reading.not_found(card)
    return str(id).lower()


def _own_id(id: Any) -> str:
    if not is_id(id):
        raise Invalid(Fault("id_invalid", "an id made by a client is a UUID", "/params/id"))
    return str(id).lower()


def _missing(name: str) -> Fault:
    return Fault("attribute_missing", f"{name} is required", "/params")


def _refuse_more(params: Params) -> None:
    if params:
        faults = (
            Fault("attribute_unknown", f"there is no parameter {name}", f"/params/{name}") for name in params
        )
        raise Invalid(*faults)
