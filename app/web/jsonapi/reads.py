"""What may be read of a card: lists, records, what they link to, and how they were."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from app.attributes import read_time
from app.declare import RESOURCES, Link, Offer, Resource, Summary, ToMany
from app.errors import BadQuery
from app.operations import history, reading
from app.operations.idempotency import Answer
from app.query import Filter
from app.web.jsonapi import bodies, documents, lines, relationships, streams
from app.web.jsonapi.calls import ANSWER, Call, begun, place_of
from app.web.jsonapi.documents import Asked
from app.web.jsonapi.headers import behind, known, tag_of, tag_of_list
from app.web.jsonapi.mounts import Mount
from app.web.jsonapi.parse import Params, parse, taken_out
from app.web.service import Service
from app.work import Work

T = TypeVar("T")


class Reads:
    """The reading half of a card's face at one mount."""

    def __init__(self, card: Resource, mount: Mount, service: Service) -> None:
        self.card = card
        self.mount = mount
        self.service = service

    async def index(self, request: Request) -> Response:
        if self.card.is_feed and streams.is_asked(request):
            place = place_of(self.mount, self.service, request)
            return await streams.stream(self.card, place, self.service, request)
        call = await self._call(request, may_stream=True)
        time, params = self._then(call.params)
        if self.card.is_feed:
            params = _without_until(params)
        at = None if time is None else _time(time)
        me = call.actor.account_id
        asked = call.asked(parse(self.card, params, me=me, by_cursor=call.is_profiled))
        if at is not None and asked.query.included:
            raise BadQuery("nothing is included as of a time", "include", code="parameter_conflict")
        if call.is_streamed:
            if at is not None:
                raise BadQuery("a stream shows what is there now", "as_of", code="parameter_conflict")
            return await lines.stream(call, self.service, self.card, asked)
        if at is not None:
            return call.reply(
                await self._read(call, lambda work: documents.collection(work, self.card, asked, at))
            )
        shown = behind(self.card, asked.query.included) | {self.card}
        return await self._list(call, asked, shown, lambda work: documents.collection(work, self.card, asked))

    async def show(self, request: Request) -> Response:
        """The record's document; as it stood at a time, where `as_of` names one."""
        call = await self._call(request)
        id = call.id
        time, params = self._then(call.params)
        asked = call.asked(parse(self.card, params, allowed=ANSWER))

        def job(work: Work) -> documents.Document:
            if time is None:
                return documents.single(work, self.card, id, asked)
            return documents.written(
                work, self.card, history.record_at(work, self.card, id, _time(time)), asked
            )

        is_point = time is None and not asked.query.included
        document = await self._read(call, job, is_point=is_point)
        return self._tagged(call, document)

    async def history(self, request: Request) -> Response:
        """The events of the record, in order: every version it had, who made it, and with which words."""
        call = await self._call(request)
        id = call.id
        events = RESOURCES["events"]
        query = parse(events, call.params, me=call.actor.account_id, by_cursor=call.is_profiled)
        own = Filter("record_id", "eq", (id,)), Filter("resource", "eq", (self.card.type,))
        sort = query.sort if query.sort != events.order else ("record_version",)
        asked = call.asked(replace(query, filters=(*query.filters, *own), sort=sort))

        def job(work: Work) -> bytes:
            history.check_readable(work, self.card, id)
            return documents.collection(history.as_system(work), events, asked)

        return call.reply(await self._read(call, job))

    async def difference(self, request: Request) -> Response:
        """What changed between two versions of the record: `from` and `to`."""
        call = await self._call(request)
        id = call.id
        first, params = taken_out(call.params, "from")
        second, params = taken_out(params, "to")
        parse(self.card, params, allowed=frozenset())
        versions = history.read_version(first, "from"), history.read_version(second, "to")
        changed = await self._read(call, lambda work: history.difference(work, self.card, id, *versions))
        meta = {"from": versions[0], "to": versions[1], "changes": changed}
        return call.reply(msgspec.json.encode({"jsonapi": {"version": "1.1"}, "meta": meta}))

    async def summary(self, summary: Summary, request: Request) -> Response:
        """Figures of the record, as a resource object of their own."""
        call = await self._call(request)
        id = call.id
        asked = call.asked(parse(self.card, call.params, allowed=frozenset()))
        body = None if summary.body is None else await call.document(is_optional=True)
        values = bodies.read_action(self.card, id, summary.body, body)

        def job(work: Work) -> Mapping[str, Any]:
            with bodies.pointing_into(body):
                return summary.of(work, self.card, id, values)

        attributes = await self._read(call, job)
        return call.reply(documents.summary(summary.type, id, attributes, asked))

    async def offer(self, offer: Offer, parent: str, request: Request) -> Response:
        """What a parent tells of the records of this card, such as /entries/{id}/draft: one, or none."""
        call = await self._call(request)
        id = call.id
        allowed = ANSWER | {"filter"} if offer.is_filtered else ANSWER
        query = parse(self.card, call.params, me=call.actor.account_id, allowed=allowed)
        asked = call.asked(query)

        def job(work: Work) -> tuple[documents.Document, str] | None:
            row = offer.run(work, parent, id, query.filters, {})
            if row is None:
                return None
            at = call.at(self.card, row.id, asked)
            return documents.written(work, self.card, row, at), at.address

        found = await self._read(call, job)
        if found is None:
            return call.reply(Answer(204, None, {"Cache-Control": "no-store"}))
        document, address = found
        return self._tagged(call, document, {"Cache-Control": "no-store", "Content-Location": address})

    async def related(self, link: Link, request: Request) -> Response:
        """The records that LINK leads to: a page of many, or one, or null."""
        call = await self._call(request, may_stream=isinstance(link, ToMany))
        target = RESOURCES[link.type]
        if isinstance(link, ToMany):
            query = parse(target, call.params, me=call.actor.account_id, by_cursor=call.is_profiled)
            if call.is_streamed:
                below = documents.below(call.asked(query), link, call.id)
                check = partial(reading.show, card=self.card, id=call.id, fields=("id",))
                return await lines.stream(call, self.service, target, below, check)
        else:
            query = parse(target, call.params, allowed=ANSWER)
        shown = behind(target, query.included) | {target}
        return await self._linked(call, link, call.asked(query), shown, relationships.related)

    async def relationship(self, link: Link, request: Request) -> Response:
        """The identifiers of the records that LINK leads to."""
        call = await self._call(request)
        me = call.actor.account_id
        query = relationships.query_of(self.card, link, call.params, me, by_cursor=call.is_profiled)
        shown = behind(self.card, query.included) | {RESOURCES[link.type]}
        return await self._linked(call, link, call.asked(query), shown, relationships.linkage)

    async def _linked(
        self, call: Call, link: Link, asked: Asked, shown: frozenset[Resource], run: Callable[..., bytes]
    ) -> Response:
        """What RUN writes of LINK, which is of records of SHOWN."""
        id = call.id
        job = partial(run, card=self.card, id=id, link=link, asked=asked)
        if isinstance(link, ToMany):
            return await self._list(
                call, asked, shown, job, lambda work: reading.show(work, self.card, id, ("id",))
            )
        return call.reply(await self._read(call, job))

    async def _list(
        self,
        call: Call,
        asked: Asked,
        shown: frozenset[Resource],
        write: Callable[[Work], bytes],
        check: Callable[[Work], object] = lambda work: reading.may(work, "read"),
    ) -> Response:
        """The list of records of SHOWN that WRITE writes, or 304, and then it is not read. CHECK refuses."""

        def job(work: Work) -> Answer:
            check(work)
            tag = tag_of_list(work, asked, shown)
            if tag is None:
                return Answer(200, write(work))
            if found := known(call.request, tag):
                return Answer(304, None, {"ETag": found})
            return Answer(200, write(work), {"ETag": tag})

        return call.reply(await self._read(call, job))

    def _then(self, params: Params) -> tuple[str | None, Params]:
        """The time that PARAMS ask for, where the card keeps how its records were, and the others."""
        return taken_out(params, "as_of") if self.card.has_trash else (None, params)

    async def _call(self, request: Request, *, may_stream: bool = False) -> Call:
        return await begun(self.card, self.mount, self.service, request, may_stream=may_stream)

    async def _read(self, call: Call, job: Callable[[Work], T], *, is_point: bool = False) -> T:
        return await self.service.database.read(call.actor, job, is_point=is_point)

    def _tagged(
        self, call: Call, document: documents.Document, headers: Mapping[str, str] | None = None
    ) -> Response:
        tag = tag_of(document.version, document.text)
        if found := known(call.request, tag):
            return call.reply(Answer(304, None, {"ETag": found, **(headers or {})}))
        return call.reply(Answer(200, document.text, {"ETag": tag, **(headers or {})}))


def _without_until(params: Params) -> Params:
    """PARAMS without `until=idle`, by which a stream ends: a page always does."""
    until, rest = taken_out(params, "until")
    if until not in (None, "idle"):
        raise BadQuery("until is idle", "until")
    return rest


def _time(text: str) -> str:
    try:
        return read_time(text)
    except ValueError as error:
        raise BadQuery(f"as_of: {error}", "as_of") from None
