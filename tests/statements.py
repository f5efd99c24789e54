"""What requests cost, in statements and round trips, apart from what the service does by itself meanwhile."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

from app.storage.database import Database
from app.storage.pipelines import PipelinedTransaction
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

    def noted(run: Any, is_for_people: Callable[[], bool]) -> Any:
        def run_and_noted(self: Transaction, statement: Any, values: Any, **more: Any) -> Any:
            if is_for_people():
                compiled = self.dialect.text_of(statement)
                bound = compiled.bind(values) if isinstance(values, Mapping) else ()
                ran.append(Ran(self.driver, compiled.sql, bound))
            return run(self, statement, values, **more)

        return run_and_noted

    with _watched(database) as (patch, is_for_people):
        for name in ("_execute", "_later", "run_many"):
            patch.setattr(Transaction, name, noted(getattr(Transaction, name), is_for_people))
        yield ran


@contextmanager
def trips_for_people(database: Database) -> Iterator[list[int]]:
    """How many statements go along in each round trip to PostgreSQL for people, but in that of the commit."""
    trips: list[int] = []
    flush = PipelinedTransaction._flush

    with _watched(database) as (patch, is_for_people):

        def counted(self: PipelinedTransaction) -> None:
            if is_for_people() and self._waiting:
                trips.append(len(self._waiting))
            flush(self)

        patch.setattr(PipelinedTransaction, "_flush", counted)
        yield trips


@contextmanager
def _watched(database: Database) -> Iterator[tuple[pytest.MonkeyPatch, Callable[[], bool]]]:
    """A patch for as long as it lasts, and what tells whether the thread runs a unit for a person."""
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

    with pytest.MonkeyPatch.context() as patch:
        for name in ("read", "write"):
            patch.setattr(kind, name, told_whose(getattr(kind, name)))
        yield patch, lambda: getattr(this, "is_a_person", False)
