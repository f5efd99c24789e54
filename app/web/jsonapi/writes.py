"""What may be changed of a card: create, update, delete, restore, and its actions.

Every change is made once for each Idempotency-Key, and only to the version that If-Match names.
"""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app.declare import RESOURCES, Action, Link, Offer, Resource, Summary
from app.errors import Forbidden, Problem
from app.operations import idempotency, records
from app.operations.idempotency import KEPT_STATUSES, Answer, Key
from app.query import Query
from app.web.errors import error_response
from app.web.jsonapi import bodies, documents, relationships
from app.web.jsonapi.calls import ANSWER, Call, begun
from app.web.jsonapi.documents import Asked
from app.web.jsonapi.headers import expected_versions, tag_of
from app.web.jsonapi.mounts import Mount
from app.web.jsonapi.parse import flag, parse
from app.web.jsonapi.preferring import by_job, preferred
from app.web.request_keys import key_of
from app.web.service import Service
from app.work import Work
from workflow.errors import Refused


class Writes:
    """The changing half of a card's face at one mount."""

    def __init__(self, card: Resource, mount: Mount, service: Service) -> None:
        self.card = card
        self.mount = mount
        self.service = service

    async def create(self, request: Request) -> Response:
        call = await self._call(request)
        asked = call.asked(parse(self.card, call.params, allowed=ANSWER))
        body = await call.document()
        checked = bodies.read_create(self.card, body)

        def job(work: Work) -> Answer:
            # The values are this run's own: rules add to them, and a job may run again.
            with bodies.pointing_into(body):
                made = records.create(work, self.card, dict(checked.values))
            at = call.at(self.card, made.row.id, asked)
            return self._written(work, made.row, at, 201, {"Location": at.address}, made)

        return await self._write(call, job)

    async def update(self, request: Request) -> Response:
        call = await self._call(request)
        id, expected = call.id, expected_versions(request)
        asked = call.asked(parse(self.card, call.params, allowed=ANSWER))
        body = await call.document()
        checked = bodies.read_update(self.card, body, id)

        def job(work: Work) -> Answer:
            with bodies.pointing_into(body):
                row = records.update(work, self.card, id, dict(checked.values), checked.assertions, expected)
            return self._written(work, row, asked)

        return await self._write(call, job)

    async def delete(self, request: Request) -> Response:
        call = await self._call(request)
        id, expected = call.id, expected_versions(request)
        is_forced = flag(call.params, "force")

        def job(work: Work) -> Answer:
            records.delete(work, self.card, id, is_forced=is_forced, expected=expected)
            return Answer(204)

        return await self._write(call, job)

    async def restore(self, request: Request) -> Response:
        """The record out of the trash, with all that was beneath it."""
        call = await self._call(request)
        id, expected = call.id, expected_versions(request)
        asked = call.asked(parse(self.card, call.params, allowed=ANSWER))
        await call.document(is_optional=True)

        def job(work: Work) -> Answer:
            row = records.restore(work, self.card, id, expected)
            return self._written(work, row, call.at(self.card, id, asked))

        return await self._write(call, job)

    async def act(self, action: Action, request: Request) -> Response:
        _refuse_prefetch(request)
        call = await self._call(request)
        id, expected = call.id, expected_versions(request)
        asked = call.asked(parse(self.card, call.params, allowed=ANSWER))
        body = None if request.method == "GET" else await call.document(is_optional=True)
        values = bodies.read_action(self.card, id, action.body, body)
        if token := request.headers.get("postil-lease"):
            values = {**values, "lease": token}

        def job(work: Work) -> Answer:
            with bodies.pointing_into(body):
                row = records.act(work, self.card, id, action, values, expected)
            return self.acted(work, call, action, row, asked)

        return await self._write(call, job)

    def acted(self, work: Work, call: Call, action: Action, row: Any, asked: Asked) -> Answer:
        """The answer to CALL, where ROW is what came of ACTION."""
        if isinstance(row, records.Told):
            return _told(call.request, row.problem)
        headers = {"Cache-Control": "no-store"}
        if action.gives:
            given = RESOURCES[action.gives]
            at = call.at(given, row.id, call.asked(Query()))
            headers |= {"Location": at.address, "Content-Location": at.address}
            return self._written(work, row, at, 202, headers, card=given)
        return self._written(work, row, call.at(self.card, call.id, asked), headers=headers)

    async def offer(self, offer: Offer, parent: str, request: Request) -> Response:
        """What a parent does with the records of this card, such as /datasets/{id}/next."""
        call = await self._call(request)
        id = call.id
        allowed = ANSWER | {"filter"} if offer.is_filtered else ANSWER
        query = parse(self.card, call.params, me=call.actor.account_id, allowed=allowed)
        asked = call.asked(query)
        values = bodies.read_action(RESOURCES[parent], id, offer.body, await call.document(is_optional=True))

        def job(work: Work) -> Answer:
            row = offer.run(work, parent, id, query.filters, values)
            if row is None:
                return Answer(204, None, {"Cache-Control": "no-store"})
            at = call.at(self.card, row.id, asked)
            headers = {"Cache-Control": "no-store", "Content-Location": at.address}
            return self._written(work, row, at, headers=headers)

        return await self._write(call, job)

    async def summary(self, summary: Summary, request: Request) -> Response:
        """What is done with the record and told of it, as a resource object of its own.

        Where a job does it, it is told what the job will do; and that it does it, to whom prefers to know.
        """
        call = await self._call(request)
        id, prefers = call.id, preferred(request)
        asked = call.asked(parse(self.card, call.params, allowed=frozenset()))
        body = await call.document(is_optional=True)
        values = bodies.read_action(self.card, id, summary.body, body)

        def job(work: Work) -> Answer:
            with bodies.pointing_into(body):
                attributes = summary.of(work, self.card, id, values)
            told = documents.summary(summary.type, id, attributes, asked)
            job_id = attributes["job_id"] if summary.is_by_job else None
            if job_id is not None and prefers.is_async:
                return by_job(call, job_id, told, prefers, shows_job=False)
            return Answer(200, told)

        return await self._write(call, job)

    async def change_relationship(self, link: Link, request: Request) -> Response:
        """Links are set when a record is made, or by its actions: here one may only say what is there."""
        call = await self._call(request)
        id = call.id
        parse(self.card, call.params, allowed=frozenset())
        given = bodies.read_identifiers(await call.document(), link)
        asked = call.asked(Query())

        def job(work: Work) -> Answer:
            relationships.confirm(work, self.card, id, link, given)
            return Answer(200, relationships.to_one(asked, self.card, id, link, given))

        return await self._write(call, job)

    def _written(
        self,
        work: Work,
        row: object,
        asked: Asked,
        status: int = 200,
        headers: dict[str, str] | None = None,
        made: records.Made | None = None,
        card: Resource | None = None,
    ) -> Answer:
        document = documents.written(work, card or self.card, row, asked, made.meta if made else None)
        return Answer(
            status, document.text, {"ETag": tag_of(document.version, document.text), **(headers or {})}
        )

    async def _call(self, request: Request) -> Call:
        return await begun(self.card, self.mount, self.service, request)

    async def _write(self, call: Call, job: Callable[[Work], Answer]) -> Response:
        """The answer of JOB, made once for the call's key.

        What JOB raises is kept as it is told: that it points into the body is JOB's to see to.
        """
        key = key_of(call.request, call.body)
        answer = await written_once(self.service, call, key, job)
        if self.card.key_scope == "admin":  # a key or its account may have changed
            self.service.keys.forget()
        return call.reply(answer)


