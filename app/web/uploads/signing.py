"""Uploads by a signed address: who has a key asks for one, and anybody may send the file there, once."""

from functools import partial
from itertools import count
from typing import Any

from marshmallow import Schema, fields, validate
from starlette.requests import Request
from starlette.responses import Response

from app import filenames
from app.attributes import is_id
from app.declare import RESOURCES, Values
from app.errors import Conflict, Fault, Forbidden, Invalid
from app.operations.idempotency import Answer
from app.operations.reading import may
from app.operations.statements import any_of
from app.resources import api_keys, assets
from app.upload_links import Upload
from app.web.jsonapi import bodies, documents
from app.web.jsonapi.calls import begun
from app.web.jsonapi.mounts import Mount, plain
from app.web.jsonapi.parse import parse
from app.web.jsonapi.writes import written_once
from app.web.request_keys import key_of
from app.web.service import Service
from app.web.uploads.arrivals import brought
from app.web.uploads.parts import Wanted, boundary_of
from app.web.uploads.receiving import Receiver
from app.work import SYSTEM, Work

TYPE = "uploads"


class UploadBody(Schema):
    name = fields.String(required=True, metadata={"description": "what the file is called: a label"})
    size = fields.Integer(
        strict=True,
        validate=validate.Range(min=1, max=1 << 50),
        metadata={"description": "the most bytes that are taken there; else what the service takes"},
    )


class Signing:
    """Signs addresses at a mount."""

    def __init__(self, mount: Mount, service: Service) -> None:
        self._mount = mount
        self._service = service
        self._card = RESOURCES["assets"]

    async def create(self, request: Request) -> Response:
        call = await begun(self._card, self._mount, self._service, request)
        asked = call.asked(parse(self._card, call.params, allowed=frozenset()))
        body = await call.document()
        values = bodies.read_action(self._card, "", UploadBody, _untyped(body))
        name = filenames.checked(values["name"], "/data/attributes/name")
        host = asked.place.base.removesuffix(self._mount.path)

        def job(work: Work) -> Answer:
            may(work, "write")
            id = work.sources.ids()
            upload = Upload(id, work.actor.key_id or "", name, values.get("size"))
            path, expires_at = work.sources.upload_links.address(upload)
            told: Values = {"url": host + path, "method": "PUT", "fields": {}, "asset_id": id}
            told |= {"expires_at": expires_at, "name": name, "size": upload.size}
            return Answer(201, documents.summary(TYPE, id, told, asked), {"Cache-Control": "no-store"})

        return call.reply(await written_once(self._service, call, key_of(request, call.body), job))


class Signed:
    """Takes what is sent to such an address. No key is asked for: the address says whose it is."""

    def __init__(self, service: Service, receiver: Receiver) -> None:
        self._database = service.database
        self._receiver = receiver

    async def receive(self, request: Request) -> Response:
        id = request.path_params["id"]
        if not is_id(id):
            raise Forbidden("the address is not as it was made: ask for a new one", code="link_invalid")
        upload = self._database.sources.upload_links.upload_of(id, request.query_params)
        await self._database.read(SYSTEM, partial(_as_signer, upload=upload))
        boundary = boundary_of(request.headers.get("content-type", ""))
        if boundary is None:
            file = await self._receiver.one(request, lambda: upload.name, upload.size)
        else:
            found = await self._receiver.many(request, boundary, _first_file(upload.name), upload.size)
            if not found:
                raise Invalid(Fault("file_missing", "send the file as the part that is called file"))
            (file,) = found
        made = [one._replace(id=upload.asset_id) for one in brought([file])]
        await self._database.write(SYSTEM, lambda work: assets.add(_as_signer(work, upload), made))
        return Response(status_code=204)


def _untyped(document: Any) -> Any:
    """DOCUMENT, where it says our own type without that: it is no card's."""
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, dict) or not isinstance(data.get("type"), str) or plain(data["type"]) != TYPE:
        return document
    return {**document, "data": {name: value for name, value in data.items() if name != "type"}}


def _first_file(name: str) -> Wanted:
    """The first part that is called file: whatever else a form holds is passed over."""
    fields = count()
    return Wanted(lambda said: said.get(b"name") == b"file" and next(fields) == 0, lambda _: name)


def _as_signer(work: Work, upload: Upload) -> Work:
    """WORK by who asked for the address, as they stand now. Raises Forbidden, Conflict."""
    actor = api_keys.actor_with(work, upload.key_id)
    if actor is None:
        detail = "the key that the address was made by is revoked or expired, or its account is disabled"
        raise Forbidden(detail, code="link_revoked")
    if work.rows(any_of(RESOURCES["assets"]), {"id": upload.asset_id}):
        raise Conflict("a file was sent there already: ask for a new address", code="upload_used")
    return work._replace(actor=actor)
