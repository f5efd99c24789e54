"""The methods of a card: show, create, update, delete, restore, and its actions. Parameters go by name."""

from collections.abc import Awaitable, Callable
from functools import lru_cache, partial
from typing import Any

from app.attributes import is_id
from app.declare import Action, Resource
from app.errors import Fault, Invalid, Problem
from app.operations import reading, records
from app.web.action_bodies import read_body_of
from app.web.jsonrpc.callers import Caller
from app.web.jsonrpc.flat import flat_of
from app.web.schemas import asserted, read_attributes
from app.work import Work

Params = dict[str, Any]
Run = Callable[[Caller, Resource, Params], Awaitable[Any]]

VERBS = ("show", "create", "update", "delete")


@lru_cache(256)
def methods_of(card: Resource) -> dict[str, Run]:
    """The methods of CARD, by name."""
    runs: dict[str, Run] = {"show": _show, "create": _create, "update": _update, "delete": _delete}
    found = {name: run for name, run in runs.items() if name in card.verbs}
    return found | {
        action.name: partial(_act, action) for action in card.actions if "DELETE" not in action.methods
    }


async def _show(caller: Caller, card: Resource, params: Params) -> Any:
    id = _take_id(card, params)
    _refuse_more(params)
    flat = flat_of(card)
    return await caller.read(lambda work: flat.of(reading.show(work, card, id, flat.fields)))


async def _create(caller: Caller, card: Resource, params: Params) -> Any:
    given = params.pop("id", None)
    own_id = {} if given is None else {"id": _own_id(given)}
    values = read_attributes(card, params, is_partial=False, at="/params")
    missing = [link.key for link in card.parents.values() if card.attributes[link.key].is_required]
    if faults := [_missing(name) for name in missing if values.get(name) is None]:
        raise Invalid(*faults)

    def job(work: Work) -> bytes:
        made = records.create(work, card, values | own_id)
        return flat_of(card).of_record(made.row, made.meta)

    return await caller.write(job)


async def _update(caller: Caller, card: Resource, params: Params) -> Any:
    id = _take_id(card, params)
    assertions, changeable = asserted(card, params, "/params")
    values = read_attributes(card, changeable, is_partial=True, at="/params")

    def job(work: Work) -> bytes:
        return flat_of(card).of_record(records.update(work, card, id, dict(values), tuple(assertions)))

    return await caller.write(job)


async def _delete(caller: Caller, card: Resource, params: Params) -> Any:
    id = _take_id(card, params)
    is_forced = params.pop("force", False)
    _refuse_more(params)
    if not isinstance(is_forced, bool):
        raise Invalid(Fault("attribute_invalid", "force is true or false", "/params/force"))

    def job(work: Work) -> None:
        records.delete(work, card, id, is_forced=is_forced)

    return await caller.write(job)


async def _act(action: Action, caller: Caller, card: Resource, params: Params) -> Any:
    id = _take_id(card, params)
    values = read_body_of(action.body, params, "/params")

    def job(work: Work) -> bytes | Problem:
        row = records.act(work, card, id, action, values)
        return row.problem if isinstance(row, records.Told) else flat_of(card).of_record(row)

    return await caller.write(job)


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
