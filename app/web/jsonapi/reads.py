"""What may be read of a card: lists, records, what they link to, and how they were."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from app.attributes import read_time
from app.declare import RESOURCES, Link, Offer, Resource, Summary, ToMany
from app.errors import BadQuery
from app.operations import history
from app.operations.idempotency import Answer
from app.query import Filter
from app.web.jsonapi import documents, relationships, streams
from app.web.jsonapi.calls import ANSWER, Call, begun, place_of
from app.web.jsonapi.documents import Asked
from app.web.jsonapi.headers import is_known, tag_of
from app.web.jsonapi.mounts import Mount
from app.web.jsonapi.parse import Params, parse
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
        call = await self._call(request)
        time, params = self._then(call.params)
        if self.card.is_feed:
            params = _without_until(params)
        at = None if time is None else _time(time)
        me = call.actor.account_id
        asked = call.asked(parse(self.card, params, me=me, by_cursor=call.is_profiled))
        if at is not None and asked.query.included:
            raise BadQuery("nothing is included as of a time", "include", code="parameter_conflict")
        return call.reply(
            await self._read(call, lambda work: documents.collection(work, self.card, asked, at))
        )

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

        document = await self._read(call, job)
        return self._tagged(call, document)

    async def history(self, request: Request) -> Response:
        """The events of the record, in order: every version it had, who made it, and with which words."""
        call = await self._call(request)
        id = call.id
        events = RESOURCES["events"]
        query = parse(events, call.params, me=call.actor.account_id, by_cursor=call.is_profiled)
        own = Filter("record_id", "eq", (id,))
        sort = query.sort if query.sort != events.order else ("record_version",)
        asked = call.asked(replace(query, filters=(*query.filters, own), sort=sort))

        def job(work: Work) -> bytes:
            history.check_readable(work, self.card, id)
            return documents.collection(history.as_system(work), events, asked)

        return call.reply(await self._read(call, job))

    async def difference(self, request: Request) -> Response:
        """What changed between two versions of the record: `from` and `to`."""
        call = await self._call(request)
        id = call.id
        first, params = _taken_out(call.params, "from")
        second, params = _taken_out(params, "to")
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
        attributes = await self._read(call, lambda work: summary.of(work, self.card, id))
        return call.reply(documents.summary(summary.name, id, attributes, asked))

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
        call = await self._call(request)
        target = RESOURCES[link.type]
        if isinstance(link, ToMany):
            query = parse(target, call.params, me=call.actor.account_id, by_cursor=call.is_profiled)
        else:
            query = parse(target, call.params, allowed=ANSWER)
        return await self._linked(call, link, call.asked(query), relationships.related)

    async def relationship(self, link: Link, request: Request) -> Response:
        """The identifiers of the records that LINK leads to."""
        call = await self._call(request)
        me = call.actor.account_id
        query = relationships.query_of(self.card, link, call.params, me, by_cursor=call.is_profiled)
        return await self._linked(call, link, call.asked(query), relationships.linkage)

    async def _linked(self, call: Call, link: Link, asked: Asked, run: Callable[..., bytes]) -> Response:
        job = partial(run, card=self.card, id=call.id, link=link, asked=asked)
        return call.reply(await self._read(call, job))

    def _then(self, params: Params) -> tuple[str | None, Params]:
        """The time that PARAMS ask for, where the card keeps how its records were, and the others."""
        return _taken_out(params, "as_of") if self.card.has_trash else (None, params)

    async def _call(self, request: Request) -> Call:
        return await begun(self.card, self.mount, self.service, request)

    async def _read(self, call: Call, job: Callable[[Work], T]) -> T:
        return await self.service.database.read(call.actor, job)

    def _tagged(
        self, call: Call, document: documents.Document, headers: Mapping[str, str] | None = None
    ) -> Response:
        tag = tag_of(document.version, document.text)
        headers = {"ETag": tag, **(headers or {})}
        if is_known(call.request, tag):
            return call.reply(Answer(304, None, headers))
        return call.reply(Answer(200, document.text, headers))


def _taken_out(params: Params, name: str) -> tuple[str | None, Params]:
    """The value of the parameter NAME, and the others. Raises BadQuery where it stands there twice."""
    found = [value or "" for one, value in params if one == name]
    if len(found) > 1:
        raise BadQuery(f"{name} is given twice", name, code="parameter_duplicate")
    return (found[0] if found else None), [pair for pair in params if pair[0] != name]


def _without_until(params: Params) -> Params:
    """PARAMS without `until=idle`, by which a stream ends: a page always does."""
    until, rest = _taken_out(params, "until")
    if until not in (None, "idle"):
        raise BadQuery("until is idle", "until")
    return rest


def _time(text: str) -> str:
    try:
        return read_time(text)
    except ValueError as error:
        raise BadQuery(f"as_of: {error}", "as_of") from None
