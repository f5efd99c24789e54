"""A batch of many kinds of calls, and how the database stands before it and after it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from itertools import count
from typing import Any

from sqlalchemy import bindparam, select
from sqlmodel import SQLModel

from app.storage.opening import engine_of
from app.storage.statement import Statement
from tests.app.jsonrpc.conftest import call

Make = Callable[..., str]  # a type and attributes -> the id of a new record
State = dict[str, list[Any]]  # table -> its rows of an organization

BOX = {"type": "box", "x": 1, "y": 2, "width": 3, "height": 4}
_MOVING = {"events.sequence", "api_keys.last_used_at"}  # written by others than the batch, and later

_numbers = count(1)


@dataclass(frozen=True)
class Scene:
    """A dataset with entries and annotations, and CALLS that change, make and delete some of them."""

    dataset: str
    calls: list[Any]
    key: str

    @property
    def path(self) -> str:
        return "/_rpc?mode=atomic"

    @property
    def headers(self) -> dict[str, str]:
        return {"Idempotency-Key": self.key, "Content-Type": "application/json"}


def scene(make: Make, project: str) -> Scene:
    """A new scene in PROJECT, in a dataset of its own. Every entry is at the start."""
    dataset = make("datasets", project_id=project, name="Killed", workflow_configuration={"sample_rate": 1})
    entries = [make("entries", dataset_id=dataset, resource=f"{n}.png") for n in range(3)]
    kept, gone = (
        make("annotations", entry_id=entries[0], dimensions=BOX, annotation={"n": n}) for n in range(2)
    )
    new = {"entry_id": entries[1], "dimensions": BOX}
    calls = [
        call("annotations.create", new | {"annotation": {"n": "a"}}, id=0),
        call("annotations.create", new | {"annotation": {"n": "b"}}, id=1),
        call("annotations.create", new | {"annotation": {"n": "c"}}),
        call("annotations.update", {"id": kept, "annotation": {"n": "changed"}}, id=3),
        call("entries.submit", {"id": entries[1]}, id=4),
        call("annotations.delete", {"id": gone}, id=5),
        call("entries.create", {"dataset_id": dataset, "resource": "new.png"}, id=6),
        call("entries.update", {"id": entries[2], "priority": 7}, id=7),
        call(
            "entries.submit", {"id": entries[1], "annotations": [{"dimensions": BOX, "annotation": {}}]}, id=8
        ),
    ]
    return Scene(dataset, calls, f"killed-{next(_numbers)}-{dataset}")


def state_of(url: str, organization: str) -> State:
    """All rows of ORGANIZATION: records, events, leases, figures and the keys of what was done once."""
    values = {"organization": organization}
    with engine_of(url) as engine, engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        is_sqlite = connection.dialect.name == "sqlite"
        found: State = {}
        for name, statement in _rows_of().items():
            compiled = statement.for_sqlite if is_sqlite else statement.for_postgresql
            rows = driver.execute(compiled.sql, compiled.bind(values)).fetchall()
            found[name] = sorted((tuple(row) for row in rows), key=repr)
    return found


@cache
def _rows_of() -> dict[str, Statement]:
    """Table -> the statement that finds its rows of an `organization`, compiled once."""
    return {name: Statement(partial(_chosen, table)) for name, table in SQLModel.metadata.tables.items()}


def _chosen(table: Any) -> Any:
    chosen = select(*(one for one in table.columns if f"{table.name}.{one.name}" not in _MOVING))
    if "organization_id" in table.c:
        return chosen.where(table.c.organization_id == bindparam("organization"))
    for owner in ("accounts", "datasets", "releases"):
        key, its = f"{owner[:-1]}_id", SQLModel.metadata.tables[owner].c
        if key in table.c:
            ids = select(its.id).where(its.organization_id == bindparam("organization"))
            return chosen.where(table.c[key].in_(ids))
    # Crews are of all organizations.
    return chosen if table.name == "crews" else chosen.where(table.c.id == bindparam("organization"))


def change(before: State, after: State) -> dict[str, Any]:
    """How AFTER differs from BEFORE: table -> how many rows are gone and new; new events by their kinds."""
    found: dict[str, Any] = {}
    for name, rows in after.items():
        if name == "tallies":  # which figures have rows is in part a matter of the clock and of chance
            names = {row[1].partition(":")[0] for row in rows if row not in before[name]}
            found[name] = names - {"held"}  # who takes one may have let go of another
            continue
        old, new = Counter(map(repr, before[name])), Counter(map(repr, rows))
        found[name] = ((old - new).total(), (new - old).total())
    columns = [one.name for one in SQLModel.metadata.tables["events"].columns if one.name != "sequence"]
    at = [columns.index("kind"), columns.index("resource")]
    fresh = (row for row in after["events"] if row not in before["events"])
    return found | {"kinds": Counter(tuple(row[n] for n in at) for row in fresh)}


def fault(before: State, after: State, whole: dict[str, Any]) -> str | None:
    """What is wrong where AFTER is neither BEFORE nor all of the batch, which is WHOLE."""
    if after == before:
        return None
    found = change(before, after)
    odd = {name: (found[name], one) for name, one in whole.items() if found[name] != one}
    return f"neither nothing nor all: {odd}" if odd else None
