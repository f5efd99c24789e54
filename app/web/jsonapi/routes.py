"""A card's JSON:API routes, at one mount."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from app.attributes import is_id
from app.declare import RESOURCES, Action, Link, Resource, ToMany, ToOne
from app.errors import BadQuery, Forbidden
from app.operations import reading, records
from app.query import Query
from app.web.edge import read_body
from app.web.json import parse as parse_json
from app.web.jsonapi import bodies, documents, relationships
from app.web.jsonapi.documents import Asked
from app.web.jsonapi.errors import error_response
from app.web.jsonapi.mounts import Mount, Place
from app.web.jsonapi.negotiation import CURSOR_PROFILE, check_content_type, content_type, profiles_of
from app.web.jsonapi.parse import Params, parse, split
from app.web.routing import Endpoint, Entry
from app.web.service import Service
from app.work import Actor, Work

T = TypeVar("T")

LARGEST_BODY = 8 << 20  # bytes
LARGEST_ANNOTATIONS = 16 << 20  # of bodies that bear annotations
BEARS_ANNOTATIONS = frozenset({"annotations", "entries"})

ANSWER = frozenset({"included", "fields"})  # what may be asked of the answer to a change


def routes_of(card: Resource, mount: Mount, service: Service) -> list[Entry]:
    """All that may be asked of CARD at MOUNT."""
    face = _Face(card, mount, service)
    path, record = mount.path + card.path, f"{mount.path}{card.path}/{{id}}"
    verbs: list[tuple[str, str, str, Endpoint]] = [
        ("index", "GET", path, face.index),
        ("create", "POST", path, face.create),
        ("show", "GET", record, face.show),
        ("update", "PATCH", record, face.update),
        ("delete", "DELETE", record, face.delete),
    ]
    entries = [_entry(method, at, run) for verb, method, at, run in verbs if verb in card.verbs]
    for action in card.actions:
        for method in action.methods:
            run = partial(face.act, action)
            entries.append(_entry(method, f"{record}/{action.name}", run, allows_head=False))
    for link in card.links:
        entries.append(_entry("GET", f"{record}/{link.name}", partial(face.related, link)))
        at = f"{record}/relationships/{link.name}"
        entries.append(_entry("GET", at, partial(face.relationship, link)))
        for method in ("PATCH",) if isinstance(link, ToOne) else ("PATCH", "POST", "DELETE"):
            entries.append(_entry(method, at, partial(face.change_relationship, link)))
    return entries


def _entry(method: str, at: str, run: Endpoint, *, allows_head: bool = True) -> Entry:
    return Entry(method, at, run, error_response, allows_head)


class _Face:
    """One card's operations, spoken in JSON:API at one mount."""

    def __init__(self, card: Resource, mount: Mount, service: Service) -> None:
        self.card = card
        self.mount = mount
        self.service = service

    async def index(self, request: Request) -> Response:
        call = await self._call(request)
        query = parse(self.card, call.params, me=call.actor.account_id, by_cursor=call.is_profiled)
        asked = call.asked(query)
        return call.reply(await self._read(call, lambda work: documents.collection(work, self.card, asked)))

    async def show(self, request: Request) -> Response:
        call = await self._call(request)
        id = self._id(request)
        asked = call.asked(parse(self.card, call.params, allowed=ANSWER))
        return call.reply(await self._read(call, lambda work: documents.single(work, self.card, id, asked)))

    async def create(self, request: Request) -> Response:
        call = await self._call(request)
        asked = call.asked(parse(self.card, call.params, allowed=ANSWER))
        body = await self._body(request)
        checked = bodies.read_create(self.card, body)

        def job(work: Work) -> tuple[str, bytes]:
            # The values are this run's own: rules add to them, and a job may run again.
            made = records.create(work, self.card, dict(checked.values))
            return made.row.id, documents.written(
                work, self.card, made.row, call.at(made.row.id, asked), made.meta
            )

        with bodies.pointing_into(body):
            id, document = await self._write(call, job)
        return call.reply(document, 201, {"Location": call.at(id, asked).address})

    async def update(self, request: Request) -> Response:
        call = await self._call(request)
        id = self._id(request)
        asked = call.asked(parse(self.card, call.params, allowed=ANSWER))
        body = await self._body(request)
        checked = bodies.read_update(self.card, body, id)

        def job(work: Work) -> bytes:
            row = records.update(work, self.card, id, dict(checked.values), checked.assertions)
            return documents.written(work, self.card, row, asked)

        with bodies.pointing_into(body):
            return call.reply(await self._write(call, job))

    async def delete(self, request: Request) -> Response:
        call = await self._call(request)
        id = self._id(request)
        is_forced = _is_forced(call.params)
        await self._write(call, lambda work: records.delete(work, self.card, id, is_forced=is_forced))
        return call.reply(None, 204)

    async def act(self, action: Action, request: Request) -> Response:
        _refuse_prefetch(request)
        call = await self._call(request)
        id = self._id(request)
        asked = call.asked(parse(self.card, call.params, allowed=ANSWER))
        body = None if request.method == "GET" else await self._body(request, is_optional=True)
        values = bodies.read_action(self.card, id, action.body, body)

        def job(work: Work) -> bytes:
            row = records.act(work, self.card, id, action, values)
            return documents.written(work, self.card, row, call.at(id, asked))

        with bodies.pointing_into(body):
            return call.reply(await self._write(call, job), headers={"Cache-Control": "no-store"})

    async def related(self, link: Link, request: Request) -> Response:
        """The records that LINK leads to: a page of many, or one, or null."""
        call = await self._call(request)
        id = self._id(request)
        target = RESOURCES[link.type]
        if isinstance(link, ToMany):
            query = parse(target, call.params, me=call.actor.account_id, by_cursor=call.is_profiled)
        else:
            query = parse(target, call.params, allowed=ANSWER)
        asked = call.asked(query)
        job = partial(relationships.related, card=self.card, id=id, link=link, asked=asked)
        return call.reply(await self._read(call, job))

    async def relationship(self, link: Link, request: Request) -> Response:
        """The identifiers of the records that LINK leads to."""
        call = await self._call(request)
        id = self._id(request)
        me = call.actor.account_id
        query = relationships.query_of(self.card, link, call.params, me, by_cursor=call.is_profiled)
        asked = call.asked(query)
        job = partial(relationships.linkage, card=self.card, id=id, link=link, asked=asked)
        return call.reply(await self._read(call, job))

    async def change_relationship(self, link: Link, request: Request) -> Response:
        """Links are set when a record is made, or by its actions: here one may only say what is there."""
        call = await self._call(request)
        id = self._id(request)
        parse(self.card, call.params, allowed=frozenset())
        given = bodies.read_identifiers(await self._body(request), link)
        asked = call.asked(Query())
        job = partial(relationships.confirm, card=self.card, id=id, link=link, asked=asked, given=given)
        return call.reply(await self._write(call, job))

    async def _call(self, request: Request) -> "_Call":
        profiles = profiles_of(request.headers.get("accept"))
        actor = await self.service.keys.actor_of(request.headers)
        return _Call(self, request, actor, profiles)

    def _id(self, request: Request) -> str:
        id: str = request.path_params["id"]
        if not is_id(id):
            raise reading.not_found(self.card)
        return id.lower()

    async def _body(self, request: Request, *, is_optional: bool = False) -> Any:
        limit = LARGEST_ANNOTATIONS if self.card.type in BEARS_ANNOTATIONS else LARGEST_BODY
        body = await read_body(request.scope, request.receive, limit)
        if is_optional and not body:
            return None
        check_content_type(request.headers.get("content-type"))
        return parse_json(body)

    async def _read(self, call: "_Call", job: Callable[[Work], T]) -> T:
        return await self.service.database.read(call.actor, job)

    async def _write(self, call: "_Call", job: Callable[[Work], T]) -> T:
        result = await self.service.database.write(call.actor, job)
        if self.card.key_scope == "admin":  # a key or its account may have changed
            self.service.keys.forget()
        return result