class _Dry(Exception):
    """All was done as it would be, and is to leave nothing."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("nothing is kept")
        self.answer = answer


async def tried(service: Service, call: Call, job: Callable[[Work], Answer]) -> Answer:
    """The answer that JOB would give, of which nothing is kept."""

    def dry(work: Work) -> Answer:
        raise _Dry(job(work))

    try:
        return await service.database.write(call.actor, dry)
    except _Dry as told:
        return told.answer


async def written_once(
    service: Service, call: Call, key: Key | None, job: Callable[[Work], Answer]
) -> Answer:
    """The answer of JOB, one transaction, made once for KEY. What is refused for good is kept for it too."""
    database = service.database
    try:
        return await database.write(call.actor, lambda work: idempotency.once(work, key, lambda: job(work)))
    except (Problem, Refused) as error:
        if key is None or error.code in idempotency.NEVER_KEPT:
            raise
        refusal = _told(call.request, error)
        if refusal.status in KEPT_STATUSES:
            await database.write(call.actor, lambda work: idempotency.keep_refusal(work, key, refusal))
        raise


def _told(request: Request, problem: Exception) -> Answer:
    """The answer that tells PROBLEM, to be kept."""
    response = error_response(request, problem)
    return Answer(response.status_code, bytes(response.body))


def _refuse_prefetch(request: Request) -> None:
    """A browser that fetches ahead must not take work."""
    for name in ("sec-purpose", "purpose"):
        if "prefetch" in request.headers.get(name, ""):
            raise Forbidden("this changes state: it is not to be fetched ahead", code="prefetch_refused")
