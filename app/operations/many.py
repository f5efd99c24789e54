"""Change all that a filter finds: what is done to each, which they are, and the job that does it.

The records are found and changed by their ids, from the least on: with every one the actor is checked as if
it were changed alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any, NamedTuple

import msgspec

from app.declare import RESOURCES, Action, Resource, Values
from app.errors import Problem
from app.operations import changes, records
from app.operations.conditions import Order
from app.operations.reading import shape_of
from app.operations.records import Assertion, Told
from app.operations.statements import Shape, count_of, held_matches_of, page_of
from app.query import Filter, Query
from app.work import Work

AT_ONCE = 1000  # records that one transaction changes at most; more are a job's
KIND = "change_many"  # of job

Filters = Sequence[Filter]


@dataclass(frozen=True)
class Task:
    """What is done to each: VALUES are set, or ACTION is done with them as its body."""

    card: Resource
    values: Values
    assertions: tuple[Assertion, ...] = ()
    action: Action | None = None

    def do(self, work: Work, id: str) -> int:
        """Do it to the record; the version that it then has. Raises what refuses it."""
        if self.action is None:
            # Rules may add to the values: each record has its own.
            row = records.update(work, self.card, id, dict(self.values), self.assertions)
        else:
            row = records.act(work, self.card, id, self.action, dict(self.values))
            if isinstance(row, Told):
                raise row.problem
        return int(row.version)


def together(work: Work, task: Task, ids: Sequence[str]) -> int | None:
    """How many records TASK changed, by few statements.

    None where it cannot be done so: it is an action, or one of them refuses. Then nothing is changed.
    """
    if task.action is not None:
        return None
    try:
        with work.connection.attempt():
            return records.update_many(work, task.card, ids, task.values, task.assertions)
    except Problem:
        return None


class Extent(NamedTuple):
    """How many records match, and the greatest id among them; None where there are none."""

    matched: int
    end: str | None


def matches(
    work: Work, card: Resource, filters: Filters, size: int, after: str = "", end: str | None = None
) -> list[tuple[str, int]]:
    """The next SIZE records that match and may be read: id and version, behind AFTER and up to END, held."""
    shape, values = _shape(work, card, filters)
    statement = held_matches_of(shape, has_end=end is not None)
    found: Any = work.rows(statement, values | {"after": after, "end": end, "size": size})
    return list(found)


def extent(work: Work, card: Resource, filters: Filters) -> Extent:
    """How many records match and may be read, and where they end."""
    shape, values = _shape(work, card, filters)
    (matched,) = work.rows(count_of(shape), values)[0]
    last = work.rows(page_of(shape._replace(orders=(Order("id", True),))), values | {"size": 1, "skip": 0})
    return Extent(matched, last[0][0] if last else None)


def _shape(work: Work, card: Resource, filters: Filters) -> tuple[Shape, dict[str, Any]]:
    return shape_of(work, card, Query(tuple(filters)), ("id",))


# ---- the job


def enqueue(work: Work, task: Task, filters: Filters, extent: Extent) -> Any:
    """A job that does TASK to what FILTERS find, as the actor, with their key."""
    arguments = {
        "type": task.card.type,
        "action": task.action and task.action.name,
        "values": task.values,
        "assertions": [astuple(one) for one in task.assertions],
        "filters": [astuple(one) for one in filters],
        "end": extent.end,
        "key_id": work.actor.key_id,
    }
    values = {
        "organization_id": work.actor.organization_id,
        "account_id": work.actor.account_id,
        "kind": KIND,
        "total": extent.matched,
        "arguments": msgspec.json.encode(arguments).decode(),
    }
    return changes.add(work, RESOURCES["jobs"], values)


def task_of(arguments: Mapping[str, Any]) -> Task:
    """The task of a job that was made with ARGUMENTS."""
    card, name = RESOURCES[arguments["type"]], arguments["action"]
    action = next(one for one in card.actions if one.name == name) if name else None
    assertions = tuple(Assertion(*one) for one in arguments["assertions"])
    return Task(card, arguments["values"], assertions, action)


def filters_of(arguments: Mapping[str, Any]) -> list[Filter]:
    """The filters of a job that was made with ARGUMENTS."""
    return [Filter(name, operator, _values(values)) for name, operator, values in arguments["filters"]]


def _values(values: list[Any]) -> tuple[Any, ...]:
    # Of a `contains` each value is several texts.
    return tuple(tuple(one) if isinstance(one, list) else one for one in values)
