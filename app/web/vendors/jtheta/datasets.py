"""create_dataset and upload_images: pictures of a form become a dataset's entries, by an import."""

from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.responses import Response

from app.declare import RESOURCES
from app.errors import Fault, Invalid
from app.operations import reading, records
from app.query import Filter, Query
from app.resources import assets, numbers
from app.resources.assets import Brought
from app.web.uploads.arrivals import Arrived, brought
from app.web.vendors.calls import Call, Json, told
from app.web.vendors.jtheta.records import action_of, dataset_in, project_titled, with_vendor
from app.web.vendors.texts import plain, text_for
from app.work import Work

WAITS = 30.0  # seconds for the import: what takes longer goes on, and the answer says so
MOST_TOLD = 100  # images that were left out
LICENSE = 1_000  # characters
# An image is its annotator's until they are done with it, however long that takes.
TERMS = {"assignment": "manual", "lease": "P365D"}


async def create(call: Call) -> Response:
    fields, files = await call.form()
    name = text_for(RESOURCES["datasets"], "name", fields.get("dataset_name"), "dataset_name")
    title = plain(fields.get("project_name"), "project_name")
    license = fields.get("license", "")
    if len(license) > LICENSE or "\0" in license:
        raise Invalid(Fault("attribute_invalid", f"license has at most {LICENSE} characters", "license"))
    pictures = _pictures(files)

    def job(work: Work) -> tuple[Json, Any, Any]:
        mine = call.as_they_stand(work)
        project = project_titled(mine, title)
        said = {"license": license} if license else {}
        values = {"project_id": project.id, "name": name, "vendor": with_vendor(None, said), **TERMS}
        dataset = records.create(mine, RESOURCES["datasets"], values).row
        return _told_of(mine, dataset, title), dataset, _imported(mine, dataset, pictures)

    return await _answered(call, *await call.write(job))


async def upload(call: Call) -> Response:
    fields, files = await call.form()
    number = plain(fields.get("dataset_id"), "dataset_id")
    title = plain(fields.get("project_name"), "project_name")
    pictures = _pictures(files)

    def job(work: Work) -> tuple[Json, Any, Any]:
        mine = call.as_they_stand(work)
        dataset = dataset_in(mine, number, title)
        return _told_of(mine, dataset, title), dataset, _imported(mine, dataset, pictures)

    return await _answered(call, *await call.write(job))


def _pictures(files: Sequence[Arrived]) -> list[Brought]:
    """What FILES are, which are pictures by their content: what is said of their types is not heard."""
    if not files:
        raise Invalid(Fault("images_missing", "images is required: one file or more", "images"))
    found = brought(files)
    faults = [
        Fault("not_an_image", f"{one.name!a}: only JPEG, PNG and WEBP pictures are taken", f"images/{n}")
        for n, one in enumerate(found)
        if one.content.header is None
    ]
    if faults:
        raise Invalid(*faults)
    return found


def _imported(work: Work, dataset: Any, pictures: Sequence[Brought]) -> Any:
    """The job that makes entries of PICTURES."""
    ids = [one.id for one in assets.add(work, pictures)]
    card = RESOURCES["datasets"]
    return records.act(work, card, dataset.id, action_of(card, "imports"), {"assets": ids})


def _told_of(work: Work, dataset: Any, title: str) -> Json:
    number = numbers.drawn(work, [dataset.id])[dataset.id]
    license = msgspec.json.decode(dataset.vendor).get("jtheta", {}).get("license")
    named = {"dataset_name": dataset.name, "project_name": title, "license": license}
    return {"id": number, "dataset_id": number, **named}


async def _answered(call: Call, body: Json, dataset: Any, job: Any) -> Response:
    ended = await call.ended(job.id, WAITS)

    def look(work: Work) -> Json:
        errors = RESOURCES["job_errors"]
        query = Query((Filter("job_id", "eq", (job.id,)),), size=MOST_TOLD)
        rows = reading.index(work, errors, query, ("item", "code", "detail")).rows
        (total,) = reading.show(work, RESOURCES["datasets"], dataset.id, ("entries_total_count",))
        left = [{"file_name": item, "code": code, "detail": detail} for item, code, detail in rows]
        return {"total_images": total, "images_left_out": left}

    is_over = ended.finished_at is not None
    uploaded = msgspec.json.decode(ended.result).get("imported", 0)
    status = {"status": "ready" if is_over else "processing", "images_uploaded": uploaded}
    return told({**body, **status, **await call.read(look)}, 201)
