"""The statements that requests cost, apart from those that the service runs by itself meanwhile."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

from app.storage.database import Database
from app.storage.transaction import Transaction
from app.work import SYSTEM, Actor, Work


class Ran(NamedTuple):
    """A statement that was run, by which driver's connection, with which parameters (none: of many rows)."""

    driver: Any
    sql: str
    values: Any


@contextmanager
def ran_for_people(database: Database) -> Iterator[list[Ran]]:
    """What DATABASE runs within for people: keys are looked up, and jobs run, by the service itself."""
    ran: list[Ran] = []
    kind = type(database)
    this = threading.local()  # a unit is run by one thread, and others by others meanwhile

    def told_whose(run: Any) -> Any:
        async def ran_for(self: Any, actor: Actor, job: Any, **options: Any) -> Any:
            def its(work: Work) -> Any:
                this.is_a_person = actor is not SYSTEM
                try:
                    return job(work)
                finally:
                    this.is_a_person = False

            return await run(self, actor, its, **options)

        return ran_for

    def noted(run: Any) -> Any:
        def run_and_noted(self: Transaction, statement: Any, values: Any) -> Any:
            if getattr(this, "is_a_person", False):
                compiled = self.dialect.text_of(statement)
                bound = compiled.bind(values) if isinstance(values, Mapping) else ()
                ran.append(Ran(self.driver, compiled.sql, bound))
            return run(self, statement, values)

        return run_and_noted

    with pytest.MonkeyPatch.context() as patch:
        for name in ("_execute", "run_many"):
            patch.setattr(Transaction, name, noted(getattr(Transaction, name)))
        for name in ("read", "write"):
            patch.setattr(kind, name, told_whose(getattr(kind, name)))
        yield ran
