"""Who may have which file: by a key, or by a link that was signed. It must not know how bytes are sent."""

from functools import partial
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from app.errors import NotFound
from app.media_types import is_picture
from app.operations.reading import may
from app.resources import files
from app.storage.blobs import hash_of, is_hash
from app.web.errors import error_response
from app.web.files.sending import Sender, Sent
from app.web.routing import Entry
from app.web.service import Service
from app.work import SYSTEM, Work

KEPT = "private, max-age=31536000, immutable"  # it is named by its content
BY_LINK = "private, no-store"  # a link ends


class _Found(NamedTuple):
    media_type: str
    size: int  # bytes
    name: str = ""
    cache: str = KEPT


def routes_of(service: Service) -> list[Entry]:
    sender = Sender(service.database.sources.blobs)
    return [
        Entry("GET", "/files/{hash}", partial(_show, service, sender), error_response),
        Entry("GET", "/files/{hash}/thumbnail", partial(_show_thumbnail, service, sender), error_response),
    ]


async def _show(service: Service, sender: Sender, request: Request) -> Response:
    hash = request.path_params["hash"]
    found = await _found(service, request, hash)
    sent = Sent(found.media_type, found.size, f'"{hash}"', found.name, found.cache)
    return await sender.file(request, hash, sent)


async def _show_thumbnail(service: Service, sender: Sender, request: Request) -> Response:
    hash = request.path_params["hash"]
    found = await _found(service, request, hash)
    if not is_picture(found.media_type):
        raise NotFound("only pictures have thumbnails", code="no_thumbnail")
    content = await sender.decoded(partial(files.thumbnail, service.database.sources, hash))
    media_type = "image/png" if content.startswith(b"\x89PNG") else "image/jpeg"
    sent = Sent(media_type, len(content), f'"{hash_of(content)}"', "", found.cache)
    return sender.whole(request, content, sent)


async def _found(service: Service, request: Request, hash: str) -> _Found:
    """What the file is, for who asks. Raises Unauthenticated, Forbidden, NotFound."""
    if "signature" in request.query_params:
        return await _found_by_link(service, request, hash)
    actor = await service.keys.actor_of(request.headers)

    def job(work: Work) -> tuple[str, int]:
        may(work, "read")
        return files.find(work, _checked(hash))

    return _Found(*await service.database.read(actor, job))


async def _found_by_link(service: Service, request: Request, hash: str) -> _Found:
    claim = service.database.sources.links.claim_of(_checked(hash), request.query_params)

    def job(work: Work) -> tuple[str, int]:
        return files.find(work, hash, claim.organization_id)

    media_type, size = await service.database.read(SYSTEM, job)
    return _Found(claim.media_type or media_type, size, claim.name, BY_LINK)


def _checked(hash: str) -> str:
    if not is_hash(hash):
        raise NotFound("there is no such file, or you may not see it")
    return hash