class _Call:
    """One request: who asks, what for, and how to answer."""

    def __init__(self, face: _Face, request: Request, actor: Actor, profiles: frozenset[str]) -> None:
        self.actor = actor
        self.params: Params = split(request.scope["query_string"])
        self.is_profiled = CURSOR_PROFILE in profiles
        self._profiles = profiles
        host = face.service.public_url or f"{request.scope['scheme']}://{request.headers['host']}"
        self._place = Place(host + face.mount.path, face.mount.type_prefix)
        self._address = host + quote(request.scope["path"].rstrip("/"), safe="/:")
        self._records = self._place.base + face.card.path

    def asked(self, query: Query) -> Asked:
        return Asked(self._place, self._address, self.params, query, self.is_profiled)

    def at(self, id: str, asked: Asked) -> Asked:
        """ASKED, at the address of the record ID: the answer to a change is the record's document."""
        return replace(asked, address=f"{self._records}/{id}", params=[])

    def reply(
        self, document: bytes | None, status: int = 200, headers: dict[str, str] | None = None
    ) -> Response:
        headers = {"Vary": "Accept", **(headers or {})}
        media_type = content_type(self._profiles) if document is not None else None
        return Response(document, status, headers, media_type)


def _is_forced(params: Params) -> bool:
    for name, value in params:
        if name != "force":
            raise BadQuery(f"{name} is no parameter of this endpoint", name, code="parameter_unknown")
        if value not in ("true", "false"):
            raise BadQuery("force is true or false", name)
    return ("force", "true") in params


def _refuse_prefetch(request: Request) -> None:
    """A browser that fetches ahead must not take work."""
    for name in ("sec-purpose", "purpose"):
        if "prefetch" in request.headers.get(name, ""):
            raise Forbidden("this changes state: it is not to be fetched ahead", code="prefetch_refused")
