"""Downloads: a release of a dataset as a file, made when it is first asked for.

A version is a release of that name: what was once downloaded under it stays what it was.
"""

from typing import Any, NamedTuple

from starlette.responses import Response

from app.addresses import Address
from app.declare import RESOURCES
from app.errors import Fault, Invalid, NotFound, Unauthenticated
from app.operations import reading, records
from app.query import Filter, Query
from app.resources import numbers
from app.web.vendors import files
from app.web.vendors.calls import Call, Json, told
from app.web.vendors.jtheta.records import dataset_numbered
from app.web.vendors.texts import text_for
from app.work import SYSTEM, Work

WAITS = 60.0  # seconds for each of the two jobs: what takes longer goes on, and the answer says so
VERSION, FORMAT = "1.0", "csv"  # unless said
FORMATS = {"json": "jtheta", "coco": "coco_instances", "yolo": "yolo_detect", "pascal_voc": "voc"}
_UNWRITTEN = ("pending", "succeeded")


class Asked(NamedTuple):
    """What is to be downloaded. VERSION None: the newest release."""

    format: str
    version: str | None


class Made(NamedTuple):
    """A release or an export, and the job that writes it."""

    id: str
    job_id: str | None
    dataset_id: str


async def download(call: Call) -> Response:
    """GET {base}/dataset/export/{id}/download/: what the export is, and where the file is got."""
    asked = _asked(call)._replace(version=call.query.get("version") or VERSION)
    return told(await _exported(call, call.path["dataset_id"], asked))


async def redirected(call: Call) -> Response:
    """GET /api/export/download?key=: to the file of an export, or of the newest release of an API key."""
    key = call.query.get("key", "")
    if (said := _address_in(key)) is not None:
        return await _to_export(call, said)
    call.actor = await call.service.keys.actor_of(_signed(call, key))
    body = await _exported(call, call.query.get("dataset_id"), _asked(call))
    if body["download_url"] is None:
        return told(body, 202)
    return _to(body["download_url"])


def _signed(call: Call, key: str) -> dict[str, str]:
    given = call.request.headers.get("authorization")
    if not key and given is None:
        raise Unauthenticated("send your API key: ?key=<key>", "key")
    return {"authorization": f"Bearer {key}" if key else str(given)}


def _asked(call: Call) -> Asked:
    said = call.query.get("format") or FORMAT
    format = FORMATS.get(said.casefold(), said.casefold())
    known = RESOURCES["exports"].attributes["format"].choices
    if format not in known:
        names = ", ".join(sorted({*known, *FORMATS}))
        raise Invalid(Fault("format_unknown", f"the format is one of {names}", "format"))
    version = call.query.get("version") or None
    if version is not None:
        version = text_for(RESOURCES["releases"], "name", version, "version")
    return Asked(format, version)


async def _exported(call: Call, number: str | None, asked: Asked) -> Json:
    """What is told of the export, which is written first where it is not there."""
    release = await call.write(lambda work: _release(work, number, asked.version))
    if not await _is_written(call, "releases", release):
        return await call.write(lambda work: _told_of(call, work, release, None, asked))
    export = await call.write(lambda work: _export(work, release.id, asked.format))
    await _is_written(call, "exports", export)
    return await call.write(lambda work: _told_of(call, work, release, export, asked))


async def _is_written(call: Call, type: str, made: Made) -> bool:
    if made.job_id is not None:
        await call.ended(made.job_id, WAITS)

    def look(work: Work) -> str:
        return str(reading.show(work, RESOURCES[type], made.id, ("status",))[0])

    return await call.read(look) == "succeeded"


def _release(work: Work, number: str | None, version: str | None) -> Made:
    """The release that is asked for; made where it is not there. Raises NotFound."""
    dataset = None if number is None else dataset_numbered(work, number)
    its = () if dataset is None else (Filter("dataset_id", "eq", (dataset.id,)),)
    named = () if version is None else (Filter("name", "eq", (version,)),)
    living = (Filter("status", "in", _UNWRITTEN),)
    if found := _newest(work, "releases", (*its, *named, *living)):
        return found
    if dataset is None:
        detail = "nothing was released yet: name the dataset_id of what is to be"
        raise NotFound(detail, code="release_not_found")
    values = {"dataset_id": dataset.id, "name": version or VERSION}
    _make_room(work, values)
    row = records.create(work, RESOURCES["releases"], values).row
    return Made(row.id, row.job_id, row.dataset_id)


def _make_room(work: Work, values: Json) -> None:
    """Delete the release of that name whose job failed: it is asked for anew."""
    its = tuple(Filter(name, "eq", (value,)) for name, value in values.items())
    if found := _newest(work, "releases", (*its, Filter("status", "eq", ("failed",)))):
        records.delete(work, RESOURCES["releases"], found.id)


def _export(work: Work, release_id: str, format: str) -> Made:
    its = (Filter("release_id", "eq", (release_id,)), Filter("format", "eq", (format,)))
    plain = (Filter("pictures", "eq", ("without",)), Filter("status", "in", _UNWRITTEN))
    if found := _newest(work, "exports", (*its, *plain)):
        return found
    row = records.create(work, RESOURCES["exports"], {"release_id": release_id, "format": format}).row
    return Made(row.id, row.job_id, row.dataset_id)


def _newest(work: Work, type: str, filters: tuple[Filter, ...]) -> Made | None:
    query = Query(filters, sort=("-id",), size=1)
    rows = reading.index(work, RESOURCES[type], query, Made._fields).rows
    return Made(*rows[0]) if rows else None


def _told_of(call: Call, work: Work, made: Made, export: Made | None, asked: Asked) -> Json:
    release = records.find(work, RESOURCES["releases"], made.id)
    dataset = dataset_numbered(work, release.dataset_id)
    body: Json = {
        "id": numbers.drawn(work, [dataset.id])[dataset.id],
        "dataset": dataset.name,
        "version": release.name,
        "format": asked.format,
        "released_at": release.as_of,
        "total_images": release.entries_count,
        "total_annotations": release.annotations_count,
        "status": "processing",
        "download_url": None,
        "export_key": None,
    }
    if export is None:
        return body | {"status": "failed" if release.status == "failed" else "processing"}
    row = records.find(work, RESOURCES["exports"], export.id)
    if row.content_hash is None:
        return body | {"status": "failed" if row.status == "failed" else "processing"}
    path = _path(work, row, dataset.addresses_version)
    where = {"download_url": f"{call.base}/{path}", "export_key": ".".join(path.split("/")[2:4])}
    return body | {"status": "ready", **where, "file_name": row.file_name, "size": row.size}


def _path(work: Work, export: Any, version: int) -> str:
    return work.sources.addresses.path(files.EXPORTS, export.id, version, export.file_name)


def _address_in(key: str) -> Address | None:
    """The address that an export's own KEY names; None where it is a key of another kind."""
    id, dot, token = key.partition(".")
    return Address(files.EXPORTS, id.lower(), token, "") if dot else None


async def _to_export(call: Call, said: Address) -> Response:
    def look(work: Work) -> str:
        files.find(work, said)
        export = files.living(work, files.EXPORTS, said.id)
        return _path(work, export, files.living(work, "datasets", export.dataset_id).addresses_version)

    return _to(f"{call.base}/{await call.service.database.read(SYSTEM, look)}")


def _to(url: str) -> Response:
    return Response(status_code=302, headers={"Location": url, "Vary": "Authorization"})
