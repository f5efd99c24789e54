"""POST /assets: files become assets, many as multipart or one as the body. All of a request, or none."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from app.declare import RESOURCES
from app.errors import Fault, Invalid
from app.operations.idempotency import Answer
from app.operations.reading import may
from app.resources import api_keys, assets
from app.web.errors import Unsupported
from app.web.jsonapi import documents
from app.web.jsonapi.calls import ANSWER, Call, begun
from app.web.jsonapi.headers import tag_of
from app.web.jsonapi.mounts import Mount
from app.web.jsonapi.parse import parse
from app.web.jsonapi.writes import written_once
from app.web.request_keys import key_of
from app.web.service import Service
from app.web.uploads.arrivals import Arrived, brought, fingerprint
from app.web.uploads.names import name_in_header
from app.web.uploads.parts import EVERY_FILE, boundary_of
from app.web.uploads.receiving import Receiver
from app.work import Actor, Work

_DOCUMENT = "application/vnd.api+json"


class Posting:
    """Takes files at a mount."""

    def __init__(self, mount: Mount, service: Service, receiver: Receiver) -> None:
        self._mount = mount
        self._service = service
        self._receiver = receiver
        self._card = RESOURCES["assets"]

    async def create(self, request: Request) -> Response:
        call = await begun(self._card, self._mount, self._service, request)
        asked = call.asked(parse(self._card, call.params, allowed=ANSWER))
        # Before a byte of what may be gigabytes is read.
        await self._service.database.read(call.actor, lambda work: may(work, "write"))
        boundary = boundary_of(request.headers.get("content-type", ""))
        if boundary is None:
            return await self._one(call, asked)
        files = await self._receiver.many(request, boundary, EVERY_FILE)
        if not files:
            raise Invalid(Fault("file_missing", "send at least one part with a filename"))

        def job(work: Work) -> Answer:
            made = assets.add(as_they_stand(work, call.actor), brought(files))
            return Answer(201, documents.written_many(work, self._card, made, asked))

        return await self._written(call, files, job)

    async def _one(self, call: Call, asked: documents.Asked) -> Response:
        name = _name_of(call.request)
        file = await self._receiver.one(call.request, lambda: name)

        def job(work: Work) -> Answer:
            (made,) = assets.add(as_they_stand(work, call.actor), brought([file]))
            at = call.at(self._card, made.id, asked)
            document = documents.written(work, self._card, made, at)
            headers = {"ETag": tag_of(document.version, document.text), "Location": at.address}
            return Answer(201, document.text, headers)

        return await self._written(call, [file], job)

    async def _written(self, call: Call, files: list[Arrived], job: Callable[[Work], Answer]) -> Response:
        key = key_of(call.request, fingerprint(files))
        return call.reply(await written_once(self._service, call, key, job))


def as_they_stand(work: Work, actor: Actor) -> Work:
    """WORK by ACTOR as they are now: what they send may come for hours. Raises Unauthenticated."""
    return work._replace(actor=api_keys.actor_now(work, actor.key_id or ""))


def _name_of(request: Request) -> str:
    """What the body is to be called. Raises Invalid, and Unsupported for a document."""
    name = request.headers.get("x-filename")
    if name is not None:
        return name_in_header(name)
    if request.headers.get("content-type", "").startswith(_DOCUMENT):
        raise Unsupported(
            "an asset is made of a file: send multipart/form-data, or its bytes with X-filename"
        )
    raise Invalid(
        Fault("filename_missing", "send X-filename: what the file is called; or multipart/form-data")
    )
