"""Change all that filters find: PATCH of a card's list. Few at once, all or none; many by a job."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from app.declare import RESOURCES, Resource
from app.errors import BadHeader, BadQuery, Conflict, Invalid, Problem, Unavailable
from app.operations import many
from app.operations.idempotency import Answer, Key
from app.operations.many import Filters, Task
from app.operations.reading import may
from app.query import Query
from app.web.jsonapi import bodies, documents
from app.web.jsonapi.calls import Call, begun
from app.web.jsonapi.documents import VERSION
from app.web.jsonapi.mounts import Mount
from app.web.jsonapi.parse import flag_taken_out, parse
from app.web.jsonapi.preferring import ASYNC, Preferred, by_job, minimal, preferred
from app.web.jsonapi.writes import tried, written_once
from app.web.request_keys import key_of
from app.web.service import Service
from app.work import Work
from workflow.errors import Refused

_FILTERS = frozenset({"filter"})


Telling = Callable[[Mapping[str, Any]], AbstractContextManager[None]]  # of a refusal, what it is given


class _TooMany(Exception):
    """More match than are changed at once. Nothing was changed."""


class Many:
    """The change of many records of a card, at one mount."""

    def __init__(self, card: Resource, mount: Mount, service: Service) -> None:
        self.card = card
        self.mount = mount
        self.service = service

    async def change(self, request: Request) -> Response:
        call = await begun(self.card, self.mount, self.service, request)
        if "if-match" in request.headers:
            detail = "If-Match is of one record: a change of many is made to whatever matches"
            raise BadHeader(detail, "If-Match", code="if_match_unsupported")
        prefers = preferred(request)
        is_dry, params = flag_taken_out(call.params, "dry_run")
        filters = parse(self.card, params, me=call.actor.account_id, allowed=_FILTERS).filters
        if not filters:
            detail = "say by at least one filter which records are changed"
            raise BadQuery(detail, "filter", code="filter_required")
        body = await call.document()
        task = bodies.read_task(self.card, body)
        telling = _telling(task, body)

        def at_once(work: Work) -> Answer:
            found = self._changed(work, task, filters, telling)
            return minimal() if prefers.is_minimal else _told(found)

        key = None if is_dry else key_of(request, call.body)
        try:
            if prefers.is_async:
                raise _TooMany
            run = tried(self.service, call, at_once) if is_dry else self._once(call, key, at_once)
            return call.reply(await run)
        except _TooMany:
            return call.reply(await self._later(call, key, task, filters, prefers, is_dry=is_dry))

    async def _once(self, call: Call, key: Key | None, job: Callable[[Work], Answer]) -> Answer:
        answer = await written_once(self.service, call, key, job)
        if self.card.key_scope == "admin":  # a key or its account may have changed
            self.service.keys.forget()
        return answer

    def _changed(self, work: Work, task: Task, filters: Filters, telling: Telling) -> Mapping[str, int]:
        """How many records matched, and were changed by TASK. Raises _TooMany, and what refuses one."""
        may(work, self.card.key_scope)
        found = many.matches(work, self.card, filters, many.AT_ONCE + 1)
        if len(found) > many.AT_ONCE:
            raise _TooMany
        if (changed := many.together(work, task, [id for id, _ in found])) is not None:
            return {"matched": len(found), "changed": changed}
        limits = {"matched": len(found), "limit": many.AT_ONCE}
        seconds = self.service.batch_seconds
        ends, changed = time.monotonic() + seconds, 0
        for id, version in found:
            if time.monotonic() > ends:
                raise Unavailable(
                    f"nothing was changed: a request may take {seconds:g} seconds; send Prefer: {ASYNC}",
                    code="batch_overdue",
                    meta=limits | {"batch_seconds": seconds},
                )
            with telling({"failed": id, **limits}):
                changed += task.do(work, id) != version
        return {"matched": len(found), "changed": changed}

    async def _later(
        self,
        call: Call,
        key: Key | None,
        task: Task,
        filters: Filters,
        prefers: Preferred,
        *,
        is_dry: bool,
    ) -> Answer:
        """The job that does it; where IS_DRY, how many records it would be about."""

        def measure(work: Work) -> many.Extent:
            may(work, self.card.key_scope)
            return many.extent(work, self.card, filters)

        extent = await self.service.database.read(call.actor, measure)
        if is_dry:
            return _told({"matched": extent.matched, "limit": many.AT_ONCE, "tried": False})

        def enqueue(work: Work) -> Answer:
            jobs, job = RESOURCES["jobs"], many.enqueue(work, task, filters, extent)
            at = call.at(jobs, job.id, call.asked(Query()))
            return by_job(call, job.id, documents.written(work, jobs, job, at).text, prefers)

        return await written_once(self.service, call, key, enqueue)


def _told(meta: Mapping[str, Any]) -> Answer:
    return Answer(200, documents.document([VERSION, f'"meta":{msgspec.json.encode(meta).decode()}']))


def _telling(task: Task, body: Any) -> Telling:
    """Makes what is refused point into BODY, where TASK was read from, and tell what it is given."""
    place = "/meta" if task.action else "/data"
    document = {"data": body["meta"]} if task.action else body

    def moved(pointer: str | None) -> str | None:
        is_of_data = pointer is not None and f"{pointer}/".startswith("/data/")
        return place + pointer.removeprefix("/data") if pointer and is_of_data else pointer

    @contextmanager
    def telling(told: Mapping[str, Any]) -> Iterator[None]:
        try:
            with bodies.pointing_into(document):
                yield
        except Refused as error:
            step = {"wf_step": error.step} if error.step is not None else {}
            raise Conflict(error.detail, code=error.code, meta={**step, **told}) from error
        except Invalid as error:
            invalid = Invalid(*(replace(one, pointer=moved(one.pointer)) for one in error.faults))
            invalid.meta = told
            raise invalid from error
        except Problem as error:
            error.source, error.meta = moved(error.source), {**(error.meta or {}), **told}
            raise

    return telling
