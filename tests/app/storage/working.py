"""Units of work, and rows that they make, for the tests of the storage."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import uuid4

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, func, select

from app.declare import Resource
from app.operations.statements import insert_of, update_of
from app.resources.datasets import DATASETS
from app.resources.entries import ENTRIES
from app.resources.organizations import ORGANIZATIONS
from app.resources.projects import PROJECTS
from app.storage.database import Database
from app.storage.statement import Statement
from app.work import SYSTEM, Work

T = TypeVar("T")

TIME = "2026-01-31T12:00:00.000000Z"
TEXTS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=12)
# Every example runs on the one database of the test, and each makes what it needs anew.
MANY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def read(database: Database, job: Callable[[Work], T]) -> T:
    return asyncio.run(database.read(SYSTEM, job))


def write(database: Database, job: Callable[[Work], T]) -> T:
    return asyncio.run(database.write(SYSTEM, job))


def add(work: Work, card: Resource, **values: Any) -> str:
    """A new row of CARD, the rest by default, with no rule asked; its id."""
    times = {"created_at": TIME, "updated_at": TIME, "version": 1}
    given = {"id": str(uuid4()), "organization_id": "", **times, **values}
    attributes = card.every_attribute
    values = {f: given.get(f, attributes[f].default) for f in card.written_fields}
    work.run(insert_of(card), {f"v_{field}": value for field, value in values.items()})
    return str(given["id"])


def add_organization(work: Work, name: str = "Lund", **values: Any) -> str:
    return add(work, ORGANIZATIONS, name=name, **values)


def add_dataset(work: Work) -> str:
    organization = add_organization(work)
    project = add(work, PROJECTS, organization_id=organization, name="Retina")
    return add(work, DATASETS, organization_id=organization, project_id=project)


def add_entry(work: Work, dataset: str, **values: Any) -> str:
    project = work.rows(_PROJECT, {"id": dataset})[0][0]
    return add(
        work,
        ENTRIES,
        **{"dataset_id": dataset, "project_id": project, "resource": "x", "step_since": TIME, **values},
    )


_PROJECT = Statement(
    lambda: select(DATASETS.columns["project_id"]).where(DATASETS.columns["id"] == bindparam("id"))
)
_COUNT = Statement(lambda: select(func.count()).select_from(ORGANIZATIONS.table))
_NAMED = Statement(
    lambda: select(ORGANIZATIONS.columns["name"]).where(ORGANIZATIONS.columns["id"] == bindparam("id"))
)


def count(work: Work) -> int:
    return int(work.rows(_COUNT, {})[0][0])


def name_of(work: Work, id: str) -> str | None:
    found = work.rows(_NAMED, {"id": id})
    return found[0][0] if found else None


def rename(work: Work, id: str, name: str) -> int:
    values = {"v_name": name, "k_id": id, "expected": 1}
    return work.run(update_of(ORGANIZATIONS, ("name",)), values)
