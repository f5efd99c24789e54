"""Datasets: made, listed, told of, deleted."""

from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.responses import Response

from app.declare import RESOURCES
from app.operations import reading, records
from app.query import Filter, Query
from app.resources import numbers
from app.web.vendors.calls import Call, Json, Numbering, told
from app.web.vendors.texts import text_for
from app.web.vendors.theos.classes import classes_of
from app.web.vendors.theos.records import dataset_of, fields_of, project_of
from app.work import Work

AT_ONCE = 1000
FIELDS = ("id", "name", "created_at", "entries_total_count", "labeling_configuration")
# Theos knows no review: what is labeled is done.
TERMS = {"labeling_configuration": '{"classes":[]}', "workflow_configuration": '{"sample_rate":0.0}'}


async def create(call: Call) -> Response:
    name = text_for(RESOURCES["datasets"], "name", (await fields_of(call)).get("name"), "name")

    def job(work: Work) -> Json:
        values = {"project_id": project_of(work, call), "name": name, **TERMS}
        row = records.create(work, RESOURCES["datasets"], values).row
        return _told_of([getattr(row, field) for field in FIELDS], numbers.drawn(work, [row.id])[row.id])

    return told(await call.write(job), 201)


async def index(call: Call) -> Response:
    """All datasets of the project, oldest first."""

    def job(work: Work, numbering: Numbering) -> list[Json]:
        query = Query((Filter("project_id", "eq", (project_of(work, call),)),))
        found: list[Any] = []
        with reading.every(work, RESOURCES["datasets"], query, FIELDS) as fetch:
            while rows := fetch(AT_ONCE):
                found += rows
        number_of = numbering(work, [row[0] for row in found])
        return [_told_of(row, number_of[row[0]]) for row in found]

    return told(await call.numbered(job))


async def show(call: Call) -> Response:
    def job(work: Work, numbering: Numbering) -> Json:
        dataset = dataset_of(work, call)
        number = numbering(work, [dataset["id"]])[dataset["id"]]
        return _told_of([dataset[field] for field in FIELDS], number)

    return told(await call.numbered(job))


async def delete(call: Call) -> Response:
    """Put the dataset into the trash, whatever was done on it."""

    def job(work: Work) -> Json:
        id = dataset_of(work, call)["id"]
        records.delete(work, RESOURCES["datasets"], id, is_forced=True)
        return {"id": numbers.drawn(work, [id])[id], "deleted": True}

    return told(await call.write(job))


def _told_of(row: Sequence[Any], number: int) -> Json:
    _, name, created_at, count, configuration = row
    return {
        "id": number,
        "name": name,
        "created_at": created_at,
        "examples_count": count,
        "classes": classes_of(msgspec.json.decode(configuration)),
    }
