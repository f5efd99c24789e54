"""Pictures, at /files/{hash}: to the people of the organization that has them, and never as a page."""

from functools import partial

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from app.errors import NotFound
from app.operations.reading import may
from app.resources import files
from app.storage import blobs
from app.web.errors import error_response
from app.web.routing import Entry
from app.web.service import Service
from app.work import Work

# The content decides the type, and nothing in it may run.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, max-age=31536000, immutable",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def routes_of(service: Service) -> list[Entry]:
    return [Entry("GET", "/files/{hash}", partial(_show, service), error_response)]


async def _show(service: Service, request: Request) -> Response:
    actor = await service.keys.actor_of(request.headers)
    hash = request.path_params["hash"]
    if not blobs.is_hash(hash):
        raise NotFound("there is no such file, or you may not see it")

    def job(work: Work) -> tuple[str, int]:
        may(work, "read")
        return files.find(work, hash)

    media_type, _ = await service.database.read(actor, job)
    headers = {**_HEADERS, "ETag": f'"{hash}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return FileResponse(blobs.path_of(service.data, hash), media_type=media_type, headers=headers)
