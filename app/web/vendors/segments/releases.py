"""Releases: how a dataset stood, as one JSON file at an address that needs no key. Two jobs write it."""

from typing import Any

from starlette.responses import Response

from app.declare import RESOURCES
from app.errors import Conflict, NotFound
from app.operations import records
from app.query import Query
from app.resources.releases import ReleaseStatus
from app.web.vendors.calls import Call, Route, nothing, told
from app.web.vendors.files import EXPORTS
from app.web.vendors.segments import bodies
from app.web.vendors.segments.addresses import Places
from app.web.vendors.segments.bodies import Json
from app.web.vendors.segments.datasets import of_call
from app.web.vendors.segments.files import FORMAT
from app.web.vendors.segments.finding import all_of, all_with, only, some_of
from app.web.vendors.segments.schemas import RELEASE, TEXT, many, shape
from app.work import Work

_WORDS = {
    ReleaseStatus.PENDING: "PENDING",
    ReleaseStatus.SUCCEEDED: "SUCCEEDED",
    ReleaseStatus.FAILED: "FAILED",
}


async def show_all(call: Call) -> Response:
    def job(work: Work) -> list[Json]:
        dataset = of_call(work, call)
        found = all_of(work, RESOURCES["releases"], only("dataset_id", dataset.id))
        exports = _exports_of(work, [one.id for one in found])
        return [_told(work, call, dataset, one, exports.get(one.id)) for one in found]

    return told(await call.read(job))


async def show(call: Call) -> Response:
    """The release. One that was made elsewhere, and has no file for us yet, is given one."""

    def job(work: Work) -> Json | None:
        dataset = of_call(work, call)
        release = _named(work, dataset, call.path["name"])
        export = _exports_of(work, [release.id]).get(release.id)
        if export is None and release.status == ReleaseStatus.SUCCEEDED:
            return None
        return _told(work, call, dataset, release, export)

    def making(work: Work) -> Json:
        dataset = of_call(work, call)
        release = _named(work, dataset, call.path["name"])
        values = {"release_id": release.id, "format": FORMAT}
        found = _exports_of(work, [release.id]).get(release.id)
        export = found or records.create(work, RESOURCES["exports"], values).row
        return _told(work, call, dataset, release, export)

    return told(await call.read(job) or await call.write(making))


def _exports_of(work: Work, release_ids: list[str]) -> dict[str, Any]:
    """The export of each of the releases that is a file for us: the last one that was begun."""
    format = only("format", FORMAT)
    found = all_with(work, RESOURCES["exports"], "release_id", release_ids, format)
    return {one.release_id: one for one in found}


def _named(work: Work, dataset: Any, name: str) -> Any:
    filters = (only("dataset_id", dataset.id), only("name", name))
    found = some_of(work, RESOURCES["releases"], Query(filters=filters, size=1))
    if not found:
        raise NotFound(f"The release {name[:64]} does not exist.")
    return found[0]


async def create(call: Call) -> Response:
    body = await call.object()
    name = bodies.required(body, "name")
    if "/" in name:
        raise bodies.invalid("name", "it stands in a URL: it has no slash")

    def job(work: Work) -> Json:
        dataset = of_call(work, call)
        values = {
            "dataset_id": dataset.id,
            "name": name,
            "description": bodies.text(body, "description") or "",
            "exports": [FORMAT],
        }
        try:
            release = records.create(work, RESOURCES["releases"], values).row
        except Conflict as error:
            if error.code != "value_taken":
                raise
            raise Conflict(f"The release {name[:64]} already exists.", code="value_taken") from None
        return _told(work, call, dataset, release, None)

    return told(await call.write(job), 201)


async def delete(call: Call) -> Response:
    def job(work: Work) -> None:
        release = _named(work, of_call(work, call), call.path["name"])
        records.delete(work, RESOURCES["releases"], release.id)

    await call.write(job)
    return nothing()


def _told(work: Work, call: Call, dataset: Any, release: Any, export: Any) -> Json:
    status = release.status
    if status == ReleaseStatus.SUCCEEDED:
        status = export.status if export is not None else ReleaseStatus.PENDING
    attributes = {}
    if status == ReleaseStatus.SUCCEEDED:
        name = f"{release.name}.json"
        url = Places(work, call.host).of(EXPORTS, export.id, dataset.addresses_version, name)
        attributes = {"url": url}
    return {
        "uuid": release.id,
        "name": release.name,
        "description": release.description or "",
        "release_type": "JSON",
        "attributes": attributes,
        "status": _WORDS[status],
        "created_at": release.created_at,
        "samples_count": release.entries_count,
    }


_AT = "/datasets/{owner}/{dataset}/releases"
_BODY = shape({"name": TEXT}, {"description": TEXT})
ROUTES = (
    Route("GET", _AT + "/", show_all, "Releases.", answers={200: many(RELEASE)}),
    Route("POST", _AT + "/", create, "Begin one.", _BODY, {201: RELEASE}),
    Route("GET", _AT + "/{name}/", show, "A release.", answers={200: RELEASE}),
    Route("DELETE", _AT + "/{name}/", delete, "Delete it.", answers={204: {}}),
)
