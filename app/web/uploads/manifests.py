"""POST /datasets/{id}/imports with a manifest as its body: it becomes an asset, and the import begins.

What is no manifest goes to the action as it came.
"""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app.declare import RESOURCES
from app.errors import BadQuery, Invalid
from app.operations import records
from app.operations.idempotency import Answer
from app.operations.reading import may, show
from app.resources import assets
from app.resources.imports import LARGEST_MANIFEST
from app.web.action_bodies import read_body_of
from app.web.jsonapi.calls import ANSWER, begun
from app.web.jsonapi.headers import expected_versions
from app.web.jsonapi.mounts import Mount
from app.web.jsonapi.parse import FLAGS, Params, parse, split
from app.web.jsonapi.writes import Writes, written_once
from app.web.request_keys import key_of
from app.web.service import Service
from app.web.uploads.arrivals import brought, fingerprint
from app.web.uploads.names import name_in_header
from app.web.uploads.peeking import first_byte
from app.web.uploads.posting import as_they_stand
from app.web.uploads.receiving import Receiver
from app.work import Work

LINES = "application/x-ndjson"
FLAGGED = ("download", "keep_same_content", "replace", "keep_authorship")
OPTIONS = (*FLAGGED, "split", "label_set")


class Manifests:
    """Takes manifests at a mount."""

    def __init__(self, mount: Mount, service: Service, receiver: Receiver) -> None:
        self._mount = mount
        self._service = service
        self._receiver = receiver
        self._card = RESOURCES["datasets"]
        self._writes = Writes(self._card, mount, service)
        (self._action,) = (one for one in self._card.actions if one.name == "imports")

    async def create(self, request: Request) -> Response:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type == LINES:
            return await self._begin(request, "manifest.ndjson")
        if media_type == "application/json":
            start, request = await first_byte(request)
            if start == b"[":
                return await self._begin(request, "manifest.json")
        _refuse_options(split(request.scope["query_string"]))
        return await self._writes.act(self._action, request)

    async def _begin(self, request: Request, name: str) -> Response:
        call = await begun(self._card, self._mount, self._service, request)
        id, expected = call.id, expected_versions(request)
        options, rest = self._options(call.params)
        asked = call.asked(parse(self._card, rest, allowed=ANSWER))
        await self._service.database.read(call.actor, lambda work: self._look(work, id))
        if given := request.headers.get("x-filename"):
            name = name_in_header(given)
        file = await self._receiver.one(request, lambda: name, LARGEST_MANIFEST)

        def job(work: Work) -> Answer:
            mine = as_they_stand(work, call.actor)
            (manifest,) = assets.add(mine, brought([file]))
            row = records.act(
                mine, self._card, id, self._action, options | {"manifest": manifest.id}, expected
            )
            return self._writes.acted(mine, call, self._action, row, asked)

        key = key_of(request, fingerprint([file]))
        return call.reply(await written_once(self._service, call, key, job))

    def _look(self, work: Work, id: str) -> None:
        """Raise Forbidden, NotFound before what may be 100 MB is read."""
        may(work, "write")
        show(work, self._card, id, ("id",))

    def _options(self, params: Params) -> tuple[dict[str, Any], Params]:
        """What PARAMS say of the import, and the others of them. Raises BadQuery."""
        said: dict[str, Any] = {}
        for name, value in params:
            if name in said:
                raise BadQuery(f"{name} is given twice", name, code="parameter_duplicate")
            if name in FLAGGED and value not in FLAGS:
                raise BadQuery(f"{name} is true or false", name)
            if name in OPTIONS:
                said[name] = FLAGS[value] if name in FLAGGED else value
        try:
            checked: Mapping[str, Any] = read_body_of(self._action.body, said, "")
        except Invalid as error:
            raise BadQuery(error.detail, (error.source or "").lstrip("/")) from None
        return dict(checked), [one for one in params if one[0] not in OPTIONS]


def _refuse_options(params: Params) -> None:
    """Raise BadQuery where PARAMS say what a document says itself."""
    for name, _ in params:
        if name in OPTIONS:
            detail = (
                f"{name} is a parameter of a manifest that is the body: it goes among the attributes here"
            )
            raise BadQuery(detail, name, code="parameter_conflict")
