"""Assets: files that clients bring. They ask for an address, and send the file there, without a key."""

from datetime import datetime
from typing import Any

from starlette.responses import Response

from app import filenames
from app.operations.reading import may
from app.upload_links import Upload
from app.web.vendors.calls import Call, Route, told
from app.web.vendors.files import ALWAYS, ASSETS
from app.web.vendors.segments import bodies
from app.web.vendors.segments.addresses import Places
from app.web.vendors.segments.schemas import FILE, TEXT, shape
from app.work import Work


async def create(call: Call) -> Response:
    body = await call.object()
    name = filenames.checked(bodies.required(body, "filename"), "/filename")

    def job(work: Work) -> dict[str, Any]:
        may(work, "write")
        id = work.sources.ids()
        path, _ = work.sources.upload_links.address(Upload(id, work.actor.key_id or "", name))
        return {
            "uuid": id,
            "filename": name,
            "url": Places(work, call.host).of(ASSETS, id, ALWAYS, name),
            "created_at": work.now,
            "presignedPostFields": {"url": call.host + path, "fields": _fields(id, name, work)},
        }

    response = told(await call.write(job), 201)
    response.headers["Cache-Control"] = "no-store"
    return response


def _fields(id: str, name: str, work: Work) -> dict[str, str]:
    """What the client insists on sending before the file. The address itself is what counts."""
    day = datetime.fromisoformat(work.now).strftime("%Y%m%dT%H%M%SZ")
    return {
        "acl": "private",
        "Content-Type": "application/octet-stream",
        "key": f"{ASSETS}/{id}/{name}",
        "x-amz-algorithm": "POSTIL-ADDRESS",
        "x-amz-credential": "none",
        "x-amz-date": day,
        "policy": "none",
        "x-amz-signature": "none",
    }


ROUTES = (
    Route(
        "POST",
        "/assets/",
        create,
        "Ask where to send a file: as a form, the fields first and the file as `file`, within 15 minutes.",
        shape({"filename": TEXT}),
        {201: FILE},
    ),
)
